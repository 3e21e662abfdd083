//! Whether a text may hold anything that the front must look at: one pass over its bytes, no tokens.
//!
//! Most statements of a connector pass through untouched, and the time this takes is what a pass through the front costs.

/// The longest word of `is_trigger`.
const LONGEST: usize = 25;

/// Words behind which ALL is none of UNION's or SELECT's.
const BEFORE_ALL: [&[u8]; 3] = [b"by", b"except", b"intersect"];

/// Whether `sql` may need the front. What stands in comments and literals counts too: tokens tell later.
pub(crate) fn may_need_the_front(sql: &[u8]) -> bool {
    let (mut at, mut before, mut dots) = (0, b' ', 0);
    let (mut deletes, mut casts) = (false, false);
    // The last word, and what stood before it.
    let (mut last, mut before_last): (&[u8], u8) = (b"", b' ');
    let mut aliases = Aliases::default();
    while let Some(&byte) = sql.get(at) {
        if !is_word(byte) {
            match byte {
                b'"' | b'#' | b'[' => return true,
                // `->`, which Redshift has not; a comment that ends so is looked at in vain.
                b'>' if before == b'-' => return true,
                // `(+)`, an outer join.
                b')' if before == b'+' => return true,
                b'.' => dots += 1,
                _ => dots = 0,
            }
            if byte == b',' && before == b'a' && matches!(before_last, b'a' | b')' | b'\'') {
                aliases.note(last);
            }
            if !byte.is_ascii_whitespace() {
                before = byte;
            }
            at += 1;
            continue;
        }
        let rest = sql.get(at..).unwrap_or_default();
        let length = rest.iter().position(|byte| !is_word(*byte)).unwrap_or(rest.len());
        // Three names with dots between them; numbers have one dot at most.
        let word = rest.get(..length).unwrap_or_default();
        if dots >= 2 || is_trigger(word, before, casts) || aliases.may_hold(word) {
            return true;
        }
        // `DELETE t`, without FROM.
        if deletes && !word.eq_ignore_ascii_case(b"from") {
            return true;
        }
        // GROUP BY ALL, EXCEPT ALL, INTERSECT ALL.
        if word.eq_ignore_ascii_case(b"all") && BEFORE_ALL.iter().any(|word| last.eq_ignore_ascii_case(word))
        {
            return true;
        }
        deletes = word.eq_ignore_ascii_case(b"delete");
        casts |= word.eq_ignore_ascii_case(b"cast");
        (last, before_last) = (word, before);
        at += length;
        before = b'a';
    }
    super::qualifier::may_navigate(sql)
}

/// Words that stood behind AS, or behind an expression and before a comma, as far as one number of 64 bits tells: a later
/// expression may name them.
#[derive(Default)]
struct Aliases {
    seen: u64,
    is_next: bool,
}

impl Aliases {
    /// Notes a word; whether it may be one that was an alias before.
    fn may_hold(&mut self, word: &[u8]) -> bool {
        if self.is_next {
            self.seen |= Self::bit(word);
            self.is_next = false;
            return false;
        }
        self.is_next = word.eq_ignore_ascii_case(b"as");
        self.seen != 0 && self.seen & Self::bit(word) != 0
    }

    /// Notes a name that is given without AS.
    fn note(&mut self, word: &[u8]) {
        // Most of what stands so is a direction of ORDER BY.
        if !(word.eq_ignore_ascii_case(b"asc") || word.eq_ignore_ascii_case(b"desc")) {
            self.seen |= Self::bit(word);
        }
    }

    fn bit(word: &[u8]) -> u64 {
        let add =
            |sum: u64, byte: &u8| sum.wrapping_mul(31).wrapping_add(u64::from(byte.to_ascii_lowercase()));
        1 << (word.iter().fold(0, add) % 61)
    }
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Words that statements of the front's begin with, and words that Redshift and PostgreSQL do not agree on.
fn is_trigger(word: &[u8], before: u8, casts: bool) -> bool {
    let mut lower = [0; LONGEST];
    if let [b'0'..=b'9', rest @ ..] = word {
        // `4WHEN`: PostgreSQL wants a blank there.
        return rest.iter().any(u8::is_ascii_alphabetic);
    }
    // PostgreSQL would cut a name of more than 63 bytes.
    let Some(lower) = lower.get_mut(..word.len()) else { return word.len() > 63 };
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    match &*lower {
        b"copy" | b"unload" | b"create" | b"alter" | b"truncate" | b"vacuum" | b"analyze" | b"analyse" => {
            true
        }
        b"listen" | b"unlisten" | b"notify" | b"assumerole" => true,
        b"merge" | b"set" | b"show" | b"reset" | b"savepoint" | b"release" | b"rollback" => true,
        // Redshift has other rows in them.
        b"pg_class" | b"pg_attribute" | b"pg_stat_activity" => true,
        b"current_user_id" | b"convert" | b"collate" | b"epoch" | b"extract" => true,
        b"max" => before == b'(',
        b"exclude" => before == b'*',
        b"nvl" | b"nvl2" | b"decode" | b"listagg" | b"sysdate" | b"dateadd" | b"datediff" | b"date_add"
        | b"date_diff" | b"date_part" | b"datepart" | b"pgdate_part" | b"median" | b"approximate" => true,
        b"dayofweek" | b"dayofyear" | b"weekday" | b"yearday" | b"dw" | b"dy" => true,
        b"percentile_cont" | b"ratio_to_report" | b"current_setting" | b"set_config" => true,
        b"top" | b"minus" | b"varchar" | b"nvarchar" | b"varying" => true,
        // Commands: as names they stand behind a word.
        b"do" | b"cluster" | b"reindex" | b"checkpoint" | b"load" | b"security" | b"discard"
        | b"reassign" | b"grant" | b"revoke" | b"call" | b"declare" | b"move" | b"drop" | b"prepare"
        | b"import" | b"explain" | b"use" | b"cancel" | b"refresh" => before != b'a',
        b"returning" | b"conflict" | b"filter" | b"string_agg" | b"array_agg" | b"array" | b"object"
        | b"distinct" | b"lateral" | b"overriding" | b"tablesample" | b"window" | b"groups"
        | b"ordinality" | b"any" | b"some" | b"generate_series" => true,
        b"object_transform"
        | b"lower_attribute_names"
        | b"upper_attribute_names"
        | b"get_number_attributes" => true,
        b"checksum" | b"farmfingerprint64" | b"murmur3_32_hash" => true,
        b"over" => true,
        b"qualify" | b"try_cast" | b"ignore" | b"respect" | b"percentile_disc" => true,
        b"unnest"
        | b"pivot"
        | b"unpivot"
        | b"string_to_array"
        | b"string_to_table"
        | b"regexp_split_to_array"
        | b"regexp_split_to_table"
        | b"regexp_match"
        | b"regexp_matches"
        | b"array_length"
        | b"array_append"
        | b"array_position"
        | b"row_to_json"
        | b"gen_random_uuid"
        | b"concat_ws"
        | b"format"
        | b"make_date"
        | b"make_timestamp"
        | b"make_interval"
        | b"date_bin" => true,
        // Clauses, which stand behind a word or what ends like one.
        b"share" | b"only" | b"fetch" => before == b'a',
        b"role" => before == b'a' || before == b',',
        b"update" => before == b'a' || before == b'(',
        b"insert" | b"delete" => before == b'(',
        // Types that are refused in casts, or written otherwise.
        b"bytea" | b"uuid" | b"json" | b"jsonb" | b"jsonpath" | b"xml" | b"money" | b"inet" | b"cidr"
        | b"macaddr" | b"macaddr8" | b"point" | b"line" | b"lseg" | b"box" | b"path" | b"polygon"
        | b"circle" | b"tsvector" | b"tsquery" | b"bit" | b"varbit" | b"hstore" | b"int4range"
        | b"int8range" | b"numrange" | b"tsrange" | b"tstzrange" | b"daterange" | b"varbyte"
        | b"varbinary" | b"geometry" | b"geography" | b"hllsketch" => {
            before == b':' || (casts && before == b'a')
        }
        // Reserved, and no names.
        b"aes128" | b"aes256" | b"allowoverwrite" | b"az64" | b"backup" | b"blanksasnull" | b"bytedict"
        | b"bzip2" | b"credentials" | b"deflate" | b"defrag" | b"delta" | b"delta32k" | b"disable"
        | b"emptyasnull" | b"enable" | b"encode" | b"encrypt" | b"encryption" | b"explicit"
        | b"globaldict256" | b"globaldict64k" | b"gzip" | b"lun" | b"luns" | b"lzo" | b"lzop"
        | b"mostly16" | b"mostly32" | b"mostly8" | b"new" | b"offline" | b"old" | b"parallel"
        | b"permissions" | b"raw" | b"readratio" | b"recover" | b"rejectlog" | b"resort" | b"restore"
        | b"snapshot" | b"tag" | b"tdes" | b"text255" | b"text32k" | b"wallet" => true,
        b"adsrc"
        | b"reldiststyle"
        | b"releffectivediststyle"
        | b"relhasoids"
        | b"attisdistkey"
        | b"attsortkeyord"
        | b"attencodingtype"
        | b"proisagg"
        | b"proiswindow"
        | b"datlastsysoid"
        | b"datvacuumxid"
        | b"datconfig" => true,
        // Only as a table: rows to insert may be many, and most queries stand alone.
        b"values" => before != b'a' && before != b')',
        b"select" => before == b'(',
        other => {
            other.starts_with(b"json") || other.starts_with(b"to_json") || other.starts_with(b"array_to_json")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_untouched() {
        for sql in [
            "select 1.5, 'x', $1::int from s.t u where u.b = 2.5;",
            "insert into t (id) values (1, 'two', 3.0)",
            "begin",
            "select 1 union all select 2 except select 1",
            "select a as x, b as y from t",
            "select a x, b y from t order by a desc, b desc",
            "delete from t using s where t.id = s.id",
            "select 'a.b', u.c from s.t u join v on v.c = u.c",
            "select a as path, b line from t",
            "SELECT abalance FROM pgbench_accounts WHERE aid = $1;",
        ] {
            assert!(!may_need_the_front(sql.as_bytes()), "{sql}");
        }
    }

    #[test]
    fn what_is_looked_at() {
        for sql in [
            "/* */ CoPy t from 's3://b'",
            "select \"A\"",
            "select * from #t",
            "select * from dev.public.t",
            "select NVL(a, b)",
            "select * from ( Values (1))",
            "select a as Total, total + 1",
            "select s->'a'",
            "select a, count(*) from t group by all",
            "select * exclude a from t",
            "select 1 except all select 1",
            "select 1 from t, u where t.a = u.a (+)",
            "with a as (delete from t) select 1",
            "select 1 for update",
            "values (1)",
            "delete t",
            "select a + 1 total, total * 2",
            "select f(a) x, 'b' y, X + 1",
            "select s.a from t",
            "select x from t, t.items x",
            "select * from staging_of_a_connector_that_tells_everything_in_the_name_of_its_table",
        ] {
            assert!(may_need_the_front(sql.as_bytes()), "{sql}");
        }
    }
}
