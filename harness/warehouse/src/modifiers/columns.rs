//! The modifiers that Redshift gives to the columns of a query, off PostgreSQL's tree of it.

use std::collections::HashMap;

use super::modifier::{Decimal, Modifier};
use super::node::Node;

/// How deep queries and expressions may lie in each other; one that is deeper has no modifier.
const DEPTH: usize = 64;

/// Kinds of what FROM names, as PostgreSQL numbers them.
const SUBQUERY: &str = "1";
const JOIN: &str = "2";
const CTE: &str = "6";

/// The functions that a tree names, by oid: `sum(numeric)`.
pub(super) type Functions = HashMap<i64, String>;

/// The modifier of each column of `tree`, which is a query, where there is one.
pub(super) fn modifiers(tree: &Node<'_>, functions: &Functions) -> Vec<Option<Modifier>> {
    let queries = match tree {
        Node::List(queries) => queries.as_slice(),
        query => std::slice::from_ref(query),
    };
    let Some(query) = queries.first() else { return Vec::new() };
    let scope = Scope { queries: vec![query], functions, depth: DEPTH };
    let shown = query.list("targetList").iter().filter(|entry| entry.text("resjunk") != Some("true"));
    shown.enumerate().map(|(index, _)| scope.column(index)).collect()
}

/// Where an expression stands.
struct Scope<'t, 'a> {
    /// The queries around it, its own last.
    queries: Vec<&'t Node<'a>>,
    functions: &'t Functions,
    depth: usize,
}

impl<'t, 'a> Scope<'t, 'a> {
    /// The same place, one step deeper.
    fn deeper(&self, queries: Vec<&'t Node<'a>>) -> Option<Scope<'t, 'a>> {
        Some(Scope { queries, functions: self.functions, depth: self.depth.checked_sub(1)? })
    }

    /// What stands in a query of this scope's.
    fn inside(&self, query: &'t Node<'a>) -> Option<Scope<'t, 'a>> {
        self.deeper(self.queries.iter().copied().chain([query]).collect())
    }

    /// The scope of the query `levels` further out.
    fn outside(&self, levels: usize) -> Option<Scope<'t, 'a>> {
        let kept = self.queries.len().checked_sub(levels)?;
        self.deeper(self.queries.get(..kept)?.to_vec())
    }

    fn query(&self) -> Option<&'t Node<'a>> {
        self.queries.last().copied()
    }

    /// A column of the query itself, counted from 0.
    fn column(&self, index: usize) -> Option<Modifier> {
        let query = self.query()?;
        match query.get("setOperations") {
            Some(operation) => self.branches(operation, index),
            None => self.expression(query.list("targetList").get(index)?.get("expr")?),
        }
    }

    /// A column of UNION and the like, which holds what each branch has.
    fn branches(&self, operation: &'t Node<'a>, index: usize) -> Option<Modifier> {
        let scope = self.deeper(self.queries.clone())?;
        match operation.number("rtindex") {
            Some(table) => scope.of_table(usize::try_from(table).ok()?, index),
            None => {
                let left = scope.branches(operation.get("larg")?, index)?;
                left.or(scope.branches(operation.get("rarg")?, index)?)
            }
        }
    }

    /// A column of what FROM names, by its number from 1.
    fn of_table(&self, table: usize, index: usize) -> Option<Modifier> {
        let entry = self.query()?.list("rtable").get(table.checked_sub(1)?)?;
        match entry.text("rtekind")? {
            SUBQUERY => self.inside(entry.get("subquery")?)?.column(index),
            JOIN => self.expression(entry.list("joinaliasvars").get(index)?),
            CTE => {
                let scope = self.outside(usize::try_from(entry.number("ctelevelsup")?).ok()?)?;
                let named = |cte: &&Node<'_>| cte.text("ctename") == entry.text("ctename");
                let cte = scope.query()?.list("cteList").iter().find(named)?;
                scope.inside(cte.get("ctequery")?)?.column(index)
            }
            _ => None,
        }
    }

    fn expression(&self, node: &'t Node<'a>) -> Option<Modifier> {
        let scope = self.deeper(self.queries.clone())?;
        match node.tag() {
            "VAR" => scope.variable(node),
            "CONST" => constant(node),
            "FUNCEXPR" => scope.call(node, "funcid"),
            "OPEXPR" => scope.call(node, "opfuncid"),
            "AGGREF" => scope.call(node, "aggfnoid"),
            "WINDOWFUNC" => scope.call(node, "winfnoid"),
            "TARGETENTRY" => scope.expression(node.get("expr")?),
            "RELABELTYPE" => relabelled(node).or_else(|| scope.expression(node.get("arg")?)),
            "COALESCEEXPR" => scope.widest(node.list("args").iter()),
            "CASEEXPR" => {
                let results = node.list("args").iter().filter_map(|branch| branch.get("result"));
                scope.widest(results.chain(node.get("defresult")))
            }
            "NULLIFEXPR" => scope.expression(node.list("args").first()?),
            // Of the kinds of SUBLINK, the one that is a value.
            "SUBLINK" if node.text("subLinkType") == Some("4") => {
                scope.inside(node.get("subselect")?)?.column(0)
            }
            _ => None,
        }
    }

    fn variable(&self, node: &'t Node<'a>) -> Option<Modifier> {
        let kept = Modifier::of(node.number("vartype")?, node.number("vartypmod")?);
        kept.or_else(|| {
            let scope = self.outside(usize::try_from(node.number("varlevelsup")?).ok()?)?;
            let number = |field| node.number(field).and_then(|number| usize::try_from(number).ok());
            scope.of_table(number("varno")?, number("varattno")?.checked_sub(1)?)
        })
    }

    /// What holds each of some expressions; `None` if one of them has no modifier.
    fn widest(&self, nodes: impl Iterator<Item = &'t Node<'a>>) -> Option<Modifier> {
        let mut all = Modifier::Null;
        for node in nodes {
            all = all.or(self.expression(node)?)?;
        }
        Some(all)
    }

    fn call(&self, node: &'t Node<'a>, function: &str) -> Option<Modifier> {
        let signature = self.functions.get(&node.number(function)?)?.as_str();
        let args = node.list("args");
        match signature {
            r#""numeric"(smallint)"# => return Some(Modifier::Decimal(Decimal { precision: 5, scale: 0 })),
            r#""numeric"(integer)"# => return Some(Modifier::Decimal(Decimal { precision: 10, scale: 0 })),
            r#""numeric"(bigint)"# => return Some(Modifier::Decimal(Decimal { precision: 19, scale: 0 })),
            _ if COERCIONS.iter().any(|end| signature.ends_with(end)) => return coerced(node, args.get(1)?),
            _ => {}
        }
        let one = self.expression(args.first()?)?;
        match signature {
            _ if KEEPS.contains(&signature) => Some(one),
            "sum(numeric)" => Some(Modifier::Decimal(one.decimal()?.total())),
            "avg(numeric)" => Some(Modifier::Decimal(one.decimal()?.average())),
            "textcat(text,text)" => one.with(self.expression(args.get(1)?)?),
            _ => {
                let calculate = calculation(signature)?;
                let two = self.expression(args.get(1)?)?;
                Some(Modifier::Decimal(calculate(one.decimal()?, two.decimal()?)))
            }
        }
    }
}

/// Functions whose result is as wide as their first argument (of the texts inferred).
const KEEPS: [&str; 18] = [
    "max(numeric)",
    "min(numeric)",
    "abs(numeric)",
    "numeric_uminus(numeric)",
    "numeric_uplus(numeric)",
    "max(text)",
    "min(text)",
    "upper(text)",
    "lower(text)",
    "initcap(text)",
    "btrim(text)",
    "ltrim(text)",
    "rtrim(text)",
    "reverse(text)",
    r#""left"(text,integer)"#,
    r#""right"(text,integer)"#,
    "substr(text,integer,integer)",
    r#""substring"(text,integer,integer)"#,
];

/// How the functions end that bring a value to a modifier, which is their second argument.
const COERCIONS: [&str; 2] = [r#""numeric"(numeric,integer)"#, "(character varying,integer,boolean)"];

fn calculation(signature: &str) -> Option<fn(Decimal, Decimal) -> Decimal> {
    match signature {
        "numeric_add(numeric,numeric)" | "numeric_sub(numeric,numeric)" => Some(Decimal::sum),
        "numeric_mul(numeric,numeric)" => Some(Decimal::product),
        "numeric_div(numeric,numeric)" => Some(Decimal::quotient),
        _ => None,
    }
}

/// The modifier of a cast's type, where it says one.
fn coerced(call: &Node<'_>, modifier: &Node<'_>) -> Option<Modifier> {
    let Node::Datum(datum) = modifier.get("constvalue")? else { return None };
    let bytes = datum.get(..4)?.try_into().ok()?;
    Modifier::of(call.number("funcresulttype")?, i64::from(i32::from_le_bytes(bytes)))
}

fn relabelled(node: &Node<'_>) -> Option<Modifier> {
    Modifier::of(node.number("resulttype")?, node.number("resulttypmod")?)
}

/// A literal: `1.5` is DECIMAL(2,1), and `'abc'` VARCHAR(3).
fn constant(node: &Node<'_>) -> Option<Modifier> {
    if node.text("constisnull") == Some("true") {
        return Some(Modifier::Null);
    }
    let Node::Datum(datum) = node.get("constvalue")? else { return None };
    match node.text("consttype")? {
        "1700" => Decimal::of_literal(datum).map(Modifier::Decimal),
        // A datum of a text begins with its length, in four bytes.
        "25" | "1043" => i64::try_from(datum.len()).ok().map(|length| Modifier::Varchar(length - 4)),
        _ => None,
    }
}
