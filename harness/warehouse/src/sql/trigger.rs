//! Whether a text may hold anything that the front must look at: one pass over its bytes, no tokens.
//!
//! Most statements of a connector pass through untouched, and the time this takes is what a pass through the front costs.

/// The longest word of `is_trigger`.
const LONGEST: usize = 21;

/// Whether `sql` may need the front. What stands in comments and literals counts too: tokens tell later.
pub(crate) fn may_need_the_front(sql: &[u8]) -> bool {
    let (mut at, mut before, mut dots) = (0, b' ', 0);
    let mut aliases = Aliases::default();
    while let Some(&byte) = sql.get(at) {
        if !is_word(byte) {
            match byte {
                b'"' | b'#' | b'[' => return true,
                b'.' => dots += 1,
                _ => dots = 0,
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
        if dots >= 2 || is_trigger(word, before) || aliases.may_hold(word) {
            return true;
        }
        at += length;
        before = b'a';
    }
    false
}

/// Words that stood behind AS, as far as one number of 64 bits tells: a later expression may name them.
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

    fn bit(word: &[u8]) -> u64 {
        let add =
            |sum: u64, byte: &u8| sum.wrapping_mul(31).wrapping_add(u64::from(byte.to_ascii_lowercase()));
        1 << (word.iter().fold(0, add) % 61)
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Words that statements of the front's begin with, and words that Redshift and PostgreSQL do not agree on.
fn is_trigger(word: &[u8], before: u8) -> bool {
    let mut lower = [0; LONGEST];
    if let [b'0'..=b'9', rest @ ..] = word {
        // `4WHEN`: PostgreSQL wants a blank there.
        return rest.iter().any(u8::is_ascii_alphabetic);
    }
    let Some(lower) = lower.get_mut(..word.len()) else { return false };
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    match &*lower {
        b"copy" | b"unload" | b"create" | b"alter" | b"truncate" | b"vacuum" | b"analyze" | b"analyse" => {
            true
        }
        b"listen" | b"unlisten" | b"notify" | b"assumerole" => true,
        b"merge" | b"set" | b"show" | b"reset" | b"savepoint" | b"release" | b"rollback" => true,
        b"nvl" | b"nvl2" | b"decode" | b"listagg" | b"sysdate" | b"dateadd" | b"datediff" | b"date_add"
        | b"date_diff" | b"date_part" | b"datepart" | b"pgdate_part" | b"median" | b"approximate" => true,
        b"top" | b"minus" | b"varchar" | b"nvarchar" | b"varying" => true,
        b"returning" | b"conflict" | b"filter" | b"string_agg" | b"array_agg" | b"array" | b"distinct"
        | b"lateral" => true,
        b"adsrc"
        | b"reldiststyle"
        | b"releffectivediststyle"
        | b"relhasoids"
        | b"attisdistkey"
        | b"attsortkeyord"
        | b"attencodingtype"
        | b"proisagg"
        | b"proiswindow" => true,
        // Only as a table: rows to insert may be many, and most queries stand alone.
        b"values" | b"select" => before == b'(',
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_untouched() {
        for sql in [
            "select 1.5, 'x', $1::int from s.t where a.b = 2.5;",
            "insert into t (id) values (1, 'two', 3.0)",
            "begin",
            "select a as x, b as y from t",
            "delete from t using s where t.id = s.id",
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
        ] {
            assert!(may_need_the_front(sql.as_bytes()), "{sql}");
        }
    }
}
