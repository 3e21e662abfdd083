//! Session tokens (documented: "Use IMDSv2").

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Documented: one second to six hours.
const LONGEST: u64 = 21_600;

/// The tokens of one instance. They live by the machine's time.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    ends: Mutex<BTreeMap<String, Instant>>,
}

impl Tokens {
    /// A token for as many seconds as a header says; none where it says none, too few or too many.
    pub(super) fn issue(&self, seconds: Option<&str>) -> Option<String> {
        let seconds: u64 = seconds?.parse().ok().filter(|seconds| (1..=LONGEST).contains(seconds))?;
        let token = format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>());
        let now = Instant::now();
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        ends.retain(|_, end| *end > now);
        ends.insert(token.clone(), now + Duration::from_secs(seconds));
        Some(token)
    }

    pub(super) fn holds(&self, token: &str) -> bool {
        let ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        ends.get(token).is_some_and(|end| *end > Instant::now())
    }
}
