//! Answers that no service means: each is read as far as it goes. `PROPTEST_CASES` says how many are tried.

use proptest::{collection::vec, prelude::*, sample::select};

use crate::answer::Answer;

const PIECES: &[&str] = &[
    "<r>",
    "</r>",
    "<b>",
    "</b>",
    "<b/>",
    "<b a='1'>",
    "<!DOCTYPE b>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?b?>",
    "&lt;",
    "&b;",
    "&#x110000;",
    "<",
    ">",
    "text",
    "<x:b>",
    "</x:b>",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_are_read(pieces in vec(select(PIECES), 0..40), bytes in vec(any::<u8>(), 0..100)) {
        for body in [pieces.concat().into_bytes(), bytes] {
            let answer = Answer::of(&body);
            let all = answer.all("b");
            prop_assert_eq!(answer.first("b"), all.first().cloned());
            prop_assert!(answer.elements("b").len() >= all.len());
        }
    }

    /// What is written as an element's text is read from it.
    #[test]
    fn texts_come_back(text in "\\PC{0,40}") {
        let xml = format!("<r><b>{}</b></r>", quick_xml::escape::escape(&text));
        prop_assert_eq!(Answer::of(xml.as_bytes()).all("b"), vec![text]);
    }
}
