//! SQL as far as the front reads it: tokens, the statements they form, and what PostgreSQL must be told otherwise.

mod alter;
mod assume_role;
mod attributes;
mod cursor;
mod derived;
mod edits;
mod expression;
mod function;
mod key;
mod lateral;
mod maintenance;
mod refuse;
mod rewrite;
mod secrets;
mod setting;
mod table;
mod token;
mod trigger;
mod user;

pub use refuse::Strictness;

pub(crate) use cursor::{Cursor, SyntaxError};
pub(crate) use expression::{IdentifierCase, Source, quoted};
pub(crate) use lateral::{expand, query, refers};
pub(crate) use refuse::{Unsupported, refusal, setting_of_literals};
pub(crate) use rewrite::{Ending, Rewritten, Script, rewrite};
pub(crate) use secrets::masked;
pub(crate) use setting::identifier_case;
pub(crate) use token::{Token, statements, text_of, tokenize};
pub(crate) use trigger::may_need_the_front;
