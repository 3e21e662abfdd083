//! Calls that nobody meant, handed to the services themselves: each is carried out or refused, and none is the service's
//! own fault. `PROPTEST_CASES` says how many are tried of each.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use linchpin_cloud::{Cloud, Iam, Kms, S3, Sts};
use linchpin_gateway::{Call, Form, Payload, Service};
use linchpin_policy::Principal;
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Map, Value};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

struct Stand {
    runtime: Runtime,
    account: String,
    s3: Arc<S3>,
    iam: Iam,
    sts: Sts,
    kms: Kms,
    _folder: TempDir,
}

/// One cloud for all: what a call leaves behind, the next one meets.
static STAND: LazyLock<Stand> = LazyLock::new(|| {
    let folder = TempDir::new().unwrap();
    let s3 = Arc::new(S3::new(folder.path().to_owned()));
    let cloud = Cloud::new(Arc::clone(&s3) as _);
    let account = cloud.create_account("aws").account;
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (iam, sts, kms) = (Iam::new(cloud.clone()), Sts::new(cloud.clone()), Kms::new(cloud));
    let stand = Stand { runtime, account, s3, iam, sts, kms, _folder: folder };
    let region = "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";
    assert_eq!(stand.rest("CreateBucket", "PUT", "/bkt", region), 200);
    assert_eq!(stand.rest("PutObject", "PUT", "/bkt/k", "data"), 200);
    stand
});

impl Stand {
    fn call(&self, service: &dyn Service, operation: &str, payload: Payload) -> u16 {
        let call = Call {
            principal: Principal::AccountRoot { partition: "aws".to_owned(), account: self.account.clone() },
            account: self.account.clone(),
            source_identity: None,
            transitive_tags: BTreeMap::new(),
            partition: "aws".to_owned(),
            region: "eu-west-1".to_owned(),
            operation: operation.to_owned(),
            request_id: "0123456789ABCDEF".to_owned(),
            payload,
        };
        self.runtime.block_on(async {
            match service.call(call).await {
                Ok(answer) => answer.status().as_u16(),
                Err(error) => error.status.as_u16(),
            }
        })
    }

    fn rest(&self, operation: &str, method: &str, uri: &str, body: &str) -> u16 {
        let request = Request::builder().method(method).uri(uri).header("content-length", body.len());
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let body = Full::from(Bytes::from(body.to_owned())).map_err(|never| match never {}).boxed_unsync();
        self.call(&*self.s3, operation, Payload::Rest(Box::new(parts), body))
    }
}

/// Carried out, or refused: 501 names what is not offered, and any other 5xx is a fault of the service.
fn is_an_answer(status: u16) -> bool {
    status < 500 || status == 501
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

const TEXTS: &[&str] = &[
    "",
    "k",
    "none",
    "alias/a",
    "alias/",
    "arn:aws:kms:eu-west-1:1:key/k",
    "arn:",
    "YQ==",
    "AQ",
    "*",
    "default",
    "AES_256",
    "Decrypt",
    "CreateGrant",
    "arn:aws:iam::1:user/u",
    "{}",
    "{\"Statement\":[]}",
    "ENCRYPT_DECRYPT",
];

const MEMBERS: &[&str] = &[
    "KeyId",
    "Plaintext",
    "CiphertextBlob",
    "EncryptionContext",
    "GrantTokens",
    "NumberOfBytes",
    "KeySpec",
    "Policy",
    "PolicyName",
    "Operations",
    "GranteePrincipal",
    "RetiringPrincipal",
    "Constraints",
    "Tags",
    "TagKeys",
    "TagKey",
    "TagValue",
    "EncryptionContextEquals",
    "AliasName",
    "TargetKeyId",
    "Limit",
    "Marker",
    "PendingWindowInDays",
    "RotationPeriodInDays",
    "GrantId",
    "DryRun",
    "DestinationKeyId",
    "Description",
];

const KMS: &[&str] = &[
    "CreateKey",
    "CreateAlias",
    "CreateGrant",
    "Decrypt",
    "DescribeKey",
    "Encrypt",
    "EnableKeyRotation",
    "GenerateDataKey",
    "ListAliases",
    "ListGrants",
    "ListKeys",
    "PutKeyPolicy",
    "ReEncrypt",
    "RetireGrant",
    "ScheduleKeyDeletion",
    "TagResource",
    "UntagResource",
    "UpdateAlias",
];

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => select(TEXTS).prop_map(|text| Value::String(text.to_owned())),
        1 => any::<u64>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            vec((select(MEMBERS), inner), 0..4).prop_map(object),
        ]
    })
}

fn object(members: Vec<(&'static str, Value)>) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

const PARAMETERS: &[&str] = &[
    "UserName",
    "GroupName",
    "RoleName",
    "PolicyName",
    "PolicyArn",
    "PolicyDocument",
    "AssumeRolePolicyDocument",
    "Path",
    "NewPath",
    "NewUserName",
    "NewGroupName",
    "Marker",
    "MaxItems",
    "Tags.member.1.Key",
    "Tags.member.1.Value",
    "TagKeys.member.1",
    "Filter.member.1",
    "EntityFilter",
    "VersionId",
    "SetAsDefault",
    "MaxSessionDuration",
    "ActionNames.member.1",
    "ResourceArns.member.1",
    "PolicyInputList.member.1",
    "PolicySourceArn",
    "ContextEntries.member.1.ContextKeyName",
    "RoleArn",
    "RoleSessionName",
    "DurationSeconds",
    "Policy",
    "PolicyArns.member.1.arn",
    "ExternalId",
    "Name",
    "TransitiveTagKeys.member.1",
    "PermissionsBoundary",
    "Url",
];

const VALUES: &[&str] = &[
    "",
    "u",
    "r",
    "g",
    "p",
    "/",
    "/a/",
    "a/b",
    "0",
    "1",
    "1000",
    "-1",
    "99999999999999999999",
    "true",
    "v1",
    "vv",
    "User",
    "arn:aws:iam::aws:policy/AmazonS3FullAccess",
    "arn:aws:iam::1:policy/p",
    "arn:aws:iam::1:role/r",
    "arn::::",
    "s3:Get*",
    "{",
    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}}",
    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":\"*\"}}",
    "aws:x",
    "https://a",
    "\u{e9}",
];

const IAM: &[&str] = &[
    "CreateUser",
    "UpdateUser",
    "DeleteUser",
    "CreateGroup",
    "UpdateGroup",
    "AddUserToGroup",
    "CreateRole",
    "UpdateRole",
    "UpdateAssumeRolePolicy",
    "PutRolePolicy",
    "AttachRolePolicy",
    "DetachRolePolicy",
    "PutUserPermissionsBoundary",
    "CreatePolicy",
    "CreatePolicyVersion",
    "SetDefaultPolicyVersion",
    "DeletePolicyVersion",
    "DeletePolicy",
    "TagUser",
    "TagPolicy",
    "UntagRole",
    "ListPolicyTags",
    "ListPolicies",
    "ListEntitiesForPolicy",
    "GetAccountAuthorizationDetails",
    "SimulatePrincipalPolicy",
    "SimulateCustomPolicy",
    "CreateOpenIDConnectProvider",
    "CreateInstanceProfile",
    "CreateAccessKey",
];

const STS: &[&str] = &["AssumeRole", "GetSessionToken", "GetFederationToken", "GetCallerIdentity"];

/// Each with the URI of the call whose body it is.
const DOCUMENTS: &[(&str, &str, &str)] = &[
    ("PutBucketPolicy", "PUT", "/bkt?policy"),
    ("PutBucketEncryption", "PUT", "/bkt?encryption"),
    ("PutBucketVersioning", "PUT", "/bkt?versioning"),
    ("PutPublicAccessBlock", "PUT", "/bkt?publicAccessBlock"),
    ("PutObjectTagging", "PUT", "/bkt/k?tagging"),
    ("DeleteObjects", "POST", "/bkt?delete"),
    ("CompleteMultipartUpload", "POST", "/bkt/k?uploadId=none"),
    ("CreateBucket", "PUT", "/bkt2"),
];

const XML: &[&str] = &[
    "<ServerSideEncryptionConfiguration>",
    "</ServerSideEncryptionConfiguration>",
    "<Rule>",
    "</Rule>",
    "<ApplyServerSideEncryptionByDefault>",
    "</ApplyServerSideEncryptionByDefault>",
    "<SSEAlgorithm>aws:kms</SSEAlgorithm>",
    "<VersioningConfiguration>",
    "</VersioningConfiguration>",
    "<Status>Enabled</Status>",
    "<Tagging>",
    "</Tagging>",
    "<TagSet>",
    "</TagSet>",
    "<Tag><Key>a</Key><Value>b</Value></Tag>",
    "<Delete>",
    "</Delete>",
    "<Object><Key>k</Key></Object>",
    "<CompleteMultipartUpload>",
    "</CompleteMultipartUpload>",
    "<Part><PartNumber>1</PartNumber><ETag>e</ETag></Part>",
    "<PartNumber>99999999999</PartNumber>",
    "<PublicAccessBlockConfiguration>",
    "</PublicAccessBlockConfiguration>",
    "<BlockPublicPolicy>maybe</BlockPublicPolicy>",
    "<CreateBucketConfiguration>",
    "</CreateBucketConfiguration>",
    "<LocationConstraint>eu-west-1</LocationConstraint>",
    "<!DOCTYPE a>",
    "<![CDATA[",
    "]]>",
    "&b;",
    "<",
    ">",
    "{",
    "}",
    "\"Statement\":",
    "[]",
];

proptest! {
    #![proptest_config(config())]

    #[test]
    fn kms_takes_or_refuses(operation in select(KMS), members in vec((select(MEMBERS), value()), 0..6)) {
        let Value::Object(members) = object(members) else { unreachable!() };
        let told = format!("{operation} {members:?}");
        prop_assert!(is_an_answer(STAND.call(&STAND.kms, operation, Payload::Json(members))), "{}", told);
    }

    #[test]
    fn iam_and_sts_take_or_refuse(
        operation in prop_oneof![4 => select(IAM), 1 => select(STS)],
        parameters in vec((select(PARAMETERS), prop_oneof![4 => select(VALUES).prop_map(str::to_owned), 1 => any::<String>()]), 0..6),
    ) {
        let form = Form(parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
        let service: &dyn Service = if STS.contains(&operation) { &STAND.sts } else { &STAND.iam };
        let told = format!("{operation} {form:?}");
        prop_assert!(is_an_answer(STAND.call(service, operation, Payload::Form(form))), "{}", told);
    }

    #[test]
    fn s3_takes_or_refuses_documents(
        call in select(DOCUMENTS),
        pieces in vec(select(XML), 0..16),
        deep in 0_usize..3000,
        text in any::<String>(),
    ) {
        let (operation, method, uri) = call;
        for body in [pieces.concat(), "<a>".repeat(deep), text] {
            let status = STAND.rest(operation, method, uri, &body);
            prop_assert!(is_an_answer(status), "{operation} {status} {body:?}");
        }
    }
}
