//! What the fuzz tests may do with bytes, so that they know none themselves.

use bytes::BytesMut;

use super::expected::Expected;
use super::frame::{self, FrameRef};
use super::intercept::Intercept;
use super::message;
use super::startup;
use crate::statement::Dialect;

/// Appends a message.
pub(crate) fn put(out: &mut BytesMut, tag: u8, body: &[u8]) {
    message::backend::raw(out, tag, body);
}

/// Judges every whole message, as a session does until one is malformed.
pub(crate) fn judge_all(mut bytes: BytesMut, dialect: Dialect) {
    let (mut intercept, expected) = (Intercept::new(dialect), Expected::default());
    while let Ok(Some(taken)) = frame::take(&mut bytes) {
        message::reworded(&taken.body);
        message::with_super(&[&[0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0f, 0xa0][..], &taken.body].concat());
        message::text(&taken.body);
        if intercept.judge(FrameRef { tag: taken.tag, body: &taken.body }, &expected).is_err() {
            return;
        }
    }
}

/// Reads the first packet of a connection.
pub(crate) fn open(packet: &[u8]) {
    let _ = startup::parse(packet);
}
