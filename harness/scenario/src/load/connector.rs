//! A connector's file.

use std::{path::Path, time::Duration};

use super::scenario::{LoadError, read_file};
use crate::{
    model::Connector,
    syntax::{Diagnostic, Fields, Node, choice, parse},
};

/// The name of connectors' files, which may lie among scenarios.
pub(super) const FILE: &str = "connector.yaml";

/// How long a step of a scenario's own connector may take, where it does not tell.
const LIMIT: Duration = Duration::from_secs(60);

/// Reads a connector's file.
///
/// # Errors
/// The file cannot be read, or its content is wrong.
pub fn load_connector(path: &Path) -> Result<Connector, LoadError> {
    let source = read_file(path)?;
    read(&source).map_err(|wrong| LoadError::Wrong(wrong.in_file(path, &source)))
}

fn read(source: &str) -> Result<Connector, Diagnostic> {
    let node = parse(source)?;
    let mut fields = Fields::of(&node)?;
    fields.only(&["connector", "command", "offers", "limit"])?;
    let mut offers = Fields::of(fields.required("offers")?)?;
    let connector = Connector {
        name: fields.text("connector")?,
        command: command(&mut fields)?,
        operations: words(offers.required("operations")?, "operation", &Connector::OPERATIONS)?,
        auth: words(offers.required("auth")?, "way to authenticate", &Connector::AUTH)?,
        limit: Duration::from_secs(fields.required("limit")?.number()?),
    };
    offers.finish()?;
    fields.finish()?;
    Ok(connector)
}

/// A scenario's own connector: it offers what its scenario asks of it.
pub(super) fn own(node: &Node) -> Result<Connector, Diagnostic> {
    let mut fields = Fields::of(node)?;
    let command = command(&mut fields)?;
    let limit = fields.optional("limit").map(Node::number).transpose()?.map(Duration::from_secs);
    fields.finish()?;
    Ok(Connector {
        name: command.join(" "),
        command,
        operations: Connector::OPERATIONS.map(str::to_owned).to_vec(),
        auth: Connector::AUTH.map(str::to_owned).to_vec(),
        limit: limit.unwrap_or(LIMIT),
    })
}

fn command(fields: &mut Fields<'_>) -> Result<Vec<String>, Diagnostic> {
    let command = fields.required("command")?;
    if command.list()?.is_empty() {
        return Err(command.expected("a program, and its arguments"));
    }
    command.texts()
}

fn words(node: &Node, what: &str, known: &[&'static str]) -> Result<Vec<String>, Diagnostic> {
    let known: Vec<(&'static str, &'static str)> = known.iter().map(|word| (*word, *word)).collect();
    node.items().iter().map(|word| choice(word, what, &known).map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: &str = "connector: mine\ncommand: [./load, --fast]\noffers: { operations: [insert, read], auth: keys }\nlimit: 60\n";

    #[test]
    fn a_right_one() {
        let connector = read(RIGHT).unwrap();
        assert_eq!(connector.command, ["./load", "--fast"]);
        assert_eq!((connector.operations.len(), connector.auth.len()), (2, 1));
        assert_eq!(connector.limit, Duration::from_secs(60));
    }

    #[test]
    fn wrong_ones() {
        for (right, wrong, told) in [
            ("limit", "limits", "unknown key `limits`"),
            ("read]", "reed]", "unknown operation `reed`"),
            ("auth: keys", "auth: token", "unknown way to authenticate `token`"),
            ("[./load, --fast]", "[]", "a program"),
            ("limit: 60", "limit: soon", "a whole number"),
        ] {
            let text = RIGHT.replace(right, wrong);
            let error = read(&text).unwrap_err().in_file("connector.yaml".as_ref(), &text).to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
