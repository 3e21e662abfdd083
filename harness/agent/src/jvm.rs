//! JVM options of an agent, as far as they name a trust store: `JVMOption1=-Djavax.net.ssl.trustStore=PATH` and so on
//! (documented). Pure.

const STORE: &str = "-Djavax.net.ssl.trustStore";
const PASSWORD: &str = "-Djavax.net.ssl.trustStorePassword";
const TYPE: &str = "-Djavax.net.ssl.trustStoreType";

/// A JVM option that is none of those that this agent carries out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JvmOptionError {
    /// Copied guides hold dashes of print.
    #[error("the JVM option `{option}` starts with `{dash}`: write a plain `-`")]
    Dash {
        /// What was given.
        option: String,
        /// How it starts.
        dash: char,
    },
    /// Copied guides hold white space behind the dash.
    #[error("the JVM option `{option}` holds white space: take it out")]
    Space {
        /// What was given.
        option: String,
    },
    /// No value.
    #[error("expected `{name}=VALUE`, got `{option}`")]
    NoValue {
        /// The option's name.
        name: &'static str,
        /// What was given.
        option: String,
    },
    /// There is no such option here.
    #[error("the JVM option `{option}` is not supported: expected {STORE}=, {PASSWORD}= or {TYPE}=")]
    Unknown {
        /// What was given.
        option: String,
    },
    /// The option is given twice.
    #[error("the JVM option `{name}` is given twice")]
    Repeated {
        /// The option's name.
        name: &'static str,
    },
    /// An option is missing.
    #[error("the JVM options lack `{name}=`")]
    Missing {
        /// The option's name.
        name: &'static str,
    },
    /// Another kind of trust store.
    #[error(
        "a trust store of type `{kind}` is not supported: convert it with `keytool -importkeystore -deststoretype PKCS12`"
    )]
    Type {
        /// What was given.
        kind: String,
    },
}

/// What the options say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JvmTrustStore {
    pub(crate) path: String,
    pub(crate) password: String,
}

/// Reads the options; the password may not stand in errors.
pub(crate) fn trust_store(options: &[String]) -> Result<JvmTrustStore, JvmOptionError> {
    let (mut path, mut password, mut kind) = (None, None, None);
    for option in options {
        check_characters(option)?;
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let (name, field) = match name {
            STORE => (STORE, &mut path),
            PASSWORD => (PASSWORD, &mut password),
            TYPE => (TYPE, &mut kind),
            _ => return Err(JvmOptionError::Unknown { option: name.to_owned() }),
        };
        if value.is_empty() {
            return Err(JvmOptionError::NoValue { name, option: option.clone() });
        }
        if field.replace(value.to_owned()).is_some() {
            return Err(JvmOptionError::Repeated { name });
        }
    }
    match kind.filter(|kind| !kind.eq_ignore_ascii_case("PKCS12")) {
        Some(kind) => Err(JvmOptionError::Type { kind }),
        None => Ok(JvmTrustStore {
            path: path.ok_or(JvmOptionError::Missing { name: STORE })?,
            password: password.ok_or(JvmOptionError::Missing { name: PASSWORD })?,
        }),
    }
}

fn check_characters(option: &str) -> Result<(), JvmOptionError> {
    let name = option.split('=').next().unwrap_or_default();
    match option.chars().next().filter(|dash| matches!(dash, '\u{2010}'..='\u{2015}' | '\u{2212}')) {
        Some(dash) => Err(JvmOptionError::Dash { option: name.to_owned(), dash }),
        None if name.contains(char::is_whitespace) => Err(JvmOptionError::Space { option: name.to_owned() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(options: &[&str]) -> Result<(String, String), String> {
        let options: Vec<String> = options.iter().map(ToString::to_string).collect();
        trust_store(&options).map(|store| (store.path, store.password)).map_err(|error| error.to_string())
    }

    #[test]
    fn options_name_a_store() {
        let store = Ok(("/a b".to_owned(), "x=y".to_owned()));
        let (path, password) = ("-Djavax.net.ssl.trustStore=/a b", "-Djavax.net.ssl.trustStorePassword=x=y");
        assert_eq!(found(&[path, password]), store);
        assert_eq!(found(&[password, path, "-Djavax.net.ssl.trustStoreType=pkcs12"]), store);
    }

    #[test]
    fn mistakes_are_named() {
        let (path, password) = ("-Djavax.net.ssl.trustStore=/a", "-Djavax.net.ssl.trustStorePassword=secret");
        for (options, expected) in [
            (&[][..], "the JVM options lack `-Djavax.net.ssl.trustStore=`"),
            (&[path], "the JVM options lack `-Djavax.net.ssl.trustStorePassword=`"),
            (&[path, path, password], "the JVM option `-Djavax.net.ssl.trustStore` is given twice"),
            (
                &["\u{2013}Djavax.net.ssl.trustStore=/a"],
                "the JVM option `\u{2013}Djavax.net.ssl.trustStore` starts with `\u{2013}`: write a plain `-`",
            ),
            (
                &["- Djavax.net.ssl.trustStorePassword=secret"],
                "the JVM option `- Djavax.net.ssl.trustStorePassword` holds white space: take it out",
            ),
            (
                &["-Djavax.net.ssl.trustStore="],
                "expected `-Djavax.net.ssl.trustStore=VALUE`, got `-Djavax.net.ssl.trustStore=`",
            ),
            (
                &["-Xmx1g"],
                "the JVM option `-Xmx1g` is not supported: expected -Djavax.net.ssl.trustStore=, \
                 -Djavax.net.ssl.trustStorePassword= or -Djavax.net.ssl.trustStoreType=",
            ),
            (
                &[path, password, "-Djavax.net.ssl.trustStoreType=JKS"],
                "a trust store of type `JKS` is not supported: convert it with \
                 `keytool -importkeystore -deststoretype PKCS12`",
            ),
        ] {
            assert_eq!(found(options), Err(expected.to_owned()));
        }
    }
}
