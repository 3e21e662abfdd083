//! What a scenario declares.

use std::collections::BTreeMap;

use crate::model::{PinKind, Scenario, StepKind};

/// The names that other places may use.
#[derive(Debug, Default)]
pub(super) struct Declared {
    pub(super) buckets: Vec<String>,
    pub(super) keys: Vec<String>,
    pub(super) users: Vec<String>,
    pub(super) roles: Vec<String>,
    pub(super) sessions: Vec<String>,
    pub(super) logins: Vec<String>,
    pub(super) reads: Vec<String>,
    pub(super) agents: Vec<String>,
    /// What `${..}` may hold.
    pub(super) names: Vec<String>,
    /// What a name may stand for, where the scenario itself says so: the matrix's axes and the settings.
    pub(super) values: BTreeMap<String, Vec<String>>,
}

/// The account's root, whose keys every trial has.
pub(crate) const ROOT: &str = "root";

/// What stands for the parts of a user's or session's keys.
pub(crate) fn names_of_keys(name: &str) -> [String; 3] {
    ["access key", "secret", "token"].map(|part| format!("{part}:{name}"))
}

/// Names that every trial knows.
const ALWAYS: [&str; 9] = [
    "region",
    "elsewhere",
    "partition",
    "account",
    "cluster",
    "host",
    "database",
    "trust store",
    "trust store password",
];

impl Declared {
    pub(super) fn of(scenario: &Scenario) -> Self {
        let mut declared = Self::default();
        for pin in &scenario.pins {
            declared.pin(&pin.kind);
        }
        for step in &scenario.flow {
            match &step.kind {
                StepKind::Read { to, .. } => declared.reads.push(to.clone()),
                StepKind::Assume { session, .. } => declared.session(session),
                StepKind::Call(call) => {
                    call.session.iter().for_each(|session| declared.session(session));
                    declared.names.extend(call.login.iter().map(|login| format!("login:{login}")));
                    declared.logins.extend(call.login.clone());
                }
                StepKind::Write { .. }
                | StepKind::Sql { .. }
                | StepKind::Put { .. }
                | StepKind::Kms { .. }
                | StepKind::Clock { .. } => {}
            }
        }
        declared.agents.clone_from(&scenario.connection.agents);
        for axis in &scenario.matrix {
            declared.values.entry(axis.name.clone()).or_default().extend(axis.values.iter().cloned());
        }
        let valued: Vec<String> = declared.values.keys().cloned().collect();
        declared.names.extend(ALWAYS.iter().map(ToString::to_string).chain(valued));
        declared
    }

    fn session(&mut self, session: &str) {
        self.sessions.push(session.to_owned());
        self.names.extend(names_of_keys(session));
    }

    fn pin(&mut self, kind: &PinKind) {
        match kind {
            PinKind::Bucket { bucket, account, .. } => {
                self.buckets.push(bucket.clone());
                self.names.push(format!("bucket:{bucket}"));
                self.names.extend(account.iter().map(|account| format!("account:{account}")));
            }
            PinKind::Key { key, .. } => {
                self.keys.push(key.clone());
                self.names.push(format!("key:{key}"));
            }
            PinKind::User { user } => {
                self.users.push(user.clone());
                self.names.push(format!("user:{user}"));
                self.names.extend(names_of_keys(user));
            }
            PinKind::Role { role, account } => {
                self.roles.push(role.clone());
                self.names.push(format!("role:{role}"));
                self.names.extend(account.iter().map(|account| format!("account:{account}")));
            }
            PinKind::Session { session, .. } => self.session(session),
            PinKind::Login { login } => {
                self.logins.push(login.clone());
                self.names.push(format!("password:{login}"));
            }
            PinKind::Setting { setting, value, instead } => {
                let values = self.values.entry(setting.clone()).or_default();
                values.extend([value.clone(), instead.clone()]);
            }
            _ => {}
        }
    }
}
