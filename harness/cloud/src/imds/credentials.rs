//! The credentials of an instance's role.

use linchpin_policy::{NamedDocument, Policies, Principal, Request, ResourcePolicyRule, evaluate};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::{
    account::{Account, Bearer, TemporarySession},
    iam::{Identity, Role},
    ids,
    query::timestamp,
};

/// Known: how long an instance's credentials last.
const LIFE: Duration = Duration::hours(6);

/// Documented: new ones are there at least five minutes before the old ones end.
const AHEAD: Duration = Duration::minutes(5);

/// Credentials as they were handed out last.
#[derive(Debug)]
pub(super) struct Issued {
    /// Its unique id: the keys of a role that is gone are not those of another of its name.
    role: String,
    key: String,
    secret: SecretString,
    token: SecretString,
    issued: OffsetDateTime,
    expires: OffsetDateTime,
}

impl Issued {
    /// Whether these will do, for this role and at the account's time.
    pub(super) fn are_fresh(&self, account: &Account, role: &str) -> bool {
        let is_same = account.entities.roles.get(role).is_some_and(|role| role.identity.id == self.role);
        is_same && account.now() < self.expires - AHEAD
    }

    /// New credentials; none where the role does not trust EC2.
    pub(super) fn new(account: &mut Account, role: &str, instance: &str, region: &str) -> Option<Self> {
        let now = account.now();
        let Identity { arn: role_arn, name, id, .. } = {
            let role = account.entities.roles.get(role)?;
            trusts_ec2(role, region).then(|| role.identity.clone())?
        };
        let session_arn =
            format!("arn:{}:sts::{}:assumed-role/{name}/{instance}", account.partition, account.id);
        let (token, expires) = (ids::session_token(), now + LIFE);
        let principal = Principal::RoleSession { role_arn, session_arn, account: account.id.clone() };
        let session = TemporarySession::plain(account, principal, token.clone(), expires);
        let key = account.issue_key("ASIA", Bearer::Session(Box::new(session)));
        let secret = account.keys.get(&key)?.secret.clone();
        Some(Self { role: id, key, secret, token, issued: now, expires })
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "Code": "Success",
            "LastUpdated": timestamp(self.issued),
            "Type": "AWS-HMAC",
            "AccessKeyId": self.key,
            "SecretAccessKey": self.secret.expose_secret(),
            "Token": self.token.expose_secret(),
            "Expiration": timestamp(self.expires),
        })
    }
}

fn trusts_ec2(role: &Role, region: &str) -> bool {
    let principal = Principal::Service { name: "ec2.amazonaws.com".to_owned() };
    let mut context = principal.condition_keys();
    context.set("aws:RequestedRegion", region);
    let request = Request {
        principal,
        action: "sts:AssumeRole".to_owned(),
        resource: role.identity.arn.clone(),
        resource_account: None,
        context,
    };
    let policies = Policies {
        resource: Some(NamedDocument { name: &role.identity.arn, document: &role.trust }),
        resource_policy: ResourcePolicyRule::TrustMustAllow,
        ..Policies::default()
    };
    evaluate(&request, &policies).is_allowed()
}

/// Known: the answer is 200 all the same, and tells the error.
pub(super) fn unauthorized(role: &str, now: OffsetDateTime) -> Value {
    json!({
        "Code": "AssumeRoleUnauthorizedAccess",
        "Message": format!(
            "EC2 cannot assume the role {role}. Please see documentation at \
             https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html#troubleshoot_iam-ec2_errors-info-doc."
        ),
        "LastUpdated": timestamp(now),
    })
}
