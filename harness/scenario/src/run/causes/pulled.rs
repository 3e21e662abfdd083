//! The true cause of a break, from what the harness knows: several mistakes give the user the same text.

use linchpin_gateway::{Decided, Event};

use crate::model::{Pin, PinKind, Pull, Scenario};
use crate::run::world::World;

/// What pulling this pin means, in words.
pub(crate) fn of_pull(scenario: &Scenario, pull: &Pull) -> String {
    let pin = scenario.pins.iter().find(|pin| pin.name == pull.pin);
    match (pin, &pull.action) {
        (Some(Pin { kind: PinKind::Policy { on, .. }, .. }), Some(action)) => {
            format!("no policy of {} allows `{action}`", list(on))
        }
        (Some(Pin { kind: PinKind::Key { key, .. }, .. }), Some(action)) => {
            format!("the policy of the key `{key}` does not allow `{action}`")
        }
        (Some(pin), _) => of_pin(&pin.kind),
        (None, _) => format!("`{pull}` is pulled"),
    }
}

fn of_pin(kind: &PinKind) -> String {
    match kind {
        PinKind::Bucket { bucket, instead: Some(region), .. } => {
            format!("the bucket `{bucket}` is in {region}")
        }
        PinKind::Bucket { bucket, instead: None, .. } => format!("there is no bucket `{bucket}`"),
        PinKind::Object { key, bucket, .. } => format!("there is no object `{key}` in the bucket `{bucket}`"),
        PinKind::Key { key, instead: Some(instead), .. } if instead == "pending deletion" => {
            format!("the key `{key}` is pending deletion")
        }
        PinKind::Key { key, instead: Some(region), .. } => format!("the key `{key}` is in {region}"),
        PinKind::Key { key, .. } => format!("the key `{key}` is disabled"),
        PinKind::Encryption { bucket, key } => format!("the bucket `{bucket}` is not encrypted with `{key}`"),
        PinKind::User { user } => format!("there is no user `{user}`; the connector's key is nobody's"),
        PinKind::Secret { user } => format!("the secret of `{user}`'s key is wrong"),
        PinKind::ActiveKey { user } => format!("the access key of `{user}` is inactive"),
        PinKind::Role { role, .. } => format!("there is no role `{role}`"),
        PinKind::Trust { role, instead, .. } => {
            format!("the role `{role}` has the trust policy `{}`", instead.display())
        }
        PinKind::Attach { role, instead: Some(_), .. } => {
            format!("the role `{role}` is attached, and not the cluster's default")
        }
        PinKind::Attach { role, instead: None, .. } => {
            format!("the role `{role}` is not attached to the cluster")
        }
        PinKind::Policy { on, instead: Some(instead), .. } => {
            format!("{} has the policy `{}`", list(on), instead.display())
        }
        PinKind::Policy { document, on, instead: None, .. } => {
            format!("{} lacks the policy `{}`", list(on), document.display())
        }
        PinKind::BucketPolicy { bucket, instead: Some(instead), .. } => {
            format!("the bucket `{bucket}` has the policy `{}`", instead.display())
        }
        PinKind::BucketPolicy { bucket, instead: None, .. } => format!("the bucket `{bucket}` has no policy"),
        PinKind::Session { session, .. } => format!("the session `{session}` was never made"),
        PinKind::ExternalId { id } => format!("the external id `{id}` is not given"),
        PinKind::TrustStore { instead: Some(instead) } => {
            format!("the agent trusts `{}` alone", instead.display())
        }
        PinKind::TrustStore { instead: None } => "the agent's trust store is empty".to_owned(),
        PinKind::Cluster { instead, .. } => format!("the cluster {}", instead.means()),
        PinKind::JdbcUrl { instead, .. } => format!("the connection's URL is `{instead}`"),
        PinKind::Folder { folder, of, instead } => {
            let whose = of.as_ref().map(|agent| format!(" of the agent `{agent}`")).unwrap_or_default();
            match instead {
                None => format!("the folder `{}`{whose} is not there", folder.name()),
                Some(instead) => format!("the folder `{}`{whose} is `{instead}`", folder.name()),
            }
        }
        PinKind::InstanceProfile { role, of } => {
            let whose = of.as_ref().map(|agent| format!(" of the agent `{agent}`")).unwrap_or_default();
            format!("the instance{whose} carries no profile with the role `{role}`")
        }
        PinKind::Setting { setting, instead, .. } => format!("`{setting}` is `{instead}`"),
        PinKind::CopyOption { option } => format!("the COPY options lack `{option}`"),
        PinKind::UnloadOption { option } => format!("the UNLOAD options lack `{option}`"),
        PinKind::Token { session } => format!("the token of the session `{session}` is left out"),
        PinKind::Lifetime { session } => format!("the session `{session}` is over"),
        PinKind::AgentClock => "the agent's clock is an hour fast".to_owned(),
        PinKind::Login { login } => format!("the database has no login `{login}`"),
        PinKind::Sql { statements: Some(statements), instead: None, .. } => format!("not run: {statements}"),
        PinKind::Sql { instead, .. } => format!("run instead: {}", instead.as_deref().unwrap_or_default()),
    }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
}

impl World {
    /// The last call that was not allowed, with what did not allow it; none when all were.
    pub(crate) fn refused_call(&self) -> Option<String> {
        self.calls().iter().rev().find_map(refusal)
    }
}

fn refusal(event: &Event) -> Option<String> {
    event.error.as_ref()?;
    let denied = event.decisions.iter().find(|decided| decided.outcome != "Allow")?;
    let (who, action, resource) = (&event.principal, &denied.action, &denied.resource);
    Some(format!("`{who}` may not `{action}` on `{resource}`: {}", why(denied)))
}

/// The decision in words; the record holds `TYPE/POLICY/STATEMENT` of what decided.
fn why(denied: &Decided) -> String {
    let mut parts = denied.decided_by.as_deref().unwrap_or_default().splitn(3, '/');
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    match (denied.outcome.as_str(), parts.next(), parts.next()) {
        ("ExplicitDeny", Some(policy), Some(statement)) => {
            format!("statement `{statement}` of the {kind} policy `{policy}` denies it")
        }
        _ => format!("no {kind} policy allows it"),
    }
}
