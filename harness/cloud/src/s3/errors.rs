//! The texts of S3's refusals, once (documented: the S3 API reference, "List of error codes").

use s3s::{S3Error, S3ErrorCode};

/// A refusal with S3's own text.
pub(super) fn refuse(code: S3ErrorCode) -> S3Error {
    let message = message(&code);
    S3Error::with_message(code, message)
}

fn message(code: &S3ErrorCode) -> &'static str {
    match code {
        S3ErrorCode::BadDigest => "The Content-MD5 you specified did not match what we received.",
        S3ErrorCode::BucketAlreadyExists => {
            "The requested bucket name is not available. The bucket namespace is shared by all users of the \
             system. Please select a different name and try again."
        }
        S3ErrorCode::BucketAlreadyOwnedByYou => {
            "Your previous request to create the named bucket succeeded and you already own it."
        }
        S3ErrorCode::BucketNotEmpty => "The bucket you tried to delete is not empty",
        S3ErrorCode::EntityTooSmall => "Your proposed upload is smaller than the minimum allowed size",
        S3ErrorCode::IncompleteBody => {
            "You did not provide the number of bytes specified by the Content-Length HTTP header."
        }
        S3ErrorCode::InvalidPart => {
            "One or more of the specified parts could not be found.  The part may not have been uploaded, or the \
             specified entity tag may not match the part's entity tag."
        }
        S3ErrorCode::InvalidPartOrder => {
            "The list of parts was not in ascending order. Parts must be ordered by part number."
        }
        S3ErrorCode::InvalidRange => "The requested range is not satisfiable",
        S3ErrorCode::NoSuchBucket => "The specified bucket does not exist",
        S3ErrorCode::NoSuchBucketPolicy => "The bucket policy does not exist",
        S3ErrorCode::NoSuchKey => "The specified key does not exist.",
        S3ErrorCode::NoSuchUpload => {
            "The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have \
             been aborted or completed."
        }
        S3ErrorCode::NotModified => "Not Modified",
        S3ErrorCode::PreconditionFailed => "At least one of the pre-conditions you specified did not hold",
        _ => "The request was refused.",
    }
}
