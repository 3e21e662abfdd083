//! What may stand within a statement of PostgreSQL's and not of Redshift's: clauses, operators, functions, types of casts.

use super::definition;
use super::group;
use super::qualify::is_clause;
use super::refuse::Unsupported;
use super::relations::reads_tables;
use super::token::{Token, TokenKind};

/// Functions that Redshift has not, and what to use instead.
pub(crate) const ABSENT: [(&[&str], &str); 4] = [
    (&["string_agg", "array_agg"], "use LISTAGG"),
    (
        &[
            "unnest",
            "string_to_array",
            "string_to_table",
            "regexp_split_to_array",
            "regexp_split_to_table",
            "regexp_match",
            "regexp_matches",
            "array_length",
            "array_append",
            "array_position",
        ],
        "Redshift has no arrays: use SUPER, SPLIT_PART or REGEXP_SUBSTR",
    ),
    (
        &[
            "to_json",
            "to_jsonb",
            "row_to_json",
            "array_to_json",
            "json_agg",
            "jsonb_agg",
            "json_object_agg",
            "jsonb_object_agg",
            "json_build_array",
            "json_build_object",
            "jsonb_build_array",
            "jsonb_build_object",
            "json_each",
            "json_each_text",
            "jsonb_each",
            "jsonb_each_text",
            "json_array_elements",
            "json_array_elements_text",
            "jsonb_array_elements",
            "jsonb_array_elements_text",
            "json_object_keys",
            "jsonb_object_keys",
            "json_populate_record",
            "jsonb_set",
            "jsonb_extract_path_text",
            "jsonb_typeof",
        ],
        "Redshift has no JSON type: use SUPER and JSON_PARSE, or JSON_EXTRACT_PATH_TEXT",
    ),
    (
        &[
            "gen_random_uuid",
            "concat_ws",
            "format",
            "make_date",
            "make_timestamp",
            "make_interval",
            "date_bin",
        ],
        "the function is newer than Redshift's PostgreSQL",
    ),
];

/// Functions of Redshift's that linchpin does not have.
pub(crate) const LEFT_OUT: [&str; 9] = [
    "collate",
    "object_transform",
    "lower_attribute_names",
    "upper_attribute_names",
    "get_number_attributes",
    "checksum",
    "farmfingerprint64",
    "murmur3_32_hash",
    "json_serialize_to_varbyte",
];

/// The function that only the leader node has (documented).
const SERIES: &str = "generate_series";

/// What stands around a word.
struct Around<'t, 'a> {
    tokens: &'t [Token<'a>],
    at: usize,
}

impl<'t, 'a> Around<'t, 'a> {
    fn before(&self, count: usize) -> Option<&'t Token<'a>> {
        self.at.checked_sub(count).and_then(|at| self.tokens.get(at))
    }

    fn next(&self, count: usize) -> Option<&'t Token<'a>> {
        self.tokens.get(self.at + count)
    }

    fn after(&self, words: &[&str]) -> bool {
        self.before(1).is_some_and(|token| token.is_any_word(words))
    }

    fn then(&self, words: &[&str]) -> bool {
        self.next(1).is_some_and(|token| token.is_any_word(words))
    }

    fn behind(&self, symbol: char) -> bool {
        self.before(1).is_some_and(|token| token.is_symbol(symbol))
    }

    fn opens(&self, symbol: char) -> bool {
        self.next(1).is_some_and(|token| token.is_symbol(symbol))
    }

    /// Whether it stands in the parentheses of a call of `function`.
    fn is_in_call(&self, function: &str) -> bool {
        let (mut depth, before) = (0_i32, self.tokens.get(..self.at).unwrap_or_default());
        let open = before.iter().rposition(|token| {
            depth += i32::from(token.is_symbol('(')) - i32::from(token.is_symbol(')'));
            depth > 0
        });
        let called = open.and_then(|open| open.checked_sub(1)).and_then(|at| before.get(at));
        called.is_some_and(|called| called.is_word(function))
    }

    fn verb(&self, words: &[&str]) -> bool {
        self.tokens.first().is_some_and(|token| token.is_any_word(words))
    }
}

/// Why Redshift refuses what stands at `at`, if it does.
pub(crate) fn construct(tokens: &[Token<'_>], at: usize) -> Option<Unsupported> {
    let here = tokens.get(at)?;
    let around = Around { tokens, at };
    match here.kind {
        TokenKind::Symbol => operator(here, &around),
        TokenKind::Word => written(here, &around)
            .or_else(|| selected(here, &around))
            .or_else(|| table(here, &around))
            .or_else(|| cast(here, &around))
            .or_else(|| function(here, &around)),
        _ => None,
    }
}

/// `->` and `->>`.
fn operator(here: &Token<'_>, around: &Around<'_, '_>) -> Option<Unsupported> {
    let next = around.next(1)?;
    if here.is_symbol('(') && next.is_symbol('+') && around.next(2).is_some_and(|token| token.is_symbol(')'))
    {
        let (what, hint) = ("the join operator (+)", "write LEFT JOIN or RIGHT JOIN");
        return Some(Unsupported::LeftOut { what, hint });
    }
    let arrow = here.is_symbol('-') && next.is_symbol('>') && here.end() == next.offset;
    arrow.then_some(Unsupported::Operator("->"))
}

/// Clauses of statements that write.
fn written(here: &Token<'_>, around: &Around<'_, '_>) -> Option<Unsupported> {
    let writes = around.verb(&["insert", "update", "delete", "with", "merge"]);
    if here.is_word("conflict") && around.after(&["on"]) && writes {
        let hint = "Redshift's INSERT has no ON CONFLICT: use MERGE, or DELETE and INSERT";
        return Unsupported::syntax(around.before(1)?, hint);
    }
    if here.is_word("returning") && writes && !around.after(&["as"]) && around.next(1).is_some() {
        return Unsupported::syntax(
            here,
            "Redshift's statements have no RETURNING: read the rows with a SELECT",
        );
    }
    if here.is_any_word(&["insert", "update", "delete", "merge"]) && around.behind('(') {
        return Unsupported::syntax(here, "Redshift's WITH takes queries only");
    }
    let follows_query = around.behind(')') && around.verb(&["with"]);
    if here.is_word("insert") && around.then(&["into"]) && follows_query {
        return Unsupported::syntax(here, "Redshift's WITH stands behind INSERT INTO, before its SELECT");
    }
    if here.is_word("merge") && around.then(&["into"]) && around.verb(&["with"]) {
        return Unsupported::syntax(
            here,
            "Redshift's MERGE takes no WITH: put its query into a temporary table",
        );
    }
    if here.is_word("overriding") && around.then(&["system", "user"]) && around.verb(&["insert"]) {
        return Unsupported::syntax(here, "Redshift's INSERT has no OVERRIDING: use COPY with EXPLICIT_IDS");
    }
    if here.is_word("set") && around.opens('(') && around.verb(&["update", "merge", "with"]) {
        return Unsupported::syntax(around.next(1)?, "Redshift's UPDATE sets one column at a time");
    }
    None
}

/// Clauses of a SELECT.
fn selected(here: &Token<'_>, around: &Around<'_, '_>) -> Option<Unsupported> {
    if here.is_word("all") && around.after(&["except", "intersect", "minus"]) {
        return Unsupported::syntax(here, "Redshift's EXCEPT, INTERSECT and MINUS have no ALL");
    }
    if group::is_by_all(around.tokens, around.at) && group::places(around.tokens, around.at).is_none() {
        let (what, hint) = ("GROUP BY ALL of a star", "name the columns that are selected");
        return Some(Unsupported::LeftOut { what, hint });
    }
    if here.is_word("exclude") && around.behind('*') {
        let (what, hint) = ("* EXCLUDE", "name the columns that are selected");
        return Some(Unsupported::LeftOut { what, hint });
    }
    if here.is_word("filter") && around.opens('(') && around.behind(')') {
        return Unsupported::syntax(
            around.next(1)?,
            "Redshift's aggregates have no FILTER: use CASE inside the aggregate",
        );
    }
    if here.is_word("distinct") && around.then(&["from"]) && around.after(&["is", "not"]) {
        return Unsupported::syntax(
            here,
            "Redshift has no IS DISTINCT FROM: use NVL, or compare with IS NULL",
        );
    }
    if here.is_word("distinct") && around.then(&["on"]) && around.after(&["select"]) {
        return Unsupported::syntax(around.next(1)?, "Redshift has no DISTINCT ON: use ROW_NUMBER()");
    }
    let locks =
        here.is_any_word(&["update", "share"]) || (here.is_any_word(&["key", "no"]) && !around.opens('('));
    if locks && around.after(&["for"]) && around.verb(&["select", "with"]) {
        return Unsupported::syntax(around.before(1)?, "Redshift has no row locks: use LOCK");
    }
    if is_clause(around.tokens, around.at) {
        // What has a short counterpart is rewritten before.
        let hint = "select from a query that has the window function as a column, and compare it in WHERE";
        return Some(Unsupported::LeftOut {
            what: "QUALIFY with DISTINCT, TOP, or a star over joined columns",
            hint,
        });
    }
    if here.is_word("window") && around.next(2).is_some_and(|token| token.is_word("as")) {
        return Unsupported::syntax(here, "Redshift has no WINDOW clause: write the window behind OVER");
    }
    if here.is_word("groups") && around.then(&["between", "unbounded", "current"]) {
        return Unsupported::syntax(here, "Redshift's window frames are of ROWS");
    }
    if here.is_any_word(&["first", "next"]) && around.after(&["fetch"]) && !around.verb(&["fetch"]) {
        return Unsupported::syntax(around.before(1)?, "Redshift has no FETCH FIRST: use LIMIT");
    }
    None
}

/// What stands for a table, and arrays.
fn table(here: &Token<'_>, around: &Around<'_, '_>) -> Option<Unsupported> {
    let in_from = around.after(&["join", "from"]) || around.behind(',');
    if here.is_word("lateral") && in_from {
        return Unsupported::syntax(here, "Redshift has no LATERAL");
    }
    if here.is_word("pivot") && around.opens('(') {
        let hint = "group by the other columns, with an aggregate of CASE for each value";
        return Some(Unsupported::LeftOut { what: "PIVOT", hint });
    }
    if here.is_word("unpivot") && around.opens('(') {
        let hint = "select each column in a query of its own, and put UNION ALL between them";
        return Some(Unsupported::LeftOut { what: "UNPIVOT of columns", hint });
    }
    if here.is_word("only") && around.after(&["from", "join", "update", "into"]) {
        return Unsupported::syntax(here, "Redshift has no inheritance, and no ONLY");
    }
    if here.is_word("tablesample") && around.next(2).is_some_and(|token| token.is_symbol('(')) {
        return Unsupported::syntax(here, "Redshift has no TABLESAMPLE: compare RANDOM() in WHERE");
    }
    if here.is_word("ordinality") && around.after(&["with"]) {
        return Unsupported::syntax(around.before(1)?, "Redshift has no WITH ORDINALITY: use ROW_NUMBER()");
    }
    let outside = around.before(2);
    let is_table = outside.is_some_and(|token| token.is_any_word(&["from", "join"]) || token.is_symbol(','));
    if here.is_word("values") && around.behind('(') && is_table {
        return Unsupported::syntax(here, "Redshift has no VALUES as a table: use SELECT and UNION ALL");
    }
    let is_query = around.next(2).is_some_and(|token| token.is_any_word(&["select", "with"]));
    if here.is_word("array") && around.opens('(') && is_query {
        return Unsupported::syntax(here, "Redshift has no arrays of a query's rows: use LISTAGG");
    }
    if here.is_word("array") && around.opens('[') {
        return Unsupported::syntax(around.next(1)?, "Redshift has no arrays: use SUPER");
    }
    let query =
        around.next(2).is_some_and(|token| token.is_any_word(&["select", "with"]) || token.is_symbol('('));
    if here.is_any_word(&["any", "some"]) && around.opens('(') && !query {
        return Unsupported::syntax(
            around.next(1)?,
            "Redshift's ANY and SOME take a query: use IN for a list",
        );
    }
    None
}

/// The type that a value is cast to.
fn cast(here: &Token<'_>, around: &Around<'_, '_>) -> Option<Unsupported> {
    let colons = around.behind(':') && around.before(2).is_some_and(|token| token.is_symbol(':'));
    let called = around.after(&["as"])
        && (around.opens(')') || around.opens('('))
        && (around.is_in_call("cast") || around.is_in_call("try_cast"));
    if !(colons || called) {
        return None;
    }
    if around.opens('[') && colons {
        return Unsupported::syntax(around.next(1)?, "Redshift has no arrays: use SUPER");
    }
    if let (true, Some(length)) = (around.opens('('), around.next(2))
        && let Some(refused) = definition::too_long(here, length)
    {
        return Some(refused);
    }
    if here.is_any_word(&definition::LEFT_OUT) {
        return Some(Unsupported::NotCarriedOut(format!("type {}", here.text.to_uppercase())));
    }
    here.is_any_word(&definition::TYPES).then(|| Unsupported::Cast(here.text.to_lowercase()))
}

fn function(here: &Token<'_>, around: &Around<'_, '_>) -> Option<Unsupported> {
    if !around.opens('(') || around.behind('.') {
        return None;
    }
    if here.is_word(SERIES) {
        let stored = around.verb(&["insert", "create", "update", "delete", "merge"]);
        let hint = "GENERATE_SERIES runs on the leader node, away from tables: number rows with ROW_NUMBER()";
        return (stored || reads_tables(around.tokens)).then_some(Unsupported::Function(hint));
    }
    if here.is_any_word(&LEFT_OUT) {
        return Some(Unsupported::NotCarriedOut(here.text.to_uppercase()));
    }
    if here.is_word("listagg") && super::aggregate::is_distinct_window(around.tokens.get(around.at..)?) {
        return Some(Unsupported::NotCarriedOut("LISTAGG(DISTINCT ..) OVER".to_owned()));
    }
    if let Some(refused) = super::nulls::refusal(around.tokens.get(around.at..)?) {
        return Some(refused);
    }
    let (names, hint) = ABSENT.iter().find(|(names, _)| here.is_any_word(names))?;
    // A table's name, before its columns.
    if around.after(&["table", "into", "exists", "view"]) {
        return None;
    }
    // An aggregate of the leader node's.
    if names.contains(&"array_agg") {
        return Some(Unsupported::Function(hint));
    }
    Some(Unsupported::NoFunction { name: here.text.to_lowercase(), hint })
}

#[cfg(test)]
mod tests {
    use super::super::token::tokenize;
    use super::super::trigger::may_need_the_front;
    use super::*;

    #[test]
    fn what_is_refused_is_looked_at() {
        for name in ABSENT.iter().flat_map(|(names, _)| *names) {
            assert!(may_need_the_front(format!("select {name}(a)").as_bytes()), "{name}");
        }
        for name in LEFT_OUT {
            assert!(may_need_the_front(format!("select {name}(a)").as_bytes()), "{name}");
        }
        for name in definition::TYPES.iter().chain(&definition::LEFT_OUT) {
            assert!(may_need_the_front(format!("select a::{name}").as_bytes()), "{name}");
            assert!(may_need_the_front(format!("select cast(a as {name})").as_bytes()), "{name}");
        }
    }

    #[test]
    fn names_are_no_constructs() {
        for sql in [
            "select id as uuid, (select a as json) from t",
            "select share, key, first, groups from format",
            "select * from (select a as uuid) s",
            "select a from t where b = any (select c from u)",
            "insert into format (any_value, window) values (1, 2)",
            "fetch first from c",
            "select a - b > 1",
            "select qualify, a as qualify from t where t.qualify = 1",
        ] {
            let tokens = tokenize(sql).unwrap();
            let refused = (0..tokens.len()).find_map(|at| construct(&tokens, at));
            assert_eq!(refused, None, "{sql}");
        }
    }
}
