//! The order in which AWS asks the policies that apply to a request.

use crate::{
    DecidedBy, Decision, NamedDocument, Outcome, Policies, PolicyType, Principal, Request,
    ResourcePolicyRule,
    principal_element::Naming,
    statement::{Effect, Statement},
};

/// Decides a request by the documents that apply to it.
///
/// A root is allowed whatever its own account's resource policies do not deny, except where the resource's
/// policy must allow. AWS refuses `sts:AssumeRole` by a root before it evaluates anything: that refusal is
/// the caller's to make, and so is the permission that calls such as `sts:GetCallerIdentity` do not need.
pub fn evaluate(request: &Request, policies: &Policies<'_>) -> Decision {
    if let Some(decided_by) = explicit_deny(request, policies) {
        return Decision { outcome: Outcome::ExplicitDeny, decided_by: Some(decided_by) };
    }
    match allow(request, policies) {
        Ok(decided_by) => Decision { outcome: Outcome::Allow, decided_by },
        Err(policy_type) => Decision {
            outcome: Outcome::ImplicitDeny,
            decided_by: Some(DecidedBy { policy_type, policy: None, statement: None }),
        },
    }
}

/// The documents of one type that apply.
struct Layer<'a> {
    policy_type: PolicyType,
    documents: &'a [NamedDocument<'a>],
}

impl<'a> Layer<'a> {
    fn resource(policies: &'a Policies<'a>) -> Self {
        let policy_type = match policies.resource_policy {
            ResourcePolicyRule::TrustMustAllow => PolicyType::Trust,
            ResourcePolicyRule::MayAllow | ResourcePolicyRule::MustAllow => PolicyType::Resource,
        };
        Self { policy_type, documents: policies.resource.as_slice() }
    }

    fn identity(policies: &'a Policies<'a>) -> Self {
        Self { policy_type: PolicyType::Identity, documents: &policies.identity }
    }

    fn boundary(policies: &'a Policies<'a>) -> Option<Self> {
        let documents = policies.boundary.as_deref()?;
        Some(Self { policy_type: PolicyType::Boundary, documents })
    }

    fn session(policies: &'a Policies<'a>) -> Option<Self> {
        let documents = policies.session.as_deref()?;
        Some(Self { policy_type: PolicyType::Session, documents })
    }

    /// Documented: they limit the users, roles and root of a member account, but no service-linked role.
    fn service_control(request: &Request, policies: &'a Policies<'a>) -> impl Iterator<Item = Self> {
        let limited = request.principal.account().is_some() && !request.principal.is_service_linked();
        let levels = policies.service_control.iter().filter(move |_| limited);
        levels.map(|documents| Self { policy_type: PolicyType::ServiceControl, documents })
    }

    /// Documented: they limit whoever asks for the resource, services too, but no service-linked role.
    fn resource_control(request: &Request, policies: &'a Policies<'a>) -> impl Iterator<Item = Self> {
        let limited = !request.principal.is_service_linked();
        let levels = policies.resource_control.iter().filter(move |_| limited);
        levels.map(|documents| Self { policy_type: PolicyType::ResourceControl, documents })
    }

    /// The policies of organizations, the resource's before the caller's as AWS's flow chart has them.
    fn control(request: &Request, policies: &'a Policies<'a>) -> impl Iterator<Item = Self> {
        Self::resource_control(request, policies).chain(Self::service_control(request, policies))
    }

    /// The statements with this effect that apply, and how each names the caller.
    fn applying(&self, request: &Request, effect: Effect) -> impl Iterator<Item = (DecidedBy, Naming)> {
        self.documents.iter().flat_map(move |named| {
            let statements = named.document.statements().iter().enumerate();
            statements.filter(move |(_, statement)| statement.effect() == effect).filter_map(
                move |(position, statement)| {
                    let naming = statement.applies(request)?;
                    Some((self.decided_by(named, position, statement), naming))
                },
            )
        })
    }

    fn decided_by(&self, named: &NamedDocument<'_>, position: usize, statement: &Statement) -> DecidedBy {
        DecidedBy {
            policy_type: self.policy_type,
            policy: Some(named.name.to_owned()),
            statement: Some(statement.sid().map_or_else(|| position.to_string(), str::to_owned)),
        }
    }

    /// The first statement that allows, or the layer that failed to.
    fn must_allow(&self, request: &Request) -> Result<DecidedBy, PolicyType> {
        self.applying(request, Effect::Allow).next().map(|(by, _)| by).ok_or(self.policy_type)
    }
}

/// Documented: a Deny anywhere is final. AWS names one policy type when several deny; the order is inferred.
fn explicit_deny(request: &Request, policies: &Policies<'_>) -> Option<DecidedBy> {
    let caller_side = [Some(Layer::identity(policies)), Layer::boundary(policies), Layer::session(policies)];
    Layer::control(request, policies)
        .chain([Layer::resource(policies)])
        .chain(caller_side.into_iter().flatten())
        .find_map(|layer| layer.applying(request, Effect::Deny).next().map(|(by, _)| by))
}

/// Where the caller stands to the resource.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// In the account that owns it.
    Member,
    /// In another account.
    Stranger,
    /// In no account, as services and the anonymous: only the resource's policy is asked.
    Stateless,
}

fn standing(request: &Request) -> Standing {
    match (request.principal.account(), request.resource_account.as_deref()) {
        (None, _) => Standing::Stateless,
        (Some(caller), Some(owner)) if caller != owner => Standing::Stranger,
        _ => Standing::Member,
    }
}

fn allow(request: &Request, policies: &Policies<'_>) -> Result<Option<DecidedBy>, PolicyType> {
    Layer::control(request, policies).try_for_each(|level| level.must_allow(request).map(|_| ()))?;
    let resource = Layer::resource(policies);
    let grant = resource.applying(request, Effect::Allow).max_by_key(|(_, naming)| *naming);
    match (standing(request), grant) {
        (Standing::Stateless | Standing::Member, Some((by, Naming::Caller))) => Ok(Some(by)),
        (Standing::Member, Some((by, Naming::Role))) => {
            within_limits(request, policies)?;
            Ok(Some(by))
        }
        (Standing::Member, None) if policies.resource_policy == ResourcePolicyRule::MayAllow => {
            caller_side(request, policies)
        }
        (_, None) | (Standing::Stateless, Some(_)) => Err(resource.policy_type),
        (Standing::Member | Standing::Stranger, Some(_)) => caller_side(request, policies),
    }
}

/// The caller's own policies: identity, then the boundary and the session policies that limit it.
fn caller_side(request: &Request, policies: &Policies<'_>) -> Result<Option<DecidedBy>, PolicyType> {
    if matches!(request.principal, Principal::AccountRoot { .. }) {
        return Ok(None);
    }
    let decided_by = Layer::identity(policies).must_allow(request)?;
    within_limits(request, policies)?;
    Ok(Some(decided_by))
}

fn within_limits(request: &Request, policies: &Policies<'_>) -> Result<(), PolicyType> {
    [Layer::boundary(policies), Layer::session(policies)]
        .iter()
        .flatten()
        .try_for_each(|layer| layer.must_allow(request).map(|_| ()))
}
