//! Headers of little work: nothing of them is kept, and a chain that left ours long ago is had all the same.

use std::collections::BTreeMap;

use super::network::Network;
use super::stranger::Stranger;
use crate::protocol::Message;
use crate::protocol::limits::{
    HEADERS_MAX, IN_FLIGHT_MAX, LOW_WORK_BLOCKS_MAX, ORPHANS_MAX, PRESYNC_MARK_SPAN, RESYNC_MS,
};
use crate::state::Tip;
use crate::testing::ChainBuilder;
use crate::values::{Block, BlockHash, CompactTarget, Header, Params, Work};

/// One attempt makes a header of the least work.
fn cheap_params() -> Params {
    Params {
        target_limit: CompactTarget::from_bits(0x2100_ffff),
        interval_ms: 1_000,
        half_life_ms: 10_000,
        ..crate::testing::easy_params()
    }
}

/// A chain of few blocks, made so fast that they are worth many slow ones.
fn worthy(blocks: usize) -> ChainBuilder {
    worthy_of(1, blocks)
}

/// The same of another miner.
fn worthy_of(miner: u64, blocks: usize) -> ChainBuilder {
    let mut builder = ChainBuilder::new(cheap_params());
    builder.set_interval_ms(1);
    builder.mine_many(miner, blocks);
    builder
}

/// A chain of so many blocks of the least work.
fn cheap(blocks: usize) -> ChainBuilder {
    let mut builder = ChainBuilder::new(cheap_params()).fork_at(0);
    builder.mine_many(2, blocks);
    builder
}

/// A stranger at a relay that has this chain.
fn stranger_at(chain: &ChainBuilder) -> Stranger {
    let mut network = Network::of_tabs_with(cheap_params(), 1, true);
    let mut blocks = chain.blocks().iter().cloned();
    while network.with(0, |node, now| node.import(&mut blocks, now)).expect("a valid chain").seen > 0 {}
    network.run(1_000);
    Stranger::at(network, 0).greets()
}

fn beside(stranger: &Stranger) -> usize {
    stranger.network.hosts[0].node.chain().beside()
}

/// What the stranger was asked for last: the locator of headers.
fn asked(stranger: &mut Stranger) -> Option<Vec<BlockHash>> {
    stranger.news().into_iter().rev().find_map(|message| match message {
        Message::GetHeaders { locator, .. } => Some(locator),
        _ => None,
    })
}

/// Answers what it is asked as an honest node with these headers would, until it is asked no more. Says how many
/// headers it sent.
fn answer_all(stranger: &mut Stranger, chain: &[Header]) -> usize {
    let places: BTreeMap<BlockHash, usize> = chain.iter().map(Header::hash).zip(1..).collect();
    let mut sent = 0;
    while let Some(locator) = asked(stranger) {
        let from = locator.iter().find_map(|hash| places.get(hash)).copied().unwrap_or(0);
        let end = chain.len().min(from + HEADERS_MAX);
        sent += end - from;
        let headers = chain[from..end].to_vec();
        stranger.say(&Message::Headers { headers, more: end < chain.len() });
    }
    sent
}

/// Sends the bodies that it is asked for after so many, until it is asked no more. Says how many it was asked for in all.
fn answer_bodies(stranger: &mut Stranger, chain: &ChainBuilder, mut answered: usize) -> usize {
    let bodies: BTreeMap<BlockHash, &Block> = chain.blocks().iter().map(|block| (block.hash(), block)).collect();
    loop {
        let asked = stranger.heard().into_iter().filter_map(|message| match message {
            Message::GetBlocks(hashes) => Some(hashes),
            _ => None,
        });
        let asked: Vec<BlockHash> = asked.flatten().skip(answered).collect();
        if asked.is_empty() {
            return answered;
        }
        answered += asked.len();
        stranger.say(&Message::Blocks(asked.iter().map(|hash| bodies[hash].clone()).collect()));
    }
}

fn headers(builder: &ChainBuilder) -> Vec<Header> {
    builder.blocks().iter().map(|block| block.header).collect()
}

/// A chain that begins as another and then has some blocks that are worth a hundred times as many.
fn cheap_at_first(blocks: usize, then: usize) -> ChainBuilder {
    let mut builder = cheap(blocks);
    builder.set_interval_ms(1);
    builder.mine_many(2, then);
    builder
}

#[test]
fn headers_of_little_work_are_not_kept_however_much_is_claimed_for_them() {
    let mut stranger = stranger_at(&worthy(110));
    let low = headers(&cheap(3 * HEADERS_MAX + 7));
    let tip = Tip { hash: low[low.len() - 1].hash(), ..worthy(111).chain().tip() };
    stranger.claim(tip);
    assert_eq!(answer_all(&mut stranger, &low), low.len(), "all are looked at once");
    assert_eq!(beside(&stranger), 0, "and none is kept");
    stranger.expect_cut_off_by("claimed work");
}

#[test]
fn headers_of_little_work_that_claim_no_more_are_kept_up_to_a_number() {
    let mut stranger = stranger_at(&worthy(120));
    let builder = cheap(LOW_WORK_BLOCKS_MAX + 2 * HEADERS_MAX);
    let low = headers(&builder);
    let end = low[low.len() - 1];
    let work = low.iter().fold(Work::ZERO, |work, _| work.saturating_add(cheap_params().target_limit().work()));
    stranger.claim(Tip { hash: end.hash(), height: end.height, work, timestamp: end.timestamp });
    answer_all(&mut stranger, &low);
    let kept = beside(&stranger);
    assert!((LOW_WORK_BLOCKS_MAX - HEADERS_MAX..=LOW_WORK_BLOCKS_MAX).contains(&kept), "{kept}");
    // Announced one by one, as they are mined, they are not kept either, and it is nobody's fault.
    for header in &low[low.len() - ORPHANS_MAX as usize - 2..] {
        stranger.say(&Message::Announce(*header));
        assert!(asked(&mut stranger).is_some());
        stranger.say(&Message::Headers { headers: low[kept..kept + HEADERS_MAX].to_vec(), more: true });
    }
    assert!(beside(&stranger) <= LOW_WORK_BLOCKS_MAX, "{}", beside(&stranger));
    stranger.is_not_cut_off();
}

#[test]
fn a_short_branch_of_less_work_is_kept_as_it_comes() {
    let mut stranger = stranger_at(&worthy(40));
    let builder = cheap(5);
    stranger.claim(builder.chain().tip());
    answer_all(&mut stranger, &headers(&builder));
    assert_eq!(beside(&stranger), 5);
    stranger.is_not_cut_off();
}

#[test]
fn a_chain_that_left_long_ago_and_has_more_work_is_looked_through_and_then_taken() {
    let mut stranger = stranger_at(&worthy(100));
    let builder = cheap_at_first(2 * HEADERS_MAX + 100, 120);
    let theirs = headers(&builder);
    let worthless = 2 * HEADERS_MAX;
    stranger.claim(builder.chain().tip());
    let sent = answer_all(&mut stranger, &theirs);
    assert!(sent > theirs.len() + worthless, "its beginning is sent twice: {sent}");
    assert_eq!(stranger.network.hosts[0].node.chain().best_header().hash, builder.tip().hash());
    assert_eq!(beside(&stranger), theirs.len());
    let mut bodies: BTreeMap<BlockHash, _> =
        builder.blocks().iter().map(|block| (block.hash(), block.clone())).collect();
    loop {
        let asked_for = |said| if let Message::GetBlocks(hashes) = said { hashes } else { Vec::new() };
        let wanted = stranger.heard().into_iter().flat_map(asked_for);
        let blocks: Vec<_> = wanted.filter_map(|hash| bodies.remove(&hash)).collect();
        if blocks.is_empty() {
            break;
        }
        stranger.say(&Message::Blocks(blocks));
    }
    assert_eq!(stranger.network.tip(0), builder.tip().hash(), "and becomes the relay's");
    stranger.is_not_cut_off();
}

#[test]
fn other_headers_the_second_time_are_refused_before_they_are_kept() {
    let mut stranger = stranger_at(&worthy(100));
    let builder = cheap_at_first(HEADERS_MAX + 100, 120);
    let theirs = headers(&builder);
    stranger.claim(builder.chain().tip());
    let relay_asks = asked(&mut stranger);
    assert!(relay_asks.is_some());
    stranger.say(&Message::Headers { headers: theirs[..HEADERS_MAX].to_vec(), more: true });
    assert!(asked(&mut stranger).is_some());
    stranger.say(&Message::Headers { headers: theirs[HEADERS_MAX..].to_vec(), more: false });
    assert_eq!(asked(&mut stranger).map(|locator| locator.len()), Some(1), "from the start again");
    // The same work, but made in vain.
    let mut other = ChainBuilder::new(cheap_params()).fork_at(0);
    other.set_interval_ms(1_001);
    other.mine_many(3, HEADERS_MAX);
    stranger.say(&Message::Headers { headers: headers(&other), more: true });
    assert_eq!(beside(&stranger), 0);
    stranger.expect_cut_off_by("claimed work");
}

#[test]
fn headers_that_come_again_are_kept_only_as_far_as_a_mark_speaks_for_them() {
    let mut stranger = stranger_at(&worthy(100));
    let builder = cheap_at_first(HEADERS_MAX + 100, 120);
    let theirs = headers(&builder);
    stranger.claim(builder.chain().tip());
    asked(&mut stranger).expect("the first");
    stranger.say(&Message::Headers { headers: theirs[..HEADERS_MAX].to_vec(), more: true });
    asked(&mut stranger).expect("the second");
    stranger.say(&Message::Headers { headers: theirs[HEADERS_MAX..].to_vec(), more: false });
    asked(&mut stranger).expect("the first again");
    stranger.say(&Message::Headers { headers: theirs[..PRESYNC_MARK_SPAN + 300].to_vec(), more: true });
    assert_eq!(beside(&stranger), PRESYNC_MARK_SPAN);
    let locator = asked(&mut stranger).expect("what follows");
    assert_eq!(locator.first(), Some(&theirs[PRESYNC_MARK_SPAN - 1].hash()));
    // Too few to hold a mark.
    stranger.say(&Message::Headers { headers: theirs[PRESYNC_MARK_SPAN..][..100].to_vec(), more: true });
    assert_eq!(beside(&stranger), PRESYNC_MARK_SPAN);
    assert_eq!(asked(&mut stranger), None);
    stranger.is_not_cut_off();
}

#[test]
fn headers_that_break_a_rule_are_refused_while_they_are_looked_through() {
    let mut stranger = stranger_at(&worthy(110));
    let mut low = headers(&cheap(HEADERS_MAX + 1));
    stranger.claim(Tip { hash: low[HEADERS_MAX].hash(), ..worthy(111).chain().tip() });
    low[HEADERS_MAX].target = CompactTarget::from_bits(0x2100_fffe);
    asked(&mut stranger).expect("the first");
    stranger.say(&Message::Headers { headers: low[..HEADERS_MAX].to_vec(), more: true });
    asked(&mut stranger).expect("the second");
    stranger.say(&Message::Headers { headers: low[HEADERS_MAX..].to_vec(), more: false });
    assert_eq!(beside(&stranger), 0);
    stranger.expect_cut_off_by("target");
}

#[test]
fn a_chain_that_is_not_worth_it_is_not_asked_for_again_until_it_has_grown() {
    let mut stranger = stranger_at(&worthy(110));
    let low = headers(&cheap(HEADERS_MAX + 7));
    let claimed = worthy(111).chain().tip();
    // It never gets where it said.
    stranger.claim(Tip { hash: BlockHash::from_bytes([1; 32]), ..claimed });
    assert_eq!(answer_all(&mut stranger, &low), low.len());
    stranger.network.run(3 * RESYNC_MS);
    assert_eq!(asked(&mut stranger), None);
    stranger.is_not_cut_off();
    stranger.claim(Tip { hash: BlockHash::from_bytes([2; 32]), ..claimed });
    assert!(asked(&mut stranger).is_some());
}

#[test]
fn bodies_of_little_work_are_kept_up_to_a_number_of_bytes_and_those_of_more_work_all_the_same() {
    const BYTES_MAX: usize = 6_000;
    let ours = worthy(60);
    let mut stranger = stranger_at(&ours);
    stranger.network.hosts[0].node.fetching.low_work_bytes_max = BYTES_MAX;
    let bytes = |stranger: &Stranger| stranger.network.hosts[0].node.chain().beside_bytes();
    let low = cheap(1_000);
    stranger.claim(low.chain().tip());
    answer_all(&mut stranger, &headers(&low));
    assert_eq!(beside(&stranger), 1_000, "all headers are kept");
    let answered = answer_bodies(&mut stranger, &low, 0);
    assert!(bytes(&stranger) >= BYTES_MAX, "as long as there is room");
    assert!(bytes(&stranger) < BYTES_MAX + IN_FLIGHT_MAX * 300, "{} bytes", bytes(&stranger));
    stranger.network.run(2 * RESYNC_MS);
    assert_eq!(answer_bodies(&mut stranger, &low, answered), answered, "nor later");
    stranger.is_not_cut_off();
    let more = worthy_of(2, 90);
    stranger.claim(more.chain().tip());
    answer_all(&mut stranger, &headers(&more));
    answer_bodies(&mut stranger, &more, answered);
    assert_eq!(stranger.network.tip(0), more.tip().hash());
    stranger.is_not_cut_off();
}
