//! The tags of users, roles and managed policies.

use std::collections::{BTreeMap, BTreeSet};

use linchpin_gateway::AwsError;

use super::{
    entities::Identity,
    errors, managed_policies,
    names::{ROLE, USER},
    operation::{Operation, Request},
    roles, users,
};
use crate::{
    account::Account,
    query::{Page, Params, Xml, validation},
};

/// Documented: the most tags of an entity, and of a call.
const MOST: usize = 50;

pub(super) const OPERATIONS: [Operation; 9] = [
    Operation::new("TagUser", &["UserName", "Tags.member."], tag::<OfUser>),
    Operation::new("TagRole", &["RoleName", "Tags.member."], tag::<OfRole>),
    Operation::new("TagPolicy", &["PolicyArn", "Tags.member."], tag::<OfPolicy>),
    Operation::new("UntagUser", &["UserName", "TagKeys.member."], untag::<OfUser>),
    Operation::new("UntagRole", &["RoleName", "TagKeys.member."], untag::<OfRole>),
    Operation::new("UntagPolicy", &["PolicyArn", "TagKeys.member."], untag::<OfPolicy>),
    Operation::new("ListUserTags", &["UserName", "Marker", "MaxItems"], list::<OfUser>),
    Operation::new("ListRoleTags", &["RoleName", "Marker", "MaxItems"], list::<OfRole>),
    Operation::new("ListPolicyTags", &["PolicyArn", "Marker", "MaxItems"], list::<OfPolicy>),
];

/// A kind of entity that has tags.
trait Tagged {
    const QUOTA: &'static str;

    /// What keys are compared by. Documented: those of users and roles differ in more than case.
    fn folded(key: &str) -> String {
        key.to_lowercase()
    }

    /// The entity that a call reads the tags of.
    fn read<'a>(account: &'a mut Account, request: &Request<'_>) -> Result<&'a mut Identity, AwsError>;

    /// The entity that a call changes.
    fn change<'a>(account: &'a mut Account, request: &Request<'_>) -> Result<&'a mut Identity, AwsError> {
        Self::read(account, request)
    }
}

struct OfUser;
struct OfRole;
struct OfPolicy;

impl Tagged for OfUser {
    const QUOTA: &'static str = "TagsPerUser";

    fn read<'a>(account: &'a mut Account, request: &Request<'_>) -> Result<&'a mut Identity, AwsError> {
        users::find(account, USER.name(&request.params)?).map(|user| &mut user.identity)
    }
}

impl Tagged for OfRole {
    const QUOTA: &'static str = "TagsPerRole";

    fn read<'a>(account: &'a mut Account, request: &Request<'_>) -> Result<&'a mut Identity, AwsError> {
        roles::find(account, ROLE.name(&request.params)?).map(|role| &mut role.identity)
    }
}

impl Tagged for OfPolicy {
    const QUOTA: &'static str = "TagsPerPolicy";

    fn folded(key: &str) -> String {
        key.to_owned()
    }

    fn read<'a>(account: &'a mut Account, request: &Request<'_>) -> Result<&'a mut Identity, AwsError> {
        managed_policies::find(account, request).map(|policy| &mut policy.identity)
    }

    fn change<'a>(account: &'a mut Account, request: &Request<'_>) -> Result<&'a mut Identity, AwsError> {
        managed_policies::find_own(account, request).map(|policy| &mut policy.identity)
    }
}

/// Documented: a key that is there under another case is replaced.
fn tag<T: Tagged>(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let asked = asked(&request.params)?;
    if asked.is_empty() {
        return Err(validation("Tags", None, "Member must not be null"));
    }
    let identity = T::change(account, request)?;
    let keys: BTreeSet<String> = asked.keys().map(|key| T::folded(key)).collect();
    let mut tags = identity.tags.clone();
    tags.retain(|key, _| !keys.contains(&T::folded(key)));
    tags.extend(asked);
    if tags.len() > MOST {
        return Err(errors::quota(T::QUOTA, MOST));
    }
    identity.tags = tags;
    Ok(None)
}

/// Documented: a key that is not there is taken for removed.
fn untag<T: Tagged>(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let keys = request.params.list("TagKeys.member.");
    if keys.is_empty() {
        return Err(validation("TagKeys", None, "Member must not be null"));
    }
    let keys: BTreeSet<String> = keys.into_iter().map(T::folded).collect();
    T::change(account, request)?.tags.retain(|key, _| !keys.contains(&T::folded(key)));
    Ok(None)
}

fn list<T: Tagged>(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let tags = members(T::read(account, request)?);
    Ok(Some(Page::read(&request.params)?.list("Tags", tags)))
}

fn members(identity: &Identity) -> Vec<Xml> {
    identity.tags.iter().map(|(key, value)| Xml::new().text("Key", key).text("Value", value)).collect()
}

/// Adds an entity's tags to its elements, where it has some (documented: lists of entities leave them out).
pub(super) fn with_tags(xml: Xml, identity: &Identity) -> Xml {
    if identity.tags.is_empty() { xml } else { xml.list("Tags", "member", members(identity)) }
}

/// The tags in a call.
pub(super) fn asked(params: &Params<'_>) -> Result<BTreeMap<String, String>, AwsError> {
    let tags = params.tags("Tags.member.");
    if tags.len() > MOST {
        let constraint = format!("Member must have length less than or equal to {MOST}");
        return Err(validation("Tags", Some("*"), &constraint));
    }
    let mut seen = BTreeSet::new();
    for ((key, value), number) in tags.iter().zip(1..) {
        check(&format!("tags.{number}.member.key"), key, 1, 128)?;
        check(&format!("tags.{number}.member.value"), value, 0, 256)?;
        if key.to_lowercase().starts_with("aws:") {
            return Err(errors::reserved_tag());
        }
        if !seen.insert(key.to_lowercase()) {
            return Err(errors::repeated_tag());
        }
    }
    Ok(tags.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
}

/// Documented: letters, digits, spaces and `_.:/=+-@`.
fn check(place: &str, text: &str, shortest: usize, longest: usize) -> Result<(), AwsError> {
    let plain = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
    let length = text.chars().count();
    let constraint = if length > longest {
        format!("Member must have length less than or equal to {longest}")
    } else if length < shortest {
        format!("Member must have length greater than or equal to {shortest}")
    } else if !text.chars().all(plain) {
        "Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*".to_owned()
    } else {
        return Ok(());
    };
    Err(validation(place, Some(text), &constraint))
}
