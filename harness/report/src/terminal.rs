//! What people read while and after a run.

use std::{collections::BTreeMap, fmt::Write as _};

use linchpin_scenario::{TrialReport, Verdict};

use crate::{KnownDifference, Report};

/// Whether to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// ANSI colours.
    Coloured,
    /// Plain text.
    Plain,
}

impl Style {
    fn verdict(self, text: &str, as_told: bool) -> String {
        match (self, as_told) {
            (Self::Plain, _) => text.to_owned(),
            (Self::Coloured, true) => format!("\u{1b}[32m{text}\u{1b}[0m"),
            (Self::Coloured, false) => format!("\u{1b}[31;1m{text}\u{1b}[0m"),
        }
    }
}

/// One finished trial in one line.
pub fn progress_line(trial: &TrialReport, done: usize, planned: usize, style: Style) -> String {
    let width = planned.to_string().len();
    let verdict = style.verdict(&trial.verdict.to_string(), trial.as_told);
    let who = trial.needed_by.map(|who| format!(", needed by the {who}")).unwrap_or_default();
    format!("{done:>width$}/{planned} {}: {verdict}{who} ({} ms)", name(trial), trial.milliseconds)
}

fn name(trial: &TrialReport) -> String {
    let pulled = trial.pulled.as_ref().map(|pin| format!(" without {pin}")).unwrap_or_default();
    format!("{}{}{pulled}", trial.scenario, cell(&trial.cell))
}

fn cell(cell: &BTreeMap<String, String>) -> String {
    if cell.is_empty() {
        return String::new();
    }
    let axes: Vec<String> = cell.iter().map(|(axis, value)| format!("{axis}: {value}")).collect();
    format!(" [{}]", axes.join(", "))
}

/// The table of verdicts, then what is not as told (skipped trials only count), then the summary.
pub fn table(report: &Report, style: Style) -> String {
    let mut text = String::new();
    let rows = rows(report);
    let width = rows.keys().map(|name| name.len()).max().unwrap_or_default();
    for (scenario, trials) in &rows {
        let as_told = trials.iter().all(|trial| trial.as_told);
        let mark = style.verdict(if as_told { "ok  " } else { "FAIL" }, as_told);
        let _ = writeln!(text, "{mark} {scenario:width$}  {}", counts(trials));
    }
    for trial in report.trials.iter().filter(|trial| !trial.as_told && trial.verdict != Verdict::Skipped) {
        text.push_str(&details(trial, style));
    }
    for known in &report.known_differences {
        let KnownDifference { scenario, pulled, what, reason } = known;
        let pulled = if pulled.is_empty() { String::new() } else { format!(" without {pulled}") };
        let _ = writeln!(text, "known on containers: {what} of {scenario}{pulled}: {reason}");
    }
    let trials = report.trials.len();
    let _ = writeln!(text, "\n{trials} trials in {:.1} s: {}", report.seconds, summary(&report.summary));
    text
}

fn rows(report: &Report) -> BTreeMap<&str, Vec<&TrialReport>> {
    let mut rows: BTreeMap<&str, Vec<&TrialReport>> = BTreeMap::new();
    for trial in &report.trials {
        rows.entry(&trial.scenario).or_default().push(trial);
    }
    rows
}

fn counts(trials: &[&TrialReport]) -> String {
    let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
    for trial in trials {
        *counts.entry(trial.verdict).or_default() += 1;
    }
    summary(&counts)
}

fn summary(counts: &BTreeMap<Verdict, usize>) -> String {
    counts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect::<Vec<_>>().join(", ")
}

fn details(trial: &TrialReport, style: Style) -> String {
    let mut text = format!("\n{}: {}\n", name(trial), style.verdict(&trial.verdict.to_string(), false));
    let who = trial.needed_by.map(|who| format!("the {who} needs it"));
    let TrialReport { step, error, cause, wording, .. } = trial;
    let lines = [("step", step), ("error", error), ("cause", cause), ("who", &who), ("words", wording)];
    for (what, value) in lines {
        if let Some(value) = value {
            let _ = writeln!(text, "    {what:5}  {}", value.replace('\n', "\n           "));
        }
    }
    for warning in &trial.warnings {
        let _ = writeln!(text, "    warns  {warning}");
    }
    text
}

#[cfg(test)]
mod tests {
    use linchpin_scenario::NeededBy;

    use super::*;

    fn pull(needed_by: Option<NeededBy>, wording: Option<&str>) -> TrialReport {
        TrialReport {
            scenario: "s".to_owned(),
            cell: BTreeMap::new(),
            pulled: Some("p".to_owned()),
            verdict: Verdict::BrokeOtherwise,
            step: Some("write.copy".to_owned()),
            error: None,
            cause: None,
            needed_by,
            wording: wording.map(str::to_owned),
            warnings: Vec::new(),
            calls: Vec::new(),
            output: Vec::new(),
            milliseconds: 5,
            as_told: false,
        }
    }

    #[test]
    fn who_needs_a_pin_is_told_with_it() {
        for (needed_by, wording, line, lines) in [
            (None, None, "1/1 s without p: broke otherwise (5 ms)", "    step   write.copy\n"),
            (
                Some(NeededBy::Cluster),
                Some("measured"),
                "1/1 s without p: broke otherwise, needed by the cluster (5 ms)",
                "    step   write.copy\n    who    the cluster needs it\n    words  measured\n",
            ),
        ] {
            let trial = pull(needed_by, wording);
            assert_eq!(progress_line(&trial, 1, 1, Style::Plain), line);
            assert_eq!(details(&trial, Style::Plain), format!("\ns without p: broke otherwise\n{lines}"));
        }
    }
}
