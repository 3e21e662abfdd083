//! A tokenizer for Redshift's SQL: string literals take backslash escapes, comments nest, dollars quote.

use std::borrow::Cow;

use thiserror::Error;

/// One token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token<'a> {
    pub(crate) kind: TokenKind,
    /// As written.
    pub(crate) text: &'a str,
    /// Where it starts in the text, in bytes.
    pub(crate) offset: usize,
}

/// Where a token stands does not matter to what it is.
impl PartialEq for Token<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.kind, self.text) == (other.kind, other.text)
    }
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A keyword or an identifier.
    Word,
    /// An identifier in double quotes.
    QuotedIdentifier,
    /// A string in single quotes, or `E'..'`.
    Literal,
    /// A string in dollar quotes.
    DollarLiteral,
    Number,
    /// Anything else, one character a token.
    Symbol,
}

/// Text that does not fall into tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum TokenError {
    #[error("unterminated quoted string")]
    Literal,
    #[error("unterminated quoted identifier")]
    Identifier,
    #[error("unterminated dollar-quoted string")]
    DollarLiteral,
    #[error("unterminated comment")]
    Comment,
}

impl<'a> Token<'a> {
    /// Whether this is the keyword `word`.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether this is one of the keywords `words`.
    pub(crate) fn is_any_word(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(word))
    }

    /// Where it ends in the text.
    pub(crate) fn end(&self) -> usize {
        self.offset + self.text.len()
    }

    pub(crate) fn is_symbol(&self, symbol: char) -> bool {
        self.kind == TokenKind::Symbol && self.text.starts_with(symbol)
    }

    pub(crate) fn is_any_symbol(&self, symbols: &[char]) -> bool {
        symbols.iter().any(|symbol| self.is_symbol(*symbol))
    }

    /// The name, folded to lower case unless quoted.
    pub(crate) fn identifier(&self) -> Option<String> {
        match self.kind {
            TokenKind::Word => Some(self.text.to_lowercase()),
            TokenKind::QuotedIdentifier => Some(inner(self.text, '"').replace("\"\"", "\"")),
            _ => None,
        }
    }

    /// The value of a string literal.
    pub(crate) fn literal(&self) -> Option<Cow<'a, str>> {
        match self.kind {
            TokenKind::Literal => Some(unescape(self.raw_literal()?)),
            TokenKind::DollarLiteral => self.raw_literal().map(Cow::Borrowed),
            _ => None,
        }
    }

    /// What stands between the quotes of a string literal.
    pub(crate) fn raw_literal(&self) -> Option<&'a str> {
        match self.kind {
            TokenKind::Literal => Some(inner(self.text.trim_start_matches(['e', 'E']), '\'')),
            TokenKind::DollarLiteral => {
                let tag = self.text.get(1..)?.find('$')? + 2;
                self.text.get(tag..self.text.len().checked_sub(tag)?)
            }
            _ => None,
        }
    }
}

/// Takes one quote off both ends.
fn inner(text: &str, quote: char) -> &str {
    let text = text.strip_prefix(quote).unwrap_or(text);
    text.strip_suffix(quote).unwrap_or(text)
}

/// Resolves `''` and PostgreSQL's backslash escapes.
fn unescape(raw: &str) -> Cow<'_, str> {
    if !raw.contains(['\\', '\'']) {
        return Cow::Borrowed(raw);
    }
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw.chars().peekable();
    while let Some(char) = rest.next() {
        match (char, rest.peek().copied()) {
            ('\'', Some('\'')) => {
                rest.next();
                value.push('\'');
            }
            ('\\', Some('0'..='7')) => {
                let mut code = 0;
                for _ in 0..3 {
                    let Some(digit) = rest.peek().and_then(|digit| digit.to_digit(8)) else { break };
                    code = code * 8 + digit;
                    rest.next();
                }
                value.extend(char::from_u32(code & 0xff));
            }
            ('\\', Some(escaped)) => {
                rest.next();
                value.push(match escaped {
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    other => other,
                });
            }
            (plain, _) => value.push(plain),
        }
    }
    Cow::Owned(value)
}

/// Splits `sql` into tokens; white space and comments are dropped.
pub(crate) fn tokenize(sql: &str) -> Result<Vec<Token<'_>>, TokenError> {
    let mut tokens = Vec::new();
    let mut offset = 0;
    while let Some(rest) = sql.get(offset..).filter(|rest| !rest.is_empty()) {
        let (length, kind) = next(rest)?;
        if let (Some(kind), Some(text)) = (kind, rest.get(..length)) {
            tokens.push(Token { kind, text, offset });
        }
        offset += length;
    }
    Ok(tokens)
}

/// Length and kind of what `rest` starts with; no kind means that it says nothing.
fn next(rest: &str) -> Result<(usize, Option<TokenKind>), TokenError> {
    let mut chars = rest.chars();
    let first = chars.next().unwrap_or(' ');
    let second = chars.next();
    let (length, kind) = match (first, second) {
        (' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}', _) => (1, None),
        // PostgreSQL ends a line at either.
        ('-', Some('-')) => (rest.find(['\n', '\r']).unwrap_or(rest.len()), None),
        ('/', Some('*')) => (comment(rest)?, None),
        ('\'', _) => (quoted(rest, 1, '\'', TokenError::Literal)?, Some(TokenKind::Literal)),
        ('e' | 'E', Some('\'')) => (quoted(rest, 2, '\'', TokenError::Literal)?, Some(TokenKind::Literal)),
        ('"', _) => (quoted(rest, 1, '"', TokenError::Identifier)?, Some(TokenKind::QuotedIdentifier)),
        ('$', _) => match dollar_tag(rest) {
            Some(tag) => {
                let body = rest.get(tag.len()..).unwrap_or_default();
                let end = body.find(tag).ok_or(TokenError::DollarLiteral)?;
                (2 * tag.len() + end, Some(TokenKind::DollarLiteral))
            }
            None => (1, Some(TokenKind::Symbol)),
        },
        ('0'..='9', _) => (span(rest, |c| c.is_ascii_alphanumeric() || c == '.'), Some(TokenKind::Number)),
        (c, _) if is_word(c) => (span(rest, is_word), Some(TokenKind::Word)),
        (c, _) => (c.len_utf8(), Some(TokenKind::Symbol)),
    };
    Ok((length, kind))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '#') || !c.is_ascii()
}

fn span(rest: &str, belongs: impl Fn(char) -> bool) -> usize {
    rest.find(|c| !belongs(c)).unwrap_or(rest.len())
}

/// Length of what is quoted; a doubled quote stands for itself, in literals a backslash escapes.
fn quoted(rest: &str, from: usize, quote: char, open: TokenError) -> Result<usize, TokenError> {
    let mut chars = rest.char_indices().skip(from).peekable();
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' if quote == '\'' => drop(chars.next()),
            c if c == quote => match chars.peek() {
                Some((_, next)) if *next == quote => drop(chars.next()),
                _ => return Ok(at + 1),
            },
            _ => {}
        }
    }
    Err(open)
}

fn comment(rest: &str) -> Result<usize, TokenError> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(here) = rest.as_bytes().get(at..at + 2) {
        match here {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return Ok(at);
        }
    }
    Err(TokenError::Comment)
}

/// `$$` or `$tag$`.
fn dollar_tag(rest: &str) -> Option<&str> {
    let end = rest.get(1..)?.find('$')? + 1;
    let tag = rest.get(1..end)?;
    let valid = tag.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !tag.starts_with(|c: char| c.is_ascii_digit());
    if valid { rest.get(..=end) } else { None }
}

/// The statements that `tokens` form, without their semicolons; empty ones are dropped.
pub(crate) fn statements<'t, 'a>(tokens: &'t [Token<'a>]) -> impl Iterator<Item = &'t [Token<'a>]> {
    let mut depth = 0_i32;
    tokens
        .split(move |token| {
            depth += i32::from(token.is_symbol('(')) - i32::from(token.is_symbol(')'));
            depth <= 0 && token.is_symbol(';')
        })
        .filter(|statement| !statement.is_empty())
}

/// The text from the first to the last of `tokens`.
pub(crate) fn text_of<'a>(sql: &'a str, tokens: &[Token<'_>]) -> &'a str {
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => sql.get(first.offset..last.offset + last.text.len()).unwrap_or_default(),
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sql: &str, expected: &[&str]) {
        let tokens = tokenize(sql).unwrap();
        let texts: Vec<_> = tokens.iter().map(|token| token.text).collect();
        assert_eq!(texts, expected, "{sql}");
    }

    #[test]
    fn tokens() {
        check("copy T from 's3://b/k';", &["copy", "T", "from", "'s3://b/k'", ";"]);
        check("a -- b ; c\n d", &["a", "d"]);
        check("-- a\rcopy", &["copy"]);
        check("a /* b /* c */ ; */ d", &["a", "d"]);
        check(r"'a''b' 'c\'d' 'e\\' E'\n'", &["'a''b'", r"'c\'d'", r"'e\\'", r"E'\n'"]);
        check("$$a;'b$$ $x$c$$d$x$ $1", &["$$a;'b$$", "$x$c$$d$x$", "$", "1"]);
        check("\"a\"\"b;\".c", &["\"a\"\"b;\"", ".", "c"]);
        check("naïve #t x$1 1.5e3", &["naïve", "#t", "x$1", "1.5e3"]);
    }

    #[test]
    fn what_is_open_is_refused() {
        for (sql, error) in [
            ("'a", TokenError::Literal),
            (r"'a\'", TokenError::Literal),
            ("\"a", TokenError::Identifier),
            ("$a$ $b$", TokenError::DollarLiteral),
            ("/* /* */", TokenError::Comment),
        ] {
            assert_eq!(tokenize(sql), Err(error), "{sql}");
        }
    }

    #[test]
    fn literals() {
        for (sql, value) in [
            ("'a''b'", "a'b"),
            (r"'\t'", "\t"),
            (r"'\036'", "\u{1e}"),
            (r"'\\N'", r"\N"),
            (r"'it\'s'", "it's"),
            (r"E'\001'", "\u{1}"),
            (r"$$a\n''$$", r"a\n''"),
            ("$q$a$q$", "a"),
        ] {
            assert_eq!(tokenize(sql).unwrap()[0].literal().unwrap(), value, "{sql}");
        }
    }

    #[test]
    fn statements_end_at_semicolons_of_their_own() {
        let sql = "begin; copy t from 'a;b' -- x;\n ; create rule r as (a; b);;";
        let tokens = tokenize(sql).unwrap();
        let texts: Vec<_> = statements(&tokens).map(|statement| text_of(sql, statement)).collect();
        assert_eq!(texts, ["begin", "copy t from 'a;b'", "create rule r as (a; b)"]);
    }
}
