//! What concerns a session: who may connect, the private server behind, and PostgreSQL's words that Redshift says otherwise.

use std::net::IpAddr;

use tokio_postgres::error::SqlState;

use crate::control::ControlPlaneError;
use crate::login::LoginError;
use crate::private::PrivateError;
use crate::wire::Report;

/// What PostgreSQL calls by its kind in a refusal and Redshift calls a relation (PostgreSQL 8.0's wording, seen).
const RELATIONS: [&str; 6] = ["table", "view", "materialized view", "foreign table", "sequence", "index"];

/// An error of the private server in Redshift's words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reworded {
    pub(crate) message: String,
    /// Its SQLSTATE where that differs too; PostgreSQL's detail and hint are not told then.
    pub(crate) code: Option<&'static str>,
}

/// An error of the private server as Redshift tells it, where the words differ.
pub(crate) fn reworded(message: &str) -> Option<Reworded> {
    of_insert(message).or_else(|| of_message(message).map(|message| Reworded { message, code: None }))
}

/// What an INSERT or an UPDATE cannot write.
fn of_insert(message: &str) -> Option<Reworded> {
    // Inferred, from the wording for COPY.
    if message.starts_with("cannot insert a non-DEFAULT value into column \"") {
        let message = "cannot set an identity column to a value".to_owned();
        return Some(Reworded { message, code: Some("0A000") });
    }
    // Measured by a third party.
    let column = message.strip_prefix("null value in column \"")?;
    let (column, _) = column.rsplit_once("\" of relation \"")?;
    let message = format!("Cannot insert a NULL value into column {column}");
    Some(Reworded { message, code: Some("XX000") })
}

/// The message alone.
fn of_message(message: &str) -> Option<String> {
    // Documented.
    if message == "MERGE command cannot affect row a second time" {
        return Some("Found multiple matches to update the same tuple.".to_owned());
    }
    if let Some(refused) = of_super(message) {
        return Some(refused);
    }
    // Ours: Redshift reads other databases of the cluster.
    if let Some(name) = message.strip_prefix("cross-database references are not implemented: ") {
        return Some(format!("a table of another database ({name}) is not carried out by linchpin"));
    }
    let denied = message.strip_prefix("permission denied for ")?;
    let name = RELATIONS.iter().find_map(|kind| denied.strip_prefix(kind)?.strip_prefix(' '))?;
    Some(format!("permission denied for relation {name}"))
}

/// Ours, of what Redshift does with a SUPER and its PostgreSQL here does not: the server's hint says what to do.
fn of_super(message: &str) -> Option<String> {
    if message == "invalid input syntax for type json" {
        let hint = "give JSON, or cast the SUPER to VARCHAR";
        return Some(format!("a text literal as a SUPER is not carried out by linchpin: {hint}"));
    }
    let operator = message.strip_prefix("operator does not exist: ").filter(|what| is_of_super(what));
    let called = message.strip_prefix("function ").and_then(|what| what.strip_suffix(" does not exist"));
    let what = operator.or(called.filter(|what| is_of_super(what)))?;
    Some(format!("{what} is not carried out by linchpin"))
}

fn is_of_super(what: &str) -> bool {
    what.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "super")
}

/// PostgreSQL's own.
pub(crate) fn password_failed(user: &str) -> Report {
    Report::fatal("28P01", format!("password authentication failed for user \"{user}\""))
}

/// PostgreSQL 8.0's wording, inferred: a right password of a user that is not there.
fn no_user(user: &str) -> Report {
    Report::fatal("28000", format!("user \"{user}\" does not exist"))
}

/// PostgreSQL 8.0's wording, inferred.
fn no_group(group: &str) -> Report {
    Report::fatal("42704", format!("group \"{group}\" does not exist"))
}

/// A temporary login that cannot be carried out.
pub(crate) fn login(error: &LoginError) -> Report {
    match error {
        LoginError::NoUser(user) => no_user(user),
        LoginError::NoGroup(group) => no_group(group),
        LoginError::Private(error) => private_server(error),
    }
}

/// Ours: Redshift and its control plane are one.
pub(crate) fn login_unknown(name: &str, error: &ControlPlaneError) -> Report {
    Report::fatal("58000", format!("the temporary password of `{name}` cannot be checked: {error}"))
}

/// Seen: a plain session where `require_ssl` is on.
pub(crate) fn plain_session(host: IpAddr, user: &str, database: &str) -> Report {
    let host = match host {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    };
    let message = format!(
        "no pg_hba.conf entry for host \"{host}\", user \"{user}\", database \"{database}\", SSL off"
    );
    Report::fatal("28000", message)
}

/// Ours: Redshift has no such password.
pub(crate) fn password_not_md5(user: &str) -> Report {
    Report::fatal("28000", format!("the password of user `{user}` is stored neither by md5 nor by SHA-256"))
        .with_hint("set password_encryption = md5 on the private server and the password again")
}

/// Ours: Redshift has no private server.
pub(crate) fn private_server(error: &PrivateError) -> Report {
    Report::error("58000", format!("the private server cannot be used: {error}"))
}

/// Documented; the SQLSTATE is inferred.
pub(crate) fn no_assume_role(user: &str, role: &str, kind: &str) -> Report {
    let message =
        format!("User {user} does not have ASSUMEROLE permission on IAM role \"{role}\" for {kind}");
    Report::error("42501", message)
}

/// PostgreSQL's own, of a statement that its grammar does not take.
pub(crate) fn parsing(error: &PrivateError) -> Report {
    match error.server() {
        Some(refused) if *refused.code() == SqlState::SYNTAX_ERROR => {
            Report::error("42601", refused.message())
        }
        Some(refused) => Report::error("0A000", refused.message()),
        None => private_server(error),
    }
}

/// Ours: Redshift's only server encoding is UTF-8, and the front does not convert.
pub(crate) fn not_utf8() -> Report {
    Report::error("0A000", "a statement that is not UTF-8 cannot be read here: set client_encoding to UTF8")
}

/// What the private server says of a statement that was ended before its time.
const CANCELLED: [&str; 2] =
    ["canceling statement due to user request", "canceling statement due to statement timeout"];

/// Seen; told by users of `statement_timeout` too.
pub(crate) fn cancelled(query: i32) -> Report {
    Report::error("57014", format!("Query ({query}) cancelled on user's request"))
}

/// What the private server says of a statement that was cancelled in Redshift's words, with the statement's number.
pub(crate) fn reworded_cancel(message: &str, query: impl FnOnce() -> i32) -> Option<Reworded> {
    let was_cancelled = CANCELLED.contains(&message);
    was_cancelled.then(|| Reworded { message: cancelled(query()).message, code: None })
}

/// PostgreSQL's own, of a command that commits by itself.
pub(crate) fn in_block(command: &str) -> Report {
    Report::error("25001", format!("{command} cannot run inside a transaction block"))
}
