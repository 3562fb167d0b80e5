//! Files that are no exported chain, or say more than one thing.

use serde_json::{Value, json};
use shared::export::{Format, ImportError, MAGIC, read_bytes};
use shared::testing::{ChainBuilder, payment};
use shared::{Amount, Block, Params, Refusal, encode, sha256};

use crate::tool::{CHECKER, all_blocks, check_file, export, python, verify};

fn short_chain() -> ChainBuilder {
    let mut builder = ChainBuilder::easy();
    builder.mine(1, &[]);
    builder.mine(1, &[]);
    let payment = payment(builder.network(), 1, 2, Amount::from_coins(4), Amount::from_units(100_000), 0);
    builder.mine(2, &[payment]);
    builder
}

#[test]
fn an_amount_is_read_as_a_number_or_as_its_text() {
    let builder = short_chain();
    let mut file: Value =
        serde_json::from_slice(&export(Format::Json, builder.params(), &all_blocks(&builder))).expect("JSON");
    for field in ["amount", "fee"] {
        let amount = &mut file["blocks"][3]["transactions"][1][field];
        *amount = amount.to_string().into();
    }
    let (status, verdict) = check_file(file.to_string().as_bytes(), &[]);
    assert_eq!(status, 0, "{verdict}");
}

fn assert_file_refused(what: &str, file: &[u8], rule: &str) {
    let (status, verdict) = check_file(file, &[]);
    assert_eq!((status, &verdict["rule"]), (1, &rule.into()), "{what}: {verdict}");
}

#[test]
fn json_that_contradicts_itself_or_the_format_is_refused_by_name() {
    let builder = short_chain();
    let file: Value =
        serde_json::from_slice(&export(Format::Json, builder.params(), &all_blocks(&builder))).expect("JSON");
    let zero_hash = Value::from("0".repeat(64));
    let another_address = shared::testing::address(77).encode(&builder.params().address_prefix);
    let other_prefix = shared::testing::address(2).encode(&shared::AddressPrefix::new("lesson").expect("letters"));
    let payment = "/blocks/3/transactions/1";
    let at = |path: &str, field: &str| format!("{path}/{field}");
    let changes: Vec<(String, Value, &str)> = vec![
        ("/format".into(), "tabcoin chain 2".into(), "file"),
        ("/network".into(), zero_hash.clone(), "network"),
        ("/params/reward".into(), 1_000_000_001.into(), "reward"),
        ("/params/interval_ms".into(), 99.into(), "interval"),
        ("/params/half_life_ms".into(), 119_999.into(), "half-life"),
        ("/params/target_limit".into(), 0x1d00_00ff.into(), "target encoding"),
        ("/params/target_limit".into(), 0x1d80_0001.into(), "target encoding"),
        ("/params/target_limit".into(), 0x2101_0000.into(), "target encoding"),
        ("/params/target_limit".into(), 0.into(), "target encoding"),
        ("/params/room".into(), "Main".into(), "room name"),
        ("/params/room".into(), "main\n".into(), "room name"),
        ("/params/address_prefix".into(), "tab1".into(), "address"),
        ("/params/genesis_time".into(), json!(1.5), "file"),
        ("/params/genesis_time".into(), json!(true), "file"),
        ("/blocks".into(), json!([]), "genesis"),
        ("/blocks".into(), json!({}), "file"),
        ("/blocks/2/hash".into(), zero_hash.clone(), "hash"),
        ("/blocks/2/proof".into(), json!("007"), "file"),
        ("/blocks/2/proof".into(), (1u128 << 127).to_string().replace('1', "9").into(), "file"),
        ("/blocks/2/extra_nonce".into(), "00".into(), "file"),
        ("/blocks/2/height".into(), json!(-1), "file"),
        (at(payment, "type"), "gift".into(), "file"),
        (at(payment, "id"), zero_hash.clone(), "id"),
        (at(payment, "sender_address"), another_address.clone().into(), "sender address"),
        (at(payment, "receiver"), other_prefix.into(), "address"),
        (at(payment, "receiver"), another_address.replace('q', "p").into(), "address"),
        (at(payment, "receiver"), another_address.to_uppercase().into(), "address"),
        (at(payment, "receiver"), another_address.into(), "id"),
        (at(payment, "memo"), "x".repeat(65).into(), "memo"),
        (at(payment, "amount"), json!(1e3), "file"),
        (at(payment, "amount"), json!("18446744073709551616"), "file"),
        (at(payment, "amount"), json!("+4000000"), "file"),
        (at(payment, "amount"), json!("4e6"), "file"),
        (at(payment, "amount"), json!("4000001"), "id"),
        (at(payment, "sequence"), json!(u64::MAX as f64 * 2.0), "file"),
    ];
    for (path, value, rule) in changes {
        let mut changed = file.clone();
        *changed.pointer_mut(&path).unwrap_or_else(|| panic!("{path} is in the file")) = value.clone();
        assert_file_refused(&format!("{path} = {value}"), changed.to_string().as_bytes(), rule);
    }
    for (path, field) in [("", "extra"), ("/params", "note"), ("/blocks/1", "size"), (payment, "comment")] {
        let mut changed = file.clone();
        changed.pointer_mut(path).and_then(Value::as_object_mut).expect("an object").insert(field.into(), 1.into());
        assert_file_refused(field, changed.to_string().as_bytes(), "file");
    }
    for text in ["", "null", "[]", "{", "\"\\ud800\"", "\u{feff}"] {
        assert_file_refused(text, text.as_bytes(), "file");
    }
    assert_file_refused("deep", "[".repeat(100_000).as_bytes(), "file");
}

/// The page's own example of a chain, with the proofs of work of `main`.
#[test]
fn the_example_of_the_specification_is_valid() {
    let page = include_str!("../../../docs/protocol.md");
    let (_, example) = page.split_once("```json golden export-json\n").expect("the page has the example");
    let (example, _) = example.split_once("```").expect("the example ends");
    let (status, verdict) = check_file(example.as_bytes(), &[]);
    assert_eq!((status, &verdict["height"], &verdict["supply"]), (0, &2.into(), &20_000_000.into()), "{verdict}");
    assert_eq!(verdict["network"], Params::main().network().to_string());
}

#[test]
fn another_networks_genesis_is_refused() {
    let builder = short_chain();
    let other = Params { genesis_time: builder.params().genesis_time.plus_ms(1), ..builder.params().clone() };
    let blocks = all_blocks(&builder);
    for (what, blocks) in [("its blocks", &blocks[..]), ("without a genesis", &blocks[1..])] {
        for format in [Format::Json, Format::Bytes] {
            assert_file_refused(
                what,
                &export(format, if what == "its blocks" { &other } else { builder.params() }, blocks),
                "genesis",
            );
        }
    }
}

/// What this crate says of a file of bytes: nothing, or the rule that is broken.
fn rule_of(file: &[u8]) -> Option<String> {
    match read_bytes(file) {
        Ok((params, blocks)) if blocks.is_empty() => {
            Some(if params.check().is_ok() { "genesis" } else { "params" }.into())
        }
        Ok((params, blocks)) => verify(&params, &blocks).err().map(|(_, receipt)| receipt.rule),
        Err(ImportError::Decode(error)) => Some(error.receipt().rule),
        Err(ImportError::TooLong { .. }) => Some("block size".into()),
        Err(ImportError::Truncated { .. }) => Some("encoding".into()),
        Err(ImportError::Magic) => Some("file".into()),
    }
}

fn assert_same_verdict(what: &str, file: &[u8]) {
    let (status, verdict) = check_file(file, &[]);
    let found = verdict["rule"].as_str().map(str::to_owned);
    assert_eq!(found, rule_of(file), "{what}: {verdict}");
    assert_eq!(status, i32::from(found.is_some()), "{what}");
}

#[test]
fn bytes_cut_anywhere_are_judged_alike() {
    let builder = short_chain();
    let blocks = all_blocks(&builder);
    let file = export(Format::Bytes, builder.params(), &blocks);
    let frames = [encode(builder.params()).len(), encode(&blocks[0]).len(), encode(&blocks[1]).len()];
    let ends = frames.iter().scan(MAGIC.len(), |end, len| {
        *end += 4 + len;
        Some(*end)
    });
    for end in ends {
        for cut in [end - 1, end, end + 3, end + 4] {
            assert_same_verdict(&format!("cut at {cut}"), &file[..cut]);
        }
    }
}

#[test]
fn a_byte_changed_anywhere_is_judged_alike() {
    let builder = short_chain();
    let file = export(Format::Bytes, builder.params(), &all_blocks(&builder));
    // The last block, whose transactions have the most ways to be wrong, gets half of the changes.
    let last = file.len() - encode(builder.tip()).len();
    for round in 0u64..80 {
        let random = sha256(&[b"changed byte", &round.to_le_bytes()]);
        let number = u64::from_le_bytes(random[..8].try_into().expect("eight bytes")) as usize;
        let from = if round % 2 == 0 { 0 } else { last + 116 };
        let at = from + number % (file.len() - from);
        let mut changed = file.clone();
        changed[at] ^= 1 << (random[8] % 8);
        assert_same_verdict(&format!("round {round}, byte {at}"), &changed);
    }
}

/// A valid last block whose encoding, and nothing else, is changed.
#[test]
fn bytes_that_are_not_canonical_are_an_encoding_fault_to_both() {
    let builder = short_chain();
    let blocks = all_blocks(&builder);
    let (last, before) = blocks.split_last().expect("four blocks");
    let file_with = |bytes: &[u8]| {
        let frame = [&(bytes.len() as u32).to_le_bytes()[..], bytes].concat();
        [export(Format::Bytes, builder.params(), before), frame].concat()
    };
    let bytes = encode::<Block>(last);
    let payment_at = 116 + 4 + 37;
    let memo_at = payment_at + 1 + 32 + 32 + 20 + 24;
    let mut longer_memo = bytes.clone();
    longer_memo[memo_at..][..4].copy_from_slice(&65u32.to_le_bytes());
    longer_memo.splice(memo_at + 4..memo_at + 4, [b'x'; 65]);
    let mut no_utf_8 = bytes.clone();
    no_utf_8[memo_at] = 3;
    no_utf_8.splice(memo_at + 4..memo_at + 4, [0xed, 0xa0, 0x80]);
    let mut tag = bytes.clone();
    tag[payment_at] = 2;
    let mut count = bytes.clone();
    count[116..120].copy_from_slice(&u32::MAX.to_le_bytes());
    let trailing = [&bytes[..], &[0]].concat();
    assert_same_verdict("as it is", &file_with(&bytes));
    for (what, bytes) in [
        ("a memo of 65", longer_memo),
        ("a surrogate", no_utf_8),
        ("tag 2", tag),
        ("a large count", count),
        ("a byte more", trailing),
    ] {
        assert_eq!(rule_of(&file_with(&bytes)).as_deref(), Some("encoding"), "{what}");
        assert_same_verdict(what, &file_with(&bytes));
    }
}

#[test]
fn bad_usage_exits_2_and_help_teaches() {
    let script = format!("{CHECKER}/check_chain.py");
    for arguments in [&[][..], &["no-such-file"], &["-", "--top", "-1"], &["-", "--top", "many"], &["-", "--fast"]] {
        let output = python(&[&[&*script], arguments].concat(), b"");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("Traceback"), "{arguments:?}");
    }
    let help = python(&[&*script, "--help"], b"");
    let text = String::from_utf8_lossy(&help.stdout);
    assert_eq!(help.status.code(), Some(0));
    for word in ["--json", "--top", "--exact", "exit status", "examples"] {
        assert!(text.contains(word), "{word}");
    }
}

#[test]
fn people_read_the_same_outcome_as_text() {
    let builder = short_chain();
    let mut blocks = all_blocks(&builder);
    let script = format!("{CHECKER}/check_chain.py");
    let run =
        |blocks: &[Block]| python(&[&*script, "-", "--top", "1"], &export(Format::Bytes, builder.params(), blocks));
    let valid = String::from_utf8(run(&blocks).stdout).expect("UTF-8");
    for line in [
        "valid: every rule holds from the genesis to height 3",
        &format!("  tip       {}", builder.tip().hash()),
        "  supply    30 coins",
        &format!("  richest   {}  15.9", shared::testing::address(1).encode(&builder.params().address_prefix)),
    ] {
        assert!(valid.lines().any(|found| found == line), "{line:?} in {valid}");
    }
    blocks[3].header.version = 9;
    let broken = String::from_utf8(run(&blocks).stdout).expect("UTF-8");
    let lines = ["not valid: the block at height 3", "  rule      header version", "  expected  1", "  found     9"];
    assert_eq!(broken.lines().collect::<Vec<_>>(), lines);
}
