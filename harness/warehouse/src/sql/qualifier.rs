//! Whether a name before a dot may be a column of SUPER: one pass over the bytes, which knows what stands for a table.

use memchr::memchr;

/// How many names are kept in mind; with more, tokens tell.
const MOST: usize = 16;

/// Words that tables follow.
const TABLES: [&[u8]; 6] = [b"from", b"join", b"into", b"update", b"using", b"table"];

/// Words behind which no tables are named.
const ENDS: [&[u8]; 11] = [
    b"where", b"group", b"order", b"having", b"limit", b"select", b"set", b"on", b"union", b"values", b"when",
];

/// Whether a name that no FROM clause has stands before a dot, or an array in FROM.
pub(crate) fn may_navigate(sql: &[u8]) -> bool {
    if memchr(b'.', sql).is_none() {
        return false;
    }
    let (mut tables, mut qualifiers) = (Names::default(), Names::default());
    let (mut at, mut before, mut in_from) = (0, b' ', false);
    while let Some(&byte) = sql.get(at) {
        if byte == b'\'' {
            let rest = sql.get(at + 1..).unwrap_or_default();
            at += memchr(b'\'', rest).unwrap_or(rest.len()) + 2;
            before = byte;
            continue;
        }
        if !super::trigger::is_word(byte) {
            if !byte.is_ascii_whitespace() {
                before = byte;
            }
            // `extract(year from a)`, or the end of a query in FROM.
            in_from &= byte != b')';
            at += 1;
            continue;
        }
        let rest = sql.get(at..).unwrap_or_default();
        let length = rest.iter().position(|byte| !super::trigger::is_word(*byte)).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        let is_qualifier = before != b'.' && rest.get(length) == Some(&b'.') && !byte.is_ascii_digit();
        if is_any(word, &TABLES) {
            in_from = true;
        } else if is_any(word, &ENDS) {
            in_from = false;
        } else if is_qualifier && (!in_from || tables.has(word)) {
            // A table that is named before stands in FROM once more: its array does.
            if in_from || !qualifiers.keep(word) {
                return true;
            }
        } else if (in_from || before == b')') && !is_qualifier && !tables.keep(word) {
            return true;
        }
        at += length;
        before = b'a';
    }
    qualifiers.kept().any(|name| !name.eq_ignore_ascii_case(b"pg_catalog") && !tables.has(name))
}

fn is_any(word: &[u8], words: &[&[u8]]) -> bool {
    words.iter().any(|other| word.eq_ignore_ascii_case(other))
}

/// A few names.
#[derive(Default)]
struct Names<'a> {
    names: [&'a [u8]; MOST],
    count: usize,
}

impl<'a> Names<'a> {
    fn kept(&self) -> impl Iterator<Item = &'a [u8]> {
        self.names.into_iter().take(self.count)
    }

    fn has(&self, name: &[u8]) -> bool {
        self.kept().any(|kept| kept.eq_ignore_ascii_case(name))
    }

    /// Keeps a name; false: there are too many.
    fn keep(&mut self, name: &'a [u8]) -> bool {
        if self.has(name) {
            return true;
        }
        let Some(free) = self.names.get_mut(self.count) else { return false };
        *free = name;
        self.count += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_known() {
        for (sql, expected) in [
            ("select 1.5, 'x.y', $1", false),
            ("select t.a, u.b from public.t join s.u on t.id = u.id where t.c > 1.5", false),
            ("select x.a from (select b from t) x order by x.a", false),
            ("select x.a, y.b from t as x, u y", false),
            ("insert into s.t (a) select b.a from b", false),
            ("update t set a = u.b from u where t.id = u.id", false),
            ("select pg_catalog.now() from t", false),
            ("select s.a from t", true),
            ("select s.a, s from t where s is not null", true),
            ("select 1 from t where s.a = 1", true),
            ("select x from t, t.s x", true),
            ("select x from t a, a.s x", true),
            ("select x.a from u where x.b", true),
        ] {
            assert_eq!(may_navigate(sql.as_bytes()), expected, "{sql}");
        }
    }
}
