//! Bodies that wait for one below them: up to a limit, and the branch is had all the same.

use super::stranger::Stranger;
use crate::protocol::Message;
use crate::values::{Block, BlockHash};

/// The bodies it was asked for since it was last asked this.
fn asked_for(stranger: &mut Stranger) -> Vec<BlockHash> {
    let hashes = |said| if let Message::GetBlocks(hashes) = said { hashes } else { Vec::new() };
    stranger.news().into_iter().flat_map(hashes).collect()
}

fn gauge(stranger: &Stranger) -> (usize, usize) {
    let gauges = stranger.network.hosts[0].node.gauges();
    let waiting = gauges.iter().find(|gauge| gauge.what == "bytes of bodies that wait for one below");
    waiting.map(|gauge| (gauge.kept, gauge.max)).expect("a gauge of this name")
}

#[test]
fn bodies_above_one_that_never_comes_are_kept_up_to_the_limit() {
    let mut stranger = Stranger::greeted();
    let mut builder = stranger.builder();
    builder.mine_many(3, 12);
    let blocks = builder.blocks().to_vec();
    let room = 3 * blocks[11].encoded_len();
    stranger.network.hosts[0].node.unstored.bytes_max = room;
    stranger.claim(builder.chain().tip());
    stranger.say(&Message::Headers { headers: blocks.iter().map(|block| block.header).collect(), more: false });
    assert_eq!(asked_for(&mut stranger).len(), 12);
    for block in &blocks[1..] {
        stranger.say(&Message::Blocks(vec![block.clone()]));
        assert!(gauge(&stranger).0 <= room, "{:?}", gauge(&stranger));
    }
    assert!(gauge(&stranger).0 > 0, "some wait");
    assert_eq!(asked_for(&mut stranger), [], "the rest is not asked for again as long as the first is missing");
    let find = |hash: &BlockHash| blocks.iter().find(|block| block.hash() == *hash).cloned().expect("one of them");
    stranger.say(&Message::Blocks(vec![blocks[0].clone()]));
    assert_eq!(gauge(&stranger), (0, room), "with it they are stored");
    let mut requests = 0;
    while stranger.network.tip(0) != builder.tip().hash() {
        let found: Vec<Block> = asked_for(&mut stranger).iter().map(find).collect();
        assert!(!found.is_empty(), "the relay gave up at {:?}", stranger.network.tip(0));
        stranger.say(&Message::Blocks(found));
        requests += 1;
    }
    assert_eq!(requests, 1, "in their order none has to wait");
    stranger.is_not_cut_off();
}
