//! Every error text that the road itself answers with, once, with its source.
//!
//! "Documented" is the AWS documentation, "observed" a user's log, "inferred" our reading; see the AWS facts that
//! ARCHITECTURE.md names.

use std::time::{Duration, SystemTime};

use http::StatusCode;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    AwsError, LookupError, ServiceName,
    authenticate::Placement,
    service::Protocol,
    sigv4::{Authorization, Signer, amz_date},
};

/// Observed (S3) and inferred (the others): nobody holds this key.
pub(crate) fn unknown_key(protocol: Protocol) -> AwsError {
    let token = "The security token included in the request is invalid.";
    match protocol {
        Protocol::S3 => AwsError::new(
            StatusCode::FORBIDDEN,
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
        ),
        Protocol::Query => AwsError::new(StatusCode::FORBIDDEN, "InvalidClientTokenId", token),
        Protocol::Json => AwsError::new(StatusCode::BAD_REQUEST, "UnrecognizedClientException", token),
    }
}

/// Known: S3 tells the key that is nobody's.
pub(crate) fn naming_key(error: AwsError, id: &str) -> AwsError {
    match error.code.as_str() {
        "InvalidAccessKeyId" => error.with("AWSAccessKeyId", id),
        _ => error,
    }
}

/// Ours: AWS itself cannot fail to look something up in this way.
impl From<LookupError> for AwsError {
    fn from(error: LookupError) -> Self {
        AwsError::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", error.to_string())
    }
}

/// A key that could not be looked up: one of unknown secret is answered as one that is nobody's, but told apart.
pub(crate) fn key_not_looked_up(protocol: Protocol, error: LookupError) -> AwsError {
    match error {
        LookupError::SecretUnknown(_) => AwsError { message: error.to_string(), ..unknown_key(protocol) },
        LookupError::Upstream(_) => error.into(),
    }
}

/// Documented: the signature is not the one that the key's secret makes.
pub(crate) fn signature_does_not_match(protocol: Protocol) -> AwsError {
    let text = "The request signature we calculated does not match the signature you provided. Check your key \
                and signing method.";
    // Known: the others than S3 say "your AWS Secret Access Key".
    let longer = "The request signature we calculated does not match the signature you provided. Check your AWS \
                  Secret Access Key and signing method. Consult the service documentation for details.";
    match protocol {
        Protocol::S3 => AwsError::new(StatusCode::FORBIDDEN, "SignatureDoesNotMatch", text),
        Protocol::Query | Protocol::Json => bad_signature(protocol, longer),
    }
}

/// Documented: S3 tells what it made of the request, to be compared with what the client did.
pub(crate) fn unlike_signature(
    protocol: Protocol,
    authorization: &Authorization,
    signer: &Signer,
    canonical: &str,
) -> AwsError {
    let error = signature_does_not_match(protocol);
    let bytes = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    let to_sign = signer.string_to_sign(canonical);
    match protocol {
        Protocol::S3 => error
            .with("AWSAccessKeyId", &authorization.credential.access_key_id)
            .with("StringToSign", &to_sign)
            .with("SignatureProvided", &authorization.signature)
            .with("StringToSignBytes", bytes(&to_sign))
            .with("CanonicalRequest", canonical)
            .with("CanonicalRequestBytes", bytes(canonical)),
        Protocol::Query | Protocol::Json => {
            AwsError { message: explained(&error.message, canonical, &to_sign), ..error }
        }
    }
}

/// Known: the services but S3 tell it in the message.
fn explained(message: &str, canonical: &str, to_sign: &str) -> String {
    format!(
        "{message}\n\nThe Canonical String for this request should have been\n'{canonical}'\n\nThe String-to-Sign should have \
         been\n'{to_sign}'\n"
    )
}

/// Known: the scope is of another day than the request.
pub(crate) fn other_day(protocol: Protocol, placement: Placement, scope: &str, amz_date: &str) -> AwsError {
    let day: String = amz_date.chars().take(8).collect();
    let s3 =
        format!("Invalid credential date \"{scope}\". This date is not the same as X-Amz-Date: \"{day}\".");
    match (protocol, placement) {
        (Protocol::S3, Placement::Header) => malformed_authorization(protocol, &s3),
        (Protocol::S3, Placement::Query(_)) => malformed_query_authorization(&s3),
        (Protocol::Query | Protocol::Json, _) => bad_signature(
            protocol,
            &format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{scope}' != \
                 '{day}', from '{amz_date}'."
            ),
        ),
    }
}

/// What the services but S3 answer to every signature that they cannot take; the text tells the reason.
fn bad_signature(protocol: Protocol, text: &str) -> AwsError {
    match protocol {
        Protocol::S3 | Protocol::Query => AwsError::new(StatusCode::FORBIDDEN, "SignatureDoesNotMatch", text),
        Protocol::Json => AwsError::new(StatusCode::BAD_REQUEST, "InvalidSignatureException", text),
    }
}

/// Known: the scope names another service than the one that the call is for.
pub(crate) fn wrong_service(protocol: Protocol, given: &str, expected: &str) -> AwsError {
    match protocol {
        Protocol::S3 => malformed_authorization(
            protocol,
            &format!("incorrect service \"{given}\". This endpoint belongs to \"{expected}\"."),
        ),
        Protocol::Query | Protocol::Json => bad_signature(
            protocol,
            &format!("Credential should be scoped to correct service: '{expected}'. "),
        ),
    }
}

/// Known: the scope names a region that AWS has not, or that is not the host's.
pub(crate) fn no_such_region(protocol: Protocol, given: &str) -> AwsError {
    match protocol {
        Protocol::S3 => wrong_region(given, "us-east-1"),
        Protocol::Query | Protocol::Json => {
            bad_signature(protocol, "Credential should be scoped to a valid region. ")
        }
    }
}

/// Documented: the scope names another region than the host.
pub(crate) fn wrong_region(given: &str, expected: &str) -> AwsError {
    let detail = format!("the region '{given}' is wrong; expecting '{expected}'");
    malformed_authorization(Protocol::S3, &detail).with("Region", expected)
}

/// Inferred: a token that is not the one handed out with the key.
pub(crate) fn invalid_token(protocol: Protocol) -> AwsError {
    match protocol {
        Protocol::S3 => AwsError::new(
            StatusCode::BAD_REQUEST,
            "InvalidToken",
            "The provided token is malformed or otherwise invalid.",
        ),
        Protocol::Query | Protocol::Json => unknown_key(protocol),
    }
}

/// Observed (S3, in spark-redshift-community#151): the session is over.
pub(crate) fn expired_token(protocol: Protocol) -> AwsError {
    let text = "The security token included in the request is expired";
    match protocol {
        Protocol::S3 => {
            AwsError::new(StatusCode::BAD_REQUEST, "ExpiredToken", "The provided token has expired.")
        }
        Protocol::Query => AwsError::new(StatusCode::FORBIDDEN, "ExpiredToken", text),
        Protocol::Json => AwsError::new(StatusCode::BAD_REQUEST, "ExpiredTokenException", text),
    }
}

/// Documented for S3; the others word it as a bad signature (known): more than 15 minutes off.
pub(crate) fn clock_skewed(protocol: Protocol, signed: &str, now: SystemTime) -> AwsError {
    match protocol {
        Protocol::S3 => AwsError::new(
            StatusCode::FORBIDDEN,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        )
        .with("RequestTime", signed)
        .with("ServerTime", time_text(now))
        .with("MaxAllowedSkewMilliseconds", "900000"),
        Protocol::Query | Protocol::Json => bad_signature(protocol, &outdated(signed, now)),
    }
}

/// Known: what the services but S3 say of the time of a signature, with the times that they compare.
fn outdated(signed: &str, now: SystemTime) -> String {
    let (skew, current) = (Duration::from_secs(15 * 60), amz_date(now));
    let (earliest, latest) = (amz_date(now - skew), amz_date(now + skew));
    match signed < &*current {
        true => format!("Signature expired: {signed} is now earlier than {earliest} ({current} - 15 min.)"),
        false => {
            format!("Signature not yet current: {signed} is still later than {latest} ({current} + 15 min.)")
        }
    }
}

/// Inferred: a call without a signature to a service that has no public calls.
pub(crate) fn missing_authentication(protocol: Protocol) -> AwsError {
    let text = "Request is missing Authentication Token";
    match protocol {
        Protocol::S3 | Protocol::Query => {
            AwsError::new(StatusCode::FORBIDDEN, "MissingAuthenticationToken", text)
        }
        Protocol::Json => AwsError::new(StatusCode::BAD_REQUEST, "MissingAuthenticationTokenException", text),
    }
}

/// Documented (S3) and known (the others): an `Authorization` header that is not a whole SigV4 one.
pub(crate) fn malformed_authorization(protocol: Protocol, detail: &str) -> AwsError {
    match protocol {
        Protocol::S3 => AwsError::new(
            StatusCode::BAD_REQUEST,
            "AuthorizationHeaderMalformed",
            format!("The authorization header is malformed; {detail}"),
        ),
        Protocol::Query => AwsError::new(StatusCode::BAD_REQUEST, "IncompleteSignature", detail),
        Protocol::Json => AwsError::new(StatusCode::BAD_REQUEST, "IncompleteSignatureException", detail),
    }
}

/// Documented: presigned URLs lack a parameter, or one is out of its bounds.
pub(crate) fn malformed_query_authorization(detail: &str) -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, "AuthorizationQueryParametersError", detail)
}

/// Known: what a presigned URL of S3 must hold.
pub(crate) fn incomplete_query_authorization() -> AwsError {
    malformed_query_authorization(
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, \
         X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
    )
}

/// Known: a header and a query that both claim to be signed.
pub(crate) fn two_authentications() -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "InvalidArgument",
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string \
         parameter or the Authorization header should be specified",
    )
}

/// Known: Signature Version 2, which regions since 2014 do not take.
pub(crate) fn signature_version_2() -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "InvalidRequest",
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
    )
}

/// Known: a presigned URL outlived its `X-Amz-Expires`.
pub(crate) fn presigned_expired(seconds: u64, signed: SystemTime, now: SystemTime) -> AwsError {
    AwsError::new(StatusCode::FORBIDDEN, "AccessDenied", "Request has expired")
        .with("X-Amz-Expires", seconds.to_string())
        .with("Expires", time_text(signed + Duration::from_secs(seconds)))
        .with("ServerTime", time_text(now))
}

/// Known: times in S3's errors have whole seconds.
fn time_text(time: SystemTime) -> String {
    let time = OffsetDateTime::from(time);
    time.replace_nanosecond(0).unwrap_or(time).format(&Rfc3339).unwrap_or_default()
}

/// Known: a presigned URL is dated ahead of the machine's time.
pub(crate) fn presigned_too_early() -> AwsError {
    AwsError::new(StatusCode::FORBIDDEN, "AccessDenied", "Request is not valid yet")
}

/// Known: S3 wants every `x-amz-` header signed.
pub(crate) fn unsigned_headers(names: &str) -> AwsError {
    AwsError::new(
        StatusCode::FORBIDDEN,
        "AccessDenied",
        "There were headers present in the request which were not signed",
    )
    .with("HeadersNotSigned", names)
}

/// Known: a signed request without a date.
pub(crate) fn missing_date(protocol: Protocol) -> AwsError {
    match protocol {
        Protocol::S3 => AwsError::new(
            StatusCode::FORBIDDEN,
            "AccessDenied",
            "AWS authentication requires a valid Date or x-amz-date header",
        ),
        Protocol::Query | Protocol::Json => malformed_authorization(
            protocol,
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
        ),
    }
}

/// Documented (S3: "List of error codes"); inferred for the others: a body whose next piece does not come.
pub(crate) fn request_timeout() -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "RequestTimeout",
        "Your socket connection to the server was not read from or written to within the timeout period. Idle \
         connections will be closed.",
    )
}

/// Documented: S3's refusal of what it does not implement; names the header, parameter or call.
pub(crate) fn not_implemented(what: &str) -> AwsError {
    AwsError::new(
        StatusCode::NOT_IMPLEMENTED,
        "NotImplemented",
        format!("linchpin does not offer {what}; a request with it is refused rather than half carried out."),
    )
}

/// Documented: an action that the query service does not know, or that is not offered here.
pub(crate) fn invalid_action(service: ServiceName, action: &str) -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "InvalidAction",
        format!("linchpin does not offer the operation `{action}` of {service}"),
    )
}

/// Documented for S3 ("List of error codes"), whose header sections have 8 KB; known of the fronts of others, with no body
/// that is worth the name.
pub(crate) fn headers_too_large(protocol: Protocol) -> AwsError {
    match protocol {
        Protocol::S3 => AwsError::new(
            StatusCode::BAD_REQUEST,
            "RequestHeaderSectionTooLarge",
            "Your request header section exceeds the maximum allowed size.",
        ),
        Protocol::Query | Protocol::Json => AwsError::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "RequestHeaderFieldsTooLarge",
            "Request Header Fields Too Large",
        ),
    }
}

/// Documented ("Common errors"): a form that names no action.
pub(crate) fn missing_action() -> AwsError {
    let message = "The request is missing an action or a required parameter.";
    AwsError::new(StatusCode::BAD_REQUEST, "MissingAction", message)
}

/// Documented (S3, "List of error codes").
pub const UNPARSABLE_URI: &str = "Couldn't parse the specified URI.";

pub(crate) fn unparsable_uri() -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, "InvalidURI", UNPARSABLE_URI)
}

/// Known: STS, of a role that is none.
pub fn invalid_role_arn() -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, "ValidationError", "Request ARN is invalid")
}

/// Inferred: a role that a cluster cannot be given.
pub(crate) fn no_such_role(arn: &str) -> AwsError {
    let message = format!("The IAM role {arn} does not exist.");
    AwsError::new(StatusCode::BAD_REQUEST, "InvalidParameterValue", message)
}

/// Known: a bucket policy names somebody who is not there.
pub(crate) fn unknown_principal(name: &str) -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, "MalformedPolicy", "Invalid principal in policy")
        .with("Detail", name)
}

/// Known.
pub(crate) fn unknown_version(operation: &str, version: Option<&str>) -> AwsError {
    let version = version.unwrap_or("NO_VERSION_SPECIFIED");
    let message = format!("Could not find operation {operation} for version {version}");
    AwsError::new(StatusCode::BAD_REQUEST, "InvalidAction", message)
}

/// Known.
pub(crate) fn invalid_copy_source() -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "InvalidArgument",
        "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
    )
    .with("ArgumentName", "x-amz-copy-source")
}

/// Documented: the bucket is another account's than the caller expects.
pub(crate) fn other_bucket_owner() -> AwsError {
    AwsError::new(StatusCode::FORBIDDEN, "AccessDenied", "Access Denied")
}

/// Known.
pub(crate) fn invalid_bucket_owner() -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "InvalidBucketOwnerAWSAccountID",
        "The value of the expected bucket owner parameter must be an AWS account ID",
    )
}

/// Documented: ACLs are disabled.
pub(crate) fn acl_not_supported() -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, "AccessControlListNotSupported", "The bucket does not allow ACLs")
}

/// Known: no canned ACL of this name.
pub(crate) fn unknown_acl(name: &str) -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, "InvalidArgument", "")
        .with("ArgumentName", "x-amz-acl")
        .with("ArgumentValue", name)
}

/// Documented (S3) and known (the others): too many requests.
pub(crate) fn throttled(protocol: Protocol) -> AwsError {
    match protocol {
        Protocol::S3 => {
            AwsError::new(StatusCode::SERVICE_UNAVAILABLE, "SlowDown", "Please reduce your request rate.")
        }
        Protocol::Query => AwsError::new(StatusCode::BAD_REQUEST, "Throttling", "Rate exceeded"),
        Protocol::Json => AwsError::new(StatusCode::BAD_REQUEST, "ThrottlingException", "Rate exceeded"),
    }
}

/// Our own: a connection that closes without an answer has no error; the record tells this one.
pub(crate) fn reset() -> AwsError {
    AwsError::new(StatusCode::INTERNAL_SERVER_ERROR, "ConnectionReset", "a fault closed the connection")
}

/// Known: temporary keys make no session tokens.
pub(crate) fn session_makes_session(operation: &str) -> AwsError {
    let message = format!("Cannot call {operation} with session credentials");
    AwsError::new(StatusCode::FORBIDDEN, "AccessDenied", message)
}

/// Documented: no bucket of this name.
pub(crate) fn no_such_bucket(bucket: &str) -> AwsError {
    AwsError::new(StatusCode::NOT_FOUND, "NoSuchBucket", "The specified bucket does not exist")
        .with("BucketName", bucket)
}

/// Documented: the bucket is in another region than the one the request was signed for.
pub(crate) fn permanent_redirect(bucket: &str, region: &str) -> AwsError {
    AwsError::new(
        StatusCode::MOVED_PERMANENTLY,
        "PermanentRedirect",
        "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all \
         future requests to this endpoint.",
    )
    .with("Bucket", bucket)
    .with("Endpoint", format!("{bucket}.s3.{region}.amazonaws.com"))
    .with("Region", region)
}

/// Known: a member that every call of the operation has.
pub(crate) fn missing_member(member: &str) -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "ValidationException",
        format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not \
             be null"
        ),
    )
}

/// Known: a body that is no JSON object.
pub(crate) fn not_json() -> AwsError {
    AwsError::new(StatusCode::BAD_REQUEST, "SerializationException", "The body is not a JSON object.")
}

/// Known: an operation that a JSON service does not know, or that is not offered here.
pub(crate) fn unknown_operation(target: &str) -> AwsError {
    AwsError::new(
        StatusCode::BAD_REQUEST,
        "UnknownOperationException",
        format!("linchpin does not offer the operation `{target}`"),
    )
}
