//! Identities that are read back from an emulator: its answers are LocalStack 4.5's, with the numbers changed.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use linchpin_cloud::{Cloud, Endpoint, Upstream};
use linchpin_gateway::{
    AwsError, BucketEncryption, Call, Form, Identities, KeyState, KeyStatus, LookupError, Payload,
    ServiceName,
};
use linchpin_policy::Principal;
use serde_json::json;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::script::{NoBuckets, REGION};

const KEY: &str = "906175fc-3d97-4bb8-bdc7-8183ea7f568e";
const GRANT: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
const PUBLIC: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}"#;

/// An emulator with one user, role, bucket and key, and the calls that reached it.
struct Emulator {
    url: String,
    seen: Arc<Mutex<Vec<String>>>,
    inactive: Arc<AtomicBool>,
    _accepting: JoinHandle<()>,
}

impl Emulator {
    async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (seen, inactive) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicBool>::default());
        let state = (Arc::clone(&seen), Arc::clone(&inactive));
        let accepting = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let (seen, inactive) = state.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        let (seen, inactive) = (Arc::clone(&seen), Arc::clone(&inactive));
                        async move { Ok::<_, Infallible>(answer(request, &seen, &inactive).await) }
                    });
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { url, seen, inactive, _accepting: accepting }
    }

    fn count(&self, call: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|seen| seen.ends_with(call)).count()
    }
}

async fn answer(
    request: Request<Incoming>,
    seen: &Mutex<Vec<String>>,
    inactive: &AtomicBool,
) -> Response<Full<bytes::Bytes>> {
    let (parts, body) = request.into_parts();
    let header = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let account = header("authorization").unwrap();
    let account = account.split(['=', '/']).nth(1).unwrap().to_owned();
    let body = body.collect().await.unwrap().to_bytes();
    let form: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let action = form.iter().find(|(name, _)| name == "Action").map(|(_, value)| value.clone());
    let target = header("x-amz-target").map(|target| target.trim_start_matches("TrentService.").to_owned());
    let rest = || format!("{} {}", parts.method, parts.uri);
    let call = action.or(target).unwrap_or_else(rest);
    seen.lock().unwrap().push(format!("{account} {call}"));
    let status = if inactive.load(Ordering::SeqCst) { "Inactive" } else { "Active" };
    let text = canned(&call, &account, status);
    let found = if text.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let mut response = Response::new(Full::from(text.unwrap_or_default()));
    *response.status_mut() = found;
    response.headers_mut().insert("x-amz-bucket-region", REGION.parse().unwrap());
    response
}

/// None is answered with 404.
fn canned(call: &str, account: &str, status: &str) -> Option<String> {
    let grant = percent_encoding::utf8_percent_encode(GRANT, percent_encoding::NON_ALPHANUMERIC).to_string();
    let trust = GRANT.replace(
        "\"Action\":\"s3:GetObject\",\"Resource\":\"*\"",
        "\"Principal\":{\"AWS\":\"*\"},\"Action\":\"sts:AssumeRole\"",
    );
    let trust = percent_encoding::utf8_percent_encode(&trust, percent_encoding::NON_ALPHANUMERIC).to_string();
    let arn = format!("arn:aws:kms:{REGION}:{account}:key/{KEY}");
    Some(match call {
        "GetAccountAuthorizationDetails" => format!(
            "<R><GetAccountAuthorizationDetailsResult><UserDetailList><member><Path>/x/</Path><UserName>u</UserName>\
             <UserId>id</UserId><Tags><member><Key>cost</Key><Value>7</Value></member></Tags><UserPolicyList><member><PolicyName>inline</PolicyName><PolicyDocument>{grant}\
             </PolicyDocument></member></UserPolicyList><GroupList><member>g</member></GroupList></member>\
             </UserDetailList><GroupDetailList><member><GroupName>g</GroupName><GroupPolicyList><member>\
             <PolicyName>of group</PolicyName><PolicyDocument>{grant}</PolicyDocument></member></GroupPolicyList>\
             </member></GroupDetailList><RoleDetailList><member><Path>/</Path><RoleName>r</RoleName>\
             <AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument><AttachedManagedPolicies><member>\
             <PolicyArn>arn:aws:iam::{account}:policy/m</PolicyArn></member></AttachedManagedPolicies></member>\
             </RoleDetailList><Policies><member><PolicyName>m</PolicyName><Path>/</Path><DefaultVersionId>v2\
             </DefaultVersionId><PolicyVersionList><member><Document>{grant}</Document><VersionId>v2</VersionId>\
             </member></PolicyVersionList></member></Policies><IsTruncated>false</IsTruncated>\
             </GetAccountAuthorizationDetailsResult></R>"
        ),
        "GetUser" => format!("<R><User><PermissionsBoundary><PermissionsBoundaryArn>arn:aws:iam::{account}:policy/m</PermissionsBoundaryArn></PermissionsBoundary></User></R>"),
        "GetRole" => "<R><Role><MaxSessionDuration>7200</MaxSessionDuration></Role></R>".to_owned(),
        "ListPolicyTags" => "<R><ListPolicyTagsResult><Tags><member><Key>team</Key><Value>a</Value></member></Tags></ListPolicyTagsResult></R>".to_owned(),
        "CreateAccessKey" => "<R><AccessKey><UserName>u</UserName><AccessKeyId>LKIATOLDTOLDTOLDTOLD</AccessKeyId><SecretAccessKey>told</SecretAccessKey></AccessKey></R>".to_owned(),
        "ListAccessKeys" => format!(
            "<R><ListAccessKeysResult><AccessKeyMetadata><member><AccessKeyId>LKIATOLDTOLDTOLDTOLD</AccessKeyId>\
             <Status>{status}</Status></member><member><AccessKeyId>{}</AccessKeyId><Status>Active</Status></member>\
             </AccessKeyMetadata></ListAccessKeysResult></R>",
            strange(account)
        ),
        "HEAD /b" => String::new(),
        "GET /b?policy" => PUBLIC.to_owned(),
        "GET /b?encryption" => format!("<S><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>{arn}</KMSMasterKeyID></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule></S>"),
        "GET /" => "<R><Buckets><Bucket><Name>b</Name></Bucket></Buckets></R>".to_owned(),
        "DescribeKey" => format!(r#"{{"KeyMetadata":{{"KeyId":"{KEY}","Arn":"{arn}","KeyState":"Disabled"}}}}"#),
        "ListAliases" => r#"{"Aliases":[{"AliasName":"alias/x"}]}"#.to_owned(),
        "ListGrants" => format!(r#"{{"Grants":[{{"GrantId":"g1","GranteePrincipal":"arn:aws:iam::{account}:role/r","Operations":["Decrypt"]}}]}}"#),
        "CreateGrant" => r#"{"GrantId":"g2","GrantToken":"t2"}"#.to_owned(),
        "ListResourceTags" => r#"{"Tags":[{"TagKey":"team","TagValue":"a"}]}"#.to_owned(),
        "GetKeyPolicy" => serde_json::json!({ "Policy": PUBLIC }).to_string(),
        _ => return None,
    })
}

/// The id of a key of this account, in the scheme of AWS.
fn strange(account: &str) -> String {
    let account: u64 = account.parse().unwrap();
    let letters: Vec<char> = ('A'..='Z').chain('2'..='7').collect();
    let number = account / 2 + (1 << 39);
    let digits: String = (0..8).rev().map(|place| letters[(number >> (5 * place) & 31) as usize]).collect();
    format!("LKIA{digits}{}AAAAAAA", if account % 2 == 1 { "Q" } else { "A" })
}

struct Stand {
    emulator: Emulator,
    upstream: Arc<Upstream>,
    identities: Arc<dyn Identities>,
    account: String,
}

async fn stand() -> Stand {
    let emulator = Emulator::start().await;
    let cloud = Cloud::new(Arc::new(NoBuckets));
    let account = cloud.create_account("aws").account;
    let upstream = Upstream::new(cloud, Endpoint::new(&emulator.url).unwrap());
    let identities = upstream.identities();
    Stand { emulator, upstream, identities, account }
}

impl Stand {
    /// A call by the account's root that the road let through.
    async fn call(
        &self,
        service: ServiceName,
        operation: &str,
        parameters: &[(&str, &str)],
    ) -> Result<(), AwsError> {
        let given = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let form = std::iter::once(("Action".to_owned(), operation.to_owned())).chain(given).collect();
        self.send(service, operation, Payload::Form(Form(form))).await
    }

    async fn send(&self, service: ServiceName, operation: &str, payload: Payload) -> Result<(), AwsError> {
        let call = Call {
            principal: Principal::AccountRoot { partition: "aws".to_owned(), account: self.account.clone() },
            account: self.account.clone(),
            source_identity: None,
            transitive_tags: std::collections::BTreeMap::new(),
            partition: "aws".to_owned(),
            region: REGION.to_owned(),
            operation: operation.to_owned(),
            request_id: "R".to_owned(),
            payload,
        };
        self.upstream.services()[&service].call(call).await.map(drop)
    }
}

fn names(documents: &[linchpin_gateway::OwnedDocument]) -> Vec<&str> {
    documents.iter().map(|document| document.name.as_str()).collect()
}

#[tokio::test]
async fn users_groups_roles_and_boundaries_are_read_back() {
    let stand = stand().await;
    let account = &stand.account;
    let arn = format!("arn:aws:iam::{account}:user/x/u");
    let user = Principal::User { arn, account: account.clone() };
    let policies = stand.identities.principal_policies(&user).await.unwrap();
    assert_eq!(names(&policies.identity), ["inline", "of group"]);
    assert_eq!(policies.boundary.unwrap().name, "m");
    let role = stand.identities.role(&format!("arn:aws:iam::{account}:role/r")).await.unwrap();
    assert_eq!(&role.unwrap().account, account);
    assert!(stand.identities.role(&format!("arn:aws:iam::{account}:role/other")).await.unwrap().is_none());
    let identities = &stand.identities;
    let tags = |arn: String| async move { identities.entity(&arn).await.unwrap().unwrap().tags };
    assert_eq!(tags(format!("arn:aws:iam::{account}:user/u")).await["cost"], "7");
    assert_eq!(tags(format!("arn:aws:iam::{account}:policy/m")).await["team"], "a");
    // All within a second, and filed under the account.
    assert_eq!(stand.emulator.count(&format!("{account} GetAccountAuthorizationDetails")), 1);
}

#[tokio::test]
async fn a_key_is_learned_when_it_is_made_and_a_strange_one_is_named() {
    let stand = stand().await;
    stand.call(ServiceName::Iam, "CreateAccessKey", &[("UserName", "u")]).await.unwrap();
    let key = stand.identities.access_key("LKIATOLDTOLDTOLDTOLD").await.unwrap().unwrap();
    assert_eq!((key.status, &key.account), (KeyStatus::Active, &stand.account));
    assert!(stand.identities.access_key("AKIANOBODYSNOBODYS00").await.unwrap().is_none());
    let strange = strange(&stand.account);
    let error = stand.identities.access_key(&strange).await.unwrap_err();
    assert_eq!(error, LookupError::SecretUnknown(strange));
}

#[tokio::test]
async fn a_change_through_the_gateway_is_seen_at_once() {
    let stand = stand().await;
    stand.call(ServiceName::Iam, "CreateAccessKey", &[("UserName", "u")]).await.unwrap();
    stand.identities.access_key("LKIATOLDTOLDTOLDTOLD").await.unwrap();
    stand.emulator.inactive.store(true, Ordering::SeqCst);
    // The emulator does not know the operation: what it changed before it failed cannot be known.
    let update = [("UserName", "u"), ("AccessKeyId", "LKIATOLDTOLDTOLDTOLD"), ("Status", "Inactive")];
    stand.call(ServiceName::Iam, "UpdateAccessKey", &update).await.unwrap_err();
    let key = stand.identities.access_key("LKIATOLDTOLDTOLDTOLD").await.unwrap().unwrap();
    assert_eq!(key.status, KeyStatus::Inactive);
}

#[tokio::test]
async fn what_aws_would_refuse_does_not_reach_the_emulator() {
    let stand = stand().await;
    let nobody = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{}:user/nobody"}},"Action":"sts:AssumeRole"}}]}}"#,
        stand.account
    );
    for (operation, parameters, code) in [
        (
            "CreateRole",
            vec![("RoleName", "n"), ("AssumeRolePolicyDocument", "{}")],
            "MalformedPolicyDocument",
        ),
        (
            "CreateRole",
            vec![("RoleName", "n"), ("AssumeRolePolicyDocument", &nobody)],
            "MalformedPolicyDocument",
        ),
        ("CreateUser", vec![("UserName", "u")], "EntityAlreadyExists"),
        ("DeleteUser", vec![("UserName", "other")], "NoSuchEntity"),
        (
            "PutUserPermissionsBoundary",
            vec![("UserName", "u"), ("PermissionsBoundary", "arn:aws:iam::aws:policy/AmazonS3FullAccess")],
            "NotImplemented",
        ),
    ] {
        let refused = stand.call(ServiceName::Iam, operation, &parameters).await.unwrap_err();
        assert_eq!(refused.code, code, "{operation}: {}", refused.message);
        assert_eq!(stand.emulator.count(operation), 0);
    }
}

#[tokio::test]
async fn buckets_and_keys_are_read_back() {
    let stand = stand().await;
    let bucket = stand.identities.bucket("aws", "b").await.unwrap().unwrap();
    let arn = format!("arn:aws:kms:{REGION}:{}:key/{KEY}", stand.account);
    assert_eq!((&bucket.account, bucket.region.as_str()), (&stand.account, REGION));
    assert!(bucket.policy.is_some());
    assert_eq!(bucket.encryption, Some(BucketEncryption { key: Some(arn.clone()), bucket_key: true }));
    assert!(stand.identities.bucket("aws-cn", "b").await.unwrap().is_none());
    assert!(stand.identities.bucket("aws", "none").await.unwrap().is_none());
    let key = stand.identities.kms_key(REGION, &stand.account, "alias/x").await.unwrap().unwrap();
    assert_eq!((&key.arn, key.state, key.grants.len()), (&arn, KeyState::Disabled, 1));
    assert_eq!(key.aliases, ["alias/x"]);
    assert_eq!(key.tags["team"], "a");
    let ciphertext = [KEY.as_bytes(), b"sealed"].concat();
    assert_eq!(stand.identities.key_of_ciphertext(&ciphertext).await.unwrap(), Some(arn));
}

#[tokio::test]
async fn a_grant_is_known_by_its_token_once_it_is_made() {
    let stand = stand().await;
    stand.identities.kms_key(REGION, &stand.account, KEY).await.unwrap();
    let user = format!("arn:aws:iam::{}:user/x/u", stand.account);
    let members = json!({ "KeyId": KEY, "GranteePrincipal": user, "Operations": ["Decrypt"] });
    let members = Payload::Json(members.as_object().unwrap().clone());
    stand.send(ServiceName::Kms, "CreateGrant", members).await.unwrap();
    let grant = stand.identities.grant_of_token("t2").await.unwrap().unwrap();
    let key = format!("arn:aws:kms:{REGION}:{}:key/{KEY}", stand.account);
    assert_eq!((grant.key, grant.id.as_str()), (key, "g2"));
    assert_eq!(stand.identities.grant_of_token("g2").await.unwrap(), None);
}

#[tokio::test]
async fn what_an_emulator_would_ignore_is_refused_by_name() {
    let stand = stand().await;
    let context = "x-amz-server-side-encryption-context";
    for (operation, header, body, named) in [
        ("PutObject", context, "", "`x-amz-server-side-encryption-context` of PutObject"),
        ("CopyObject", "if-none-match", "", "`if-none-match` of CopyObject"),
        ("CopyObject", "if-match", "", "`if-match` of CopyObject"),
        (
            "DeleteObjects",
            "x-amz-meta-a",
            "<Delete><Object><Key>k</Key><ETag>e</ETag></Object></Delete>",
            "`ETag`",
        ),
    ] {
        let request = Request::builder().method("PUT").uri("/b/k").header(header, "*");
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let body = Full::from(body).map_err(|never| match never {}).boxed_unsync();
        let payload = Payload::Rest(Box::new(parts), body);
        let refused = stand.send(ServiceName::S3, operation, payload).await.unwrap_err();
        assert_eq!(refused.code, "NotImplemented", "{operation}");
        assert!(refused.message.contains(named), "{}", refused.message);
        assert_eq!(stand.emulator.count("PUT /b/k"), 0);
    }
}

#[tokio::test]
async fn an_emulator_that_is_gone_is_no_refusal() {
    let Stand { emulator, identities, account, upstream } = stand().await;
    let url = emulator.url.clone();
    emulator._accepting.abort();
    let _ = emulator._accepting.await;
    let told = identities.role(&format!("arn:aws:iam::{account}:role/r")).await.unwrap_err();
    assert!(told.to_string().contains(&format!("`{url}` does not answer")), "{told}");
    drop(upstream);
}

#[tokio::test]
async fn each_service_is_called_alone_before_trials_call_it() {
    let emulator = Emulator::start().await;
    Endpoint::new(&emulator.url).unwrap().check().await.unwrap();
    let calls = ["GET /", "ListUsers", "GetCallerIdentity", "ListKeys"];
    let seen = emulator.seen.lock().unwrap().clone();
    assert_eq!(seen, calls.map(|call| format!("000000000000 {call}")));
}
