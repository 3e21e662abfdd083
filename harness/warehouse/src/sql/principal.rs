//! Users, groups and roles, which all are roles to PostgreSQL: what is named as one must be one.

use serde::Serialize;

use super::attributes::literal;
use super::expression::Source;
use super::refuse::Unsupported;
use super::rewrite::{Ending, Rewritten, Script};
use super::token::Token;

/// What a name is that rights are given to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    User,
    Group,
    Role,
}

impl Kind {
    const ALL: [(&str, Kind); 3] = [("user", Kind::User), ("group", Kind::Group), ("role", Kind::Role)];

    /// The kind that a keyword names.
    pub(super) fn of(token: &Token<'_>) -> Option<Kind> {
        Kind::ALL.iter().find(|(word, _)| token.is_word(word)).map(|(_, kind)| *kind)
    }

    fn word(self) -> &'static str {
        Kind::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }
}

/// Names that must be there, each of its kind.
#[derive(Debug, Default)]
pub(super) struct Principals(Vec<(Kind, String)>);

impl Principals {
    pub(super) fn add(&mut self, source: &Source<'_>, kind: Kind, name: &Token<'_>) {
        self.0.extend(source.name(name).map(|name| (kind, name)));
    }

    /// Adds `[ROLE | GROUP | USER] name, ..`; a name without a word is of the kind `plain`.
    pub(super) fn add_listed(&mut self, source: &Source<'_>, list: &[Token<'_>], plain: Kind) {
        for one in list.split(|token| token.is_symbol(',')) {
            match one {
                [name] if !name.is_word("public") => self.add(source, plain, name),
                [word, name] => self.add(source, Kind::of(word).unwrap_or(plain), name),
                _ => {}
            }
        }
    }

    /// Adds the names that follow the words GROUP and USER in options such as `IN GROUP g, h` and `ADD USER u`.
    pub(super) fn add_options(&mut self, source: &Source<'_>, options: &[Token<'_>]) {
        for (at, word) in options.iter().enumerate() {
            let Some(kind) = Kind::of(word) else { continue };
            let list = options.get(at + 1..).unwrap_or_default();
            let names = list.iter().step_by(2).zip(list.iter().skip(1).step_by(2).map(Some).chain([None]));
            for (name, behind) in names {
                self.add(source, kind, name);
                if !behind.is_some_and(|token| token.is_symbol(',')) {
                    break;
                }
            }
        }
    }

    /// The statement that fails unless all of them are there.
    pub(super) fn statement(&self) -> Option<String> {
        let named = serde_json::to_string(&self.0).ok().filter(|_| !self.0.is_empty())?;
        Some(format!("SELECT pg_catalog.linchpin_expect_principals({})", literal(&named)))
    }
}

/// Why a CREATE, ALTER or DROP of a role is refused, if it is; `rest` follows the name.
pub(super) fn refusal(verb: &Token<'_>, rest: &[Token<'_>]) -> Option<Unsupported> {
    let first = rest.first()?;
    let hint = "Redshift's roles have a name and an owner, and neither password nor attributes";
    let refused = |what: &str| Some(Unsupported::NotCarriedOut(what.to_owned()));
    if first.is_word("externalid") {
        return refused("a role's EXTERNALID");
    }
    match verb.is_word("alter") {
        true if first.is_word("rename") => None,
        true if first.is_word("owner") => refused("ALTER ROLE .. OWNER TO"),
        false if verb.is_word("drop") && first.is_any_word(&["force", "restrict"]) => None,
        _ => Unsupported::syntax(first, hint),
    }
}

/// Rewrites `DROP USER`, `DROP GROUP` and `DROP ROLE`; `None` if it is none of them.
pub(super) fn dropped(source: &Source<'_>, tokens: &[Token<'_>]) -> Option<Rewritten> {
    let [drop, kind, rest @ ..] = tokens else { return None };
    let kind = Kind::of(kind).filter(|_| drop.is_word("drop"))?;
    let (if_exists, rest) = match rest {
        [one, two, rest @ ..] if one.is_word("if") && two.is_word("exists") => (true, rest),
        rest => (false, rest),
    };
    let (rest, forced) = match rest {
        [rest @ .., how] if kind == Kind::Role && how.is_any_word(&["force", "restrict"]) => {
            (rest, how.is_word("force"))
        }
        rest => (rest, false),
    };
    let names = rest.split(|token| token.is_symbol(',')).map(|one| match one {
        [name] => source.name(name).map(|name| literal(&name)),
        _ => None,
    });
    // What is no list of names is PostgreSQL's to refuse.
    let names = names.collect::<Option<Vec<_>>>()?.join(", ");
    let word = kind.word();
    let statements =
        vec![format!("SELECT pg_catalog.linchpin_drop('{word}', ARRAY[{names}], {if_exists}, {forced})")];
    let command = Some(match kind {
        Kind::User => "DROP USER",
        Kind::Group => "DROP GROUP",
        Kind::Role => "DROP ROLE",
    });
    Some(Rewritten::Script(Script { statements, command, ending: Ending::Open }))
}
