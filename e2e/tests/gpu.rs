//! The search for proofs on a graphics card, in the browser's own WebGPU: the shader as it is, on the adapter that
//! Chromium has in software. A machine without a card checks so that the shader compiles there and finds what the
//! processor finds. Then the app itself mines on that adapter, and says so where there is none.

use std::time::Duration;

use e2e::{AppWith, Browser, Failure, Relay, Tab};
use serde_json::{Value, json};
use shared::state::pow::PreparedHeader;
use shared::state::pow::gpu::{
    ENTRY_POINT, HITS_BINDING, HITS_BYTES, HITS_MAX, Hit, Hits, LANES_MAX, SHADER, Trial, WORK_BINDING, Work,
};
use shared::{BlockHash, CompactTarget, ExtraNonce, Header, Height, MerkleRoot, Proof, Timestamp};

/// Without it Chromium offers pages no adapter that is a program.
const SOFTWARE_ADAPTER: &str = "--enable-unsafe-webgpu";
/// Runs the shader once for each work given, as bytes and groups, and returns what each wrote.
const DISPATCH: &str = include_str!("gpu/dispatch.js");

/// How long it may take until a card is open: the shader is compiled, and tried.
const MOMENT: Duration = Duration::from_secs(60);
/// How long a block may take at the first target, where a card in software makes a million attempts a second.
const BLOCK: Duration = Duration::from_secs(120);
/// What the switch is called.
const SWITCH: &str = "Use the graphics card";

/// A card, as a page sees it.
struct Card {
    tab: Tab,
    _browser: Browser,
    _relay: Relay,
}

impl Card {
    async fn open() -> Result<Self, Failure> {
        // WebGPU is for secure pages alone; what this computer serves itself is one.
        let relay = Relay::start().await?;
        let browser = Browser::start_with(&[SOFTWARE_ADAPTER]).await?;
        let tab = browser.open(&relay.page("/")).await?;
        Ok(Self { tab, _browser: browser, _relay: relay })
    }

    async fn search(&self, dispatches: &mut [(Work, u32, u32)]) -> Result<Vec<Hits>, Failure> {
        let dispatch = |(work, first, count): &mut (Work, u32, u32)| {
            let (x, y) = Work::groups(*count);
            json!({ "work": work.encode(*first, *count).as_slice(), "x": x, "y": y })
        };
        let dispatches: Vec<Value> = dispatches.iter_mut().map(dispatch).collect();
        let shader = json!({
            "code": SHADER, "entryPoint": ENTRY_POINT, "work": WORK_BINDING, "hits": HITS_BINDING, "bytes": HITS_BYTES,
        });
        let written = self.tab.run_async(DISPATCH, vec![shader, json!(dispatches)], MOMENT).await?;
        let written: Vec<Vec<u8>> = serde_json::from_value(written.clone())
            .map_err(|_| Failure::page(format!("the card answers {written}")))?;
        assert_eq!(written.len(), dispatches.len());
        Ok(written.iter().map(|bytes| Hits::decode(bytes).expect("a whole buffer")).collect())
    }
}

/// Some header; every number's is another.
fn header(number: u64, target: u32) -> Header {
    let bytes = |salt: u64| {
        std::array::from_fn(|at| (number + salt + at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes()[7])
    };
    Header {
        version: 1,
        previous_hash: BlockHash::from_bytes(bytes(0)),
        height: Height::from(number),
        timestamp: Timestamp::from_ms(number),
        extra_nonce: ExtraNonce::default(),
        root: MerkleRoot::from_bytes(bytes(99)),
        target: CompactTarget::from_bits(target),
        proof: Proof(u128::from(number) << 64),
    }
}

/// What the processor finds, one low word after the other.
fn expected(header: &PreparedHeader, first: u32, count: u32) -> Vec<Hit> {
    let lanes = header.midstates().len() as u32;
    let words = (0..count).map(|offset| first + offset);
    words
        .flat_map(|proof| (0..lanes).map(move |lane| Hit { proof, lane }))
        .filter(|hit| header.first_in_row(hit.proof, hit.lane..hit.lane + 1).is_some())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_finds_what_the_processor_finds() -> Result<(), Failure> {
    let card = Card::open().await?;
    let mut cases = Vec::new();
    for number in 0..60_u64 {
        // From one hash in two to one in a thousand.
        let target = [0x207f_ffff, 0x2003_ffff, 0x2000_ffff, 0x1f3f_ffff][number as usize % 4];
        let header = PreparedHeader::new(&header(number, target), number as u32 % LANES_MAX as u32 + 1);
        // Where every other hash is a hit, no more words than the list has room for.
        let count = [7, 64, 65, 501][number as usize % 4];
        let first = [0, 1_000_003 * number as u32, u32::MAX - (count - 1)][number as usize % 3];
        cases.push((header, first, count));
    }
    let mut dispatches: Vec<_> =
        cases.iter().map(|(header, first, count)| (Work::new(header), *first, *count)).collect();
    let found = card.search(&mut dispatches).await?;
    let mut hits = 0;
    for (at, (found, (header, first, count))) in found.iter().zip(&cases).enumerate() {
        assert!(!found.are_cut(), "case {at}");
        let expected = expected(header, *first, *count);
        let lanes = header.midstates().len();
        assert_eq!(found.verified(header), expected, "case {at}: {count} from {first} on {lanes} lanes");
        hits += expected.len();
    }
    assert!(hits > 500, "the cases have {hits} hits");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_passes_the_trial_and_stays_within_its_range() -> Result<(), Failure> {
    let card = Card::open().await?;
    let trial = Trial::new(1);
    let found = card.search(&mut [(Work::new(&trial.header), trial.first, trial.count)]).await?;
    assert!(trial.is_passed_by(&found[0]));
    let header = PreparedHeader::new(&header(5, 0x2000_ffff), 1);
    let proof = (0..).find(|proof| header.first_in_row(*proof, 0..1).is_some()).expect("one of 256");
    let work = Work::new(&header);
    let ranges = [(0, proof), (0, proof + 1), (proof, 1), (proof, 0)];
    let mut dispatches = ranges.map(|(first, count)| (work.clone(), first, count));
    let found = card.search(&mut dispatches).await?;
    let found: Vec<Vec<Hit>> = found.iter().map(|hits| hits.verified(&header)).collect();
    let hit = vec![Hit { proof, lane: 0 }];
    assert_eq!(found, [vec![], hit.clone(), hit, vec![]], "up to it, with it, it alone, nothing");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_too_short_says_so_and_what_it_has_is_right() -> Result<(), Failure> {
    let card = Card::open().await?;
    let header = PreparedHeader::new(&header(9, 0x207f_ffff), LANES_MAX as u32);
    let found = card.search(&mut [(Work::new(&header), 0, 100)]).await?;
    assert!(found[0].are_cut(), "half of 1600 hashes are hits");
    let verified = found[0].verified(&header);
    assert_eq!(verified.len(), HITS_MAX);
    let expected = expected(&header, 0, 100);
    assert!(verified.iter().all(|hit| expected.contains(hit)));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_finds_a_block_with_the_card_alone() -> Result<(), Failure> {
    // No worker of the processor starts, so whatever is found, the card found.
    let app = AppWith::worker_script("if (name === 'miner') throw new Error('no processor in this test');").await?;
    let relay = Relay::start_serving(app.folder(), None, &[]).await?;
    let browser = Browser::start_with(&[SOFTWARE_ADAPTER]).await?;
    let tab = browser.open(&relay.page("/")).await?;
    tab.follow("Mine").await?;
    tab.wait_for_words("no processor in this test").await?;
    tab.switch(SWITCH, true).await?;
    let is_named = |name: &String| !name.is_empty();
    let card = tab.wait_until("a card", MOMENT, async || tab.text("graphics-card").await, is_named).await?;
    assert!(card.contains("(in software)"), "{card}");
    tab.press("Mine a block").await?;
    tab.wait_for_within("tip-height", "1", BLOCK).await?;
    tab.wait_for("workers", "0").await?;
    // The switch is where it was after a reload, and turning it off gives the card back.
    tab.reload().await?;
    tab.wait_until("the card again", MOMENT, async || tab.text("graphics-card").await, |name| *name == card).await?;
    tab.switch(SWITCH, false).await?;
    let none = |name: &Option<String>| name.is_none();
    tab.wait_until("no card", MOMENT, async || tab.text_if_there("graphics-card").await, none).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_card_the_page_says_so_and_the_processor_mines_on() -> Result<(), Failure> {
    let relay = Relay::start().await?;
    let browser = Browser::start().await?;
    let tab = browser.open(&relay.page("/")).await?;
    tab.follow("Mine").await?;
    tab.press("Start mining").await?;
    // It goes on and off again by itself, maybe between two looks.
    tab.run("document.querySelector('.graphics [role=switch]').click()", vec![]).await?;
    tab.wait_for_words("the browser offers no graphics card").await?;
    assert!(!tab.is_on(SWITCH).await?);
    let has_mined = |height: &String| height.parse::<u64>().is_ok_and(|height| height > 0);
    tab.wait_until("a block", BLOCK, async || tab.text("tip-height").await, has_mined).await?;
    Ok(())
}
