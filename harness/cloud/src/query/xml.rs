//! A writer of the flat XML that query services answer with.

use std::fmt::{Display, Write};

use quick_xml::escape::escape;
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

const TIMESTAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");

/// A run of elements.
#[derive(Clone, Debug, Default)]
pub(crate) struct Xml(String);

impl Xml {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// An element that holds text.
    pub(crate) fn text(mut self, name: &str, value: impl Display) -> Self {
        // Writing to a `String` cannot fail.
        let _ = write!(self.0, "<{name}>{}</{name}>", escape(value.to_string()));
        self
    }

    /// Text without an element of its own: a member of a list.
    pub(crate) fn member(value: &str) -> Self {
        Self(escape(value).into_owned())
    }

    /// An element that holds text, where there is one.
    pub(crate) fn optional(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// An element that holds others.
    pub(crate) fn element(mut self, name: &str, inner: &Self) -> Self {
        let _ = write!(self.0, "<{name}>{}</{name}>", inner.0);
        self
    }

    /// A list: `<name><item>..</item>..</name>`.
    pub(crate) fn list(self, name: &str, item: &str, members: impl IntoIterator<Item = Self>) -> Self {
        let inner = members.into_iter().fold(Self::new(), |inner, member| inner.element(item, &member));
        self.element(name, &inner)
    }

    /// Another run after this one.
    pub(crate) fn then(mut self, next: &Self) -> Self {
        self.0 += &next.0;
        self
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A point in time as AWS writes it.
pub(crate) fn timestamp(time: OffsetDateTime) -> String {
    // Formatting fails only for years beyond 9999.
    time.format(TIMESTAMP).unwrap_or_default()
}
