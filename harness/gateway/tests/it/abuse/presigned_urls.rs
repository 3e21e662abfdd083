//! Presigned URLs that are none, or of something else.

use super::row::{MISMATCH, QUERY, Row, get, made, tampered};

pub(super) fn rows() -> Vec<Row> {
    let url = || get().presigned(60);
    let without =
        |what, name: &'static str| tampered(what, url(), move |r| r.path = r.path.replace(name, "x"), QUERY);
    vec![
        made("a URL past its life", url(), |r| r.shift = -61, "403 Request has expired"),
        made("both times are told", url(), |r| r.shift = -61, "403 </X-Amz-Expires><Expires>20"),
        made("a URL ahead of time", url(), |r| r.shift = 960, "403 not valid yet"),
        tampered("a longer life", url(), |r| r.path = r.path.replace("Expires=60", "Expires=600"), MISMATCH),
        tampered(
            "a life of eight days",
            url(),
            |r| r.path = r.path.replace("Expires=60", "Expires=691200"),
            QUERY,
        ),
        tampered("a negative life", url(), |r| r.path = r.path.replace("Expires=60", "Expires=-1"), QUERY),
        tampered(
            "a life that is no number",
            url(),
            |r| r.path = r.path.replace("Expires=60", "Expires=1h"),
            QUERY,
        ),
        without("no life", "X-Amz-Expires"),
        without("no date", "X-Amz-Date"),
        without("no credential", "X-Amz-Credential"),
        without("no headers", "X-Amz-SignedHeaders"),
        tampered("another day", url(), |r| r.path = r.path.replace("%2F20", "%2F19"), QUERY),
        tampered("another key", url(), |r| r.path = r.path.replace("/b/k", "/b/l"), MISMATCH),
        tampered("another method", url(), |r| r.method = "DELETE", MISMATCH),
        tampered("one more parameter", url(), |r| r.path += "&response-expires=1", MISMATCH),
        tampered(
            "a header and a query",
            url(),
            |r| r.headers.push(("authorization".into(), "x".into())),
            "400 Only one auth mechanism",
        ),
        tampered(
            "an unsigned header",
            url(),
            |r| r.headers.push(("x-amz-acl".into(), "public-read".into())),
            "403 not signed",
        ),
        tampered(
            "a session's URL without its token",
            url().session("ASIA"),
            |r| {
                let (head, tail) = r.path.split_once("&X-Amz-Security-Token=").unwrap();
                r.path = format!("{head}&{}", tail.split_once('&').map_or("", |(_, rest)| rest));
            },
            "403 InvalidAccessKeyId",
        ),
    ]
}
