//! Asks the server how it understands a query, and brings the result to Redshift's modifiers.

use std::collections::HashMap;

use super::columns::{Functions, modifiers};
use super::modifier::Modifier;
use super::node::Node;
use crate::sql::quoted;
use crate::wire::{Backend, BackendError, ColumnDescription};

/// Makes the server tell the tree of a query in a notice; nothing is run. What it cannot prepare it says nothing of.
const TREE_SQL: &str = "SELECT pg_catalog.linchpin_tell_tree($1)";

/// The functions of these oids.
const FUNCTIONS_SQL: &str =
    "SELECT oid, oid::pg_catalog.regprocedure FROM pg_catalog.pg_proc WHERE oid = ANY ($1::oid[])";

/// What a tree of a SELECT begins with; the notice has those of other statements too.
const SELECT: &str = "{QUERY :commandType 1 ";

/// Fields of a tree that name functions.
const NAMES_FUNCTION: [&str; 4] = [":funcid", ":opfuncid", ":aggfnoid", ":winfnoid"];

/// Type oids.
const DECIMAL: u32 = 1700;
const TEXT: u32 = 25;
const VARCHAR: u32 = 1043;

/// `query` inside one that casts the columns that are calculated; `None` where there are none.
pub(crate) async fn with_modifiers(
    backend: &mut Backend,
    query: &str,
) -> Result<Option<String>, BackendError> {
    let told = backend.overhear(TREE_SQL, &[query]).await?;
    let Some(text) = told.iter().rev().find(|told| told.starts_with(SELECT)) else { return Ok(None) };
    let functions = functions(backend, text).await?;
    let Some(tree) = Node::read(text) else { return Ok(None) };
    let modifiers = modifiers(&tree, &functions);
    let columns = backend.describe(query).await?;
    Ok(cast(query, &columns, &modifiers))
}

/// The names of the functions in a tree.
async fn functions(backend: &mut Backend, tree: &str) -> Result<Functions, BackendError> {
    let words: Vec<_> = tree.split_ascii_whitespace().collect();
    let named =
        words.windows(2).filter(|pair| NAMES_FUNCTION.iter().any(|field| pair.first() == Some(field)));
    let oids: Vec<_> = named.filter_map(|pair| pair.last().copied()).collect();
    let rows = backend.query(FUNCTIONS_SQL, &[&format!("{{{}}}", oids.join(","))]).await?;
    let pairs = rows.into_iter().filter_map(|row| {
        let mut fields = row.into_iter().flatten();
        Some((fields.next()?.parse().ok()?, fields.next()?))
    });
    Ok(pairs.collect::<HashMap<_, _>>())
}

fn cast(query: &str, columns: &[ColumnDescription], modifiers: &[Option<Modifier>]) -> Option<String> {
    let mut any = false;
    let items: Vec<_> = columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let kind = of(column, modifiers.get(index).copied().flatten());
            any |= kind.is_some();
            let cast = kind.map_or_else(String::new, |kind| format!("::{kind}"));
            format!("c{index}{cast} AS {}", quoted(&column.name))
        })
        .collect();
    let names: Vec<_> = (0..columns.len()).map(|index| format!("c{index}")).collect();
    let (items, names) = (items.join(", "), names.join(", "));
    // A comment at the end of the query must not swallow the parenthesis.
    any.then(|| format!("SELECT {items} FROM ({query}\n) AS linchpin({names})"))
}

/// The type that a column is cast to, if it has no modifier of its own. TEXT is no type of Redshift's columns.
fn of(column: &ColumnDescription, modifier: Option<Modifier>) -> Option<String> {
    let fits = match modifier {
        Some(Modifier::Decimal(_)) => column.type_oid == DECIMAL,
        Some(Modifier::Varchar(_)) => [TEXT, VARCHAR].contains(&column.type_oid),
        Some(Modifier::Null) | None => false,
    };
    let kind = modifier.filter(|_| fits && column.modifier == -1).and_then(Modifier::type_name);
    kind.or_else(|| (column.type_oid == TEXT).then(|| "varchar".to_owned()))
}
