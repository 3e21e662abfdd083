//! PostgreSQL's version numbers.

use std::fmt;

/// A version of PostgreSQL, such as `15.18`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    major: u32,
    minor: u32,
}

/// What `postgres --version` printed is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a line such as `postgres (PostgreSQL) 15.18`, got `{line}`")]
pub struct VersionError {
    line: String,
}

impl Version {
    /// The oldest version that the harness runs on: it needs the MERGE and the rights on schema `public` of 15.
    pub const OLDEST: Self = Self { major: 15, minor: 0 };

    /// The version in the line that `postgres --version` prints.
    pub fn parse(line: &str) -> Result<Self, VersionError> {
        line.split_once("(PostgreSQL)")
            .and_then(|(_, rest)| rest.split_whitespace().next())
            .and_then(Self::from_number)
            .ok_or_else(|| VersionError { line: line.trim().to_owned() })
    }

    /// The part before the dot.
    #[must_use]
    pub const fn major(self) -> u32 {
        self.major
    }

    /// Versions before a release carry words instead of a minor number: `18beta1`, `19devel`.
    fn from_number(number: &str) -> Option<Self> {
        let (major, rest) =
            number.split_at(number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len()));
        let minor = rest.strip_prefix('.').and_then(|rest| rest.split('.').next()?.parse().ok()).unwrap_or(0);
        Some(Self { major: major.parse().ok()?, minor })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_postgres_prints() {
        for (line, expected) in [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", Some("15.18")),
            ("postgres (PostgreSQL) 18.6", Some("18.6")),
            ("postgres (PostgreSQL) 19devel", Some("19.0")),
            ("postgres (PostgreSQL) 18beta1", Some("18.0")),
            ("postgres (PostgreSQL) 9.6.24", Some("9.6")),
            ("postgres (PostgreSQL) ", None),
            ("postgres (PostgreSQL) unknown", None),
            ("pgbouncer 1.22", None),
            ("", None),
        ] {
            assert_eq!(Version::parse(line).ok().map(|v| v.to_string()).as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn orders_by_number() {
        let version = |number| Version::from_number(number).unwrap();
        assert!(version("9.6") < Version::OLDEST);
        assert!(version("14.22") < Version::OLDEST);
        assert!(version("15.18") > version("15.9"));
    }
}
