//! How sure a wording is.

use std::fmt;

/// Where the words of an error come from, the least sure first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sureness {
    /// Our reading; the real text may differ.
    Inferred,
    /// A user quotes it.
    Observed,
    /// Seen on PostgreSQL, or on the machine.
    Measured,
    /// AWS, or PostgreSQL's manual, prints it.
    Documented,
    /// The built-in agent's or linchpin's own: no vendor words it.
    Own,
}

impl Sureness {
    /// The words of the file.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("inferred", Self::Inferred),
        ("observed", Self::Observed),
        ("measured", Self::Measured),
        ("documented", Self::Documented),
        ("own", Self::Own),
    ];
}

impl fmt::Display for Sureness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Self::WORDS.iter().find(|(_, sure)| sure == self).map_or("", |(word, _)| word);
        f.write_str(word)
    }
}

/// A text that stands in errors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    /// The text.
    pub text: String,
    /// How sure it is.
    pub sure: Sureness,
    /// A page, an issue, or where it was measured.
    pub source: String,
}

/// `documented (S3's list of errors)`
impl fmt::Display for Wording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.sure, self.source)
    }
}

/// Every wording that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wordings(pub Vec<Wording>);

impl Wordings {
    /// The least sure wording of the texts that an error must hold; none where all of them are names.
    pub fn of(&self, texts: &[String]) -> Option<&Wording> {
        texts.iter().filter_map(|text| self.longest(text)).min_by_key(|wording| wording.sure)
    }

    fn longest(&self, text: &str) -> Option<&Wording> {
        self.0.iter().filter(|wording| text.contains(&wording.text)).max_by_key(|wording| wording.text.len())
    }
}
