//! Cancelling: a session is found by its key, and either the front's statement is cancelled or the server's.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;

use super::message::frontend;
use super::private::PrivateAddress;

/// A process of the private server, and the secret that cancels in it.
pub(crate) type CancelKey = (i32, i32);

/// The sessions that can be cancelled.
#[derive(Debug, Default)]
pub(crate) struct CancelRegistry(Mutex<HashMap<CancelKey, Arc<CancelSwitch>>>);

/// How one session is cancelled.
#[derive(Debug, Default)]
pub(crate) struct CancelSwitch {
    /// Whether the front runs a statement.
    front: AtomicBool,
    notify: Notify,
}

impl CancelRegistry {
    pub(crate) fn insert(&self, key: CancelKey, switch: Arc<CancelSwitch>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, switch);
    }

    pub(crate) fn remove(&self, key: CancelKey) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }

    /// Cancels what the session of `key` does. While the front runs a statement the server is left alone: its own
    /// cancellation could come late and hit the client's next statement.
    pub(crate) async fn cancel(&self, key: CancelKey, server: &PrivateAddress) -> io::Result<()> {
        let switch = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        match switch.filter(|switch| switch.front.load(Ordering::SeqCst)) {
            Some(switch) => {
                switch.notify.notify_waiters();
                Ok(())
            }
            None => cancel(server, key).await,
        }
    }
}

impl CancelSwitch {
    /// Runs a statement of the front's. `None`: it was cancelled.
    pub(crate) async fn run<T>(&self, statement: impl Future<Output = T>) -> Option<T> {
        let cancelled = self.notify.notified();
        self.front.store(true, Ordering::SeqCst);
        let result = tokio::select! {
            result = statement => Some(result),
            () = cancelled => None,
        };
        self.front.store(false, Ordering::SeqCst);
        result
    }
}

/// Cancels what the private server does in the session of `key`; returns once the signal is sent.
pub(crate) async fn cancel(server: &PrivateAddress, (process, secret): CancelKey) -> io::Result<()> {
    let (mut reader, mut writer) = server.connect().await?;
    writer.write_all(&frontend::cancel(process, secret)).await?;
    // The server closes the connection once the signal is sent.
    let mut rest = Vec::new();
    reader.read_to_end(&mut rest).await.map(drop)
}
