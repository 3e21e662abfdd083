//! One statement of a document, ready to match.

use crate::{
    Context, Request,
    condition::Condition,
    pattern::{Case, Pattern},
    principal_element::{Naming, PrincipalElement},
};

/// What a statement does where it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, whatever others allow.
    Deny,
}

/// A statement of a policy.
#[derive(Clone, Debug)]
pub struct Statement {
    pub(crate) sid: Option<String>,
    pub(crate) effect: Effect,
    pub(crate) actions: Selection,
    pub(crate) resources: Option<Selection>,
    pub(crate) principals: Option<PrincipalElement>,
    pub(crate) conditions: Vec<Condition>,
}

/// What of a statement a request falls under: positions in its lists, counted from 0; none in a `Not..` twin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Covered {
    /// In `Action`.
    pub actions: Vec<usize>,
    /// In `Resource`.
    pub resources: Vec<usize>,
}

/// An element, or its `Not..` twin.
#[derive(Clone, Debug)]
pub(crate) enum Selection {
    Only(Vec<Pattern>),
    AllBut(Vec<Pattern>),
}

impl Statement {
    /// The statement's name.
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// Whether it allows or denies.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// The `Action` patterns as written; none for a statement with `NotAction`.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.actions.listed().iter().map(Pattern::text)
    }

    /// The `Resource` or `NotResource` patterns as written.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.resources.iter().flat_map(Selection::patterns).map(Pattern::text)
    }

    /// Whether it is `NotResource` that [`Self::resources`] tells.
    pub fn excepts_resources(&self) -> bool {
        matches!(self.resources, Some(Selection::AllBut(_)))
    }

    /// The keys of its conditions, in lower case.
    pub fn condition_keys(&self) -> impl Iterator<Item = &str> {
        self.conditions.iter().map(Condition::key)
    }

    /// The names under `Principal` or `NotPrincipal` `Service`, as written.
    pub fn service_principals(&self) -> impl Iterator<Item = &str> {
        self.principals.iter().flat_map(PrincipalElement::service_names)
    }

    /// The ARNs, account ids and unique ids under `Principal` or `NotPrincipal` `AWS`, as written, without `*`.
    pub fn aws_principals(&self) -> impl Iterator<Item = &str> {
        self.principals.iter().flat_map(PrincipalElement::aws_names)
    }

    /// Whether the statement names whole accounts, and so leaves it to them to say who may.
    pub fn names_accounts(&self) -> bool {
        self.principals.as_ref().is_some_and(PrincipalElement::names_accounts)
    }

    /// Whether its principals are everybody, or everybody but some.
    pub fn names_everybody(&self) -> bool {
        self.principals.as_ref().is_some_and(PrincipalElement::names_everybody)
    }

    /// Whether a condition lets only fixed values of one of these keys through, which are named in lower case.
    pub fn is_held_to(&self, keys: &[&str]) -> bool {
        self.conditions.iter().any(|condition| keys.contains(&condition.key()) && condition.is_fixed())
    }

    /// What of the statement a request falls under, if its variables may stand for anything and its conditions hold;
    /// none where it is about something else.
    pub fn covers(&self, request: &Request) -> Option<Covered> {
        let named = |principals: &PrincipalElement| principals.naming(request, self.effect).is_some();
        if !self.principals.as_ref().is_none_or(named) {
            return None;
        }
        let none = Some(Vec::new());
        Some(Covered {
            actions: self.actions.covering(&request.action, Case::Insensitive)?,
            resources: self
                .resources
                .as_ref()
                .map_or(none, |all| all.covering(&request.resource, Case::Sensitive))?,
        })
    }

    /// How the statement names the caller, where it applies to the request.
    pub(crate) fn applies(&self, request: &Request) -> Option<Naming> {
        let matches = self.actions.selects(&request.action, &request.context, Case::Insensitive)
            && self.resources.as_ref().is_none_or(|resources| {
                resources.selects(&request.resource, &request.context, Case::Sensitive)
            });
        if !matches {
            return None;
        }
        let naming = match &self.principals {
            Some(principals) => principals.naming(request, self.effect)?,
            None => Naming::Caller,
        };
        self.conditions.iter().all(|condition| condition.holds(&request.context)).then_some(naming)
    }
}

impl Selection {
    pub(crate) fn patterns(&self) -> &[Pattern] {
        let (Self::Only(patterns) | Self::AllBut(patterns)) = self;
        patterns
    }

    fn listed(&self) -> &[Pattern] {
        if let Self::Only(patterns) = self { patterns } else { &[] }
    }

    /// The positions of the patterns that may match; none where the element is surely about something else.
    fn covering(&self, text: &str, case: Case) -> Option<Vec<usize>> {
        match self {
            Self::Only(patterns) => {
                let numbered = patterns.iter().enumerate();
                let found = numbered.filter(|(_, pattern)| pattern.may_match(text, case)).map(|(at, _)| at);
                Some(found.collect::<Vec<_>>()).filter(|found| !found.is_empty())
            }
            Self::AllBut(_) => self.selects(text, &Context::default(), case).then(Vec::new),
        }
    }

    fn selects(&self, text: &str, context: &Context, case: Case) -> bool {
        let listed = self.patterns().iter().any(|pattern| pattern.matches(text, context, case));
        match self {
            Self::Only(_) => listed,
            Self::AllBut(_) => !listed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Document, DocumentKind, Principal};

    fn covered(statement: &str, action: &str, resource: &str) -> Option<(Vec<usize>, Vec<usize>)> {
        let source = format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow",{statement}}}}}"#);
        let kind =
            if statement.contains("Principal") { DocumentKind::Resource } else { DocumentKind::Identity };
        let request = Request {
            principal: Principal::Anonymous,
            action: action.to_owned(),
            resource: resource.to_owned(),
            resource_account: None,
            context: Context::default(),
        };
        let covered = Document::parse(&source, kind).unwrap().statements()[0].covers(&request)?;
        Some((covered.actions, covered.resources))
    }

    #[test]
    fn what_a_request_falls_under_is_as_in_a_table() {
        let read = r#""Action":["s3:Put*","S3:getobject","s3:Get*"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::${aws:username}/*"]"#;
        let rest =
            r#""NotAction":"iam:*","NotResource":["arn:aws:s3:::b/*","arn:aws:s3:::${aws:username}/*"]"#;
        let under = |actions: &[usize], resources: &[usize]| Some((actions.to_vec(), resources.to_vec()));
        for (statement, action, resource, expected) in [
            (read, "s3:GetObject", "arn:aws:s3:::x/k", under(&[1, 2], &[1])),
            (read, "s3:PutObject", "arn:aws:s3:::b", under(&[0], &[0])),
            (read, "s3:ListBucket", "arn:aws:s3:::b", None),
            (read, "s3:GetObject", "arn:aws:s3:::x", None),
            (rest, "s3:GetObject", "arn:aws:s3:::x/k", under(&[], &[])),
            (rest, "s3:GetObject", "arn:aws:s3:::b/k", None),
            (rest, "iam:GetUser", "arn:aws:s3:::x/k", None),
        ] {
            assert_eq!(
                covered(statement, action, resource),
                expected,
                "{action} on {resource} under {statement}"
            );
        }
        let conditional = format!(r#"{read},"Condition":{{"Bool":{{"aws:SecureTransport":"true"}}}}"#);
        assert!(
            covered(&conditional, "s3:GetObject", "arn:aws:s3:::x/k").is_some(),
            "whatever its conditions say"
        );
        let others = format!(r#"{read},"Principal":{{"AWS":"111111111111"}}"#);
        assert_eq!(covered(&others, "s3:GetObject", "arn:aws:s3:::x/k"), None, "others are named");
    }
}
