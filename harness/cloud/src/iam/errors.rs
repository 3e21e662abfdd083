//! IAM's error texts, each once. "Known" ones are quoted by users from AWS; "inferred" ones follow their pattern.

use http::StatusCode;
use linchpin_gateway::AwsError;
use linchpin_policy::MalformedPolicy;

use super::operation::Request;

fn no_such_entity(message: String) -> AwsError {
    AwsError::new(StatusCode::NOT_FOUND, "NoSuchEntity", message)
}

fn exists(message: String) -> AwsError {
    AwsError::new(StatusCode::CONFLICT, "EntityAlreadyExists", message)
}

fn limit(message: String) -> AwsError {
    AwsError::new(StatusCode::CONFLICT, "LimitExceeded", message)
}

fn delete_conflict(message: &str) -> AwsError {
    AwsError::new(StatusCode::CONFLICT, "DeleteConflict", message)
}

/// Known: a user, group or role that is not there.
pub(super) fn no_such(kind: &str, name: &str) -> AwsError {
    no_such_entity(format!("The {kind} with name {name} cannot be found."))
}

/// Known.
pub(super) fn no_such_access_key(id: &str) -> AwsError {
    no_such_entity(format!("The Access Key with id {id} cannot be found."))
}

/// Known.
pub(super) fn no_such_policy(arn: &str) -> AwsError {
    no_such_entity(format!("Policy {arn} was not found."))
}

/// Known.
pub(super) fn not_attachable(arn: &str) -> AwsError {
    no_such_entity(format!("Policy {arn} does not exist or is not attachable."))
}

/// Our own: a policy of AWS's own that AWS may have, and that is not there.
pub(super) fn not_offered(arn: &str) -> AwsError {
    let message = format!(
        "linchpin does not offer the policy `{arn}` of AWS's own; put its statements in one of yours"
    );
    AwsError::new(StatusCode::NOT_IMPLEMENTED, "NotImplemented", message)
}

/// Inferred: AWS's own policies are another account's, which nobody may change.
pub(super) fn not_your_policy(request: &Request<'_>, arn: &str) -> AwsError {
    let (caller, operation) = (request.caller.arn(), request.operation);
    let message =
        format!("User: {caller} is not authorized to perform: iam:{operation} on resource: policy {arn}");
    AwsError::new(StatusCode::FORBIDDEN, "AccessDenied", message)
}

/// Known: two tags of a call whose keys differ in case at most.
pub(super) fn repeated_tag() -> AwsError {
    let message = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
    AwsError::new(StatusCode::BAD_REQUEST, "InvalidInput", message)
}

/// Inferred; documented is that the prefix is AWS's own.
pub(super) fn reserved_tag() -> AwsError {
    let message = "Tag keys that begin with aws: are reserved for system use.";
    AwsError::new(StatusCode::BAD_REQUEST, "InvalidInput", message)
}

/// Known.
pub(super) fn no_such_version(arn: &str, version: &str) -> AwsError {
    no_such_entity(format!("Policy {arn} version {version} does not exist or is not attachable."))
}

/// Known.
pub(super) fn no_such_profile(name: &str) -> AwsError {
    no_such_entity(format!("Instance Profile {name} cannot be found."))
}

/// Known.
pub(super) fn no_such_provider(arn: &str) -> AwsError {
    no_such_entity(format!("OpenIDConnect Provider not found for arn {arn}"))
}

/// Known.
pub(super) fn provider_exists(issuer: &str) -> AwsError {
    exists(format!("Provider with url https://{issuer} already exists."))
}

/// Known.
pub(super) fn invalid_issuer() -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, "InvalidInput", "Invalid Open ID Connect Provider URL")
}

/// Inferred.
pub(super) fn no_boundary(kind: &str, name: &str) -> AwsError {
    no_such_entity(format!("The permissions boundary of the {kind} with name {name} cannot be found."))
}

/// Known: a user, group or role of that name.
pub(super) fn already_exists(kind: &str, name: &str) -> AwsError {
    let mut letters = kind.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    let kind: String = first.into_iter().chain(letters).collect();
    exists(format!("{kind} with name {name} already exists."))
}

/// Known.
pub(super) fn policy_exists(name: &str) -> AwsError {
    exists(format!("A policy called {name} already exists. Duplicate names are not allowed."))
}

/// Known.
pub(super) fn profile_exists(name: &str) -> AwsError {
    exists(format!("Instance Profile {name} already exists."))
}

/// Known: an entity that still holds something.
pub(super) fn still_holds(what_first: &str) -> AwsError {
    delete_conflict(&format!("Cannot delete entity, {what_first}"))
}

/// Known.
pub(super) fn policy_in_use() -> AwsError {
    delete_conflict("Cannot delete a policy attached to entities.")
}

/// Known.
pub(super) fn policy_has_versions() -> AwsError {
    delete_conflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's \
         versions. The default version is deleted with the policy.",
    )
}

/// Known.
pub(super) fn default_version() -> AwsError {
    delete_conflict("Cannot delete the default version of a policy.")
}

/// Known: a quota by its name.
pub(super) fn quota(name: &str, limit_is: usize) -> AwsError {
    limit(format!("Cannot exceed quota for {name}: {limit_is}"))
}

/// Known.
pub(super) fn too_many_versions() -> AwsError {
    limit(
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an \
         existing version."
            .to_owned(),
    )
}

/// Known: the inline policies of an entity are too long together.
pub(super) fn inline_too_long(most: usize, kind: &str, name: &str) -> AwsError {
    limit(format!("Maximum policy size of {most} bytes exceeded for {kind} {name}"))
}

/// Documented ("SimulateCustomPolicy", errors): the code; the words of these three are inferred.
pub(super) fn invalid_simulated_action(action: &str) -> AwsError {
    invalid_input(&format!(
        "Invalid action: {action}. Actions need their service in front, and have no wildcards."
    ))
}

pub(super) fn not_a_users_arn(arn: &str) -> AwsError {
    invalid_input(&format!("Invalid CallerArn: {arn}. It must be the ARN of an IAM user."))
}

pub(super) fn simulated_caller_missing() -> AwsError {
    invalid_input(
        "CallerArn is required if you specify a ResourcePolicy and the policy source is not a user.",
    )
}

fn invalid_input(message: &str) -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, "InvalidInput", message)
}

/// Known: the code; the reason is the policy engine's.
pub(super) fn malformed(malformed: &MalformedPolicy) -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, "MalformedPolicyDocument", malformed.to_string())
}

/// Known: a trust policy that names somebody who does not exist.
pub(super) fn unknown_principal(kind: &str, name: &str) -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "MalformedPolicyDocument",
        format!("Invalid principal in policy: \"{kind}\":\"{name}\""),
    )
}

/// Known: a name with other characters, or none, or too many.
pub(super) fn invalid_name(parameter: &str) -> AwsError {
    let mut letters = parameter.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    let member: String = first.into_iter().chain(letters).collect();
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "ValidationError",
        format!(
            "The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the \
             following: +=,.@_-"
        ),
    )
}

/// Known: `GetUser` and the like without a name, asked by somebody who is no user.
pub(super) fn must_name_user() -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "ValidationError",
        "Must specify userName when calling with non-User credentials",
    )
}

/// Known.
pub(super) fn invalid_arn(arn: &str) -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, "ValidationError", format!("ARN {arn} is not valid."))
}
