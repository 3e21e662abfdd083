//! SQL as far as the front reads it: tokens, and the statements they form.

mod cursor;
mod token;

pub(crate) use cursor::{Cursor, SyntaxError};
pub(crate) use token::{SEMICOLON, Token, statements, text_of, tokenize};
