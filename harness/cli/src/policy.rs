//! `linchpin policy`: the policy engine on its own.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    process::ExitCode,
};

use linchpin_policy::Case;
use serde_json::{Value, json};

use crate::{arguments::Evaluate, error::CliError};

/// Answers each line of a file, or of standard input, with a line.
pub(crate) fn evaluate(arguments: &Evaluate) -> Result<ExitCode, CliError> {
    let path = &arguments.cases;
    let failed = |source| CliError::Cases { path: path.clone(), source };
    let input: Box<dyn Read> = match path.to_str() {
        Some("-") => Box::new(io::stdin()),
        _ => Box::new(File::open(path).map_err(failed)?),
    };
    let mut input = BufReader::with_capacity(64 * 1024, input);
    let mut out = BufWriter::new(io::stdout().lock());
    let (mut line, mut number, mut all_good) = (Vec::new(), 0_u64, true);
    while input.read_until(b'\n', &mut line).map_err(failed)? > 0 {
        number += 1;
        if let Some(answer) = answer(&line, number) {
            all_good &= answer.get("error").is_none();
            writeln!(out, "{answer}").map_err(CliError::Output)?;
        }
        // Who writes a line and waits for its answer must get it.
        if input.buffer().is_empty() {
            out.flush().map_err(CliError::Output)?;
        }
        line.clear();
    }
    out.flush().map_err(CliError::Output)?;
    Ok(if all_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The answer to a line; none to an empty one.
fn answer(line: &[u8], number: u64) -> Option<Value> {
    let error = |error: String| json!({ "line": number, "error": error });
    let Ok(text) = std::str::from_utf8(line) else { return Some(error("the line is not UTF-8".to_owned())) };
    // Some editors begin a file with the mark of its byte order.
    let text = if number == 1 { text.trim_start_matches('\u{feff}') } else { text };
    if text.trim().is_empty() {
        return None;
    }
    Some(Case::parse(text.trim()).map_or_else(|bad| error(bad.to_string()), |case| case.answer()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let case = br#"{"id": "c", "principal": "anonymous", "action": "s3:GetObject", "resource": "*"}"#;
        let by = json!({ "policy_type": "Resource", "policy": null, "statement": null });
        let marked = [b"\xef\xbb\xbf", &case[..]].concat();
        assert_eq!(answer(&marked, 1), answer(case, 1), "the mark of the byte order");
        for (line, expected) in [
            (&case[..], json!({ "id": "c", "decision": "ImplicitDeny", "decided_by": by })),
            (b"\n", Value::Null),
            (b"{}\n", json!({ "line": 7, "error": "the field `principal` is missing" })),
            (b"\xff\n", json!({ "line": 7, "error": "the line is not UTF-8" })),
        ] {
            assert_eq!(answer(line, 7).unwrap_or_default(), expected);
        }
    }
}
