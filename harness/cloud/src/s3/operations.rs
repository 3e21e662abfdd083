//! S3's operations as `s3s` names them, over the store.

use std::sync::Arc;

use linchpin_gateway::Trailers;
use s3s::{
    S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result,
    dto::{
        AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumAlgorithm,
        CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CopyObjectInput, CopyObjectOutput,
        CreateBucketInput, CreateBucketOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput,
        DeleteBucketEncryptionInput, DeleteBucketEncryptionOutput, DeleteBucketInput, DeleteBucketOutput,
        DeleteBucketPolicyInput, DeleteBucketPolicyOutput, DeleteObjectInput, DeleteObjectOutput,
        DeleteObjectTaggingInput, DeleteObjectTaggingOutput, DeleteObjectsInput, DeleteObjectsOutput,
        DeletePublicAccessBlockInput, DeletePublicAccessBlockOutput, GetBucketEncryptionInput,
        GetBucketEncryptionOutput, GetBucketLocationInput, GetBucketLocationOutput, GetBucketPolicyInput,
        GetBucketPolicyOutput, GetBucketVersioningInput, GetBucketVersioningOutput, GetObjectAttributesInput,
        GetObjectAttributesOutput, GetObjectInput, GetObjectOutput, GetObjectTaggingInput,
        GetObjectTaggingOutput, GetPublicAccessBlockInput, GetPublicAccessBlockOutput, HeadBucketInput,
        HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListBucketsInput, ListBucketsOutput,
        ListMultipartUploadsInput, ListMultipartUploadsOutput, ListObjectVersionsInput,
        ListObjectVersionsOutput, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input,
        ListObjectsV2Output, ListPartsInput, ListPartsOutput, PutBucketEncryptionInput,
        PutBucketEncryptionOutput, PutBucketPolicyInput, PutBucketPolicyOutput, PutBucketVersioningInput,
        PutBucketVersioningOutput, PutObjectInput, PutObjectOutput, PutObjectTaggingInput,
        PutObjectTaggingOutput, PutPublicAccessBlockInput, PutPublicAccessBlockOutput, UploadPartCopyInput,
        UploadPartCopyOutput, UploadPartInput, UploadPartOutput,
    },
};

use super::{
    attributes,
    blob::Beside,
    buckets,
    conditions::Conditions,
    copy, encryption, listing, multipart, objects,
    owners::told_with,
    public_access,
    service::Origin,
    store::{BucketKey, Store},
    tagging, upload_lists, versioning,
};

/// The operations that are offered; `s3s` refuses the rest by name.
pub(super) struct Operations {
    store: Arc<Store>,
}

impl Operations {
    pub(super) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

fn origin<T>(request: &S3Request<T>) -> S3Result<&Origin> {
    let missing = || S3Error::with_message(S3ErrorCode::InternalError, "the call has no origin");
    request.extensions.get().ok_or_else(missing)
}

/// What `s3s` does not read for us: the trailers, and the algorithm that SDKs name.
fn beside<T>(request: &S3Request<T>) -> Beside {
    let named = request.headers.get("x-amz-sdk-checksum-algorithm").and_then(|name| name.to_str().ok());
    Beside {
        trailers: request.extensions.get::<Trailers>().cloned(),
        named: named.map(|name| ChecksumAlgorithm::from(name.to_owned())),
    }
}

fn bucket_key<T>(request: &S3Request<T>, name: &str) -> S3Result<BucketKey> {
    Ok(BucketKey { partition: origin(request)?.partition.clone(), name: name.to_owned() })
}

#[async_trait::async_trait]
impl S3 for Operations {
    async fn create_bucket(
        &self,
        request: S3Request<CreateBucketInput>,
    ) -> S3Result<S3Response<CreateBucketOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        buckets::create(&self.store, key, origin(&request)?, &request.input)
    }

    async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        let region = self.store.with(&key, |bucket| Ok(bucket.region.clone()))?;
        Ok(S3Response::new(HeadBucketOutput { bucket_region: Some(region), ..Default::default() }))
    }

    async fn delete_bucket(
        &self,
        request: S3Request<DeleteBucketInput>,
    ) -> S3Result<S3Response<DeleteBucketOutput>> {
        buckets::delete(&self.store, &bucket_key(&request, &request.input.bucket)?)?;
        Ok(S3Response::new(DeleteBucketOutput::default()))
    }

    async fn list_buckets(
        &self,
        request: S3Request<ListBucketsInput>,
    ) -> S3Result<S3Response<ListBucketsOutput>> {
        buckets::list(&self.store, origin(&request)?, &request.input).map(S3Response::new)
    }

    async fn get_bucket_location(
        &self,
        request: S3Request<GetBucketLocationInput>,
    ) -> S3Result<S3Response<GetBucketLocationOutput>> {
        buckets::location(&self.store, &bucket_key(&request, &request.input.bucket)?).map(S3Response::new)
    }

    async fn get_bucket_policy(
        &self,
        request: S3Request<GetBucketPolicyInput>,
    ) -> S3Result<S3Response<GetBucketPolicyOutput>> {
        buckets::policy(&self.store, &bucket_key(&request, &request.input.bucket)?).map(S3Response::new)
    }

    async fn put_bucket_policy(
        &self,
        request: S3Request<PutBucketPolicyInput>,
    ) -> S3Result<S3Response<PutBucketPolicyOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        buckets::put_policy(&self.store, &key, origin(&request)?, &request.input.policy).map(S3Response::new)
    }

    async fn delete_bucket_policy(
        &self,
        request: S3Request<DeleteBucketPolicyInput>,
    ) -> S3Result<S3Response<DeleteBucketPolicyOutput>> {
        buckets::delete_policy(&self.store, &bucket_key(&request, &request.input.bucket)?)?;
        Ok(S3Response::new(DeleteBucketPolicyOutput::default()))
    }

    async fn get_public_access_block(
        &self,
        request: S3Request<GetPublicAccessBlockInput>,
    ) -> S3Result<S3Response<GetPublicAccessBlockOutput>> {
        public_access::get(&self.store, &bucket_key(&request, &request.input.bucket)?).map(S3Response::new)
    }

    async fn put_public_access_block(
        &self,
        request: S3Request<PutPublicAccessBlockInput>,
    ) -> S3Result<S3Response<PutPublicAccessBlockOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        public_access::put(&self.store, &key, request.input.public_access_block_configuration)?;
        Ok(S3Response::new(PutPublicAccessBlockOutput::default()))
    }

    async fn delete_public_access_block(
        &self,
        request: S3Request<DeletePublicAccessBlockInput>,
    ) -> S3Result<S3Response<DeletePublicAccessBlockOutput>> {
        public_access::delete(&self.store, &bucket_key(&request, &request.input.bucket)?)?;
        Ok(S3Response::new(DeletePublicAccessBlockOutput::default()))
    }

    async fn get_bucket_encryption(
        &self,
        request: S3Request<GetBucketEncryptionInput>,
    ) -> S3Result<S3Response<GetBucketEncryptionOutput>> {
        encryption::get(&self.store, &bucket_key(&request, &request.input.bucket)?).map(S3Response::new)
    }

    async fn put_bucket_encryption(
        &self,
        request: S3Request<PutBucketEncryptionInput>,
    ) -> S3Result<S3Response<PutBucketEncryptionOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        encryption::put(&self.store, &key, request.input.server_side_encryption_configuration)?;
        Ok(S3Response::new(PutBucketEncryptionOutput::default()))
    }

    async fn delete_bucket_encryption(
        &self,
        request: S3Request<DeleteBucketEncryptionInput>,
    ) -> S3Result<S3Response<DeleteBucketEncryptionOutput>> {
        encryption::delete(&self.store, &bucket_key(&request, &request.input.bucket)?)?;
        Ok(S3Response::new(DeleteBucketEncryptionOutput::default()))
    }

    async fn get_bucket_versioning(
        &self,
        request: S3Request<GetBucketVersioningInput>,
    ) -> S3Result<S3Response<GetBucketVersioningOutput>> {
        versioning::get(&self.store, &bucket_key(&request, &request.input.bucket)?).map(S3Response::new)
    }

    async fn put_bucket_versioning(
        &self,
        request: S3Request<PutBucketVersioningInput>,
    ) -> S3Result<S3Response<PutBucketVersioningOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        versioning::put(&self.store, &key, &request.input.versioning_configuration)?;
        Ok(S3Response::new(PutBucketVersioningOutput::default()))
    }

    async fn list_object_versions(
        &self,
        request: S3Request<ListObjectVersionsInput>,
    ) -> S3Result<S3Response<ListObjectVersionsOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        versioning::list(&self.store, &key, &request.input).map(S3Response::new)
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        let page = self.store.with(&key, |bucket| {
            let mut page = listing::list_v2(&bucket.objects, &request.input);
            if request.input.fetch_owner == Some(true) {
                told_with(page.contents.as_mut(), &bucket.account);
            }
            Ok(page)
        })?;
        Ok(S3Response::new(page))
    }

    async fn list_objects(
        &self,
        request: S3Request<ListObjectsInput>,
    ) -> S3Result<S3Response<ListObjectsOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        let page = self.store.with(&key, |bucket| {
            let mut page = listing::list_v1(&bucket.objects, &request.input);
            told_with(page.contents.as_mut(), &bucket.account);
            Ok(page)
        })?;
        Ok(S3Response::new(page))
    }

    async fn list_parts(&self, request: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        upload_lists::list_parts(&self.store, &key, &request.input).map(S3Response::new)
    }

    async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        upload_lists::list_uploads(&self.store, &key, &request.input).map(S3Response::new)
    }

    async fn copy_object(
        &self,
        request: S3Request<CopyObjectInput>,
    ) -> S3Result<S3Response<CopyObjectOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        let conditions = Conditions::on_target(&request.headers)?;
        copy::copy(&self.store, &key, request.input, conditions).await.map(S3Response::new)
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        let beside = beside(&request);
        objects::put(&self.store, &key, request.input, beside).await.map(S3Response::new)
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        objects::get(&self.store, &key, request.input).await.map(S3Response::new)
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        objects::head(&self.store, &key, request.input).map(S3Response::new)
    }

    async fn get_object_attributes(
        &self,
        request: S3Request<GetObjectAttributesInput>,
    ) -> S3Result<S3Response<GetObjectAttributesOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        attributes::get(&self.store, &key, &request.input).map(S3Response::new)
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        objects::delete(&self.store, &key, request.input).map(S3Response::new)
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        objects::delete_all(&self.store, &key, request.input).map(S3Response::new)
    }

    async fn get_object_tagging(
        &self,
        request: S3Request<GetObjectTaggingInput>,
    ) -> S3Result<S3Response<GetObjectTaggingOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        tagging::get(&self.store, &key, &request.input).map(S3Response::new)
    }

    async fn put_object_tagging(
        &self,
        request: S3Request<PutObjectTaggingInput>,
    ) -> S3Result<S3Response<PutObjectTaggingOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        tagging::put(&self.store, &key, request.input).map(S3Response::new)
    }

    async fn delete_object_tagging(
        &self,
        request: S3Request<DeleteObjectTaggingInput>,
    ) -> S3Result<S3Response<DeleteObjectTaggingOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        tagging::delete(&self.store, &key, &request.input).map(S3Response::new)
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        let initiator = origin(&request)?.caller.clone();
        multipart::create(&self.store, &key, initiator, request.input).map(S3Response::new)
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        let beside = beside(&request);
        multipart::put_part(&self.store, &key, request.input, beside).await.map(S3Response::new)
    }

    async fn upload_part_copy(
        &self,
        request: S3Request<UploadPartCopyInput>,
    ) -> S3Result<S3Response<UploadPartCopyOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        multipart::copy_part(&self.store, &key, request.input).await.map(S3Response::new)
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        multipart::complete(&self.store, &key, request.input).await.map(S3Response::new)
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let bucket = bucket_key(&request, &request.input.bucket)?;
        let AbortMultipartUploadInput { key, upload_id, .. } = &request.input;
        multipart::abort(&self.store, multipart::Named { bucket: &bucket, key, id: upload_id })?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }
}
