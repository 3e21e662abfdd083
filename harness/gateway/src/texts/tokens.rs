//! The texts of refused tokens of OpenID Connect providers, once, with their sources.

use http::StatusCode;

use crate::AwsError;

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, "InvalidIdentityToken", message)
}

/// Observed.
pub(crate) fn not_a_token() -> AwsError {
    invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
}

/// Observed.
pub(crate) fn no_such_issuer(issuer: &str) -> AwsError {
    invalid(format!("No OpenIDConnect provider found in your account for https://{issuer}"))
}

/// Observed.
pub(crate) fn no_verification_key() -> AwsError {
    invalid(
        "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity \
         documentation for requirements",
    )
}

/// Inferred: none of the issuer's keys has made the signature.
pub(crate) fn token_signature() -> AwsError {
    invalid("Token signature is invalid")
}

/// Observed.
pub(crate) fn incorrect_audience() -> AwsError {
    invalid("Incorrect token audience")
}

/// Observed.
pub(crate) fn missing_claim(name: &str) -> AwsError {
    invalid(format!("Missing a required claim: {name}"))
}

/// Ours: what the claim would do is not offered.
pub(crate) fn unoffered_claim(name: &str) -> AwsError {
    invalid(format!("linchpin does not offer the claim `{name}`"))
}

/// Observed; the times are seconds since 1970 here.
pub(crate) fn token_expired(now: u64, expires: u64) -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "ExpiredTokenException",
        format!("Token expired: current date/time {now} must be before the expiration date/time {expires}"),
    )
}

/// Documented; that a token of the future is answered so is inferred.
pub(crate) fn claim_rejected() -> AwsError {
    AwsError::new(
        StatusCode::FORBIDDEN,
        "IDPRejectedClaim",
        "The identity provider (IdP) reported that authentication failed. This might be because the claim is invalid.",
    )
}
