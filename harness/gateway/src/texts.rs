//! Every error text that the road itself answers with, once, with its source.
//!
//! "Documented" is the AWS documentation, "observed" a user's log, "inferred" our reading; see the AWS facts that
//! ARCHITECTURE.md names.

use http::StatusCode;
use linchpin_policy::{DecidedBy, Decision, Outcome, PolicyType, Principal};

use crate::{AwsError, ServiceName};

/// Observed (S3) and inferred (query services): nobody holds this key.
pub(crate) fn unknown_key(service: Option<ServiceName>) -> AwsError {
    match service {
        Some(ServiceName::S3) | None => AwsError::new(
            StatusCode::FORBIDDEN,
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
        ),
        Some(_) => AwsError::new(
            StatusCode::FORBIDDEN,
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
        ),
    }
}

/// Documented: the signature is not the one that the key's secret makes.
pub(crate) fn signature_does_not_match() -> AwsError {
    AwsError::new(
        StatusCode::FORBIDDEN,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your key and \
         signing method.",
    )
}

/// Inferred: a token that is not the one handed out with the key.
pub(crate) fn invalid_token(service: Option<ServiceName>) -> AwsError {
    match service {
        Some(ServiceName::S3) | None => AwsError::new(
            StatusCode::BAD_REQUEST,
            "InvalidToken",
            "The provided token is malformed or otherwise invalid.",
        ),
        Some(_) => unknown_key(service),
    }
}

/// Observed (S3, in spark-redshift-community#151): the session is over.
pub(crate) fn expired_token(service: Option<ServiceName>) -> AwsError {
    match service {
        Some(ServiceName::S3) | None => {
            AwsError::new(StatusCode::BAD_REQUEST, "ExpiredToken", "The provided token has expired.")
        }
        Some(_) => AwsError::new(
            StatusCode::FORBIDDEN,
            "ExpiredToken",
            "The security token included in the request is expired",
        ),
    }
}

/// Documented for S3; query services word it as a bad signature: more than 15 minutes off.
pub(crate) fn clock_skewed(service: Option<ServiceName>) -> AwsError {
    match service {
        Some(ServiceName::S3) | None => AwsError::new(
            StatusCode::FORBIDDEN,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        ),
        Some(_) => AwsError::new(
            StatusCode::FORBIDDEN,
            "SignatureDoesNotMatch",
            "Signature expired: the request time is more than 15 minutes from the current time",
        ),
    }
}

/// Inferred: a query or control-plane call without a signature.
pub(crate) fn missing_authentication() -> AwsError {
    AwsError::new(
        StatusCode::FORBIDDEN,
        "MissingAuthenticationToken",
        "Request is missing Authentication Token",
    )
}

/// Documented: an `Authorization` header that is not a whole SigV4 one.
pub(crate) fn malformed_authorization(detail: &str) -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "AuthorizationHeaderMalformed",
        format!("The authorization header is malformed; {detail}"),
    )
}

/// Documented: the body's hash is not the signed one.
pub(crate) fn payload_mismatch() -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
    )
}

/// Documented: S3's refusal of what it does not implement; names the header, parameter or call.
pub(crate) fn not_implemented(what: &str) -> AwsError {
    AwsError::new(
        StatusCode::NOT_IMPLEMENTED,
        "NotImplemented",
        format!("linchpin does not offer {what}; a request with it is refused rather than half carried out."),
    )
}

/// Documented: an action that the query service does not know, or that is not offered here.
pub(crate) fn invalid_action(service: ServiceName, action: &str) -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "InvalidAction",
        format!("linchpin does not offer the operation `{action}` of {service}"),
    )
}

/// Documented: no bucket of this name.
pub(crate) fn no_such_bucket(bucket: &str) -> AwsError {
    AwsError::new(StatusCode::NOT_FOUND, "NoSuchBucket", "The specified bucket does not exist")
        .with("BucketName", bucket)
}

/// Documented: the bucket is in another region than the one the request was signed for.
pub(crate) fn permanent_redirect(bucket: &str, region: &str) -> AwsError {
    AwsError::new(
        StatusCode::MOVED_PERMANENTLY,
        "PermanentRedirect",
        "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all \
         future requests to this endpoint.",
    )
    .with("Bucket", bucket)
    .with("Endpoint", format!("{bucket}.s3.{region}.amazonaws.com"))
    .with("Region", region)
}

/// The refusal that an authorization decision turns into.
pub(crate) fn access_denied(
    service: ServiceName,
    principal: &Principal,
    action: &str,
    resource: &str,
    resource_account: Option<&str>,
    decision: &Decision,
) -> AwsError {
    let same_account = resource_account.is_none() || principal.account() == resource_account;
    let message = match service {
        // Documented: S3 says more than this only within an account.
        ServiceName::S3 if !same_account => "Access Denied".to_owned(),
        ServiceName::S3 => format!(
            "User: {principal} is not authorized to perform: {action} on resource: \"{resource}\" {}",
            because(decision, action)
        ),
        // Observed: STS and the Redshift API stop before the reason.
        ServiceName::Sts | ServiceName::Redshift => {
            format!("User: {principal} is not authorized to perform: {action} on resource: {resource}")
        }
        ServiceName::Iam => format!(
            "User: {principal} is not authorized to perform: {action} on resource: {resource} {}",
            because(decision, action)
        ),
    };
    AwsError::new(StatusCode::FORBIDDEN, "AccessDenied", message)
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
    }
}
