//! `MERGE`: what Redshift's grammar has less than PostgreSQL's, and REMOVE DUPLICATES, which PostgreSQL has not.

use super::alter::name_length;
use super::attributes::literal;
use super::expression::{Source, parenthesized};
use super::refuse::Unsupported;
use super::rewrite::{Ending, Rewritten, Script};
use super::token::Token;

/// The parts of a MERGE.
struct Merge<'t, 'a> {
    target: &'t [Token<'a>],
    source: &'t [Token<'a>],
    condition: &'t [Token<'a>],
    /// What begins with WHEN or REMOVE.
    clauses: &'t [Token<'a>],
}

impl<'t, 'a> Merge<'t, 'a> {
    /// Reads what follows the word MERGE; what cannot be read is PostgreSQL's to refuse.
    fn read(rest: &'t [Token<'a>]) -> Option<Merge<'t, 'a>> {
        let rest = match rest {
            [into, rest @ ..] if into.is_word("into") => rest,
            rest => rest,
        };
        let (target, rest) = split_before(rest, &["using"])?;
        let (source, rest) = split_before(rest.get(1..)?, &["on"])?;
        let (condition, clauses) = split_before(rest.get(1..)?, &["when", "remove"])?;
        Some(Merge { target, source, condition, clauses })
    }

    /// The table that is changed, without an alias.
    fn table(&self) -> &'t [Token<'a>] {
        self.target.get(..name_length(self.target)).unwrap_or_default()
    }
}

/// `tokens` up to one of `words` outside of parentheses, and from it on. A CASE in a condition has a WHEN of its own.
fn split_before<'t, 'a>(
    tokens: &'t [Token<'a>],
    words: &[&str],
) -> Option<(&'t [Token<'a>], &'t [Token<'a>])> {
    let mut depth = 0_i32;
    let at = tokens.iter().position(|token| {
        depth += i32::from(token.is_symbol('(') || token.is_word("case"));
        depth -= i32::from(token.is_symbol(')') || token.is_word("end"));
        depth == 0 && token.is_any_word(words)
    })?;
    tokens.split_at_checked(at)
}

/// Why Redshift refuses a MERGE, if it does; `rest` follows the word.
pub(crate) fn refusal(rest: &[Token<'_>]) -> Option<Unsupported> {
    let merge = Merge::read(rest)?;
    if let Some(alias) = merge.target.get(merge.table().len()) {
        return Unsupported::syntax(alias, "the target of Redshift's MERGE has no alias");
    }
    if !conjuncts(merge.condition).iter().any(|conjunct| is_equijoin(conjunct, merge.table())) {
        return Some(Unsupported::NoEquijoin);
    }
    if merge.clauses.first().is_some_and(|first| first.is_word("remove")) {
        None
    } else {
        clauses(merge.clauses)
    }
}

/// Redshift has two clauses, in this order, and neither has a condition.
fn clauses(clauses: &[Token<'_>]) -> Option<Unsupported> {
    let hint = "Redshift's MERGE is WHEN MATCHED THEN UPDATE or DELETE, WHEN NOT MATCHED THEN INSERT";
    let (matched, rest) = match clauses {
        [when, matched, then, action, rest @ ..] if when.is_word("when") => ([matched, then, action], rest),
        _ => return None,
    };
    let [word, then, action] = matched;
    for (token, words) in [(word, &["matched"][..]), (then, &["then"]), (action, &["update", "delete"])] {
        if !token.is_any_word(words) {
            return Unsupported::syntax(token, hint);
        }
    }
    let Some((_, second)) = split_before(rest, &["when"]) else { return Some(Unsupported::Unfinished(hint)) };
    let expected: [(&[&str], usize); 4] =
        [(&["not"], 1), (&["matched"], 2), (&["then"], 3), (&["insert"], 4)];
    let wrong =
        expected.into_iter().find_map(|(words, at)| second.get(at).filter(|token| !token.is_any_word(words)));
    let third =
        second.get(1..).and_then(|rest| split_before(rest, &["when"])).and_then(|(_, third)| third.first());
    wrong.or(third).and_then(|token| Unsupported::syntax(token, hint))
}

/// The parts of a condition between its ANDs.
fn conjuncts<'t, 'a>(condition: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let inner = match parenthesized(condition) {
        Some((inner, length)) if length == condition.len() => inner,
        _ => condition,
    };
    let mut depth = 0_i32;
    let parts = inner.split(move |token| {
        depth += i32::from(token.is_symbol('(')) - i32::from(token.is_symbol(')'));
        depth == 0 && token.is_word("and")
    });
    parts.collect()
}

/// Whether `conjunct` compares a column of `target` with something that is no constant. A name without a table may be its own.
fn is_equijoin(conjunct: &[Token<'_>], target: &[Token<'_>]) -> bool {
    let Some(at) = conjunct.iter().position(|token| token.is_symbol('=')) else { return false };
    let (left, right) = conjunct.split_at(at);
    let other = |token: &Token<'_>| token.is_any_symbol(&['<', '>', '!', '=']);
    let right = right.get(1..).unwrap_or_default();
    if left.last().is_some_and(other) || right.first().is_some_and(other) {
        return false;
    }
    let table = target.last().and_then(Token::identifier);
    let of_target = |side: &[Token<'_>]| {
        let qualified = side.windows(2).find(|pair| pair.iter().any(|token| token.is_symbol('.')));
        qualified.is_none() || side.iter().any(|token| token.identifier() == table)
    };
    let named = |side: &[Token<'_>]| side.iter().any(|token| token.identifier().is_some());
    named(left) && named(right) && (of_target(left) || of_target(right))
}

/// `MERGE INTO t USING s ON .. REMOVE DUPLICATES`: what matches is deleted, every row of the source inserted once.
pub(crate) fn rewrite(source: &Source<'_>, rest: &[Token<'_>]) -> Option<Rewritten> {
    let merge = Merge::read(rest)?;
    let [remove, duplicates] = merge.clauses else { return None };
    if !(remove.is_word("remove") && duplicates.is_word("duplicates")) {
        return None;
    }
    let from_table = merge.source.get(..name_length(merge.source))?;
    let [target, from, condition, from_table] =
        [merge.target, merge.source, merge.condition, from_table].map(|tokens| source.render(tokens));
    let statements = vec![
        format!("SELECT pg_catalog.linchpin_same_columns({}, {})", literal(&target), literal(&from_table)),
        format!("DELETE FROM {target} USING {from} WHERE {condition}"),
        format!("INSERT INTO {target} SELECT DISTINCT * FROM {from}"),
    ];
    Some(Rewritten::Script(Script { statements, command: Some("MERGE"), ending: Ending::Open }))
}
