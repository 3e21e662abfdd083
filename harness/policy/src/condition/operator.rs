//! Operators, their prefixes and suffixes, and whether a condition holds.

use super::test::{Comparison, Relation, Test};
use crate::{
    Context,
    pattern::{Case, Variables, Wildcards},
};

/// One key under one operator.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    operator: Operator,
    key: String,
    tests: Vec<Test>,
}

impl Condition {
    /// The key, in lower case.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }
}

/// An operator with its prefix and suffix.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operator {
    quantifier: Option<Quantifier>,
    comparison: Comparison,
    negated: bool,
    if_exists: bool,
}

#[derive(Clone, Copy, Debug)]
enum Quantifier {
    AllValues,
    AnyValue,
}

impl Operator {
    /// Reads an operator's name; none for a name that the language does not have.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (quantifier, name) = match name.split_once(':') {
            Some(("ForAllValues", name)) => (Some(Quantifier::AllValues), name),
            Some(("ForAnyValue", name)) => (Some(Quantifier::AnyValue), name),
            Some(_) => return None,
            None => (None, name),
        };
        let (base, if_exists) = match name.strip_suffix("IfExists") {
            Some(base) => (base, true),
            None => (name, false),
        };
        let (comparison, negated) = comparison(base)?;
        // Documented: `Null` tests existence itself and takes no `IfExists`.
        if if_exists && matches!(comparison, Comparison::Null) {
            return None;
        }
        Some(Self { quantifier, comparison, negated, if_exists })
    }
}

fn comparison(name: &str) -> Option<(Comparison, bool)> {
    use {Case::*, Relation::*, Wildcards::*};
    Some(match name {
        "StringEquals" => (Comparison::Text(Sensitive, Literal), false),
        "StringNotEquals" => (Comparison::Text(Sensitive, Literal), true),
        "StringEqualsIgnoreCase" => (Comparison::Text(Insensitive, Literal), false),
        "StringNotEqualsIgnoreCase" => (Comparison::Text(Insensitive, Literal), true),
        "StringLike" => (Comparison::Text(Sensitive, Active), false),
        "StringNotLike" => (Comparison::Text(Sensitive, Active), true),
        "NumericEquals" => (Comparison::Numeric(Equal), false),
        "NumericNotEquals" => (Comparison::Numeric(Equal), true),
        "NumericLessThan" => (Comparison::Numeric(Less), false),
        "NumericLessThanEquals" => (Comparison::Numeric(LessOrEqual), false),
        "NumericGreaterThan" => (Comparison::Numeric(Greater), false),
        "NumericGreaterThanEquals" => (Comparison::Numeric(GreaterOrEqual), false),
        "DateEquals" => (Comparison::Date(Equal), false),
        "DateNotEquals" => (Comparison::Date(Equal), true),
        "DateLessThan" => (Comparison::Date(Less), false),
        "DateLessThanEquals" => (Comparison::Date(LessOrEqual), false),
        "DateGreaterThan" => (Comparison::Date(Greater), false),
        "DateGreaterThanEquals" => (Comparison::Date(GreaterOrEqual), false),
        "Bool" => (Comparison::Bool, false),
        "BinaryEquals" => (Comparison::Binary, false),
        "IpAddress" => (Comparison::IpAddress, false),
        "NotIpAddress" => (Comparison::IpAddress, true),
        "ArnEquals" | "ArnLike" => (Comparison::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (Comparison::Arn, true),
        "Null" => (Comparison::Null, false),
        _ => return None,
    })
}

impl Condition {
    pub(crate) fn new(operator: Operator, key: &str, values: &[&str], variables: Variables) -> Self {
        let tests = values.iter().map(|value| Test::new(operator.comparison, value, variables)).collect();
        Self { operator, key: key.to_ascii_lowercase(), tests }
    }

    /// Whether it holds for fixed values alone, and not where the key is absent.
    pub(crate) fn is_fixed(&self) -> bool {
        let Operator { quantifier, negated, if_exists, .. } = self.operator;
        let passes_absence = if_exists || matches!(quantifier, Some(Quantifier::AllValues));
        !negated && !passes_absence && self.tests.iter().all(Test::is_fixed)
    }

    /// Whether the request meets the condition.
    pub(crate) fn holds(&self, context: &Context) -> bool {
        match (self.operator.comparison, context.get_lowercase(&self.key)) {
            // Inferred from the documented `ForAllValues` rule: a key without values counts as null.
            (Comparison::Null, None | Some([])) => self.tests.iter().any(Test::accepts_absence),
            (_, None) => self.holds_without_key(),
            (_, Some(values)) => self.holds_for(values, context),
        }
    }

    fn holds_without_key(&self) -> bool {
        match (self.operator.if_exists, self.operator.quantifier) {
            (true, _) | (_, Some(Quantifier::AllValues)) => true,
            (_, Some(Quantifier::AnyValue)) => false,
            (_, None) => self.operator.negated,
        }
    }

    fn holds_for(&self, values: &[String], context: &Context) -> bool {
        let mut results = values.iter().map(|value| self.accepts(value, context));
        match (self.operator.quantifier, self.operator.negated) {
            // Documented: an empty text is a null data set, of which all values match.
            (Some(Quantifier::AllValues), _) if matches!(values, [only] if only.is_empty()) => true,
            (Some(Quantifier::AllValues), _) => results.all(|accepted| accepted),
            (Some(Quantifier::AnyValue), _) => results.any(|accepted| accepted),
            // Several values without a quantifier are outside the documented language. Inferred: a positive
            // operator wants one that matches, a negated one wants none.
            (None, true) => results.all(|accepted| accepted),
            (None, false) => results.any(|accepted| accepted),
        }
    }

    /// The policy's values are alternatives; under a negated operator none of them may match.
    fn accepts(&self, value: &str, context: &Context) -> bool {
        self.tests.iter().any(|test| test.accepts(value, context)) != self.operator.negated
    }
}
