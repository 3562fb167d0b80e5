//! What the core says of some bytes, in words: the same crate as a native library and as a wasm module, so that a fuzzer
//! can compare the relay's verdict with the tab's.
//!
//! Nothing is judged here. The first byte says what the rest is taken for; the words are the core's own: the value
//! written out again, or the receipt that refuses it.

#[cfg(target_arch = "wasm32")]
pub mod wasm;

use shared::classic::json;
use shared::export::read_bytes;
use shared::protocol::Message;
use shared::rules::{block, header, transaction};
use shared::state::{Chain, MemoryBodies};
use shared::testing::easy_params;
use shared::tutorial::{Netloc, read_nodes};
use shared::{
    Address, Amount, Block, CompactTarget, DecodeError, NodeName, Params, Refusal, SignedPayment, Target, Timestamp,
    sha256,
};

/// A time later than that of any chain made here.
const LATE: Timestamp = Timestamp::from_ms(1_900_000_000_000);

/// What the core says of some bytes.
pub fn words(bytes: &[u8]) -> String {
    let Some((kind, rest)) = bytes.split_first() else { return String::new() };
    match kind % 8 {
        0 => words_of(shared::decode::<Message>(rest).map(|message| shared::encode(&message))),
        1 => shared::decode::<Block>(rest).map_or_else(|error| error.receipt().to_string(), |block| of_block(&block)),
        2 => shared::decode::<SignedPayment>(rest)
            .map_or_else(|error| error.receipt().to_string(), |signed| of_payment(&signed)),
        3 => of_file(rest),
        4 => text(rest, |text| {
            json::parse(text).map(|value| json::dumps_sorted(&value)).map_err(|error| error.receipt())
        }),
        5 => text(rest, of_texts),
        6 => of_target(rest),
        _ => words_of(shared::decode::<Params>(rest).map(|params| shared::encode(&params))),
    }
}

/// A number for the words, which is easily handed out of a wasm module.
pub fn digest(bytes: &[u8]) -> u64 {
    let digest = sha256(&[words(bytes).as_bytes()]);
    u64::from_le_bytes(digest[..8].try_into().expect("a digest has more than 8 bytes"))
}

/// The encoding of what was decoded, in hex, or the receipt.
fn words_of(encoded: Result<Vec<u8>, DecodeError>) -> String {
    encoded.map_or_else(|error| error.receipt().to_string(), hex::encode)
}

fn text(bytes: &[u8], words: impl FnOnce(&str) -> Result<String, shared::Receipt>) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => words(text).unwrap_or_else(|receipt| receipt.to_string()),
        Err(error) => error.to_string(),
    }
}

fn of_block(found: &Block) -> String {
    let params = easy_params();
    let target = Target::from_compact(found.header.target).map_err(|error| error.receipt());
    let work = target.map(|target| header::check_work(found.hash(), target).map_err(|error| error.receipt()));
    let form = block::check_root(found).and_then(|()| block::check_form(found, &params, params.network()));
    let signatures = block::check_signatures(found, &|_| false);
    format!("{} {} {work:?} {form:?} {signatures:?}", found.hash(), found.root())
}

fn of_payment(signed: &SignedPayment) -> String {
    let form = transaction::check_form(signed, easy_params().network());
    let single = transaction::check_signature(signed);
    let batch = transaction::are_signed([signed]);
    format!("{} {form:?} {single:?} {batch}", signed.id())
}

/// Reads a file and takes its blocks into a chain.
fn of_file(file: &[u8]) -> String {
    let (params, blocks) = match read_bytes(file) {
        Ok(read) => read,
        Err(error) => return error.to_string(),
    };
    if let Err(error) = params.check() {
        return error.receipt().to_string();
    }
    let mut chain = Chain::new(params, Box::new(MemoryBodies::default()));
    let mut words = String::new();
    for block in blocks {
        let verdict = chain.insert_block(block, LATE, &|_| false);
        words += &verdict.map_or_else(|error| error.receipt().to_string(), |outcome| format!("{}", outcome.is_new));
    }
    let tip = chain.tip();
    format!("{words} {} {} {} {}", tip.hash, tip.height, tip.work, chain.ledger().supply())
}

fn of_texts(text: &str) -> Result<String, shared::Receipt> {
    let amount = text.parse::<Amount>();
    let address = Address::decode(text, &easy_params().address_prefix);
    let (name, place, nodes) = (NodeName::new(text), Netloc::parse(text), read_nodes(text));
    Ok(format!("{amount:?} {address:?} {name:?} {place:?} {nodes:?}"))
}

/// The next target after one of these bits, after so long.
fn of_target(bytes: &[u8]) -> String {
    let Some((bits, rest)) = bytes.split_first_chunk::<4>() else { return String::new() };
    let solve_ms = rest.first_chunk::<8>().map_or(0, |bytes| i64::from_le_bytes(*bytes));
    match Target::from_compact(CompactTarget::from_bits(u32::from_le_bytes(*bits))) {
        Ok(target) => {
            let params = easy_params();
            let next = Target::next(target.min(params.target_limit()), solve_ms, &params);
            format!("{} {} {next} {}", target.to_compact(), target.work(), next.to_compact())
        }
        Err(error) => error.receipt().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_the_cores_own() {
        assert_eq!(words(&[0, 2, 9, 0, 0, 0, 0, 0, 0, 0]), "020900000000000000", "a ping");
        assert!(words(&[0, 200]).starts_with("encoding: expected the canonical encoding of Message"));
        assert_eq!(words(b"\x04{\"b\": 1.50, \"a\": \"\xc3\xa9\"}"), "{\"a\": \"\\u00e9\", \"b\": 1.5}");
        assert_ne!(digest(&[0, 10]), digest(&[0, 11]));
    }
}
