//! A body that breaks off.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::service::{Body, BodyError};

/// Gives the first bytes of a body and then fails, as a connection does that breaks in mid-answer.
pub(crate) struct Truncated {
    inner: Body,
    /// The length of the whole body: the answer's head tells it before the body breaks off.
    whole: SizeHint,
    left: u64,
    /// Whether the connection had its chance to send what it has.
    flushed: bool,
}

impl Truncated {
    pub(crate) fn new(inner: Body, after: u64) -> Self {
        let whole = inner.size_hint();
        Self { inner, whole, left: after, flushed: false }
    }
}

impl HttpBody for Truncated {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.left == 0 && !self.flushed {
            self.flushed = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.left == 0 {
            return Poll::Ready(Some(Err(BodyError::Truncated)));
        }
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        let Some(frame) = frame else { return Poll::Ready(None) };
        let data = frame?.into_data().unwrap_or_default();
        let kept = usize::try_from(self.left).unwrap_or(usize::MAX).min(data.len());
        self.left -= kept as u64;
        Poll::Ready(Some(Ok(Frame::data(data.slice(..kept)))))
    }

    fn size_hint(&self) -> SizeHint {
        self.whole
    }
}
