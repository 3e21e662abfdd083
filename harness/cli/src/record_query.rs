//! `linchpin record`: which calls of a record asked for what, and how it was decided.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    process::ExitCode,
};

use linchpin_policy::is_like;
use serde_json::Value;

use crate::{
    arguments::{Answered, Format, Record},
    error::CliError,
};

/// Prints the calls that fit, each as it stands in the file or as a line for people.
pub(crate) fn record(arguments: &Record) -> Result<ExitCode, CliError> {
    let path = &arguments.file;
    let failed = |source| CliError::RecordFile { path: path.clone(), source };
    let input: Box<dyn Read> = match path.to_str() {
        Some("-") => Box::new(io::stdin()),
        _ => Box::new(File::open(path).map_err(failed)?),
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let mut found = false;
    for (at, line) in BufReader::new(input).lines().enumerate() {
        let line = line.map_err(failed)?;
        let event: Value = serde_json::from_str(&line).map_err(|source| CliError::RecordLine {
            path: path.clone(),
            line: at + 1,
            source,
        })?;
        if !fits(arguments, &event) {
            continue;
        }
        found = true;
        let written = match arguments.format {
            Format::Json => writeln!(out, "{line}"),
            Format::Text => write!(out, "{}", told(&event)),
        };
        written.map_err(CliError::Output)?;
    }
    out.flush().map_err(CliError::Output)?;
    Ok(if found { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether a call is by such a caller and asked for such a right; one right has to fit in all that is said of rights.
fn fits(wanted: &Record, event: &Value) -> bool {
    let like = |pattern: &Option<String>, text: &str| pattern.as_ref().is_none_or(|it| is_like(it, text));
    let by = event.pointer("/userIdentity/arn").and_then(Value::as_str).unwrap_or_default();
    let about_rights = wanted.action.is_some() || wanted.resource.is_some() || wanted.decision.is_some();
    // IAM's actions are the same in any case.
    let is_action = |action: &str| {
        let wanted = wanted.action.as_ref().map(|pattern| pattern.to_lowercase());
        like(&wanted, &action.to_lowercase())
    };
    // A call that was refused before its rights were judged is known by its name alone.
    let is_named = wanted.resource.is_none() && wanted.decision.is_none() && is_action(&called(event));
    let right = |decided: &Value| {
        is_action(text(decided, "action"))
            && like(&wanted.resource, text(decided, "resource"))
            && wanted.decision.is_none_or(|answered| answered.is(text(decided, "outcome")))
    };
    like(&wanted.principal, by) && (!about_rights || is_named || decisions(event).iter().any(right))
}

/// `TIME STATUS s3 PutObject by ARN`, and a line for each right that was asked for.
fn told(event: &Value) -> String {
    let by = event.pointer("/userIdentity/arn").and_then(Value::as_str).unwrap_or_default();
    let status = event.pointer("/additionalEventData/status").cloned().unwrap_or_default();
    let service = text(event, "eventSource").split('.').next().unwrap_or_default();
    let error = event.get("errorCode").and_then(Value::as_str);
    let error = error.map_or_else(String::new, |code| format!(": {code}"));
    let name = text(event, "eventName");
    let mut lines = format!("{} {status} {service} {name} by {by}{error}\n", text(event, "eventTime"));
    for decided in decisions(event) {
        let by = decided.get("decided_by").and_then(Value::as_str).unwrap_or("nothing that says so");
        lines += &format!(
            "    {} {} on {}, by {by}\n",
            text(decided, "outcome"),
            text(decided, "action"),
            text(decided, "resource"),
        );
    }
    lines
}

/// The call as an action: `s3:PutObject`.
fn called(event: &Value) -> String {
    let service = text(event, "eventSource").split('.').next().unwrap_or_default();
    format!("{service}:{}", text(event, "eventName"))
}

fn decisions(event: &Value) -> &[Value] {
    let decisions = event.pointer("/additionalEventData/decisions").and_then(Value::as_array);
    decisions.map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

impl Answered {
    fn is(self, outcome: &str) -> bool {
        match self {
            Self::Allow => outcome == "Allow",
            Self::Deny => outcome != "Allow",
            Self::ImplicitDeny => outcome == "ImplicitDeny",
            Self::ExplicitDeny => outcome == "ExplicitDeny",
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::json;

    use super::*;
    use crate::arguments::{Arguments, Command};

    fn wanted(arguments: &str) -> Record {
        let all = format!("linchpin record FILE {arguments}");
        match Arguments::parse_from(all.split_whitespace()).command {
            Command::Record(record) => record,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn calls_fit_as_in_a_table() {
        let event = json!({
            "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole",
            "userIdentity": { "arn": "arn:aws:iam::1:user/u" },
            "additionalEventData": { "decisions": [
                { "action": "s3:PutObject", "resource": "arn:aws:s3:::b/k", "outcome": "Allow" },
                { "action": "kms:GenerateDataKey", "resource": "arn:aws:kms:r:1:key/k", "outcome": "ImplicitDeny" },
            ] },
        });
        for (arguments, expected) in [
            ("", true),
            ("--principal *:user/u", true),
            ("--principal *:user/v", false),
            ("--action s3:Put*", true),
            ("--action S3:putobject", true),
            ("--action sts:AssumeRole", true),
            ("--action sts:AssumeRole --decision deny", false),
            ("--action s3:Put* --decision deny", false),
            ("--action kms:* --decision deny", true),
            ("--action kms:* --decision explicit-deny", false),
            ("--resource arn:aws:s3:::b/* --decision allow", true),
            ("--resource arn:aws:s3:::c/*", false),
            ("--decision implicit-deny --principal *:user/v", false),
        ] {
            assert_eq!(fits(&wanted(arguments), &event), expected, "{arguments}");
        }
    }

    #[test]
    fn a_call_is_told_with_its_rights() {
        let event = json!({
            "eventTime": "2026-01-02T03:04:05Z", "eventSource": "s3.amazonaws.com", "eventName": "GetObject",
            "userIdentity": { "arn": "arn:aws:iam::1:user/u" }, "errorCode": "AccessDenied",
            "additionalEventData": { "status": 403, "decisions": [
                { "action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", "outcome": "ImplicitDeny", "decided_by": null },
            ] },
        });
        let expected = "2026-01-02T03:04:05Z 403 s3 GetObject by arn:aws:iam::1:user/u: AccessDenied\n    \
                        ImplicitDeny s3:GetObject on arn:aws:s3:::b/k, by nothing that says so\n";
        assert_eq!(told(&event), expected);
    }
}
