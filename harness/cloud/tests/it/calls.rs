//! Every line of the tables of calls.

use crate::script::{REGION, Script};

#[tokio::test]
async fn iam() {
    Script::new().run(include_str!("../cases/iam.calls")).await;
}

#[tokio::test]
async fn sts() {
    Script::new().run(include_str!("../cases/sts.calls")).await;
}

#[tokio::test]
async fn redshift() {
    Script::new().run(include_str!("../cases/redshift.calls")).await;
}

#[tokio::test]
async fn a_cluster_shows_its_endpoint_once_it_listens() {
    let mut script = Script::new();
    let create =
        "CreateCluster ClusterIdentifier=c MasterUsername=m MasterUserPassword=Passw0rd NodeType=ra3.large";
    script.send(create).await.unwrap();
    script.run("DescribeClusters -> <ClusterStatus>creating</ClusterStatus>").await;
    script.cloud.register_endpoint(&script.account, REGION, "c", "localhost", 5439).unwrap();
    let endpoint = "<Endpoint><Address>localhost</Address><Port>5439</Port></Endpoint>";
    script.run(&format!("DescribeClusters -> {endpoint}")).await;
    script.run("DescribeClusters -> <ClusterStatus>available</ClusterStatus>").await;
    assert!(script.cloud.register_endpoint(&script.account, REGION, "d", "localhost", 5439).is_err());
}

#[tokio::test]
async fn a_temporary_password_ends_by_the_accounts_clock() {
    let mut script = Script::new();
    let create =
        "CreateCluster ClusterIdentifier=c MasterUsername=m MasterUserPassword=Passw0rd NodeType=ra3.large";
    script.send(create).await.unwrap();
    script
        .send("GetClusterCredentials ClusterIdentifier=c DbUser=loader DurationSeconds=1000")
        .await
        .unwrap();
    let look = "[service] DescribeClusterLogins ClusterIdentifier=c DbUser=IAM:loader";
    script.cloud.set_clock(&script.account, time::Duration::seconds(990)).unwrap();
    script.run(&format!("{look} -> <DbPassword>")).await;
    script.cloud.set_clock(&script.account, time::Duration::seconds(1001)).unwrap();
    let answer = script.send(look).await.unwrap();
    assert!(!answer.contains("<Login>"), "{answer}");
}

#[tokio::test]
async fn an_account_holds_so_many_entities() {
    for (call, quota, most) in [
        ("CreateGroup GroupName=", "GroupsPerAccount", 300),
        ("CreateRole AssumeRolePolicyDocument=$trust RoleName=", "RolesPerAccount", 1000),
        ("CreatePolicy PolicyDocument=$grant PolicyName=", "PoliciesPerAccount", 1500),
        ("CreateInstanceProfile InstanceProfileName=", "InstanceProfilesPerAccount", 1000),
        ("CreateUser UserName=", "UsersPerAccount", 5000),
    ] {
        let script = Script::new();
        for number in 0..most {
            script.send(&format!("{call}n{number}")).await.unwrap();
        }
        let refused = script.send(&format!("{call}more")).await.unwrap_err();
        assert_eq!(refused.code, "LimitExceeded");
        assert_eq!(refused.message, format!("Cannot exceed quota for {quota}: {most}"));
    }
}

#[tokio::test]
async fn an_entity_holds_so_many_tags() {
    let mut script = Script::new();
    script.run("CreateUser UserName=u -> ok").await;
    for number in 0..50 {
        let tag = format!("TagUser UserName=u Tags.member.1.Key=k{number} Tags.member.1.Value=v -> ok");
        script.run(&tag).await;
    }
    script
        .run(
            "TagUser UserName=u Tags.member.1.Key=k50 Tags.member.1.Value=v -> 409 LimitExceeded Cannot exceed quota for TagsPerUser: 50
TagUser UserName=u Tags.member.1.Key=k49 Tags.member.1.Value=w -> ok",
        )
        .await;
}
