//! One line of a table of decisions, with defaults that keep the lines short.

use linchpin_policy::{
    Context, Decision, Document, DocumentKind, NamedDocument, Outcome, Policies, Request, ResourcePolicyRule,
    evaluate,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A request, the documents that apply, and the decision that AWS's rules want.
///
/// Statements may leave `Effect`, `Action`, `Resource` and `Principal` out: then they allow everything to
/// everybody. `condition` and `of_2008` make an identity policy of one statement.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The rule that the line shows.
    pub rule: String,
    #[serde(default = "alice")]
    principal: String,
    #[serde(default = "get_object")]
    action: String,
    #[serde(default = "object")]
    resource: String,
    #[serde(default = "account")]
    owner: String,
    #[serde(default)]
    context: Map<String, Value>,
    condition: Option<Value>,
    of_2008: Option<Value>,
    #[serde(default)]
    pub identity: Vec<Value>,
    pub boundary: Option<Vec<Value>>,
    pub session: Option<Vec<Value>>,
    pub bucket: Option<Vec<Value>>,
    pub key: Option<Vec<Value>>,
    pub trust: Option<Vec<Value>>,
    /// `Outcome [PolicyType [Statement]]`.
    pub expect: String,
}

fn alice() -> String {
    "arn:aws:iam::111111111111:user/alice".to_owned()
}

fn get_object() -> String {
    "s3:GetObject".to_owned()
}

fn object() -> String {
    "arn:aws:s3:::b/k".to_owned()
}

fn account() -> String {
    "111111111111".to_owned()
}

/// The lines of a table.
pub fn read(table: &str) -> Vec<Case> {
    table
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}")))
        .collect()
}

/// The documents of a case, parsed.
pub struct Documents {
    identity: Document,
    boundary: Option<Document>,
    session: Option<Document>,
    resource: Option<Document>,
    rule: ResourcePolicyRule,
}

impl Case {
    pub fn decide(&self) -> Decision {
        let documents = self.documents();
        let named = |document| NamedDocument { name: "p", document };
        let policies = Policies {
            identity: vec![named(&documents.identity)],
            boundary: documents.boundary.as_ref().map(|boundary| vec![named(boundary)]),
            session: documents.session.as_ref().map(|session| vec![named(session)]),
            resource: documents.resource.as_ref().map(named),
            resource_policy: documents.rule,
            ..Policies::default()
        };
        evaluate(&self.request(), &policies)
    }

    /// Whether the identity policy has the older version.
    pub fn is_of_2008(&self) -> bool {
        self.of_2008.is_some()
    }

    /// Removes the shorthand for an identity policy of one condition.
    pub fn take_condition(&mut self) -> Option<Value> {
        self.condition.take()
    }

    fn documents(&self) -> Documents {
        let (resource, rule, kind) = match (&self.bucket, &self.key, &self.trust) {
            (bucket, None, None) => (bucket, ResourcePolicyRule::MayAllow, DocumentKind::Resource),
            (None, key @ Some(_), None) => (key, ResourcePolicyRule::MustAllow, DocumentKind::Resource),
            (None, None, trust @ Some(_)) => (trust, ResourcePolicyRule::TrustMustAllow, DocumentKind::Trust),
            _ => panic!("{}: more than one resource policy", self.rule),
        };
        let parse = |statements: &Vec<Value>, kind| document(statements, kind, "2012-10-17");
        Documents {
            identity: self.identity_document(),
            boundary: self.boundary.as_ref().map(|statements| parse(statements, DocumentKind::Identity)),
            session: self.session.as_ref().map(|statements| parse(statements, DocumentKind::Identity)),
            resource: resource.as_ref().map(|statements| parse(statements, kind)),
            rule,
        }
    }

    fn identity_document(&self) -> Document {
        match (&self.condition, &self.of_2008) {
            (None, None) => document(&self.identity, DocumentKind::Identity, "2012-10-17"),
            (Some(condition), None) => {
                document(&[json!({ "Condition": condition })], DocumentKind::Identity, "2012-10-17")
            }
            (None, Some(statement)) => {
                document(std::slice::from_ref(statement), DocumentKind::Identity, "2008-10-17")
            }
            _ => panic!("{}: two identity documents", self.rule),
        }
    }

    pub fn request(&self) -> Request {
        let mut context = Context::default();
        for (key, value) in &self.context {
            match value {
                Value::Array(values) => {
                    context.set_many(key, values.iter().map(|v| v.as_str().unwrap().to_owned()).collect());
                }
                single => context.set(key, single.as_str().unwrap()),
            }
        }
        Request {
            principal: self.principal.parse().unwrap(),
            action: self.action.clone(),
            resource: self.resource.clone(),
            resource_account: Some(self.owner.clone()),
            context,
        }
    }
}

/// A document of statements with their defaults. No statements at all make one that never applies.
fn document(statements: &[Value], kind: DocumentKind, version: &str) -> Document {
    let mut filled: Vec<Value> = statements.iter().map(|statement| fill(statement, kind)).collect();
    if filled.is_empty() {
        filled.push(fill(&json!({ "Action": "sts:Nothing" }), kind));
    }
    let source = json!({ "Version": version, "Statement": filled }).to_string();
    Document::parse(&source, kind).unwrap_or_else(|error| panic!("{error}: {source}"))
}

fn fill(statement: &Value, kind: DocumentKind) -> Value {
    let mut filled = statement.as_object().unwrap().clone();
    let mut default = |name: &str, twin: &str, value: &str| {
        if !filled.contains_key(name) && !filled.contains_key(twin) {
            filled.insert(name.to_owned(), json!(value));
        }
    };
    default("Effect", "Effect", "Allow");
    default("Action", "NotAction", if kind == DocumentKind::Trust { "sts:*" } else { "*" });
    if kind != DocumentKind::Trust {
        default("Resource", "NotResource", "*");
    }
    if kind != DocumentKind::Identity {
        default("Principal", "NotPrincipal", "*");
    }
    Value::Object(filled)
}

/// What a line of a table expects, for a decision.
pub fn summary(decision: &Decision) -> String {
    let mut summary = format!("{:?}", decision.outcome);
    if let Some(by) = &decision.decided_by {
        summary += &format!(" {:?}", by.policy_type);
        if let Some(statement) = &by.statement {
            assert_eq!(by.policy.as_deref(), Some("p"));
            summary += &format!(" {statement}");
        }
    }
    summary
}

/// Whether the outcome is a permission.
pub fn allows(case: &Case) -> bool {
    case.decide().outcome == Outcome::Allow
}
