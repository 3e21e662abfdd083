//! XML answers as trees: the details of an account nest.

use quick_xml::{Reader, events::Event};

/// An element. Names are without their namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) children: Vec<Node>,
}

/// The deepest that an answer nests: role details reach eight.
const DEEPEST: usize = 64;

impl Node {
    /// The root element.
    pub(super) fn parse(xml: &[u8]) -> Result<Self, quick_xml::Error> {
        let mut reader = Reader::from_reader(xml);
        let mut open = vec![Node::default()];
        loop {
            match reader.read_event()? {
                Event::Start(tag) if open.len() < DEEPEST => {
                    open.push(Self::named(tag.local_name().as_ref()))
                }
                Event::Empty(tag) => {
                    let node = Self::named(tag.local_name().as_ref());
                    open.last_mut().into_iter().for_each(|parent| parent.children.push(node.clone()));
                }
                Event::Text(text) => {
                    let text = text.decode()?;
                    open.last_mut().into_iter().for_each(|node| node.text.push_str(&text));
                }
                Event::CData(text) => {
                    let text = text.decode()?;
                    open.last_mut().into_iter().for_each(|node| node.text.push_str(&text));
                }
                Event::GeneralRef(reference) => {
                    let text = format!("&{};", reference.decode()?);
                    let text = quick_xml::escape::unescape(&text)?;
                    open.last_mut().into_iter().for_each(|node| node.text.push_str(&text));
                }
                Event::End(_) => {
                    let closed = open.pop().unwrap_or_default();
                    open.last_mut().into_iter().for_each(|parent| parent.children.push(closed.clone()));
                }
                Event::Eof => break,
                _ => {}
            }
        }
        let mut document = open.swap_remove(0);
        Ok(if document.children.is_empty() { document } else { document.children.swap_remove(0) })
    }

    fn named(name: &[u8]) -> Self {
        Self { name: String::from_utf8_lossy(name).into_owned(), ..Self::default() }
    }

    /// The child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the child of this name.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim())
    }

    /// The members of the list of this name.
    pub(super) fn members<'a>(&'a self, list: &str) -> impl Iterator<Item = &'a Node> {
        self.child(list).into_iter().flat_map(|list| list.children.iter())
    }

    /// The first element of this name below this one, at any depth.
    pub(super) fn find(&self, name: &str) -> Option<&Node> {
        let own = self.child(name);
        own.or_else(|| self.children.iter().find_map(|child| child.find(name)))
    }

    /// The text of [`Node::find`].
    pub(super) fn find_text(&self, name: &str) -> Option<&str> {
        self.find(name).map(|node| node.text.trim())
    }
}

#[cfg(test)]
mod tests {
    use super::Node;

    #[test]
    fn an_answer_is_a_tree() {
        let xml = br#"<?xml version='1.0'?><R xmlns="x"><List><member><A>1 &amp; 2</A></member><member/></List><B/></R>"#;
        let tree = Node::parse(xml).unwrap();
        assert_eq!(tree.name, "R");
        assert_eq!(tree.members("List").count(), 2);
        assert_eq!(tree.find_text("A"), Some("1 & 2"));
        assert_eq!(tree.text_of("B"), Some(""));
        assert_eq!(tree.find("C"), None);
    }
}
