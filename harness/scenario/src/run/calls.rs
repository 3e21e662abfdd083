//! Questions to the record.

use linchpin_gateway::Event;

use super::world::World;

impl World {
    /// Every call in the trial's accounts, but the harness's own, which are made as their roots.
    pub(crate) fn calls(&self) -> Vec<Event> {
        let events = self.stack.record().of_accounts(&self.owners.numbers());
        events.into_iter().filter(|event| !event.principal.ends_with(":root")).collect()
    }

    /// The calls of a user, or of the sessions of a role.
    pub(crate) fn calls_by(&self, name: &str) -> Vec<Event> {
        self.calls().into_iter().filter(|event| is_by(event, name)).collect()
    }
}

/// Whether a call was signed by a user, or in a session of a role, of this name.
pub(crate) fn is_by(event: &Event, name: &str) -> bool {
    let resource = event.principal.splitn(6, ':').nth(5).unwrap_or_default();
    match resource.split('/').collect::<Vec<_>>().as_slice() {
        ["user", .., user] => *user == name,
        ["assumed-role", role, _] => *role == name,
        _ => false,
    }
}
