//! SQL as far as the front reads it: tokens, the statements they form, and what PostgreSQL must be told otherwise.

mod aggregate;
mod alter;
mod assume_role;
mod attributes;
mod call;
mod construct;
mod cursor;
mod definition;
mod derived;
mod edits;
mod expression;
mod function;
mod group;
mod key;
mod lateral;
mod maintenance;
mod materialized;
mod merge;
mod navigation;
mod nulls;
mod qualifier;
mod qualify;
mod refuse;
mod relations;
mod rewrite;
mod secrets;
mod setting;
mod table;
mod token;
mod trigger;
mod user;

pub use refuse::Strictness;

pub(crate) use call::Call;
pub(crate) use cursor::{Cursor, SyntaxError};
pub(crate) use expression::{IdentifierCase, Source, quoted};
pub(crate) use lateral::{expand, query, refers};
pub(crate) use navigation::{navigate, navigates};
pub(crate) use qualify::{qualifies, unqualified};
pub(crate) use refuse::{Unsupported, refusal, setting_of_literals, too_long_name};
pub(crate) use rewrite::{Ending, Rewritten, Script, rewrite};
pub(crate) use secrets::masked;
pub(crate) use setting::{CASE_SQL, at_startup, case_of, identifier_case};
pub(crate) use token::{Token, statements, text_of, tokenize};
pub(crate) use trigger::may_need_the_front;
