//! Users' access keys.

use linchpin_gateway::{AwsError, KeyStatus};
use secrecy::ExposeSecret;

use super::{
    errors,
    operation::{Operation, Request},
    users,
};
use crate::{
    account::{Account, Bearer, Key},
    query::{Page, Xml, timestamp, validation},
};

/// Documented: the quota of a user.
const MOST_KEYS: usize = 2;

pub(super) const OPERATIONS: [Operation; 4] = [
    Operation::new("CreateAccessKey", &["UserName"], create),
    Operation::new("ListAccessKeys", &["UserName", "Marker", "MaxItems"], list),
    Operation::new("UpdateAccessKey", &["UserName", "AccessKeyId", "Status"], update),
    Operation::new("DeleteAccessKey", &["UserName", "AccessKeyId"], delete),
];

fn create(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let user = request.user_or_caller()?;
    users::find(account, user)?;
    if account.keys_of_user(user).len() >= MOST_KEYS {
        return Err(errors::quota("AccessKeysPerUser", MOST_KEYS));
    }
    let id = account.issue_key("AKIA", Bearer::User(user.to_owned()));
    let key = account.keys.get(&id).ok_or_else(|| errors::no_such_access_key(&id))?;
    // The one time that a secret leaves the cloud.
    let xml = xml(user, &id, key).text("SecretAccessKey", key.secret.expose_secret());
    Ok(Some(Xml::new().element("AccessKey", &xml)))
}

fn list(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let user = request.user_or_caller()?;
    users::find(account, user)?;
    let keys = account.keys_of_user(user).into_iter().map(|(id, key)| xml(user, id, key)).collect();
    Ok(Some(Page::read(&request.params)?.list("AccessKeyMetadata", keys)))
}

fn update(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let status = match request.params.required("Status")? {
        "Active" => KeyStatus::Active,
        "Inactive" => KeyStatus::Inactive,
        other => {
            let constraint = "Member must satisfy enum value set: [Active, Inactive]";
            return Err(validation("Status", Some(other), constraint));
        }
    };
    find(account, request)?.status = status;
    Ok(None)
}

fn delete(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    find(account, request)?;
    account.keys.remove(request.params.required("AccessKeyId")?);
    Ok(None)
}

/// The key in a call, which must be the user's.
fn find<'a>(account: &'a mut Account, request: &Request<'_>) -> Result<&'a mut Key, AwsError> {
    let user = request.user_or_caller()?;
    let id = request.params.required("AccessKeyId")?;
    users::find(account, user)?;
    let key = account.keys.get_mut(id);
    let own = key.filter(|key| matches!(&key.bearer, Bearer::User(name) if name == user));
    own.ok_or_else(|| errors::no_such_access_key(id))
}

fn xml(user: &str, id: &str, key: &Key) -> Xml {
    let status = match key.status {
        KeyStatus::Active => "Active",
        KeyStatus::Inactive => "Inactive",
    };
    Xml::new()
        .text("UserName", user)
        .text("AccessKeyId", id)
        .text("Status", status)
        .text("CreateDate", timestamp(key.created))
}
