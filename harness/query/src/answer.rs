//! The XML of an answer.

use quick_xml::{Reader, events::Event};

/// The XML of an answer.
#[derive(Clone, Debug)]
pub struct Answer(String);

impl Answer {
    pub(crate) fn of(body: &[u8]) -> Self {
        Self(String::from_utf8_lossy(body).into_owned())
    }

    /// The text of every element of this name, in order.
    pub fn all(&self, name: &str) -> Vec<String> {
        let plain = |text: String| quick_xml::escape::unescape(&text).ok().map(std::borrow::Cow::into_owned);
        self.insides(name).into_iter().filter_map(plain).collect()
    }

    /// What stands in every element of this name, in order.
    pub fn elements(&self, name: &str) -> Vec<Answer> {
        self.insides(name).into_iter().map(Answer).collect()
    }

    fn insides(&self, name: &str) -> Vec<String> {
        let mut reader = Reader::from_str(&self.0);
        let mut found = Vec::new();
        while let Ok(event) = reader.read_event() {
            match event {
                Event::Start(tag) if tag.local_name().as_ref() == name.as_bytes() => {
                    let inside = reader.read_text(tag.name()).ok();
                    found.extend(inside.and_then(|inside| Some(inside.decode().ok()?.into_owned())));
                }
                Event::Eof => break,
                _ => {}
            }
        }
        found
    }

    /// The text of the first element of this name.
    pub fn first(&self, name: &str) -> Option<String> {
        self.all(name).into_iter().next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_wherever_they_stand() {
        let answer = Answer::of(b"<r><a><b>1 &lt; 2</b></a><b>3</b><c><b>4</b><b>5</b></c></r>");
        assert_eq!(answer.all("b"), ["1 < 2", "3", "4", "5"]);
        assert_eq!(answer.first("b").as_deref(), Some("1 < 2"));
        assert_eq!(answer.elements("c").iter().flat_map(|c| c.all("b")).collect::<Vec<_>>(), ["4", "5"]);
        assert_eq!(answer.first("d"), None);
    }
}
