//! Conditional reads and writes (documented: RFC 9110, and "Conditional writes" of the S3 guide).

use s3s::{
    S3Error, S3ErrorCode, S3Result,
    dto::{ETag, ETagCondition, Timestamp},
};

use super::{errors::refuse, store::Object};

/// The conditions of one call.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    pub(super) matches: Option<ETagCondition>,
    pub(super) matches_not: Option<ETagCondition>,
}

impl Conditions {
    /// Conditions on times are not offered: to leave them out would answer what was not asked.
    pub(super) fn without_times(self, times: [Option<&Timestamp>; 2]) -> S3Result<Self> {
        if times.iter().any(Option::is_some) {
            let message = "linchpin does not offer If-Modified-Since and If-Unmodified-Since";
            return Err(S3Error::with_message(S3ErrorCode::NotImplemented, message));
        }
        Ok(self)
    }

    /// Whether an object may be read.
    pub(super) fn read(&self, object: &Object) -> S3Result<()> {
        if self.matches.as_ref().is_some_and(|condition| !names(condition, &object.etag)) {
            return Err(refuse(S3ErrorCode::PreconditionFailed));
        }
        if self.matches_not.as_ref().is_some_and(|condition| names(condition, &object.etag)) {
            return Err(refuse(S3ErrorCode::NotModified));
        }
        Ok(())
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

fn names(condition: &ETagCondition, etag: &str) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(ETag::Strong(given) | ETag::Weak(given)) => given == etag,
    }
}
