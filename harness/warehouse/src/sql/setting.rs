//! `SET`, `SHOW` and `RESET`: which settings there are, which of them PostgreSQL has not, and what they may be.

use super::attributes::literal;
use super::edits::Edits;
use super::expression::{IdentifierCase, Source};
use super::refuse::Unsupported;
use super::rewrite::Rewritten;
use super::show::{Shown, show};
use super::token::Token;

/// A setting that Redshift has and PostgreSQL has not.
#[derive(Debug)]
struct Setting {
    name: &'static str,
    default: &'static str,
    values: Values,
}

/// What a setting may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Values {
    Text,
    Switch,
    /// A number, and what it lies between.
    Number(u32, u32),
    /// A switch, of which linchpin knows the default alone: the other would change what statements do.
    Fixed,
}

const fn setting(name: &'static str, default: &'static str, values: Values) -> Setting {
    Setting { name, default, values }
}

/// Settings, their defaults and their values (documented); what they would change about Redshift's work has no counterpart
/// here, except for `enable_case_sensitive_identifier` and `parse_super_null_on_error`.
const SETTINGS: [Setting; 26] = [
    setting("analyze_threshold_percent", "10", Values::Number(0, 100)),
    setting("auto_analyze", "on", Values::Switch),
    setting("cast_super_null_on_error", "on", Values::Fixed),
    setting("client_driver_type", "", Values::Text),
    setting("default_geometry_encoding", "1", Values::Number(1, 2)),
    setting("describe_field_name_in_uppercase", "off", Values::Fixed),
    setting("downcase_delimited_identifier", "on", Values::Fixed),
    setting(CASE_SENSITIVE, "off", Values::Switch),
    setting("enable_case_sensitive_super_attribute", "off", Values::Fixed),
    setting("enable_numeric_rounding", "off", Values::Fixed),
    setting("enable_result_cache_for_session", "on", Values::Switch),
    setting("enable_vacuum_boost", "off", Values::Switch),
    setting("error_on_nondeterministic_update", "off", Values::Fixed),
    setting("interval_forbid_composite_literals", "off", Values::Fixed),
    setting("json_parse_dedup_attributes", "off", Values::Fixed),
    setting("json_parse_truncate_strings", "off", Values::Fixed),
    setting("json_serialization_enable", "off", Values::Switch),
    setting("json_serialization_parse_nested_strings", "off", Values::Switch),
    setting("max_concurrency_scaling_clusters", "1", Values::Number(0, 10)),
    setting("max_cursor_result_set_size", "0", Values::Number(0, 14_400_000)),
    setting("mv_enable_aqmv_for_session", "on", Values::Switch),
    setting("navigate_super_null_on_error", "on", Values::Fixed),
    setting("parse_super_null_on_error", "off", Values::Switch),
    setting("query_group", "unset", Values::Text),
    setting("stored_proc_log_min_messages", "LOG", Values::Text),
    setting("wlm_query_slot_count", "1", Values::Number(1, 50)),
];

/// Settings that both have (documented, or of PostgreSQL 8.0 and read by drivers), and words that stand where a setting's
/// name does.
const SHARED: [&str; 24] = [
    "application_name",
    "client_encoding",
    "client_min_messages",
    "datestyle",
    "default_transaction_isolation",
    "default_transaction_read_only",
    "extra_float_digits",
    "integer_datetimes",
    "intervalstyle",
    "is_superuser",
    "max_identifier_length",
    "search_path",
    "server_encoding",
    "statement_timeout",
    "timezone",
    "transaction_isolation",
    "transaction_read_only",
    // RESET SESSION AUTHORIZATION, SET NAMES, SET TIME ZONE, SET SEED, SET TRANSACTION, SET SESSION AUTHORIZATION, SET SESSION CHARACTERISTICS.
    "session",
    "names",
    "time",
    "seed",
    "transaction",
    "authorization",
    "characteristics",
];

const CASE_SENSITIVE: &str = "enable_case_sensitive_identifier";

/// Redshift's name of PostgreSQL's `default_transaction_read_only` (client source: ODBC).
const READ_ONLY: &str = "readonly";

/// The server version that Redshift shows.
const SERVER_VERSION: &str = "8.0.2";

fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

/// Why a user cannot have the setting `name`, if Redshift has none of that name.
pub(crate) fn of_user(name: &str) -> Option<Unsupported> {
    let known = find(name).is_some() || SHARED.contains(&name) || [READ_ONLY, "all"].contains(&name);
    (!known).then(|| Unsupported::Setting(name.to_owned()))
}

/// The name under which PostgreSQL keeps a setting that it has not.
pub(crate) fn kept_as(name: &str) -> Option<String> {
    if name == READ_ONLY {
        return Some("default_transaction_read_only".to_owned());
    }
    find(name).map(|setting| format!("redshift.{name}", name = setting.name))
}

impl Setting {
    /// The expression of its value.
    fn current(&self) -> String {
        let default = literal(self.default);
        format!("coalesce(nullif(pg_catalog.current_setting('redshift.{}', true), ''), {default})", self.name)
    }

    /// Why it cannot be `value`; PostgreSQL's own words.
    fn refusal(&self, value: &str) -> Option<Unsupported> {
        let name = self.name;
        match self.values {
            Values::Text => None,
            Values::Switch => switch(value).is_none().then_some(Unsupported::NoSwitch(name)),
            Values::Fixed => match switch(value) {
                None => Some(Unsupported::NoSwitch(name)),
                Some(on) if on == (self.default == "on") => None,
                Some(_) => Some(Unsupported::NotCarriedOut(format!("{name} = {value}"))),
            },
            Values::Number(least, most) => match value.parse::<f64>() {
                Ok(number) if (f64::from(least)..=f64::from(most)).contains(&number) => None,
                Ok(_) => Some(Unsupported::OutOfRange { name, value: value.to_owned(), least, most }),
                Err(_) => Some(Unsupported::NoNumber { name, value: value.to_owned() }),
            },
        }
    }
}

/// A Boolean value, as PostgreSQL reads one.
fn switch(value: &str) -> Option<bool> {
    match value.to_lowercase().as_str() {
        "on" | "true" | "t" | "yes" | "y" | "1" => Some(true),
        "off" | "of" | "false" | "f" | "no" | "n" | "0" => Some(false),
        _ => None,
    }
}

/// Why Redshift refuses such a statement, if it does.
pub(crate) fn refusal(tokens: &[Token<'_>]) -> Option<Unsupported> {
    let (verb, name, rest) = named(tokens)?;
    let known = name.identifier()?;
    if let Some(setting) = find(&known) {
        return value(rest).filter(|_| verb.is_word("set")).and_then(|value| setting.refusal(&value));
    }
    if verb.is_word("show") {
        match show(None, tokens.get(1..)?) {
            Shown::Setting => {}
            Shown::Query(_) => return None,
            Shown::LeftOut(name) => return Some(Unsupported::NotCarriedOut(name)),
            Shown::Wrong(error) => return Some(Unsupported::Wrong(error)),
        }
    }
    // A session's own variables have a dot in their name; those of the front are no client's.
    let own =
        rest.first().is_some_and(|dot| dot.is_symbol('.')) && !["redshift", "linchpin"].contains(&&*known);
    let listed = SHARED.contains(&known.as_str()) || known == READ_ONLY;
    let of_show = verb.is_word("show") && ["server_version", "all"].contains(&known.as_str());
    let of_reset = verb.is_word("reset") && known == "all";
    (!(own || listed || of_show || of_reset)).then_some(Unsupported::Setting(known))
}

/// Rewrites one of these statements if it names such a setting.
pub(crate) fn rewrite(source: &Source<'_>, tokens: &[Token<'_>]) -> Option<Rewritten> {
    let (verb, name, _) = named(tokens)?;
    let known = name.identifier()?;
    if verb.is_word("show") {
        if let Shown::Query(query) = show(Some(source), tokens.get(1..)?) {
            return Some(Rewritten::Text(query));
        }
        return shown(&known).map(Rewritten::Text);
    }
    let mut edits = Edits::default();
    edits.replace(&[*name], kept_as(&known)?);
    Some(Rewritten::Text(edits.apply(source.sql, tokens)))
}

/// The query that shows a setting; `None` if PostgreSQL shows it.
fn shown(name: &str) -> Option<String> {
    match name {
        "server_version" => Some(format!("SELECT '{SERVER_VERSION}' AS server_version")),
        READ_ONLY => {
            Some(format!("SELECT pg_catalog.current_setting('transaction_read_only') AS {READ_ONLY}"))
        }
        "all" => {
            let own =
                SETTINGS.iter().map(|setting| format!("({}, {})", literal(setting.name), setting.current()));
            let shared = "SELECT lower(name), setting FROM pg_catalog.pg_settings WHERE lower(name) IN";
            let names: Vec<_> = SHARED.iter().map(|name| literal(name)).collect();
            let (own, names) = (own.collect::<Vec<_>>().join(", "), names.join(", "));
            Some(format!(
                "SELECT * FROM (VALUES {own}) AS own (name, setting) UNION ALL ({shared} ({names})) ORDER BY name"
            ))
        }
        name => find(name).map(|setting| format!("SELECT {} AS {name}", setting.current())),
    }
}

/// Changes `current_setting('name')` and `set_config('name', ..)` where PostgreSQL has no such setting.
pub(crate) fn call(function: &Token<'_>, arguments: &[&[Token<'_>]], whole: &[Token<'_>], edits: &mut Edits) {
    let Some([name]) = arguments.first() else { return };
    let Some(known) = name.literal().map(|name| name.to_lowercase()) else { return };
    if function.is_word("current_setting") && known == "server_version" {
        edits.replace(whole, literal(SERVER_VERSION));
        return;
    }
    match (find(&known), kept_as(&known)) {
        (Some(setting), _) if function.is_word("current_setting") => edits.replace(whole, setting.current()),
        (_, Some(kept)) => edits.replace(&[*name], literal(&kept)),
        (None, None) | (Some(_), None) => {}
    }
}

/// A setting of the startup packet as PostgreSQL takes it.
pub(crate) fn at_startup(name: &str, value: &str) -> Result<String, Unsupported> {
    let known = name.to_lowercase();
    if let Some(refused) = find(&known).and_then(|setting| setting.refusal(value)) {
        return Err(refused);
    }
    Ok(kept_as(&known).unwrap_or_else(|| name.to_owned()))
}

/// The verb, the setting that it is about, and what follows.
fn named<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(&'t Token<'a>, &'t Token<'a>, &'t [Token<'a>])> {
    match tokens {
        [verb, scope, name, rest @ ..] if verb.is_word("set") && scope.is_any_word(&["session", "local"]) => {
            Some((verb, name, rest))
        }
        [verb, name, rest @ ..] if verb.is_any_word(&["set", "show", "reset"]) => Some((verb, name, rest)),
        _ => None,
    }
}

/// What follows TO or `=`; `None` for DEFAULT.
fn value(rest: &[Token<'_>]) -> Option<String> {
    let (to, value) = rest.split_first()?;
    let value =
        value.first().filter(|value| !value.is_word("default") && (to.is_word("to") || to.is_symbol('=')))?;
    Some(value.literal().map_or_else(|| value.text.to_owned(), std::borrow::Cow::into_owned))
}

/// What a statement makes of the case of quoted identifiers, if it is about that.
pub(crate) fn identifier_case(tokens: &[Token<'_>]) -> Option<IdentifierCase> {
    let (verb, name, rest) = named(tokens)?;
    let all = verb.is_word("reset") && name.is_word("all");
    if !(all || name.is_word(CASE_SENSITIVE)) || verb.is_word("show") {
        return None;
    }
    Some(case_of(value(rest).as_deref().unwrap_or_default()))
}

/// The case of quoted identifiers by the value of `enable_case_sensitive_identifier`.
pub(crate) fn case_of(value: &str) -> IdentifierCase {
    if switch(value) == Some(true) { IdentifierCase::Kept } else { IdentifierCase::Folded }
}

/// The query for that value.
pub(crate) const CASE_SQL: &str =
    "SELECT pg_catalog.current_setting('redshift.enable_case_sensitive_identifier', true)";
