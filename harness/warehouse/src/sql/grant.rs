//! `GRANT`, `REVOKE` and `ALTER DEFAULT PRIVILEGES`: what linchpin gives, and to whom.

use super::edits::Edits;
use super::expression::Source;
use super::principal::{Kind, Principals};
use super::refuse::Unsupported;
use super::rewrite::{Ending, Rewritten, Script};
use super::token::Token;

/// What the permissions begin with that a role may have of the whole database.
const SYSTEM_PERMISSIONS: [&str; 9] =
    ["access", "alter", "cancel", "create", "drop", "explain", "ignore", "replace", "truncate"];

/// Objects that Redshift's GRANT names by a word and linchpin has not.
const LEFT_OUT: [&str; 8] =
    ["copy", "datashare", "external", "integration", "job", "language", "model", "template"];

/// Objects of PostgreSQL's alone.
const ABSENT: [&str; 8] =
    ["domain", "foreign", "large", "parameter", "routine", "sequence", "tablespace", "type"];

/// Privileges of PostgreSQL's alone.
const NO_PRIVILEGES: [&str; 3] = ["connect", "set", "trigger"];

/// The parts of such a statement.
struct Grant<'t, 'a> {
    verb: &'t Token<'a>,
    /// Privileges, or `ROLE r, ROLE s`.
    given: &'t [Token<'a>],
    /// From ON or FOR; empty where roles are given.
    object: &'t [Token<'a>],
    /// TO or FROM.
    way: &'t Token<'a>,
    grantees: &'t [Token<'a>],
    /// WITH GRANT OPTION, CASCADE and the like.
    ending: &'t [Token<'a>],
}

impl<'t, 'a> Grant<'t, 'a> {
    /// Reads from GRANT or REVOKE on.
    fn parse(tokens: &'t [Token<'a>]) -> Option<Grant<'t, 'a>> {
        let (verb, rest) = tokens.split_first()?;
        let is_grant = verb.is_word("grant");
        if !(is_grant || verb.is_word("revoke")) {
            return None;
        }
        let rest = match rest {
            [what, option, by, rest @ ..]
                if what.is_any_word(&["grant", "admin"]) && option.is_word("option") && by.is_word("for") =>
            {
                rest
            }
            rest => rest,
        };
        let to = if is_grant { "to" } else { "from" };
        let (before, behind) = rest.split_at_checked(rest.iter().position(|token| token.is_word(to))?)?;
        let on = before.iter().position(|token| token.is_any_word(&["on", "for"])).unwrap_or(before.len());
        let (given, object) = before.split_at_checked(on)?;
        let (way, behind) = behind.split_first()?;
        let ends = |token: &Token<'_>| token.is_any_word(&["with", "cascade", "restrict", "for", "granted"]);
        let end = behind.iter().position(ends).unwrap_or(behind.len());
        let (grantees, ending) = behind.split_at_checked(end)?;
        Some(Grant { verb, given, object, way, grantees, ending })
    }

    /// The word that says what kind of object it is about, if a name follows it.
    fn object_kind(&self) -> Option<&'t Token<'a>> {
        match self.object {
            [_, kind, name, ..] if name.identifier().is_some() => Some(kind),
            _ => None,
        }
    }

    fn gives_roles(&self) -> bool {
        self.object.is_empty() && self.given.first().is_some_and(|token| token.is_word("role"))
    }

    /// Whom it names.
    fn principals(&self, source: &Source<'_>) -> Principals {
        let mut principals = Principals::default();
        if self.gives_roles() {
            principals.add_listed(source, self.given, Kind::User);
        }
        principals.add_listed(source, self.grantees, Kind::User);
        principals
    }

    fn refusal(&self) -> Option<Unsupported> {
        let verb = self.verb.text.to_uppercase();
        let refused = |what: String| Some(Unsupported::NotCarriedOut(format!("{verb} {what}")));
        let given = || self.given.iter();
        if given().zip(given().skip(1)).any(|(sys, colon)| sys.is_word("sys") && colon.is_symbol(':')) {
            return refused("of a system-defined role".to_owned());
        }
        let first = self.given.first()?;
        if first.is_word("assumerole") {
            return None;
        }
        if self.object.is_empty() {
            let permits = first.is_any_word(&SYSTEM_PERMISSIONS) && self.given.len() > 1
                || first.is_any_word(&["analyze", "vacuum"]);
            return match (permits, self.gives_roles()) {
                (true, _) => refused("of system permissions".to_owned()),
                (false, true) => None,
                (false, false) => Unsupported::syntax(
                    self.way,
                    "name a role as ROLE r; a group's users are those of ALTER GROUP",
                ),
            };
        }
        if self.object.first().is_some_and(|token| token.is_word("for")) {
            let scope = self.object.get(1).map_or("", |token| token.text);
            return refused(format!(".. FOR {} IN", scope.to_uppercase()));
        }
        self.privilege().or_else(|| self.option())
    }

    /// What privileges on an object linchpin does not give.
    fn privilege(&self) -> Option<Unsupported> {
        let verb = self.verb.text.to_uppercase();
        let refused = |what: String| Some(Unsupported::NotCarriedOut(format!("{verb} {what}")));
        let kind = self.object_kind();
        if let Some(kind) = kind.filter(|kind| kind.is_any_word(&LEFT_OUT)) {
            return refused(format!("ON {}", kind.text.to_uppercase()));
        }
        let absent = |token: &&Token<'_>| token.is_any_word(&ABSENT);
        let all = self.object.get(2).filter(|token| token.is_any_word(&["routines", "sequences"]));
        let many = all.filter(|_| kind.is_some_and(|kind| kind.is_word("all")));
        if let Some(kind) = kind.filter(absent).or(many) {
            return Unsupported::syntax(
                kind,
                "Redshift grants on tables, databases, schemas, functions and procedures",
            );
        }
        if let Some(privilege) = self.given.iter().find(|token| token.is_any_word(&["alter", "drop"])) {
            return refused(privilege.text.to_uppercase());
        }
        let of_database = kind.is_some_and(|kind| kind.is_word("database"));
        if of_database && self.given.iter().any(|token| token.is_word("usage")) {
            return refused("USAGE ON DATABASE".to_owned());
        }
        let first = self.given.first().filter(|token| token.is_any_word(&NO_PRIVILEGES))?;
        Unsupported::syntax(first, "Redshift has no such privilege")
    }

    /// WITH GRANT OPTION to who cannot have it (documented).
    fn option(&self) -> Option<Unsupported> {
        let with = matches!(self.ending, [with, grant, ..] if with.is_word("with") && grant.is_word("grant"));
        let many = self.grantees.iter().any(|token| token.is_any_word(&["group", "public"]));
        (with && many).then_some(Unsupported::GrantOption)
    }
}

/// Why linchpin or Redshift refuses such a statement, if either does.
pub(super) fn refusal(tokens: &[Token<'_>]) -> Option<Unsupported> {
    let refused = Grant::parse(part(tokens)?.1)?;
    if tokens.first().is_some_and(|verb| verb.is_word("alter"))
        && matches!(refused.object, [_, what, ..] if what.is_word("procedures"))
    {
        // PostgreSQL has one list of default privileges for functions and procedures.
        return Some(Unsupported::NotCarriedOut("ALTER DEFAULT PRIVILEGES .. ON PROCEDURES".to_owned()));
    }
    refused.refusal()
}

/// Rewrites such a statement; `None` if it is none.
pub(super) fn rewrite(source: &Source<'_>, tokens: &[Token<'_>]) -> Option<Rewritten> {
    let (command, tail) = part(tokens)?;
    let grant = Grant::parse(tail)?;
    let mut edits = Edits::default();
    // PostgreSQL's grammar has no word for what is a role.
    let listed = |list: &[Token<'_>], edits: &mut Edits| {
        list.iter().enumerate().for_each(|(at, token)| {
            let begins =
                at.checked_sub(1).and_then(|before| list.get(before)).is_none_or(|t| t.is_symbol(','));
            if begins && token.is_word("role") && list.len() > at + 1 {
                edits.remove(&[*token]);
            }
        });
    };
    if grant.gives_roles() {
        listed(grant.given, &mut edits);
    }
    listed(grant.grantees, &mut edits);
    edits.extend(source.edits(tokens));
    let statement = edits.apply(source.sql, tokens);
    let checks = grant.principals(source).statement();
    let statements = checks.into_iter().chain([statement]).collect();
    Some(Rewritten::Script(Script { statements, command: Some(command), ending: Ending::Open }))
}

/// The GRANT or REVOKE of a statement, and what the client is told has been done.
fn part<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(&'static str, &'t [Token<'a>])> {
    match tokens {
        [grant, ..] if grant.is_word("grant") => Some(("GRANT", tokens)),
        [revoke, ..] if revoke.is_word("revoke") => Some(("REVOKE", tokens)),
        [alter, default, privileges, rest @ ..]
            if alter.is_word("alter") && default.is_word("default") && privileges.is_word("privileges") =>
        {
            let at = rest.iter().position(|token| token.is_any_word(&["grant", "revoke"]))?;
            Some(("ALTER DEFAULT PRIVILEGES", rest.get(at..)?))
        }
        _ => None,
    }
}
