//! Patterns: literal text, the wildcards `*` and `?`, and policy variables.

use std::{borrow::Cow, str::Chars};

use crate::Context;

/// Whether `*` and `?` stand for other characters or for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wildcards {
    Active,
    Literal,
}

/// Whether upper and lower case differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    Sensitive,
    Insensitive,
}

/// Whether `${key}` is replaced or is literal text: the language's version decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variables {
    Substituted,
    LiteralText,
}

/// A text to match others against.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    text: String,
    atoms: Vec<Atom>,
}

#[derive(Clone, Debug)]
pub(crate) enum Atom {
    Char(char),
    /// `?`
    One,
    /// `*`
    Any,
    /// Boxed: patterns have an atom for each character, and few are variables.
    Variable(Box<Variable>),
}

/// `${key}` or `${key, 'default'}`.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    key: String,
    default: Option<String>,
}

impl Pattern {
    pub(crate) fn parse(text: &str, wildcards: Wildcards, variables: Variables) -> Self {
        let mut atoms = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (atom, after) = variable(rest, variables).unwrap_or_else(|| {
                (plain(first, wildcards), rest.get(first.len_utf8()..).unwrap_or_default())
            });
            atoms.push(atom);
            rest = after;
        }
        Self { text: text.to_owned(), atoms }
    }

    /// The pattern as written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the whole text matches. A pattern with a variable that the request does not fill matches nothing.
    pub(crate) fn matches(&self, text: &str, context: &Context, case: Case) -> bool {
        self.resolve(context).is_some_and(|atoms| glob(&atoms, text, case))
    }

    /// Whether an ARN matches part by part, so that no wildcard reaches over one of the first five colons.
    pub(crate) fn matches_arn(&self, arn: &str, context: &Context) -> bool {
        let Some(atoms) = self.resolve(context) else { return false };
        let patterns: Vec<&[Atom]> = arn_parts(&atoms).collect();
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        match patterns.as_slice() {
            // Inferred: a lone `*` stands for every ARN, though it has not six parts.
            [[Atom::Any]] => parts.len() == 6,
            _ => {
                patterns.len() == 6
                    && parts.len() == 6
                    && patterns.iter().zip(parts).all(|(pattern, part)| glob(pattern, part, Case::Sensitive))
            }
        }
    }

    /// The six parts of an ARN as written; none where there are fewer.
    pub(crate) fn arn_texts(&self) -> Option<[String; 6]> {
        let parts: Vec<String> =
            arn_parts(&self.atoms).map(|part| part.iter().map(Atom::written).collect()).collect();
        parts.try_into().ok()
    }

    fn resolve(&self, context: &Context) -> Option<Cow<'_, [Atom]>> {
        if !self.atoms.iter().any(|atom| matches!(atom, Atom::Variable(_))) {
            return Some(Cow::Borrowed(&self.atoms));
        }
        let mut resolved = Vec::with_capacity(self.atoms.len());
        for atom in &self.atoms {
            match atom {
                // A value is literal: its `*` matches only `*`.
                Atom::Variable(variable) => resolved.extend(variable.value(context)?.chars().map(Atom::Char)),
                other => resolved.push(other.clone()),
            }
        }
        Some(Cow::Owned(resolved))
    }
}

impl Atom {
    fn accepts(&self, character: char, case: Case) -> bool {
        match (self, case) {
            (Self::One | Self::Any, _) => true,
            (Self::Char(own), Case::Sensitive) => *own == character,
            (Self::Char(own), Case::Insensitive) => {
                *own == character || own.to_lowercase().eq(character.to_lowercase())
            }
            (Self::Variable(_), _) => false,
        }
    }

    fn written(&self) -> char {
        match self {
            Self::Char(character) => *character,
            Self::One => '?',
            Self::Any | Self::Variable(_) => '*',
        }
    }
}

impl Variable {
    /// Inferred: a key with several values fills no variable.
    fn value<'a>(&'a self, context: &'a Context) -> Option<&'a str> {
        match context.get_lowercase(&self.key) {
            Some([value]) => Some(value),
            Some([]) | None => self.default.as_deref(),
            Some(_) => None,
        }
    }
}

fn plain(character: char, wildcards: Wildcards) -> Atom {
    match (character, wildcards) {
        ('*', Wildcards::Active) => Atom::Any,
        ('?', Wildcards::Active) => Atom::One,
        _ => Atom::Char(character),
    }
}

/// The variable that the text begins with, and the text after it. Inferred: `${` without `}` is literal text.
fn variable(text: &str, variables: Variables) -> Option<(Atom, &str)> {
    if variables == Variables::LiteralText {
        return None;
    }
    let (inner, after) = text.strip_prefix("${")?.split_once('}')?;
    let atom = match inner {
        "*" => Atom::Char('*'),
        "?" => Atom::Char('?'),
        "$" => Atom::Char('$'),
        _ => Atom::Variable(Box::new(key_and_default(inner))),
    };
    Some((atom, after))
}

fn key_and_default(inner: &str) -> Variable {
    let (key, default) = match inner.split_once(',') {
        Some((key, default)) => (key, Some(default.trim())),
        None => (inner, None),
    };
    let unquoted = |text: &str| {
        text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).unwrap_or(text).to_owned()
    };
    Variable { key: key.trim().to_ascii_lowercase(), default: default.map(unquoted) }
}

fn arn_parts(atoms: &[Atom]) -> impl Iterator<Item = &[Atom]> {
    atoms.splitn(6, |atom| matches!(atom, Atom::Char(':')))
}

/// Matches greedily; where it fails, the last `*` takes one character more.
fn glob(pattern: &[Atom], text: &str, case: Case) -> bool {
    let (mut pattern, mut rest) = (pattern, text.chars());
    let mut last_any: Option<(&[Atom], Chars<'_>)> = None;
    loop {
        match pattern.split_first() {
            Some((Atom::Any, tail)) => {
                last_any = Some((tail, rest.clone()));
                pattern = tail;
                continue;
            }
            Some((atom, tail)) => {
                let mut ahead = rest.clone();
                if ahead.next().is_some_and(|character| atom.accepts(character, case)) {
                    (pattern, rest) = (tail, ahead);
                    continue;
                }
            }
            None if rest.as_str().is_empty() => return true,
            None => {}
        }
        let Some((tail, from)) = &mut last_any else { return false };
        if from.next().is_none() {
            return false;
        }
        (pattern, rest) = (tail, from.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::parse(pattern, Wildcards::Active, Variables::Substituted).matches(
            text,
            &Context::default(),
            Case::Sensitive,
        )
    }

    #[test]
    fn wildcards_match_as_in_a_table() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "a:b/c", true),
            ("?", "", false),
            ("?", "é", true),
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "acb", false),
            ("a*b*c", "axbxbxc", true),
            ("*ab", "aab", true),
            ("a?c", "abbc", false),
            ("a", "A", false),
            ("${*}", "*", true),
            ("${*}", "a", false),
            ("${$}{x}", "${x}", true),
            ("${", "${", true),
            ("${aws:missing}", "${aws:missing}", false),
            ("${aws:missing, 'team'}*", "team-a", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "`{pattern}` against `{text}`");
        }
    }

    #[test]
    fn many_stars_do_not_explode() {
        // Matching by recursion would take 2^40 steps here.
        let pattern = format!("{}b", "a*".repeat(40));
        assert!(!matches(&pattern, &"a".repeat(4000)));
        assert!(matches(&pattern, &format!("{}b", "a".repeat(4000))));
    }
}
