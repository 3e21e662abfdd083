//! The scenario itself.

use super::{
    Assumes, Axis, Condition, Connector, Count, Encryption, FlowStep, IamLogin, Pin, Pull, SqlUser, StepKind,
    When,
};

/// One scenario file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// One sentence.
    pub title: String,
    /// The path under `scenarios/`, without its ending: the name in reports and of the test.
    pub name: String,
    /// The requirements it proves.
    pub proves: Vec<String>,
    /// The dimensions of its matrix.
    pub matrix: Vec<Axis>,
    /// The program that takes its writes and reads; none: the built-in agent, or the run's.
    pub connector: Option<Connector>,
    /// In the order they are put in.
    pub pins: Vec<Pin>,
    /// How the connector connects.
    pub connection: Connection,
    /// In the order they are taken.
    pub flow: Vec<FlowStep>,
    /// What must hold after the flow with every pin in.
    pub holds: Vec<Condition>,
    /// What must come of each pull.
    pub pulled: Vec<Pulled>,
}

impl Scenario {
    /// Every pull that breaks at a step, with the texts that its error must hold. Conditions are worded by linchpin alone.
    pub fn breaks(&self) -> impl Iterator<Item = (&Pull, &str, &[String])> {
        let outcomes =
            self.pulled.iter().flat_map(|line| line.outcomes.iter().map(move |outcome| (line, outcome)));
        outcomes.filter_map(|(line, outcome)| match &outcome.expected {
            Expected::Breaks { step, with, .. } if step != "holds" => {
                Some((&line.pull, step.as_str(), with.as_slice()))
            }
            _ => None,
        })
    }

    /// Whether its `holds:` names who made which calls, or that nobody made any: what it shows then is not the work of somebody
    /// else's rights.
    #[must_use]
    pub fn tells_who_called(&self) -> bool {
        self.holds.iter().any(|condition| match condition {
            Condition::CallsOf { .. } | Condition::CallsOnly { .. } | Condition::CallsBy { .. } => true,
            Condition::CallCount { calls, count } => calls.by.is_some() || *count == Count::Exactly(0),
            _ => false,
        })
    }

    /// Whether a step or a condition runs SQL as the connection's login.
    pub(crate) fn sql_as_connection(&self) -> bool {
        let step = |step: &FlowStep| matches!(step.kind, StepKind::Sql { runs_as: SqlUser::Connection, .. });
        let condition = |condition: &Condition| {
            matches!(condition, Condition::Query { runs_as: SqlUser::Connection, .. })
        };
        self.flow.iter().any(step) || self.conditions().any(condition)
    }

    /// What must hold after the flow, or after one that broke.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = &Condition> {
        let outcomes = self.pulled.iter().flat_map(|pulled| &pulled.outcomes);
        let after = outcomes.filter_map(|outcome| match &outcome.expected {
            Expected::Breaks { and, .. } => Some(and),
            Expected::DoesNotMatter { .. } => None,
        });
        self.holds.iter().chain(after.flatten())
    }
}

/// The agent's connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The scenario's name of the staging bucket; none for flows that do without.
    pub bucket: Option<String>,
    /// The login of the database; none for flows that do without.
    pub login: Option<String>,
    /// The password in the connection; none: the login's own.
    pub password: Option<String>,
    /// How the agent gets the login's password; none: it is told.
    pub iam_login: Option<IamLogin>,
    /// The user or session whose keys it holds.
    pub keys: Vec<Use>,
    /// The role in its COPY and UNLOAD options.
    pub role: Vec<Use>,
    /// [`Connection::GIVEN`]: a staging folder in the connection; none: where the agent is not hosted.
    pub staging_folder: Option<String>,
    /// The agents that the flow runs on, one after another; none: one.
    pub agents: Vec<String>,
    /// Where they run: `ec2`, `elsewhere` or `hosted`; none: elsewhere.
    pub environment: Option<String>,
    /// The cluster identifier in the connection.
    pub cluster: Option<String>,
    /// The role that the agent assumes for its own requests.
    pub assumes: Option<Assumes>,
    /// How staged objects are encrypted, besides by their bucket.
    pub encryption: Encryption,
    /// The JVM options of its agents, which name their trust store; none: the stack's authority is trusted.
    pub jvm_options: Vec<String>,
    /// Further COPY options, as property text.
    pub copy_options: String,
    /// Further UNLOAD options, as property text.
    pub unload_options: String,
}

impl Connection {
    /// The word of `staging folder:`.
    pub const GIVEN: &str = "given";
}

/// A name that is used in some cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The user's, session's or role's name.
    pub name: String,
    /// The cells.
    pub when: When,
}

/// What a pull must lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulled {
    /// What is pulled.
    pub pull: Pull,
    /// What comes of it, by cells.
    pub outcomes: Vec<Outcome>,
}

/// What comes of a pull in some cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The cells.
    pub when: When,
    /// What is expected there.
    pub expected: Expected,
}

/// The expectation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The flow breaks.
    Breaks {
        /// `write.stage`, `read.unload`, or `holds`.
        step: String,
        /// Texts that must all stand in the error.
        with: Vec<String>,
        /// A text that must stand in the cause that the harness tells.
        cause: Option<String>,
        /// What must hold afterwards.
        and: Vec<Condition>,
    },
    /// Nothing breaks, and that is known.
    DoesNotMatter {
        /// Why.
        why: String,
    },
}
