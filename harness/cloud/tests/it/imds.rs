//! Instance metadata, by hand.

use linchpin_cloud::Instance;
use linchpin_gateway::Identities;
use time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::script::{REGION, Script};

async fn ask(instance: &Instance, request: &str) -> (u16, String) {
    let endpoint = instance.endpoint();
    let mut stream = TcpStream::connect(endpoint.strip_prefix("http://").unwrap()).await.unwrap();
    let request = format!("{request}\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

async fn get(instance: &Instance, path: &str) -> (u16, String) {
    let ttl = "x-aws-ec2-metadata-token-ttl-seconds: 60";
    let (status, token) = ask(instance, &format!("PUT /latest/api/token HTTP/1.1\r\n{ttl}")).await;
    assert_eq!(status, 200);
    ask(instance, &format!("GET /latest{path} HTTP/1.1\r\nx-aws-ec2-metadata-token: {token}")).await
}

const ROLE: &str = "/meta-data/iam/security-credentials/";

async fn script_with_profile(trust: &str) -> Script {
    let mut script = Script::new();
    let lines = format!(
        "CreateRole RoleName=r AssumeRolePolicyDocument={trust} -> ok
CreateInstanceProfile InstanceProfileName=p -> ok
AddRoleToInstanceProfile InstanceProfileName=p RoleName=r -> ok"
    );
    script.run(&lines).await;
    script
}

const EC2: &str = r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;

fn member(json: &str, name: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    json[name].as_str().unwrap_or_else(|| panic!("no {name} in {json}")).to_owned()
}

#[tokio::test]
async fn a_role_is_had_with_a_token_alone() {
    let script = script_with_profile(EC2).await;
    let instance =
        Instance::launch(script.cloud.clone(), None, &script.account, REGION, Some("p")).await.unwrap();
    assert_eq!(get(&instance, ROLE).await, (200, "r".to_owned()));
    let (status, told) = get(&instance, &format!("{ROLE}r")).await;
    assert_eq!((status, member(&told, "Code").as_str()), (200, "Success"));
    let key = script.cloud.access_key(&member(&told, "AccessKeyId")).await.unwrap().unwrap();
    let session = format!("arn:aws:sts::{}:assumed-role/r/{}", script.account, instance.id());
    assert_eq!(key.principal.arn(), session);
    assert_eq!(get(&instance, "/meta-data/placement/region").await, (200, REGION.to_owned()));
    let zone = get(&instance, "/meta-data/placement/availability-zone/").await;
    assert_eq!(zone, (200, format!("{REGION}a")), "as botocore asks for it");
    assert!(get(&instance, "/meta-data/iam/info").await.1.contains("instance-profile/p"));
    assert!(get(&instance, "/dynamic/instance-identity/document").await.1.contains(&script.account));
    for (request, expected) in [
        ("GET /latest/meta-data/iam/security-credentials/ HTTP/1.1", 401),
        ("GET /latest/meta-data/instance-id HTTP/1.1\r\nx-aws-ec2-metadata-token: made-up", 401),
        ("PUT /latest/api/token HTTP/1.1", 400),
        ("PUT /latest/api/token HTTP/1.1\r\nx-aws-ec2-metadata-token-ttl-seconds: 0", 400),
        ("PUT /latest/api/token HTTP/1.1\r\nx-aws-ec2-metadata-token-ttl-seconds: 21601", 400),
        (
            "PUT /latest/api/token HTTP/1.1\r\nx-aws-ec2-metadata-token-ttl-seconds: 1\r\nx-forwarded-for: 1.2.3.4",
            403,
        ),
        ("POST /latest/api/token HTTP/1.1", 405),
    ] {
        assert_eq!(ask(&instance, request).await.0, expected, "{request}");
    }
    assert_eq!(get(&instance, &format!("{ROLE}other")).await.0, 404);
    assert_eq!(get(&instance, "/meta-data/nothing").await.0, 404);
    for (folder, names) in [
        ("", "dynamic\nmeta-data"),
        ("/dynamic/", "instance-identity/"),
        ("/dynamic/instance-identity/", "document"),
        ("/meta-data/", "iam/\ninstance-id\nplacement/"),
        ("/meta-data/iam", "info\nsecurity-credentials/"),
        ("/meta-data/placement/", "availability-zone\nregion"),
    ] {
        assert_eq!(get(&instance, folder).await, (200, names.to_owned()), "{folder}");
    }
}

#[tokio::test]
async fn credentials_stay_until_they_near_their_end() {
    let script = script_with_profile(EC2).await;
    let instance =
        Instance::launch(script.cloud.clone(), None, &script.account, REGION, Some("p")).await.unwrap();
    let key = async || member(&get(&instance, &format!("{ROLE}r")).await.1, "AccessKeyId");
    let first = key().await;
    script.cloud.set_clock(&script.account, Duration::hours(5)).unwrap();
    assert_eq!(key().await, first);
    script.cloud.set_clock(&script.account, Duration::minutes(5 * 60 + 56)).unwrap();
    assert_ne!(key().await, first);
}

#[tokio::test]
async fn a_profile_can_be_pulled() {
    let script = script_with_profile(EC2).await;
    let instance =
        Instance::launch(script.cloud.clone(), None, &script.account, REGION, Some("p")).await.unwrap();
    assert_eq!(get(&instance, ROLE).await.0, 200);
    instance.set_profile(None);
    assert_eq!(get(&instance, ROLE).await.0, 404);
    assert_eq!(get(&instance, &format!("{ROLE}r")).await.0, 404);
}

#[tokio::test]
async fn a_role_that_does_not_trust_ec2_tells_so() {
    let script = script_with_profile("$trust").await;
    let instance =
        Instance::launch(script.cloud.clone(), None, &script.account, REGION, Some("p")).await.unwrap();
    let (status, told) = get(&instance, &format!("{ROLE}r")).await;
    assert_eq!((status, member(&told, "Code").as_str()), (200, "AssumeRoleUnauthorizedAccess"));
}
