//! Bodies on their way to an emulator.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{
    HeaderName,
    header::{CONTENT_LENGTH, TRANSFER_ENCODING},
    request::Parts,
};
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use linchpin_gateway::{AwsError, Body, BodyError, CHECKSUMS, Trailers};

use super::endpoint::full;

/// A body of up to so many bytes is held until its end: then its trailing checksum is known.
const HELD: u64 = 16 * 1024 * 1024;

/// A body that the emulator gets to the end of only if all of it is as signed. A longer one goes without the checksum
/// that follows it; its signature is verified all the same.
pub(super) async fn settled(parts: &mut Parts, body: Body) -> Result<Body, AwsError> {
    parts.headers.remove(TRANSFER_ENCODING);
    let length = parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > HELD) {
        return Ok(HoldBack { inner: body, held: None }.boxed_unsync());
    }
    let bytes = body.collect().await.map_err(|error| error.to_aws())?.to_bytes();
    if let Some(trailers) = parts.extensions.remove::<Trailers>() {
        for name in CHECKSUMS {
            let value = trailers.get(name);
            value.into_iter().for_each(|value| {
                parts.headers.insert(HeaderName::from_static(name), value);
            });
        }
    }
    Ok(full(bytes))
}

/// Keeps the last piece of a body back until it is known that nothing is wrong with the whole.
struct HoldBack {
    inner: Body,
    held: Option<Bytes>,
}

impl HttpBody for HoldBack {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        loop {
            let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx)).transpose()?;
            let next = match frame.map(Frame::into_data) {
                None => return Poll::Ready(self.held.take().map(|data| Ok(Frame::data(data)))),
                Some(Ok(data)) => self.held.replace(data),
                // Trailers are headers by now.
                Some(Err(_)) => None,
            };
            if let Some(data) = next {
                return Poll::Ready(Some(Ok(Frame::data(data))));
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body_util::StreamBody;

    use super::*;

    fn body(pieces: Vec<Result<&'static str, BodyError>>) -> Body {
        let frames = pieces.into_iter().map(|piece| piece.map(|text| Frame::data(Bytes::from(text))));
        StreamBody::new(stream::iter(frames)).boxed_unsync()
    }

    async fn passed(pieces: Vec<Result<&'static str, BodyError>>) -> (String, bool) {
        let mut held = HoldBack { inner: body(pieces), held: None };
        let mut text = String::new();
        while let Some(frame) = held.frame().await {
            match frame {
                Ok(frame) => text.push_str(&String::from_utf8_lossy(frame.data_ref().unwrap())),
                Err(_) => return (text, false),
            }
        }
        (text, true)
    }

    #[tokio::test]
    async fn the_last_piece_waits_for_the_verdict() {
        assert_eq!(passed(vec![Ok("a"), Ok("b")]).await, ("ab".to_owned(), true));
        let broken = vec![Ok("a"), Ok("b"), Err(BodyError::Sha256Mismatch)];
        assert_eq!(passed(broken).await, ("a".to_owned(), false));
        assert_eq!(passed(vec![]).await, (String::new(), true));
    }
}
