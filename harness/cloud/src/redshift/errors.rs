//! The control plane's error texts, each once.

use http::StatusCode;
use linchpin_gateway::AwsError;

/// Known.
pub(super) fn not_found(cluster: &str) -> AwsError {
    AwsError::new(StatusCode::NOT_FOUND, "ClusterNotFound", format!("Cluster {cluster} not found."))
}

/// Known.
pub(super) fn already_exists() -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, "ClusterAlreadyExists", "Cluster already exists")
}

/// Documented code, inferred texts.
pub(super) fn invalid_value(message: impl Into<String>) -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, "InvalidParameterValue", message)
}

/// Known.
pub(super) fn missing(parameter: &str) -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "MissingParameter",
        format!("The request must contain the parameter {parameter}."),
    )
}

/// Known: parameters that do not go together.
pub(super) fn combination(message: &str) -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, "InvalidParameterCombination", message)
}
