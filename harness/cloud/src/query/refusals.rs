//! The refusals that every query service shares.

use http::StatusCode;
use linchpin_gateway::{AwsError, ServiceName};

/// Documented code: an operation that the service does not have, or that is not offered here.
pub(crate) fn invalid_action(service: ServiceName, operation: &str) -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "InvalidAction",
        format!("linchpin does not offer the operation `{operation}` of {service}"),
    )
}

/// Our own: a parameter that AWS may know and that would not be carried out here.
pub(crate) fn unoffered_parameter(operation: &str, parameter: &str) -> AwsError {
    AwsError::new(
        StatusCode::NOT_IMPLEMENTED,
        "NotImplemented",
        format!("linchpin does not offer the parameter `{parameter}` of `{operation}`"),
    )
}

/// Known shape: a value that breaks a constraint of the service's model.
pub(crate) fn validation(parameter: &str, value: Option<&str>, constraint: &str) -> AwsError {
    let value = value.map_or_else(|| "null".to_owned(), |value| format!("'{value}'"));
    let mut letters = parameter.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    let member: String = first.into_iter().chain(letters).collect();
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "ValidationError",
        format!(
            "1 validation error detected: Value {value} at '{member}' failed to satisfy constraint: {constraint}"
        ),
    )
}

/// Our own: a REST request at a service that speaks only forms.
pub(crate) fn no_form(service: ServiceName) -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, "MalformedInput", format!("{service} takes query-protocol forms"))
}

/// Our own: the caller's account is none of this cloud.
pub(crate) fn unknown_account(account: &str) -> AwsError {
    AwsError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "InternalFailure",
        format!("the cloud has no account `{account}`"),
    )
}
