//! Errors as AWS words them: status, code, message, and the fields some codes add.

use http::{HeaderName, HeaderValue, StatusCode};

/// A refusal, before it takes the shape of a protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsError {
    /// The HTTP status.
    pub status: StatusCode,
    /// AWS's code, such as `AccessDenied`.
    pub code: String,
    /// AWS's message.
    pub message: String,
    /// Elements that some S3 codes add: `Region`, `Endpoint`, `BucketName`.
    pub fields: Vec<(&'static str, String)>,
    /// Headers that some S3 codes add: `x-amz-delete-marker`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl AwsError {
    /// An error without extra fields.
    pub fn new(status: StatusCode, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), fields: Vec::new(), headers: Vec::new() }
    }

    /// Adds an element to the error's body.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }
}
