//! Conditional reads and writes (documented: RFC 9110, and "Conditional writes" of the S3 guide).

use http::HeaderMap;
use s3s::{
    S3Error, S3ErrorCode, S3Result,
    dto::{ETag, ETagCondition, Timestamp},
};
use time::OffsetDateTime;

use super::{
    errors::{invalid_argument, not_modified, refuse},
    store::Object,
};

/// The conditions of one call.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    pub(super) matches: Option<ETagCondition>,
    pub(super) matches_not: Option<ETagCondition>,
    pub(super) modified_since: Option<Timestamp>,
    pub(super) unmodified_since: Option<Timestamp>,
}

impl Conditions {
    /// What a copy asks of the key that it writes, which `s3s` does not read.
    pub(super) fn on_target(headers: &HeaderMap) -> S3Result<Self> {
        let condition = |name: &str| {
            let given = headers.get(name).map(|value| ETagCondition::parse_http_header(value.as_bytes()));
            given.transpose().map_err(|_| invalid_argument(format!("Invalid {name} header")))
        };
        let (matches, matches_not) = (condition("if-match")?, condition("if-none-match")?);
        Ok(Self { matches, matches_not, ..Self::default() })
    }

    /// Whether an object may be read. Documented: a condition on the ETag stands before the one on the time.
    pub(super) fn read(&self, object: &Object) -> S3Result<()> {
        let failed = match (&self.matches, &self.unmodified_since) {
            (Some(condition), _) => !names(condition, &object.etag),
            (None, Some(since)) => is_modified(object, since),
            (None, None) => false,
        };
        if failed {
            return Err(refuse(S3ErrorCode::PreconditionFailed));
        }
        let same = match (&self.matches_not, &self.modified_since) {
            (Some(condition), _) => names(condition, &object.etag),
            (None, Some(since)) => !is_modified(object, since),
            (None, None) => false,
        };
        if same { Err(not_modified(&object.etag, &object.modified.into())) } else { Ok(()) }
    }

    /// Whether an object may be copied. Documented: where a read is not needed, a copy fails.
    pub(super) fn copy(&self, source: &Object) -> S3Result<()> {
        self.read(source).map_err(|_| refuse(S3ErrorCode::PreconditionFailed))
    }

    /// Whether a key may be written, by the object that is there now.
    pub(super) fn write(&self, there: Option<&Object>) -> S3Result<()> {
        match (&self.matches, there) {
            (Some(_), None) => return Err(refuse(S3ErrorCode::NoSuchKey)),
            (Some(condition), Some(object)) if !names(condition, &object.etag) => {
                return Err(refuse(S3ErrorCode::PreconditionFailed));
            }
            _ => {}
        }
        match (&self.matches_not, there) {
            (None, _) | (Some(ETagCondition::Any), None) => Ok(()),
            (Some(ETagCondition::Any), Some(_)) => Err(refuse(S3ErrorCode::PreconditionFailed)),
            (Some(ETagCondition::ETag(_)), _) => Err(S3Error::with_message(
                S3ErrorCode::NotImplemented,
                "A header you provided implies functionality that is not implemented",
            )),
        }
    }
}

/// Times in headers have no fractions of a second.
fn is_modified(object: &Object, since: &Timestamp) -> bool {
    let seconds = |time: OffsetDateTime| time.unix_timestamp();
    seconds(object.modified.into()) > seconds(since.clone().into())
}

fn names(condition: &ETagCondition, etag: &str) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(ETag::Strong(given) | ETag::Weak(given)) => given == etag,
    }
}

/// The conditions on the source of a copy; two inputs have the same fields.
macro_rules! of_source {
    ($input:ident) => {
        crate::s3::conditions::Conditions {
            matches: $input.copy_source_if_match.clone(),
            matches_not: $input.copy_source_if_none_match.clone(),
            modified_since: $input.copy_source_if_modified_since.clone(),
            unmodified_since: $input.copy_source_if_unmodified_since.clone(),
        }
    };
}
pub(super) use of_source;
