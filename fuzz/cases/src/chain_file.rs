//! A chain that came as a file: read, and imported into a node, whose chain stays valid whatever comes.

use shared::export::{ChainFile, Format, chunks, read_bytes};
use shared::state::{Chain, MemoryBodies};
use shared::{Block, Height};

use crate::node::{member, stored_blocks};
use crate::world::{check_supply, late, trivial_params};

/// Reads a file and imports it.
pub fn run(input: &[u8]) {
    let read = read_blocks(input.to_vec());
    let Ok((params, blocks)) = read_bytes(input) else { return };
    let written = chunks(Format::Bytes, &params, blocks.iter().cloned()).collect::<Vec<_>>().concat();
    assert_eq!(written, input);
    if params.check().is_ok() {
        let json = chunks(Format::Json, &params, blocks.iter().cloned()).collect::<Vec<_>>().concat();
        assert_eq!(read.as_ref(), Some(&blocks));
        assert_eq!(read_blocks(json), read);
    }
    let mut node = member(1);
    assert_eq!(node.check_import(&params).is_ok(), params == trivial_params());
    let before = node.chain().tip();
    let mut iterator = blocks.into_iter();
    while node.import(&mut iterator, late()).is_ok_and(|imported| imported.seen > 0) {}
    let tip = node.chain().tip();
    assert!(tip.work >= before.work);
    check_supply(node.ledger(), tip.height.as_u64());
    // What was taken was stored, and a chain made of that alone is the same.
    let mut chain = Chain::new(trivial_params(), Box::new(MemoryBodies::default()));
    let stored: Vec<Block> = stored_blocks(&mut node);
    for block in stored {
        chain.restore(block).expect("a stored block is valid and its parent was stored before");
    }
    assert_eq!(chain.tip(), tip);
    assert_eq!(chain.hash_at(Height::ZERO), Some(chain.genesis_hash()));
}

/// The blocks of a file of either format.
fn read_blocks(file: Vec<u8>) -> Option<Vec<Block>> {
    let mut file = ChainFile::open(file).ok()?;
    let mut blocks = Vec::new();
    while let Some(block) = file.next_block().ok()? {
        blocks.push(block);
    }
    Some(blocks)
}
