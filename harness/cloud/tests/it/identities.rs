//! What the gateway sees of the accounts.

use linchpin_gateway::{Identities, KeyStatus};
use linchpin_policy::Principal;
use secrecy::ExposeSecret;
use time::Duration;

use crate::script::{REGION, Script};

fn user(script: &Script, name: &str) -> Principal {
    let account = script.account.clone();
    Principal::User { arn: format!("arn:aws:iam::{account}:user/{name}"), account }
}

async fn policy_names(script: &Script, principal: &Principal) -> Vec<String> {
    let policies = script.cloud.principal_policies(principal).await.unwrap();
    let mut names: Vec<String> = policies.identity.into_iter().map(|policy| policy.name).collect();
    names.extend(policies.boundary.map(|boundary| format!("boundary {}", boundary.name)));
    names
}

#[tokio::test]
async fn a_root_key_is_its_accounts() {
    let script = Script::new();
    let root = script.cloud.create_account("aws-cn");
    let key = script.cloud.access_key(&root.access_key_id).await.unwrap().unwrap();
    assert_eq!(key.principal.arn(), format!("arn:aws-cn:iam::{}:root", root.account));
    assert_eq!(key.account, root.account);
    assert_eq!(key.secret.expose_secret(), root.secret_access_key.expose_secret());
    assert!(key.session.is_none());
    assert!(script.cloud.access_key("AKIAAAAAAAAAAAAAAAAA").await.unwrap().is_none());
}

#[tokio::test]
async fn a_users_key_follows_its_state() {
    let mut script = Script::new();
    script
        .run("CreateUser UserName=alice -> ok\nCreateAccessKey UserName=alice -> save key from AccessKeyId")
        .await;
    let id = script.saved("key").to_owned();
    let key = script.cloud.access_key(&id).await.unwrap().unwrap();
    assert_eq!((key.principal, key.status), (user(&script, "alice"), KeyStatus::Active));
    script.run("UpdateAccessKey UserName=alice AccessKeyId=$key Status=Inactive -> ok").await;
    assert_eq!(script.cloud.access_key(&id).await.unwrap().unwrap().status, KeyStatus::Inactive);
    script.run("DeleteAccessKey UserName=alice AccessKeyId=$key -> ok").await;
    assert!(script.cloud.access_key(&id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_user_has_its_own_policies_its_groups_and_its_boundary() {
    let mut script = Script::new();
    script
        .run(
            "CreateUser UserName=alice -> ok
CreateGroup GroupName=g -> ok
AddUserToGroup GroupName=g UserName=alice -> ok
CreatePolicy PolicyName=managed PolicyDocument=$grant -> ok
CreatePolicy PolicyName=limit PolicyDocument=$grant -> ok
PutUserPolicy UserName=alice PolicyName=inline PolicyDocument=$grant -> ok
AttachUserPolicy UserName=alice PolicyArn=arn:aws:iam::$account:policy/managed -> ok
PutGroupPolicy GroupName=g PolicyName=group-inline PolicyDocument=$grant -> ok
PutUserPermissionsBoundary UserName=alice PermissionsBoundary=arn:aws:iam::$account:policy/limit -> ok",
        )
        .await;
    let names = policy_names(&script, &user(&script, "alice")).await;
    assert_eq!(names, ["inline", "managed", "group-inline", "boundary limit"]);
    assert!(policy_names(&script, &user(&script, "bob")).await.is_empty());
}

#[tokio::test]
async fn the_default_version_of_a_managed_policy_counts() {
    let mut script = Script::new();
    script
        .run(
            "CreateUser UserName=alice -> ok
CreatePolicy PolicyName=p PolicyDocument=$grant -> ok
AttachUserPolicy UserName=alice PolicyArn=arn:aws:iam::$account:policy/p -> ok
CreatePolicyVersion PolicyArn=arn:aws:iam::$account:policy/p PolicyDocument=$deny -> ok",
        )
        .await;
    let alice = user(&script, "alice");
    let source = async |script: &Script| {
        script.cloud.principal_policies(&alice).await.unwrap().identity[0].document.source().to_owned()
    };
    assert!(source(&script).await.contains("Allow"));
    script.run("SetDefaultPolicyVersion PolicyArn=arn:aws:iam::$account:policy/p VersionId=v2 -> ok").await;
    assert!(source(&script).await.contains("Deny"));
}

#[tokio::test]
async fn a_session_expires_by_its_accounts_clock() {
    let mut script = Script::new();
    script
        .run(
            "CreateRole RoleName=r Path=/app/ AssumeRolePolicyDocument=$trust -> ok
PutRolePolicy RoleName=r PolicyName=own PolicyDocument=$grant -> ok
[user/alice] AssumeRole RoleArn=arn:aws:iam::$account:role/app/r RoleSessionName=s1 Policy=$deny -> save key from AccessKeyId",
        )
        .await;
    let key = script.cloud.access_key(script.saved("key")).await.unwrap().unwrap();
    assert_eq!(key.principal.arn(), format!("arn:aws:sts::{}:assumed-role/r/s1", script.account));
    assert_eq!(policy_names(&script, &key.principal).await, ["own"]);
    let session = key.session.unwrap();
    assert_eq!(session.policies.unwrap().len(), 1);
    assert!(script.cloud.now(&script.account) < session.expires);
    script.cloud.set_clock(&script.account, Duration::minutes(61)).unwrap();
    assert!(script.cloud.now(&script.account) > session.expires);
}

#[tokio::test]
async fn a_role_is_found_by_its_whole_arn() {
    let mut script = Script::new();
    script.run("CreateRole RoleName=r Path=/app/ AssumeRolePolicyDocument=$trust -> ok").await;
    let role = async |tail: &str| {
        script.cloud.role(&format!("arn:aws:iam::{}:role/{tail}", script.account)).await.unwrap().is_some()
    };
    assert!(role("app/r").await);
    assert!(!role("r").await);
    assert!(!role("app/other").await);
}

#[tokio::test]
async fn a_clusters_key_is_redshifts_and_ends_with_the_cluster() {
    let mut script = Script::new();
    let (cloud, account) = (script.cloud.clone(), script.account.clone());
    assert!(cloud.cluster_credential(&account, REGION, "c").is_err());
    let create =
        "CreateCluster ClusterIdentifier=c MasterUsername=m MasterUserPassword=Passw0rd NodeType=ra3.large";
    script.send(create).await.unwrap();
    let credential = cloud.cluster_credential(&account, REGION, "c").unwrap();
    let key = cloud.access_key(&credential.access_key_id).await.unwrap().unwrap();
    assert_eq!(key.principal, Principal::Service { name: "redshift.amazonaws.com".to_owned() });
    assert_eq!(key.account, account);
    script.run("DeleteCluster ClusterIdentifier=c SkipFinalClusterSnapshot=true -> ok").await;
    assert!(cloud.access_key(&credential.access_key_id).await.unwrap().is_none());
}
