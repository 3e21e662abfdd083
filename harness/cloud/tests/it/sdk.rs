//! The AWS SDK reads every shape of answer, through the gateway's whole road.

use std::{collections::BTreeMap, sync::Arc};

use aws_credential_types::Credentials;
use aws_sdk_iam::{error::ProvideErrorMetadata, types::StatusType};
use linchpin_cloud::{AccountCredential, Cloud, Iam, Sts};
use linchpin_gateway::{Gateway, Service, ServiceName};
use secrecy::ExposeSecret;

use crate::script::NoBuckets;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"ACCOUNT"},"Action":"sts:AssumeRole"}]}"#;
const ASSUME: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}"#;

struct Stand {
    gateway: Gateway,
    root: AccountCredential,
}

impl Stand {
    async fn start() -> Self {
        let cloud = Cloud::new(Arc::new(NoBuckets));
        let root = cloud.create_account("aws");
        let services: BTreeMap<ServiceName, Arc<dyn Service>> = BTreeMap::from([
            (ServiceName::Iam, Arc::new(Iam::new(cloud.clone())) as Arc<dyn Service>),
            (ServiceName::Sts, Arc::new(Sts::new(cloud.clone()))),
        ]);
        let gateway = Gateway::start(cloud, services).await.unwrap();
        Self { gateway, root }
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
