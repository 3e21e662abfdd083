//! The shapes that an error takes on the wire.

use bytes::Bytes;
use http::{HeaderValue, Method, Response};
use http_body_util::{BodyExt, Full};
use quick_xml::escape::escape;

use crate::{AwsError, Body, service::Protocol};

/// An error in the shape of its service's protocol.
pub(crate) fn error_response(
    error: &AwsError,
    protocol: Protocol,
    method: &Method,
    request_id: &str,
) -> Response<Body> {
    let (text, content_type) = match protocol {
        Protocol::S3 => (s3_error(error, request_id), "application/xml"),
        Protocol::Query => (query_error(error, request_id), "text/xml"),
        Protocol::Json => (json_error(error), "application/x-amz-json-1.1"),
    };
    // Documented: errors of HEAD have no body.
    let body = if method == Method::HEAD { String::new() } else { text };
    let mut response = Response::new(full(body));
    *response.status_mut() = error.status;
    response.headers_mut().extend(error.headers.iter().cloned());
    response.headers_mut().insert("content-type", HeaderValue::from_static(content_type));
    let region = error.fields.iter().find(|(name, _)| *name == "Region");
    if let Some(Ok(region)) = region.map(|(_, region)| HeaderValue::from_str(region)) {
        response.headers_mut().insert("x-amz-bucket-region", region);
    }
    response
}

fn s3_error(error: &AwsError, request_id: &str) -> String {
    let fields: String =
        error.fields.iter().map(|(name, value)| format!("<{name}>{}</{name}>", escape(value))).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}</Message>{fields}\
         <RequestId>{request_id}</RequestId><HostId>{request_id}</HostId></Error>",
        escape(&error.code),
        escape(&error.message),
    )
}

fn query_error(error: &AwsError, request_id: &str) -> String {
    let who = if error.status.is_server_error() { "Receiver" } else { "Sender" };
    format!(
        "<ErrorResponse><Error><Type>{who}</Type><Code>{}</Code><Message>{}</Message></Error>\
         <RequestId>{request_id}</RequestId></ErrorResponse>",
        escape(&error.code),
        escape(&error.message),
    )
}

fn json_error(error: &AwsError) -> String {
    serde_json::json!({ "__type": error.code, "message": error.message }).to_string()
}

/// A body that is all there.
pub(crate) fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}
