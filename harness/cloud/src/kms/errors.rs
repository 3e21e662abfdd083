//! KMS's error texts, each once.

use http::StatusCode;
use linchpin_gateway::{AwsError, KeyState};

fn refused(code: &str, message: impl Into<String>) -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, code, message)
}

/// Known shape: a value that breaks a constraint of the service's model.
pub(super) fn validation(member: &str, value: Option<&str>, constraint: &str) -> AwsError {
    let value = value.map_or_else(|| "null".to_owned(), |value| format!("'{value}'"));
    let mut letters = member.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    let member: String = first.into_iter().chain(letters).collect();
    let text = format!(
        "1 validation error detected: Value {value} at '{member}' failed to satisfy constraint: {constraint}"
    );
    refused("ValidationException", text)
}

/// Our own: a member that AWS may know and that would not be carried out here.
pub(super) fn unoffered_member(operation: &str, member: &str) -> AwsError {
    refused(
        "UnsupportedOperationException",
        format!("linchpin does not offer the member `{member}` of `{operation}`"),
    )
}

/// Known.
pub(super) fn serialization(member: &str) -> AwsError {
    refused("SerializationException", format!("`{member}` has another type"))
}

/// Known: the road looked the key up; it went away in between.
pub(super) fn no_such_key(name: &str) -> AwsError {
    refused("NotFoundException", format!("Key '{name}' does not exist"))
}

/// Known.
pub(super) fn unusable(arn: &str, state: KeyState) -> AwsError {
    match state {
        KeyState::Disabled => refused("DisabledException", format!("{arn} is disabled.")),
        KeyState::Enabled | KeyState::PendingDeletion => {
            refused("KMSInvalidStateException", format!("{arn} is pending deletion."))
        }
    }
}

/// Known: a key that is not pending deletion.
pub(super) fn not_pending(arn: &str) -> AwsError {
    refused("KMSInvalidStateException", format!("{arn} is not pending deletion."))
}

/// Known: AWS tells nothing more.
pub(super) fn invalid_ciphertext() -> AwsError {
    refused("InvalidCiphertextException", "")
}

/// Known: the key that the call names is not the one of the ciphertext.
pub(super) fn incorrect_key() -> AwsError {
    refused(
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.",
    )
}

/// Known.
pub(super) fn malformed_policy(reason: &str) -> AwsError {
    refused("MalformedPolicyDocumentException", reason)
}

/// Known.
pub(super) fn unknown_principals() -> AwsError {
    malformed_policy("Policy contains a statement with one or more invalid principals.")
}

/// Known.
pub(super) fn locked_out() -> AwsError {
    malformed_policy("The new key policy will not allow you to update the key policy in the future.")
}

/// Known.
pub(super) fn no_such_policy() -> AwsError {
    refused("NotFoundException", "No such policy exists")
}

/// Known.
pub(super) fn alias_exists(arn: &str) -> AwsError {
    refused("AlreadyExistsException", format!("An alias with the name {arn} already exists"))
}

/// Known.
pub(super) fn no_such_alias(arn: &str) -> AwsError {
    refused("NotFoundException", format!("Alias {arn} is not found."))
}

/// Known: aliases of AWS's own keys are AWS's.
pub(super) fn reserved_alias() -> AwsError {
    refused("NotAuthorizedException", "Alias name is reserved for AWS.")
}

/// Known: keys that services made cannot be changed.
pub(super) fn managed_by_aws(arn: &str) -> AwsError {
    refused("UnsupportedOperationException", format!("{arn} is an AWS managed key, which cannot be changed"))
}

/// Known.
pub(super) fn no_such_grant(id: &str) -> AwsError {
    refused("NotFoundException", format!("Grant ID {id} not found"))
}

/// Known.
pub(super) fn invalid_arn(arn: &str) -> AwsError {
    refused("InvalidArnException", format!("ARN {arn} is not valid"))
}

/// Known.
pub(super) fn repeated_tag() -> AwsError {
    refused("TagException", "Duplicate tag keys")
}

/// Known: the code; the words are inferred.
pub(super) fn reserved_tag() -> AwsError {
    refused("TagException", "aws: prefixed tag key names are not allowed for external use.")
}

/// Documented code; the words are inferred.
pub(super) fn too_many_tags() -> AwsError {
    refused("LimitExceededException", "A key can have up to 50 tags.")
}

/// Documented code; the words are inferred.
pub(super) fn too_many_rotations(most: usize) -> AwsError {
    refused("LimitExceededException", format!("A key can be rotated on demand up to {most} times."))
}

/// Documented code; the words are inferred.
pub(super) fn policy_too_long(most: usize) -> AwsError {
    refused("LimitExceededException", format!("A key policy can have up to {most} bytes."))
}

/// Documented is that the call takes a key's id or ARN; known is what it says of an alias.
pub(super) fn alias_for_key(name: &str) -> AwsError {
    refused("InvalidArnException", format!("Invalid keyId {name}"))
}

/// Documented: the call is in order, and nothing was done.
pub(super) fn dry_run() -> AwsError {
    refused("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
}
