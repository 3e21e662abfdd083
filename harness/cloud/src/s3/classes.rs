//! Storage classes (documented: "Understanding and managing Amazon S3 storage classes").

use s3s::{S3ErrorCode, S3Result, dto::StorageClass};

use super::{errors::refuse, store::Object};

/// The classes of general purpose buckets; the other ones belong to other kinds of buckets.
const KNOWN: [&str; 8] = [
    StorageClass::STANDARD,
    StorageClass::REDUCED_REDUNDANCY,
    StorageClass::STANDARD_IA,
    StorageClass::ONEZONE_IA,
    StorageClass::INTELLIGENT_TIERING,
    StorageClass::GLACIER,
    StorageClass::GLACIER_IR,
    StorageClass::DEEP_ARCHIVE,
];

/// Classes whose objects must be restored before they can be read, which is not offered.
const ARCHIVES: [&str; 2] = [StorageClass::GLACIER, StorageClass::DEEP_ARCHIVE];

pub(super) fn asked(class: Option<StorageClass>) -> S3Result<StorageClass> {
    let class = class.unwrap_or_else(|| StorageClass::from_static(StorageClass::STANDARD));
    if KNOWN.contains(&class.as_str()) { Ok(class) } else { Err(refuse(S3ErrorCode::InvalidStorageClass)) }
}

/// Documented: reads tell every class but `STANDARD`.
pub(super) fn told(object: &Object) -> Option<StorageClass> {
    let class = &object.attributes.storage_class;
    (class.as_str() != StorageClass::STANDARD).then(|| class.clone())
}

/// Documented: an archived object has no bytes to give.
pub(super) fn check_readable(object: &Object) -> S3Result<()> {
    let archived = ARCHIVES.contains(&object.attributes.storage_class.as_str());
    if archived { Err(refuse(S3ErrorCode::InvalidObjectState)) } else { Ok(()) }
}
