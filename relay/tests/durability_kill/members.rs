//! Members that load the relay: two that mine, one that pays over its WebSocket, and a purse whose payments go to REST.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use relay::clock;
use shared::testing::{address, payment};
use shared::{Amount, BlockHash, Params, SignedPayment, TransactionId, encode};
use tokio::task::JoinHandle;

use crate::client::ask;
use crate::common::tab::Tab;

/// The payer's key.
const PAYER: u64 = 11;
/// The purse's key.
const PURSE: u64 = 12;
/// Who is paid.
const RECEIVER: u64 = 20;
/// Blocks that the payer and the purse mine before anything else: ten coins each.
const FUNDING_BLOCKS: usize = 3;
/// What a payment moves, and what it brings its miner.
const MOVED: Amount = Amount::from_units(2);
/// The pause between two steps of the load.
const STEP: Duration = Duration::from_millis(3);

/// A tab and what it made itself.
pub(crate) struct Member {
    pub(crate) tab: Tab,
    pub(crate) mined: BTreeSet<BlockHash>,
    pub(crate) paid: BTreeSet<TransactionId>,
}

impl Member {
    fn new(params: &Params, number: u64) -> Self {
        Self { tab: Tab::new_in(params.clone(), number), mined: BTreeSet::new(), paid: BTreeSet::new() }
    }

    fn mine(&mut self) {
        self.mined.insert(self.tab.mine());
    }

    fn pay(&mut self) {
        let paid = self.tab.act(|node| {
            let sequence = node.mempool().next_sequence(&address(PAYER), node.ledger());
            let signed = payment(node.params().network(), PAYER, RECEIVER, MOVED, MOVED, sequence);
            let id = signed.id();
            // While its chain moves, a payment may fit it no longer.
            node.submit(signed, clock::now()).is_ok().then_some(id)
        });
        self.paid.extend(paid);
    }
}

/// Payments over REST, one after the other. One whose answer did not come is sent again: it may have been taken.
struct Purse {
    next: SignedPayment,
    under_way: Option<JoinHandle<bool>>,
}

impl Purse {
    fn payment(params: &Params, sequence: u64) -> SignedPayment {
        payment(params.network(), PURSE, RECEIVER, MOVED, MOVED, sequence)
    }
}

/// All of them.
pub(crate) struct Members {
    params: Params,
    pub(crate) members: Vec<Member>,
    purse: Purse,
    /// Payments that REST answered for.
    pub(crate) answered: Vec<TransactionId>,
}

impl Members {
    /// Lets them join a new room, and mines what they spend later.
    pub(crate) async fn fund(params: &Params, relay: SocketAddr) -> Self {
        let mut purse = Tab::new_in(params.clone(), PURSE);
        purse.connect(relay).await;
        let mut members: Vec<Member> = [1, 2, PAYER].map(|number| Member::new(params, number)).into();
        for member in &mut members {
            member.tab.connect(relay).await;
        }
        let mut tip = purse.tip();
        for _ in 0..FUNDING_BLOCKS {
            tip = purse.mine();
        }
        let payer = members.last_mut().expect("three");
        payer.tab.reaches(tip).await;
        for _ in 0..FUNDING_BLOCKS {
            payer.mine();
        }
        let tip = payer.tab.tip();
        for member in &members {
            member.tab.reaches(tip).await;
        }
        let purse = Purse { next: Purse::payment(params, 0), under_way: None };
        Self { params: params.clone(), members, purse, answered: Vec::new() }
    }

    /// Lets them join again.
    pub(crate) async fn join(&mut self, relay: SocketAddr) {
        for member in &mut self.members {
            member.tab.connect(relay).await;
        }
    }

    /// Loads the relay until it is killed, and takes what still comes of it.
    pub(crate) async fn load(&mut self, relay: SocketAddr, is_killed: impl Fn() -> bool) {
        let mut step = 0_usize;
        while !is_killed() {
            let [one, other, payer] = &mut self.members[..] else { panic!("three") };
            match step % 4 {
                0 => one.mine(),
                2 => other.mine(),
                _ => payer.pay(),
            }
            self.submit(relay).await;
            step += 1;
            tokio::time::sleep(STEP).await;
        }
        if let Some(under_way) = self.purse.under_way.take() {
            let is_answered = under_way.await.expect("a request does not panic");
            self.take(is_answered);
        }
        for member in &self.members {
            member.tab.is_cut_off().await;
        }
    }

    /// Takes REST's answer if there is one, and submits the next payment if none is under way.
    async fn submit(&mut self, relay: SocketAddr) {
        if self.purse.under_way.as_ref().is_some_and(JoinHandle::is_finished)
            && let Some(finished) = self.purse.under_way.take()
        {
            let is_answered = finished.await.expect("a request does not panic");
            self.take(is_answered);
        }
        if self.purse.under_way.is_none() {
            let bytes = encode(&self.purse.next);
            self.purse.under_way = Some(tokio::spawn(async move {
                let answer = ask(relay, "POST /api/v1/rooms/main/transactions", &bytes).await;
                answer.is_ok_and(|answer| {
                    assert!(matches!(answer.status, 200 | 202), "{} {}", answer.status, answer.text());
                    true
                })
            }));
        }
    }

    fn take(&mut self, is_answered: bool) {
        if is_answered {
            let next = Purse::payment(&self.params, self.purse.next.payment.sequence + 1);
            let done = std::mem::replace(&mut self.purse.next, next);
            self.answered.push(done.id());
        }
    }
}
