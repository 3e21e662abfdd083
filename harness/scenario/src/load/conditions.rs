//! `holds:` and `and:`.

use super::flow::sql_user;
use crate::{
    model::{AgentFolder, CallFilter, Condition, Count, Files, Objects},
    syntax::{Diagnostic, Fields, Node, choice, unknown},
};

const KINDS: [&str; 7] = ["rows", "query", "objects", "files", "file", "calls", "warns"];

pub(super) fn conditions(node: &Node) -> Result<Vec<Condition>, Diagnostic> {
    node.list()?.iter().map(condition).collect()
}

fn condition(node: &Node) -> Result<Condition, Diagnostic> {
    let [(kind, body)] = node.map()? else { return Err(node.expected("one condition with one key")) };
    if kind.text()? == "warns" {
        let texts = body.list()?.iter().map(|text| text.text().map(str::to_owned));
        return Ok(Condition::Warns { texts: texts.collect::<Result<_, _>>()? });
    }
    let mut fields = Fields::of(body)?;
    let condition = match kind.text()? {
        "rows" => rows(&mut fields)?,
        "query" => query(&mut fields)?,
        "objects" => Condition::Objects(objects(&mut fields)?),
        "files" => Condition::Files(files(&mut fields)?),
        "file" => Condition::FileEquals { of: fields.text("of")?, file: fields.text("equal")?.into() },
        "calls" => calls(&mut fields)?,
        other => return Err(unknown("condition", other, kind, &KINDS)),
    };
    fields.finish()?;
    Ok(condition)
}

fn rows(fields: &mut Fields<'_>) -> Result<Condition, Diagnostic> {
    let of = fields.text("of")?;
    Ok(match fields.optional("count") {
        Some(count) => Condition::RowCount { of, count: count.number()? },
        None => Condition::RowsEqual { of, file: fields.text("equal")?.into() },
    })
}

/// `gives:` is a list of rows; a row is a list of texts, or the text of its one column.
fn query(fields: &mut Fields<'_>) -> Result<Condition, Diagnostic> {
    Ok(Condition::Query {
        query: fields.text("run")?,
        runs_as: sql_user(fields)?,
        gives: fields.required("gives")?.list()?.iter().map(Node::texts).collect::<Result<_, _>>()?,
    })
}

fn count(node: &Node) -> Result<Count, Diagnostic> {
    if node.text()? == "some" { Ok(Count::Some) } else { Ok(Count::Exactly(node.number()?)) }
}

fn objects(fields: &mut Fields<'_>) -> Result<Objects, Diagnostic> {
    let encryption = [("AES256", "AES256"), ("aws:kms", "aws:kms")];
    Ok(Objects {
        bucket: fields.text("in")?,
        under: fields.optional_text("under")?.unwrap_or_default(),
        named: fields.optional_text("named")?,
        count: count(fields.required("count")?)?,
        encryption: fields
            .optional("encrypted")
            .map(|node| choice(node, "encryption", &encryption))
            .transpose()?
            .map(str::to_owned),
    })
}

fn files(fields: &mut Fields<'_>) -> Result<Files, Diagnostic> {
    Ok(Files {
        folder: choice(fields.required("in")?, "folder of the agent", &AgentFolder::WORDS)?,
        of: fields.optional_text("of")?,
        count: count(fields.required("count")?)?,
        named: fields.optional_text("named")?,
        rows: fields.optional("rows").map(Node::number).transpose()?,
        equal: fields.optional_text("equal")?.map(Into::into),
        message: fields.optional_text("message")?,
    })
}

fn calls(fields: &mut Fields<'_>) -> Result<Condition, Diagnostic> {
    if let Some(region) = fields.optional_text("region")? {
        return Ok(Condition::CallsIn { region });
    }
    if let Some(of) = fields.optional("of") {
        let one = |(name, actions): &(Node, Node)| Ok((name.text()?.to_owned(), actions.texts()?));
        return Ok(Condition::CallsOf { of: of.map()?.iter().map(one).collect::<Result<_, _>>()? });
    }
    if let Some(actions) = fields.optional("in order") {
        return Ok(Condition::CallsInOrder { actions: actions.texts()? });
    }
    if let Some(number) = fields.optional("count") {
        let calls = CallFilter { by: fields.optional_text("by")?, action: fields.optional_text("action")? };
        return Ok(Condition::CallCount { calls, count: count(number)? });
    }
    let by = fields.text("by")?;
    Ok(match fields.optional_text("action")? {
        Some(action) => Condition::CallsBy { action, by },
        None => Condition::CallsOnly { by, actions: fields.required("only")?.texts()? },
    })
}
