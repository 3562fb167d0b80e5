//! What is hashed: a thousand documents, and what differs from them by a character.

use sha2::{Digest, Sha256};
use shared::classic::json::{JsonError, dumps, dumps_sorted, jsonify, parse};
use shared::classic::{UrlError, netloc};

use crate::generator::Dice;
use crate::oracle::{Questions, text};

const DOCUMENTS: usize = 1_000;

/// What this crate says of a document, in Python's words.
fn ours(document: &str) -> Result<String, JsonError> {
    let value = parse(document)?;
    let (in_order, by_key, body) = (dumps(&value), dumps_sorted(&value), jsonify(&value));
    let hash = hex::encode(Sha256::digest(&by_key));
    Ok([hash, hex::encode(in_order), hex::encode(by_key), hex::encode(body)].join(" "))
}

fn assert_same(seed: u64, document: &str, theirs: &str, ours: &str) {
    let show = |answer: &str| answer.split(' ').skip(1).map(text).collect::<Vec<_>>().join("\n");
    assert!(
        theirs == ours,
        "TABCOIN_SEED={seed}: {document:?}\nPython writes\n{}\nand this crate\n{}",
        show(theirs),
        show(ours)
    );
}

#[test]
fn a_thousand_random_documents_have_pythons_text_and_pythons_hash() {
    let mut dice = Dice::new();
    let documents: Vec<String> = (0..DOCUMENTS).map(|_| dice.document()).collect();
    let mut questions = Questions::default();
    for document in &documents {
        questions.ask("document", &[document]);
    }
    let answers = questions.answers();
    assert_eq!(answers.len(), DOCUMENTS);
    for (document, theirs) in documents.iter().zip(&answers) {
        let ours = ours(document).unwrap_or_else(|error| panic!("TABCOIN_SEED={}: {error}: {document:?}", dice.seed()));
        assert_same(dice.seed(), document, theirs, &ours);
    }
}

#[test]
fn what_python_refuses_is_refused_and_nothing_else() {
    let mut dice = Dice::new();
    let documents: Vec<String> = (0..3 * DOCUMENTS)
        .map(|_| {
            let document = dice.document();
            dice.damaged(&document)
        })
        .collect();
    let mut questions = Questions::default();
    for document in &documents {
        questions.ask("document", &[document]);
    }
    let (mut refused, mut taken) = (0, 0);
    for (document, theirs) in documents.iter().zip(questions.answers()) {
        match ours(document) {
            Ok(ours) => {
                taken += 1;
                assert_same(dice.seed(), document, &theirs, &ours);
            }
            // Python reads half a character, and integers of more digits where it is old.
            Err(JsonError::Surrogate { .. } | JsonError::Digits { .. }) => {}
            Err(error) => {
                refused += 1;
                assert_eq!(theirs, "refused", "TABCOIN_SEED={}: {error}: {document:?}", dice.seed());
            }
        }
    }
    assert!(refused > 100 && taken > 100, "both happen: {refused} and {taken}");
}

#[test]
fn the_netloc_of_a_url_is_pythons() {
    let mut dice = Dice::new();
    let parts = [
        "http",
        "https",
        "x1",
        "1x",
        ":",
        "//",
        "/",
        "?",
        "#",
        "@",
        "127.0.0.1",
        ":5001",
        "host",
        "a:b@",
        " ",
        "-",
        ".",
    ];
    let urls: Vec<String> = (0..DOCUMENTS).map(|_| (0..=dice.below(8)).map(|_| dice.pick(&parts)).collect()).collect();
    let mut questions = Questions::default();
    for url in &urls {
        // White space around a URL is none of it here, and at its end Python keeps it.
        questions.ask("netloc", &[url.trim_end()]);
    }
    let mut found = 0;
    for (url, theirs) in urls.iter().zip(questions.answers()) {
        let theirs = text(&theirs);
        match netloc(url) {
            Ok(ours) => {
                found += 1;
                assert_eq!(ours, theirs, "TABCOIN_SEED={}: {url:?}", dice.seed());
            }
            // Python takes any scheme, and calls the node by http.
            Err(UrlError::Scheme { .. }) => {
                let scheme = url.trim().split_once("://").map(|(scheme, _)| scheme);
                assert!(!matches!(scheme, None | Some("http" | "https")), "TABCOIN_SEED={}: {url:?}", dice.seed());
            }
            Err(error) => {
                let is_none = theirs.is_empty() || theirs.contains(' ');
                assert!(is_none, "TABCOIN_SEED={}: {url:?} has {theirs:?}: {error}", dice.seed());
            }
        }
    }
    assert!(found > 20, "some have one: {found}");
}
