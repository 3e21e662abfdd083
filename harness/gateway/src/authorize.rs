//! The third stage: may they?

use linchpin_policy::{
    Context, DecidedBy, Decision, NamedDocument, Outcome, Policies, PolicyType, Principal, Request,
    ResourcePolicyRule, evaluate,
};

use crate::{
    AwsError, BucketFacts, Identities, KeyFacts, OwnedDocument, PrincipalPolicies, RoleFacts, ServiceName,
    authenticate::Caller,
    checks::{Check, Checks},
    classify::{Guard, Need},
    record::Decided,
    texts,
};

/// A bucket that a call is about: a copy is about two.
#[derive(Clone, Debug)]
pub(crate) struct NamedBucket {
    pub(crate) name: String,
    pub(crate) facts: BucketFacts,
}

/// Judges the rights that one call takes.
pub(crate) struct Authorizer<'a> {
    pub(crate) identities: &'a dyn Identities,
    pub(crate) checks: Checks,
    pub(crate) service: ServiceName,
    pub(crate) caller: &'a Caller,
    pub(crate) policies: &'a PrincipalPolicies,
    /// The buckets that the call is about.
    pub(crate) buckets: &'a [NamedBucket],
    /// Condition keys that every right of the call shares.
    pub(crate) context: &'a Context,
}

impl Authorizer<'_> {
    /// All rights must be allowed; the first that is not gives the error.
    pub(crate) async fn judge_all(&self, needs: &[Need], decided: &mut Vec<Decided>) -> Result<(), AwsError> {
        for need in needs {
            self.judge(need, decided).await?;
        }
        Ok(())
    }

    /// One right.
    pub(crate) async fn judge(&self, need: &Need, decided: &mut Vec<Decided>) -> Result<(), AwsError> {
        let role = match &need.guard {
            Guard::Trust(arn) => self.identities.role(arn).await?,
            Guard::Bucket(_) | Guard::OwnUpload(_) | Guard::Key(_) | Guard::Named | Guard::Account => None,
        };
        let resource_account = self.resource_account(need, role.as_ref());
        let request = self.request(need, resource_account.clone());
        let mut decision = self.decide(need, &request, role.as_ref());
        if let Guard::Key(key) = &need.guard {
            decision = self.with_grants(key, &request, decision);
        }
        if let Guard::OwnUpload(_) = &need.guard {
            decision = unless_denied(decision);
        }
        decided.push(describe(need, &decision));
        if decision.is_allowed() || self.is_waived(need, &decision) || self.is_own_service() {
            return Ok(());
        }
        Err(texts::access_denied(
            self.service,
            &texts::Refused {
                principal: &self.caller.principal,
                action: &need.action,
                resource: &need.resource,
                resource_account: resource_account.as_deref(),
                decision: &decision,
            },
        ))
    }

    /// A grant allows what the key policy does not; it never stands against a Deny (documented). Who may retire a
    /// grant, the grant alone says, but for the account's root (documented).
    fn with_grants(&self, key: &KeyFacts, request: &Request, by_policy: Decision) -> Decision {
        let is_root = matches!(&self.caller.principal, Principal::AccountRoot { account, .. } if *account == key.account);
        let retires = request.action == "kms:RetireGrant" && !is_root;
        match by_policy.outcome {
            Outcome::ExplicitDeny => by_policy,
            Outcome::Allow if !retires => by_policy,
            Outcome::ImplicitDeny => self.by_grant(key, request).unwrap_or(by_policy),
            Outcome::Allow => self.by_grant(key, request).unwrap_or_else(nobodys_grant),
        }
    }

    fn by_grant(&self, key: &KeyFacts, request: &Request) -> Option<Decision> {
        let judged = |grant: &OwnedDocument, request: &Request| {
            let policies = Policies {
                resource: Some(named(grant)),
                resource_policy: ResourcePolicyRule::MustAllow,
                ..self.callers_side()
            };
            Some(evaluate(request, &policies)).filter(Decision::is_allowed)
        };
        key.grants.iter().find_map(|grant| {
            let decision = judged(grant, request)?;
            handed_on(request).iter().all(|right| judged(grant, right).is_some()).then_some(decision)
        })
    }

    fn resource_account(&self, need: &Need, role: Option<&RoleFacts>) -> Option<String> {
        match &need.guard {
            Guard::Bucket(name) | Guard::OwnUpload(name) => {
                self.bucket(name).map(|bucket| bucket.account.clone())
            }
            Guard::Trust(arn) => role.map(|role| role.account.clone()).or_else(|| account_of(arn)),
            Guard::Key(key) => Some(key.account.clone()),
            Guard::Named | Guard::Account => Some(self.caller.account.clone()),
        }
    }

    fn request(&self, need: &Need, resource_account: Option<String>) -> Request {
        let mut context = self.context.clone();
        for (key, values) in need.context.iter() {
            context.set_many(key, values.to_vec());
        }
        if let Some(account) = &resource_account {
            context.set("aws:ResourceAccount", account);
            if self.service == ServiceName::S3 {
                context.set("s3:ResourceAccount", account);
            }
        }
        Request {
            principal: self.caller.principal.clone(),
            action: need.action.clone(),
            resource: need.resource.clone(),
            resource_account,
            context,
        }
    }

    fn decide(&self, need: &Need, request: &Request, role: Option<&RoleFacts>) -> Decision {
        let (resource, resource_policy) = match &need.guard {
            Guard::Bucket(name) | Guard::OwnUpload(name) => {
                let policy = self
                    .bucket(name)
                    .filter(|bucket| !self.rescues(bucket, &need.action) && !self.is_shut_out(bucket));
                let policy = policy.and_then(|bucket| bucket.policy.as_deref());
                (policy.map(|document| NamedDocument { name, document }), ResourcePolicyRule::MayAllow)
            }
            Guard::Trust(arn) => {
                let trust = role.map(|role| NamedDocument { name: arn, document: &role.trust });
                (trust, ResourcePolicyRule::TrustMustAllow)
            }
            Guard::Key(key) => {
                let policy = NamedDocument { name: "key policy", document: &key.policy };
                (Some(policy), ResourcePolicyRule::MustAllow)
            }
            Guard::Named | Guard::Account => (None, ResourcePolicyRule::MayAllow),
        };
        evaluate(request, &Policies { resource, resource_policy, ..self.callers_side() })
    }

    /// Documented (the API reference of these calls): whatever a bucket's policy denies, the root of the account that
    /// owns it may read, replace and delete that policy.
    fn rescues(&self, bucket: &BucketFacts, action: &str) -> bool {
        let is_owner = matches!(&self.caller.principal, Principal::AccountRoot { account, .. } if *account == bucket.account);
        is_owner && ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"].contains(&action)
    }

    /// Documented (RestrictPublicBuckets): a public policy then holds for services and the bucket's own account alone.
    fn is_shut_out(&self, bucket: &BucketFacts) -> bool {
        let is_service = matches!(self.caller.principal, Principal::Service { .. });
        bucket.is_restricted && !is_service && self.caller.account != bucket.account
    }

    fn bucket(&self, name: &str) -> Option<&BucketFacts> {
        self.buckets.iter().find(|bucket| bucket.name == name).map(|bucket| &bucket.facts)
    }

    fn callers_side(&self) -> Policies<'_> {
        Policies {
            identity: self.policies.identity.iter().map(named).collect(),
            boundary: self.policies.boundary.as_ref().map(|boundary| vec![named(boundary)]),
            session: self.caller.session_policies.as_ref().map(|all| all.iter().map(named).collect()),
            ..Policies::default()
        }
    }

    fn is_waived(&self, need: &Need, decision: &Decision) -> bool {
        let check = match decision.decided_by.as_ref().map(|by| by.policy_type) {
            Some(PolicyType::Resource) if matches!(need.guard, Guard::Key(_)) => Check::KeyPolicy,
            Some(PolicyType::Resource) => Check::BucketPolicy,
            Some(PolicyType::Trust) => Check::TrustPolicy,
            Some(PolicyType::Session) => Check::SessionPolicy,
            Some(
                PolicyType::Identity
                | PolicyType::Boundary
                | PolicyType::ServiceControl
                | PolicyType::ResourceControl,
            )
            | None => Check::IdentityPolicy,
        };
        !self.checks.enforce(check)
    }

    /// A service asks its own control plane without a policy in between: it is the same service (inferred).
    fn is_own_service(&self) -> bool {
        let Principal::Service { name } = &self.caller.principal else { return false };
        name.split('.').next() == Some(self.service.prefix())
    }
}

/// Documented: what the initiator of an upload may do by default, an explicit Deny alone takes away.
fn unless_denied(decision: Decision) -> Decision {
    match decision.outcome {
        Outcome::ImplicitDeny => Decision { outcome: Outcome::Allow, decided_by: None },
        Outcome::Allow | Outcome::ExplicitDeny => decision,
    }
}

fn nobodys_grant() -> Decision {
    let by = DecidedBy { policy_type: PolicyType::Resource, policy: None, statement: None };
    Decision { outcome: Outcome::ImplicitDeny, decided_by: Some(by) }
}

/// The rights that a new grant gives, each in the widest request that it allows: a grant that comes of a grant is for the
/// same or for less (documented). But under `EncryptionContextEquals`, any other pair may be in the context too.
fn handed_on(request: &Request) -> Vec<Request> {
    const NAMES: &str = "kms:EncryptionContextKeys";
    if request.action != "kms:CreateGrant" {
        return Vec::new();
    }
    let mut context = request.context.clone();
    let is_exact = |kinds: &[String]| kinds.iter().any(|kind| kind == "EncryptionContextEquals");
    if !context.get("kms:GrantConstraintType").is_some_and(is_exact) {
        let names = context.get(NAMES).unwrap_or_default().iter().cloned();
        let wider = names.chain([String::from("*any other*")]).collect();
        context.set_many(NAMES, wider);
    }
    let operations = request.context.get("kms:GrantOperations").unwrap_or_default().iter();
    let right = |operation: &String| Request {
        action: format!("kms:{operation}"),
        context: context.clone(),
        ..request.clone()
    };
    operations.map(right).collect()
}

fn named(owned: &OwnedDocument) -> NamedDocument<'_> {
    NamedDocument { name: &owned.name, document: &owned.document }
}

fn account_of(arn: &str) -> Option<String> {
    arn.split(':').nth(4).filter(|account| !account.is_empty()).map(str::to_owned)
}

fn describe(need: &Need, decision: &Decision) -> Decided {
    Decided {
        action: need.action.clone(),
        resource: need.resource.clone(),
        outcome: format!("{:?}", decision.outcome),
        decided_by: decision.decided_by.as_ref().map(|DecidedBy { policy_type, policy, statement }| {
            let part = |part: &Option<String>| part.clone().unwrap_or_default();
            format!("{policy_type:?}/{}/{}", part(policy), part(statement))
        }),
    }
}
