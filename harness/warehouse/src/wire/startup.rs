//! Startup: requests for TLS and cancellation, the protocol version, and the parameters of the client.

use thiserror::Error;

use super::message::Body;
use crate::sql::{self, Unsupported};

pub(crate) const PROTOCOL_3_0: u32 = 3 << 16;
pub(crate) const CANCEL_REQUEST: u32 = (1234 << 16) | 5678;
const SSL_REQUEST: u32 = (1234 << 16) | 5679;
const GSSENC_REQUEST: u32 = (1234 << 16) | 5680;

/// PostgreSQL's own limit of a startup packet.
pub(crate) const MAX_STARTUP: usize = 10_000;

/// What drivers of Redshift send and PostgreSQL would refuse as unknown settings (driver sources).
const DRIVER_PARAMETERS: [&str; 6] = [
    "client_protocol_version",
    "driver_version",
    "os_version",
    "driver_discovery_version",
    "plugin_name",
    "streamingcursorrows",
];

/// Prefixes of the same kind.
const DRIVER_PREFIXES: [&str; 2] = ["_pq_.", "idp_"];

/// Settings of every session behind: Redshift's string literals take backslash escapes.
pub(crate) const SESSION_OPTIONS: &str = "-c standard_conforming_strings=off -c escape_string_warning=off";

/// Values that the private server reports and Redshift does not.
const UNREPORTED: [&str; 6] = [
    "standard_conforming_strings",
    "in_hot_standby",
    "default_transaction_read_only",
    "scram_iterations",
    "search_path",
    "server_version",
];

/// What the front reports of itself (driver sources: clients read them; asyncpg knows Redshift by the last.
pub(crate) const REPORTED: [(&str, &str); 3] =
    [("server_version", "8.0.2"), ("padb_version", "1.0.436211"), ("padb_revision", "436211")];

/// The first packet of a connection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    Tls,
    GssEncryption,
    Cancel { process: i32, secret: i32 },
    Startup(Startup),
}

/// The parameters of a session.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Startup {
    pub(crate) user: String,
    pub(crate) database: String,
    /// What goes to the private server.
    pub(crate) parameters: Vec<(String, String)>,
    /// Whether the client asked for a newer minor version of the protocol.
    pub(crate) newer_minor: bool,
}

impl Startup {
    /// The session belongs to another user than the name of the login.
    pub(crate) fn become_user(&mut self, user: &str) {
        for (name, value) in &mut self.parameters {
            if name == "user" {
                user.clone_into(value);
            }
        }
        user.clone_into(&mut self.user);
    }
}

/// A startup packet that is refused, in PostgreSQL's words.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum StartupError {
    #[error("invalid length of startup packet")]
    Length,
    #[error("invalid startup packet layout: expected terminator as last byte")]
    Layout,
    #[error("unsupported frontend protocol {0}.{1}: server supports 3.0 to 3.0")]
    Version(u32, u32),
    #[error("no PostgreSQL user name specified in startup packet")]
    NoUser,
    #[error("replication connections are not supported")]
    Replication,
    /// A setting that cannot be what the packet says.
    #[error(transparent)]
    Setting(#[from] Unsupported),
}

impl StartupError {
    /// PostgreSQL's SQLSTATE of the refusal.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            StartupError::Length | StartupError::Layout => "08P01",
            StartupError::Version(..) | StartupError::Replication => "0A000",
            StartupError::NoUser => "28000",
            StartupError::Setting(_) => "22023",
        }
    }
}

/// Reads a packet without its length.
pub(crate) fn parse(packet: &[u8]) -> Result<Opening, StartupError> {
    let mut body = Body::new(b'?', packet);
    let code = u32::from_be_bytes(body.array().map_err(|_| StartupError::Length)?);
    match code {
        SSL_REQUEST => Ok(Opening::Tls),
        GSSENC_REQUEST => Ok(Opening::GssEncryption),
        CANCEL_REQUEST => match (body.i32(), body.i32()) {
            (Ok(process), Ok(secret)) => Ok(Opening::Cancel { process, secret }),
            _ => Err(StartupError::Length),
        },
        version if version >> 16 == 3 => parameters(body, version != PROTOCOL_3_0).map(Opening::Startup),
        version => Err(StartupError::Version(version >> 16, version & 0xffff)),
    }
}

fn parameters(mut body: Body<'_>, newer_minor: bool) -> Result<Startup, StartupError> {
    let mut given = Vec::new();
    let mut text = || -> Result<String, StartupError> {
        let bytes = body.text().map_err(|_| StartupError::Layout)?;
        Ok(String::from_utf8_lossy(bytes).into_owned())
    };
    loop {
        let name = text()?;
        if name.is_empty() {
            break;
        }
        given.push((name, text()?));
    }
    let find = |wanted: &str| given.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
    if find("replication").is_some_and(|value| !matches!(value.as_str(), "false" | "off" | "no" | "0")) {
        return Err(StartupError::Replication);
    }
    let user = find("user").filter(|user| !user.is_empty()).ok_or(StartupError::NoUser)?;
    let database = find("database").filter(|name| !name.is_empty()).unwrap_or_else(|| user.clone());
    let options = match find("options") {
        Some(given) => format!("{} {SESSION_OPTIONS}", options(&given)?),
        None => SESSION_OPTIONS.to_owned(),
    };
    let mut parameters = vec![
        ("user".to_owned(), user.clone()),
        ("database".to_owned(), database.clone()),
        ("options".to_owned(), options),
    ];
    let handled = ["user", "database", "options", "replication"];
    for (name, value) in given {
        if !handled.contains(&name.as_str()) && !is_driver(&name) {
            parameters.push((sql::at_startup(&name, &value)?, value));
        }
    }
    Ok(Startup { user, database, parameters, newer_minor })
}

/// `-c name=value` and `--name=value`, as PostgreSQL takes them: settings of Redshift's have other names there.
fn options(given: &str) -> Result<String, StartupError> {
    let mut changed = Vec::new();
    let mut follows = false;
    for word in words(given) {
        let prefix = if follows {
            ""
        } else {
            ["-c", "--"].into_iter().find(|prefix| word.starts_with(prefix)).unwrap_or_default()
        };
        let setting = word.get(prefix.len()..).unwrap_or_default().split_once('=');
        changed.push(match setting.filter(|_| follows || !prefix.is_empty()) {
            Some((name, value)) => {
                let name = sql::at_startup(&name.replace('-', "_"), &value.replace('\\', ""))?;
                format!("{prefix}{name}={value}")
            }
            None => word.to_owned(),
        });
        follows = word == "-c";
    }
    Ok(changed.join(" "))
}

/// What stands between blanks; a backslash keeps the next character.
fn words(text: &str) -> Vec<&str> {
    let mut escaped = false;
    let parts = text.split(|c: char| {
        let ends = c.is_ascii_whitespace() && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    parts.filter(|word| !word.is_empty()).collect()
}

fn is_driver(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    DRIVER_PARAMETERS.contains(&name.as_str())
        || DRIVER_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Whether the client hears of a ParameterStatus of the private server.
pub(crate) fn is_reported(body: &[u8]) -> bool {
    let name = body.split(|byte| *byte == 0).next().unwrap_or_default();
    !UNREPORTED.iter().any(|hidden| hidden.as_bytes() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(code: u32, parameters: &[(&str, &str)]) -> Vec<u8> {
        let mut packet = code.to_be_bytes().to_vec();
        for (name, value) in parameters {
            packet.extend([name.as_bytes(), b"\0", value.as_bytes(), b"\0"].concat());
        }
        packet.push(0);
        packet
    }

    #[test]
    fn driver_parameters_stay_in_front() {
        let packet = packet(
            PROTOCOL_3_0,
            &[
                ("user", "u"),
                ("driver_version", "x"),
                ("_pq_.compression", "off"),
                ("idp_type", "z"),
                ("StreamingCursorRows", "1"),
                ("application_name", "app"),
                ("nonsense", "kept, for PostgreSQL to refuse"),
            ],
        );
        let Ok(Opening::Startup(startup)) = parse(&packet) else { panic!("no startup") };
        assert_eq!(startup.database, "u");
        let names: Vec<_> = startup.parameters.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["user", "database", "options", "application_name", "nonsense"]);
    }

    #[test]
    fn settings_of_redshift_have_other_names_behind() {
        for (given, expected) in [
            ("-c query_group=x", "-c redshift.query_group=x"),
            (
                "-cquery_group=a\\ b --enable-case-sensitive-identifier=on",
                "-credshift.query_group=a\\ b --redshift.enable_case_sensitive_identifier=on",
            ),
            ("-c statement_timeout=5  -c search_path=a", "-c statement_timeout=5 -c search_path=a"),
        ] {
            assert_eq!(options(given).unwrap(), expected);
        }
        options("-c wlm_query_slot_count=many").unwrap_err();
    }

    #[test]
    fn openings() {
        assert_eq!(parse(&SSL_REQUEST.to_be_bytes()), Ok(Opening::Tls));
        assert_eq!(parse(&GSSENC_REQUEST.to_be_bytes()), Ok(Opening::GssEncryption));
        assert_eq!(parse(&packet(2 << 16, &[])), Err(StartupError::Version(2, 0)));
        assert_eq!(parse(&packet(PROTOCOL_3_0, &[])), Err(StartupError::NoUser));
        assert_eq!(parse(b"\0\x03"), Err(StartupError::Length));
        assert_eq!(parse(&packet(PROTOCOL_3_0, &[("user", "u")])[..9]), Err(StartupError::Layout));
        let replication = packet(PROTOCOL_3_0, &[("user", "u"), ("replication", "database")]);
        assert_eq!(parse(&replication), Err(StartupError::Replication));
    }
}
