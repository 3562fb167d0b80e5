//! What the bodies of requests say, read without rounding: an amount is taken from the digits that were sent.

use serde_json::value::RawValue;

use super::fields::Fields;
use super::netloc::Netloc;
use crate::exchange::Answer;
use crate::rules::receipt::{Receipt, Refusal};
use crate::values::{Amount, AmountError, DECIMALS};

/// The most nodes that one request may name.
pub const NODES_PER_REQUEST_MAX: usize = 64;
/// How many digits before the point are read of a number; an amount has fewer.
const DIGITS_MAX: i64 = 40;

/// The fields without which there is no payment.
const WANTED: [&str; 3] = ["sender", "receiver", "amount"];
/// Those that may come beside.
const OPTIONAL: [&str; 2] = ["fee", "memo"];

/// The body of `add_transaction`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    /// An address or a name.
    pub(super) sender: String,
    /// An address or a name.
    pub(super) receiver: String,
    /// Coins for the receiver.
    pub(super) amount: Amount,
    /// Coins for the miner; the tutorial has none.
    pub(super) fee: Amount,
    /// A few words; the tutorial has none.
    pub(super) memo: String,
}

impl Order {
    /// Reads `{"sender": …, "receiver": …, "amount": …}`, and perhaps a `fee` and a `memo`.
    ///
    /// # Errors
    /// The answer: the tutorial's words where one of its keys is missing, and else a receipt.
    pub(super) fn read(body: &str) -> Result<Self, Answer> {
        let refused = |receipt: Receipt| Answer::refusal(400, &receipt);
        let fields = Fields::read(body).map_err(refused)?;
        let [Some(sender), Some(receiver), Some(amount)] = WANTED.map(|name| fields.get(name)) else {
            return Err(missing(&fields));
        };
        Ok(Self {
            sender: text("sender", sender).map_err(refused)?,
            receiver: text("receiver", receiver).map_err(refused)?,
            amount: coins("amount", amount).map_err(refused)?,
            fee: fields.get("fee").map_or(Ok(Amount::ZERO), |fee| coins("fee", fee)).map_err(refused)?,
            memo: fields.get("memo").map_or(Ok(String::new()), |memo| text("memo", memo)).map_err(refused)?,
        })
    }
}

/// Reads `{"nodes": ["http://127.0.0.1:5002", …]}`.
///
/// # Errors
/// The answer: the tutorial's words where there is no such list, and else a receipt.
pub fn read_nodes(body: &str) -> Result<Vec<Netloc>, Answer> {
    let refused = |receipt: Receipt| Answer::refusal(400, &receipt);
    let fields = Fields::read(body).map_err(refused)?;
    let Some(nodes) = fields.get("nodes").filter(|nodes| nodes.get() != "null") else {
        return Err(Answer::text(400, "no node"));
    };
    let expected = "a list of URLs such as http://127.0.0.1:5002";
    let urls: Vec<String> =
        serde_json::from_str(nodes.get()).map_err(|_| refused(Receipt::new("nodes", expected, shown(nodes))))?;
    if urls.len() > NODES_PER_REQUEST_MAX {
        let expected = format!("at most {NODES_PER_REQUEST_MAX} at a time");
        return Err(refused(Receipt::new("nodes", expected, urls.len().to_string())));
    }
    urls.iter().map(|url| Netloc::parse(url).map_err(refused)).collect()
}

/// The tutorial's words for a body without one of its keys. Where there is another key, which may be one of them
/// misspelt, both are named.
fn missing(fields: &Fields<'_>) -> Answer {
    let missing: Vec<&str> = WANTED.into_iter().filter(|name| fields.get(name).is_none()).collect();
    let known = [&WANTED[..], &OPTIONAL].concat();
    let of = fields.other_than(&known).map(|other| format!(": {}, and found {other}", missing.join(", ")));
    Answer::text(400, format!("elements of transaction missing{}", of.unwrap_or_default()))
}

fn text(field: &str, value: &RawValue) -> Result<String, Receipt> {
    serde_json::from_str(value.get()).map_err(|_| Receipt::new(field, "a text", shown(value)))
}

fn shown(value: &RawValue) -> String {
    value.get().chars().take(80).collect()
}

/// An amount of coins: a number, or the text of one.
fn coins(field: &str, value: &RawValue) -> Result<Amount, Receipt> {
    let number = value.get();
    let amount = match number.bytes().next() {
        Some(b'"') => text(field, value)?.parse(),
        Some(b'-' | b'0'..=b'9') => exact(number),
        _ => return Err(Receipt::new(field, "a number of coins, such as 5 or 0.25", shown(value))),
    };
    amount.map_err(|error| Receipt { rule: field.to_owned(), ..error.receipt() })
}

/// The exact value of a JSON number, in whatever way it is written: `5`, `5.0`, `2.5e-1`.
fn exact(number: &str) -> Result<Amount, AmountError> {
    let found = || number.chars().take(40).collect::<String>();
    let (magnitude, is_negative) = number.strip_prefix('-').map_or((number, false), |rest| (rest, true));
    let (mantissa, exponent) = magnitude.split_once(['e', 'E']).unwrap_or((magnitude, "0"));
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{decimals}");
    let leading = digits.len() - digits.trim_start_matches('0').len();
    let digits = digits.trim_matches('0');
    if digits.is_empty() {
        return Ok(Amount::ZERO);
    }
    if is_negative {
        return Err(AmountError::Negative { found: found() });
    }
    // Where the point stands among the digits that count; an exponent past any sense is one that is too large.
    let exponent = exponent.parse::<i64>().unwrap_or(if exponent.starts_with('-') {
        -i64::from(u32::MAX)
    } else {
        i64::from(u32::MAX)
    });
    let point = exponent.saturating_add(whole.len() as i64).saturating_sub(leading as i64);
    if point > DIGITS_MAX {
        return Err(AmountError::TooLarge { found: found() });
    }
    let decimals = (digits.len() as i64).saturating_sub(point).max(0);
    if decimals > DECIMALS as i64 {
        let decimals = usize::try_from(decimals).unwrap_or(usize::MAX);
        return Err(AmountError::TooManyDecimals { found: found(), decimals });
    }
    // The value in units, as an integer.
    let zeros = (point + DECIMALS as i64 - digits.len() as i64).max(0) as usize;
    let units = format!("{digits}{}", "0".repeat(zeros)).parse();
    units.map(Amount::from_units).map_err(|_| AmountError::TooLarge { found: found() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Body;

    fn amount(number: &str) -> Result<u64, String> {
        let body = format!("{{\"sender\": \"a\", \"receiver\": \"b\", \"amount\": {number}}}");
        Order::read(&body).map(|order| order.amount.units()).map_err(|answer| {
            assert_eq!(answer.status, 400);
            let Body::Json(json) = answer.body else { panic!("a receipt") };
            let receipt: Receipt = serde_json::from_str(&json).expect("a receipt");
            assert_eq!(receipt.rule, "amount");
            receipt.expected
        })
    }

    #[test]
    fn an_amount_is_what_was_written_to_the_last_digit() {
        for (number, units) in [
            ("5", 5_000_000),
            ("5.0", 5_000_000),
            ("0.25", 250_000),
            ("\"5\"", 5_000_000),
            ("\" 0.1 \"", 100_000),
            ("1e3", 1_000_000_000),
            ("1E+2", 100_000_000),
            ("2.5e-1", 250_000),
            ("1e-06", 1),
            ("0.000001", 1),
            ("100e-8", 1),
            ("0.1", 100_000),
            ("0.300000", 300_000),
            ("0.30000000000000", 300_000),
            ("18446744073709.551615", u64::MAX),
            ("0", 0),
            ("0.0e99999999999999999999", 0),
            ("-0.0", 0),
        ] {
            assert_eq!(amount(number), Ok(units), "{number}");
        }
    }

    proptest::proptest! {
        #[test]
        fn an_amount_is_the_same_however_its_point_is_placed(units: u64, shift in 0_usize..20) {
            let amount = Amount::from_units(units);
            let zeros = "0".repeat(shift);
            for number in [
                amount.to_string(),
                format!("{units}{zeros}e-{}", shift + DECIMALS),
                format!("0.{units:020}E+{}", 20 - DECIMALS),
                format!("0.{zeros}{units:020}e{}", 20 + shift - DECIMALS),
            ] {
                proptest::prop_assert_eq!(exact(&number), Ok(amount), "{}", number);
            }
        }

        #[test]
        fn no_body_is_more_than_refused(body: String, number in "-?[0-9]{0,30}(\\.[0-9]{0,30})?([eE][+-]?[0-9]{0,25})?") {
            for body in [body.clone(), format!("{{\"sender\":\"a\",\"receiver\":\"b\",\"amount\":{number}}}"), format!("{{\"nodes\":[\"{body}\"]}}")] {
                let statuses = [Order::read(&body).err(), read_nodes(&body).err()].map(|answer| answer.map(|answer| answer.status));
                proptest::prop_assert!(statuses.iter().flatten().all(|status| *status == 400));
            }
        }
    }

    #[test]
    fn an_amount_that_is_none_is_refused_with_what_was_expected() {
        let six = "at most 6 decimals";
        let most = "at most 18446744073709.551615 coins";
        let number = "a number of coins, such as 5 or 0.25";
        for (found, expected) in [
            ("0.1234567", six),
            ("0.30000000000000004", six),
            ("1e-7", six),
            ("1e-99999999999999999999", six),
            ("18446744073709.551616", most),
            ("1e20", most),
            ("1e99999999999999999999", most),
            ("-5", "an amount that is not below zero"),
            ("\"-5\"", "an amount that is not below zero"),
            ("\"five\"", "an amount in coins, such as 4 or 0.1"),
            ("\"\"", "an amount in coins, such as 4 or 0.1"),
            ("null", number),
            ("true", number),
            ("[5]", number),
        ] {
            assert_eq!(amount(found), Err(expected.to_owned()), "{found}");
        }
    }

    #[test]
    fn a_missing_key_is_told_in_the_tutorials_words_and_another_body_by_receipt() {
        let missing = Answer::text(400, "elements of transaction missing");
        for body in ["{}", "{\"sender\": \"a\", \"receiver\": \"b\"}", "{\"amount\": 5, \"sender\": \"a\", \"fee\": 1}"]
        {
            assert_eq!(Order::read(body), Err(missing.clone()), "{body}");
        }
        for (body, of) in [
            ("{\"sender\": \"a\", \"receiver\": \"b\", \"amout\": 5}", "amount, and found \"amout\""),
            ("{\"to\": \"a\", \"x\": 1, \"amount\": 5}", "sender, receiver, and found \"to\""),
        ] {
            let text = format!("elements of transaction missing: {of}");
            assert_eq!(Order::read(body), Err(Answer::text(400, text)), "{body}");
        }
        let more = "{\"sender\": \"a\", \"receiver\": \"b\", \"amount\": 5, \"time\": 1}";
        assert!(Order::read(more).is_ok(), "another key beside them is nobody's");
        let twice = "{\"sender\": \"a\", \"receiver\": \"b\", \"amount\": 5, \"amount\": 6}";
        assert!(matches!(Order::read(twice).expect_err("twice").body, Body::Json(json) if json.contains("amount")));
        for body in ["", "[]", "5", "{\"sender\":", "\"text\"", "{\"sender\": 1, \"receiver\": \"b\", \"amount\": 5}"] {
            let answer = Order::read(body).expect_err(body);
            assert!(answer.status == 400 && matches!(answer.body, Body::Json(_)), "{body}");
        }
    }

    #[test]
    fn a_byte_order_mark_before_a_body_is_no_part_of_it() {
        assert_eq!(
            Order::read("\u{feff}{\"sender\":\"a\",\"receiver\":\"b\",\"amount\":5}").map(|order| order.amount.units()),
            Ok(5_000_000)
        );
        assert_eq!(read_nodes("\u{feff}{\"nodes\": []}"), Ok(vec![]));
    }

    #[test]
    fn a_fee_and_a_memo_may_come_beside() {
        let body = "{\"sender\":\"a\",\"receiver\":\"b\",\"amount\":5,\"fee\":0.1,\"memo\":\"tea\"}";
        let order = Order::read(body).expect("in order");
        assert_eq!((order.fee, order.memo.as_str()), (Amount::from_units(100_000), "tea"));
        let body = "{\"sender\":\"a\",\"receiver\":\"b\",\"amount\":5,\"fee\":\"much\"}";
        assert!(matches!(Order::read(body).expect_err("a fee").body, Body::Json(json) if json.contains("\"fee\"")));
    }

    #[test]
    fn nodes_are_read_from_their_urls() {
        let nodes = |body: &str| {
            read_nodes(body).map(|nodes| nodes.iter().map(|node| node.as_str().to_owned()).collect::<Vec<_>>())
        };
        let urls = "{\"nodes\": [\"http://127.0.0.1:5002\", \"http://127.0.0.1:5003/ignored\"]}";
        assert_eq!(nodes(urls), Ok(vec!["127.0.0.1:5002".to_owned(), "127.0.0.1:5003".to_owned()]));
        assert_eq!(nodes("{\"nodes\": []}"), Ok(vec![]));
        for body in ["{}", "{\"nodes\": null}", "{\"node\": []}"] {
            assert_eq!(nodes(body), Err(Answer::text(400, "no node")), "{body}");
        }
        let many = format!("{{\"nodes\": [{}]}}", vec!["\"http://a\""; NODES_PER_REQUEST_MAX + 1].join(","));
        for body in ["[]", "{\"nodes\": \"http://a\"}", "{\"nodes\": [1]}", "{\"nodes\": [\"http://\"]}", &many] {
            assert!(matches!(nodes(body).expect_err(body).body, Body::Json(_)), "{body}");
        }
    }
}
