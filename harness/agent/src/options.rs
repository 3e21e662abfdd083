//! The connector's COPY and UNLOAD options, written as properties: `DELIMITER = \036; AWS_IAM_ROLE=arn:...`.
//!
//! One entry ends at `;` or at the end of the line: how Informatica separates them is not documented, so both are taken.

/// Informatica's default delimiter of staged files (documented).
const DELIMITER: char = '\u{1e}';
/// Informatica's default quote of staged files (documented).
const QUOTE: char = '\u{1f}';

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// `ON`, `TRUE`
    On,
    /// `OFF`, `FALSE`
    Off,
}

/// The options of the COPY commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyOptions {
    /// Between two fields of a staged file.
    pub delimiter: char,
    /// Around a field of a staged file that holds special characters.
    pub quote: char,
    /// Takes the place of invalid characters; `?` where the option is given alone (documented).
    pub accept_inv_chars: Option<char>,
    /// Whether the load chooses encodings; it does where the option is given alone, as in COPY.
    pub comp_update: Option<Switch>,
    /// The role that the cluster assumes, if not the connection's keys are to be used.
    pub role: Option<String>,
    /// The bucket's region, if it is not the cluster's.
    pub region: Option<String>,
}

/// The options of the UNLOAD commands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnloadOptions {
    /// Between two fields of an unloaded file, if not a comma.
    pub delimiter: Option<char>,
    /// Whether the slices write in parallel.
    pub parallel: Option<Switch>,
    /// The role that the cluster assumes, if not the connection's keys are to be used.
    pub role: Option<String>,
    /// The bucket's region, if it is not the cluster's.
    pub region: Option<String>,
}

/// Properties that are no options.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// There is no such option.
    #[error("unknown {command} option `{key}`: expected one of {}", .known.join(", "))]
    Unknown {
        /// COPY or UNLOAD.
        command: &'static str,
        /// What was given.
        key: String,
        /// What could have been.
        known: &'static [&'static str],
    },
    /// Informatica has the option, and this connector does not carry it out.
    #[error(
        "the {command} option `{key}` is not supported: the agent exchanges CSV, with a null string of its own"
    )]
    Unsupported {
        /// COPY or UNLOAD.
        command: &'static str,
        /// The option.
        key: String,
    },
    /// The option is given twice.
    #[error("the option `{key}` is given twice")]
    Repeated {
        /// The option.
        key: String,
    },
    /// An entry has no value.
    #[error("expected `KEY=VALUE`, got `{entry}`")]
    NoValue {
        /// The entry.
        entry: String,
    },
    /// The option takes one character.
    #[error(
        "the option `{key}` takes one ASCII character, `\\t`, or an octal code such as `\\036`, got `{value}`"
    )]
    NotACharacter {
        /// The option.
        key: String,
        /// What was given.
        value: String,
    },
    /// The option takes on or off.
    #[error("the option `{key}` takes ON or OFF, got `{value}`")]
    NotASwitch {
        /// The option.
        key: String,
        /// What was given.
        value: String,
    },
    /// Fields could not be told apart.
    #[error("DELIMITER and QUOTE are the same character")]
    SameCharacter,
}

impl Default for CopyOptions {
    fn default() -> Self {
        Self {
            delimiter: DELIMITER,
            quote: QUOTE,
            accept_inv_chars: None,
            comp_update: None,
            role: None,
            region: None,
        }
    }
}

impl CopyOptions {
    /// The options in a text of properties; those that it does not name have their defaults.
    pub fn parse(text: &str) -> Result<Self, OptionsError> {
        const KNOWN: &[&str] =
            &["ACCEPTINVCHARS", "AWS_IAM_ROLE", "COMPUPDATE", "DELIMITER", "QUOTE", "REGION"];
        let mut options = Self::default();
        for (key, value) in entries(text, &[("ACCEPTINVCHARS", "?"), ("COMPUPDATE", "ON")])? {
            match key.as_str() {
                "ACCEPTINVCHARS" => options.accept_inv_chars = Some(character(key, value)?),
                "AWS_IAM_ROLE" => options.role = Some(value.to_owned()),
                "COMPUPDATE" => options.comp_update = Some(switch(key, value)?),
                "DELIMITER" => options.delimiter = character(key, value)?,
                "QUOTE" => options.quote = character(key, value)?,
                "REGION" => options.region = Some(value.to_owned()),
                _ => return Err(OptionsError::Unknown { command: "COPY", key, known: KNOWN }),
            }
        }
        if options.delimiter == options.quote { Err(OptionsError::SameCharacter) } else { Ok(options) }
    }
}

impl UnloadOptions {
    /// The options in a text of properties; those that it does not name have their defaults.
    pub fn parse(text: &str) -> Result<Self, OptionsError> {
        const KNOWN: &[&str] = &["AWS_IAM_ROLE", "DELIMITER", "PARALLEL", "REGION"];
        let mut options = Self::default();
        for (key, value) in entries(text, &[])? {
            match key.as_str() {
                "AWS_IAM_ROLE" => options.role = Some(value.to_owned()),
                "DELIMITER" => options.delimiter = Some(character(key, value)?),
                "PARALLEL" => options.parallel = Some(switch(key, value)?),
                "REGION" => options.region = Some(value.to_owned()),
                "ADDQUOTES" | "ESCAPE" | "NULL" => {
                    return Err(OptionsError::Unsupported { command: "UNLOAD", key });
                }
                _ => return Err(OptionsError::Unknown { command: "UNLOAD", key, known: KNOWN }),
            }
        }
        Ok(options)
    }
}

/// The properties, their keys in upper case; `alone` are those that may stand without a value, and what they mean then.
fn entries<'a>(
    text: &'a str,
    alone: &[(&str, &'static str)],
) -> Result<Vec<(String, &'a str)>, OptionsError> {
    let mut found: Vec<(String, &str)> = Vec::new();
    for entry in text.split([';', '\n']).map(str::trim).filter(|entry| !entry.is_empty()) {
        let meant =
            alone.iter().find(|(key, _)| key.eq_ignore_ascii_case(entry)).map_or("", |(_, value)| value);
        let (key, value) =
            entry.split_once('=').map_or((entry, meant), |(key, value)| (key.trim(), value.trim()));
        if key.is_empty() || value.is_empty() {
            return Err(OptionsError::NoValue { entry: entry.to_owned() });
        }
        let key = key.to_ascii_uppercase();
        if found.iter().any(|(other, _)| *other == key) {
            return Err(OptionsError::Repeated { key });
        }
        found.push((key, value));
    }
    Ok(found)
}

fn character(key: String, value: &str) -> Result<char, OptionsError> {
    let mut characters = value.chars();
    let found = match (characters.next(), characters.as_str()) {
        (Some('\\'), "t") => Some('\t'),
        (Some('\\'), octal) if octal.len() == 3 => u8::from_str_radix(octal, 8).ok().map(char::from),
        (Some(character), "") => Some(character),
        _ => None,
    };
    // A line end would end the record, and NUL ends a record of text.
    let usable = |found: &char| found.is_ascii() && !matches!(found, '\0' | '\n' | '\r');
    found.filter(usable).ok_or_else(|| OptionsError::NotACharacter { key, value: value.to_owned() })
}

fn switch(key: String, value: &str) -> Result<Switch, OptionsError> {
    match value.to_ascii_uppercase().as_str() {
        "ON" | "TRUE" => Ok(Switch::On),
        "OFF" | "FALSE" => Ok(Switch::Off),
        _ => Err(OptionsError::NotASwitch { key, value: value.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_options() {
        let default = CopyOptions::default;
        let role = || Some("arn:aws:iam::123456789012:role/loader".to_owned());
        for (text, expected) in [
            ("", default()),
            (" ; \n\n;", default()),
            ("DELIMITER = \\036; QUOTE = \\037", default()),
            ("AWS_IAM_ROLE=arn:aws:iam::123456789012:role/loader", CopyOptions { role: role(), ..default() }),
            (
                "DELIMITER=|\nquote=\"\nAWS_IAM_ROLE = arn:aws:iam::123456789012:role/loader\n",
                CopyOptions { delimiter: '|', quote: '"', role: role(), ..default() },
            ),
            (
                "Delimiter=\\t;CompUpdate=off",
                CopyOptions { delimiter: '\t', comp_update: Some(Switch::Off), ..default() },
            ),
            (
                "ACCEPTINVCHARS=?;REGION=eu-west-1",
                CopyOptions {
                    accept_inv_chars: Some('?'),
                    region: Some("eu-west-1".to_owned()),
                    ..default()
                },
            ),
            (
                "DELIMITER = \\036; QUOTE = \\037; ACCEPTINVCHARS; CompUpdate; AWS_IAM_ROLE=arn",
                CopyOptions {
                    accept_inv_chars: Some('?'),
                    comp_update: Some(Switch::On),
                    role: Some("arn".to_owned()),
                    ..default()
                },
            ),
            ("DELIMITER==", CopyOptions { delimiter: '=', ..default() }),
            ("DELIMITER=\\", CopyOptions { delimiter: '\\', ..default() }),
        ] {
            assert_eq!(CopyOptions::parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn unload_options() {
        let default = UnloadOptions::default;
        for (text, expected) in [
            ("", default()),
            (
                "PARALLEL=OFF;DELIMITER=|",
                UnloadOptions { parallel: Some(Switch::Off), delimiter: Some('|'), ..default() },
            ),
            (
                "AWS_IAM_ROLE=arn;REGION=us-east-2;PARALLEL=true",
                UnloadOptions {
                    role: Some("arn".to_owned()),
                    region: Some("us-east-2".to_owned()),
                    parallel: Some(Switch::On),
                    ..default()
                },
            ),
        ] {
            assert_eq!(UnloadOptions::parse(text), Ok(expected), "{text}");
        }
    }

    fn refused<T: std::fmt::Debug>(parse: fn(&str) -> Result<T, OptionsError>, rows: &[(&str, &str)]) {
        for (text, expected) in rows {
            assert_eq!(parse(text).unwrap_err().to_string(), *expected, "{text}");
        }
    }

    #[test]
    fn refused_options() {
        refused(
            CopyOptions::parse,
            &[
                (
                    "DELIMETER=|",
                    "unknown COPY option `DELIMETER`: expected one of ACCEPTINVCHARS, AWS_IAM_ROLE, COMPUPDATE, DELIMITER, QUOTE, REGION",
                ),
                (
                    "PARALLEL=ON",
                    "unknown COPY option `PARALLEL`: expected one of ACCEPTINVCHARS, AWS_IAM_ROLE, COMPUPDATE, DELIMITER, QUOTE, REGION",
                ),
                ("GZIP", "expected `KEY=VALUE`, got `GZIP`"),
                ("QUOTE", "expected `KEY=VALUE`, got `QUOTE`"),
                ("ACCEPTINVCHARS=", "expected `KEY=VALUE`, got `ACCEPTINVCHARS=`"),
                ("AWS_IAM_ROLE=", "expected `KEY=VALUE`, got `AWS_IAM_ROLE=`"),
                ("=x", "expected `KEY=VALUE`, got `=x`"),
                ("QUOTE=';QUOTE=\"", "the option `QUOTE` is given twice"),
                (
                    "DELIMITER=||",
                    "the option `DELIMITER` takes one ASCII character, `\\t`, or an octal code such as `\\036`, got `||`",
                ),
                (
                    "DELIMITER=\\400",
                    "the option `DELIMITER` takes one ASCII character, `\\t`, or an octal code such as `\\036`, got `\\400`",
                ),
                (
                    "DELIMITER=\\200",
                    "the option `DELIMITER` takes one ASCII character, `\\t`, or an octal code such as `\\036`, got `\\200`",
                ),
                (
                    "QUOTE=\\012",
                    "the option `QUOTE` takes one ASCII character, `\\t`, or an octal code such as `\\036`, got `\\012`",
                ),
                (
                    "QUOTE=ä",
                    "the option `QUOTE` takes one ASCII character, `\\t`, or an octal code such as `\\036`, got `ä`",
                ),
                ("COMPUPDATE=maybe", "the option `COMPUPDATE` takes ON or OFF, got `maybe`"),
                ("DELIMITER=\\037", "DELIMITER and QUOTE are the same character"),
            ],
        );
        refused(
            UnloadOptions::parse,
            &[
                (
                    "ESCAPE=ON",
                    "the UNLOAD option `ESCAPE` is not supported: the agent exchanges CSV, with a null string of its own",
                ),
                (
                    "QUOTE='",
                    "unknown UNLOAD option `QUOTE`: expected one of AWS_IAM_ROLE, DELIMITER, PARALLEL, REGION",
                ),
            ],
        );
    }
}
