//! Builds the snapshots that the page draws, from the node and what its shell knows. Pure: it reads, and keeps only what
//! would cost too much to find anew each time.

mod blocks;
mod names;
mod network;
mod room_rate;
mod tally;

use shared::protocol::{Mining, Node};
use shared::state::chain::Chain;
use shared::state::mempool::Mempool;
use shared::state::mining::Template;
use shared::state::wallet::{self, Balance};
use shared::{Address, Amount, Block, BlockHash, Height, Receipt, Rules, Timestamp, Transaction};

use self::blocks::Cards;
pub use self::blocks::card;
pub use self::names::Names;
pub use self::network::{LinkFacts, is_connected};
use self::room_rate::RoomRate;
use self::tally::Tally;
use super::feed::Feed;
use super::plain;
use crate::node::view::{
    ClassicView, ContactView, EventKind, EventView, GraphicsView, HISTORY_SHOWN, HttpView, IdentityView, MempoolView,
    MiningMode, MiningView, NodeView, RateSample, RoomView, RulesView, StorageView, TemplateView, WalletView,
    WorkersWanted,
};

/// How many waiting payments a snapshot carries.
const WAITING_SHOWN: usize = 50;

/// What the shell knows beside the node.
#[derive(Debug)]
pub struct Scene<'a> {
    /// Who this tab is.
    pub identity: IdentityView,
    /// This tab's address.
    pub address: Address,
    /// The link to the relay.
    pub link: LinkFacts,
    /// What happened.
    pub feed: &'a Feed,
    /// How the miner does.
    pub miner: MinerFacts,
    /// How the store does.
    pub storage: StorageView,
    /// When Replace chain last finished.
    pub replaced_at: Option<Timestamp>,
    /// Requests over HTTP.
    pub http: HttpView,
    /// The classic chain, in a classic room.
    pub classic: Option<ClassicView>,
    /// The owner's names for addresses.
    pub contacts: Vec<ContactView>,
    /// How much of a file was taken in, in per cent, while one is.
    pub importing: Option<u8>,
    /// The wall clock.
    pub now: Timestamp,
}

/// What the miner reports.
#[derive(Clone, Debug, PartialEq)]
pub struct MinerFacts {
    /// Attempts a second.
    pub rate_hps: f64,
    /// Attempts on top of the current parent.
    pub attempts: u64,
    /// How much of its core each worker takes.
    pub throttle_percent: u8,
    /// The kernel's name.
    pub kernel: String,
    /// Workers that search.
    pub workers: u32,
    /// The most there may be.
    pub workers_max: u32,
    /// How many there should be.
    pub workers_wanted: WorkersWanted,
    /// How long the last order took, in milliseconds.
    pub order_ms: Option<f64>,
    /// The graphics card.
    pub graphics: GraphicsView,
    /// The rate over time.
    pub rate_history: Vec<RateSample>,
    /// Why there is nothing to mine with.
    pub trouble: Option<Receipt>,
    /// Whether the tab is hidden.
    pub hidden: bool,
}

/// Builds snapshots.
#[derive(Debug, Default)]
pub struct Snapshots {
    cards: Cards,
    tally: Tally,
    room_rate: RoomRate,
    template: Option<CachedTemplate>,
}

/// A template and what it was made of.
#[derive(Debug)]
struct CachedTemplate {
    tip: BlockHash,
    waiting: (usize, usize),
    view: TemplateView,
    expected_attempts: f64,
}

impl Snapshots {
    /// Builds a snapshot.
    pub fn build(&mut self, node: &Node, scene: &Scene<'_>) -> NodeView {
        let chain = node.chain();
        let names = names(node, scene.address);
        self.tally.follow(chain, &scene.address);
        let recent = self.cards.recent(chain, &names);
        let forks = self.cards.forks(chain, &names);
        self.cards.keep_only(recent.iter().chain(&forks));
        NodeView {
            identity: scene.identity.clone(),
            room: room(chain),
            link: network::link(node, &scene.link),
            tip: plain::tip(&chain.tip()),
            sync: network::sync(node, scene.now),
            auto_sync: node.auto_sync(),
            wallet: self.wallet(node, &scene.address),
            mining: self.mining(node, scene),
            mempool: mempool(chain, node.mempool()),
            recent,
            forks,
            peers: network::peers(node),
            events: events(node, scene.feed),
            replace: network::replace(node, scene.replaced_at),
            storage: scene.storage.clone(),
            http: scene.http.clone(),
            classic: scene.classic.clone(),
            contacts: scene.contacts.clone(),
            importing: scene.importing,
        }
    }

    fn wallet(&self, node: &Node, address: &Address) -> WalletView {
        let (chain, mempool, taken) = (node.chain(), node.mempool(), node.taken_height());
        let Balance { confirmed, spendable, leaving, arriving } = Balance::of(address, chain.ledger(), mempool);
        let prefix = &chain.params().address_prefix;
        let history = wallet::history(chain, mempool, address).take(HISTORY_SHOWN);
        let entry = |entry| {
            let mut entry = plain::history_entry(&entry, prefix);
            if entry.block.as_ref().is_some_and(|block| block.height > taken.as_u64()) {
                entry.confirmations = 0;
            }
            entry
        };
        WalletView {
            balance: confirmed,
            spendable,
            leaving,
            arriving,
            untaken: untaken(chain, address, taken),
            history: history.map(entry).collect(),
            history_total: self.tally.entries() + mempool.concerning(address).len() as u64,
        }
    }

    fn mining(&mut self, node: &Node, scene: &Scene<'_>) -> MiningView {
        let blocks_found = self.tally.mined();
        let room_rate_hps = self.room_rate.follow(node.chain());
        let template = self.template(node, scene);
        let miner = &scene.miner;
        let rate_hps = miner.rate_hps;
        MiningView {
            mode: match node.mining() {
                Mining::Off => MiningMode::Off,
                Mining::On { .. } => MiningMode::On,
                Mining::Once { .. } => MiningMode::Once,
            },
            rate_hps,
            rate_history: miner.rate_history.clone(),
            room_rate_hps,
            attempts: miner.attempts,
            expected_attempts: template.expected_attempts,
            // A search has no memory: what is expected from now on does not shrink with what was tried.
            expected_ms: (rate_hps > 0.0).then(|| (template.expected_attempts * 1_000.0 / rate_hps) as u64),
            throttle_percent: miner.throttle_percent,
            workers: miner.workers,
            workers_max: miner.workers_max,
            workers_wanted: miner.workers_wanted,
            order_ms: miner.order_ms,
            graphics: miner.graphics.clone(),
            trouble: miner.trouble.clone(),
            hidden: miner.hidden,
            blocks_found,
            template: template.view.clone(),
            kernel: miner.kernel.clone(),
        }
    }

    fn template(&mut self, node: &Node, scene: &Scene<'_>) -> &CachedTemplate {
        let (chain, mempool) = (node.chain(), node.mempool());
        let (tip, waiting) = (chain.tip().hash, (mempool.len(), mempool.bytes()));
        self.template.take_if(|cached| cached.tip != tip || cached.waiting != waiting);
        self.template.get_or_insert_with(|| {
            let template = Template::build(chain, mempool, scene.address, scene.now);
            let view = TemplateView {
                height: template.height().as_u64(),
                payments: template.payments().count() as u32,
                fees: template.fees(),
                reward: template.reward(),
                bytes: template.encoded_len() as u32,
                previous: template.header().previous_hash,
                target: plain::target_hex(template.header().target),
            };
            CachedTemplate { tip, waiting, view, expected_attempts: chain.tip_target().work().to_f64() }
        })
    }
}

/// Whose address is whose, as far as the members of the room say.
pub fn names(node: &Node, own: Address) -> Names {
    Names::new(own, node.name(), node.members().into_iter().map(|member| (member.address, member.name)))
}

/// What blocks that no other node has brought an address as their miner.
fn untaken(chain: &Chain, address: &Address, taken: Height) -> Amount {
    let heights = chain.heights_of(address).rev().take_while(|height| *height > taken);
    let blocks = heights.filter_map(|height| chain.block(&chain.hash_at(height)?));
    let reward = |block: Block| match block.transactions.first() {
        Some(Transaction::Reward(reward)) if reward.receiver == *address => reward.amount,
        _ => Amount::ZERO,
    };
    blocks.map(reward).fold(Amount::ZERO, |sum, amount| sum.checked_add(amount).unwrap_or(sum))
}

/// What happened, and whether others have what was mined.
fn events(node: &Node, feed: &Feed) -> Vec<EventView> {
    let mut events = feed.shown();
    for event in &mut events {
        if let EventKind::Mined { block, taken, .. } = &mut event.kind {
            *taken = block.height <= node.taken_height().as_u64() || !node.chain().is_active(&block.hash);
        }
    }
    events
}

fn room(chain: &Chain) -> RoomView {
    let params = chain.params();
    RoomView {
        name: params.room.to_string(),
        reward: params.reward,
        interval_ms: params.interval_ms,
        network: chain.network().to_string(),
        address_prefix: params.address_prefix.as_str().to_owned(),
        rules: match params.rules() {
            Rules::Sealed => RulesView::Sealed,
            Rules::Classic => RulesView::Classic,
        },
    }
}

fn mempool(chain: &Chain, mempool: &Mempool) -> MempoolView {
    let prefix = &chain.params().address_prefix;
    MempoolView {
        count: mempool.len() as u32,
        bytes: mempool.bytes() as u64,
        first: mempool.iter().take(WAITING_SHOWN).map(|signed| plain::payment(signed, prefix)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::view::{LinkView, Origin, RATE_SAMPLES_SHOWN, ReplaceView, StoragePromise, SyncView};
    use crate::worker::fixture::Fixture;
    use shared::testing::ChainBuilder;

    fn build(snapshots: &mut Snapshots, fixture: &Fixture, rate_hps: f64) -> NodeView {
        let feed = Feed::default();
        let scene = Scene {
            identity: IdentityView {
                id: fixture.node.id().to_string(),
                name: fixture.node.name().to_string(),
                address: fixture.own.encode(&fixture.node.params().address_prefix),
                origin: Origin::New,
                urls: Vec::new(),
                others: Vec::new(),
                others_total: 0,
                is_backed_up: false,
            },
            address: fixture.own,
            link: LinkFacts { attempt: 3, retry_at: None, refused: None },
            feed: &feed,
            miner: MinerFacts {
                rate_hps,
                attempts: 5,
                throttle_percent: 50,
                kernel: "scalar".to_owned(),
                workers: 2,
                workers_max: 4,
                workers_wanted: WorkersWanted::Chosen(2),
                order_ms: Some(7.5),
                graphics: GraphicsView::Off { available: true },
                rate_history: vec![RateSample { at_ms: 1, rate_hps, hidden: false }; RATE_SAMPLES_SHOWN],
                trouble: None,
                hidden: false,
            },
            storage: StorageView { saved: true, trouble: None, promise: StoragePromise::default() },
            replaced_at: None,
            http: HttpView {
                base: "http://127.0.0.1:5001".to_owned(),
                token: "t".to_owned(),
                open: false,
                log: Vec::new(),
                handled: 0,
            },
            classic: None,
            contacts: Vec::new(),
            importing: None,
            now: fixture.now,
        };
        snapshots.build(&fixture.node, &scene)
    }

    #[test]
    fn a_new_node_shows_the_genesis_and_what_it_would_mine() {
        let fixture = Fixture::new(1);
        let view = build(&mut Snapshots::default(), &fixture, 0.0);
        assert_eq!((view.tip.height, view.recent.len(), view.wallet.history_total), (0, 1, 0));
        assert_eq!(view.mining.mode, MiningMode::Off);
        assert_eq!((view.mining.template.height, view.mining.expected_ms), (1, None));
        assert_eq!(view.mining.template.previous, view.tip.hash);
        assert_eq!((view.sync, view.replace), (SyncView::Offline, ReplaceView::Idle));
        assert_eq!(view.link, LinkView::Connecting { attempt: 3, retry_at_ms: None });
    }

    #[test]
    fn coins_mined_are_in_the_balance_the_history_and_the_count() {
        let mut fixture = Fixture::new(1);
        let mut snapshots = Snapshots::default();
        build(&mut snapshots, &fixture, 0.0);
        fixture.mine();
        fixture.mine();
        let view = build(&mut snapshots, &fixture, 128.0);
        assert_eq!(view.wallet.balance.to_string(), "20");
        assert_eq!(view.wallet.untaken.to_string(), "20", "nobody else is here");
        assert!(view.wallet.history.iter().all(|entry| entry.confirmations == 0));
        assert_eq!((view.wallet.history.len(), view.wallet.history_total, view.mining.blocks_found), (2, 2, 2));
        assert!(view.recent[0].mine && view.recent[0].miner_name.as_deref() == Some("ada"));
        assert_eq!(view.mining.template.height, 3);
        let expected_ms = view.mining.expected_attempts * 1_000.0 / 128.0;
        assert_eq!(view.mining.expected_ms, Some(expected_ms as u64));
    }

    #[test]
    fn a_snapshot_crosses_to_the_page_as_bytes() {
        let mut fixture = Fixture::new(1);
        let mut builder = ChainBuilder::easy();
        builder.mine_many(1, 60);
        fixture.restore(builder.blocks());
        let view = build(&mut Snapshots::default(), &fixture, 0.0);
        assert_eq!((view.wallet.history.len(), view.wallet.history_total), (HISTORY_SHOWN, 60));
        let bytes = borsh::to_vec(&view).expect("memory");
        assert_eq!(borsh::from_slice::<NodeView>(&bytes).expect("just written"), view);
        assert!(bytes.len() < 32 * 1024, "{} bytes for each snapshot", bytes.len());
    }
}
