//! One case of a table: a request with the documents that apply to it, as one JSON object.

use serde_json::{Value, json};
use thiserror::Error;

use crate::{
    Context, DecidedBy, Decision, Document, DocumentKind, MalformedPolicy, NamedDocument, Policies, Position,
    Principal, Request, ResourcePolicyRule, UnknownPrincipal, evaluate,
    json::{Field, Node, arena},
    principal_element::is_account,
};

const FIELDS: [&str; 14] = [
    "id",
    "principal",
    "action",
    "resource",
    "resource_account",
    "context",
    "identity_policies",
    "permission_boundaries",
    "session_policy",
    "resource_policy",
    "scps",
    "rcps",
    "role_arn",
    "resource_policy_required",
];

/// A case, its documents parsed.
#[derive(Debug)]
pub struct Case {
    id: Value,
    request: Request,
    rule: ResourcePolicyRule,
    identity: Vec<Named>,
    boundaries: Vec<Named>,
    session: Option<Named>,
    resource: Option<Named>,
    service_control: Vec<Vec<Named>>,
    resource_control: Vec<Vec<Named>>,
}

/// A document and where in the case it stands.
#[derive(Debug)]
struct Named {
    name: String,
    document: Document,
}

/// Why a text is no case.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CaseError {
    /// Not JSON, or a key is repeated.
    #[error("not a JSON object with distinct keys; it goes wrong at column {}", .0.column)]
    NotJson(Position),
    /// A field that a case does not have.
    #[error("unknown field `{0}`; a case has {list}", list = FIELDS.join(", "))]
    UnknownField(String),
    /// A field that every case has.
    #[error("the field `{0}` is missing")]
    Missing(&'static str),
    /// A field of the wrong type.
    #[error("`{field}` must be {wanted}")]
    Invalid {
        /// Which field.
        field: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// The principal is none.
    #[error("`principal`: {0}")]
    Principal(#[from] UnknownPrincipal),
    /// A document that IAM would refuse.
    #[error("`{field}`: {source}")]
    Document {
        /// Where it stands.
        field: String,
        /// IAM's reason.
        source: MalformedPolicy,
    },
}

impl Case {
    /// Reads one JSON object.
    ///
    /// # Errors
    /// [`CaseError`] with the field that is wrong.
    pub fn parse(text: &str) -> Result<Self, CaseError> {
        let arena = arena(text);
        let root = Node::parse(text, &arena).map_err(CaseError::NotJson)?;
        let Node::Object(fields) = root else {
            return Err(CaseError::NotJson(Position { line: 1, column: 1 }));
        };
        if let Some((unknown, _)) = fields.iter().find(|(name, _)| !FIELDS.contains(name)) {
            return Err(CaseError::UnknownField((*unknown).to_owned()));
        }
        Fields(fields).case()
    }

    /// The decision on the case.
    pub fn decide(&self) -> Decision {
        evaluate(&self.request, &self.policies())
    }

    /// The answer to the case: `{"id", "decision", "decided_by"}`.
    pub fn answer(&self) -> Value {
        let decision = self.decide();
        let decided_by = decision.decided_by.map(|DecidedBy { policy_type, policy, statement }| {
            json!({ "policy_type": format!("{policy_type:?}"), "policy": policy, "statement": statement })
        });
        json!({ "id": self.id, "decision": format!("{:?}", decision.outcome), "decided_by": decided_by })
    }

    fn policies(&self) -> Policies<'_> {
        Policies {
            identity: named(&self.identity),
            boundary: (!self.boundaries.is_empty()).then(|| named(&self.boundaries)),
            service_control: self.service_control.iter().map(|level| named(level)).collect(),
            resource_control: self.resource_control.iter().map(|level| named(level)).collect(),
            session: self.session.as_ref().map(|session| vec![session.borrow()]),
            resource: self.resource.as_ref().map(Named::borrow),
            resource_policy: self.rule,
        }
    }
}

impl Named {
    fn borrow(&self) -> NamedDocument<'_> {
        NamedDocument { name: &self.name, document: &self.document }
    }
}

fn named(documents: &[Named]) -> Vec<NamedDocument<'_>> {
    documents.iter().map(Named::borrow).collect()
}

/// The fields of a case, all known.
struct Fields<'a>(&'a [Field<'a>]);

impl<'a> Fields<'a> {
    fn case(&self) -> Result<Case, CaseError> {
        let request = self.request()?;
        let is_role = is_role(&request.resource);
        let kind = if is_role { DocumentKind::Trust } else { DocumentKind::Resource };
        Ok(Case {
            id: self.id()?,
            rule: self.rule(&request)?,
            identity: self.documents("identity_policies")?,
            boundaries: self.documents("permission_boundaries")?,
            session: self.document("session_policy", DocumentKind::Identity)?,
            resource: self.document("resource_policy", kind)?,
            service_control: self.levels("scps", DocumentKind::Identity)?,
            resource_control: self.levels("rcps", DocumentKind::Resource)?,
            request,
        })
    }

    /// A field that is there and not `null`.
    fn get(&self, name: &str) -> Option<&'a Node<'a>> {
        let field = self.0.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
        field.filter(|value| !matches!(value, Node::Null))
    }

    fn text(&self, name: &'static str) -> Result<Option<&'a str>, CaseError> {
        self.get(name).map(|node| node.as_text().ok_or_else(|| invalid(name, "a text"))).transpose()
    }

    fn required(&self, name: &'static str) -> Result<&'a str, CaseError> {
        self.text(name)?.ok_or(CaseError::Missing(name))
    }

    fn id(&self) -> Result<Value, CaseError> {
        let node = self.get("id").ok_or(CaseError::Missing("id"))?;
        match node {
            Node::Text(_) | Node::Number(_) => {
                serde_json::from_str(&node.to_json()).map_err(|_| invalid("id", "a text or number"))
            }
            _ => Err(invalid("id", "a text or number")),
        }
    }

    fn request(&self) -> Result<Request, CaseError> {
        let principal = self.principal()?;
        let (action, resource) = (self.required("action")?.to_owned(), self.required("resource")?.to_owned());
        if !action.contains(':') {
            return Err(invalid("action", "a service and what it does, like `s3:GetObject`"));
        }
        if resource.is_empty() {
            return Err(invalid("resource", "an ARN or `*`"));
        }
        let owner = self.text("resource_account")?.or_else(|| account_of(&resource)).map(str::to_owned);
        Ok(Request {
            action,
            resource_account: owner.or_else(|| principal.account().map(str::to_owned)),
            context: self.context()?,
            principal,
            resource,
        })
    }

    fn principal(&self) -> Result<Principal, CaseError> {
        let principal: Principal = self.required("principal")?.parse()?;
        match (principal, self.text("role_arn")?) {
            (Principal::RoleSession { session_arn, account, .. }, Some(role)) => {
                Ok(Principal::RoleSession { role_arn: role.to_owned(), session_arn, account })
            }
            (_, Some(_)) => Err(invalid("role_arn", "left out where the principal is no role's session")),
            (principal, None) => Ok(principal),
        }
    }

    fn context(&self) -> Result<Context, CaseError> {
        let mut context = Context::default();
        let Some(node) = self.get("context") else { return Ok(context) };
        let Node::Object(keys) = node else {
            return Err(invalid("context", "an object of condition keys"));
        };
        for (key, values) in keys.iter() {
            let texts = values.one_or_many().iter().map(|value| value.scalar_text().map(str::to_owned));
            let texts: Option<Vec<String>> = texts.collect();
            let wanted = "a text, number or boolean, or a list of them";
            context.set_many(key, texts.ok_or_else(|| invalid(&format!("context.{key}"), wanted))?);
        }
        Ok(context)
    }

    /// Where the case does not say: documented for trust and key policies, which must allow.
    fn rule(&self, request: &Request) -> Result<ResourcePolicyRule, CaseError> {
        let action = request.action.to_ascii_lowercase();
        let is_role = is_role(&request.resource);
        let must_allow =
            if is_role { ResourcePolicyRule::TrustMustAllow } else { ResourcePolicyRule::MustAllow };
        let required = match self.get("resource_policy_required") {
            Some(Node::Bool(required)) => *required,
            Some(_) => return Err(invalid("resource_policy_required", "`true` or `false`")),
            None => {
                (is_role && action.starts_with("sts:assumerole"))
                    || (action.starts_with("kms:") && request.resource.contains(":key/"))
            }
        };
        Ok(if required { must_allow } else { ResourcePolicyRule::MayAllow })
    }

    fn document(&self, field: &'static str, kind: DocumentKind) -> Result<Option<Named>, CaseError> {
        self.get(field).map(|node| document(field.to_owned(), node, kind)).transpose()
    }

    fn documents(&self, field: &'static str) -> Result<Vec<Named>, CaseError> {
        let none = || Ok(Vec::new());
        self.get(field).map_or_else(none, |node| documents(field, node, DocumentKind::Identity))
    }

    fn levels(&self, field: &'static str, kind: DocumentKind) -> Result<Vec<Vec<Named>>, CaseError> {
        let wanted = "a list of `{\"policies\": [..]}`, the root's first";
        let levels = match self.get(field) {
            None => return Ok(Vec::new()),
            Some(Node::List(levels)) => levels,
            Some(_) => return Err(invalid(field, wanted)),
        };
        let policies = levels.iter().enumerate().map(|(position, level)| match level {
            Node::Object([("policies", node)]) => {
                documents(&format!("{field}[{position}].policies"), node, kind)
            }
            _ => Err(invalid(field, wanted)),
        });
        policies.collect()
    }
}

fn documents(field: &str, node: &Node<'_>, kind: DocumentKind) -> Result<Vec<Named>, CaseError> {
    let Node::List(members) = node else { return Err(invalid(field, "a list of policy documents")) };
    let numbered = members.iter().enumerate();
    numbered.map(|(position, node)| document(format!("{field}[{position}]"), node, kind)).collect()
}

fn document(field: String, node: &Node<'_>, kind: DocumentKind) -> Result<Named, CaseError> {
    match Document::from_node(node, kind) {
        Ok(document) => Ok(Named { name: field, document }),
        Err(source) => Err(CaseError::Document { field, source }),
    }
}

fn invalid(field: &str, wanted: &'static str) -> CaseError {
    CaseError::Invalid { field: field.to_owned(), wanted }
}

fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| is_account(account))
}

fn is_role(arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':');
    let is_iam = parts.next() == Some("arn") && parts.nth(1) == Some("iam");
    is_iam && parts.nth(2).is_some_and(|entity| entity.starts_with("role/"))
}
