//! A program that stands in for the built-in agent.

use std::time::Duration;

use super::{
    Cell, Condition, Connection, Encryption, Expected, Extras, Pin, PinKind, Pull, Scenario, StepKind,
    Sureness, Use, Wordings,
};

/// The option of COPY and UNLOAD that names a role.
const ROLE: &str = "AWS_IAM_ROLE=";

/// A connector of the user's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connector {
    /// In its makers' words.
    pub name: String,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// `insert`, `update`, `upsert`, `delete`, `read`.
    pub operations: Vec<String>,
    /// `keys`, `role`.
    pub auth: Vec<String>,
    /// How long one step may take.
    pub limit: Duration,
}

impl Connector {
    /// What the words under `operations:` may be.
    pub const OPERATIONS: [&'static str; 5] = ["insert", "update", "upsert", "delete", "read"];
    /// What the words under `auth:` may be.
    pub const AUTH: [&'static str; 2] = ["keys", "role"];

    /// Why a cell of a scenario is not for this connector; none when it is.
    pub(crate) fn lacks(&self, scenario: &Scenario, cell: &Cell) -> Option<String> {
        let mut asked = false;
        for step in &scenario.flow {
            let operation = match &step.kind {
                StepKind::Write { extras, .. } if **extras != Extras::default() => {
                    return Some("a connector's program takes no options of tasks".to_owned());
                }
                StepKind::Write { operation, .. } => in_cell(operation, cell),
                StepKind::Read { .. } => "read".to_owned(),
                _ => continue,
            };
            asked = true;
            if !self.operations.contains(&operation) {
                return Some(format!("`{}` does not offer `{operation}`", self.name));
            }
        }
        if !asked {
            return Some("no step of it is a connector's".to_owned());
        }
        self.lacks_auth(scenario, cell).or_else(|| agents_own(scenario, cell))
    }

    /// Why a pull is not for a program, whichever: it takes away what the built-in agent alone has, or the agent alone
    /// refuses it, in words of its own.
    pub(crate) fn lacks_pull(
        scenario: &Scenario,
        pull: &Pull,
        expected: &Expected,
        known: &Wordings,
    ) -> Option<&'static str> {
        let pin = scenario.pins.iter().find(|pin| pin.name == pull.pin)?;
        let own = |with: &[String]| known.of(with).is_some_and(|wording| wording.sure == Sureness::Own);
        match (&pin.kind, expected) {
            (PinKind::AgentClock | PinKind::Folder { .. }, _) => {
                Some("it is about the built-in agent's machine")
            }
            (_, Expected::Breaks { with, .. }) if own(with) => Some("its words are the built-in agent's own"),
            _ => None,
        }
    }

    fn lacks_auth(&self, scenario: &Scenario, cell: &Cell) -> Option<String> {
        let Connection { keys, role, assumes, environment, .. } = &scenario.connection;
        let used = |uses: &[Use]| uses.iter().any(|candidate| candidate.when.covers(cell));
        let with_role = used(role) || options(scenario, cell).any(|option| option.starts_with(ROLE));
        let offers = |word: &str| self.auth.iter().any(|offered| offered == word);
        match () {
            () if scenario.connection.iam_login.is_some() => {
                Some("a connector's program is given a password, and asks for none".to_owned())
            }
            () if assumes.is_some() || environment.is_some() => {
                Some("a connector's program runs on no instance, and assumes no role".to_owned())
            }
            () if used(keys) && !offers("keys") => Some(format!("`{}` does not offer keys", self.name)),
            () if with_role && !offers("role") => Some(format!("`{}` does not offer roles", self.name)),
            () => None,
        }
    }
}

/// A text with the cell's values in it.
fn in_cell(text: &str, cell: &Cell) -> String {
    let mut text = text.to_owned();
    for (axis, value) in cell {
        text = text.replace(&format!("${{{axis}}}"), value);
    }
    text
}

/// What a scenario does to the built-in agent can be done to no other program.
fn agents_own(scenario: &Scenario, cell: &Cell) -> Option<String> {
    let connection = &scenario.connection;
    if connection.agents.len() > 1 {
        return Some("it is about the built-in agent's machines".to_owned());
    }
    if scenario.conditions().any(|condition| matches!(condition, Condition::Files(_))) {
        return Some("it is about the built-in agent's files".to_owned());
    }
    if scenario.conditions().any(|condition| matches!(condition, Condition::Warns { .. })) {
        return Some("it is about the built-in agent's warnings".to_owned());
    }
    let handed_over = |option: &str| option.starts_with(ROLE) || option.starts_with("REGION=");
    let other = options(scenario, cell).any(|option| !handed_over(option))
        || connection.encryption != Encryption::default()
        || !connection.jvm_options.is_empty()
        || !connection.copy_options.is_empty()
        || !connection.unload_options.is_empty();
    other.then(|| "it is about the built-in agent's options".to_owned())
}

fn pins<'a>(scenario: &'a Scenario, cell: &'a Cell) -> impl Iterator<Item = &'a Pin> {
    scenario.pins.iter().filter(|pin| pin.when.covers(cell))
}

/// The options of COPY and UNLOAD that pins put in.
fn options<'a>(scenario: &'a Scenario, cell: &'a Cell) -> impl Iterator<Item = &'a str> {
    pins(scenario, cell).filter_map(|pin| match &pin.kind {
        PinKind::CopyOption { option } | PinKind::UnloadOption { option } => Some(option.as_str()),
        _ => None,
    })
}
