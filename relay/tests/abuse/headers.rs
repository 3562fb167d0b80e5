//! A chain of a million headers that cost nothing to make.

use std::time::Instant;

use shared::protocol::Message as NodeMessage;
use shared::protocol::limits::HEADERS_MAX;
use shared::state::Tip;
use shared::testing::ChainBuilder;
use shared::{BlockHash, ExtraNonce, Header, Params, Work};

use crate::common::process::Process;
use crate::common::tab::Tab;
use crate::wire::{Stranger, cheap_params, memory, note, peak};

const HEADERS: usize = 1_000_000;
/// What the memory of a process grows by anyway: far less than the 300 bytes a header that a tree takes.
const FLAT: u64 = 32 << 20;

/// The next header after one, a block's time later, with the least work there is.
fn next(above: &Header, hash: BlockHash, params: &Params) -> (Header, BlockHash) {
    let mut header = Header {
        previous_hash: hash,
        height: above.height.next(),
        timestamp: above.timestamp.plus_ms(params.interval_ms),
        extra_nonce: ExtraNonce([1; 12]),
        target: params.target_limit,
        ..*above
    };
    let limit = params.target_limit();
    loop {
        let hash = header.hash();
        if limit.is_met_by(&hash) {
            return (header, hash);
        }
        header.proof.0 += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_million_headers_of_little_work_leave_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let params = cheap_params();
    let relay = Process::start_with(folder.path(), &params, &[]);
    let at = relay.address;
    // The room's chain has few blocks and more work: they came in quick succession.
    let mut honest = ChainBuilder::new(params.clone());
    honest.set_interval_ms(1);
    let mut work = Work::ZERO;
    while work.to_f64() <= HEADERS as f64 {
        let mut block = honest.draft(1, &[]);
        let target = honest.next_target();
        work = work.saturating_add(target.work());
        while !target.is_met_by(&block.header.hash()) {
            block.header.proof.0 += 1;
        }
        honest.push(block);
    }
    let mut member = Tab::new_in(params.clone(), 1);
    member.import(honest.blocks());
    member.connect(at).await;
    let other = Tab::join_in(at, params.clone(), 2).await;
    other.reaches(honest.tip().hash()).await;

    let (before, began) = (memory(&relay), Instant::now());
    let genesis = params.genesis().header;
    let attack = async {
        let mut liar = Stranger::greeted(at, 2, &params, 3).await.expect("let in");
        // What it claims must end in the block that it shows at last; so that is made first.
        let mut end = (genesis, genesis.hash());
        for _ in 0..HEADERS {
            end = next(&end.0, end.1, &params);
        }
        let work = member.state().node.chain().tip().work;
        let work = work.saturating_add(params.target_limit().work());
        liar.claim(Tip { hash: end.1, height: end.0.height, work, timestamp: end.0.timestamp }).await;
        let mut last = (genesis, genesis.hash());
        let mut sent = 0;
        loop {
            match liar.hear().await.expect("it is told why") {
                NodeMessage::GetHeaders { .. } => {
                    let mut headers = Vec::with_capacity(HEADERS_MAX);
                    for _ in 0..HEADERS_MAX.min(HEADERS - sent) {
                        last = next(&last.0, last.1, &params);
                        headers.push(last.0);
                    }
                    sent += headers.len();
                    liar.say(&NodeMessage::Headers { headers, more: sent < HEADERS }).await;
                }
                NodeMessage::Refused(receipt) => return (sent, receipt),
                _ => {}
            }
        }
    };
    let (most, (sent, receipt)) = peak(&relay, attack).await;
    assert_eq!((sent, receipt.rule.as_str()), (HEADERS, "claimed work"), "{receipt}");
    assert_eq!(receipt.found, HEADERS.to_string());
    assert!(most - before < FLAT, "{} MiB more", (most - before) >> 20);
    // The room goes on.
    other.reaches(member.mine()).await;
    note(&format!("1,000,000 headers of little work, at most {} KiB more", (most - before) >> 10), began, &relay);
}
