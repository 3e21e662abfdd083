//! S3's operations as `s3s` names them, over the store.

use std::{sync::Arc, time::SystemTime};

use linchpin_gateway::Trailers;
use s3s::{
    S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result,
    dto::{
        AbortMultipartUploadInput, AbortMultipartUploadOutput, Checksum, CompleteMultipartUploadInput,
        CompleteMultipartUploadOutput, CopyObjectInput, CopyObjectOutput, CreateBucketInput,
        CreateBucketOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput,
        DeleteBucketEncryptionInput, DeleteBucketEncryptionOutput, DeleteBucketInput, DeleteBucketOutput,
        DeleteBucketPolicyInput, DeleteBucketPolicyOutput, DeleteObjectInput, DeleteObjectOutput,
        DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, ETag, GetBucketEncryptionInput,
        GetBucketEncryptionOutput, GetBucketLocationInput, GetBucketLocationOutput, GetBucketPolicyInput,
        GetBucketPolicyOutput, GetObjectInput, GetObjectOutput, HeadBucketInput, HeadBucketOutput,
        HeadObjectInput, HeadObjectOutput, ListBucketsInput, ListBucketsOutput, ListMultipartUploadsInput,
        ListMultipartUploadsOutput, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input,
        ListObjectsV2Output, ListPartsInput, ListPartsOutput, PutBucketEncryptionInput,
        PutBucketEncryptionOutput, PutBucketPolicyInput, PutBucketPolicyOutput, PutObjectInput,
        PutObjectOutput, Range, StreamingBlob, UploadPartInput, UploadPartOutput,
    },
};

use super::{
    blob::{Digests, disk, receive},
    buckets,
    conditions::Conditions,
    copy,
    encryption::{self, key_of, sealed},
    errors::refuse,
    listing, multipart,
    service::Origin,
    store::{BucketKey, Object, ObjectHeaders, Store},
};

/// The operations that are offered; `s3s` refuses the rest by name.
pub(super) struct Operations {
    store: Arc<Store>,
}

impl Operations {
    pub(super) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    fn object(&self, bucket: &BucketKey, key: &str) -> S3Result<Object> {
        self.store.with(bucket, |bucket| {
            bucket.objects.get(key).cloned().ok_or_else(|| refuse(S3ErrorCode::NoSuchKey))
        })
    }
}

fn origin<T>(request: &S3Request<T>) -> S3Result<&Origin> {
    let missing = || S3Error::with_message(S3ErrorCode::InternalError, "the call has no origin");
    request.extensions.get().ok_or_else(missing)
}

fn bucket_key<T>(request: &S3Request<T>, name: &str) -> S3Result<BucketKey> {
    Ok(BucketKey { partition: origin(request)?.partition.clone(), name: name.to_owned() })
}

/// First byte and length of a range within an object.
fn resolve(range: Option<Range>, size: u64) -> S3Result<(u64, u64)> {
    let Some(range) = range else { return Ok((0, size)) };
    let resolved = range.check(size).map_err(|_| refuse(S3ErrorCode::InvalidRange))?;
    Ok((resolved.start, resolved.end - resolved.start))
}

fn content_range(range: Option<Range>, start: u64, length: u64, size: u64) -> Option<String> {
    range.map(|_| format!("bytes {start}-{}/{size}", (start + length).saturating_sub(1)))
}

/// The digests in an input; the inputs of puts and of parts are two types with the same fields.
macro_rules! digests {
    ($input:ident, $trailers:ident) => {
        Digests {
            md5: $input.content_md5,
            checksum: Checksum {
                checksum_crc32: $input.checksum_crc32,
                checksum_crc32c: $input.checksum_crc32c,
                checksum_crc64nvme: $input.checksum_crc64nvme,
                checksum_sha1: $input.checksum_sha1,
                checksum_sha256: $input.checksum_sha256,
                checksum_type: None,
            },
            trailers: $trailers,
        }
    };
}

/// The headers in an input that are kept with the object; the inputs are two types again.
macro_rules! headers {
    ($input:ident) => {
        ObjectHeaders {
            content_type: $input.content_type,
            content_encoding: $input.content_encoding,
            content_disposition: $input.content_disposition,
            content_language: $input.content_language,
            cache_control: $input.cache_control,
            expires: $input.expires,
            metadata: $input.metadata,
        }
    };
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
        Ok(S3Response::new(buckets::list(&self.store, origin(&request)?)))
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
        buckets::put_policy(&self.store, &key, &request.input.policy).map(S3Response::new)
    }

    async fn delete_bucket_policy(
        &self,
        request: S3Request<DeleteBucketPolicyInput>,
    ) -> S3Result<S3Response<DeleteBucketPolicyOutput>> {
        buckets::delete_policy(&self.store, &bucket_key(&request, &request.input.bucket)?)?;
        Ok(S3Response::new(DeleteBucketPolicyOutput::default()))
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

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        let page = self.store.with(&key, |bucket| Ok(listing::list_v2(&bucket.objects, &request.input)))?;
        Ok(S3Response::new(page))
    }

    async fn list_objects(
        &self,
        request: S3Request<ListObjectsInput>,
    ) -> S3Result<S3Response<ListObjectsOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        let page = self.store.with(&key, |bucket| Ok(listing::list_v1(&bucket.objects, &request.input)))?;
        Ok(S3Response::new(page))
    }

    async fn list_parts(&self, request: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        multipart::list_parts(&self.store, &key, &request.input).map(S3Response::new)
    }

    async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        multipart::list_uploads(&self.store, &key, &request.input).map(S3Response::new)
    }

    async fn copy_object(
        &self,
        request: S3Request<CopyObjectInput>,
    ) -> S3Result<S3Response<CopyObjectOutput>> {
        let key = bucket_key(&request, &request.input.bucket)?;
        copy::copy(&self.store, &key, request.input).map(S3Response::new)
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let bucket = bucket_key(&request, &request.input.bucket)?;
        let trailers = request.extensions.get::<Trailers>().cloned();
        let input = request.input;
        let digests = digests!(input, trailers);
        let headers = headers!(input);
        let key =
            key_of(input.server_side_encryption.as_ref(), input.ssekms_key_id, input.bucket_key_enabled);
        let told = sealed(key.as_ref());
        let conditions = Conditions { matches: input.if_match, matches_not: input.if_none_match };
        let blob = receive(self.store.folder(), body(input.body), &digests).await?;
        let etag = blob.etag();
        let object = Object { blob, etag: etag.clone(), modified: SystemTime::now(), headers, key };
        self.store.with_mut(&bucket, |bucket| {
            conditions.write(bucket.objects.get(&input.key))?;
            bucket.objects.insert(input.key, object);
            Ok(())
        })?;
        Ok(S3Response::new(PutObjectOutput {
            e_tag: Some(ETag::Strong(etag)),
            server_side_encryption: told.algorithm,
            ssekms_key_id: told.key_id,
            bucket_key_enabled: told.bucket_key,
            ..Default::default()
        }))
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let bucket = bucket_key(&request, &request.input.bucket)?;
        let input = request.input;
        let object = self.object(&bucket, &input.key)?;
        Conditions { matches: input.if_match, matches_not: input.if_none_match }
            .without_times([input.if_modified_since.as_ref(), input.if_unmodified_since.as_ref()])?
            .read(&object)?;
        let Object { blob, etag, modified, headers, key } = object;
        let told = sealed(key.as_ref());
        let (start, length) = resolve(input.range, blob.size)?;
        let stream = blob.read(start, length).await.map_err(disk)?;
        Ok(S3Response::new(GetObjectOutput {
            body: Some(StreamingBlob::wrap(stream)),
            content_length: i64::try_from(length).ok(),
            content_range: content_range(input.range, start, length, blob.size),
            accept_ranges: Some("bytes".to_owned()),
            e_tag: Some(ETag::Strong(etag)),
            last_modified: Some(modified.into()),
            content_type: input.response_content_type.or(headers.content_type),
            content_encoding: input.response_content_encoding.or(headers.content_encoding),
            content_disposition: input.response_content_disposition.or(headers.content_disposition),
            content_language: input.response_content_language.or(headers.content_language),
            cache_control: input.response_cache_control.or(headers.cache_control),
            expires: input.response_expires.or(headers.expires),
            metadata: headers.metadata,
            server_side_encryption: told.algorithm,
            ssekms_key_id: told.key_id,
            bucket_key_enabled: told.bucket_key,
            ..Default::default()
        }))
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let bucket = bucket_key(&request, &request.input.bucket)?;
        let input = request.input;
        let object = self.object(&bucket, &input.key)?;
        Conditions { matches: input.if_match, matches_not: input.if_none_match }
            .without_times([input.if_modified_since.as_ref(), input.if_unmodified_since.as_ref()])?
            .read(&object)?;
        let Object { blob, etag, modified, headers, key } = object;
        let told = sealed(key.as_ref());
        Ok(S3Response::new(HeadObjectOutput {
            content_length: i64::try_from(blob.size).ok(),
            accept_ranges: Some("bytes".to_owned()),
            e_tag: Some(ETag::Strong(etag)),
            last_modified: Some(modified.into()),
            content_type: headers.content_type,
            content_encoding: headers.content_encoding,
            content_disposition: headers.content_disposition,
            content_language: headers.content_language,
            cache_control: headers.cache_control,
            expires: headers.expires,
            metadata: headers.metadata,
            server_side_encryption: told.algorithm,
            ssekms_key_id: told.key_id,
            bucket_key_enabled: told.bucket_key,
            ..Default::default()
        }))
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let bucket = bucket_key(&request, &request.input.bucket)?;
        self.store.with_mut(&bucket, |bucket| {
            bucket.objects.remove(&request.input.key);
            Ok(S3Response::new(DeleteObjectOutput::default()))
        })
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let bucket = bucket_key(&request, &request.input.bucket)?;
        let deleted = self.store.with_mut(&bucket, |bucket| {
            let deleted = request.input.delete.objects.iter().map(|object| {
                bucket.objects.remove(&object.key);
                DeletedObject { key: Some(object.key.clone()), ..Default::default() }
            });
            Ok(deleted.collect::<Vec<_>>())
        })?;
        let quiet = request.input.delete.quiet == Some(true);
        Ok(S3Response::new(DeleteObjectsOutput {
            deleted: Some(deleted).filter(|_| !quiet),
            ..Default::default()
        }))
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let bucket = bucket_key(&request, &request.input.bucket)?;
        let input = request.input;
        let headers = headers!(input);
        let key =
            key_of(input.server_side_encryption.as_ref(), input.ssekms_key_id, input.bucket_key_enabled);
        let told = sealed(key.as_ref());
        let id = multipart::create(&self.store, &bucket, &input.key, headers, key)?;
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(id),
            server_side_encryption: told.algorithm,
            ssekms_key_id: told.key_id,
            bucket_key_enabled: told.bucket_key,
            ..Default::default()
        }))
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let bucket = bucket_key(&request, &request.input.bucket)?;
        let trailers = request.extensions.get::<Trailers>().cloned();
        let input = request.input;
        let digests = digests!(input, trailers);
        let blob = receive(self.store.folder(), body(input.body), &digests).await?;
        let etag = blob.etag();
        let key =
            multipart::put_part(&self.store, &bucket, &input.key, &input.upload_id, input.part_number, blob)?;
        let told = sealed(key.as_ref());
        Ok(S3Response::new(UploadPartOutput {
            e_tag: Some(ETag::Strong(etag)),
            server_side_encryption: told.algorithm,
            ssekms_key_id: told.key_id,
            bucket_key_enabled: told.bucket_key,
            ..Default::default()
        }))
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let bucket = bucket_key(&request, &request.input.bucket)?;
        let input = request.input;
        let named = input.multipart_upload.as_ref();
        let conditions = Conditions { matches: input.if_match, matches_not: input.if_none_match };
        let upload = multipart::Named { bucket: &bucket, key: &input.key, id: &input.upload_id };
        let object = multipart::complete(&self.store, &upload, named, &conditions).await?;
        let told = sealed(object.key.as_ref());
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: Some(ETag::Strong(object.etag)),
            server_side_encryption: told.algorithm,
            ssekms_key_id: told.key_id,
            bucket_key_enabled: told.bucket_key,
            ..Default::default()
        }))
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let bucket = bucket_key(&request, &request.input.bucket)?;
        multipart::abort(&self.store, &bucket, &request.input.key, &request.input.upload_id)?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }
}

/// A put without a body makes an empty object.
fn body(body: Option<StreamingBlob>) -> StreamingBlob {
    body.unwrap_or_else(|| {
        StreamingBlob::wrap(futures_util::stream::empty::<Result<bytes::Bytes, std::io::Error>>())
    })
}
