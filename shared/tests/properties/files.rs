//! Chains as files: what was exported is read back, and a file with any one byte changed is refused.

use std::sync::LazyLock;

use proptest::prelude::*;
use shared::export::{ChainFile, Format, chunks, read_bytes};
use shared::testing::ChainBuilder;
use shared::{Amount, Block, BlockHash, CompactTarget, Params};

use crate::fixtures::{empty, late};
use crate::wire;

/// So hard that a byte changed in the last header is a proof once in 2¹⁸ times, and so easy that three blocks are found.
const HARD: CompactTarget = CompactTarget::from_bits(0x1e3f_ffff);

static PARAMS: LazyLock<Params> = LazyLock::new(|| Params { target_limit: HARD, ..shared::testing::easy_params() });

/// A chain with a payment, and its file.
static FILE: LazyLock<(Vec<u8>, BlockHash)> = LazyLock::new(|| {
    let mut builder = ChainBuilder::new(PARAMS.clone());
    builder.mine(1, &[]);
    let pay = builder.pay(1, 2, Amount::from_coins(4), Amount::from_units(100_000));
    builder.mine(1, &[pay]);
    builder.mine(2, &[]);
    let blocks = std::iter::once(PARAMS.genesis()).chain(builder.blocks().iter().cloned());
    (file(&PARAMS, blocks), builder.tip().hash())
});

fn file(params: &Params, blocks: impl Iterator<Item = Block>) -> Vec<u8> {
    chunks(Format::Bytes, params, blocks).collect::<Vec<_>>().concat()
}

/// The tip of a file's chain, if all of it is this network's and valid.
fn tip_of(file: &[u8]) -> Option<BlockHash> {
    let (params, blocks) = read_bytes(file).ok()?;
    if params.network() != PARAMS.network() {
        return None;
    }
    let mut chain = empty(&PARAMS);
    let mut blocks = blocks.into_iter();
    if blocks.next()? != PARAMS.genesis() {
        return None;
    }
    for block in blocks {
        chain.insert_block(block, late(), &|_| false).ok()?;
    }
    Some(chain.tip().hash)
}

proptest! {
    #![proptest_config(crate::config())]

    #[test]
    fn a_valid_chain_with_any_one_byte_changed_is_refused(at: prop::sample::Index, flip in 1..=255_u8) {
        let (file, tip) = &*FILE;
        let mut changed = file.clone();
        changed[at.index(file.len())] ^= flip;
        prop_assert_eq!(tip_of(&changed), None);
        // So that the property cannot hold for want of a valid chain.
        if flip == 1 {
            prop_assert_eq!(tip_of(file), Some(*tip));
        }
    }

    #[test]
    fn what_was_exported_is_read_back(params in wire::params(), blocks in prop::collection::vec(wire::blocks(), 0..4)) {
        let bytes = file(&params, blocks.iter().cloned());
        prop_assert_eq!(read_bytes(&bytes), Ok((params, blocks)));
    }

    #[test]
    fn either_format_is_read_back_block_by_block(blocks in prop::collection::vec(wire::blocks(), 0..4)) {
        for format in [Format::Json, Format::Bytes] {
            let bytes = chunks(format, &PARAMS, blocks.iter().cloned()).collect::<Vec<_>>().concat();
            let mut file = ChainFile::open(bytes).expect("a chain");
            for block in &blocks {
                prop_assert_eq!(file.next_block(), Ok(Some(block.clone())));
            }
            prop_assert_eq!(file.next_block(), Ok(None));
        }
    }

    #[test]
    fn a_file_cut_short_holds_fewer_blocks_or_is_refused(blocks in prop::collection::vec(wire::blocks(), 0..4), at: prop::sample::Index) {
        let bytes = file(&PARAMS, blocks.iter().cloned());
        if let Ok((params, read)) = read_bytes(&bytes[..at.index(bytes.len())]) {
            prop_assert_eq!(&params, &*PARAMS);
            prop_assert!(read.len() < blocks.len() && blocks.starts_with(&read));
        }
    }

    #[test]
    fn an_exported_chain_is_json_that_any_reader_takes(params in wire::params(), blocks in prop::collection::vec(wire::blocks(), 0..3)) {
        let text = chunks(Format::Json, &params, blocks.iter().cloned()).collect::<Vec<_>>().concat();
        let json: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        prop_assert_eq!(serde_json::from_value::<Params>(json["params"].clone()).expect("as it was written"), params);
        let hashes: Vec<String> = blocks.iter().map(|block| block.hash().to_string()).collect();
        let written = json["blocks"].as_array().expect("a list");
        prop_assert_eq!(written.iter().map(|block| block["hash"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>(), hashes);
    }
}
