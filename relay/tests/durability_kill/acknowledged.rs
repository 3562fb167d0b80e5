//! What the relay has acknowledged, and whether it is there.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use relay::clock;
use shared::export::read_bytes;
use shared::protocol::Node;
use shared::state::{Chain, MemoryBodies};
use shared::{Block, BlockHash, HEADER_BYTES, Header, Height, Params, Transaction, TransactionId, decode};

use crate::client::get;
use crate::members::Members;

const ROOM: &str = "/api/v1/rooms/main";
/// Headers that are asked for at once.
const PAGE: usize = 2_000;
/// How far below its end the chain is read again each time: deeper than its branches are long.
const OVERLAP: u64 = 100;
/// The most payments that the relay lists at once.
const MEMPOOL_PAGE: usize = 500;

/// The notes of everything acknowledged, and a chain of the test's own that every block is verified on.
pub(crate) struct Acknowledged {
    chain: Chain,
    /// Blocks that are still to be looked for on the relay.
    blocks: BTreeSet<BlockHash>,
    /// Payments that were not on the chain when they were last looked for, or were not looked for yet.
    payments: BTreeSet<TransactionId>,
    all_blocks: BTreeSet<BlockHash>,
    all_payments: BTreeSet<TransactionId>,
}

impl Acknowledged {
    pub(crate) fn new(params: &Params) -> Self {
        Self {
            chain: Chain::new(params.clone(), Box::new(MemoryBodies::default())),
            blocks: BTreeSet::new(),
            payments: BTreeSet::new(),
            all_blocks: BTreeSet::new(),
            all_payments: BTreeSet::new(),
        }
    }

    pub(crate) fn blocks(&self) -> u64 {
        self.all_blocks.len() as u64
    }

    pub(crate) fn payments(&self) -> u64 {
        self.all_payments.len() as u64
    }

    /// Notes what the members have that only the relay can have passed on, and what REST has answered for.
    pub(crate) fn note(&mut self, members: &mut Members) {
        for member in &members.members {
            let state = member.tab.state();
            for (hash, block) in new_blocks(&state.node, &self.all_blocks) {
                if !member.mined.contains(&hash) {
                    self.blocks.insert(hash);
                    self.all_blocks.insert(hash);
                    for transaction in &block.transactions {
                        if let Transaction::Payment(signed) = transaction {
                            self.payments.insert(signed.id());
                            self.all_payments.insert(signed.id());
                        }
                    }
                }
            }
            let waiting = state.node.mempool().iter().map(shared::SignedPayment::id);
            for id in waiting.filter(|id| !member.paid.contains(id)) {
                if self.all_payments.insert(id) {
                    self.payments.insert(id);
                }
            }
        }
        for id in members.answered.drain(..) {
            self.payments.insert(id);
            self.all_payments.insert(id);
        }
    }

    /// Checks that the relay has all of it on a chain that is valid from its genesis. No member has joined yet.
    pub(crate) async fn check(&mut self, relay: SocketAddr) {
        let from = self.chain.tip().height.as_u64().saturating_sub(OVERLAP);
        let headers = headers(relay, from).await;
        assert!(headers.first().is_none_or(|first| first.height.as_u64() == from), "the chain begins where it did");
        for header in &headers {
            // Links, targets and work are checked here; bodies when the whole chain is read.
            if let Err(error) = self.chain.insert_header(*header, clock::now().plus_ms(60_000)) {
                panic!("the relay's header at height {}: {error}", header.height);
            }
        }
        let active: BTreeSet<BlockHash> = headers.iter().map(Header::hash).collect();
        for hash in std::mem::take(&mut self.blocks) {
            if !active.contains(&hash) {
                let answer = get(relay, &format!("{ROOM}/blocks/{hash}")).await;
                assert_eq!(answer.status, 200, "block {hash} was acknowledged: {}", answer.text());
            }
        }
        let waiting = mempool(relay).await;
        for id in self.payments.clone() {
            if waiting.contains(&id) {
                continue;
            }
            let answer = get(relay, &format!("{ROOM}/transactions/{id}")).await;
            assert_eq!(answer.status, 200, "payment {id} was acknowledged: {}", answer.text());
            self.payments.remove(&id);
        }
    }

    /// Reads the whole chain, bodies and all, and verifies it from the genesis; then looks for everything again.
    pub(crate) async fn check_all(&mut self, relay: SocketAddr) {
        self.blocks.clone_from(&self.all_blocks);
        self.payments.clone_from(&self.all_payments);
        let file = get(relay, &format!("{ROOM}/chain?format=bytes")).await;
        let (params, blocks) = read_bytes(&file.body).expect("a chain");
        let mut chain = Chain::new(params, Box::new(MemoryBodies::default()));
        assert_eq!(blocks[0].hash(), chain.genesis_hash());
        for block in blocks.into_iter().skip(1) {
            self.blocks.remove(&block.hash());
            for transaction in &block.transactions {
                self.payments.remove(&transaction.id());
            }
            let outcome = chain.insert_block(block, clock::now().plus_ms(60_000), &|_| false);
            outcome.unwrap_or_else(|error| panic!("the relay's chain above height {}: {error}", chain.tip().height));
        }
        self.chain = chain;
        self.check(relay).await;
    }
}

/// The active blocks down to the first that is known.
fn new_blocks(node: &Node, known: &BTreeSet<BlockHash>) -> Vec<(BlockHash, Block)> {
    let chain = node.chain();
    let mut found = Vec::new();
    for height in (1..=chain.tip().height.as_u64()).rev() {
        let hash = chain.hash_at(Height::from(height)).expect("the active chain has no gaps");
        if known.contains(&hash) && found.len() as u64 > OVERLAP {
            break;
        }
        found.push((hash, chain.block(&hash).expect("an active block is here whole")));
    }
    found
}

async fn headers(relay: SocketAddr, from: u64) -> Vec<Header> {
    let mut headers: Vec<Header> = Vec::new();
    loop {
        let from = headers.last().map_or(from, |last| last.height.as_u64() + 1);
        let answer = get(relay, &format!("{ROOM}/headers?format=bytes&limit={PAGE}&from={from}")).await;
        if answer.status == 404 {
            // Past the end.
            return headers;
        }
        assert_eq!(answer.status, 200, "{}", answer.text());
        let page = answer.body.chunks(HEADER_BYTES).map(|bytes| decode::<Header>(bytes).expect("a header"));
        headers.extend(page);
        if answer.body.len() < PAGE * HEADER_BYTES {
            return headers;
        }
    }
}

async fn mempool(relay: SocketAddr) -> BTreeSet<TransactionId> {
    let page = get(relay, &format!("{ROOM}/mempool?limit={MEMPOOL_PAGE}")).await.json();
    let ids = page["payments"].as_array().expect("a list").iter();
    ids.map(|payment| payment["id"].as_str().and_then(|id| id.parse().ok()).expect("an id")).collect()
}
