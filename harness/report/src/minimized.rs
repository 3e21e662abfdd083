//! Least documents, for people and for machines.

use std::fmt::Write as _;

use linchpin_scenario::{LeastDocument, Minimized, Narrowed, Needed, Told, UnusedBy};
use serde_json::Value;

/// What came of looking for a scenario's least documents, for people.
pub fn least_documents(minimized: &Minimized) -> String {
    let Minimized { scenario, cells, left_out, trials, documents, untouched } = minimized;
    let mut text = match cells.len() {
        1 => format!("{scenario}: {trials} trials\n"),
        several => format!("{scenario}: {trials} trials in {several} cells\n"),
    };
    // Writing to a text cannot fail.
    for reason in left_out {
        let _ = writeln!(text, "    left out  a cell: {reason}");
    }
    for document in untouched {
        let _ = writeln!(text, "    left alone  {document}");
    }
    for document in documents {
        text.push_str(&least_document(document));
    }
    text
}

fn least_document(document: &LeastDocument) -> String {
    let LeastDocument { pin, file, of, least, .. } = document;
    let mut text = format!("\n{pin}: {file} of {}\n", of.join(", "));
    for (what, line) in findings(document) {
        let _ = writeln!(text, "    {what:10}  {line}");
    }
    match least {
        Some(least) => text.push_str(least),
        None => text.push_str("the flow needs no such policy"),
    }
    text.push('\n');
    text
}

/// What is told of a document, each with its kind.
fn findings(document: &LeastDocument) -> Vec<(&'static str, String)> {
    let LeastDocument { never_used, never_used_by, narrowed, needless, needed, kept, .. } = document;
    let told = |Told { part, place }: &Told| format!("{part}, {place}");
    let mut lines: Vec<(&str, String)> =
        never_used.iter().map(|unused| ("never used", told(unused))).collect();
    let by = |UnusedBy { by, told: unused }: &UnusedBy| ("never used", format!("by {by}: {}", told(unused)));
    lines.extend(never_used_by.iter().map(by));
    let narrow = |Narrowed { told: list, to }: &Narrowed| {
        ("narrowed", format!("{}, to {}", told(list), to.join(", ")))
    };
    lines.extend(narrowed.iter().map(narrow));
    lines.extend(
        needless.iter().map(|part| ("needless", format!("{}: the flow holds without it", told(part)))),
    );
    let need = |Needed { told: part, step, .. }: &Needed| {
        ("needed", format!("{}: without it {step} breaks", told(part)))
    };
    lines.extend(needed.iter().map(need));
    lines.extend(kept.iter().map(|reason| ("kept", reason.clone())));
    lines
}

/// The same as JSON, in which the least documents are objects.
///
/// # Errors
/// None that can happen: every key is a text, and the documents are JSON. The type is serde's.
pub fn least_documents_json(minimized: &Minimized) -> Result<String, serde_json::Error> {
    let mut value = serde_json::to_value(minimized)?;
    for document in value.get_mut("documents").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(least) = document.get_mut("least")
            && let Some(text) = least.as_str()
        {
            *least = serde_json::from_str(text)?;
        }
    }
    serde_json::to_string_pretty(&value)
}
