//! The miner of a tab, in a real browser: all cores, at once, as much as it was allowed, and whatever is missing or
//! breaks, it goes on.

use std::ops::Range;
use std::time::Duration;

use e2e::{AppWith, Browser, Failure, Relay, Tab};
use serde_json::json;
use shared::{CompactTarget, Params};
use tokio::sync::{Mutex, MutexGuard};

/// How long what needs no luck may take.
const MOMENT: Duration = Duration::from_secs(20);
/// How long a block may take at the first target, where it is a second or two on an idle machine.
const BLOCK: Duration = Duration::from_secs(120);
/// Workers are to obey within 20 ms on a machine with nothing else to do. A test's machine has, so this is what must
/// never be reached by half of the orders; the slices that orders wait for are a fifth of it.
const ORDER_MS: f64 = 40.0;
/// How many orders are timed.
const ORDERS: usize = 10;
/// A target that nothing meets while a test runs.
const HARD: CompactTarget = CompactTarget::from_bits(0x1a00_ffff);
/// Over how long a tab measures its rate.
const RATE_WINDOW: Duration = Duration::from_secs(4);
/// What 25 per cent of a core may measure as, of all of it.
const QUARTER: Range<f64> = 0.1..0.35;
/// How often a share is measured until it is right.
const TRIES: usize = 4;

/// Held by the test that mines: two at once would measure each other.
static CORES: Mutex<()> = Mutex::const_new(());

/// A tab on its Mine page, and what it stands on.
struct Miner {
    tab: Tab,
    _browser: Browser,
    _relay: Relay,
    _app: Option<AppWith>,
    _cores: MutexGuard<'static, ()>,
}

impl Miner {
    async fn open(browser: Browser, relay: Relay, app: Option<AppWith>) -> Result<Self, Failure> {
        Self::open_after("", browser, relay, app).await
    }

    /// The same after a script has changed what the page sees of the browser.
    async fn open_after(script: &str, browser: Browser, relay: Relay, app: Option<AppWith>) -> Result<Self, Failure> {
        let cores = CORES.lock().await;
        let tab = browser.open("about:blank").await?;
        if !script.is_empty() {
            tab.before_each_page(script).await?;
        }
        tab.goto(&relay.page("/")).await?;
        tab.follow("Mine").await?;
        let miner = Self { tab, _browser: browser, _relay: relay, _app: app, _cores: cores };
        miner.until("a kernel", "kernel", |name| !name.is_empty()).await?;
        Ok(miner)
    }

    /// One that finds nothing, however long it mines.
    async fn in_vain() -> Result<Self, Failure> {
        Self::in_vain_after("").await
    }

    async fn in_vain_after(script: &str) -> Result<Self, Failure> {
        let params = json!(Params { target_limit: HARD, ..Params::main() }).to_string();
        let relay = Relay::start_with(Some(&params), &[]).await?;
        Self::open_after(script, Browser::start().await?, relay, None).await
    }

    /// One whose workers begin with a script.
    async fn with_worker_script(script: &str) -> Result<Self, Failure> {
        let app = AppWith::worker_script(script).await?;
        let relay = Relay::start_serving(app.folder(), None, &[]).await?;
        Self::open(Browser::start().await?, relay, Some(app)).await
    }

    async fn until(&self, wanted: &str, test_id: &str, is_it: impl Fn(&String) -> bool) -> Result<String, Failure> {
        self.tab.wait_until(wanted, MOMENT, async || self.tab.text(test_id).await, is_it).await
    }

    async fn start(&self) -> Result<(), Failure> {
        self.tab.press("Start mining").await
    }

    async fn workers(&self, count: u64) -> Result<(), Failure> {
        self.tab.wait_for_within("workers", &count.to_string(), MOMENT).await
    }

    async fn cores(&self) -> Result<u64, Failure> {
        let cores = self.tab.run("return navigator.hardwareConcurrency", vec![]).await?;
        Ok(cores.as_u64().expect("a browser knows its cores").min(64))
    }

    async fn choose(&self, workers: &str) -> Result<(), Failure> {
        const SCRIPT: &str = "const list = document.querySelector('#workers'); list.value = arguments[0]; \
            list.dispatchEvent(new Event('change', { bubbles: true }))";
        self.tab.run(SCRIPT, vec![workers.into()]).await.map(drop)
    }

    async fn throttle(&self, percent: u8) -> Result<(), Failure> {
        const SCRIPT: &str = "const slider = document.querySelector('#throttle'); slider.value = arguments[0]; \
            slider.dispatchEvent(new Event('input', { bubbles: true }))";
        self.tab.run(SCRIPT, vec![percent.into()]).await.map(drop)
    }

    /// What the controls of the page say: workers, and the share of a core.
    async fn chosen(&self) -> Result<(String, String), Failure> {
        const SCRIPT: &str = "return ['#workers', '#throttle'].map(name => document.querySelector(name).value)";
        let chosen = self.tab.run(SCRIPT, vec![]).await?;
        serde_json::from_value(chosen.clone()).map_err(|_| Failure::page(format!("{chosen} is no choice")))
    }

    /// Million attempts a second.
    async fn rate(&self) -> Result<f64, Failure> {
        let text = self.tab.text("hash-rate").await?;
        text.parse().map_err(|_| Failure::page(format!("{text:?} is no rate")))
    }

    /// The rate once it is measured over nothing but what was set last.
    async fn settled_rate(&self) -> Result<f64, Failure> {
        tokio::time::sleep(RATE_WINDOW).await;
        self.rate().await
    }

    async fn order_ms(&self) -> Result<f64, Failure> {
        let text = self.tab.text("order-ms").await?;
        let number = text.strip_suffix(" ms").and_then(|number| number.parse().ok());
        number.ok_or_else(|| Failure::page(format!("{text:?} is no time")))
    }

    /// Mines one block, whoever of the workers finds it.
    async fn mine_a_block(&self) -> Result<(), Failure> {
        let height: u64 = self.tab.text("tip-height").await?.parse().expect("a height is a number");
        self.tab.press("Mine a block").await?;
        self.tab.wait_for_within("tip-height", &(height + 1).to_string(), BLOCK).await
    }
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_core_mines_and_all_stop_at_once() -> Result<(), Failure> {
    let miner = Miner::in_vain().await?;
    let cores = miner.cores().await?;
    miner.workers(0).await?;
    miner.start().await?;
    miner.workers(cores).await?;
    assert_eq!(miner.tab.text("kernel").await?, "simd128");
    let is_rate = |text: &String| text.parse::<f64>().is_ok_and(|rate| rate > 0.0);
    miner.until("a rate", "hash-rate", is_rate).await?;
    let (mut stops, mut jobs) = (Vec::new(), Vec::new());
    for _ in 0..ORDERS {
        // To mine one block, where it mines already, is another job.
        miner.tab.press("Mine a block").await?;
        tokio::time::sleep(Duration::from_millis(150)).await;
        jobs.push(miner.order_ms().await?);
        miner.tab.press("Stop mining").await?;
        miner.workers(0).await?;
        stops.push(miner.order_ms().await?);
        miner.start().await?;
        miner.workers(cores).await?;
    }
    let (stop, job) = (median(stops.clone()), median(jobs.clone()));
    println!("{cores} workers stop within {stop} ms {stops:?} and have another job within {job} ms {jobs:?}");
    assert!(stop < ORDER_MS && job < ORDER_MS, "stop: {stops:?}, another job: {jobs:?}");
    miner.tab.press("Stop mining").await?;
    miner.workers(0).await?;
    tokio::time::sleep(RATE_WINDOW).await;
    assert_eq!((miner.rate().await?, miner.tab.text("attempts").await?.as_str()), (0.0, "0"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_keeps_to_its_share_and_what_was_chosen_survives_a_reload() -> Result<(), Failure> {
    let miner = Miner::in_vain().await?;
    miner.choose("1").await?;
    miner.start().await?;
    miner.workers(1).await?;
    let mut shares = Vec::new();
    // What else the machine does takes more from who wants all of a core than from who wants some of it, and comes and
    // goes: of some tries one is to be undisturbed.
    while shares.len() < TRIES && !shares.last().is_some_and(|share| QUARTER.contains(share)) {
        miner.throttle(100).await?;
        let whole = miner.settled_rate().await?;
        miner.throttle(25).await?;
        let quarter = miner.settled_rate().await?;
        shares.push(quarter / whole);
        println!("{whole} million a second, at 25 per cent {quarter}: {:.3} of it", quarter / whole);
    }
    assert!(shares.last().is_some_and(|share| QUARTER.contains(share)), "{shares:?}");
    miner.tab.reload().await?;
    let chosen = ("1".to_owned(), "25".to_owned());
    miner.tab.wait_until("what was chosen", MOMENT, async || miner.chosen().await, |seen| *seen == chosen).await?;
    miner.start().await?;
    miner.workers(1).await?;
    miner.choose("").await?;
    miner.workers(miner.cores().await?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_worker_may_start_a_worker_the_page_starts_them() -> Result<(), Failure> {
    let miner = Miner::with_worker_script("delete self.Worker;").await?;
    miner.mine_a_block().await?;
    miner.start().await?;
    miner.workers(miner.cores().await?).await?;
    miner.choose("1").await?;
    miner.workers(1).await
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_break_are_replaced_and_the_page_says_so() -> Result<(), Failure> {
    const BREAKS: &str = "if (name === 'miner') \
        new BroadcastChannel('test').onmessage = () => { throw new Error('it broke in a test') };";
    let miner = Miner::with_worker_script(BREAKS).await?;
    miner.choose("1").await?;
    miner.start().await?;
    miner.workers(1).await?;
    miner.tab.run("new BroadcastChannel('test').postMessage(0)", vec![]).await?;
    miner.tab.follow("Overview").await?;
    miner.tab.wait_for_words("it broke in a test").await?;
    miner.tab.follow("Mine").await?;
    miner.workers(1).await?;
    miner.tab.press("Stop mining").await?;
    miner.mine_a_block().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_tab_mines_on_and_says_that_it_is_hidden() -> Result<(), Failure> {
    let miner = Miner::in_vain().await?;
    miner.start().await?;
    miner.workers(miner.cores().await?).await?;
    miner.tab.minimize().await?;
    miner.until("to be hidden", "miner-state", |state| state == "mining in the background").await?;
    assert!(miner.settled_rate().await? > 0.0);
    miner.workers(miner.cores().await?).await?;
    miner.tab.restore().await?;
    miner.until("to be seen", "miner-state", |state| state == "mining until stopped").await?;
    Ok(())
}

/// What needs Chromium's protocol or its arguments, or what only it offers a page: the state of the battery.
mod chromium {
    use e2e::{Scheme, View};

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_battery_is_spared_until_it_is_charged_or_the_owner_says_otherwise() -> Result<(), Failure> {
        const ON_BATTERY: &str = "const battery = Object.assign(new EventTarget(), { charging: false }); \
            navigator.getBattery = async () => battery; \
            self.charge = charging => { battery.charging = charging; battery.dispatchEvent(new Event('chargingchange')) };";
        let miner = Miner::in_vain_after(ON_BATTERY).await?;
        let cores = miner.cores().await?;
        miner.tab.wait_for_words("runs on its battery").await?;
        miner.start().await?;
        miner.workers(1).await?;
        miner.tab.run("charge(true)", vec![]).await?;
        miner.workers(cores).await?;
        miner.tab.run("charge(false)", vec![]).await?;
        miner.workers(1).await?;
        miner.choose(&cores.to_string()).await?;
        miner.workers(cores).await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_browser_without_simd_mines_with_the_portable_kernel() -> Result<(), Failure> {
        // Without these instructions of the processor, V8 has no SIMD to offer.
        let browser = Browser::start_with(&["--js-flags=--no-enable-sse4-1"]).await?;
        let miner = Miner::open(browser, Relay::start().await?, None).await?;
        assert_eq!(miner.tab.text("kernel").await?, "scalar");
        miner.mine_a_block().await
    }

    const WIDTHS: [u32; 2] = [1280, 390];
    /// More than the strip of the chain shows at once on either screen.
    const BLOCKS: u64 = 7;
    /// Shows the button, which a phone's bar may cover, and notes where it is in each frame, in pixels from the top of the
    /// page.
    const WATCH: &str = "const tops = window.tops = new Set();
        const find = () => [...document.querySelectorAll('button')].find(one => one.textContent === 'Mine a block');
        find().scrollIntoView({ block: 'center' });
        const look = () => {
            if (window.tops !== tops) return;
            tops.add(Math.round(find().getBoundingClientRect().top + scrollY));
            requestAnimationFrame(look);
        };
        look()";
    const SEEN: &str = "return [...window.tops]";

    #[tokio::test(flavor = "multi_thread")]
    async fn the_button_that_mines_a_block_stays_in_its_place_while_blocks_are_found_and_taken() -> Result<(), Failure>
    {
        let mut relay = Relay::start_easy(&[]).await?;
        let browser = Browser::start().await?;
        let tab = browser.open(&relay.page("/")).await?;
        let mut height = 0;
        for width in WIDTHS {
            tab.show_on(View { width, scheme: Scheme::Light }).await?;
            tab.wait_for_words("connected").await?;
            tab.run(WATCH, vec![]).await?;
            // Nobody takes the blocks until the relay is back.
            relay.stop().await?;
            for _ in 0..BLOCKS {
                tab.press("Mine a block").await?;
                height += 1;
                tab.wait_for_within("tip-height", &height.to_string(), MOMENT).await?;
            }
            tab.wait_for("untaken", &(10 * BLOCKS).to_string()).await?;
            relay.restart().await?;
            tab.wait_for_within("untaken", "0", MOMENT).await?;
            let seen = tab.run(SEEN, vec![]).await?;
            assert_eq!(seen.as_array().map(Vec::len), Some(1), "at a width of {width} it was seen at {seen}");
        }
        Ok(())
    }
}
