//! STS's error texts, each once.

use http::StatusCode;
use linchpin_gateway::AwsError;

fn invalid(message: &str) -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, "ValidationError", message)
}

/// Known.
pub(super) fn root_assumes_role() -> AwsError {
    AwsError::new(StatusCode::FORBIDDEN, "AccessDenied", "Roles may not be assumed by root accounts.")
}

/// Observed: a role that is not there is answered as one that may not be assumed.
pub(super) fn no_such_role(caller: &str, role: &str) -> AwsError {
    let message = format!("User: {caller} is not authorized to perform: sts:AssumeRole on resource: {role}");
    AwsError::new(StatusCode::FORBIDDEN, "AccessDenied", message)
}

/// Known.
pub(super) fn longer_than_role_allows() -> AwsError {
    invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
}

/// Known.
pub(super) fn longer_than_chain_allows() -> AwsError {
    invalid(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    )
}

/// Inferred: a session policy's ARN that is no policy of the role's account.
pub(super) fn no_such_policy(arn: &str) -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, "MalformedPolicyDocument", format!("Policy {arn} was not found."))
}

/// Known.
pub(super) fn repeated_tag() -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "InvalidParameterValue",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    )
}

/// Inferred; documented is that the prefix is AWS's own.
pub(super) fn reserved_tag() -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "InvalidParameterValue",
        "Tag keys that begin with aws: are reserved for system use.",
    )
}

/// Known.
pub(super) fn transitive_key_without_tag() -> AwsError {
    let message = "The specified transitive tag key must be included in the requested tags.";
    AwsError::new(StatusCode::BAD_REQUEST, "InvalidParameterValue", message)
}

/// Known; documented is that such a call fails.
pub(super) fn tag_is_handed_on() -> AwsError {
    let message = "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key \
                   from the calling session.";
    AwsError::new(StatusCode::BAD_REQUEST, "InvalidParameterValue", message)
}

/// Inferred: documented is only that a source identity cannot be changed once it is set.
pub(super) fn source_identity_is_set() -> AwsError {
    let message = "The source identity of a session cannot be changed.";
    AwsError::new(StatusCode::FORBIDDEN, "AccessDenied", message)
}

/// Known: what whoever is not trusted is told.
pub(super) fn not_a_web_identity() -> AwsError {
    let message = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
    AwsError::new(StatusCode::FORBIDDEN, "AccessDenied", message)
}
