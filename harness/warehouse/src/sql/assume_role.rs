//! `GRANT ASSUMEROLE` and `REVOKE ASSUMEROLE`: who may name which IAM role in COPY and UNLOAD.

use super::attributes::literal;
use super::cursor::{Cursor, SyntaxError};
use super::rewrite::{Ending, Rewritten, Script};
use super::token::Token;

/// Rewrites such a statement; `None` if it is none.
pub(crate) fn rewrite(tokens: &[Token<'_>]) -> Option<Rewritten> {
    let mut cursor = Cursor::new(tokens);
    let granted = cursor.take_word("grant");
    if !(granted || cursor.take_word("revoke")) || !cursor.take_word("assumerole") {
        return None;
    }
    let command = Some(if granted { "GRANT" } else { "REVOKE" });
    // What cannot be read is PostgreSQL's to refuse: it knows no such privilege.
    let statements = grants(granted, &mut cursor).ok()?;
    Some(Rewritten::Script(Script { statements, command, ending: Ending::Open }))
}

/// A statement for each role, grantee and purpose.
fn grants(granted: bool, cursor: &mut Cursor<'_, '_>) -> Result<Vec<String>, SyntaxError> {
    cursor.expect_word("on")?;
    let roles = listed(cursor, role)?;
    cursor.expect_word(if granted { "to" } else { "from" })?;
    let grantees = listed(cursor, grantee)?;
    let purposes = if cursor.take_word("for") { listed(cursor, purpose)? } else { vec!["ALL".to_owned()] };
    if cursor.peek().is_some() {
        return Err(cursor.unexpected());
    }
    let mut statements = Vec::new();
    for role in &roles {
        for grantee in &grantees {
            let (role, grantee) = (literal(role), literal(grantee));
            statements.extend(purposes.iter().map(|purpose| {
                format!(
                    "SELECT pg_catalog.linchpin_assumerole({granted}, {role}, {grantee}, {})",
                    literal(purpose)
                )
            }));
        }
    }
    Ok(statements)
}

fn listed(
    cursor: &mut Cursor<'_, '_>,
    one: impl Fn(&mut Cursor<'_, '_>) -> Result<String, SyntaxError>,
) -> Result<Vec<String>, SyntaxError> {
    let mut found = vec![one(cursor)?];
    while cursor.take_symbol(',') {
        found.push(one(cursor)?);
    }
    Ok(found)
}

/// An ARN, or a chain of them in one literal; or one of two words.
fn role(cursor: &mut Cursor<'_, '_>) -> Result<String, SyntaxError> {
    let word = ["default", "all"].into_iter().find(|word| cursor.take_word(word));
    word.map_or_else(|| cursor.literal(), |word| Ok(word.to_uppercase()))
}

/// A user, `ROLE r`, `GROUP g` or `PUBLIC`: PostgreSQL's roles are all of them.
fn grantee(cursor: &mut Cursor<'_, '_>) -> Result<String, SyntaxError> {
    let _kind = cursor.take_word("group") || cursor.take_word("role");
    cursor.identifier()
}

fn purpose(cursor: &mut Cursor<'_, '_>) -> Result<String, SyntaxError> {
    match cursor.identifier()?.as_str() {
        "external" => cursor.expect_word("function").map(|()| "EXTERNAL FUNCTION".to_owned()),
        "create" => cursor.expect_word("model").map(|()| "CREATE MODEL".to_owned()),
        word @ ("all" | "copy" | "unload") => Ok(word.to_uppercase()),
        other => Err(SyntaxError::Near(other.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::tokenize;
    use super::*;

    #[test]
    fn every_combination_is_a_grant() {
        for (sql, expected) in [
            ("grant assumerole on 'a', 'b,c' to u, group g for copy, unload", Some(8)),
            ("grant assumerole on default to public for all", Some(1)),
            ("revoke assumerole on all from public for all", Some(1)),
            ("grant assumerole on all to role r for external function, create model", Some(2)),
            ("grant assumerole on all from u for copy", None),
            ("grant assumerole on all to u for nothing", None),
            ("grant select on t to u", None),
        ] {
            let statements = match rewrite(&tokenize(sql).unwrap()) {
                Some(Rewritten::Script(script)) => Some(script.statements.len()),
                _ => None,
            };
            assert_eq!(statements, expected, "{sql}");
        }
    }
}
