//! What a trial came to. Pure.

use std::fmt;

use serde::Serialize;

use crate::model::Expected;

/// The answer of one trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum Verdict {
    /// Every pin in, and everything held.
    #[serde(rename = "held")]
    Held,
    /// A pin pulled, and the flow broke at the step and with the error that the scenario names.
    #[serde(rename = "broke as told")]
    BrokeAsTold,
    /// A pin pulled, and the flow broke in another way.
    #[serde(rename = "broke otherwise")]
    BrokeOtherwise,
    /// A pin pulled, and nothing broke.
    #[serde(rename = "did not matter")]
    DidNotMatter,
    /// The baseline did not hold, or the trial could not be set up.
    #[serde(rename = "failed")]
    Failed,
    /// Not run, for a reason.
    #[serde(rename = "skipped")]
    Skipped,
}

impl Verdict {
    /// Every verdict, best first.
    pub const ALL: [Self; 6] = [
        Self::Held,
        Self::BrokeAsTold,
        Self::BrokeOtherwise,
        Self::DidNotMatter,
        Self::Failed,
        Self::Skipped,
    ];
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Held => "held",
            Self::BrokeAsTold => "broke as told",
            Self::BrokeOtherwise => "broke otherwise",
            Self::DidNotMatter => "did not matter",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        })
    }
}

/// Where a flow broke, and with which words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Break {
    /// `write.stage`; `holds` when every step went well and a condition does not hold.
    pub(crate) step: String,
    /// What the user would see.
    pub(crate) error: String,
}

/// A verdict, and why it is not the one that was told.
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
    pub(crate) mismatch: Option<String>,
}

impl Judged {
    fn plain(verdict: Verdict) -> Self {
        Self { verdict, mismatch: None }
    }

    fn otherwise(mismatch: String) -> Self {
        Self { verdict: Verdict::BrokeOtherwise, mismatch: Some(mismatch) }
    }
}

/// A baseline holds, or it failed.
pub(crate) fn judge_baseline(broke: Option<&Break>) -> Judged {
    Judged::plain(if broke.is_some() { Verdict::Failed } else { Verdict::Held })
}

/// A pull against what was told; `unmet` are the conditions afterwards that do not hold.
pub(crate) fn judge_pull(
    expected: &Expected,
    broke: Option<&Break>,
    cause: &str,
    unmet: &[String],
) -> Judged {
    let Some(broke) = broke else { return Judged::plain(Verdict::DidNotMatter) };
    match expected {
        Expected::DoesNotMatter { why } => Judged::otherwise(format!(
            "the scenario says that it does not matter ({why}), but the flow broke"
        )),
        Expected::Breaks { step, .. } if *step != broke.step => {
            Judged::otherwise(format!("expected it to break at `{step}`"))
        }
        Expected::Breaks { with, cause: told, .. } => {
            let missing = with.iter().find(|text| !broke.error.contains(text.as_str()));
            let untold = told.as_ref().filter(|told| !cause.contains(told.as_str()));
            match (missing, untold, unmet.first()) {
                (Some(text), ..) => Judged::otherwise(format!("expected the error to hold `{text}`")),
                (None, Some(told), _) => Judged::otherwise(format!("expected the cause to hold `{told}`")),
                (None, None, Some(unmet)) => Judged::otherwise(format!("afterwards {unmet}")),
                (None, None, None) => Judged::plain(Verdict::BrokeAsTold),
            }
        }
    }
}

/// Whether a verdict is what the scenario wants.
pub(crate) fn is_as_told(verdict: Verdict, expected: Option<&Expected>) -> bool {
    match verdict {
        Verdict::Held | Verdict::BrokeAsTold => true,
        Verdict::DidNotMatter => matches!(expected, Some(Expected::DoesNotMatter { .. })),
        Verdict::BrokeOtherwise | Verdict::Failed | Verdict::Skipped => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(told: (&str, &[&str]), broke: Option<(&str, &str)>, unmet: &[&str], expected: Verdict) {
        let (step, with) = told;
        let told = Expected::Breaks {
            step: step.to_owned(),
            with: with.iter().map(|text| (*text).to_owned()).collect(),
            cause: None,
            and: Vec::new(),
        };
        let broke = broke.map(|(step, error)| Break { step: step.to_owned(), error: error.to_owned() });
        let unmet: Vec<String> = unmet.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(judge_pull(&told, broke.as_ref(), "", &unmet).verdict, expected);
    }

    #[test]
    fn pulls() {
        let told: (&str, &[&str]) = ("write.stage", &["AccessDenied"]);
        check(told, Some(("write.stage", "AccessDenied: no")), &[], Verdict::BrokeAsTold);
        check(told, Some(("write.copy", "AccessDenied: no")), &[], Verdict::BrokeOtherwise);
        check(told, Some(("write.stage", "NoSuchBucket")), &[], Verdict::BrokeOtherwise);
        check(told, Some(("write.stage", "AccessDenied")), &["2 rows are left"], Verdict::BrokeOtherwise);
        check(told, None, &[], Verdict::DidNotMatter);
    }
}
