//! Where a program broke, from what happened outside of it: its calls, the cluster's, and its statements. Pure.

use std::time::SystemTime;

use linchpin_gateway::Event;
use linchpin_stack::{Happening, JournalEntry};

use super::needed_by::{NeededBy, maker};

/// What a program is started for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Write,
    Read,
}

/// The parts of a write and a read, by the built-in agent's names.
const PREFLIGHT: &str = "preflight";
const STAGE: &str = "stage";
const CONNECT: &str = "connect";
const FETCH: &str = "fetch";
const CLEAN_UP: &str = "clean-up";

/// One thing that happened, and whether it failed.
#[derive(Clone, Copy, Debug)]
struct Happened {
    time: SystemTime,
    part: &'static str,
    failed: bool,
}

/// The part that a failed task broke at: the last one that anything tells of, since it went on after whatever failed
/// before; tidying up where that failed and nothing of the last one did; and the first where nothing tells of any.
pub(crate) fn broken_part(task: Task, calls: &[Event], journal: &[JournalEntry]) -> &'static str {
    let mut things: Vec<Happened> = calls.iter().map(|event| of_call(task, event)).collect();
    things.extend(of_journal(journal));
    things.sort_by_key(|thing| thing.time);
    let (tidied, worked): (Vec<_>, Vec<_>) = things.into_iter().partition(|thing| thing.part == CLEAN_UP);
    let Some(last) = worked.last() else { return PREFLIGHT };
    let mut at_last = worked.iter().rev().take_while(|thing| thing.part == last.part);
    let left = tidied.iter().find(|thing| thing.failed);
    match (at_last.any(|thing| thing.failed), left) {
        (false, Some(left)) => left.part,
        _ => last.part,
    }
}

fn of_call(task: Task, event: &Event) -> Happened {
    let part = match (maker(event), event.operation.as_str()) {
        (NeededBy::Service | NeededBy::Cluster, "DescribeClusterLogins") => CONNECT,
        (NeededBy::Service | NeededBy::Cluster, _) => match task {
            Task::Write => "copy",
            Task::Read => "unload",
        },
        (NeededBy::Connector, operation) => of_own_call(task, operation),
    };
    Happened { time: event.time, part, failed: event.error.is_some() }
}

fn of_own_call(task: Task, operation: &str) -> &'static str {
    const PUTS: [&str; 5] = [
        "PutObject",
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
        "AbortMultipartUpload",
    ];
    match (task, operation) {
        (_, "DeleteObject" | "DeleteObjects") => CLEAN_UP,
        (_, operation) if PUTS.contains(&operation) => STAGE,
        (Task::Read, "GetObject" | "HeadObject" | "ListObjects" | "ListObjectsV2") => FETCH,
        _ => PREFLIGHT,
    }
}

/// A failure is of the session's last statement that belongs to a part; sessions of nobody yet never came to one.
fn of_journal(journal: &[JournalEntry]) -> Vec<Happened> {
    let part = |at: usize, entry: &JournalEntry| match &entry.what {
        Happening::Refused | Happening::Opened => Some(CONNECT),
        Happening::Statement(words) => of_statement(words),
        Happening::Failed => {
            let before = journal.get(..at).unwrap_or_default().iter().rev();
            let mut own = before.filter(|before| before.session == entry.session);
            own.find_map(|before| match &before.what {
                Happening::Statement(words) => of_statement(words),
                Happening::Refused | Happening::Opened | Happening::Failed => None,
            })
        }
    };
    let thing = |(at, entry): (usize, &JournalEntry)| {
        let failed = matches!(entry.what, Happening::Refused | Happening::Failed);
        part(at, entry).map(|part| Happened { time: entry.time, part, failed })
    };
    journal.iter().enumerate().filter_map(thing).collect()
}

fn of_statement(words: &str) -> Option<&'static str> {
    let mut words = words.split_whitespace();
    match (words.next()?, words.next(), words.next()) {
        ("COPY", ..) => Some("copy"),
        ("UNLOAD", ..) => Some("unload"),
        ("CREATE", Some("TEMP" | "TEMPORARY" | "LOCAL"), _) => Some("temp-table"),
        ("CREATE", Some("TABLE"), Some(name)) if name.starts_with('#') => Some("temp-table"),
        ("CREATE", ..) => Some("create-table"),
        ("INSERT" | "UPDATE" | "DELETE" | "MERGE" | "COMMIT" | "END", ..) => Some("apply"),
        ("VACUUM", ..) => Some("vacuum"),
        ("ANALYZE", ..) => Some("analyze"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use linchpin_stack::CLIENT_NAME;

    use super::*;

    fn call(time: SystemTime, by: &str, operation: &str, error: Option<&str>) -> Event {
        let (principal, user_agent) = match by {
            "cluster" => ("arn:aws:iam::1:user/u", CLIENT_NAME),
            "service" => (CLIENT_NAME, CLIENT_NAME),
            _ => ("arn:aws:iam::1:user/u", "Boto3"),
        };
        Event {
            time,
            event_id: String::new(),
            principal_id: None,
            role: None,
            session_began: None,
            source_identity: None,
            request_id: String::new(),
            account: String::new(),
            principal: principal.to_owned(),
            access_key_id: None,
            user_agent: user_agent.to_owned(),
            service: "s3".to_owned(),
            operation: operation.to_owned(),
            region: String::new(),
            request_parameters: None,
            response_elements: None,
            decisions: Vec::new(),
            status: 0,
            error: error.map(str::to_owned),
            error_message: None,
            fault: None,
        }
    }

    /// `own PutObject`, `cluster GetObject!`, `sql COPY T`, `refused`, `opened`, `failed`; with `!` a call fails.
    fn check(task: Task, what: &[&str], expected: &str) {
        let (mut calls, mut journal) = (Vec::new(), Vec::new());
        for (second, text) in (0..).zip(what) {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
            let mut entry = |session, what| journal.push(JournalEntry { time, session, what });
            match text.split_once(' ') {
                Some(("sql", words)) => entry(Some(1), Happening::Statement(words.to_owned())),
                Some((by, operation)) => {
                    let error = operation.ends_with('!').then_some("AccessDenied");
                    calls.push(call(time, by, operation.trim_end_matches('!'), error));
                }
                None => match *text {
                    "refused" => entry(None, Happening::Refused),
                    "opened" => entry(Some(1), Happening::Opened),
                    _ => entry(Some(1), Happening::Failed),
                },
            }
        }
        assert_eq!(broken_part(task, &calls, &journal), expected, "{what:?}");
    }

    #[test]
    fn the_part_is_told_by_what_happened() {
        use Task::{Read, Write};
        const STAGED: [&str; 3] = ["own GetBucketPolicy!", "own PutObject", "own PutObject"];
        let staged = |more: &[&'static str]| [&STAGED[..], more].concat();
        check(Write, &[], "preflight");
        check(Write, &["own GetBucketPolicy!"], "preflight");
        check(Write, &staged(&[]), "stage");
        check(Write, &["own GetBucketPolicy!", "own PutObject!"], "stage");
        check(Write, &staged(&["refused", "own DeleteObject"]), "connect");
        check(Write, &staged(&["service DescribeClusterLogins", "refused"]), "connect");
        check(Write, &staged(&["opened", "sql BEGIN", "sql CREATE TEMP TABLE ", "failed"]), "temp-table");
        check(Write, &staged(&["opened", "sql CREATE TABLE #X", "failed", "sql ROLLBACK"]), "temp-table");
        check(Write, &staged(&["opened", "sql COPY ", "cluster ListObjectsV2!", "failed"]), "copy");
        check(Write, &staged(&["opened", "sql COPY ", "service AssumeRole!", "own DeleteObject"]), "copy");
        check(
            Write,
            &staged(&["opened", "sql COPY ", "sql DELETE FROM ", "failed", "sql ROLLBACK"]),
            "apply",
        );
        check(Write, &staged(&["opened", "sql COPY ", "sql COMMIT", "own DeleteObject!"]), "clean-up");
        // What fails in tidying up after a break is not what broke.
        check(Write, &staged(&["opened", "sql COPY ", "failed", "own DeleteObject!"]), "copy");
        check(Read, &["opened", "sql UNLOAD ", "cluster PutObject!", "failed"], "unload");
        check(
            Read,
            &["opened", "sql UNLOAD ", "cluster ListObjectsV2", "sql COMMIT", "own GetObject!"],
            "fetch",
        );
    }
}
