//! The multipart upload that a call is about: policies see its encryption, and who began it may end it.

use http::request::Parts;
use linchpin_policy::Principal;

use super::{stages::Road, trip::Trip};
use crate::{
    AwsError, UploadFacts,
    classify::{Guard, Need, S3Address, Target},
};

/// The calls that go on with an upload, and carry no headers on its encryption themselves.
pub(super) const GOES_ON: [&str; 3] = ["UploadPart", "UploadPartCopy", "CompleteMultipartUpload"];

/// The calls that the initiator of an upload may make without a grant (documented: "Multipart upload and permissions").
const OF_INITIATOR: [&str; 2] = ["AbortMultipartUpload", "ListParts"];

impl Road {
    pub(super) async fn upload(
        &self,
        trip: &Trip,
        address: &S3Address,
        target: &Target,
        parts: &Parts,
    ) -> Result<Option<UploadFacts>, AwsError> {
        let operation = target.operation.as_str();
        let (Some(bucket), true) =
            (&address.bucket, GOES_ON.contains(&operation) || OF_INITIATOR.contains(&operation))
        else {
            return Ok(None);
        };
        let Some(id) = upload_id(parts) else { return Ok(None) };
        Ok(self.identities.upload(trip.partition, bucket, &id).await?)
    }
}

pub(super) fn upload_id(parts: &Parts) -> Option<String> {
    let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    query.into_owned().find(|(name, _)| name == "uploadId").map(|(_, id)| id)
}

/// Rights on an upload that is there. Documented: the headers on encryption are of its beginning alone; inferred, since
/// uploads work in buckets whose policies ask for encryption: the other calls show policies what it began with.
pub(super) fn with_upload(
    trip: &Trip,
    mut needs: Vec<Need>,
    upload: Option<&UploadFacts>,
    target: &Target,
) -> Vec<Need> {
    let (Some(upload), Some(need)) = (upload, needs.first_mut()) else { return needs };
    if GOES_ON.contains(&target.operation.as_str()) {
        show_encryption(need, upload);
    }
    // Inferred: another session of the same role is another initiator.
    let caller = &trip.caller.principal;
    let initiated = *caller != Principal::Anonymous && upload.initiator == caller.arn();
    if initiated
        && OF_INITIATOR.contains(&target.operation.as_str())
        && let Guard::Bucket(bucket) = &need.guard
    {
        need.guard = Guard::OwnUpload(bucket.clone());
    }
    needs
}

fn show_encryption(need: &mut Need, upload: &UploadFacts) {
    let Some(encryption) = &upload.encryption else { return };
    need.context.set("s3:x-amz-server-side-encryption", encryption);
    if let Some(key) = &upload.key {
        need.context.set("s3:x-amz-server-side-encryption-aws-kms-key-id", &key.arn);
    }
}
