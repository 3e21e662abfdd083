//! The one table of what clients are told when something fails, with where each wording comes from: documented (by
//! AWS), seen (in public logs), PostgreSQL's own, or inferred.

mod reading;
mod session;

use crate::authorization::AuthorizationError;
use crate::client_side::ClientSideError;
use crate::control::ControlPlaneError;
use crate::copy::{CopyError, CopyParseError, PlanError};
use crate::credentials::CredentialsError;
use crate::options::OptionError;
use crate::s3::{S3Error, ServiceError};
use crate::sql::{SyntaxError, Unsupported};
use crate::unload::{EncodeError, PartitionError, SliceError, UnloadError, UnloadParseError, UploadError};
use crate::wire::Report;

pub(crate) use session::{
    Reworded, cancelled, in_block, login, login_unknown, no_assume_role, not_utf8, parsing, password_failed,
    password_not_md5, plain_session, private_server, reworded, reworded_cancel,
};

const SYNTAX_ERROR: &str = "42601";
const FEATURE_NOT_SUPPORTED: &str = "0A000";
const INTERNAL_ERROR: &str = "XX000";

/// What the block of an engine error says besides the error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EngineContext {
    pub(crate) query: i32,
    pub(crate) process: i32,
}

/// An error of Redshift's engine.
struct EngineError {
    message: String,
    code: u32,
    context: String,
    location: &'static str,
    process: Process,
}

/// Which process reports an engine error.
enum Process {
    /// The leader.
    Master,
    /// A process of the query's.
    Query,
}

impl EngineError {
    /// Error 8001 with an empty context, reported by the leader.
    fn new(message: impl Into<String>, location: &'static str) -> EngineError {
        let (code, context) = (8001, String::new());
        EngineError { message: message.into(), code, context, location, process: Process::Master }
    }

    /// The report: message, and the same in a block as DETAIL (seen; rule of 47 hyphens).
    fn report(self, at: EngineContext) -> Report {
        let EngineError { message, code, context, location, process } = self;
        let rule = "-".repeat(47);
        let EngineContext { query, process: pid } = at;
        let process = match process {
            Process::Master => "padbmaster".to_owned(),
            Process::Query => format!("query0_{query}"),
        };
        let detail = format!(
            "\n  {rule}\n  error:  {message}\n  code:      {code}\n  context:   {context}\n  query:     {query}\n  \
             location:  {location}\n  process:   {process} [pid={pid}]\n  {rule}\n"
        );
        Report::error(INTERNAL_ERROR, message).with_detail(detail)
    }
}

/// PostgreSQL's own.
pub(crate) fn undefined_table(name: &[String]) -> Report {
    Report::error("42P01", format!("relation \"{}\" does not exist", name.join(".")))
}

/// Seen.
pub(crate) fn loaded(table: &str, rows: u64) -> Report {
    Report::info(format!("Load into table '{table}' completed, {rows} record(s) loaded successfully."))
}

/// Documented.
pub(crate) fn not_loaded(table: &str, rows: u64) -> Report {
    Report::info(format!(
        "Load into table '{table}' completed, {rows} record(s) could not be loaded.  \
         Check 'stl_load_errors' system table for details."
    ))
}

/// Inferred, after the wording for rows that could not be loaded.
pub(crate) fn replaced(table: &str, rows: u64) -> Report {
    Report::info(format!(
        "Load into table '{table}' completed, {rows} record(s) were loaded with replacements made for ACCEPTINVCHARS.  \
         Check 'stl_replacements' system table for details."
    ))
}

impl From<SyntaxError> for Report {
    /// PostgreSQL's own.
    fn from(error: SyntaxError) -> Report {
        Report::error(SYNTAX_ERROR, error.to_string())
    }
}

impl From<Unsupported> for Report {
    fn from(error: Unsupported) -> Report {
        let message = error.to_string();
        match error {
            Unsupported::Command(_) => Report::error(FEATURE_NOT_SUPPORTED, message)
                .with_hint("Redshift lacks this command; a lenient cluster passes it on to PostgreSQL"),
            Unsupported::Syntax { hint, .. } => Report::error(SYNTAX_ERROR, message).with_hint(hint),
            Unsupported::Setting(_) => Report::error("42704", message),
            Unsupported::Function(hint) => Report::error(FEATURE_NOT_SUPPORTED, message).with_hint(hint),
            Unsupported::NoFunction { hint, .. } => Report::error("42883", message).with_hint(hint),
            Unsupported::Unfinished(hint) => Report::error(SYNTAX_ERROR, message).with_hint(hint),
            Unsupported::NoEquijoin => Report::error(FEATURE_NOT_SUPPORTED, message)
                .with_hint("compare a column of the target with one of the source by = in ON"),
            Unsupported::WindowWithoutRows => Report::error(FEATURE_NOT_SUPPORTED, message)
                .with_hint("say the frame, such as ROWS UNBOUNDED PRECEDING"),
            Unsupported::Operator(_) => Report::error("42883", message)
                .with_hint("Redshift has no JSON operators: navigate SUPER, or use JSON_EXTRACT_PATH_TEXT"),
            Unsupported::Cast(_) => Report::error("42704", message)
                .with_hint("Redshift casts to numbers, text, dates and times, BOOLEAN, SUPER and VARBYTE"),
            Unsupported::NewType { .. } => Report::error(FEATURE_NOT_SUPPORTED, message)
                .with_hint("only the length of a VARCHAR can be altered: add a column, and copy the values"),
            Unsupported::Wrong(error) => error.into(),
            Unsupported::NotAdded(_) | Unsupported::NullAdded => {
                Report::error(FEATURE_NOT_SUPPORTED, message)
            }
            Unsupported::GrantOption => Report::error("0LP01", message),
            Unsupported::DistKeys => Report::error("42P16", message),
            Unsupported::Length { .. }
            | Unsupported::Precision(_)
            | Unsupported::Password
            | Unsupported::NoSwitch(_)
            | Unsupported::NoNumber { .. }
            | Unsupported::OutOfRange { .. } => Report::error("22023", message),
            Unsupported::NotCarriedOut(_) => Report::error(FEATURE_NOT_SUPPORTED, message),
            Unsupported::LeftOut { hint, .. } => {
                Report::error(FEATURE_NOT_SUPPORTED, message).with_hint(hint)
            }
            Unsupported::Type { .. } => Report::error(FEATURE_NOT_SUPPORTED, message).with_hint(
                "Redshift's tables take numbers, text, dates and times, BOOLEAN, SUPER and VARBYTE",
            ),
        }
    }
}

impl From<AuthorizationError> for Report {
    fn from(error: AuthorizationError) -> Report {
        match error {
            AuthorizationError::Syntax(error) => error.into(),
            // Inferred.
            AuthorizationError::Missing => {
                Report::error(SYNTAX_ERROR, "CREDENTIALS argument is required but is not specified")
            }
            // Inferred; the wording is PostgreSQL's for options given twice.
            AuthorizationError::Ambiguous => Report::error(SYNTAX_ERROR, "conflicting or redundant options")
                .with_hint("give one of IAM_ROLE, ACCESS_KEY_ID and SECRET_ACCESS_KEY, or CREDENTIALS"),
            // Inferred.
            AuthorizationError::IncompleteKeys => Report::error(
                SYNTAX_ERROR,
                "ACCESS_KEY_ID and SECRET_ACCESS_KEY must both be specified, with or without SESSION_TOKEN",
            ),
            // Documented.
            AuthorizationError::InvalidCredentials => Report::error(
                INTERNAL_ERROR,
                "Invalid credentials. Must be of the format: credentials 'aws_access_key_id=<access-key-id>;\
                 aws_secret_access_key=<secret-access-key>[;token=<temporary-session-token>]'",
            ),
            // Inferred.
            AuthorizationError::InvalidRole(arn) => {
                Report::error(INTERNAL_ERROR, format!("Invalid IAM role ARN: `{arn}`"))
                    .with_hint("a chain of roles is one list, commas between the ARNs and no blanks")
            }
        }
    }
}

/// Inferred: AWS ended it on 2026-04-30, and does not say what the server answers.
fn client_side(error: &ClientSideError) -> Report {
    match error {
        ClientSideError::Ended => {
            let message = "Client-side encryption is no longer supported for COPY and UNLOAD";
            Report::error(FEATURE_NOT_SUPPORTED, message)
                .with_hint("use server-side encryption, which COPY reads without an option")
        }
        ClientSideError::Key(error) => Report::error("22023", error.to_string()),
    }
}

/// Ours: real Redshift may well carry the option out.
fn not_carried_out(option: &str) -> Report {
    Report::error(FEATURE_NOT_SUPPORTED, format!("option {option} is not carried out by linchpin"))
}

impl From<OptionError> for Report {
    fn from(error: OptionError) -> Report {
        match error {
            OptionError::Syntax(error) => error.into(),
            OptionError::Authorization(error) => error.into(),
            OptionError::NotCarriedOut(option) => not_carried_out(option),
            // Inferred; the wording is PostgreSQL's.
            OptionError::Twice(option) => Report::error(SYNTAX_ERROR, "conflicting or redundant options")
                .with_hint(format!("{option} is given twice")),
            // Inferred.
            OptionError::Conflict(one, other) => {
                Report::error(SYNTAX_ERROR, format!("{one} is not supported with {other}"))
            }
            // Inferred.
            OptionError::Requires(option, other) => {
                Report::error(SYNTAX_ERROR, format!("{option} must be specified with {other}"))
            }
            // Inferred.
            OptionError::Value { option, value } => {
                Report::error("22023", format!("invalid {option} argument: `{value}`"))
            }
            // Measured by a third party.
            OptionError::NotColumnar { option, format } => Report::error(
                FEATURE_NOT_SUPPORTED,
                format!("{option} argument is not supported for {format} based COPY"),
            ),
        }
    }
}

impl From<CopyParseError> for Report {
    fn from(error: CopyParseError) -> Report {
        match error {
            CopyParseError::Option(error) => error.into(),
            // Seen.
            CopyParseError::Source(_) => Report::error(
                FEATURE_NOT_SUPPORTED,
                "LOAD source is not supported. (Hint: only S3 or DynamoDB or EMR based load is allowed)",
            ),
            // Inferred.
            CopyParseError::CopyTo => {
                Report::error(FEATURE_NOT_SUPPORTED, "COPY TO is not supported").with_hint("use UNLOAD")
            }
        }
    }
}

/// What the client is told of a failed COPY.
pub(crate) fn copy(error: &CopyError, at: EngineContext) -> Report {
    match error {
        CopyError::Plan(error) => plan(error),
        CopyError::Credentials(error) => credentials(error, at),
        CopyError::Source(error) => reading::source(error, at),
        CopyError::Mapping(error) => reading::mapping(error, at),
        CopyError::Read(error) => reading::read(error, at),
        // Seen, the source position too.
        CopyError::Load(table) => Report::error(
            INTERNAL_ERROR,
            format!("Load into table '{table}' failed.  Check 'stl_load_errors' system table for details."),
        )
        .at("../src/pg/src/backend/commands/commands_copy.c", "718", "CheckMaxRowError"),
        CopyError::ClientSide(error) => client_side(error),
        CopyError::Private(error) => private_server(error),
        CopyError::Worker => Report::error(INTERNAL_ERROR, "a worker of the load died"),
    }
}

/// PostgreSQL's own.
fn plan(error: &PlanError) -> Report {
    let code = match error {
        PlanError::NoColumn { .. } => "42703",
        PlanError::ColumnTwice(_) => "42701",
        // Inferred.
        PlanError::Identity(_) | PlanError::IdentityLeftOut(_) => FEATURE_NOT_SUPPORTED,
    };
    Report::error(code, error.to_string())
}

impl From<UnloadParseError> for Report {
    fn from(error: UnloadParseError) -> Report {
        match error {
            UnloadParseError::Option(error) => error.into(),
            // Inferred.
            UnloadParseError::Destination(url) => {
                Report::error(INTERNAL_ERROR, format!("UNLOAD destination is not supported: `{url}`"))
                    .with_hint("only S3 based unload is allowed")
            }
            // Measured by a third party, with two SQLSTATEs.
            UnloadParseError::Limit => Report::error(FEATURE_NOT_SUPPORTED, "Limit clause is not supported"),
            // Inferred.
            UnloadParseError::NotASelect => {
                Report::error(FEATURE_NOT_SUPPORTED, "UNLOAD takes a SELECT statement only")
            }
        }
    }
}

/// Seen.
pub(crate) fn unloaded(rows: u64) -> Report {
    Report::info(format!("UNLOAD completed, {rows} record(s) unloaded successfully."))
}

/// What the client is told of a failed UNLOAD.
pub(crate) fn unload(error: &UnloadError, at: EngineContext) -> Report {
    let engine = match error {
        UnloadError::Credentials(error) => return credentials(error, at),
        UnloadError::Private(error) => return private_server(error),
        // Seen for COPY.
        UnloadError::Listing { bucket, prefix, error } => EngineError {
            context: format!("Listing bucket={bucket} prefix={prefix}"),
            ..EngineError::new(s3_exception(error), "s3_utility.cpp:840")
        },
        // Inferred, after what is seen of writing.
        UnloadError::Clean { url, error } => EngineError {
            context: format!("S3 key being deleted : {url}"),
            ..EngineError::new(s3_exception(error), "s3_unloader.cpp:258")
        },
        // Seen, by way of other stand-ins.
        UnloadError::NotEmpty => EngineError::new(
            "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, manually \
             removing the target files in S3, or using the ALLOWOVERWRITE option.",
            "s3_unloader.cpp:258",
        ),
        // Seen.
        UnloadError::Manifest(error) => EngineError::new(
            format!("Unable to upload manifest file - {}", s3_exception(error)),
            "s3_unloader.cpp:284",
        ),
        UnloadError::Slice(error) => slice(error),
        UnloadError::ClientSide(error) => return client_side(error),
        UnloadError::Partition(error) => return partition(error),
        // Inferred.
        UnloadError::Widths { widths, columns } => {
            let message = format!("FIXEDWIDTH gives {widths} widths, and the query has {columns} columns");
            return Report::error(SYNTAX_ERROR, message);
        }
        // Inferred.
        UnloadError::ColumnTwice(column) => {
            return Report::error("42701", format!("column name \"{column}\" is not unique in the query"));
        }
        UnloadError::Row(error) => EngineError::new(error.to_string(), "s3_text_unloader.cpp:354"),
    };
    engine.report(at)
}

fn slice(error: &SliceError) -> EngineError {
    let location = "s3_text_unloader.cpp:354";
    match error {
        // The message is seen, its context inferred.
        SliceError::Upload(UploadError::S3 { url, error }) => EngineError {
            context: format!("S3 key being written : {url}"),
            process: Process::Query,
            ..EngineError::new(s3_exception(error), location)
        },
        // Inferred.
        SliceError::Upload(UploadError::Died(_)) | SliceError::Ended | SliceError::Died => {
            EngineError::new(error.to_string(), location)
        }
        // Inferred.
        SliceError::Encode(
            error @ (EncodeError::Row(_)
            | EncodeError::Width(_)
            | EncodeError::Compression(_)
            | EncodeError::Parquet(_)),
        ) => EngineError::new(error.to_string(), location),
    }
}

/// Inferred, all of them.
fn partition(error: &PartitionError) -> Report {
    let code = match error {
        PartitionError::NoColumn(_) => "42703",
        PartitionError::Twice(_) => "42701",
        PartitionError::Type(_) | PartitionError::NothingLeft => FEATURE_NOT_SUPPORTED,
    };
    Report::error(code, error.to_string())
}

/// What the client is told when there are no credentials.
pub(crate) fn credentials(error: &CredentialsError, at: EngineContext) -> Report {
    let engine = match error {
        // Seen.
        CredentialsError::NotAuthorized { user, role } => EngineError {
            context: format!("IAM Role={role}"),
            ..EngineError::new(
                format!("User {user} is not authorized to assume IAM Role {role}"),
                "xen_aws_credentials_mgr.cpp:321",
            )
        },
        // Seen.
        CredentialsError::NotTrusted(role) => EngineError {
            code: 30000,
            ..EngineError::new(
                format!("Not authorized to get credentials of role {role}"),
                "xen_aws_credentials_mgr.cpp:392",
            )
        },
        // Inferred.
        CredentialsError::NoDefaultRole => EngineError::new(
            "The cluster does not have a default IAM role",
            "xen_aws_credentials_mgr.cpp:321",
        ),
        // Inferred.
        CredentialsError::ControlPlane(ControlPlaneError::Refused { code, message }) => EngineError::new(
            format!("The roles of the cluster cannot be read: {message} ({code})"),
            "xen_aws_credentials_mgr.cpp:321",
        ),
        // Inferred.
        CredentialsError::ControlPlane(ControlPlaneError::Unreachable(reason)) => EngineError::new(
            format!("Credentials cannot be obtained: {reason}"),
            "xen_aws_credentials_mgr.cpp:321",
        ),
    };
    engine.report(at)
}

/// S3's error as Redshift writes it (seen).
pub(crate) fn s3_exception(error: &S3Error) -> String {
    match error {
        S3Error::Service(error) => {
            let ServiceError { message, status, code, request_id, host_id } = &**error;
            format!(
                "S3ServiceException:{message},Status {status},Error {code},Rid {request_id},ExtRid {host_id},CanRetry 1"
            )
        }
        // Inferred: what Redshift says when S3 does not answer was found nowhere.
        S3Error::Connection(reason) => format!("S3 cannot be reached: {reason}"),
        // Inferred.
        S3Error::TooLong(limit) => format!("The object is longer than {limit} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_error_is_a_message_and_a_block() {
        let error = CredentialsError::NotAuthorized { user: "U".to_owned(), role: "R".to_owned() };
        let report = credentials(&error, EngineContext { query: 7, process: 1320 });
        assert_eq!(report.message, "User U is not authorized to assume IAM Role R");
        let expected = "
  -----------------------------------------------
  error:  User U is not authorized to assume IAM Role R
  code:      8001
  context:   IAM Role=R
  query:     7
  location:  xen_aws_credentials_mgr.cpp:321
  process:   padbmaster [pid=1320]
  -----------------------------------------------
";
        assert_eq!(report.detail.as_deref(), Some(expected));
    }

    #[test]
    fn s3_errors_carry_the_fields_that_clients_look_for() {
        let error = S3Error::Service(Box::new(ServiceError {
            message: "Access Denied".to_owned(),
            status: 403,
            code: "AccessDenied".to_owned(),
            request_id: "R1".to_owned(),
            host_id: "H1".to_owned(),
        }));
        let expected =
            "S3ServiceException:Access Denied,Status 403,Error AccessDenied,Rid R1,ExtRid H1,CanRetry 1";
        assert_eq!(s3_exception(&error), expected);
    }
}
