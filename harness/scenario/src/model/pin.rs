//! Pins: the prerequisites that are put in, and pulled.

use std::path::PathBuf;

use linchpin_stack::{Attachment, ClusterSetting};

use super::{AgentFolder, When};

/// One prerequisite in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// In the scenario's own words.
    pub name: String,
    /// The cells it belongs to.
    pub when: When,
    /// What it puts in.
    pub kind: PinKind,
    /// Why it is never pulled, where it is not.
    pub not_pulled: Option<String>,
}

/// What stands there when a pin is pulled.
pub type Instead = Option<String>;

/// How a policy document falls into pins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Each {
    /// The document is one pin.
    Document,
    /// Each action of it is a pin, named `PIN/ACTION`.
    Action,
}

/// The kinds of prerequisites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinKind {
    /// A bucket in a region; pulled, there is none, or one in the region of `instead`.
    Bucket {
        /// The scenario's name of it.
        bucket: String,
        /// None: the cluster's region.
        region: Option<String>,
        /// None: the cluster's account; else one of this name.
        account: Option<String>,
        /// A region.
        instead: Instead,
    },
    /// An object in a bucket; pulled, it is not there.
    Object {
        /// Its key.
        key: String,
        /// The scenario's name of the bucket.
        bucket: String,
        /// Under `fixtures/`.
        from: PathBuf,
    },
    /// A KMS key with its policy; pulled whole, it is disabled, or in the region of `instead`.
    Key {
        /// The scenario's name of it.
        key: String,
        /// Under `fixtures/`.
        policy: PathBuf,
        /// What is pulled at a time.
        each: Each,
        /// A region.
        instead: Instead,
    },
    /// A bucket's default encryption with a KMS key; pulled, it is S3's own.
    Encryption {
        /// The scenario's name of the bucket.
        bucket: String,
        /// The scenario's name of the key.
        key: String,
    },
    /// An IAM user with an access key; pulled, the connector holds a key that nobody knows.
    User {
        /// The user's name.
        user: String,
    },
    /// The secret of a user's access key; pulled, the connector holds a wrong one.
    Secret {
        /// The user's name.
        user: String,
    },
    /// The key of a user is active; pulled, it is not.
    ActiveKey {
        /// The user's name.
        user: String,
    },
    /// A role; pulled, there is none of its name.
    Role {
        /// The role's name.
        role: String,
        /// None: the cluster's account; else one of this name.
        account: Option<String>,
    },
    /// The trust policy of a role; pulled, it has the one of `instead`.
    Trust {
        /// Under `fixtures/`.
        document: PathBuf,
        /// The role's name.
        role: String,
        /// Under `fixtures/`.
        instead: PathBuf,
    },
    /// The role is attached to the cluster; pulled, it is not, or as `instead` says.
    Attach {
        /// The role's name.
        role: String,
        /// How.
        to: Attachment,
        /// None: not at all.
        instead: Option<Attachment>,
    },
    /// A policy on users and roles; pulled, they have the one of `instead`, or none.
    Policy {
        /// Under `fixtures/`.
        document: PathBuf,
        /// Names of users and roles.
        on: Vec<String>,
        /// What is pulled at a time.
        each: Each,
        /// Under `fixtures/`: the policy that stands there when the document is pulled whole.
        instead: Option<PathBuf>,
    },
    /// The policy of a bucket; pulled, it has the one of `instead`, or none.
    BucketPolicy {
        /// Under `fixtures/`.
        document: Option<PathBuf>,
        /// The scenario's name of the bucket.
        bucket: String,
        /// Under `fixtures/`.
        instead: Option<PathBuf>,
    },
    /// A session of a role that a user assumed; its keys are for the connection.
    Session {
        /// The scenario's name of it.
        session: String,
        /// The role that is assumed.
        role: String,
        /// The user who assumes it.
        by: String,
    },
    /// The external id that the connector gives when it assumes a role; pulled, it gives none.
    ExternalId {
        /// The id.
        id: String,
    },
    /// What the agent trusts; pulled, it trusts the authority of `instead` alone, or nobody.
    TrustStore {
        /// A PEM file under `fixtures/`.
        instead: Option<PathBuf>,
    },
    /// A setting of the cluster's; pulled, it is the one of `instead`.
    Cluster {
        /// What is right.
        to: ClusterSetting,
        /// What is wrong.
        instead: ClusterSetting,
    },
    /// The connection's JDBC URL; pulled, it is the one of `instead`.
    JdbcUrl {
        /// What is right.
        url: String,
        /// What is wrong.
        instead: String,
    },
    /// A folder of an agent; pulled, it is not there, has the mode of `instead`, or lies there.
    Folder {
        /// Which.
        folder: AgentFolder,
        /// The agent's name; none: the first.
        of: Option<String>,
        /// A mode in octal digits, or a path under the agent's root.
        instead: Instead,
    },
    /// The instance of an agent has an instance profile with this role; pulled, it has none.
    InstanceProfile {
        /// The role's name.
        role: String,
        /// The agent's name; none: every agent's.
        of: Option<String>,
    },
    /// A value that the scenario's texts name as `${NAME}`; pulled, it is the one of `instead`.
    Setting {
        /// The name.
        setting: String,
        /// What is right.
        value: String,
        /// What is wrong.
        instead: String,
    },
    /// A COPY option of the connection, as property text; pulled, it is left out.
    CopyOption {
        /// `NAME=VALUE`.
        option: String,
    },
    /// An UNLOAD option of the connection, as property text; pulled, it is left out.
    UnloadOption {
        /// `NAME=VALUE`.
        option: String,
    },
    /// The session's token goes with its keys; pulled, it is left out.
    Token {
        /// The session's name.
        session: String,
    },
    /// The session is not over; pulled, the account's clock stands behind its end.
    Lifetime {
        /// The session's name.
        session: String,
    },
    /// The agent's clock is right; pulled, it is an hour fast.
    AgentClock,
    /// A login of the database, neither owner nor superuser; pulled, there is none.
    Login {
        /// The login's name.
        login: String,
    },
    /// Statements run in the database; pulled, those of `instead` are run.
    Sql {
        /// What puts the pin in.
        statements: Option<String>,
        /// What is run when it is pulled.
        instead: Instead,
        /// The login that runs them; none: the master.
        login: Option<String>,
    },
}

/// One pull: a whole pin, or one action of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pull {
    /// The pin's name.
    pub pin: String,
    /// The action, for a pin of [`Each::Action`].
    pub action: Option<String>,
}

impl Pull {
    /// Reads `PIN` or `PIN/ACTION`; pins' own names may hold slashes, so the pins decide.
    pub fn named(name: &str, pins: &[Pin]) -> Option<Self> {
        if pins.iter().any(|pin| pin.name == name) {
            return Some(Self { pin: name.to_owned(), action: None });
        }
        let (pin, action) = name.rsplit_once('/')?;
        let by_action = |each: &Pin| {
            matches!(
                each.kind,
                PinKind::Policy { each: Each::Action, .. } | PinKind::Key { each: Each::Action, .. }
            )
        };
        let known = pins.iter().any(|each| each.name == pin && by_action(each));
        known.then(|| Self { pin: pin.to_owned(), action: Some(action.to_owned()) })
    }
}

impl std::fmt::Display for Pull {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.action {
            Some(action) => write!(f, "{}/{action}", self.pin),
            None => f.write_str(&self.pin),
        }
    }
}
