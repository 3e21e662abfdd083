//! The agents that a flow runs on.

use std::time::Duration;

/// The folders that an agent is set up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentFolder {
    /// Of the success files.
    Success,
    /// Of the error files.
    Errors,
    /// Of the local staging folders.
    Staging,
}

impl AgentFolder {
    /// Every folder.
    pub const ALL: [Self; 3] = [Self::Success, Self::Errors, Self::Staging];

    /// The words of the language.
    pub const WORDS: [(&'static str, Self); 3] =
        [("success", Self::Success), ("errors", Self::Errors), ("staging", Self::Staging)];

    /// The word, which is the folder's own name too.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Errors => "errors",
            Self::Staging => "staging",
        }
    }
}

/// The connection's fields of encryption, and an agent's JVM options; an empty text counts as not given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encryption {
    /// `client side` or `server side`.
    pub kind: Option<String>,
    /// The key that the agent and the cluster encrypt with.
    pub master_symmetric_key: Option<String>,
    /// The id or ARN of a KMS key.
    pub customer_master_key: Option<String>,
}

/// The role that a connection assumes (V2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumes {
    /// The role's name.
    pub role: String,
    /// `keys`, or `ec2 role`.
    pub with: String,
    /// How long the keys live; none: as long as STS gives by itself.
    pub lasts: Option<Duration>,
    /// `yes` or `no`: whether others are asked for when they are over.
    pub renewed: Option<String>,
}

/// A login for which the agent asks Redshift itself (V2); an empty text counts as not given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IamLogin {
    /// `yes` or `no`: whether the cluster makes a user that it does not know.
    pub auto_create: Option<String>,
    /// Groups that the user is in for the session.
    pub db_groups: Vec<String>,
    /// How many seconds the password lasts; none: as long as Redshift gives by itself.
    pub lasts: Option<String>,
}
