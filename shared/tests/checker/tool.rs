//! Runs the checker, and says what this crate says of the same chain.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use shared::export::{Format, chunks};
use shared::state::{Chain, MemoryBodies};
use shared::testing::ChainBuilder;
use shared::{Block, Params, Receipt, Refusal, Timestamp};

pub(crate) const CHECKER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tools/checker");
const HOW_TO_GET_PYTHON: &str = "this test needs Python 3.9 or later with the package of tools/checker/requirements.txt: \
     run `cargo xtask test`, which sets both up, or name such a Python in TABCOIN_PYTHON";

/// Runs Python with these arguments and this standard input.
pub(crate) fn python(arguments: &[&str], input: &[u8]) -> Output {
    let python = std::env::var_os("TABCOIN_PYTHON").unwrap_or_else(|| "python3".into());
    let mut command = Command::new(&python);
    command.arg("-B").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child =
        command.spawn().unwrap_or_else(|error| panic!("cannot run {python:?}: {error}; {HOW_TO_GET_PYTHON}"));
    // The checker may stop before it has read everything; what it says then is what counts.
    let _ = child.stdin.take().expect("it is piped").write_all(input);
    let output = child.wait_with_output().expect("a child can be waited for");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!errors.contains("PyNaCl is not installed"), "{python:?} lacks PyNaCl; {HOW_TO_GET_PYTHON}");
    output
}

/// Runs the checker over a file; its status and what it prints as JSON.
pub(crate) fn check_file(file: &[u8], options: &[&str]) -> (i32, Value) {
    let script = format!("{CHECKER}/check_chain.py");
    let output = python(&[&[&*script, "-", "--json"], options].concat(), file);
    let printed = serde_json::from_slice(&output.stdout);
    let printed = printed.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().expect("it was not killed"), printed)
}

pub(crate) fn export(format: Format, params: &Params, blocks: &[Block]) -> Vec<u8> {
    chunks(format, params, blocks.iter().cloned()).collect::<Vec<_>>().concat()
}

/// What this crate says of an exported chain: the chain, or the height and the rule that is broken.
pub(crate) fn verify(params: &Params, blocks: &[Block]) -> Result<Chain, (Option<u64>, Receipt)> {
    params.check().map_err(|error| (None, error.receipt()))?;
    let (genesis, rest) = blocks.split_first().expect("these tests export no chain without a genesis");
    if *genesis != params.genesis() {
        return Err((Some(0), Receipt::new("genesis", "", "")));
    }
    let mut chain = Chain::new(params.clone(), Box::new(MemoryBodies::default()));
    for (at, block) in rest.iter().enumerate() {
        let inserted = chain.insert_block(block.clone(), Timestamp::from_ms(u64::MAX), &|_| false);
        inserted.map_err(|error| (Some(at as u64 + 1), error.receipt()))?;
        assert_eq!(chain.tip().hash, block.hash(), "an exported chain is one branch");
    }
    Ok(chain)
}

/// A chain that both must find valid, and in the same state.
pub(crate) fn assert_valid(params: &Params, blocks: &[Block], options: &[&str]) {
    let chain = verify(params, blocks).unwrap_or_else(|(height, receipt)| panic!("at {height:?}: {receipt}"));
    let tip = chain.tip();
    let mut richest: Vec<_> = chain.ledger().accounts().filter(|(_, account)| !account.balance.is_zero()).collect();
    richest.sort_by_key(|(address, account)| (std::cmp::Reverse(account.balance), **address));
    let richest: Vec<Value> = richest
        .into_iter()
        .take(5)
        .map(|(address, account)| {
            serde_json::json!({
                "address": address.encode(&params.address_prefix),
                "balance": account.balance,
                "next_sequence": account.next_sequence,
            })
        })
        .collect();
    let expected = serde_json::json!({
        "valid": true,
        "room": params.room,
        "network": params.network().to_string(),
        "tip": tip.hash.to_string(),
        "height": tip.height,
        "work": tip.work.to_string(),
        "supply": chain.ledger().supply(),
        "richest": richest,
    });
    for format in [Format::Json, Format::Bytes] {
        assert_eq!(check_file(&export(format, params, blocks), options), (0, expected.clone()), "{format:?}");
    }
}

/// A chain whose last block both must refuse by this rule.
pub(crate) fn assert_refused(what: &str, params: &Params, blocks: &[Block], rule: &str) {
    let height = blocks.len() as u64 - 1;
    let (at, receipt) = verify(params, blocks).expect_err(what);
    assert_eq!((at, receipt.rule.as_str()), (Some(height), rule), "{what}: {receipt}");
    for format in [Format::Json, Format::Bytes] {
        let (status, verdict) = check_file(&export(format, params, blocks), &[]);
        assert_eq!(
            (status, &verdict["rule"], &verdict["height"]),
            (1, &rule.into(), &height.into()),
            "{what}: {verdict}"
        );
    }
}

pub(crate) fn all_blocks(builder: &ChainBuilder) -> Vec<Block> {
    [&[builder.params().genesis()], builder.blocks()].concat()
}

pub(crate) fn assert_builder_is_valid(builder: &ChainBuilder) {
    assert_valid(builder.params(), &all_blocks(builder), &[]);
}
