//! What a call asked for and was given, as CloudTrail tells it (documented: "CloudTrail record contents"; the names of
//! each service as its own page on logging shows them). Pure.

use http::{HeaderMap, request::Parts};
use serde_json::{Map, Value, json};

use crate::{Form, classify::S3Address, xml};

/// Ours, where CloudTrail has 100 KB: a workbench keeps many events.
const LARGEST: usize = 16 * 1024;

/// How deep the lists of forms stand in each other at most; the deepest of AWS's has six.
const DEEPEST: usize = 8;

/// What stands in the place of a password (known of Redshift's events).
const HIDDEN: &str = "****";

const PASSWORDS: [&str; 2] = ["MasterUserPassword", "DbPassword"];

/// What is not told at all: data and what opens it. Of `Constraints` and documents, all is told.
const UNTOLD: [&str; 8] = [
    "CiphertextBlob",
    "GrantToken",
    "GrantTokens",
    "Plaintext",
    "SecretAccessKey",
    "SessionToken",
    "TokenCode",
    "WebIdentityToken",
];

/// The parameters of forms that are numbers or truths; CloudTrail writes them as such.
const NUMBERS: [&str; 7] = [
    "DurationSeconds",
    "MaxItems",
    "MaxRecords",
    "MaxSessionDuration",
    "NumberOfNodes",
    "PackedPolicySize",
    "Port",
];
const TRUTHS: [&str; 4] = ["AutoCreate", "OnlyAttached", "SetAsDefault", "SkipFinalClusterSnapshot"];

/// Headers of S3's that tell how a call is made, and not what it asks for.
const OF_TRANSPORT: [&str; 8] = [
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-id",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-security-token",
    "x-amz-trailer",
    "x-amz-user-agent",
];

/// The parameters of a call as an event keeps them: as text, which is smaller than what it is parsed into.
pub(crate) fn kept(parameters: Map<String, Value>) -> Option<String> {
    if parameters.is_empty() {
        return None;
    }
    let text = Value::Object(parameters).to_string();
    match text.len() {
        size if size > LARGEST => {
            let reason = format!("linchpin keeps no more than {LARGEST} bytes");
            Some(json!({ "omitted": true, "originalSize": size, "reason": reason }).to_string())
        }
        _ => Some(text),
    }
}

/// Those of a `PutBucketPolicy`, whose policy is told.
pub(crate) fn of_policy(parts: &Parts, address: &S3Address, policy: &[u8]) -> Map<String, Value> {
    let policy = serde_json::from_slice(policy).unwrap_or_else(|_| json!(String::from_utf8_lossy(policy)));
    of_rest(parts, address).into_iter().chain([("bucketPolicy".to_owned(), policy)]).collect()
}

/// Those of a call of S3's: bucket, key, query and headers.
pub(crate) fn of_rest(parts: &Parts, address: &S3Address) -> Map<String, Value> {
    let named = [("bucketName", &address.bucket), ("key", &address.key)];
    let named = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value.as_ref()?))));
    let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let query = query.filter(|(name, _)| name != "x-id");
    let query = query.map(|(name, value)| (name.into_owned(), json!(value)));
    named.chain(query).chain(asking(&parts.headers)).collect()
}

fn asking(headers: &HeaderMap) -> impl Iterator<Item = (String, Value)> {
    let asks = |name: &str| {
        name.starts_with("x-amz-")
            && !OF_TRANSPORT.contains(&name)
            && !name.starts_with("x-amz-meta-")
            && !name.starts_with("x-amz-checksum-")
            && !name.contains("customer-key")
    };
    let asked = headers.iter().filter(move |(name, _)| asks(name.as_str()));
    asked.filter_map(|(name, value)| Some((name.to_string(), json!(value.to_str().ok()?))))
}

/// Those of a form, with its lists: `Tags.member.1.Key` is the `key` of the first of `tags`.
pub(crate) fn of_form(form: &Form) -> Map<String, Value> {
    let mut told = Map::new();
    for (name, value) in form.0.iter().filter(|(name, _)| name != "Action" && name != "Version") {
        let path: Vec<&str> = name.splitn(DEEPEST, '.').collect();
        if !path.iter().any(|part| UNTOLD.contains(part)) {
            set(&mut told, &path, value);
        }
    }
    told
}

fn set(object: &mut Map<String, Value>, path: &[&str], value: &str) {
    let Some((name, rest)) = path.split_first() else { return };
    let place = object.entry(lower_camel(name));
    let there = match element(rest) {
        Some(_) => place.or_insert_with(|| json!([])),
        None if rest.is_empty() => place.or_insert_with(|| leaf(name, value)),
        None => place.or_insert_with(|| json!({})),
    };
    match (there, element(rest)) {
        (Value::Array(list), Some((number, rest))) => set_element(list, number, rest, value),
        (Value::Object(inner), None) => set(inner, rest, value),
        _ => {}
    }
}

fn set_element(list: &mut Vec<Value>, number: usize, rest: &[&str], value: &str) {
    // SDKs number from one, without gaps; what is numbered otherwise comes behind what is there.
    if number > list.len() {
        list.push(if rest.is_empty() { Value::Null } else { json!({}) });
    }
    match list.last_mut() {
        Some(Value::Object(object)) => set(object, rest, value),
        Some(element) => *element = json!(value),
        None => {}
    }
}

/// The number of a list's element, and what stands behind it: lists name their elements, such as `member`.
fn element<'a>(rest: &'a [&'a str]) -> Option<(usize, &'a [&'a str])> {
    match rest {
        [number, rest @ ..] if number.parse::<usize>().is_ok() => Some((number.parse().ok()?, rest)),
        [_, number, rest @ ..] => Some((number.parse().ok()?, rest)),
        _ => None,
    }
}

fn leaf(name: &str, value: &str) -> Value {
    let number = || value.parse::<i64>().ok().filter(|_| NUMBERS.contains(&name));
    let truth = || value.parse::<bool>().ok().filter(|_| TRUTHS.contains(&name));
    if PASSWORDS.contains(&name) {
        return json!(HIDDEN);
    }
    number().map(Value::from).or_else(|| truth().map(Value::from)).unwrap_or_else(|| json!(value))
}

/// Known: only the first letter changes (`dBName`).
fn lower_camel(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// Those of a call in JSON. The keys of an encryption context are its caller's own.
pub(crate) fn of_json(input: &Map<String, Value>) -> Map<String, Value> {
    let told = input.iter().filter(|(name, _)| !UNTOLD.contains(&name.as_str()));
    told.map(|(name, value)| {
        let value = if name.ends_with("EncryptionContext") { value.clone() } else { lowered(value) };
        (lower_camel(name), value)
    })
    .collect()
}

fn lowered(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(lowered).collect(),
        Value::Object(object) => Value::Object(of_constraints(object)),
        other => other.clone(),
    }
}

/// The constraints of a grant are encryption contexts themselves.
fn of_constraints(object: &Map<String, Value>) -> Map<String, Value> {
    let told = object.iter().map(|(name, value)| {
        let value = if name.starts_with("EncryptionContext") { value.clone() } else { lowered(value) };
        (lower_camel(name), value)
    });
    told.collect()
}

/// What an answer of STS tells, without what opens anything. None for an answer that is no such document.
pub(crate) fn of_answer(answer: &[u8]) -> Option<String> {
    let mut told = Map::new();
    let walked = xml::walk(answer, |path, text| {
        if let [_, result, names @ ..] = path
            && result.ends_with("Result")
            && !names.iter().any(|name| UNTOLD.contains(name))
            && !text.trim().is_empty()
        {
            insert(&mut told, names, &text);
        }
        Ok(())
    });
    walked.ok().and_then(|()| kept(told))
}

fn insert(object: &mut Map<String, Value>, path: &[&str], text: &str) {
    match path {
        [] => {}
        [name] => {
            object.insert(lower_camel(name), leaf(name, text));
        }
        [name, rest @ ..] => {
            if let Value::Object(inner) = object.entry(lower_camel(name)).or_insert_with(|| json!({})) {
                insert(inner, rest, text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_form(form: &str, expected: &Value) {
        let form = Form(form_urlencoded::parse(form.as_bytes()).into_owned().collect());
        assert_eq!(&Value::Object(of_form(&form)), expected);
    }

    #[test]
    fn forms() {
        check_form("Action=GetCallerIdentity&Version=2011-06-15", &json!({}));
        check_form(
            "Action=AssumeRole&RoleArn=r&DurationSeconds=900&Tags.member.1.Key=a&Tags.member.1.Value=b&\
             Tags.member.2.Key=c&TransitiveTagKeys.member.1=a&TokenCode=123456",
            &json!({
                "roleArn": "r",
                "durationSeconds": 900,
                "tags": [{"key": "a", "value": "b"}, {"key": "c"}],
                "transitiveTagKeys": ["a"],
            }),
        );
        check_form(
            "Action=CreateCluster&DBName=d&MasterUserPassword=Passw0rd&IamRoles.IamRoleArn.1=r&NumberOfNodes=2",
            &json!({"dBName": "d", "masterUserPassword": "****", "iamRoles": ["r"], "numberOfNodes": 2}),
        );
        check_form(
            "Action=CreateRole&AssumeRolePolicyDocument={}",
            &json!({"assumeRolePolicyDocument": "{}"}),
        );
        check_form(
            "Action=AssumeRoleWithWebIdentity&WebIdentityToken=a.b.c&RoleArn=r",
            &json!({"roleArn": "r"}),
        );
        check_form(
            "Action=x&Tags.member.9.Key=a&Tags.Key=b&Name=1&Name.member.1=2",
            &json!({"tags": [{"key": "a"}], "name": "1"}),
        );
    }

    #[test]
    fn json_calls() {
        let input = json!({
            "KeyId": "k",
            "Plaintext": "c2VjcmV0",
            "EncryptionContext": {"Table": "a"},
            "Constraints": {"EncryptionContextSubset": {"Table": "a"}},
            "Tags": [{"TagKey": "a", "TagValue": "B"}],
        });
        let expected = json!({
            "keyId": "k",
            "encryptionContext": {"Table": "a"},
            "constraints": {"encryptionContextSubset": {"Table": "a"}},
            "tags": [{"tagKey": "a", "tagValue": "B"}],
        });
        assert_eq!(Value::Object(of_json(input.as_object().unwrap())), expected);
    }

    #[test]
    fn rest_calls() {
        let request =
            http::Request::builder().uri("/b/a%20b?uploads&prefix=p&x-id=y").header("x-amz-acl", "private");
        let request = request.header("x-amz-date", "now").header("x-amz-meta-a", "1").header("range", "1");
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let told = of_rest(&parts, &S3Address::of(&parts));
        let expected =
            json!({"bucketName": "b", "key": "a b", "uploads": "", "prefix": "p", "x-amz-acl": "private"});
        assert_eq!(Value::Object(told), expected);
    }

    #[test]
    fn what_is_large_is_left_out() {
        let of = |size: usize| kept(Map::from_iter([("a".to_owned(), json!("x".repeat(size)))])).unwrap();
        assert_eq!(of(LARGEST - 8).len(), LARGEST);
        assert!(of(LARGEST - 7).starts_with(r#"{"omitted":true,"originalSize":16385"#));
        assert_eq!(kept(Map::new()), None);
    }

    #[test]
    fn answers() {
        let answer = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId>\
            <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken></Credentials><AssumedRoleUser>\
            <Arn>a</Arn></AssumedRoleUser></AssumeRoleResult><ResponseMetadata><RequestId>1</RequestId>\
            </ResponseMetadata></AssumeRoleResponse>";
        let expected = r#"{"credentials":{"accessKeyId":"ASIA"},"assumedRoleUser":{"arn":"a"}}"#;
        assert_eq!(of_answer(answer.as_bytes()).as_deref(), Some(expected));
        assert_eq!(of_answer(b"no"), None);
    }
}
