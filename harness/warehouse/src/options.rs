//! The list of options that ends a COPY or an UNLOAD: read one by one, then checked against each other.

use linchpin_formats::Compression;
use thiserror::Error;

use crate::authorization::{AuthorizationClauses, AuthorizationError};
use crate::sql::{Cursor, SyntaxError, Token};

/// The options of a statement, as its documentation has them.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    /// Those that are carried out, besides formats and authorization.
    pub(crate) options: &'static [&'static str],
    /// Those that may stand after FORMAT AS.
    pub(crate) formats: &'static [&'static str],
    /// Those of Redshift's that linchpin does not carry out: each is refused by its name.
    pub(crate) refused: &'static [&'static str],
    /// Pairs that exclude each other.
    pub(crate) conflicts: &'static [(&'static str, &'static str)],
    /// Options that mean nothing without another.
    pub(crate) requirements: &'static [(&'static str, &'static str)],
}

/// An option that is not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum OptionError {
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    #[error(transparent)]
    Authorization(#[from] AuthorizationError),
    /// An option of Redshift's that linchpin does not carry out.
    #[error("option {0}")]
    NotCarriedOut(&'static str),
    #[error("option {0} given twice")]
    Twice(&'static str),
    #[error("options {0} and {1} exclude each other")]
    Conflict(&'static str, &'static str),
    #[error("option {0} needs {1}")]
    Requires(&'static str, &'static str),
    #[error("option {option}: invalid value `{value}`")]
    Value { option: &'static str, value: String },
    /// COPY from a columnar file takes few options.
    #[error("option {option} with {format}")]
    NotColumnar { option: &'static str, format: &'static str },
}

/// The options that a statement gives.
#[derive(Debug)]
pub(crate) struct Given {
    vocabulary: &'static Vocabulary,
    seen: Vec<&'static str>,
    pub(crate) authorization: AuthorizationClauses,
}

impl Given {
    pub(crate) fn new(vocabulary: &'static Vocabulary) -> Given {
        Given { vocabulary, seen: Vec::new(), authorization: AuthorizationClauses::default() }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.seen.contains(&name)
    }

    /// The names of the options, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.seen.iter().copied()
    }

    /// The format that is given, if one is.
    pub(crate) fn format(&self) -> Option<&'static str> {
        self.names().find(|name| self.vocabulary.formats.contains(name))
    }

    /// Takes the name of the next option; its argument is the caller's to read. `None`: the statement ends.
    pub(crate) fn next(&mut self, cursor: &mut Cursor<'_, '_>) -> Result<Option<&'static str>, OptionError> {
        while self.authorization.take(cursor)? {}
        if cursor.peek().is_none() {
            return Ok(None);
        }
        let Vocabulary { options, formats, refused, .. } = *self.vocabulary;
        let only_format = cursor.take_word("format") | cursor.take_word("as");
        let find = |names: &'static [&'static str], token: &Token<'_>| {
            names.iter().find(|name| token.is_word(name)).copied()
        };
        let others = if only_format { &[] } else { options };
        let Some(name) = cursor.take(|token| find(formats, token).or_else(|| find(others, token))) else {
            let refused = cursor.take(|token| find(refused, token));
            return Err(refused.map_or_else(|| cursor.unexpected().into(), OptionError::NotCarriedOut));
        };
        if self.has(name) {
            return Err(OptionError::Twice(name));
        }
        self.seen.push(name);
        Ok(Some(name))
    }

    /// Refuses options that exclude each other, and those that lack another.
    pub(crate) fn check(&self) -> Result<(), OptionError> {
        let Vocabulary { formats, conflicts, requirements, .. } = self.vocabulary;
        let mut given = self.names().filter(|name| formats.contains(name));
        if let (Some(one), Some(other)) = (given.next(), given.next()) {
            return Err(OptionError::Conflict(one, other));
        }
        if let Some((one, other)) = conflicts.iter().find(|(one, other)| self.has(one) && self.has(other)) {
            return Err(OptionError::Conflict(one, other));
        }
        match requirements.iter().find(|(one, other)| self.has(one) && !self.has(other)) {
            Some((one, other)) => Err(OptionError::Requires(one, other)),
            None => Ok(()),
        }
    }
}

/// The compression of the files: at most one is given.
pub(crate) fn compression(given: &Given) -> Compression {
    let known = [("GZIP", Compression::Gzip), ("BZIP2", Compression::Bzip2), ("ZSTD", Compression::Zstd)];
    let found = known.iter().find(|(name, _)| given.has(name));
    found.map_or(Compression::None, |(_, compression)| *compression)
}

/// A string, after an optional AS.
pub(crate) fn text(cursor: &mut Cursor<'_, '_>) -> Result<String, SyntaxError> {
    cursor.take_word("as");
    cursor.literal()
}

/// A string of one ASCII character that can stand in a line.
pub(crate) fn one_byte(option: &'static str, cursor: &mut Cursor<'_, '_>) -> Result<u8, OptionError> {
    let value = text(cursor)?;
    match value.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0) => Ok(*byte),
        _ => Err(OptionError::Value { option, value }),
    }
}

/// The string that stands for NULL. `\N` as written means itself, although a backslash before a plain letter means
/// nothing in a literal.
pub(crate) fn null_string(cursor: &mut Cursor<'_, '_>) -> Result<Vec<u8>, SyntaxError> {
    cursor.take_word("as");
    let raw = cursor.peek().and_then(Token::raw_literal);
    let value = cursor.literal()?;
    Ok(if raw == Some("\\N") { b"\\N".to_vec() } else { value.into_bytes() })
}

/// A number in `range`, after an optional AS.
pub(crate) fn number(
    option: &'static str,
    cursor: &mut Cursor<'_, '_>,
    range: std::ops::RangeInclusive<u64>,
) -> Result<u64, OptionError> {
    cursor.take_word("as");
    let value = cursor.number()?;
    if range.contains(&value) {
        Ok(value)
    } else {
        Err(OptionError::Value { option, value: value.to_string() })
    }
}

/// A size in bytes: `n [MB | GB]`, decimal units, MB unless said (documented).
pub(crate) fn size(
    option: &'static str,
    cursor: &mut Cursor<'_, '_>,
    range: std::ops::RangeInclusive<u64>,
) -> Result<u64, OptionError> {
    cursor.take_word("as");
    let written =
        cursor.take(|token| token.text.parse::<f64>().ok().map(|size| (size, token.text.to_owned())));
    let (size, value) = written.ok_or_else(|| cursor.unexpected())?;
    let unit = if cursor.take_word("gb") {
        1e9
    } else {
        cursor.take_word("mb");
        1e6
    };
    let bytes = format!("{:.0}", size * unit).parse().unwrap_or(u64::MAX);
    if range.contains(&bytes) { Ok(bytes) } else { Err(OptionError::Value { option, value }) }
}

/// An optional word of `words`.
pub(crate) fn switch(cursor: &mut Cursor<'_, '_>, words: &[&'static str]) -> Option<&'static str> {
    words.iter().copied().find(|word| cursor.take_word(word))
}

/// The widths of `'label:width,label:width'`; labels say nothing about columns (documented).
pub(crate) fn widths(cursor: &mut Cursor<'_, '_>) -> Result<Vec<usize>, OptionError> {
    let value = text(cursor)?;
    let width = |field: &str| -> Option<usize> {
        let (label, width) = field.rsplit_once(':')?;
        let width = width.trim().parse().ok().filter(|width| *width > 0)?;
        (!label.trim().is_empty()).then_some(width)
    };
    let widths: Option<Vec<usize>> = value.split(',').map(width).collect();
    widths.ok_or(OptionError::Value { option: "FIXEDWIDTH", value })
}
