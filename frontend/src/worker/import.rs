//! A chain taken in from a file that the owner picked, a step at a turn: decoded, verified like a peer's blocks, and
//! adopted where it has the most work.

use shared::export::ChainFile;
use shared::protocol::Node;
use shared::state::Tip;
use shared::{Receipt, Refusal, Timestamp};

use crate::node::view::ImportedView;

/// A file that is being taken in.
#[derive(Debug)]
pub struct Import {
    file: ChainFile,
    seen: usize,
    taken: usize,
    tip: Option<Tip>,
}

impl Import {
    /// Opens a file.
    ///
    /// # Errors
    /// When it is no exported chain, or one of another network.
    pub fn open(bytes: Vec<u8>, node: &Node) -> Result<Self, Receipt> {
        let file = ChainFile::open(bytes).map_err(|error| error.receipt())?;
        node.check_import(file.params()).map_err(|error| error.receipt())?;
        Ok(Self { file, seen: 0, taken: 0, tip: None })
    }

    /// How much of the file was read, in per cent.
    pub fn percent(&self) -> u8 {
        self.file.percent()
    }

    /// Takes the next blocks; what came of it all once there is nothing more to take.
    pub fn step(&mut self, node: &mut Node, now: Timestamp) -> Option<ImportedView> {
        let mut unread = None;
        let mut blocks = std::iter::from_fn(|| {
            self.file.next_block().unwrap_or_else(|error| {
                unread = Some(error.receipt());
                None
            })
        });
        let refused = match node.import(&mut blocks, now) {
            Ok(imported) => {
                self.seen += imported.seen;
                self.taken += imported.taken;
                self.tip = imported.tip.or(self.tip);
                if imported.seen > 0 && unread.is_none() {
                    return None;
                }
                unread
            }
            Err(error) => Some(error.receipt()),
        };
        let tip = self.tip.unwrap_or_else(|| node.chain().tip());
        Some(ImportedView {
            blocks: self.seen as u64,
            taken: self.taken as u64,
            height: tip.height.as_u64(),
            is_adopted: node.chain().is_active(&tip.hash),
            refused,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::fixture::Fixture;
    use shared::Block;
    use shared::export::{self, Format};
    use shared::testing::ChainBuilder;

    fn chain(miner: u64, blocks: usize) -> ChainBuilder {
        let mut builder = ChainBuilder::easy();
        builder.mine_many(miner, blocks);
        builder
    }

    fn file(blocks: &[Block], format: Format) -> Vec<u8> {
        let builder = ChainBuilder::easy();
        export::chunks(format, builder.params(), blocks.iter().cloned()).flatten().collect()
    }

    fn import(fixture: &mut Fixture, bytes: Vec<u8>) -> Result<ImportedView, Receipt> {
        let mut import = Import::open(bytes, &fixture.node)?;
        fixture.now = fixture.now.plus_ms(3_600_000);
        let mut last = 0;
        loop {
            if let Some(view) = import.step(&mut fixture.node, fixture.now) {
                return Ok(view);
            }
            assert!(import.percent() >= last, "progress never goes back");
            last = import.percent();
        }
    }

    #[test]
    fn a_chain_of_more_work_is_adopted_whatever_its_format() {
        let builder = chain(1, 100);
        for format in [Format::Json, Format::Bytes] {
            let mut fixture = Fixture::new(9);
            let view = import(&mut fixture, file(builder.blocks(), format)).expect("an exported chain");
            let expect = ImportedView { blocks: 100, taken: 100, height: 100, is_adopted: true, refused: None };
            assert_eq!(view, expect);
            assert_eq!(fixture.node.chain().tip().hash, builder.tip().hash());
            let again = import(&mut fixture, file(builder.blocks(), format)).expect("an exported chain");
            assert_eq!((again.taken, again.is_adopted), (0, true));
        }
    }

    #[test]
    fn a_branch_of_less_work_is_kept_and_not_adopted() {
        let mut fixture = Fixture::new(9);
        fixture.restore(chain(1, 5).blocks());
        let view = import(&mut fixture, file(chain(2, 3).blocks(), Format::Json)).expect("an exported chain");
        assert_eq!((view.taken, view.height, view.is_adopted), (3, 3, false));
        assert_eq!(fixture.node.chain().tip().height.as_u64(), 5);
    }

    #[test]
    fn the_first_bad_block_ends_it_with_its_receipt_and_those_before_it_stay() {
        let mut blocks = chain(1, 6).blocks().to_vec();
        blocks[3].header.proof.0 ^= 1;
        let mut fixture = Fixture::new(9);
        let view = import(&mut fixture, file(&blocks, Format::Bytes)).expect("an exported chain");
        let receipt = view.refused.expect("a bad block");
        assert!(receipt.to_string().contains("in block #4"), "{receipt}");
        assert_eq!(fixture.node.chain().tip().height.as_u64(), 3);
        let cut = file(chain(1, 6).blocks(), Format::Bytes);
        let view = import(&mut Fixture::new(9), cut[..cut.len() - 1].to_vec()).expect("its head is whole");
        assert!(view.refused.is_some());
    }

    #[test]
    fn what_is_no_chain_of_this_network_is_refused_at_once() {
        let mut fixture = Fixture::new(9);
        for bytes in [&b""[..], b"{}", b"hello"] {
            assert!(import(&mut fixture, bytes.to_vec()).is_err());
        }
        let params = shared::Params::main();
        let genesis = params.genesis();
        let other: Vec<u8> = export::chunks(Format::Json, &params, std::iter::once(genesis)).flatten().collect();
        assert_eq!(import(&mut fixture, other).expect_err("another network").rule, "network");
    }
}
