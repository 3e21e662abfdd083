//! The AWS SDK reads every shape of answer, through the gateway's whole road.

use std::{collections::BTreeMap, sync::Arc};

use aws_credential_types::Credentials;
use aws_sdk_iam::{error::ProvideErrorMetadata, types::StatusType};
use aws_sdk_s3::{presigning::PresigningConfig, types::ServerSideEncryption};
use linchpin_cloud::{AccountCredential, Cloud, Iam, Kms, S3, Sts};
use linchpin_gateway::{Gateway, Service, ServiceName};
use secrecy::ExposeSecret;

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"ACCOUNT"},"Action":"sts:AssumeRole"}]}"#;
const ASSUME: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}"#;

struct Stand {
    gateway: Gateway,
    root: AccountCredential,
    _folder: TempDir,
}

impl Stand {
    async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let s3 = Arc::new(S3::new(folder.path().to_owned()));
        let cloud = Cloud::new(Arc::clone(&s3) as _);
        let root = cloud.create_account("aws");
        let services: BTreeMap<ServiceName, Arc<dyn Service>> = BTreeMap::from([
            (ServiceName::Iam, Arc::new(Iam::new(cloud.clone())) as Arc<dyn Service>),
            (ServiceName::Sts, Arc::new(Sts::new(cloud.clone()))),
            (ServiceName::Kms, Arc::new(Kms::new(cloud.clone()))),
            (ServiceName::S3, s3),
        ]);
        let gateway = Gateway::start(cloud, services).await.unwrap();
        Self { gateway, root, _folder: folder }
    }

    fn as_root(&self) -> Credentials {
        Credentials::from_keys(&self.root.access_key_id, self.root.secret_access_key.expose_secret(), None)
    }

    fn iam(&self, credentials: Credentials) -> aws_sdk_iam::Client {
        let config = aws_sdk_iam::Config::builder()
            .endpoint_url(self.gateway.endpoint())
            .region(aws_sdk_iam::config::Region::new("us-east-1"))
            .credentials_provider(credentials)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        aws_sdk_iam::Client::from_conf(config)
    }

    fn sts(&self, credentials: Credentials) -> aws_sdk_sts::Client {
        let config = aws_sdk_sts::Config::builder()
            .endpoint_url(self.gateway.endpoint())
            .region(aws_sdk_sts::config::Region::new("us-east-1"))
            .credentials_provider(credentials)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        aws_sdk_sts::Client::from_conf(config)
    }

    fn kms(&self) -> aws_sdk_kms::Client {
        let config = aws_sdk_kms::Config::builder()
            .endpoint_url(self.gateway.endpoint())
            .region(aws_sdk_kms::config::Region::new("us-east-1"))
            .credentials_provider(self.as_root())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        aws_sdk_kms::Client::from_conf(config)
    }

    fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::Config::builder()
            .endpoint_url(self.gateway.endpoint())
            .force_path_style(true)
            .region(aws_sdk_s3::config::Region::new("us-east-1"))
            .credentials_provider(self.as_root())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        aws_sdk_s3::Client::from_conf(config)
    }

    /// Sends what a presigned URL asks for, without any of the SDK.
    async fn follow(&self, method: &str, url: &str, body: &str) -> String {
        let path = url.strip_prefix(&self.gateway.endpoint()).unwrap();
        let host = self.gateway.address();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\nconnection: close"
        );
        let mut stream = TcpStream::connect(host).await.unwrap();
        stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    async fn new_user(&self, name: &str) -> Credentials {
        let iam = self.iam(self.as_root());
        iam.create_user().user_name(name).send().await.unwrap();
        let key = iam.create_access_key().user_name(name).send().await.unwrap().access_key.unwrap();
        Credentials::from_keys(key.access_key_id, key.secret_access_key, None)
    }
}

#[tokio::test]
async fn users_keys_and_policies() {
    let stand = Stand::start().await;
    stand.new_user("alice").await;
    let iam = stand.iam(stand.as_root());
    let user = iam.get_user().user_name("alice").send().await.unwrap().user.unwrap();
    assert_eq!(user.arn(), format!("arn:aws:iam::{}:user/alice", stand.root.account));
    let keys = iam.list_access_keys().user_name("alice").send().await.unwrap().access_key_metadata;
    assert_eq!(keys[0].status(), Some(&StatusType::Active));
    iam.put_user_policy().user_name("alice").policy_name("p").policy_document(ASSUME).send().await.unwrap();
    let document = iam.get_user_policy().user_name("alice").policy_name("p").send().await.unwrap();
    assert!(document.policy_document().starts_with("%7B%22Version%22"));
    let arn = iam.create_policy().policy_name("m").policy_document(ASSUME).send().await.unwrap();
    let arn = arn.policy.unwrap().arn.unwrap();
    iam.attach_user_policy().user_name("alice").policy_arn(&arn).send().await.unwrap();
    let attached = iam.list_attached_user_policies().user_name("alice").send().await.unwrap();
    assert_eq!(attached.attached_policies()[0].policy_name(), Some("m"));
    let versions = iam.list_policy_versions().policy_arn(&arn).send().await.unwrap();
    assert!(versions.versions()[0].is_default_version());
}

#[tokio::test]
async fn refusals_have_their_codes() {
    let stand = Stand::start().await;
    let alice = stand.new_user("alice").await;
    let iam = stand.iam(stand.as_root());
    let error = iam.get_user().user_name("bob").send().await.unwrap_err().into_service_error();
    assert!(error.is_no_such_entity_exception(), "{error:?}");
    let error = iam.create_user().user_name("alice").send().await.unwrap_err().into_service_error();
    assert!(error.is_entity_already_exists_exception(), "{error:?}");
    let put = iam.put_user_policy().user_name("alice").policy_name("p").policy_document("{}");
    let error = put.send().await.unwrap_err().into_service_error();
    assert!(error.is_malformed_policy_document_exception(), "{error:?}");
    assert_eq!(error.message(), Some("Missing required field Statement"));
    let error = stand.iam(alice).list_users().send().await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("AccessDenied"));
}

#[tokio::test]
async fn a_role_is_assumed_by_those_who_may() {
    let stand = Stand::start().await;
    let alice = stand.new_user("alice").await;
    let iam = stand.iam(stand.as_root());
    let trust = TRUST.replace("ACCOUNT", &stand.root.account);
    iam.create_role().role_name("r").assume_role_policy_document(trust).send().await.unwrap();
    let arn = format!("arn:aws:iam::{}:role/r", stand.root.account);
    let assume = async || {
        let sts = stand.sts(alice.clone());
        sts.assume_role().role_arn(&arn).role_session_name("load").send().await
    };
    let refused = assume().await.unwrap_err().into_service_error();
    assert_eq!(refused.code(), Some("AccessDenied"));
    iam.put_user_policy().user_name("alice").policy_name("p").policy_document(ASSUME).send().await.unwrap();
    let assumed = assume().await.unwrap();
    let keys = assumed.credentials.unwrap();
    let session = Credentials::new(
        keys.access_key_id,
        keys.secret_access_key,
        Some(keys.session_token),
        keys.expiration.try_into().ok(),
        "test",
    );
    let who = stand.sts(session).get_caller_identity().send().await.unwrap();
    let expected = format!("arn:aws:sts::{}:assumed-role/r/load", stand.root.account);
    assert_eq!(who.arn(), Some(expected.as_str()));
    assert_eq!(who.arn(), assumed.assumed_role_user.as_ref().map(|user| user.arn()));
    let sts = stand.sts(stand.as_root());
    let root = sts.assume_role().role_arn(&arn).role_session_name("load").send().await;
    assert_eq!(root.unwrap_err().into_service_error().code(), Some("AccessDenied"));
}

#[tokio::test]
async fn keys_and_their_errors() {
    let stand = Stand::start().await;
    let kms = stand.kms();
    let key = kms.create_key().description("data").send().await.unwrap().key_metadata.unwrap().key_id;
    let plain = aws_sdk_kms::primitives::Blob::new("secret");
    let sealed =
        kms.encrypt().key_id(&key).plaintext(plain.clone()).send().await.unwrap().ciphertext_blob.unwrap();
    let opened = kms.decrypt().ciphertext_blob(sealed.clone()).send().await.unwrap();
    assert_eq!(opened.plaintext, Some(plain));
    let other = kms.decrypt().ciphertext_blob(sealed.clone()).encryption_context("a", "b").send().await;
    assert!(other.unwrap_err().into_service_error().is_invalid_ciphertext_exception());
    let missing = kms.describe_key().key_id("none").send().await.unwrap_err().into_service_error();
    assert!(missing.is_not_found_exception());
    kms.disable_key().key_id(&key).send().await.unwrap();
    let disabled = kms.decrypt().ciphertext_blob(sealed).send().await.unwrap_err().into_service_error();
    assert!(disabled.is_disabled_exception());
    kms.schedule_key_deletion().key_id(&key).pending_window_in_days(7).send().await.unwrap();
    let described = kms.describe_key().key_id(&key).send().await.unwrap().key_metadata.unwrap();
    assert!(described.deletion_date.is_some());
    let keys = kms.list_keys().send().await.unwrap();
    assert_eq!(keys.keys()[0].key_id(), Some(key.as_str()));
}

#[tokio::test]
async fn an_objects_headers_are_kept() {
    let stand = Stand::start().await;
    let s3 = stand.s3();
    s3.create_bucket().bucket("bkt").send().await.unwrap();
    let expires = aws_sdk_s3::primitives::DateTime::from_secs(2_553_523_200);
    let put = s3.put_object().bucket("bkt").key("k").cache_control("no-store").expires(expires);
    put.send().await.unwrap();
    let got = s3.get_object().bucket("bkt").key("k").send().await.unwrap();
    assert_eq!(got.cache_control(), Some("no-store"));
    assert_eq!(got.expires_string(), Some("Thu, 01 Dec 2050 16:00:00 GMT"));
}

#[tokio::test]
async fn objects_encrypted_with_kms() {
    let stand = Stand::start().await;
    let (kms, s3) = (stand.kms(), stand.s3());
    let key = kms.create_key().send().await.unwrap().key_metadata.unwrap();
    s3.create_bucket().bucket("bkt").send().await.unwrap();
    let body = aws_sdk_s3::primitives::ByteStream::from_static(b"data");
    let put = s3
        .put_object()
        .bucket("bkt")
        .key("k")
        .body(body)
        .server_side_encryption(ServerSideEncryption::AwsKms);
    let put = put.ssekms_key_id(&key.key_id).send().await.unwrap();
    assert_eq!(put.ssekms_key_id(), key.arn());
    let got = s3.get_object().bucket("bkt").key("k").send().await.unwrap();
    assert_eq!(got.server_side_encryption(), Some(&ServerSideEncryption::AwsKms));
    assert_eq!(got.body.collect().await.unwrap().into_bytes(), "data");
    let copy = s3.copy_object().bucket("bkt").key("c").copy_source("bkt/k").send().await.unwrap();
    assert_eq!(copy.server_side_encryption(), Some(&ServerSideEncryption::Aes256));
    kms.disable_key().key_id(&key.key_id).send().await.unwrap();
    let error = s3.get_object().bucket("bkt").key("k").send().await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("KMS.DisabledException"));
}

#[tokio::test]
async fn presigned_urls_work_for_whoever_has_them() {
    let stand = Stand::start().await;
    let s3 = stand.s3();
    s3.create_bucket().bucket("bkt").send().await.unwrap();
    let minute = || PresigningConfig::expires_in(std::time::Duration::from_secs(60)).unwrap();
    let key = "a b/é+'.csv";
    let put = s3.put_object().bucket("bkt").key(key).presigned(minute()).await.unwrap();
    let answer = stand.follow(put.method(), put.uri(), "data").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let get = s3.get_object().bucket("bkt").key(key).presigned(minute()).await.unwrap();
    let answer = stand.follow(get.method(), get.uri(), "").await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("data"), "{answer}");
    let answer = stand.follow("DELETE", get.uri(), "").await;
    assert!(answer.contains("SignatureDoesNotMatch"), "{answer}");
}
