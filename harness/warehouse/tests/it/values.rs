//! What the front accepts, PostgreSQL accepts: otherwise a row's mistake would be told without file and line.

use crate::fixture::{Fixture, KEYS};

/// Values that are near the edge of some type, to be changed a little.
const SEEDS: [&str; 19] = [
    "2013-01-31 05:06:07.123+05:30",
    "2013-01-31",
    "1e-3",
    "-12345.678",
    "NaN",
    "Infinity",
    "20130131 05:06:07 PST",
    "12/31/1999 23:59:60 CEST",
    "9999-12-31 23:59:60",
    "32768",
    "99999999.995",
    "t",
    "0001-01-01",
    "1e38",
    "5e-324",
    "3.5e38",
    "-inf",
    "+7",
    "1970-01-01 00:00:00-15:59",
];

const CHANGES: &[u8] = b"0123456789+-.eE :TZ/PST";

const CASES: [(&str, &str); 20] = [
    ("smallint", ""),
    ("int", ""),
    ("bigint", ""),
    ("numeric(10,2)", ""),
    ("numeric(10,2)", "roundec"),
    ("numeric(38,10)", ""),
    ("numeric", ""),
    ("real", ""),
    ("float8", ""),
    ("boolean", ""),
    ("char(3)", ""),
    ("varchar(4)", "truncatecolumns"),
    ("date", ""),
    ("date", "dateformat 'auto'"),
    ("timestamp", ""),
    ("timestamp", "timeformat 'auto'"),
    ("timestamp", "timeformat 'epochmillisecs'"),
    ("timestamptz", ""),
    ("timestamptz", "timeformat 'auto'"),
    ("timestamptz", "timeformat 'epochsecs'"),
];

/// A small generator (xorshift), so that every run tries the same values.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    /// A seed with up to three bytes replaced, added or taken away.
    fn value(&mut self) -> Vec<u8> {
        let mut value = SEEDS[self.below(SEEDS.len())].as_bytes().to_vec();
        for _ in 0..self.below(4) {
            let change = CHANGES[self.below(CHANGES.len())];
            let at = self.below(value.len() + 1);
            match (self.below(3), value.get_mut(at)) {
                (0, Some(byte)) => *byte = change,
                (1, Some(_)) => drop(value.remove(at)),
                _ => value.insert(at, change),
            }
        }
        value
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_front_accepts_postgresql_accepts() {
    let fixture = Fixture::start().await;
    let session = fixture.connect().await;
    let mut chance = Chance(88_172_645_463_325_252);
    let values: Vec<_> = (0..2000).map(|_| chance.value()).collect();
    fixture.s3.put("stage/x", values.join(&b'\n'));
    for (kind, options) in CASES {
        session.run(&format!("drop table if exists t; create table t (v {kind})")).await.unwrap();
        let copied =
            session.run(&format!("copy t from 's3://stage/x' {KEYS} ignoreallerrors {options}")).await;
        copied.unwrap_or_else(|refusal| panic!("{kind} {options}: {refusal:?}"));
        let accepted = session.rows("select count(*) > 10 from t").await;
        assert_eq!(accepted, ["t"], "{kind} {options}");
    }
}
