//! One value of a condition, ready to be compared with a value of the request.

use std::cmp::Ordering;

use time::OffsetDateTime;

use super::{date, network::Network, number::Number};
use crate::{
    Context,
    pattern::{Case, Pattern, Variables, Wildcards},
};

/// How two values that have an order compare.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Relation {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What kind of values an operator compares, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Comparison {
    Text(Case, Wildcards),
    Numeric(Relation),
    Date(Relation),
    Bool,
    Binary,
    IpAddress,
    Arn,
    /// Whether the key is absent.
    Null,
}

/// A policy's value under its comparison. One that cannot be read (inferred: IAM stores it) matches nothing.
#[derive(Clone, Debug)]
pub(crate) enum Test {
    Text(Pattern, Case),
    Numeric(Relation, Option<Number>),
    Date(Relation, Option<OffsetDateTime>),
    Bool(Option<bool>),
    Binary(String),
    IpAddress(Option<Network>),
    Arn(Pattern),
    Null(Option<bool>),
}

impl Test {
    pub(crate) fn new(comparison: Comparison, value: &str, variables: Variables) -> Self {
        match comparison {
            Comparison::Text(case, wildcards) => {
                Self::Text(Pattern::parse(value, wildcards, variables), case)
            }
            Comparison::Numeric(relation) => Self::Numeric(relation, Number::parse(value)),
            Comparison::Date(relation) => Self::Date(relation, date::parse(value)),
            Comparison::Bool => Self::Bool(boolean(value)),
            Comparison::Binary => Self::Binary(value.to_owned()),
            Comparison::IpAddress => Self::IpAddress(Network::parse(value)),
            Comparison::Arn => Self::Arn(Pattern::parse(value, Wildcards::Active, variables)),
            Comparison::Null => Self::Null(boolean(value)),
        }
    }

    /// Whether a value of the request matches.
    pub(crate) fn accepts(&self, value: &str, context: &Context) -> bool {
        match self {
            Self::Text(pattern, case) => pattern.matches(value, context, *case),
            Self::Numeric(relation, own) => relation.holds(Number::parse(value), *own),
            Self::Date(relation, own) => relation.holds(date::parse(value), *own),
            Self::Bool(own) => own.is_some() && boolean(value) == *own,
            // Both sides are base64 texts of the same bytes.
            Self::Binary(own) => value == own,
            Self::IpAddress(own) => own.is_some_and(|network| network.contains(value)),
            Self::Arn(pattern) => pattern.matches_arn(value, context),
            Self::Null(own) => *own == Some(false),
        }
    }

    /// Whether it accepts one value alone, or a range of addresses that is not broad.
    pub(crate) fn is_fixed(&self) -> bool {
        match self {
            Self::Text(pattern, _) | Self::Arn(pattern) => pattern.is_fixed(),
            Self::IpAddress(network) => network.is_some_and(|network| !network.is_broad()),
            Self::Binary(_) => true,
            Self::Numeric(..) | Self::Date(..) | Self::Bool(_) | Self::Null(_) => false,
        }
    }

    /// Whether a missing key matches: only `Null` asks for that.
    pub(crate) fn accepts_absence(&self) -> bool {
        matches!(self, Self::Null(Some(true)))
    }
}

impl Relation {
    fn holds<T: PartialOrd>(self, value: Option<T>, own: Option<T>) -> bool {
        let (Some(value), Some(own)) = (value, own) else { return false };
        let Some(ordering) = value.partial_cmp(&own) else { return false };
        match self {
            Self::Equal => ordering == Ordering::Equal,
            Self::Less => ordering == Ordering::Less,
            Self::LessOrEqual => ordering != Ordering::Greater,
            Self::Greater => ordering == Ordering::Greater,
            Self::GreaterOrEqual => ordering != Ordering::Less,
        }
    }
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}
