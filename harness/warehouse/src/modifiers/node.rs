//! PostgreSQL's node trees: the text that it keeps a parsed query as, `{VAR :varno 1 :vartypmod 6}`.
//!
//! Read by the names of its fields, which outlive PostgreSQL's versions; what has no name here is passed over.

/// How deep a tree may be: one that is deeper is nobody's query, and would end the thread's stack.
const DEPTH: usize = 256;

/// A part of a tree. Its texts are as the server wrote them, escapes and all: none that matters here has any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node<'a> {
    Object {
        tag: &'a str,
        fields: Vec<(&'a str, Node<'a>)>,
    },
    List(Vec<Node<'a>>),
    Atom(&'a str),
    /// A datum, as it lies in memory.
    Datum(Vec<u8>),
}

impl<'a> Node<'a> {
    /// Reads a whole tree; `None` if it is none, or too deep.
    pub(super) fn read(text: &'a str) -> Option<Node<'a>> {
        let mut reader = Reader { rest: text };
        let node = reader.node(DEPTH)?;
        reader.peek().is_none().then_some(node)
    }

    pub(super) fn tag(&self) -> &'a str {
        match self {
            Node::Object { tag, .. } => tag,
            _ => "",
        }
    }

    /// The field `name` of an object, unless it is NULL.
    pub(super) fn get(&self, name: &str) -> Option<&Node<'a>> {
        let Node::Object { fields, .. } = self else { return None };
        let (_, value) = fields.iter().find(|(field, _)| *field == name)?;
        (*value != Node::Atom("<>")).then_some(value)
    }

    /// The field `name` as a text.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        match self.get(name)? {
            Node::Atom(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    pub(super) fn list(&self, name: &str) -> &[Node<'a>] {
        match self.get(name) {
            Some(Node::List(items)) => items,
            _ => &[],
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn peek(&mut self) -> Option<&'a str> {
        self.rest = self.rest.trim_start();
        let first = self.rest.chars().next()?;
        let end = if matches!(first, '(' | ')' | '{' | '}') { 1 } else { word(self.rest) };
        self.rest.get(..end)
    }

    fn next(&mut self) -> Option<&'a str> {
        let token = self.peek()?;
        self.rest = self.rest.get(token.len()..)?;
        Some(token)
    }

    fn node(&mut self, depth: usize) -> Option<Node<'a>> {
        let depth = depth.checked_sub(1)?;
        match self.next()? {
            "{" => self.object(depth),
            "(" => self.list(depth),
            ")" | "}" => None,
            atom => Some(Node::Atom(atom)),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Node<'a>> {
        let (tag, mut fields) = (self.next()?, Vec::new());
        loop {
            match self.next()? {
                "}" => return Some(Node::Object { tag, fields }),
                name => {
                    let name = name.strip_prefix(':')?;
                    let value = self.node(depth)?;
                    // A datum is its length and its bytes: `4 [ 3 0 0 0 ]`.
                    let value = if self.peek() == Some("[") { self.datum()? } else { value };
                    fields.push((name, value));
                }
            }
        }
    }

    fn list(&mut self, depth: usize) -> Option<Node<'a>> {
        let mut items = Vec::new();
        while self.peek()? != ")" {
            items.push(self.node(depth)?);
        }
        self.next();
        Some(Node::List(items))
    }

    /// Bytes are written with a sign.
    fn datum(&mut self) -> Option<Node<'a>> {
        self.next();
        let mut bytes = Vec::new();
        loop {
            match self.next()? {
                "]" => return Some(Node::Datum(bytes)),
                byte => bytes.push(byte.parse::<i16>().ok()?.to_le_bytes()[0]),
            }
        }
    }
}

/// The length of the word that a text begins with; a backslash takes the next character into it.
fn word(text: &str) -> usize {
    let mut escaped = false;
    let ends = |(_, character): &(usize, char)| {
        let ends =
            !escaped && (character.is_ascii_whitespace() || matches!(character, '(' | ')' | '{' | '}'));
        escaped = !escaped && *character == '\\';
        ends
    };
    text.char_indices().find(ends).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree() {
        let text = r#"({VAR :varno 1 :names ("a\ b" "c") :none <> :x\ y :colon} {CONST :constvalue 4 [ 8 0 -1 0 ] :after (b 1 2)})"#;
        let Some(Node::List(nodes)) = Node::read(text) else { panic!("no list") };
        let [var, datum] = &nodes[..] else { panic!("not two nodes") };
        assert_eq!((var.tag(), var.number("varno"), var.get("none")), ("VAR", Some(1), None));
        assert_eq!(var.list("names"), [Node::Atom(r#""a\ b""#), Node::Atom(r#""c""#)]);
        assert_eq!(var.text(r"x\ y"), Some(":colon"));
        assert_eq!(datum.get("constvalue"), Some(&Node::Datum(vec![8, 0, 255, 0])));
        assert_eq!(datum.list("after").len(), 3);
    }

    #[test]
    fn what_is_no_tree() {
        for text in ["", "{", "(a", ")", "{A b}", "{A :b}", "{A :b 4 [ 1", "{A :b 4 [ x ]}", "(a) b"] {
            assert_eq!(Node::read(text), None, "{text}");
        }
        assert_eq!(Node::read(&"(".repeat(100_000)), None);
    }
}
