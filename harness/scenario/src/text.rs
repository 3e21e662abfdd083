//! `${..}` in the texts of scenarios and fixtures.

use std::{collections::BTreeMap, time::Duration};

use thiserror::Error;

/// A name in `${..}` that nothing stands for.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`${{{name}}}` stands for nothing here; known are {known}")]
pub struct UnknownName {
    name: String,
    known: String,
}

/// What the names stand for.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// Adds a name.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// What a name stands for.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Every name with what it stands for.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A text with every known `${NAME}` replaced. Policy variables, which hold a colon behind `aws` or `s3`, stay.
    ///
    /// # Errors
    /// A name that nothing stands for.
    pub fn fill(&self, text: &str) -> Result<String, UnknownName> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((head, tail)) = rest.split_once("${") {
            filled.push_str(head);
            let Some((name, behind)) = tail.split_once('}') else {
                filled.push_str("${");
                rest = tail;
                continue;
            };
            match self.get(name) {
                Some(value) => filled.push_str(value),
                None if is_policy_variable(name) => filled.push_str(&format!("${{{name}}}")),
                None => return Err(self.unknown(name)),
            }
            rest = behind;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn unknown(&self, name: &str) -> UnknownName {
        let known = self.0.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        UnknownName { name: name.to_owned(), known }
    }
}

/// The names in `${..}` that are not policy variables.
pub(crate) fn names_in(text: &str) -> impl Iterator<Item = &str> {
    let names = text.split("${").skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name));
    names.filter(|name| !is_policy_variable(name))
}

/// Whether a text is as a pattern says, in which `*` stands for anything.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(head) else { return false };
    let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    ends.filter_map(|at| rest.get(at..)).any(|rest| matches(tail, rest))
}

/// A time such as `500 ms`, `90 s`, `20 min` or `2 h`.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_once(' ')?;
    let milliseconds: u64 = match unit {
        "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(milliseconds).map(Duration::from_millis)
}

fn is_policy_variable(name: &str) -> bool {
    ["aws:", "s3:", "sts:"].iter().any(|prefix| name.starts_with(prefix)) || ["*", "?", "$"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("a", "ab", false),
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("*_part_*.gz", "0000_part_00.gz", true),
            ("*.csv", "é.csv", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn durations() {
        let of = |seconds| Some(Duration::from_secs(seconds));
        for (text, expected) in [
            ("0 s", of(0)),
            ("90 s", of(90)),
            ("20 min", of(1200)),
            ("2 h", of(7200)),
            ("500 ms", Some(Duration::from_millis(500))),
            ("20min", None),
            ("20", None),
            ("-1 s", None),
            ("1 d", None),
            ("18446744073709551615 h", None),
        ] {
            assert_eq!(duration(text), expected, "{text}");
        }
    }

    #[test]
    fn fills() {
        let mut names = Names::default();
        names.set("bucket:stage", "b-1");
        assert_eq!(names.fill("s3://${bucket:stage}/x").unwrap(), "s3://b-1/x");
        assert_eq!(names.fill("${aws:username} ${*} $5 ${").unwrap(), "${aws:username} ${*} $5 ${");
        let error = names.fill("${bucket:stge}").unwrap_err();
        assert_eq!(error.to_string(), "`${bucket:stge}` stands for nothing here; known are `bucket:stage`");
    }
}
