//! Answers: the result in its wrappers.

use bytes::Bytes;
use http::{HeaderValue, Response};
use http_body_util::{BodyExt, Full};
use linchpin_gateway::{Body, Call};

use super::Xml;

/// The answer to a call. An operation that returns nothing has no result element.
pub(crate) fn answer(namespace: &str, call: &Call, result: Option<&Xml>) -> Response<Body> {
    let operation = &call.operation;
    let result = result
        .map(|xml| format!("<{operation}Result>{}</{operation}Result>", xml.as_str()))
        .unwrap_or_default();
    let xml = format!(
        "<{operation}Response xmlns=\"{namespace}\">{result}<ResponseMetadata><RequestId>{}</RequestId>\
         </ResponseMetadata></{operation}Response>",
        call.request_id
    );
    let body = Full::new(Bytes::from(xml)).map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    response.headers_mut().insert("content-type", HeaderValue::from_static("text/xml"));
    response
}
