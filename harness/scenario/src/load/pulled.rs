//! `pulled:`.

use super::{conditions::conditions, when::when};
use crate::{
    model::{Axis, Expected, Outcome, Pin, Pull, Pulled},
    syntax::{Diagnostic, Fields, Node, unknown},
};

pub(super) fn pulled(node: &Node, pins: &[Pin], matrix: &[Axis]) -> Result<Vec<Pulled>, Diagnostic> {
    node.map()?.iter().map(|(name, body)| one(name, body, pins, matrix)).collect()
}

fn one(name: &Node, body: &Node, pins: &[Pin], matrix: &[Axis]) -> Result<Pulled, Diagnostic> {
    let names: Vec<&str> = pins.iter().map(|pin| pin.name.as_str()).collect();
    let pull = Pull::named(name.text()?, pins)
        .ok_or_else(|| unknown("pin", name.text().unwrap_or_default(), name, &names))?;
    let kept = pins.iter().find(|pin| pin.name == pull.pin && pin.not_pulled.is_some());
    if kept.is_some() {
        let message = format!("`{}` says `not pulled`, and is pulled here", pull.pin);
        return Err(Diagnostic::new(name.span.clone(), message, "one of the two must go"));
    }
    let outcomes = body.items().iter().map(|node| outcome(node, matrix)).collect::<Result<_, _>>()?;
    Ok(Pulled { pull, outcomes })
}

fn outcome(node: &Node, matrix: &[Axis]) -> Result<Outcome, Diagnostic> {
    let mut fields = Fields::of(node)?;
    let when = when(&mut fields, matrix)?;
    let expected = match fields.optional_text("does not matter")? {
        Some(why) => Expected::DoesNotMatter { why },
        None => Expected::Breaks {
            step: fields.text("breaks")?,
            with: fields.optional("with").map(Node::texts).transpose()?.unwrap_or_default(),
            cause: fields.optional_text("cause")?,
            and: fields.optional("and").map(conditions).transpose()?.unwrap_or_default(),
        },
    };
    fields.finish()?;
    Ok(Outcome { when, expected })
}
