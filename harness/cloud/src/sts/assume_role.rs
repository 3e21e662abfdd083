//! `AssumeRole`. Whether the caller may was decided on the road, by the role's trust policy.

use std::collections::{BTreeMap, BTreeSet};

use linchpin_gateway::{AwsError, Call, OwnedDocument, invalid_role_arn, is_role_arn};
use linchpin_policy::Principal;
use time::Duration;

use super::{credentials::issue, errors};
use crate::{
    account::{Account, TemporarySession},
    cloud::Accounts,
    iam::{Role, session_policy},
    ids,
    query::{Params, Xml, validation},
};

pub(super) const PARAMETERS: [&str; 9] = [
    "RoleArn",
    "RoleSessionName",
    "DurationSeconds",
    "ExternalId",
    "Policy",
    "PolicyArns.",
    "SourceIdentity",
    "Tags.",
    "TransitiveTagKeys.",
];

/// Documented: what a session is given by default, and the most that a chained one may have.
const ONE_HOUR: u32 = 3600;

/// Documented: the most characters of a session policy; its answer tells how full it is.
const LONGEST_POLICY: usize = 2048;

pub(super) fn run(accounts: &mut Accounts, call: &Call, params: &Params<'_>) -> Result<Xml, AwsError> {
    let assumed = assumed(accounts, call, params)?;
    let account = assumed.principal.account().and_then(|account| accounts.get_mut(account));
    let account =
        account.ok_or_else(|| errors::no_such_role(&call.principal.arn(), &assumed.principal.arn()))?;
    Ok(assumed.issue(account, params))
}

/// The session that a call would begin, once it is known to be in order.
pub(super) fn assumed(accounts: &Accounts, call: &Call, params: &Params<'_>) -> Result<Assumed, AwsError> {
    let caller = &call.principal;
    if matches!(caller, Principal::AccountRoot { .. }) {
        return Err(errors::root_assumes_role());
    }
    let arn = role_arn(params)?;
    let name = session_name(params)?;
    check_external_id(params)?;
    let account = arn.split(':').nth(4).and_then(|account| accounts.get(account));
    let account = account.ok_or_else(|| errors::no_such_role(&caller.arn(), arn))?;
    let role = account.entities.role_by_arn(arn);
    let role = role.ok_or_else(|| errors::no_such_role(&caller.arn(), arn))?;
    let seconds = duration(params, caller, role)?;
    let (tags, transitive) = chained_tags(&call.transitive_tags, params)?;
    Ok(Assumed {
        name: name.to_owned(),
        seconds,
        role_id: role.identity.id.clone(),
        principal: Principal::RoleSession {
            role_arn: arn.to_owned(),
            session_arn: format!(
                "arn:{}:sts::{}:assumed-role/{}/{name}",
                account.partition, account.id, role.identity.name
            ),
            account: account.id.clone(),
        },
        policies: session_policies(account, params)?,
        tags,
        transitive,
        source_identity: source_identity(call.source_identity.as_deref(), params)?,
    })
}

/// A session that is about to begin.
pub(crate) struct Assumed {
    name: String,
    pub(crate) seconds: u32,
    role_id: String,
    pub(crate) principal: Principal,
    pub(crate) policies: Option<Vec<OwnedDocument>>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) transitive: BTreeSet<String>,
    pub(crate) source_identity: Option<String>,
}

impl Assumed {
    pub(super) fn issue(self, account: &mut Account, params: &Params<'_>) -> Xml {
        let expires = account.now() + Duration::seconds(self.seconds.into());
        let user = Xml::new()
            .text("AssumedRoleId", format!("{}:{}", self.role_id, self.name))
            .text("Arn", self.principal.arn());
        let told = self.source_identity.clone();
        let session = TemporarySession {
            policies: self.policies,
            tags: self.tags,
            transitive: self.transitive,
            source_identity: self.source_identity,
            ..TemporarySession::plain(account, self.principal, ids::session_token(), expires)
        };
        let credentials = issue(account, session);
        Xml::new()
            .element("AssumedRoleUser", &user)
            .element("Credentials", &credentials)
            .optional("PackedPolicySize", packed_size(params))
            .optional("SourceIdentity", told)
    }
}

/// Documented: told where a call has policies or tags. Inferred: AWS packs them in a way it does not tell; we give their share
/// of the longest policy.
pub(super) fn packed_size(params: &Params<'_>) -> Option<usize> {
    let tags = params.tags("Tags.member.").into_iter().flat_map(|(key, value)| [key, value]);
    let texts = params.optional("Policy").into_iter().chain(params.list("PolicyArns.")).chain(tags);
    let size: usize = texts.map(|text| text.chars().count()).sum();
    (size > 0).then(|| (size * 100).div_ceil(LONGEST_POLICY))
}

fn role_arn<'a>(params: &Params<'a>) -> Result<&'a str, AwsError> {
    let arn = params.required("RoleArn")?;
    if arn.len() < 20 {
        let constraint = "Member must have length greater than or equal to 20";
        return Err(validation("RoleArn", Some(arn), constraint));
    }
    if is_role_arn(arn) { Ok(arn) } else { Err(invalid_role_arn()) }
}

/// Documented: 2 to 64 letters, digits and `_+=,.@-`.
fn session_name<'a>(params: &Params<'a>) -> Result<&'a str, AwsError> {
    let name = params.required("RoleSessionName")?;
    plain_name("RoleSessionName", name, 64)
}

/// Documented: 2 to 64 of the same characters. Who has one keeps it: how another is refused is inferred.
fn source_identity(inherited: Option<&str>, params: &Params<'_>) -> Result<Option<String>, AwsError> {
    let asked = params.optional("SourceIdentity");
    let asked = asked.map(|name| plain_name("SourceIdentity", name, 64)).transpose()?;
    match (inherited, asked) {
        (Some(inherited), Some(asked)) if inherited != asked => Err(errors::source_identity_is_set()),
        (inherited, asked) => Ok(asked.or(inherited).map(str::to_owned)),
    }
}

pub(super) fn plain_name<'a>(
    parameter: &'static str,
    name: &'a str,
    longest: usize,
) -> Result<&'a str, AwsError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let constraint = if !name.chars().all(plain) {
        "Member must satisfy regular expression pattern: [\\w+=,.@-]*".to_owned()
    } else if name.len() < 2 {
        "Member must have length greater than or equal to 2".to_owned()
    } else if name.len() > longest {
        format!("Member must have length less than or equal to {longest}")
    } else {
        return Ok(name);
    };
    Err(validation(parameter, Some(name), &constraint))
}

/// Documented: 2 to 1224 characters. Whether it is the right one, the trust policy decides.
fn check_external_id(params: &Params<'_>) -> Result<(), AwsError> {
    let Some(id) = params.optional("ExternalId") else { return Ok(()) };
    let plain = |c: char| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c);
    if id.chars().all(plain) && (2..=1224).contains(&id.len()) {
        return Ok(());
    }
    let constraint = "Member must satisfy regular expression pattern: [\\w+=,.@:\\/-]*";
    Err(validation("ExternalId", Some(id), constraint))
}

/// Documented: 15 minutes to the role's own limit, and one hour for a role assumed by a role.
fn duration(params: &Params<'_>, caller: &Principal, role: &Role) -> Result<u32, AwsError> {
    let seconds = params.number("DurationSeconds", ONE_HOUR, 900, 43_200)?;
    if matches!(caller, Principal::RoleSession { .. }) && seconds > ONE_HOUR {
        return Err(errors::longer_than_chain_allows());
    }
    if seconds > role.max_session_seconds {
        return Err(errors::longer_than_role_allows());
    }
    Ok(seconds)
}

/// Documented: 50 tags at most, keys of 1 to 128 characters, values up to 256; keys differ in more than case.
pub(super) fn session_tags(params: &Params<'_>) -> Result<BTreeMap<String, String>, AwsError> {
    let tags = params.tags("Tags.member.");
    let mut seen = BTreeSet::new();
    for (key, value) in &tags {
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
            return Err(validation("Tags", Some(key), "Member must have length between 1 and 128"));
        }
        if key.to_lowercase().starts_with("aws:") {
            return Err(errors::reserved_tag());
        }
        if !seen.insert(key.to_lowercase()) {
            return Err(errors::repeated_tag());
        }
    }
    if tags.len() > 50 {
        return Err(validation("Tags", Some("*"), "Member must have length less than or equal to 50"));
    }
    Ok(tags.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
}

/// The tags of a new session, and the keys of those that stay in the chain. Documented: it has those that the caller's
/// session hands on, none of which a call may name again, and only a tag of the call can be made transitive by it.
fn chained_tags(
    handed_on: &BTreeMap<String, String>,
    params: &Params<'_>,
) -> Result<(BTreeMap<String, String>, BTreeSet<String>), AwsError> {
    let mut tags = session_tags(params)?;
    let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
    let mut transitive = BTreeSet::new();
    for asked in params.list("TransitiveTagKeys.member.") {
        let key = tags.keys().find(|key| same(key, asked));
        transitive.insert(key.ok_or_else(errors::transitive_key_without_tag)?.clone());
    }
    if tags.keys().any(|key| handed_on.keys().any(|other| same(key, other))) {
        return Err(errors::tag_is_handed_on());
    }
    tags.extend(handed_on.clone());
    transitive.extend(handed_on.keys().cloned());
    Ok((tags, transitive))
}

pub(super) fn session_policies(
    account: &Account,
    params: &Params<'_>,
) -> Result<Option<Vec<OwnedDocument>>, AwsError> {
    let mut policies = Vec::new();
    if let Some(source) = params.optional("Policy") {
        if source.chars().count() > LONGEST_POLICY {
            let constraint = format!("Member must have length less than or equal to {LONGEST_POLICY}");
            return Err(validation("Policy", Some(source), &constraint));
        }
        policies.push(OwnedDocument {
            name: "session".to_owned(),
            document: session_policy(source, &account.partition)?,
        });
    }
    let named = params.list("PolicyArns.");
    // Documented.
    if named.len() > 10 {
        return Err(validation("PolicyArns", Some("*"), "Member must have length less than or equal to 10"));
    }
    for arn in named {
        let policy = account.entities.managed_document(arn);
        policies.push(policy.ok_or_else(|| errors::no_such_policy(arn))?);
    }
    Ok((!policies.is_empty()).then_some(policies))
}
