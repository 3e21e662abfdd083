//! Reading tokens one after another.

use thiserror::Error;

use super::token::{Token, TokenKind};

/// A position in a statement's tokens.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'t, 'a> {
    tokens: &'t [Token<'a>],
}

/// A token that does not belong where it stands, in PostgreSQL's words.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum SyntaxError {
    #[error("syntax error at or near \"{0}\"")]
    Near(String),
    #[error("syntax error at end of input")]
    End,
}

impl<'t, 'a> Cursor<'t, 'a> {
    pub(crate) fn new(tokens: &'t [Token<'a>]) -> Cursor<'t, 'a> {
        Cursor { tokens }
    }

    pub(crate) fn peek(&self) -> Option<&'t Token<'a>> {
        self.tokens.first()
    }

    pub(crate) fn next(&mut self) -> Option<&'t Token<'a>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    #[cfg(test)]
    pub(crate) fn rest(&self) -> &'t [Token<'a>] {
        self.tokens
    }

    /// The error that the next token is.
    pub(crate) fn unexpected(&self) -> SyntaxError {
        match self.peek() {
            // A literal may be a secret: it is not repeated.
            Some(token) if matches!(token.kind, TokenKind::Literal | TokenKind::DollarLiteral) => {
                SyntaxError::Near("'...'".to_owned())
            }
            Some(token) => SyntaxError::Near(token.text.to_owned()),
            None => SyntaxError::End,
        }
    }

    /// Takes the keyword `word` if it is next.
    pub(crate) fn take_word(&mut self, word: &str) -> bool {
        self.take_if(|token| token.is_word(word))
    }

    pub(crate) fn take_symbol(&mut self, symbol: char) -> bool {
        self.take_if(|token| token.is_symbol(symbol))
    }

    fn take_if(&mut self, wanted: impl Fn(&Token<'a>) -> bool) -> bool {
        let found = self.peek().is_some_and(wanted);
        if found {
            self.next();
        }
        found
    }

    /// Takes what `read` makes of the next token, if anything.
    pub(crate) fn take<T>(&mut self, read: impl Fn(&'t Token<'a>) -> Option<T>) -> Option<T> {
        let value = self.peek().and_then(read)?;
        self.next();
        Some(value)
    }

    pub(crate) fn expect_word(&mut self, word: &str) -> Result<(), SyntaxError> {
        if self.take_word(word) { Ok(()) } else { Err(self.unexpected()) }
    }

    pub(crate) fn expect_symbol(&mut self, symbol: char) -> Result<(), SyntaxError> {
        if self.take_symbol(symbol) { Ok(()) } else { Err(self.unexpected()) }
    }

    pub(crate) fn identifier(&mut self) -> Result<String, SyntaxError> {
        self.take(Token::identifier).ok_or_else(|| self.unexpected())
    }

    pub(crate) fn literal(&mut self) -> Result<String, SyntaxError> {
        self.take(|token| token.literal().map(std::borrow::Cow::into_owned)).ok_or_else(|| self.unexpected())
    }

    pub(crate) fn number(&mut self) -> Result<u64, SyntaxError> {
        self.take(|token| token.text.parse().ok()).ok_or_else(|| self.unexpected())
    }
}
