//! Policy documents: parsed and validated.

use serde_json::Value;

use crate::{
    json::Node,
    malformed::{MalformedPolicy, Reason},
    parse,
    pattern::arn_parts,
    statement::{Effect, Selection, Statement},
};

/// Where a document is attached; the elements it may hold depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// An identity policy, boundary or session policy: `Resource`, no `Principal`.
    Identity,
    /// A bucket or key policy: `Principal` and `Resource`.
    Resource,
    /// A role's trust policy: `Principal`, no `Resource`.
    Trust,
}

/// A policy document, parsed once and valid.
#[derive(Clone, Debug)]
pub struct Document {
    source: String,
    kind: DocumentKind,
    statements: Vec<Statement>,
}

impl Document {
    /// Parses and validates a document.
    ///
    /// # Errors
    /// [`MalformedPolicy`] with IAM's reason.
    pub fn parse(source: &str, kind: DocumentKind) -> Result<Self, MalformedPolicy> {
        let statements = parse::statements(source, kind)?;
        Ok(Self { source: source.to_owned(), kind, statements })
    }

    /// Validates a document that is part of a larger JSON text, of which nobody asks its own text.
    pub(crate) fn from_node(node: &Node<'_>, kind: DocumentKind) -> Result<Self, MalformedPolicy> {
        Ok(Self { source: String::new(), kind, statements: parse::statements_of(node, kind)? })
    }

    /// Refuses a resource of another partition than the account's, as IAM does where a policy is put in.
    ///
    /// # Errors
    /// [`MalformedPolicy`] with IAM's reason.
    pub fn check_partition(&self, partition: &str) -> Result<(), MalformedPolicy> {
        let resources = self.statements.iter().filter_map(|statement| statement.resources.as_ref());
        for pattern in resources.flat_map(Selection::patterns) {
            let wide = pattern.wide_text();
            let Some([_, named, ..]) = arn_parts(&wide) else { continue };
            if named != partition && !named.contains(['*', '?']) {
                let resource = pattern.text().to_owned();
                return Err(Reason::Partition { partition: named.to_owned(), resource }.into());
            }
        }
        Ok(())
    }

    /// The document with another name for an AWS principal that it names; none where it does not name it.
    pub fn with_principal_renamed(&self, from: &str, to: &str) -> Option<Self> {
        if !self.statements.iter().flat_map(Statement::aws_principals).any(|name| name == from) {
            return None;
        }
        let mut document: Value = serde_json::from_str(&self.source).ok()?;
        let statements = document.get_mut("Statement")?;
        match statements {
            Value::Array(all) => all.iter_mut().for_each(|statement| rename(statement, from, to)),
            one => rename(one, from, to),
        }
        Self::parse(&document.to_string(), self.kind).ok()
    }

    /// The text that was parsed, unchanged.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What the document was parsed as.
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// The statements, in order.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The `Action` patterns of the Allow statements, each once, as first written.
    pub fn actions(&self) -> Vec<&str> {
        let mut actions: Vec<&str> = Vec::new();
        let allowing = self.statements.iter().filter(|statement| statement.effect() == Effect::Allow);
        for action in allowing.flat_map(Statement::actions) {
            if !actions.iter().any(|known| known.eq_ignore_ascii_case(action)) {
                actions.push(action);
            }
        }
        actions
    }
}

fn rename(statement: &mut Value, from: &str, to: &str) {
    for element in ["Principal", "NotPrincipal"] {
        let names = statement.get_mut(element).and_then(|principals| principals.get_mut("AWS"));
        let names: Vec<&mut Value> = match names {
            Some(Value::Array(names)) => names.iter_mut().collect(),
            name => name.into_iter().collect(),
        };
        names.into_iter().filter(|name| **name == from).for_each(|name| *name = to.into());
    }
}

/// Two documents are equal when they read the same in the same place.
impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.kind == other.kind
    }
}

impl Eq for Document {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_principal_is_renamed_where_it_is_one() {
        let (user, id) = ("arn:aws:iam::111122223333:user/u", "AIDAAAAAAAAAAAAAAAAAA");
        let source = |name: &str| {
            format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":["111122223333","{name}"]}},"Action":"sts:AssumeRole","Condition":{{"ArnEquals":{{"aws:PrincipalArn":"{user}"}}}}}}]}}"#
            )
        };
        let document = Document::parse(&source(user), DocumentKind::Trust).unwrap();
        assert_eq!(document.with_principal_renamed(user, id).unwrap().source(), source(id));
        assert!(document.with_principal_renamed("arn:aws:iam::111122223333:user/v", id).is_none());
    }

    #[test]
    fn resources_are_of_the_accounts_partition() {
        for (resource, refused_in_aws) in [
            ("arn:aws:s3:::b", None),
            (
                "arn:aws-cn:s3:::b",
                Some(r#"Partition "aws-cn" is not valid for resource "arn:aws-cn:s3:::b"."#),
            ),
            ("arn:*:s3:::b", None),
            ("arn:aws*:s3:::b", None),
            ("arn:${aws:Partition}:s3:::b", None),
            ("*", None),
        ] {
            let source = format!(
                r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"s3:*","NotResource":"{resource}"}}}}"#
            );
            let document = Document::parse(&source, DocumentKind::Identity).unwrap();
            let refused = document.check_partition("aws").err().map(|error| error.to_string());
            assert_eq!(refused.as_deref(), refused_in_aws, "{resource}");
        }
    }
}
