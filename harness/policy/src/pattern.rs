//! Patterns: literal text, the wildcards `*` and `?`, and policy variables.

use std::{borrow::Cow, ops::Range};

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
    /// In order; most texts have none.
    holes: Vec<Hole>,
}

/// A `${..}` of a text.
#[derive(Clone, Debug)]
struct Hole {
    at: Range<usize>,
    filling: Filling,
}

/// What stands in a hole.
#[derive(Clone, Debug)]
enum Filling {
    /// `${*}`, `${?}` and `${$}`.
    Char(char),
    Variable(Variable),
}

/// `${key}` or `${key, 'default'}`.
#[derive(Clone, Debug)]
struct Variable {
    key: String,
    default: Option<String>,
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

impl Pattern {
    pub(crate) fn parse(text: &str, wildcards: Wildcards, variables: Variables) -> Self {
        let holes = match variables {
            Variables::Substituted => holes(text),
            Variables::LiteralText => Vec::new(),
        };
        Self { text: text.to_owned(), wildcards, holes }
    }

    /// The pattern as written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it stands for one text: without wildcards and variables.
    pub(crate) fn is_fixed(&self) -> bool {
        let wild = self.wildcards == Wildcards::Active && self.text.contains(['*', '?']);
        self.holes.is_empty() && !wild
    }

    /// Whether the whole text matches. A pattern with a variable that the request does not fill matches nothing.
    pub(crate) fn matches(&self, text: &str, context: &Context, case: Case) -> bool {
        if self.holes.is_empty() {
            return glob(self.glyphs(&self.text), text, case);
        }
        let glyphs = self.filled(|variable| variable.value(context).map(literal));
        glyphs.is_some_and(|glyphs| glob(glyphs.iter().copied(), text, case))
    }

    /// Whether the whole text matches for some request: a variable stands for anything.
    pub(crate) fn may_match(&self, text: &str, case: Case) -> bool {
        let glyphs = self.filled(|_| Some(std::iter::once(Glyph::Any)));
        glyphs.is_some_and(|glyphs| glob(glyphs.iter().copied(), text, case))
    }

    /// Whether an ARN matches part by part, so that no wildcard reaches over one of the first five colons.
    pub(crate) fn matches_arn(&self, arn: &str, context: &Context) -> bool {
        let case = Case::Sensitive;
        if !self.holes.is_empty() {
            let glyphs = self.filled(|variable| variable.value(context).map(literal));
            return glyphs.is_some_and(|glyphs| {
                let parts = glyphs.splitn(6, |glyph| *glyph == Glyph::Char(':'));
                all_six(parts, arn, |pattern, part| glob(pattern.iter().copied(), part, case))
            });
        }
        // Inferred: a lone `*` stands for every ARN, though it has not six parts.
        if self.text == "*" && self.wildcards == Wildcards::Active {
            return arn.splitn(6, ':').count() == 6;
        }
        all_six(self.text.splitn(6, ':'), arn, |pattern, part| glob(self.glyphs(pattern), part, case))
    }

    /// The pattern as written, with `*` for variables.
    pub(crate) fn wide_text(&self) -> Cow<'_, str> {
        if self.holes.is_empty() {
            return Cow::Borrowed(&self.text);
        }
        let mut wide = String::with_capacity(self.text.len());
        self.each_piece(|piece| match piece {
            Piece::Text(text) => wide.push_str(text),
            Piece::Hole(Filling::Char(character)) => wide.push(*character),
            Piece::Hole(Filling::Variable(_)) => wide.push('*'),
        });
        Cow::Owned(wide)
    }

    /// The glyphs with what stands for the variables; none where one stands for nothing.
    fn filled<'a, Value: Iterator<Item = Glyph>>(
        &'a self,
        value: impl Fn(&'a Variable) -> Option<Value>,
    ) -> Option<Vec<Glyph>> {
        let mut glyphs = Vec::with_capacity(self.text.len());
        let mut is_whole = true;
        self.each_piece(|piece| match piece {
            Piece::Text(text) => glyphs.extend(self.glyphs(text)),
            Piece::Hole(Filling::Char(character)) => glyphs.push(Glyph::Char(*character)),
            Piece::Hole(Filling::Variable(variable)) => match value(variable) {
                Some(value) => glyphs.extend(value),
                None => is_whole = false,
            },
        });
        is_whole.then_some(glyphs)
    }

    /// Goes through the text and its holes, in order.
    fn each_piece<'a>(&'a self, mut take: impl FnMut(Piece<'a>)) {
        let mut from = 0;
        for Hole { at, filling } in &self.holes {
            take(Piece::Text(self.text.get(from..at.start).unwrap_or_default()));
            take(Piece::Hole(filling));
            from = at.end;
        }
        take(Piece::Text(self.text.get(from..).unwrap_or_default()));
    }

    /// What a part of the text stands for, where it has no holes.
    fn glyphs<'a>(&self, text: &'a str) -> impl Iterator<Item = Glyph> + Clone + use<'a> {
        let wildcards = self.wildcards;
        text.chars().map(move |character| plain(character, wildcards))
    }
}

/// A stretch of a pattern.
enum Piece<'a> {
    Text(&'a str),
    Hole(&'a Filling),
}

/// The six parts of an ARN; none where there are fewer.
pub(crate) fn arn_parts(text: &str) -> Option<[&str; 6]> {
    let mut parts = text.splitn(6, ':');
    let mut all = [""; 6];
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

/// The `${..}` of a text. Inferred: `${` without `}` is literal text.
fn holes(text: &str) -> Vec<Hole> {
    let mut holes = Vec::new();
    let mut from = 0;
    while let Some((before, rest)) = text.get(from..).and_then(|rest| rest.split_once("${")) {
        let Some((inner, _)) = rest.split_once('}') else { break };
        let start = from + before.len();
        from = start + inner.len() + "${}".len();
        holes.push(Hole { at: start..from, filling: filling(inner) });
    }
    holes
}

fn filling(inner: &str) -> Filling {
    match inner {
        "*" => Filling::Char('*'),
        "?" => Filling::Char('?'),
        "$" => Filling::Char('$'),
        _ => Filling::Variable(key_and_default(inner)),
    }
}

/// A variable's value is literal: its `*` matches only `*`.
fn literal(value: &str) -> impl Iterator<Item = Glyph> {
    value.chars().map(Glyph::Char)
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
            ("a${", "a${", true),
            ("${*}${?}${$}", "*?$", true),
            ("a${*}b*${aws:missing, 'c'}", "a*bxxc", true),
            ("${*}é*${$}", "*éx$", true),
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
