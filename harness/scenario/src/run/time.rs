//! Time in a trial: the machine's, and what the trial lets pass without waiting for it.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, SystemTime},
};

use linchpin_agent::Time;
use linchpin_stack::{Stack, StackError};

use super::owners::Owners;

/// The clocks of a trial's accounts, which go alike.
pub(crate) struct TrialTime {
    /// An agent that outlives its trial keeps no stack alive.
    stack: Weak<Stack>,
    accounts: Vec<String>,
    /// How far they are ahead of the machine's.
    ahead: Mutex<Duration>,
}

impl TrialTime {
    pub(crate) fn of(stack: &Arc<Stack>, owners: &Owners) -> Self {
        Self { stack: Arc::downgrade(stack), accounts: owners.numbers(), ahead: Mutex::default() }
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, time: Duration) -> Result<(), StackError> {
        let ahead = {
            let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
            *ahead = ahead.saturating_add(time);
            *ahead
        };
        let Some(stack) = self.stack.upgrade() else { return Ok(()) };
        self.accounts.iter().try_for_each(|account| stack.set_clock(account, ahead))
    }
}

impl fmt::Debug for TrialTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrialTime").field("ahead", &self.ahead).finish_non_exhaustive()
    }
}

impl Time for TrialTime {
    fn now(&self) -> SystemTime {
        SystemTime::now() + *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pass(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        // Only clocks of accounts that are not there cannot be moved, and the trial has these until it is over.
        let _ = self.advance(time);
        Box::pin(std::future::ready(()))
    }
}
