//! A request's body, lent to the road: what the road leaves unread is seen to once it has answered.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Sleep, sleep, timeout};

use crate::service::BodyError;

/// The most that is read of a body nobody wants, so that its connection can be used again.
const LARGEST_DRAINED: u64 = 64 * 1024 * 1024;

/// How long the rest of such a body may take.
const DRAIN_TIME: Duration = Duration::from_secs(1);

/// One body with two holders: the road, and the connection that it came on.
#[derive(Clone)]
pub(crate) struct Lent(Arc<Mutex<Arriving>>);

/// A body on its way, and how long its next piece may take.
struct Arriving {
    body: Incoming,
    patience: Duration,
    /// Set while a piece is waited for.
    until: Option<Pin<Box<Sleep>>>,
}

impl Arriving {
    /// A piece that does not come in time ends the body: the client has gone to sleep over it.
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            self.until = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(BodyError::Connection)));
        }
        let patience = self.patience;
        let until = self.until.get_or_insert_with(|| Box::pin(sleep(patience)));
        until.as_mut().poll(cx).map(|()| Some(Err(BodyError::Stalled)))
    }
}

/// What became of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// The connection stands at the next request.
    Read,
    /// The rest of the body is still to come.
    Unread,
}

impl Lent {
    /// A body each piece of which may take so long.
    pub(crate) fn new(body: Incoming, patience: Duration) -> Self {
        Self(Arc::new(Mutex::new(Arriving { body, patience, until: None })))
    }

    fn arriving(&self) -> MutexGuard<'_, Arriving> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads on to the end where that is near.
    pub(crate) async fn finish(self) -> Rest {
        let left = self.size_hint().upper().unwrap_or(LARGEST_DRAINED);
        if left > LARGEST_DRAINED {
            return Rest::Unread;
        }
        timeout(DRAIN_TIME, self.drain()).await.unwrap_or(Rest::Unread)
    }

    async fn drain(self) -> Rest {
        let mut read = 0;
        while !self.is_end_stream() {
            let frame = poll_fn(|cx| self.arriving().poll_piece(cx)).await;
            match frame {
                None => break,
                Some(Err(_)) => return Rest::Unread,
                Some(Ok(frame)) => read += frame.data_ref().map_or(0, |data| data.len() as u64),
            }
            if read > LARGEST_DRAINED {
                return Rest::Unread;
            }
        }
        Rest::Read
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.arriving().poll_piece(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.arriving().body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.arriving().body.size_hint()
    }
}
