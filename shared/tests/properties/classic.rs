//! The tutorial's JSON and chain, in which every byte is hashed.

use proptest::prelude::*;
use shared::classic::json::{Integer, Object, Value, compact, dumps, dumps_sorted, jsonify, parse};
use shared::classic::{Block, Chain, difference, netloc};
use shared::{Timestamp, sha256};

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<u64>().prop_map(Value::from),
        "-?[1-9][0-9]{0,40}".prop_map(|digits| parse(&digits).expect("an integer")),
        any::<f64>().prop_filter("NaN is not itself", |float| !float.is_nan()).prop_map(Value::Float),
        "\\PC{0,6}|[\\x00-\\x20\"\\\\é🫖]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::List),
            prop::collection::vec(("[a-cé]{0,2}", inner), 0..3).prop_map(|entries| Value::Object(object(entries))),
        ]
    })
}

fn object(entries: Vec<(String, Value)>) -> Object {
    entries.into_iter().fold(Object::default(), |object, (key, value)| object.with(&key, value))
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn what_is_written_is_read_back_in_every_style(value in values()) {
        for text in [dumps(&value), compact(&value)] {
            prop_assert_eq!(parse(&text), Ok(value.clone()));
        }
        prop_assert_eq!(dumps_sorted(&parse(&dumps_sorted(&value)).expect("JSON")), dumps_sorted(&value));
        prop_assert_eq!(jsonify(&parse(&jsonify(&value)).expect("JSON")), jsonify(&value));
    }

    #[test]
    fn whatever_text_is_read_has_one_way_to_be_written(text in "[\\[\\]{}:,\"a-bE+.0-9eE -]{0,12}|\\PC{0,8}|-?[0-9]{1,4}(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?") {
        if let Ok(value) = parse(&text) {
            let written = dumps(&value);
            prop_assert!(written.is_ascii());
            prop_assert_eq!(dumps(&parse(&written).expect("it was just written")), written);
        }
    }

    #[test]
    fn a_float_is_written_with_the_fewest_digits_that_name_it(float: f64) {
        prop_assume!(float.is_finite());
        let text = dumps(&Value::Float(float));
        prop_assert_eq!(text.parse::<f64>().map(f64::to_bits), Ok(float.to_bits()));
        prop_assert_eq!(parse(&text), Ok(Value::Float(float)));
        prop_assert!(text.contains(['.', 'e']), "{} would be read as an integer", text);
        // Rust's shortest form has as many; of two that are equally near the last digit may be the other.
        let digits = |text: &str| {
            let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
            let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
            digits.trim_matches('0').len()
        };
        prop_assert_eq!(digits(&text), digits(&format!("{float:e}")));
    }

    #[test]
    fn the_hash_of_a_block_does_not_depend_on_the_order_of_its_keys(entries in prop::collection::vec(("[a-eé]{1,2}", values()), 0..5), turn: usize) {
        let first = object(entries);
        let mut entries: Vec<(String, Value)> = first.iter().map(|(key, value)| (key.to_owned(), value.clone())).collect();
        let turn = turn % entries.len().max(1);
        entries.rotate_left(turn);
        let (one, other) = (Block::from(first.clone()), Block::from(object(entries)));
        prop_assert_eq!(one.hash(), other.hash());
        prop_assert_eq!(one.hash(), hex::encode(sha256(&[dumps_sorted(&Value::Object(first)).as_bytes()])));
    }

    #[test]
    fn an_integer_of_any_size_stays_as_it_was_written(digits in "-?(0|[1-9][0-9]{0,80})") {
        let value = parse(&digits).expect("an integer");
        let expected = if digits == "-0" { "0" } else { &digits };
        prop_assert_eq!(dumps(&value), expected);
        let integer = value.to_integer().expect("an integer");
        prop_assert_eq!(integer.to_u64(), expected.parse().ok());
    }

    #[test]
    fn the_difference_of_two_squares_is_exact(new in 0..u64::MAX / 4, previous in 0..u64::MAX / 4) {
        let exact = i128::from(new).pow(2) - i128::from(previous).pow(2);
        prop_assert_eq!(difference(&Integer::from(new), &Integer::from(previous)), Ok(exact.to_string()));
    }

    #[test]
    fn a_chain_comes_back_from_its_text(times in prop::collection::vec(0..4_000_000_000_000_u64, 1..4), extra in values()) {
        let blocks = times.iter().enumerate().map(|(at, time)| {
            Block::new(at as u64 + 1, Timestamp::from_ms(*time), 533, "0", vec![]).with("extra", extra.clone())
        });
        let chain = Chain::from_blocks(blocks).expect("short");
        let text = chain.to_json();
        prop_assert_eq!(text.len(), chain.bytes());
        prop_assert_eq!(Chain::from_json(&text), Ok(chain.clone()));
        let answer = format!("{{\"chain\": {text}, \"length\": {}}}", chain.length());
        prop_assert_eq!(Chain::from_answer(&answer), Ok(chain));
    }

    #[test]
    fn a_places_name_is_found_in_a_url_and_is_its_own(text in "(https?://)?[a-z0-9.:@\\[\\]-]{0,20}(/[a-z]{0,4})?|\\PC{0,12}") {
        if let Ok(place) = netloc(&text) {
            prop_assert!(!place.is_empty() && text.contains(&place) && !place.contains(['/', '?', '#']));
            prop_assert_eq!(netloc(&format!("http://{place}/get_chain")), Ok(place));
        }
    }
}
