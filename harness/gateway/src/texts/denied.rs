//! The texts of refusals that a policy decided, once, with their sources.

use http::StatusCode;
use linchpin_policy::{DecidedBy, Decision, Outcome, PolicyType, Principal};

use crate::{AwsError, ServiceName, service::Protocol};

/// A right that was refused, and why.
pub(crate) struct Refused<'a> {
    pub(crate) principal: &'a Principal,
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) resource_account: Option<&'a str>,
    pub(crate) decision: &'a Decision,
}

impl Refused<'_> {
    fn is_within_account(&self) -> bool {
        self.resource_account.is_none() || self.principal.account() == self.resource_account
    }

    fn by(&self) -> String {
        format!("User: {} is not authorized to perform: {}", self.principal, self.action)
    }
}

/// The refusal that an authorization decision turns into.
pub(crate) fn access_denied(service: ServiceName, refused: &Refused<'_>) -> AwsError {
    let (by, resource) = (refused.by(), refused.resource);
    let because = because(refused.decision, refused.action);
    let message = match service {
        // Observed: S3 hands on what KMS says.
        ServiceName::Kms | ServiceName::S3 if refused.action.starts_with("kms:") => key_refused(refused),
        // Documented: S3 says more than this only within an account.
        ServiceName::S3 if !refused.is_within_account() => "Access Denied".to_owned(),
        ServiceName::S3 => format!("{by} on resource: \"{resource}\" {because}"),
        // Observed: nothing more, as the caller is nobody in the account.
        ServiceName::Sts if matches!(refused.principal, Principal::WebIdentity { .. }) => {
            format!("Not authorized to perform {}", refused.action)
        }
        // Observed: STS and the Redshift API stop before the reason.
        ServiceName::Sts | ServiceName::Redshift => format!("{by} on resource: {resource}"),
        ServiceName::Iam | ServiceName::Kms => format!("{by} on resource: {resource} {because}"),
    };
    match service.protocol() {
        Protocol::S3 | Protocol::Query => AwsError::new(StatusCode::FORBIDDEN, "AccessDenied", message),
        Protocol::Json => AwsError::new(StatusCode::BAD_REQUEST, "AccessDeniedException", message),
    }
}

/// Observed: within an account KMS tells the reason, to others it leaves open whether there is such a key.
fn key_refused(refused: &Refused<'_>) -> String {
    let by = refused.by();
    if refused.is_within_account() {
        let because = because(refused.decision, refused.action);
        return format!("{by} on resource: {} {because}", refused.resource);
    }
    format!(
        "{by} on this resource because the resource does not exist in this Region, no resource-based policies \
         allow access, or a resource-based policy explicitly denies access"
    )
}

/// Observed: a key of another account that is not there is refused like one that is not allowed.
pub(crate) fn foreign_key_refused(principal: &Principal, action: &str) -> AwsError {
    let message = format!(
        "User: {principal} is not authorized to perform: {action} on this resource because the resource does not \
         exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly \
         denies access"
    );
    AwsError::new(StatusCode::BAD_REQUEST, "AccessDeniedException", message)
}

/// Documented: the context that the general text ends with.
fn because(decision: &Decision, action: &str) -> String {
    let policy_type = decision.decided_by.as_ref().map(|DecidedBy { policy_type, .. }| *policy_type);
    let policy_type = policy_type.unwrap_or(PolicyType::Identity);
    match decision.outcome {
        Outcome::ExplicitDeny => format!("with an explicit deny in {}", denying(policy_type)),
        Outcome::ImplicitDeny | Outcome::Allow => {
            format!("because no {} allows the {action} action", allowing(policy_type))
        }
    }
}

fn denying(policy_type: PolicyType) -> &'static str {
    match policy_type {
        PolicyType::Identity => "an identity-based policy",
        PolicyType::Resource => "a resource-based policy",
        PolicyType::Trust => "the role trust policy",
        PolicyType::Boundary => "a permissions boundary",
        PolicyType::Session => "a session policy",
        PolicyType::ServiceControl => "a service control policy",
        PolicyType::ResourceControl => "a resource control policy",
    }
}

fn allowing(policy_type: PolicyType) -> &'static str {
    match policy_type {
        PolicyType::Identity => "identity-based policy",
        PolicyType::Resource => "resource-based policy",
        PolicyType::Trust => "role trust policy",
        PolicyType::Boundary => "permissions boundary",
        PolicyType::Session => "session policy",
        PolicyType::ServiceControl => "service control policy",
        PolicyType::ResourceControl => "resource control policy",
    }
}
