//! Ranges that S3 does not take for ranges.

use http::HeaderMap;

/// Documented (RFC 9110): a range of another unit, or that ends before it begins, is ignored. Documented too: S3 reads
/// one range for a call; inferred: several are ignored alike, so that the whole object comes.
pub(super) fn without_ignored_range(headers: &mut HeaderMap) {
    let text = headers.get("range").map(|value| value.to_str().unwrap_or_default());
    if text.is_some_and(|text| !is_range(text)) {
        headers.remove("range");
    }
}

fn is_range(text: &str) -> bool {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return false;
    };
    match (first, last) {
        ("", "") => false,
        (only, "") | ("", only) => number(only).is_some(),
        (first, last) => number(first).zip(number(last)).is_some_and(|(first, last)| first <= last),
    }
}

/// None beyond what any object has.
fn number(digits: &str) -> Option<i64> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::is_range;

    #[test]
    fn what_is_a_range() {
        for range in ["bytes=0-0", "bytes=5-", "bytes=-5", "bytes=0-99999"] {
            assert!(is_range(range), "{range}");
        }
        for text in [
            "bytes=5-2",
            "bytes=0-1,3-4",
            "rows=0-1",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=0-99999999999999999999",
        ] {
            assert!(!is_range(text), "{text}");
        }
    }
}
