//! The policy simulator: the same engine, on documents that are given or that an entity has.

use std::{collections::BTreeSet, sync::Arc};

use linchpin_gateway::{AwsError, OwnedDocument, PrincipalPolicies};
use linchpin_policy::{
    Context, Decision, Document, DocumentKind, NamedDocument, Outcome, Policies, PolicyType, Principal,
    Request as Asked, Statement, evaluate,
};

use super::{
    errors,
    operation::{Operation, Request},
};
use crate::{
    account::Account,
    query::{Page, Params, Xml, validation},
};

const OF_PRINCIPAL: &[&str] = &[
    "PolicySourceArn",
    "PolicyInputList.",
    "PermissionsBoundaryPolicyInputList.",
    "ActionNames.",
    "ResourceArns.",
    "ResourcePolicy",
    "ResourceOwner",
    "CallerArn",
    "ContextEntries.",
    "MaxItems",
    "Marker",
];

/// The same, but for the principal.
const CUSTOM: &[&str] = match OF_PRINCIPAL {
    [_, rest @ ..] => rest,
    [] => &[],
};

pub(super) const OPERATIONS: [Operation; 2] = [
    Operation::new("SimulateCustomPolicy", CUSTOM, custom),
    Operation::new("SimulatePrincipalPolicy", OF_PRINCIPAL, of_principal),
];

fn custom(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    if request.params.list("PolicyInputList.member.").is_empty() {
        return Err(validation("PolicyInputList", None, "Member must not be null"));
    }
    let caller = request.params.optional("CallerArn");
    check_caller(caller)?;
    // Inferred: without a caller the documents are those of some user of the account.
    let caller = caller.map_or_else(|| account.iam_arn("user", "/", "simulated"), str::to_owned);
    simulate(account, request, &caller, PrincipalPolicies::default())
}

/// Documented: the ARN of a caller is a user's.
fn check_caller(caller: Option<&str>) -> Result<(), AwsError> {
    match caller {
        Some(arn) if !arn.contains(":user/") => Err(errors::not_a_users_arn(arn)),
        _ => Ok(()),
    }
}

fn of_principal(account: &mut Account, request: &Request<'_>) -> Result<Option<Xml>, AwsError> {
    let source = request.params.required("PolicySourceArn")?;
    let caller = request.params.optional("CallerArn");
    check_caller(caller)?;
    let (known, own) = subject(account, source)?;
    simulate(account, request, caller.unwrap_or(&known), own)
}

/// Who calls with the policies of an entity. Documented: it is a user, group or role; the policies of a group are judged as
/// those of a user who has no others.
fn subject(account: &Account, source: &str) -> Result<(String, PrincipalPolicies), AwsError> {
    let found = match source.split_once(":group/") {
        Some((_, path)) => {
            let own = account.entities.policies_of_group(path.rsplit('/').next().unwrap_or_default());
            own.map(|own| (account.iam_arn("user", "/", "simulated"), own))
        }
        None => {
            let own = account.entities.policies_of(&principal("PolicySourceArn", source)?);
            own.map(|own| (source.to_owned(), own))
        }
    };
    found.ok_or_else(|| errors::no_such("entity", source))
}

fn principal(parameter: &str, arn: &str) -> Result<Principal, AwsError> {
    arn.parse().map_err(|_| validation(parameter, Some(arn), "Member is not the ARN of a user or role"))
}

/// What is the same for every pair of action and resource.
struct Simulation {
    principal: Principal,
    owner: String,
    context: Context,
    own: PrincipalPolicies,
    boundary: Vec<OwnedDocument>,
    resource: Option<OwnedDocument>,
    /// The condition keys of its documents that nobody gave a value, in lower case (inferred: AWS tells them so).
    missing: BTreeSet<String>,
}

/// Documented: the keys that the policies ask for and the call does not give.
fn missing<'a>(documents: impl Iterator<Item = &'a OwnedDocument>, context: &Context) -> BTreeSet<String> {
    let statements = documents.flat_map(|owned| owned.document.statements());
    let keys = statements.flat_map(Statement::condition_keys);
    keys.filter(|key| context.get(key).is_none()).map(str::to_owned).collect()
}

fn simulate(
    account: &Account,
    request: &Request<'_>,
    caller: &str,
    mut own: PrincipalPolicies,
) -> Result<Option<Xml>, AwsError> {
    let params = &request.params;
    let principal = principal("CallerArn", caller)?;
    check_resource_policy(params)?;
    own.identity.extend(documents(params, "PolicyInputList")?);
    let resource = params
        .optional("ResourcePolicy")
        .map(|source| parsed("ResourcePolicy".to_owned(), source, DocumentKind::Resource));
    let (context, resource) = (context(params, &principal), resource.transpose()?);
    let boundary = documents(params, "PermissionsBoundaryPolicyInputList")?;
    let asked = own.identity.iter().chain(&own.boundary).chain(&boundary).chain(&resource);
    let simulation = Simulation {
        missing: missing(asked, &context),
        owner: owner(params, account),
        context,
        boundary,
        resource,
        principal,
        own,
    };
    let actions = actions(params)?;
    let mut resources = params.list("ResourceArns.member.");
    if resources.is_empty() {
        resources.push("*");
    }
    let pairs = actions.iter().flat_map(|action| resources.iter().map(move |resource| (*action, *resource)));
    let results = pairs.map(|(action, resource)| simulation.result(action, resource)).collect();
    Ok(Some(Page::read(params)?.list("EvaluationResults", results)))
}

/// Documented: a resource policy judges a user, who is named one way or the other.
fn check_resource_policy(params: &Params<'_>) -> Result<(), AwsError> {
    let is_user = |name| params.optional(name).is_some_and(|arn| arn.contains(":user/"));
    if params.optional("ResourcePolicy").is_none() || is_user("CallerArn") || is_user("PolicySourceArn") {
        return Ok(());
    }
    Err(errors::simulated_caller_missing())
}

/// Documented: each action has its service in front, and no wildcards.
fn actions<'a>(params: &Params<'a>) -> Result<Vec<&'a str>, AwsError> {
    let actions = params.list("ActionNames.member.");
    if actions.is_empty() {
        return Err(validation("ActionNames", None, "Member must not be null"));
    }
    let is_whole = |action: &str| action.contains(':') && !action.contains(['*', '?']);
    match actions.iter().find(|action| !is_whole(action)) {
        Some(other) => Err(errors::invalid_simulated_action(other)),
        None => Ok(actions),
    }
}

/// Documented: the caller's account owns the resource, where nothing else is said.
fn owner(params: &Params<'_>, account: &Account) -> String {
    let owner = params.optional("ResourceOwner");
    let number = owner.map(|owner| owner.split(':').nth(4).unwrap_or(owner));
    number.unwrap_or(&account.id).to_owned()
}

fn documents(params: &Params<'_>, list: &str) -> Result<Vec<OwnedDocument>, AwsError> {
    let sources = params.list(&format!("{list}.member."));
    let numbered = sources.into_iter().zip(1..);
    numbered
        .map(|(source, number)| parsed(format!("{list}.{number}"), source, DocumentKind::Identity))
        .collect()
}

fn parsed(name: String, source: &str, kind: DocumentKind) -> Result<OwnedDocument, AwsError> {
    let document = Document::parse(source, kind).map_err(|error| errors::malformed(&error))?;
    Ok(OwnedDocument { name, document: Arc::new(document) })
}

fn context(params: &Params<'_>, principal: &Principal) -> Context {
    let mut context = principal.condition_keys();
    let entries = (1..).map_while(|number| {
        let entry = format!("ContextEntries.member.{number}");
        let name = params.optional(&format!("{entry}.ContextKeyName"))?;
        Some((name, params.list(&format!("{entry}.ContextKeyValues.member."))))
    });
    for (name, values) in entries {
        context.set_many(name, values.into_iter().map(str::to_owned).collect());
    }
    context
}

impl Simulation {
    fn asked(&self, action: &str, resource: &str) -> Asked {
        Asked {
            principal: self.principal.clone(),
            action: action.to_owned(),
            resource: resource.to_owned(),
            resource_account: Some(self.owner.clone()),
            context: self.context.clone(),
        }
    }

    fn boundary(&self) -> Option<Vec<NamedDocument<'_>>> {
        let boundary: Vec<_> = self.own.boundary.iter().chain(&self.boundary).map(borrowed).collect();
        Some(boundary).filter(|documents| !documents.is_empty())
    }

    fn decide(&self, action: &str, resource: &str) -> Decision {
        let policies = Policies {
            identity: self.own.identity.iter().map(borrowed).collect(),
            boundary: self.boundary(),
            resource: self.resource.as_ref().map(borrowed),
            ..Policies::default()
        };
        evaluate(&self.asked(action, resource), &policies)
    }

    /// Documented: whether the boundary alone allows the action; told where there is one.
    fn boundary_detail(&self, action: &str, resource: &str) -> Option<Xml> {
        let policies = Policies { identity: self.boundary()?, ..Policies::default() };
        let allowed = evaluate(&self.asked(action, resource), &policies).is_allowed();
        Some(Xml::new().text("AllowedByPermissionsBoundary", allowed.to_string()))
    }

    fn result(&self, action: &str, resource: &str) -> Xml {
        let decision = self.decide(action, resource);
        let word = match decision.outcome {
            Outcome::Allow => "allowed",
            Outcome::ImplicitDeny => "implicitDeny",
            Outcome::ExplicitDeny => "explicitDeny",
        };
        let statement = decision.decided_by.and_then(|by| {
            let kind = match by.policy_type {
                PolicyType::Resource | PolicyType::Trust => "Resource Policy",
                _ => "IAM Policy",
            };
            Some(Xml::new().text("SourcePolicyId", by.policy?).text("SourcePolicyType", kind))
        });
        let result = Xml::new()
            .text("EvalActionName", action)
            .text("EvalResourceName", resource)
            .text("EvalDecision", word)
            .list("MatchedStatements", "member", statement)
            .list("MissingContextValues", "member", self.missing.iter().map(|key| Xml::member(key)));
        match self.boundary_detail(action, resource) {
            Some(detail) => result.element("PermissionsBoundaryDecisionDetail", &detail),
            None => result,
        }
    }
}

fn borrowed(owned: &OwnedDocument) -> NamedDocument<'_> {
    NamedDocument { name: &owned.name, document: &owned.document }
}
