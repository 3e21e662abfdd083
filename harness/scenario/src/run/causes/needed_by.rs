//! Who needs a pin: whose call is refused without it, else whom its kind is about. Pure but for the record.

use std::fmt;

use linchpin_gateway::Event;
use linchpin_stack::CLIENT_NAME;
use serde::Serialize;

use crate::model::{PinKind, Pull, Scenario};
use crate::run::conditions::told;

/// Who needs a pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NeededBy {
    /// Its own requests, its machine, and its sessions of the database.
    Connector,
    /// What it reads and writes for COPY and UNLOAD, with whichever keys, and how it takes sessions.
    Cluster,
    /// AWS itself: Redshift that assumes a role, S3 that encrypts.
    Service,
}

impl fmt::Display for NeededBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connector => "connector",
            Self::Cluster => "cluster",
            Self::Service => "service",
        })
    }
}

/// Who needs what is pulled, by the first call that failed and does not in the baseline, whose calls are `usual`.
pub(crate) fn of_pull(scenario: &Scenario, pull: &Pull, calls: &[Event], usual: &[String]) -> NeededBy {
    let failed = |event: &&Event| event.error.is_some() && !usual.contains(&told(event));
    let pin = scenario.pins.iter().find(|pin| pin.name == pull.pin);
    let by_kind = || pin.map_or(NeededBy::Connector, |pin| of_kind(&pin.kind));
    calls.iter().find(failed).map_or_else(by_kind, maker)
}

/// Who made a call: keys do not tell, since connectors lend theirs to the cluster.
pub(crate) fn maker(event: &Event) -> NeededBy {
    match (event.principal == CLIENT_NAME, event.user_agent.ends_with(CLIENT_NAME)) {
        (true, _) => NeededBy::Service,
        (false, true) => NeededBy::Cluster,
        (false, false) => NeededBy::Connector,
    }
}

fn of_kind(kind: &PinKind) -> NeededBy {
    match kind {
        PinKind::Attach { .. } | PinKind::Cluster { .. } | PinKind::Object { .. } => NeededBy::Cluster,
        PinKind::Trust { .. } | PinKind::Key { .. } | PinKind::Encryption { .. } => NeededBy::Service,
        PinKind::Bucket { .. }
        | PinKind::User { .. }
        | PinKind::Secret { .. }
        | PinKind::ActiveKey { .. }
        | PinKind::Role { .. }
        | PinKind::Policy { .. }
        | PinKind::BucketPolicy { .. }
        | PinKind::Session { .. }
        | PinKind::ExternalId { .. }
        | PinKind::TrustStore { .. }
        | PinKind::JdbcUrl { .. }
        | PinKind::Folder { .. }
        | PinKind::InstanceProfile { .. }
        | PinKind::Setting { .. }
        | PinKind::CopyOption { .. }
        | PinKind::UnloadOption { .. }
        | PinKind::Token { .. }
        | PinKind::Lifetime { .. }
        | PinKind::AgentClock
        | PinKind::Login { .. }
        | PinKind::Sql { .. } => NeededBy::Connector,
    }
}
