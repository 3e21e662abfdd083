//! `SET`, `SHOW` and `RESET` of settings that Redshift has and PostgreSQL has not.

use super::attributes::literal;
use super::edits::Edits;
use super::expression::IdentifierCase;
use super::rewrite::Rewritten;
use super::token::Token;

/// Settings and their defaults (documented); what they would change about Redshift's work has no counterpart here,
/// except for `enable_case_sensitive_identifier`.
const SETTINGS: [(&str, &str); 24] = [
    ("analyze_threshold_percent", "10"),
    ("auto_analyze", "on"),
    ("cast_super_null_on_error", "on"),
    ("client_driver_type", ""),
    ("default_geometry_encoding", "1"),
    ("describe_field_name_in_uppercase", "off"),
    ("downcase_delimited_identifier", "on"),
    (CASE_SENSITIVE, "off"),
    ("enable_case_sensitive_super_attribute", "off"),
    ("enable_numeric_rounding", "off"),
    ("enable_result_cache_for_session", "on"),
    ("enable_vacuum_boost", "off"),
    ("error_on_nondeterministic_update", "off"),
    ("json_parse_dedup_attributes", "off"),
    ("json_parse_truncate_strings", "off"),
    ("json_serialization_enable", "off"),
    ("json_serialization_parse_nested_strings", "off"),
    ("max_concurrency_scaling_clusters", "1"),
    ("max_cursor_result_set_size", "0"),
    ("mv_enable_aqmv_for_session", "on"),
    ("navigate_super_null_on_error", "on"),
    ("parse_super_null_on_error", "off"),
    ("query_group", "unset"),
    ("wlm_query_slot_count", "1"),
];

const CASE_SENSITIVE: &str = "enable_case_sensitive_identifier";

/// The server version that Redshift shows.
const SERVER_VERSION: &str = "8.0.2";

/// Rewrites one of these statements if it names such a setting.
pub(crate) fn rewrite(tokens: &[Token<'_>], sql: &str) -> Option<Rewritten> {
    let (verb, name) = named(tokens)?;
    let known = name.identifier()?;
    let mut edits = Edits::default();
    if known == "readonly" && !verb.is_word("show") {
        edits.replace(&[*name], "default_transaction_read_only");
        return Some(Rewritten::Text(edits.apply(sql, tokens)));
    }
    if known == "server_version" && verb.is_word("show") {
        return Some(Rewritten::Text(format!("SELECT '{SERVER_VERSION}' AS server_version")));
    }
    let (known, default) = SETTINGS.iter().find(|(setting, _)| *setting == known)?;
    if verb.is_word("show") {
        return Some(Rewritten::Text(format!(
            "SELECT coalesce(nullif(pg_catalog.current_setting('redshift.{known}', true), ''), {}) AS {known}",
            literal(default)
        )));
    }
    edits.replace(&[*name], format!("redshift.{known}"));
    Some(Rewritten::Text(edits.apply(sql, tokens)))
}

/// The verb, and the setting that it is about.
fn named<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(&'t Token<'a>, &'t Token<'a>)> {
    match tokens {
        [verb, scope, name, ..] if verb.is_word("set") && scope.is_any_word(&["session", "local"]) => {
            Some((verb, name))
        }
        [verb, name, ..] if verb.is_any_word(&["set", "show", "reset"]) => Some((verb, name)),
        _ => None,
    }
}

/// What a statement makes of the case of quoted identifiers, if it is about that.
pub(crate) fn identifier_case(tokens: &[Token<'_>]) -> Option<IdentifierCase> {
    let (verb, name) = named(tokens)?;
    if !name.is_word(CASE_SENSITIVE) || verb.is_word("show") {
        return None;
    }
    let value = tokens.last()?;
    let text = value.literal().map_or_else(|| value.text.to_owned(), std::borrow::Cow::into_owned);
    let on = ["on", "true", "1", "yes"].contains(&text.to_lowercase().as_str());
    Some(if on { IdentifierCase::Kept } else { IdentifierCase::Folded })
}
