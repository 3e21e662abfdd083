//! Runs a table of calls.
//!
//! A line is `[caller] Operation Name=value Name=value -> expectation`. The caller is `root` where none is
//! named; others are `user/NAME`, `role/NAME` (a session called `s`), `service`. An expectation that begins
//! with a status is a refusal: status, code, and a part of the message. Another is a part of the answer's XML, or `ok`;
//! `save NAME from ELEMENT` keeps an element's text, which later lines write as `$NAME`. `$account` is the
//! account and `$other` a second one; `$grant`, `$deny`, `$trust` are documents.

use std::{collections::BTreeMap, sync::Arc};

use http_body_util::BodyExt;
use linchpin_cloud::{BucketLookup, Cloud, Iam, Redshift, Sts};
use linchpin_gateway::{
    AwsError, BucketFacts, Call, Form, ObjectFacts, ObjectName, Payload, Service, UploadFacts,
};
use linchpin_policy::Principal;

/// Where there are no buckets at all.
pub struct NoBuckets;

impl BucketLookup for NoBuckets {
    fn bucket(&self, _partition: &str, _name: &str) -> Option<BucketFacts> {
        None
    }

    fn upload(&self, _partition: &str, _bucket: &str, _upload: &str) -> Option<UploadFacts> {
        None
    }

    fn object(&self, _name: &ObjectName<'_>) -> Option<ObjectFacts> {
        None
    }
}

/// A cloud with two accounts and the variables of a script.
pub struct Script {
    pub cloud: Arc<Cloud>,
    pub account: String,
    variables: BTreeMap<String, String>,
}

pub const REGION: &str = "eu-west-1";

impl Script {
    pub fn new() -> Self {
        let cloud = Cloud::new(Arc::new(NoBuckets));
        let account = cloud.create_account("aws").account;
        let other = cloud.create_account("aws").account;
        let trust = |account: &str| {
            format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{account}"}},"Action":"sts:AssumeRole"}}]}}"#
            )
        };
        let identity = |effect: &str| {
            format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Action":"s3:GetObject","Resource":"*"}}]}}"#
            )
        };
        let variables = [
            ("grant", identity("Allow")),
            ("deny", identity("Deny")),
            ("trust", trust(&account)),
            ("trust-nobody", trust("999999999999")),
            ("trust-ghost", trust(&format!("arn:aws:iam::{account}:user/ghost"))),
            ("long", identity("Allow").replace('*', &format!("arn:aws:s3:::{}", "b".repeat(11_000)))),
            ("account", account.clone()),
            ("other", other),
        ];
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { cloud, account, variables }
    }

    /// Runs every line; panics with the number of the first that fails.
    pub async fn run(&mut self, table: &str) {
        for (number, line) in table.lines().enumerate().map(|(index, line)| (index + 1, line)) {
            if !line.is_empty() && !line.starts_with('#') {
                let (call, expected) =
                    line.split_once("->").unwrap_or_else(|| panic!("line {number}: no `->`"));
                let answer = self.send(call.trim()).await;
                let expected = self.fill(expected.trim());
                self.judge(&expected, answer).unwrap_or_else(|got| panic!("line {number}: {line}\n{got}"));
            }
        }
    }

    /// Makes one call and gives the answer's XML.
    pub async fn send(&self, line: &str) -> Result<String, AwsError> {
        let mut words = line.split_whitespace();
        let mut operation = words.next().unwrap();
        let mut caller = "root";
        if let Some(named) = operation.strip_prefix('[') {
            caller = named.trim_end_matches(']');
            operation = words.next().unwrap();
        }
        let parameters = words.map(|word| {
            let (name, value) = word.split_once('=').unwrap_or_else(|| panic!("no `=` in {word}"));
            (name.to_owned(), self.fill(value).replace('+', " "))
        });
        let mut form = vec![("Action".to_owned(), operation.to_owned())];
        form.extend(parameters);
        let call = Call {
            principal: self.principal(caller),
            account: self.account.clone(),
            source_identity: None,
            transitive_tags: BTreeMap::new(),
            partition: "aws".to_owned(),
            region: REGION.to_owned(),
            operation: operation.to_owned(),
            request_id: "0123456789ABCDEF".to_owned(),
            payload: Payload::Form(Form(form)),
        };
        let answer = self.service(operation).call(call).await?;
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        Ok(String::from_utf8(body.to_vec()).unwrap())
    }

    fn service(&self, operation: &str) -> Box<dyn Service> {
        let cloud = self.cloud.clone();
        if operation.contains("Cluster") {
            Box::new(Redshift::new(cloud))
        } else if operation.contains("Assume") && operation != "UpdateAssumeRolePolicy"
            || operation.contains("Caller")
            || operation.contains("Session")
            || operation.contains("Federation")
        {
            Box::new(Sts::new(cloud))
        } else {
            Box::new(Iam::new(cloud))
        }
    }

    fn principal(&self, caller: &str) -> Principal {
        let account = self.account.clone();
        match caller.split_once('/') {
            Some(("user", _)) => Principal::User { arn: format!("arn:aws:iam::{account}:{caller}"), account },
            Some(("role", name)) => Principal::RoleSession {
                role_arn: format!("arn:aws:iam::{account}:role/{name}"),
                session_arn: format!("arn:aws:sts::{account}:assumed-role/{name}/s"),
                account,
            },
            _ if caller == "service" => Principal::Service { name: "redshift.amazonaws.com".to_owned() },
            _ => Principal::AccountRoot { partition: "aws".to_owned(), account },
        }
    }

    fn fill(&self, text: &str) -> String {
        // The longest names first: `$trust-ghost` is not `$trust` with a tail.
        let mut names: Vec<_> = self.variables.iter().collect();
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${name}"), value))
    }

    fn judge(&mut self, expected: &str, answer: Result<String, AwsError>) -> Result<(), String> {
        if expected.starts_with(|first: char| first.is_ascii_digit()) {
            let error = match answer {
                Ok(xml) => return Err(xml),
                Err(error) => error,
            };
            let got = format!("{} {} {}", error.status.as_u16(), error.code, error.message);
            let mut parts = expected.splitn(3, ' ');
            let head = [parts.next(), parts.next()].map(Option::unwrap_or_default).join(" ");
            let fits = got.starts_with(&head) && got.contains(parts.next().unwrap_or_default());
            return if fits { Ok(()) } else { Err(got) };
        }
        let xml = answer.map_err(|error| format!("{error:?}"))?;
        if let Some((name, tag)) = expected.strip_prefix("save ").and_then(|rest| rest.split_once(" from ")) {
            let value = element(&xml, tag).ok_or_else(|| xml.clone())?;
            self.variables.insert(name.to_owned(), value);
            return Ok(());
        }
        if expected == "ok" || xml.contains(expected) { Ok(()) } else { Err(xml) }
    }

    /// A saved element.
    pub fn saved(&self, name: &str) -> &str {
        &self.variables[name]
    }
}

/// The text of the first element of a name.
pub fn element(xml: &str, tag: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{tag}>"))?;
    Some(rest.split_once(&format!("</{tag}>"))?.0.to_owned())
}
