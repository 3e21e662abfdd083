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

    /// The ARNs and account ids under `Principal` or `NotPrincipal` `AWS`, as written, without `*`.
    pub fn aws_principals(&self) -> impl Iterator<Item = &str> {
        self.principals.iter().flat_map(PrincipalElement::aws_names)
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

    fn selects(&self, text: &str, context: &Context, case: Case) -> bool {
        let listed = self.patterns().iter().any(|pattern| pattern.matches(text, context, case));
        match self {
            Self::Only(_) => listed,
            Self::AllBut(_) => !listed,
        }
    }
}
