//! Bodies in chunks whose framing or signatures are wrong.

use super::row::{Row, made, row};
use crate::{
    oracle::{signed_chunks, unsigned_chunks},
    request::{Draft, Sealed},
};

pub(super) fn rows() -> Vec<Row> {
    let signed = || signed_chunks(&[&"d".repeat(8192), &"t".repeat(8192)], Some("x-amz-checksum-crc32:AA=="));
    let changed = |what, from: &'static str, to: &'static str, expected| {
        let mut draft = signed();
        draft.body = String::from_utf8(draft.body).unwrap().replacen(from, to, 1).into_bytes();
        row(what, &draft, expected)
    };
    let length = || {
        let mut draft = Draft::new("PUT", "/b/k").body("4\r\ndata\r\n0\r\n\r\n");
        draft.sealed = Sealed::Mode("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
        draft
    };
    vec![
        changed("a changed chunk", "\r\nt", "\r\nu", "400 does not match its signature"),
        changed("a changed trailer", "crc32:AA==", "crc32:AB==", "400 does not match its signature"),
        changed("an unsigned chunk", ";chunk-signature=", ";x=", "400 does not match its signature"),
        changed(
            "a changed signature",
            "chunk-signature=",
            "chunk-signature=0",
            "400 does not match its signature",
        ),
        changed(
            "a trailer without signature",
            "x-amz-trailer-signature",
            "x-amz-checksum-sha1",
            "400 does not match its signature",
        ),
        changed("no last chunk", "\r\n0;", "\r\n2;", "400 longer than `x-amz-decoded"),
        row("a small chunk", &signed_chunks(&["da", "ta"], None), "403 InvalidChunkSizeError"),
        row(
            "a small chunk between others",
            &signed_chunks(&[&"d".repeat(8192), "t", &"t".repeat(8192)], None),
            "403 Only the last chunk is allowed to have a size less than 8192 bytes",
        ),
        row(
            "more behind the last chunk",
            &unsigned_chunks("4\r\ndata\r\n0\r\n\r\nmore"),
            "400 more behind the last chunk",
        ),
        made(
            "a trailer that is no checksum of S3's",
            length()
                .header("x-amz-decoded-content-length", "4")
                .header("x-amz-trailer", "x-amz-checksum-md5"),
            |_| (),
            "400 The value specified in the x-amz-trailer header is not supported",
        ),
        row("a length that is none", &unsigned_chunks("zz\r\ndata\r\n0\r\n\r\n"), "400 hexadecimal"),
        row("an enormous length", &unsigned_chunks("ffffffffffffffff\r\ndata"), "400 chunked body is broken"),
        row(
            "a chunk longer than told",
            &unsigned_chunks("2\r\ndata\r\n0\r\n\r\n"),
            "400 longer than its header",
        ),
        row(
            "a body longer than told",
            &unsigned_chunks("5\r\ndata5\r\n0\r\n\r\n"),
            "400 longer than `x-amz-decoded",
        ),
        row(
            "a body shorter than told",
            &unsigned_chunks("3\r\ndat\r\n0\r\n\r\n"),
            "400 shorter than `x-amz-decoded",
        ),
        row("no last chunk", &unsigned_chunks("4\r\ndata\r\n"), "400 before its last chunk"),
        row("no chunk at all", &unsigned_chunks(""), "400 before its last chunk"),
        row("a line without end", &unsigned_chunks(&"a".repeat(10_000)), "400 does not end"),
        row(
            "trailers without end",
            &unsigned_chunks(&format!("4\r\ndata\r\n0\r\n{}", "a:b\r\n".repeat(5000))),
            "400 do not end",
        ),
        row("a trailer without colon", &unsigned_chunks("4\r\ndata\r\n0\r\nx\r\n\r\n"), "400 no colon"),
        row("bytes that are no text", &unsigned_chunks("\u{0}\r\n"), "400 hexadecimal"),
        made("no decoded length", length(), |_| (), "411 MissingContentLength"),
        made(
            "a decoded length that is none",
            length().header("x-amz-decoded-content-length", "4x"),
            |_| (),
            "411 MissingContentLength",
        ),
    ]
}
