//! What a URL says behind the database. Pure.

use super::UrlError;
use crate::options::Switch;
use std::time::Duration;

/// Whether the session is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// `ssl=true`: the certificate and the host's name are checked.
    Tls,
    /// Without `ssl=true`.
    Plain,
}

/// What stands behind the database, by the names of Amazon's driver (documented), which take any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parameters {
    pub(super) encryption: Encryption,
    pub(super) application_name: Option<String>,
    pub(super) login_timeout: Option<Duration>,
    pub(super) keep_alive: Option<Switch>,
}

impl Parameters {
    pub(super) fn read(text: &str) -> Result<Self, UrlError> {
        let mut read = Self {
            encryption: Encryption::Plain,
            application_name: None,
            login_timeout: None,
            keep_alive: None,
        };
        for parameter in text.split(['&', ';']).filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            read.take(name, value)?;
        }
        Ok(read)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), UrlError> {
        let wrong = |expected| UrlError::Value { name: name.to_owned(), value: value.to_owned(), expected };
        let switch = || match value {
            "true" => Ok(Switch::On),
            "false" => Ok(Switch::Off),
            _ => Err(wrong("`true` or `false`")),
        };
        match name.to_ascii_lowercase().as_str() {
            "ssl" if switch()? == Switch::On => self.encryption = Encryption::Tls,
            "ssl" => self.encryption = Encryption::Plain,
            // An encrypted session checks the certificate and the host's name, and nothing less.
            "sslmode" if value == "verify-full" => self.encryption = Encryption::Tls,
            "sslmode" => return Err(wrong("`verify-full`, the one mode of this agent")),
            "applicationname" if value.is_empty() => return Err(wrong("a name")),
            "applicationname" => self.application_name = Some(value.to_owned()),
            "logintimeout" => {
                let seconds =
                    value.parse().map_err(|_| wrong("a number of seconds; with `0` there is no end"))?;
                self.login_timeout = Some(Duration::from_secs(seconds)).filter(|time| !time.is_zero());
            }
            "tcpkeepalive" => self.keep_alive = Some(switch()?),
            "user" | "uid" | "password" | "pwd" => return Err(UrlError::Twice { name: name.to_owned() }),
            _ => return Err(UrlError::Parameter { name: name.to_owned() }),
        }
        Ok(())
    }
}
