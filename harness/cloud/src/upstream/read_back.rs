//! What was read back from an emulator: good until something changes it through the gateway, and for a second.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A change behind the gateway is seen after so long.
const FRESH: Duration = Duration::from_secs(1);

/// Values by what they are of.
#[derive(Debug)]
pub(super) struct Shelf<T>(Mutex<BTreeMap<String, Arc<Slot<T>>>>);

/// One value.
#[derive(Debug)]
struct Slot<T> {
    kept: Mutex<Kept<T>>,
    /// Held while the value is read: whoever else wants it waits for the same answer.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Kept<T> {
    /// How often something changed.
    changes: u64,
    value: Option<(Instant, T)>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { kept: Mutex::new(Kept { changes: 0, value: None }), reading: tokio::sync::Mutex::default() }
    }
}

impl<T: Clone> Shelf<T> {
    /// The value of `name`; read, where the one at hand is not good any more.
    pub(super) async fn get<E>(&self, name: &str, read: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let slot = self.slot(name);
        let _reading = slot.reading.lock().await;
        let (start, changes) = (Instant::now(), {
            let kept = slot.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, value)) = kept.value.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
                return Ok(value.clone());
            }
            kept.changes
        });
        let value = read.await?;
        let mut kept = slot.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // What changed in the meantime may or may not be in it.
        if kept.changes == changes {
            kept.value = Some((start, value.clone()));
        }
        Ok(value)
    }

    /// Everything whose name begins so was changed.
    pub(super) fn changed(&self, prefix: &str) {
        let slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, slot) in slots.range(prefix.to_owned()..).take_while(|(name, _)| name.starts_with(prefix)) {
            let mut kept = slot.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.changes += 1;
            kept.value = None;
        }
    }

    fn slot(&self, name: &str) -> Arc<Slot<T>> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(name.to_owned()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::Shelf;

    async fn read(shelf: &Shelf<u32>, name: &str, value: u32) -> u32 {
        shelf.get(name, async { Ok::<_, Infallible>(value) }).await.unwrap()
    }

    #[tokio::test]
    async fn a_change_makes_the_next_look_up_read_again() {
        let shelf = Shelf::default();
        assert_eq!(read(&shelf, "a/1", 1).await, 1);
        assert_eq!(read(&shelf, "a/1", 2).await, 1);
        assert_eq!(read(&shelf, "b", 3).await, 3);
        shelf.changed("a/");
        assert_eq!(read(&shelf, "a/1", 4).await, 4);
        assert_eq!(read(&shelf, "b", 5).await, 3);
    }

    #[tokio::test]
    async fn what_changes_while_it_is_read_is_not_kept() {
        let shelf = Shelf::default();
        let during = shelf.get("a", async {
            shelf.changed("a");
            Ok::<_, Infallible>(1)
        });
        assert_eq!(during.await.unwrap(), 1);
        assert_eq!(read(&shelf, "a", 2).await, 2);
    }
}
