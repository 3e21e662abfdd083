//! Lists that come in pages.

use linchpin_gateway::AwsError;

use super::{Params, Xml, validation};

/// Which part of a list is asked for. A marker is the position where it goes on.
pub(crate) struct Page {
    start: usize,
    length: usize,
}

impl Page {
    /// Documented: 1 to 1000 items, 100 by default.
    pub(crate) fn read(params: &Params<'_>) -> Result<Self, AwsError> {
        let marker = params.optional("Marker").unwrap_or("0");
        let start = marker.parse().map_err(|_| validation("Marker", Some(marker), "Member is not valid"))?;
        let length = params.number("MaxItems", 100, 1, 1000)?;
        Ok(Self { start, length: usize::try_from(length).unwrap_or(usize::MAX) })
    }

    /// The page's members as a list, and whether there are more.
    pub(crate) fn list(&self, name: &str, all: Vec<Xml>) -> Xml {
        self.fill(name, all, |members, member| members.element("member", &member))
    }

    /// The same for members that are texts.
    pub(crate) fn texts(&self, name: &str, all: Vec<String>) -> Xml {
        self.fill(name, all, |members, member| members.text("member", member))
    }

    fn fill<T>(&self, name: &str, all: Vec<T>, add: impl FnMut(Xml, T) -> Xml) -> Xml {
        let (page, end) = self.cut(all);
        let members = page.into_iter().fold(Xml::new(), add);
        Xml::new().element(name, &members).then(&end)
    }

    /// The page's members, for whoever puts them in several lists, and the elements that end the answer.
    pub(crate) fn cut<T>(&self, all: Vec<T>) -> (Vec<T>, Xml) {
        let end = self.start.saturating_add(self.length);
        let more = end < all.len();
        let page = all.into_iter().skip(self.start).take(self.length).collect();
        (page, Xml::new().text("IsTruncated", more).optional("Marker", more.then_some(end)))
    }
}
