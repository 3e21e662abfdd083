//! What a cluster can be set to, besides whose and where it is.

use linchpin_warehouse::{Era, PasswordMethod, PlainUnload, Strictness};

/// Whether the sessions of a cluster are encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ssl {
    /// It offers no TLS.
    Absent,
    /// As the client likes, which is Redshift's default.
    #[default]
    Optional,
    /// The parameter `require_ssl` is on.
    Required,
}

/// All settings of a cluster. The default is Redshift as it is today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClusterConfig {
    /// Whether its sessions are encrypted.
    pub ssl: Ssl,
    /// Whether it encrypts on the client's side still.
    pub era: Era,
    /// Whether it refuses the SQL that Redshift refuses.
    pub dialect: Strictness,
    /// The encryption that an UNLOAD without ENCRYPTED names.
    pub plain_unload: PlainUnload,
    /// How it asks for passwords.
    pub passwords: PasswordMethod,
}

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterSetting {
    /// Whether sessions are encrypted.
    Ssl(Ssl),
    /// Whether it encrypts on the client's side still.
    Era(Era),
    /// Whether it refuses the SQL that Redshift refuses.
    Dialect(Strictness),
    /// The encryption that an UNLOAD without ENCRYPTED names.
    PlainUnload(PlainUnload),
    /// How it asks for passwords.
    Passwords(PasswordMethod),
}

/// A setting's name, and its values: their words, the settings, and what it is like to have them. The first is Redshift's.
pub type SettingWords = (&'static str, &'static [(&'static str, ClusterSetting, &'static str)]);

impl ClusterSetting {
    /// All of them.
    pub const WORDS: &'static [SettingWords] = &[
        (
            "ssl",
            &[
                ("optional", Self::Ssl(Ssl::Optional), "takes plain sessions too"),
                ("required", Self::Ssl(Ssl::Required), "requires SSL"),
                ("none", Self::Ssl(Ssl::Absent), "offers no TLS"),
            ],
        ),
        (
            "era",
            &[
                ("current", Self::Era(Era::Current), "is of today"),
                ("legacy", Self::Era(Era::Legacy), "is of the time of client-side encryption"),
            ],
        ),
        (
            "dialect",
            &[
                ("strict", Self::Dialect(Strictness::Strict), "refuses the SQL that Redshift refuses"),
                ("lenient", Self::Dialect(Strictness::Lenient), "takes SQL of PostgreSQL's too"),
            ],
        ),
        (
            "plain unload",
            &[
                (
                    "names SSE-S3",
                    Self::PlainUnload(PlainUnload::NamesSseS3),
                    "names SSE-S3 in the header of what it unloads",
                ),
                (
                    "names nothing",
                    Self::PlainUnload(PlainUnload::NamesNothing),
                    "names no encryption in the header of what it unloads",
                ),
            ],
        ),
        (
            "passwords",
            &[
                ("md5", Self::Passwords(PasswordMethod::Md5), "asks for salted digests of passwords"),
                ("cleartext", Self::Passwords(PasswordMethod::Cleartext), "asks for passwords as they are"),
            ],
        ),
    ];

    /// What a cluster with this setting does.
    #[must_use]
    pub fn means(self) -> &'static str {
        let all = Self::WORDS.iter().flat_map(|(_, values)| *values);
        all.copied().find(|(_, setting, _)| *setting == self).map_or("", |(.., means)| means)
    }

    /// Puts it into a configuration.
    pub fn put_into(self, config: &mut ClusterConfig) {
        match self {
            Self::Ssl(ssl) => config.ssl = ssl,
            Self::Era(era) => config.era = era,
            Self::Dialect(dialect) => config.dialect = dialect,
            Self::PlainUnload(plain_unload) => config.plain_unload = plain_unload,
            Self::Passwords(passwords) => config.passwords = passwords,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_of_each_is_the_default_and_the_others_are_not() {
        for (name, values) in ClusterSetting::WORDS {
            for (at, (word, setting, _)) in values.iter().enumerate() {
                let mut config = ClusterConfig::default();
                setting.put_into(&mut config);
                assert_eq!(config == ClusterConfig::default(), at == 0, "{name} {word}");
            }
        }
    }
}
