//! From text to statements, with IAM's validation.

use crate::{
    DocumentKind,
    condition::{Condition, Operator},
    json::{Field, Node, arena},
    malformed::{IAM_KINDS, MalformedPolicy, Reason},
    pattern::{Pattern, Variables, Wildcards, arn_parts},
    principal_element::{PrincipalElement, PrincipalName},
    statement::{Effect, Selection, Statement},
};

const DOCUMENT_FIELDS: [&str; 3] = ["Version", "Id", "Statement"];
const STATEMENT_FIELDS: [&str; 9] = [
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
];

/// The statements of a whole document.
pub(crate) fn statements(source: &str, kind: DocumentKind) -> Result<Vec<Statement>, MalformedPolicy> {
    if source.starts_with(|first: char| first.is_whitespace()) {
        return Err(leading_space(kind).into());
    }
    let arena = arena(source);
    let root =
        Node::parse(source, &arena).map_err(|position| MalformedPolicy::at(not_json(kind), position))?;
    Ok(statements_of(&root, kind)?)
}

/// The statements of a document that is JSON already.
pub(crate) fn statements_of(root: &Node<'_>, kind: DocumentKind) -> Result<Vec<Statement>, Reason> {
    let document = Fields::of(root, &DOCUMENT_FIELDS)?.ok_or_else(|| not_json(kind))?;
    document.text("Id")?;
    let parser = Parser { kind, variables: variables(&document)? };
    let nodes = document.get("Statement").ok_or(Reason::MissingField("Statement"))?.one_or_many();
    if nodes.is_empty() {
        return Err(Reason::NoStatement);
    }
    let statements = nodes.iter().map(|node| parser.statement(node)).collect::<Result<Vec<_>, _>>()?;
    distinct_sids(&statements)?;
    Ok(statements)
}

fn not_json(kind: DocumentKind) -> Reason {
    match kind {
        DocumentKind::Identity => Reason::Syntax,
        DocumentKind::Trust => Reason::InvalidJson,
        DocumentKind::Resource => Reason::NotAnObject,
    }
}

fn leading_space(kind: DocumentKind) -> Reason {
    match kind {
        DocumentKind::Identity | DocumentKind::Trust => Reason::LeadingSpace,
        DocumentKind::Resource => Reason::NotAnObject,
    }
}

/// Documented: without a version the document is of 2008, which has no variables.
fn variables(document: &Fields<'_>) -> Result<Variables, Reason> {
    match document.get("Version").map(Node::as_text) {
        None | Some(Some("2008-10-17")) => Ok(Variables::LiteralText),
        Some(Some("2012-10-17")) => Ok(Variables::Substituted),
        Some(_) => Err(Reason::Version),
    }
}

fn distinct_sids(statements: &[Statement]) -> Result<(), Reason> {
    let mut sids: Vec<&str> = statements.iter().filter_map(Statement::sid).collect();
    sids.sort_unstable();
    let repeated = sids.windows(2).any(|pair| pair.first() == pair.last());
    if repeated { Err(Reason::RepeatedSid) } else { Ok(()) }
}

/// An object whose fields are all known.
struct Fields<'a>(&'a [Field<'a>]);

impl<'a> Fields<'a> {
    fn of(node: &'a Node<'a>, known: &[&str]) -> Result<Option<Self>, Reason> {
        let Node::Object(fields) = node else { return Ok(None) };
        match fields.iter().find(|(name, _)| !known.contains(name)) {
            Some((unknown, _)) => Err(Reason::UnknownField((*unknown).to_owned())),
            None => Ok(Some(Self(fields))),
        }
    }

    fn get(&self, name: &str) -> Option<&'a Node<'a>> {
        self.0.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    fn text(&self, name: &str) -> Result<Option<&'a str>, Reason> {
        let invalid = || Reason::InvalidField(name.to_owned());
        self.get(name).map(|node| node.as_text().ok_or_else(invalid)).transpose()
    }

    /// The values of an element or of its `Not..` twin; not both.
    fn either(&self, name: &'static str, negation: &'static str) -> Result<Option<Chosen<'a>>, Reason> {
        match (self.get(name), self.get(negation)) {
            (Some(_), Some(_)) => Err(Reason::ProhibitedField(negation)),
            (Some(node), None) => Ok(Some(Chosen { name, node, negated: false })),
            (None, Some(node)) => Ok(Some(Chosen { name: negation, node, negated: true })),
            (None, None) => Ok(None),
        }
    }
}

/// The one of two elements that a statement has.
struct Chosen<'a> {
    name: &'static str,
    node: &'a Node<'a>,
    negated: bool,
}

impl<'a> Chosen<'a> {
    /// Each text, read: at least one.
    fn each<Read>(&self, read: impl Fn(&'a str) -> Result<Read, Reason>) -> Result<Vec<Read>, Reason> {
        each(self.name, self.node, read)
    }

    fn selection(&self, patterns: Vec<Pattern>) -> Selection {
        if self.negated { Selection::AllBut(patterns) } else { Selection::Only(patterns) }
    }
}

/// One text or several, each of them read; at least one.
fn each<'a, Read>(
    name: &str,
    node: &'a Node<'a>,
    read: impl Fn(&'a str) -> Result<Read, Reason>,
) -> Result<Vec<Read>, Reason> {
    let invalid = || Reason::InvalidField(name.to_owned());
    let members = node.one_or_many();
    if members.is_empty() || members.iter().any(|member| member.as_text().is_none()) {
        return Err(invalid());
    }
    // Most lists have one member, for which collecting would make room for four.
    let mut all = Vec::with_capacity(members.len());
    for member in members {
        all.push(read(member.as_text().ok_or_else(invalid)?)?);
    }
    Ok(all)
}

struct Parser {
    kind: DocumentKind,
    variables: Variables,
}

impl Parser {
    fn statement(&self, node: &Node<'_>) -> Result<Statement, Reason> {
        let fields =
            Fields::of(node, &STATEMENT_FIELDS)?.ok_or(Reason::InvalidField("Statement".to_owned()))?;
        Ok(Statement {
            sid: self.sid(&fields)?,
            effect: effect(&fields)?,
            principals: self.principals(&fields)?,
            actions: self.actions(&fields)?,
            resources: self.resources(&fields)?,
            conditions: self.conditions(&fields)?,
        })
    }

    /// Bucket policies may use any characters in a name.
    fn sid(&self, fields: &Fields<'_>) -> Result<Option<String>, Reason> {
        let sid = fields.text("Sid")?;
        let plain = sid.is_none_or(|sid| sid.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        if plain || self.kind == DocumentKind::Resource {
            // An empty name is none (inferred): decisions then tell the statement's position.
            Ok(sid.filter(|sid| !sid.is_empty()).map(str::to_owned))
        } else {
            Err(Reason::SidCharacters)
        }
    }

    fn principals(&self, fields: &Fields<'_>) -> Result<Option<PrincipalElement>, Reason> {
        match (fields.either("Principal", "NotPrincipal")?, self.kind) {
            (None, DocumentKind::Identity) => Ok(None),
            (Some(_), DocumentKind::Identity) => Err(Reason::IdentityPrincipal),
            (None, _) => Err(Reason::MissingField("Principal")),
            (Some(chosen), _) => {
                let names = principal_names(&chosen)?;
                Ok(Some(if chosen.negated {
                    PrincipalElement::AllBut(names)
                } else {
                    PrincipalElement::Only(names)
                }))
            }
        }
    }

    fn actions(&self, fields: &Fields<'_>) -> Result<Selection, Reason> {
        let missing = match self.kind {
            DocumentKind::Identity => Reason::NoActions,
            DocumentKind::Resource | DocumentKind::Trust => Reason::MissingField("Action"),
        };
        let chosen = fields.either("Action", "NotAction")?.ok_or(missing)?;
        Ok(chosen.selection(chosen.each(|text| self.action(text))?))
    }

    fn action(&self, text: &str) -> Result<Pattern, Reason> {
        let vendor = if text == "*" { "*" } else { action_vendor(text)? };
        if self.kind == DocumentKind::Trust && !vendor.eq_ignore_ascii_case("sts") {
            return Err(Reason::TrustAction);
        }
        Ok(Pattern::parse(text, Wildcards::Active, Variables::LiteralText))
    }

    fn resources(&self, fields: &Fields<'_>) -> Result<Option<Selection>, Reason> {
        match (fields.either("Resource", "NotResource")?, self.kind) {
            (None, DocumentKind::Trust) => Ok(None),
            (Some(chosen), DocumentKind::Trust) => Err(Reason::ProhibitedField(chosen.name)),
            (None, DocumentKind::Identity) => Err(Reason::NoResources),
            (None, DocumentKind::Resource) => Err(Reason::MissingField("Resource")),
            (Some(chosen), _) => Ok(Some(chosen.selection(chosen.each(|text| self.resource(text))?))),
        }
    }

    fn resource(&self, text: &str) -> Result<Pattern, Reason> {
        let pattern = Pattern::parse(text, Wildcards::Active, self.variables);
        if text != "*" {
            let wide = pattern.wide_text();
            check_arn(text, &wide)?;
            if self.kind == DocumentKind::Identity {
                check_of_service(text, &wide)?;
            }
        }
        Ok(pattern)
    }

    fn conditions(&self, fields: &Fields<'_>) -> Result<Vec<Condition>, Reason> {
        let invalid = || Reason::InvalidField("Condition".to_owned());
        let Some(node) = fields.get("Condition") else { return Ok(Vec::new()) };
        let Node::Object(operators) = node else { return Err(invalid()) };
        let mut conditions = Vec::new();
        for (name, keys) in operators.iter() {
            let operator =
                Operator::parse(name).ok_or_else(|| Reason::ConditionOperator((*name).to_owned()))?;
            let Node::Object(keys) = keys else { return Err(invalid()) };
            for (key, values) in keys.iter() {
                if !key.contains(':') {
                    return Err(Reason::NoVendor);
                }
                let values: Option<Vec<&str>> = values.one_or_many().iter().map(Node::scalar_text).collect();
                conditions.push(Condition::new(operator, key, &values.ok_or_else(invalid)?, self.variables));
            }
        }
        Ok(conditions)
    }
}

/// Checks a resource, given as written and with `*` for its variables.
fn check_arn(text: &str, wide: &str) -> Result<(), Reason> {
    match arn_parts(wide) {
        Some(["arn", partition, ..]) if !partition.starts_with("aws") && !partition.contains('*') => {
            Err(Reason::Partition { partition: partition.to_owned(), resource: text.to_owned() })
        }
        Some(["arn", _, service, ..]) if service.is_empty() || service.contains(['*', '?']) => {
            Err(Reason::ResourceVendor)
        }
        Some(["arn", ..]) => Ok(()),
        _ => Err(Reason::Resource(text.to_owned())),
    }
}

/// What of S3's stands in a region (documented: the Service Authorization Reference, "Resource types defined by Amazon S3").
const S3_IN_REGIONS: [&str; 5] = ["accesspoint/", "job/", "storage-lens", "async-request/", "access-grants/"];

/// Checks a resource by the rules of the service that it is of. Known: IAM has them for its own resources and for S3's. A
/// region that is a wildcard is let through (inferred: AWS's managed policies have such), and so is the account's root,
/// which `sts:AssumeRoot` is about (documented).
fn check_of_service(text: &str, wide: &str) -> Result<(), Reason> {
    let Some([_, _, service, region, _, resource]) = arn_parts(wide) else { return Ok(()) };
    let has_region = !region.is_empty() && !region.contains('*');
    match service {
        "iam" if has_region => Err(Reason::IamRegion(text.to_owned())),
        "iam" if resource != "root" && !may_begin(resource, &IAM_KINDS) => Err(Reason::IamPath),
        "s3" if has_region && !may_begin(resource, &S3_IN_REGIONS) => Err(Reason::S3Region(text.to_owned())),
        _ => Ok(()),
    }
}

/// Whether a text begins with one of these, or may where its first wildcard stands.
fn may_begin(text: &str, beginnings: &[&str]) -> bool {
    let literal = text.split(['*', '?']).next().unwrap_or_default();
    let is_cut = literal.len() < text.len();
    beginnings
        .iter()
        .any(|beginning| text.starts_with(beginning) || (is_cut && beginning.starts_with(literal)))
}

fn effect(fields: &Fields<'_>) -> Result<Effect, Reason> {
    match fields.text("Effect")? {
        Some("Allow") => Ok(Effect::Allow),
        Some("Deny") => Ok(Effect::Deny),
        Some(other) => Err(Reason::Effect(other.to_owned())),
        None => Err(Reason::MissingField("Effect")),
    }
}

fn principal_names(chosen: &Chosen<'_>) -> Result<Vec<PrincipalName>, Reason> {
    let kinds = match chosen.node {
        Node::Text("*") => return Ok(vec![PrincipalName::Everyone]),
        Node::Text(text) => {
            return Err(Reason::Principal { kind: "AWS".to_owned(), name: (*text).to_owned() });
        }
        Node::Object(kinds) if !kinds.is_empty() => kinds,
        _ => return Err(Reason::InvalidField(chosen.name.to_owned())),
    };
    let mut names = Vec::new();
    for (kind, node) in kinds.iter() {
        names.extend(each(chosen.name, node, |name| PrincipalName::parse(kind, name))?);
    }
    Ok(names)
}

/// What stands before an action's colon, once both sides can be part of an action.
fn action_vendor(text: &str) -> Result<&str, Reason> {
    let (vendor, name) = text.split_once(':').ok_or(Reason::NoVendor)?;
    let is_vendor = vendor == "*"
        || (!vendor.is_empty() && vendor.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    if !is_vendor {
        return Err(Reason::Vendor(vendor.to_owned()));
    }
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'?');
    if name.is_empty() || !name.bytes().all(is_name) {
        return Err(Reason::Action(text.to_owned()));
    }
    Ok(vendor)
}
