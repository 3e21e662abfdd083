//! Runs tables of calls through the gateway's whole road: signed, authorized, answered.
//!
//! A line is `[caller] service Call ... -> STATUS part & part`, where each part stands in the answer's head or body, or
//! with `without` before it does not; `save NAME from FIELD` keeps a field of the JSON or XML answer, or a header, which
//! later lines write as `$NAME`. The caller is
//! the account's root where none is named; `user/NAME` is made at its first call; `other` is the root of a second
//! account and `other/NAME` a user there, `nobody` does not sign; `as NAME` behind an STS call keeps its credentials
//! for a caller of that name. Calls are `kms Operation {json}`,
//! `iam Operation Name=value` (so with `sts` and `redshift`), and `s3 METHOD /path header:value | body`, where `\r\n` stands for the end of a line and
//! `content-md5:of-body` for the body's digest; `us` in front makes it us-east-1.

use std::{collections::BTreeMap, sync::Arc, time::SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use linchpin_cloud::{AccountCredential, Cloud, Iam, Kms, Redshift, S3, Sts};
use linchpin_gateway::{Gateway, Query, Service, ServiceName};
use md5::{Digest, Md5};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::tables::s3_operations;

struct Wire {
    gateway: Gateway,
    cloud: Arc<Cloud>,
    credentials: BTreeMap<String, Credentials>,
    variables: BTreeMap<String, String>,
    _folder: TempDir,
}

struct Call {
    service: &'static str,
    region: &'static str,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Wire {
    async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let s3 = Arc::new(S3::new(folder.path().to_owned()));
        let cloud = Cloud::new(Arc::clone(&s3) as _);
        let (root, other) = (cloud.create_account("aws"), cloud.create_account("aws"));
        let services: BTreeMap<ServiceName, Arc<dyn Service>> = BTreeMap::from([
            (ServiceName::S3, s3 as Arc<dyn Service>),
            (ServiceName::Iam, Arc::new(Iam::new(cloud.clone()))),
            (ServiceName::Sts, Arc::new(Sts::new(cloud.clone()))),
            (ServiceName::Kms, Arc::new(Kms::new(cloud.clone()))),
            (ServiceName::Redshift, Arc::new(Redshift::new(cloud.clone()))),
        ]);
        let gateway = Gateway::start(cloud.clone(), services).await.unwrap();
        let credentials = [("root", &root), ("other", &other)];
        let credentials = credentials.map(|(name, account)| (name.to_owned(), of_root(account)));
        let variables = [("account", root.account.clone()), ("other", other.account.clone())];
        let variables = variables.map(|(name, value)| (name.to_owned(), value));
        Self { gateway, cloud, credentials: credentials.into(), variables: variables.into(), _folder: folder }
    }

    /// Runs every line, and tells all that went wrong.
    async fn run(&mut self, table: &str) {
        let mut wrong = Vec::new();
        for (number, line) in table.lines().enumerate().map(|(index, line)| (index + 1, line)) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (call, expected) =
                line.rsplit_once(" -> ").unwrap_or_else(|| panic!("line {number}: no `->`"));
            let answer = self.send(&self.fill(call)).await;
            let expected = self.fill(expected);
            if let Err(what) = self.judge(&expected, &answer) {
                wrong.push(format!("line {number}: {line}\n{what}: {answer}"));
            }
        }
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
    }

    fn judge(&mut self, expected: &str, answer: &str) -> Result<(), String> {
        if let Some(name) = expected.strip_prefix("as ") {
            let field = |name| field_of(answer, name).ok_or("no credentials");
            let (id, secret, token) =
                (field("AccessKeyId")?, field("SecretAccessKey")?, field("SessionToken")?);
            self.credentials.insert(name.to_owned(), Credentials::from_keys(id, secret, Some(token)));
            return Ok(());
        }
        if let Some((name, field)) = expected.strip_prefix("save ").and_then(|rest| rest.split_once(" from "))
        {
            let value = field_of(answer, field).ok_or("no such field")?;
            self.variables.insert(name.to_owned(), value);
            return Ok(());
        }
        let (status, parts) = expected.split_once(' ').unwrap_or((expected, ""));
        if !answer.starts_with(&format!("HTTP/1.1 {status} ")) {
            return Err("another status".to_owned());
        }
        let fits = |part: &&str| match part.strip_prefix("without ") {
            Some(unwanted) => !answer.contains(unwanted),
            None => answer.contains(*part),
        };
        match parts.split(" & ").find(|part| !fits(part)) {
            Some(wrong) => Err(format!("not so: `{wrong}`")),
            None => Ok(()),
        }
    }

    fn fill(&self, text: &str) -> String {
        let mut names: Vec<_> = self.variables.iter().collect();
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${name}"), value))
    }

    async fn send(&mut self, line: &str) -> String {
        let (caller, rest) = match line.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
            Some((caller, rest)) => (caller.to_owned(), rest),
            None => ("root".to_owned(), line),
        };
        if caller.contains('/') && !self.credentials.contains_key(&caller) {
            let made = self.make_user(&caller).await;
            self.credentials.insert(caller.clone(), made);
        }
        self.exchange(&parse(rest), self.credentials.get(&caller)).await
    }

    async fn make_user(&self, caller: &str) -> Credentials {
        let (owner, name) = caller.split_once('/').unwrap();
        let root = &self.credentials[if owner == "other" { "other" } else { "root" }];
        self.exchange(&parse(&format!("iam CreateUser UserName={name}")), Some(root)).await;
        let key = self.exchange(&parse(&format!("iam CreateAccessKey UserName={name}")), Some(root)).await;
        let field = |name| field_of(&key, name).unwrap();
        Credentials::from_keys(field("AccessKeyId"), field("SecretAccessKey"), None)
    }

    async fn exchange(&self, call: &Call, credentials: Option<&Credentials>) -> String {
        let headers = credentials.map_or_else(|| call.headers.clone(), |known| signed(call, known));
        let mut bytes = format!("{} {} HTTP/1.1\r\n", call.method, call.path);
        for (name, value) in headers {
            bytes += &format!("{name}: {value}\r\n");
        }
        bytes += &format!("content-length: {}\r\nconnection: close\r\n\r\n{}", call.body.len(), call.body);
        let mut stream = TcpStream::connect(self.gateway.address()).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

fn of_root(account: &AccountCredential) -> Credentials {
    Credentials::from_keys(&account.access_key_id, account.secret_access_key.expose_secret(), None)
}

fn parse(line: &str) -> Call {
    let (region, line) = match line.strip_prefix("us ") {
        Some(rest) => ("us-east-1", rest),
        None => ("eu-west-1", line),
    };
    let (service, rest) = line.split_once(' ').unwrap();
    let mut headers = vec![("host".to_owned(), "127.0.0.1".to_owned())];
    let (first, tail) = rest.split_once(' ').unwrap_or((rest, ""));
    let mut call = Call {
        service: "s3",
        region,
        method: "POST".to_owned(),
        path: "/".to_owned(),
        headers: Vec::new(),
        body: String::new(),
    };
    match service {
        "kms" => {
            call.service = "kms";
            headers.push(("content-type".to_owned(), "application/x-amz-json-1.1".to_owned()));
            headers.push(("x-amz-target".to_owned(), format!("TrentService.{first}")));
            call.body = if tail.is_empty() { "{}".to_owned() } else { tail.to_owned() };
        }
        "iam" | "sts" | "redshift" => {
            call.service = ["iam", "sts", "redshift"].into_iter().find(|name| *name == service).unwrap();
            headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
            let mut form = form_urlencoded::Serializer::new(String::new());
            form.append_pair("Action", first);
            form.append_pair("Version", version_of(service));
            for (name, value) in tail.split(' ').filter_map(|pair| pair.split_once('=')) {
                form.append_pair(name, value);
            }
            call.body = form.finish();
        }
        _ => {
            let (head, body) = tail.split_once(" | ").unwrap_or((tail, ""));
            let mut words = head.split_whitespace();
            call.method = first.to_owned();
            call.path = words.next().unwrap_or("/").to_owned();
            headers.extend(words.map(|word| {
                let (name, value) = word.split_once(':').unwrap();
                // Dates hold spaces, which part the words of a line.
                (
                    name.to_owned(),
                    if name.contains("-since") { value.replace('+', " ") } else { value.to_owned() },
                )
            }));
            call.body = body.replace("\\r\\n", "\r\n");
            let digest = BASE64_STANDARD.encode(Md5::digest(&call.body));
            headers.iter_mut().filter(|(_, value)| value == "of-body").for_each(|(_, value)| {
                value.clone_from(&digest);
            });
        }
    }
    call.headers = headers;
    call
}

fn version_of(service: &str) -> &'static str {
    match service {
        "iam" => "2010-05-08",
        "sts" => "2011-06-15",
        _ => "2012-12-01",
    }
}

fn signed(call: &Call, credentials: &Credentials) -> Vec<(String, String)> {
    let mut settings = SigningSettings::default();
    if call.service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let identity = credentials.clone().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(call.region)
        .name(call.service)
        .time(SystemTime::now())
        .settings(settings)
        .build()
        .unwrap();
    let own: Vec<_> =
        call.headers.iter().filter(|(name, _)| name != "x-amz-content-sha256").cloned().collect();
    let headers = own.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let uri = format!("http://127.0.0.1{}", call.path);
    let mode = call.headers.iter().find(|(name, _)| name == "x-amz-content-sha256").map(|(_, mode)| mode);
    let body = match mode {
        Some(mode) => SignableBody::Precomputed(mode.clone()),
        None => SignableBody::Bytes(call.body.as_bytes()),
    };
    let request = SignableRequest::new(&call.method, uri, headers, body).unwrap();
    let (instructions, _) = sign(request, &params.into()).unwrap().into_parts();
    let added = instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
    own.iter().cloned().chain(added).collect()
}

/// The text of a JSON member, an XML element or a header.
fn field_of(answer: &str, name: &str) -> Option<String> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let header = || {
        let (_, rest) = head.split_once(&format!("\r\n{name}: "))?;
        Some(rest.split_once("\r\n").unwrap_or((rest, "")))
    };
    let json = body.split_once(&format!("\"{name}\":\"")).and_then(|(_, rest)| rest.split_once('"'));
    let xml = || {
        let (_, rest) = body.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>"))
    };
    json.or_else(xml).or_else(header).map(|(value, _)| value.to_owned())
}

#[tokio::test]
async fn kms() {
    Wire::start().await.run(include_str!("../cases/kms.calls")).await;
}

/// Documented: 32 KB.
#[tokio::test]
async fn key_policies_that_are_too_long() {
    let mut wire = Wire::start().await;
    let statement = r#"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"kms:*\",\"Resource\":\"*\"}}"#;
    for (spaces, expected) in [(32_000, "200"), (33_000, "400 LimitExceededException")] {
        let spaces = " ".repeat(spaces);
        wire.run(&format!(r#"kms CreateKey {{"Policy":"{statement}{spaces}"}} -> {expected}"#)).await;
    }
}

#[tokio::test]
async fn entities() {
    Wire::start().await.run(include_str!("../cases/entities.calls")).await;
}

#[tokio::test]
async fn clusters() {
    Wire::start().await.run(include_str!("../cases/clusters.calls")).await;
}

#[tokio::test]
async fn sessions() {
    Wire::start().await.run(include_str!("../cases/sessions.calls")).await;
}

/// The claims of each token that `web-identity.calls` names; the forged one is signed with another key.
const TOKENS: [(&str, &str); 8] = [
    ("good", r#"{"iss":"https://issuer.example","sub":"loader","aud":"linchpin","exp":NOW+900}"#),
    ("forged", r#"{"iss":"https://issuer.example","sub":"loader","aud":"linchpin","exp":NOW+900}"#),
    ("expired", r#"{"iss":"https://issuer.example","sub":"loader","aud":"linchpin","exp":NOW-1}"#),
    (
        "early",
        r#"{"iss":"https://issuer.example","sub":"loader","aud":"linchpin","exp":NOW+900,"nbf":NOW+600}"#,
    ),
    ("elsewhere", r#"{"iss":"https://issuer.example","sub":"loader","aud":["a","b"],"exp":NOW+900}"#),
    ("unsubjected", r#"{"iss":"https://issuer.example","aud":"linchpin","exp":NOW+900}"#),
    ("stranger", r#"{"iss":"https://other.example","sub":"loader","aud":"linchpin","exp":NOW+900}"#),
    ("somebody", r#"{"iss":"https://issuer.example","sub":"somebody","aud":["linchpin"],"exp":NOW+900}"#),
];

/// Signs with ES256 and publishes the key.
fn issue_tokens(wire: &mut Wire) {
    let issuer = Issuer::new();
    wire.cloud.publish_issuer("https://issuer.example", issuer.key_set());
    for (name, claims) in TOKENS {
        let token = if name == "forged" { Issuer::new().sign(claims) } else { issuer.sign(claims) };
        wire.variables.insert(name.to_owned(), token);
    }
}

struct Issuer(EcdsaKeyPair);

impl Issuer {
    fn new() -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random);
        Self(key.unwrap())
    }

    fn key_set(&self) -> serde_json::Value {
        let (x, y) = self.0.public_key().as_ref()[1..].split_at(32);
        let key = |part: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(part);
        serde_json::json!({ "keys": [{ "kty": "EC", "crv": "P-256", "kid": "1", "x": key(x), "y": key(y) }] })
    }

    /// `NOW` in the claims, with what is added to it, is a time.
    fn sign(&self, claims: &str) -> String {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let times = [("NOW+900", now + 900), ("NOW+600", now + 600), ("NOW-1", now - 1)];
        let claims =
            times.iter().fold(claims.to_owned(), |text, (name, time)| text.replace(name, &time.to_string()));
        let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        let signed = format!("{}.{}", part(r#"{"alg":"ES256","kid":"1"}"#), part(&claims));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

#[tokio::test]
async fn web_identities() {
    let mut wire = Wire::start().await;
    issue_tokens(&mut wire);
    wire.run(include_str!("../cases/web-identity.calls")).await;
}

#[tokio::test]
async fn keys_get_new_material_in_time_and_so_often_on_demand() {
    let mut wire = Wire::start().await;
    wire.run(
        r#"kms CreateKey -> save key from KeyId
kms EnableKeyRotation {"KeyId":"$key","RotationPeriodInDays":90} -> 200
kms Encrypt {"KeyId":"$key","Plaintext":"YQ=="} -> save blob from CiphertextBlob"#,
    )
    .await;
    wire.cloud.set_clock(&wire.variables["account"], time::Duration::days(181)).unwrap();
    wire.run(r#"kms ListKeyRotations {"KeyId":"$key","Limit":1} -> 200 "RotationType":"AUTOMATIC" & "Truncated":true
kms ListKeyRotations {"KeyId":"$key","Marker":"1"} -> 200 "RotationType":"AUTOMATIC" & "Truncated":false
kms Decrypt {"CiphertextBlob":"$blob"} -> 200 "Plaintext":"YQ==""#)
        .await;
    for _ in 0..25 {
        wire.run(r#"kms RotateKeyOnDemand {"KeyId":"$key"} -> 200"#).await;
    }
    wire.run(
        r#"kms RotateKeyOnDemand {"KeyId":"$key"} -> 400 LimitExceededException & up to 25 times
kms Decrypt {"CiphertextBlob":"$blob"} -> 200 "Plaintext":"YQ==""#,
    )
    .await;
}

/// Passwords and tokens stand in no event; policies and whom a session is for do.
#[tokio::test]
async fn events_tell_what_calls_asked_for() {
    let mut wire = Wire::start().await;
    wire.run(
        r#"iam CreateRole RoleName=r AssumeRolePolicyDocument={"Statement":{"Effect":"Allow","Principal":{"AWS":"$account"},"Action":"sts:AssumeRole"}} -> 200
iam CreateUser UserName=u -> 200
iam CreateAccessKey UserName=u -> 200
iam PutUserPolicy UserName=u PolicyName=p PolicyDocument={"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*","Resource":"*"}} -> 200
[user/u] sts AssumeRole RoleArn=arn:aws:iam::$account:role/r RoleSessionName=me DurationSeconds=900 -> as r
[r] sts GetFederationToken Name=f -> 403 Cannot call
[user/u] kms Sign -> 400 UnknownOperationException
[nobody] s3 GET /nowhere -> 404
redshift CreateCluster ClusterIdentifier=c MasterUsername=m MasterUserPassword=Passw0rd NodeType=ra3.large -> 200
kms CreateKey -> save key from KeyId
kms Encrypt {"KeyId":"$key","Plaintext":"c2VjcmV0","EncryptionContext":{"Table":"a"}} -> 200
s3 PUT /bkt | <CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration> -> 200
s3 PUT /bkt?policy | {"Version":"2012-10-17","Statement":[]} -> 400"#,
    )
    .await;
    let record = wire.gateway.record().json_lines(&Query::default());
    for secret in ["Passw0rd", "c2VjcmV0", wire.credentials["r"].session_token().unwrap()] {
        assert!(!record.contains(secret), "`{secret}` stands in {record}");
    }
    for part in [
        r#""roleSessionName":"me","durationSeconds":900}"#,
        r#""assumedRoleUser":{"#,
        r#""masterUserPassword":"****""#,
        r#""encryptionContext":{"Table":"a"}"#,
        r#""bucketPolicy":{"Version":"2012-10-17","Statement":[]}"#,
        r#""policyName":"p","policyDocument":"{"#,
        r#""mfaAuthenticated":"false""#,
    ] {
        assert!(record.contains(part), "`{part}` is not in {record}");
    }
    let unnamed = wire.gateway.record().matching(&Query::default());
    let unnamed: Vec<_> = unnamed.iter().filter(|event| event.operation.is_empty()).collect();
    assert!(unnamed.is_empty(), "{unnamed:?}");
    let action = Some("STS:getfederationtoken".to_owned());
    assert_eq!(wire.gateway.record().matching(&Query { action, ..Query::default() }).len(), 1);
}

#[tokio::test]
async fn s3() {
    let mut events = Vec::new();
    for cases in [
        concat!(include_str!("../cases/s3.calls"), include_str!("../cases/s3-basics.calls")),
        include_str!("../cases/s3-objects.calls"),
        include_str!("../cases/s3-versions.calls"),
        include_str!("../cases/s3-requests.calls"),
        include_str!("../cases/s3-answers.calls"),
    ] {
        let mut wire = Wire::start().await;
        wire.run(cases).await;
        events.extend(wire.gateway.record().matching(&Query::default()));
    }
    let count = |operation: &str, refused: bool| {
        let of_s3 = events.iter().filter(|event| event.service == "s3" && event.operation == operation);
        of_s3.filter(|event| (event.status >= 400) == refused).count()
    };
    let operations = s3_operations();
    assert!(operations.len() >= 33, "only {operations:?} were found");
    let unproved: Vec<&String> =
        operations.iter().filter(|op| count(op, true) == 0 || count(op, false) == 0).collect();
    assert!(unproved.is_empty(), "{unproved:?}");
}
