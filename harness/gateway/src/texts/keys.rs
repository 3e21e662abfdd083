//! The texts of refusals that are about KMS keys, once, with their sources.

use http::StatusCode;

use crate::{AwsError, KeyState};

/// Known: what goes with KMS keys alone.
pub(crate) fn key_without_algorithm() -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "InvalidArgument",
        "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
    )
}

/// Known: whoever does not sign is nobody whom KMS could ask about.
pub(crate) fn key_for_anonymous() -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "InvalidArgument",
        "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.",
    )
}

/// Known.
pub(crate) fn invalid_encryption_context() -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "InvalidArgument",
        "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which \
         represents a string-string map",
    )
}

/// Observed (S3): what S3 makes of KMS's refusal to use a key.
pub(crate) fn key_unusable(state: KeyState, arn: &str) -> Option<AwsError> {
    let (code, message) = match state {
        KeyState::Enabled => return None,
        KeyState::Disabled => ("KMS.DisabledException", format!("{arn} is disabled.")),
        KeyState::PendingDeletion => ("KMS.KMSInvalidStateException", format!("{arn} is pending deletion.")),
    };
    Some(AwsError::new(StatusCode::BAD_REQUEST, code, message))
}

/// Observed (S3): the key in a request is not there.
pub(crate) fn s3_unknown_key(error: &AwsError) -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, format!("KMS.{}", error.code), error.message.clone())
}

/// Known (S3): the key's ARN is of another region than the bucket.
pub(crate) fn s3_foreign_region(region: &str) -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, "KMS.NotFoundException", format!("Invalid arn {region}"))
}

/// Known: no key of this name in the account and region.
pub(crate) fn no_such_key(region: &str, account: &str, partition: &str, name: &str) -> AwsError {
    let prefix = format!("arn:{partition}:kms:{region}:{account}");
    let message = if name.starts_with("arn:") && name.contains(":alias/") {
        format!("Alias {name} is not found.")
    } else if name.starts_with("alias/") {
        format!("Alias {prefix}:{name} is not found.")
    } else if name.starts_with("arn:") {
        format!("Key '{name}' does not exist")
    } else {
        format!("Key '{prefix}:key/{name}' does not exist")
    };
    AwsError::new(StatusCode::BAD_REQUEST, "NotFoundException", message)
}

/// Known: a blob that is no ciphertext of KMS.
pub(crate) fn invalid_ciphertext() -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, "InvalidCiphertextException", "")
}

/// Documented code; the words are inferred.
pub fn invalid_grant_token() -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, "InvalidGrantTokenException", "The grant token is not valid.")
}

/// Documented: a grant is named by its token, or by its id and its key; the words are inferred.
pub(crate) fn grant_named_twice() -> AwsError {
    let message = "Specify either a grant token, or a grant ID and a key ID.";
    AwsError::new(StatusCode::BAD_REQUEST, "ValidationException", message)
}

/// Known: only what makes an object takes headers on its encryption.
pub(crate) fn encrypts_nothing(header: &str) -> AwsError {
    let message = format!("{header} header is not supported for this operation.");
    AwsError::new(StatusCode::BAD_REQUEST, "InvalidArgument", message).with("ArgumentName", header)
}
