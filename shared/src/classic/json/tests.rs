use super::*;
use crate::classic::limits::{INTEGER_DIGITS_MAX, JSON_BYTES_MAX, JSON_DEPTH_MAX};
use crate::rules::receipt::Refusal;

fn again(text: &str) -> String {
    dumps(&parse(text).unwrap_or_else(|error| panic!("{text}: {error}")))
}

#[test]
fn values_are_written_as_json_dumps_writes_them() {
    let cases = [
        ("[]", "[]"),
        (" {\r\n\t} ", "{}"),
        ("[1,2 , 3]", "[1, 2, 3]"),
        ("{\"b\":1,\"a\":[true,false,null]}", "{\"b\": 1, \"a\": [true, false, null]}"),
        ("-0", "0"),
        ("-0.0", "-0.0"),
        ("10", "10"),
        ("1e1", "10.0"),
        ("1E+2", "100.0"),
        ("1e999", "Infinity"),
        ("-1e999", "-Infinity"),
        ("1e-999", "0.0"),
        ("[NaN, Infinity, -Infinity]", "[NaN, Infinity, -Infinity]"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("\"\\/\"", "\"/\""),
        ("\"\\\"\\\\\\b\\f\\n\\r\\t\"", "\"\\\"\\\\\\b\\f\\n\\r\\t\""),
        ("\"\u{7f}\"", "\"\\u007f\""),
        ("\"\\u0000~\"", "\"\\u0000~\""),
        ("\"é茶\"", "\"\\u00e9\\u8336\""),
        ("\"🫖\"", "\"\\ud83e\\uded6\""),
        ("\"\\uD83E\\uDED6\"", "\"\\ud83e\\uded6\""),
    ];
    for (text, expected) in cases {
        assert_eq!(again(text), expected, "{text}");
    }
}

#[test]
fn a_key_that_comes_twice_keeps_its_first_place_and_its_last_value() {
    assert_eq!(again("{\"a\": 1, \"b\": 2, \"a\": 3}"), "{\"a\": 3, \"b\": 2}");
    let mut object = Object::default().with("a", 1u64).with("b", 2u64);
    object.insert("a", "x");
    assert_eq!(compact(&object.into()), "{\"a\":\"x\",\"b\":2}");
}

#[test]
fn keys_are_sorted_by_code_point_at_every_depth() {
    // In UTF-16 the last of these would come before the one before it.
    let value =
        parse("[{\"\u{1f600}\": 0, \"\u{ff5e}\": 0, \"é\": 0, \"b\": {\"d\": 0, \"c\": 0}, \"B\": 0, \"\": 0}]");
    assert_eq!(
        dumps_sorted(&value.expect("JSON")),
        "[{\"\": 0, \"B\": 0, \"b\": {\"c\": 0, \"d\": 0}, \"\\u00e9\": 0, \"\\uff5e\": 0, \"\\ud83d\\ude00\": 0}]"
    );
}

#[test]
fn an_answer_is_written_as_jsonify_writes_it() {
    let value = parse("{\"length\": 1, \"chain\": [{\"b\": 1.0, \"a\": \"é\"}]}").expect("JSON");
    assert_eq!(jsonify(&value), "{\"chain\":[{\"a\":\"\\u00e9\",\"b\":1.0}],\"length\":1}\n");
}

#[test]
fn what_python_does_not_read_is_refused() {
    let texts = [
        "",
        " ",
        "nul",
        "True",
        "nan",
        "-",
        "-NaN",
        "+1",
        "01",
        "-01",
        ".5",
        "1.",
        "1.e1",
        "1e",
        "1e+",
        "0x1",
        "1 2",
        "1,",
        "[1,]",
        "[,1]",
        "[1",
        "[1 2]",
        "]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "{\"a\":1",
        "'a'",
        "\"a",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\u+123\"",
        "\"\\u12\"",
        "\"\n\"",
        "\"\u{1f}\"",
        "\u{feff}1",
        "\u{a0}1",
        "١",
    ];
    for text in texts {
        let error = parse(text).expect_err(text);
        assert!(matches!(error, JsonError::Syntax { .. }), "{text}: {error}");
        assert_eq!(error.receipt().rule, "JSON");
    }
}

#[test]
fn half_a_character_is_refused() {
    for text in ["\"\\ud800\"", "\"\\udc00\"", "\"\\ud800x\"", "\"\\ud800\\n\"", "\"\\ud83e\\ud83e\\uded6\""] {
        assert!(matches!(parse(text), Err(JsonError::Surrogate { at: 1, .. })), "{text}");
    }
}

#[test]
fn depth_digits_and_size_are_read_up_to_their_limits_and_no_further() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(parse(&nested(JSON_DEPTH_MAX)).is_ok());
    assert_eq!(parse(&nested(JSON_DEPTH_MAX + 1)), Err(JsonError::Depth { at: JSON_DEPTH_MAX }));
    assert!(matches!(parse(&"{\"a\":".repeat(100_000)), Err(JsonError::Depth { .. })));
    let digits = "9".repeat(INTEGER_DIGITS_MAX);
    assert_eq!(again(&format!("-{digits}")), format!("-{digits}"));
    assert_eq!(parse(&format!("{digits}9")), Err(JsonError::Digits { digits: INTEGER_DIGITS_MAX + 1 }));
    assert!(parse(&format!("0.{digits}9")).is_ok(), "Python limits the digits of integers alone");
    let text = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    assert!(parse(&text(JSON_BYTES_MAX)).is_ok());
    assert_eq!(parse(&text(JSON_BYTES_MAX + 1)), Err(JsonError::Size { bytes: JSON_BYTES_MAX + 1 }));
}

#[test]
fn an_object_of_very_many_keys_is_read_in_good_time() {
    // A search through all earlier keys for each would take minutes.
    let entries: Vec<String> = (0..100_000).map(|number| format!("\"{number}\":0")).collect();
    let value = parse(&format!("{{{}}}", entries.join(","))).expect("JSON");
    assert_eq!(value.as_object().map(|object| object.iter().count()), Some(100_000));
}

#[test]
fn for_people_a_text_is_written_plainly_and_a_number_as_it_came() {
    let value = parse("[\"é\\n\", 5, 5.0, true, {\"a\": 1}]").expect("JSON");
    let plain: Vec<String> = value.as_list().expect("a list").iter().map(Value::plain).collect();
    assert_eq!(plain, ["é\n", "5", "5.0", "true", "{\"a\": 1}"]);
}
