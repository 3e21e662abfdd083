//! What `ErrorResponse` and `NoticeResponse` carry.

/// How grave a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Severity {
    Fatal,
    Error,
    Info,
}

impl Severity {
    /// The protocol's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Severity::Fatal => "FATAL",
            Severity::Error => "ERROR",
            Severity::Info => "INFO",
        }
    }
}

/// An error or a notice, with the fields that Redshift sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) severity: Severity,
    /// SQLSTATE.
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) detail: Option<String>,
    pub(crate) hint: Option<String>,
    pub(crate) location: Option<Location>,
}

/// Where in the server's source a report was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) file: &'static str,
    pub(crate) line: &'static str,
    pub(crate) routine: &'static str,
}

impl Report {
    /// An error with nothing but its code and message.
    pub(crate) fn error(code: &'static str, message: impl Into<String>) -> Report {
        Report::new(Severity::Error, code, message)
    }

    /// An error that ends the connection.
    pub(crate) fn fatal(code: &'static str, message: impl Into<String>) -> Report {
        Report::new(Severity::Fatal, code, message)
    }

    /// A notice of severity INFO.
    pub(crate) fn info(message: impl Into<String>) -> Report {
        Report::new(Severity::Info, "00000", message)
    }

    fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Report {
        Report { severity, code, message: message.into(), detail: None, hint: None, location: None }
    }

    pub(crate) fn with_detail(self, detail: impl Into<String>) -> Report {
        Report { detail: Some(detail.into()), ..self }
    }

    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Report {
        Report { hint: Some(hint.into()), ..self }
    }

    pub(crate) fn at(self, file: &'static str, line: &'static str, routine: &'static str) -> Report {
        Report { location: Some(Location { file, line, routine }), ..self }
    }
}
