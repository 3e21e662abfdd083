//! Patterns: literal text, the wildcards `*` and `?`, and policy variables.

use std::borrow::Cow;

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

/// Whether a text is as a pattern with `*` and `?` says, case and all; policy variables stand for anything.
pub fn is_like(pattern: &str, text: &str) -> bool {
    Pattern::parse(pattern, Wildcards::Active, Variables::Substituted).may_match(text, Case::Sensitive)
}

/// A text to match others against.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    text: String,
    wildcards: Wildcards,
    /// For a text with `${..}` alone: most patterns are matched as they are written.
    atoms: Option<Vec<Atom>>,
}

#[derive(Clone, Debug)]
enum Atom {
    Glyph(Glyph),
    Variable(Variable),
}

/// What one character of a text is matched against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Glyph {
    Char(char),
    /// `?`
    One,
    /// `*`
    Any,
}

/// `${key}` or `${key, 'default'}`.
#[derive(Clone, Debug)]
struct Variable {
    key: String,
    default: Option<String>,
}

impl Pattern {
    pub(crate) fn parse(text: &str, wildcards: Wildcards, variables: Variables) -> Self {
        let has_variables = variables == Variables::Substituted && text.contains("${");
        Self { text: text.to_owned(), wildcards, atoms: has_variables.then(|| atoms(text, wildcards)) }
    }

    /// The pattern as written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it stands for one text: without wildcards and variables.
    pub(crate) fn is_fixed(&self) -> bool {
        let wild = self.wildcards == Wildcards::Active && self.text.contains(['*', '?']);
        self.atoms.is_none() && !wild
    }

    /// Whether the whole text matches. A pattern with a variable that the request does not fill matches nothing.
    pub(crate) fn matches(&self, text: &str, context: &Context, case: Case) -> bool {
        match &self.atoms {
            None => glob(self.glyphs(&self.text), text, case),
            Some(atoms) => {
                let glyphs = resolved(atoms, |variable| variable.value(context).map(literal));
                glyphs.is_some_and(|glyphs| glob(glyphs.iter().copied(), text, case))
            }
        }
    }

    /// Whether the whole text matches for some request: a variable stands for anything.
    pub(crate) fn may_match(&self, text: &str, case: Case) -> bool {
        match &self.atoms {
            None => glob(self.glyphs(&self.text), text, case),
            Some(atoms) => glob(wide(atoms).iter().copied(), text, case),
        }
    }

    /// Whether an ARN matches part by part, so that no wildcard reaches over one of the first five colons.
    pub(crate) fn matches_arn(&self, arn: &str, context: &Context) -> bool {
        let case = Case::Sensitive;
        match &self.atoms {
            // Inferred: a lone `*` stands for every ARN, though it has not six parts.
            None if self.text == "*" && self.wildcards == Wildcards::Active => {
                arn.splitn(6, ':').count() == 6
            }
            None => {
                let parts = self.text.splitn(6, ':');
                all_six(parts, arn, |pattern, part| glob(self.glyphs(pattern), part, case))
            }
            Some(atoms) => {
                let glyphs = resolved(atoms, |variable| variable.value(context).map(literal));
                glyphs.is_some_and(|glyphs| {
                    let parts = glyphs.splitn(6, |glyph| *glyph == Glyph::Char(':'));
                    all_six(parts, arn, |pattern, part| glob(pattern.iter().copied(), part, case))
                })
            }
        }
    }

    /// The six parts of an ARN as written, with `*` for variables; none where there are fewer.
    pub(crate) fn arn_texts(&self) -> Option<[Cow<'_, str>; 6]> {
        match &self.atoms {
            None => six(self.text.splitn(6, ':').map(Cow::Borrowed)),
            Some(atoms) => {
                let glyphs = wide(atoms);
                let parts = glyphs.splitn(6, |glyph| *glyph == Glyph::Char(':'));
                six(parts.map(|part| part.iter().map(|glyph| glyph.written()).collect()))
            }
        }
    }

    /// What a part of the text stands for, where it has no variables.
    fn glyphs<'a>(&self, text: &'a str) -> impl Iterator<Item = Glyph> + Clone + use<'a> {
        let wildcards = self.wildcards;
        text.chars().map(move |character| plain(character, wildcards))
    }
}

fn six<'a>(mut parts: impl Iterator<Item = Cow<'a, str>>) -> Option<[Cow<'a, str>; 6]> {
    let mut all = [const { Cow::Borrowed("") }; 6];
    for place in &mut all {
        *place = parts.next()?;
    }
    Some(all)
}

/// Whether an ARN has six parts, and the pattern as many, each of which matches.
fn all_six<Part>(
    mut pattern: impl Iterator<Item = Part>,
    arn: &str,
    matches: impl Fn(Part, &str) -> bool,
) -> bool {
    let mut parts = arn.splitn(6, ':');
    (0..6).all(|_| pattern.next().zip(parts.next()).is_some_and(|(pattern, part)| matches(pattern, part)))
}

fn atoms(text: &str, wildcards: Wildcards) -> Vec<Atom> {
    let mut atoms = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (atom, after) = variable(rest).unwrap_or_else(|| {
            (Atom::Glyph(plain(first, wildcards)), rest.get(first.len_utf8()..).unwrap_or_default())
        });
        atoms.push(atom);
        rest = after;
    }
    atoms
}

/// The atoms with what stands for their variables; none where one stands for nothing.
fn resolved(atoms: &[Atom], value: impl Fn(&Variable) -> Option<Vec<Glyph>>) -> Option<Vec<Glyph>> {
    let mut glyphs = Vec::with_capacity(atoms.len());
    for atom in atoms {
        match atom {
            Atom::Glyph(glyph) => glyphs.push(*glyph),
            Atom::Variable(variable) => glyphs.extend(value(variable)?),
        }
    }
    Some(glyphs)
}

/// The atoms with anything in the place of variables.
fn wide(atoms: &[Atom]) -> Vec<Glyph> {
    resolved(atoms, |_| Some(vec![Glyph::Any])).unwrap_or_default()
}

/// A variable's value is literal: its `*` matches only `*`.
fn literal(value: &str) -> Vec<Glyph> {
    value.chars().map(Glyph::Char).collect()
}

impl Glyph {
    fn accepts(self, character: char, case: Case) -> bool {
        match (self, case) {
            (Self::One | Self::Any, _) => true,
            (Self::Char(own), Case::Sensitive) => own == character,
            (Self::Char(own), Case::Insensitive) => {
                own == character || own.to_lowercase().eq(character.to_lowercase())
            }
        }
    }

    fn written(self) -> char {
        match self {
            Self::Char(character) => character,
            Self::One => '?',
            Self::Any => '*',
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

fn plain(character: char, wildcards: Wildcards) -> Glyph {
    match (character, wildcards) {
        ('*', Wildcards::Active) => Glyph::Any,
        ('?', Wildcards::Active) => Glyph::One,
        _ => Glyph::Char(character),
    }
}

/// The variable that the text begins with, and the text after it. Inferred: `${` without `}` is literal text.
fn variable(text: &str) -> Option<(Atom, &str)> {
    let (inner, after) = text.strip_prefix("${")?.split_once('}')?;
    let atom = match inner {
        "*" => Atom::Glyph(Glyph::Char('*')),
        "?" => Atom::Glyph(Glyph::Char('?')),
        "$" => Atom::Glyph(Glyph::Char('$')),
        _ => Atom::Variable(key_and_default(inner)),
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

/// Matches greedily; where it fails, the last `*` takes one character more.
fn glob(mut pattern: impl Iterator<Item = Glyph> + Clone, text: &str, case: Case) -> bool {
    let mut rest = text.chars();
    let mut last_any = None;
    loop {
        let mut tail = pattern.clone();
        match tail.next() {
            Some(Glyph::Any) => {
                last_any = Some((tail.clone(), rest.clone()));
                pattern = tail;
                continue;
            }
            Some(glyph) => {
                let mut ahead = rest.clone();
                if ahead.next().is_some_and(|character| glyph.accepts(character, case)) {
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
        (pattern, rest) = (tail.clone(), from.clone());
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
