//! Modifiers of calculated columns: the precision and scale that Redshift gives `sum(a)` or `a * b`, and the length of `'a' || b`,
//! where PostgreSQL gives none.

mod columns;
mod modifier;
mod node;
mod result;

pub(crate) use result::with_modifiers;
