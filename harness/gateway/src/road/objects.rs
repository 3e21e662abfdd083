//! The objects that a call is about, as they are before it.

use http::request::Parts;
use linchpin_policy::Context;

use super::{stages::Road, trip::Trip};
use crate::{
    AwsError, ObjectFacts, ObjectName, UploadFacts,
    classify::{Guard, Need, S3Address, Target, is_about_tags_there},
};

/// An object with its address.
pub(super) struct NamedObject<'a> {
    pub(super) address: &'a S3Address,
    pub(super) facts: ObjectFacts,
}

/// The objects of one call.
#[derive(Default)]
pub(super) struct Objects<'a> {
    /// The one that the call names, where it reads that or its tags.
    pub(super) target: Option<NamedObject<'a>>,
    /// The one that a copy reads.
    pub(super) source: Option<NamedObject<'a>>,
    /// The upload that the call goes on with or ends.
    pub(super) upload: Option<UploadFacts>,
}

impl Road {
    /// Looked up before anybody's rights are, since conditions see tags, and KMS keys take rights of their own.
    pub(super) async fn objects<'a>(
        &self,
        trip: &Trip,
        address: &'a S3Address,
        target: &'a Target,
        parts: &Parts,
    ) -> Result<Objects<'a>, AwsError> {
        let arn = address.arn(trip.partition);
        let reads = target
            .needs
            .iter()
            .any(|need| Some(&need.resource) == arn.as_ref() && is_about_tags_there(&need.action));
        let named = if reads { self.named_object(trip, address).await? } else { None };
        let source = match &target.source {
            Some(source) => self.named_object(trip, source).await?,
            None => None,
        };
        let upload = self.upload(trip, address, target, parts).await?;
        Ok(Objects { target: named, source, upload })
    }

    async fn named_object<'a>(
        &self,
        trip: &Trip,
        address: &'a S3Address,
    ) -> Result<Option<NamedObject<'a>>, AwsError> {
        let (Some(bucket), Some(key)) = (&address.bucket, &address.key) else { return Ok(None) };
        let name = ObjectName { partition: trip.partition, bucket, key, version: address.version.as_deref() };
        let facts = self.identities.object(&name).await?;
        Ok(facts.map(|facts| NamedObject { address, facts }))
    }
}

impl Objects<'_> {
    /// Shows the tags that objects have to the rights that are conditioned on them.
    pub(super) fn show_tags(&self, partition: &str, needs: &mut [Need]) {
        for object in [&self.target, &self.source].into_iter().flatten() {
            let arn = object.address.arn(partition);
            let about =
                |need: &&mut Need| Some(&need.resource) == arn.as_ref() && is_about_tags_there(&need.action);
            for need in needs.iter_mut().filter(about) {
                for (key, value) in &object.facts.tags {
                    need.context.set(&format!("s3:ExistingObjectTag/{key}"), value);
                }
            }
        }
    }

    /// Documented: a copy that keeps its source's tags takes the rights to read and to put them. Inferred: only where
    /// the source has some.
    pub(super) fn copied_tags(&self, partition: &str, target: &S3Address) -> Vec<Need> {
        let Some(source) = self.source.as_ref().filter(|source| !source.facts.tags.is_empty()) else {
            return Vec::new();
        };
        let read = match source.address.version {
            Some(_) => "s3:GetObjectVersionTagging",
            None => "s3:GetObjectTagging",
        };
        let read = tag_need(read, source.address, partition);
        let put = tag_need("s3:PutObjectTagging", target, partition).map(|mut put| {
            for (key, value) in &source.facts.tags {
                put.context.set(&format!("s3:RequestObjectTag/{key}"), value);
            }
            put.context.set_many("s3:RequestObjectTagKeys", source.facts.tags.keys().cloned().collect());
            put
        });
        [read, put].into_iter().flatten().collect()
    }
}

fn tag_need(action: &str, address: &S3Address, partition: &str) -> Option<Need> {
    Some(Need {
        action: action.to_owned(),
        resource: address.arn(partition)?,
        context: Context::default(),
        guard: Guard::Bucket(address.bucket.clone()?),
    })
}
