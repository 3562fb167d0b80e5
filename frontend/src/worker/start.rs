//! How the node worker starts: who it is, which network, what it knew; then the driver takes over.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::join;
use gloo_timers::future::TimeoutFuture;
use shared::protocol::{Config, Node, Role};
use shared::state::MemoryBodies;
use shared::{Block, Params, Receipt, Refusal, Rules};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessagePort};

use super::census::Census;
use super::classic::Classic;
use super::clock;
use super::driver::{Driver, Parts};
use super::feed::Feed;
use super::http::access::{Access, TOKEN_BYTES};
use super::http::reception::{Reception, Room};
use super::identity::{Registry, Taken};
use super::inbox::{Inbox, Input};
use super::link::Link;
use super::outbox::{Item, Outbox};
use super::port::Port;
use super::room::{self, RoomError};
use super::store::{ChainStore, Reading, Record, Records, Settings};
use super::turn::Turns;
use super::wire::{Start, ToNode, ToPage};
use crate::node::view::{EventKind, TabState};
use shared::protocol::Backoff;

/// How this build names itself to its peers.
const AGENT: &str = concat!("tabcoin-tab/", env!("CARGO_PKG_VERSION"));

/// Plays the node worker for as long as the tab lives.
pub fn run(scope: &DedicatedWorkerGlobalScope) -> Result<(), JsValue> {
    let inbox = Inbox::default();
    let heard = inbox.clone();
    let hear = move |message: ToNode, port: Option<MessagePort>| heard.put(Input::Page(message, port));
    let page = Rc::new(Port::announce(scope, hear)?);
    tell_panics(&page);
    wasm_bindgen_futures::spawn_local(async move {
        let Some((start, port)) = first(&inbox).await else {
            return;
        };
        debug_assert!(port.is_none(), "only a miner comes with a port");
        match begin(start, Rc::clone(&page), inbox).await {
            Ok(driver) => driver.run().await,
            Err(receipt) => page.send(&ToPage::State(TabState::Failed(receipt))),
        }
    });
    Ok(())
}

/// Waits for the page's first message.
async fn first(inbox: &Inbox) -> Option<(Start, Option<MessagePort>)> {
    loop {
        inbox.wait().await;
        match inbox.take() {
            Some(Input::Page(ToNode::Start(start), port)) => return Some((start, port)),
            Some(_) => return None,
            None => {}
        }
    }
}

async fn begin(start: Start, page: Rc<Port>, inbox: Inbox) -> Result<Driver, Receipt> {
    let say = |doing: String| page.send(&ToPage::State(TabState::Starting { doing }));
    let mut feed = Feed::default();
    let now = clock::now();
    let no_randomness = |error: getrandom::Error| {
        Receipt::new("keys are random", "the browser's cryptographic randomness", error.to_string())
    };
    let (seed, entropy) = (clock::random().map_err(no_randomness)?, clock::random().map_err(no_randomness)?);

    say("finding out who this tab is".to_owned());
    let (registry, answer) = join(Registry::open(), room::ask(&start.base, &start.room)).await;
    let (registry, mut trouble) = registry;
    // Nobody becomes a node of a room that there is not.
    if let Err(error @ RoomError::Unknown(room)) = &answer
        && registry.room(room.as_str()).await.ok().flatten().is_none()
    {
        return Err(error.receipt());
    }
    let taken = match registry.take(start.wanted.as_deref(), start.fresh, seed, now).await {
        Ok(taken) => taken,
        Err(error) => {
            trouble = Some(error);
            registry.close();
            registry.take(None, true, seed, now).await.map_err(|error| error.receipt())?
        }
    };
    let Taken { identity, origin } = taken;
    let unkept = trouble.as_ref().map(Refusal::receipt);
    page.send(&ToPage::Identity(identity.id().to_string()));

    let params = params(&registry, answer, &start, &say).await.map_err(|error| error.receipt())?;

    say("opening this tab's store".to_owned());
    let network = params.network();
    let (store, unopened) = ChainStore::open(&identity.id(), start.room.as_str(), &network).await;
    let trouble = trouble.or(unopened);
    let records = store.records().await.unwrap_or_default();
    let settings: Settings = records.read(Record::Settings).unwrap_or_default();
    let miner_settings = records.read(Record::Miner).unwrap_or_default();
    let contacts = records.read(Record::Contacts).unwrap_or_default();
    let keys = identity.seed();
    let config = Config {
        role: Role::Tab,
        name: identity.name(),
        agent: AGENT.to_owned(),
        auto_sync: settings.auto_sync,
        address: keys.wallet_key().public().address(),
    };
    let mut node = Node::new(config, params, keys.node_key(), entropy, Box::new(MemoryBodies::default()));
    let turns = Turns::new()
        .map_err(|error| Receipt::new("a worker can yield", "a MessageChannel", super::port::describe(&error)))?;
    if let Err(receipt) = restore(&mut node, &store, &turns, &say).await {
        // What is missing comes again from the relay; what cannot be read is not worth a tab that does not start.
        feed.note(clock::now(), EventKind::Refused { what: "What this tab had stored".to_owned(), receipt });
    }

    let outbox = Outbox::default();
    if let Some(error) = &trouble {
        outbox.set_trouble(error);
    }
    let random = clock::random().map_err(no_randomness)?;
    let (reception, trouble) = reception(&node, &records, &outbox, random);
    if let Some(receipt) = trouble {
        feed.note(now, EventKind::Refused { what: "The classic chain this tab had stored".to_owned(), receipt });
    }
    let link = Rc::new(RefCell::new(Link::new(&start.base, start.room.as_str(), inbox.clone())));
    let node = Rc::new(RefCell::new(node));
    let performing = outbox.clone().run(store, records, Rc::clone(&node), Rc::clone(&link), inbox.clone());
    wasm_bindgen_futures::spawn_local(performing);
    let census = Rc::new(Census::new(registry, inbox.clone(), unkept));
    Ok(Driver::new(Parts {
        node,
        link,
        inbox,
        outbox,
        turns,
        page,
        census,
        identity,
        origin,
        settings,
        miner_settings,
        feed,
        reception,
        contacts,
        start,
    }))
}

/// The room's parameters: the relay's answer, or what it answered last time, or, on a first visit, what it answers at
/// last.
async fn params(
    registry: &Registry,
    mut answer: Result<Params, RoomError>,
    start: &Start,
    say: &impl Fn(String),
) -> Result<Params, RoomError> {
    let room = start.room.as_str();
    let mut backoff = Backoff::default();
    loop {
        match answer {
            Ok(params) => {
                let text = serde_json::json!({ "params": params }).to_string();
                // Not being able to remember costs no more than a start without the relay.
                registry.keep_room(room, text.into_bytes()).await.ok();
                return Ok(params);
            }
            Err(error) => {
                let kept = registry.room(room).await.ok().flatten();
                let kept = kept.and_then(|bytes| String::from_utf8(bytes).ok());
                if let Some(params) = kept.and_then(|text| room::read(&text, &start.room).ok()) {
                    return Ok(params);
                }
                // Asking again does not make a room.
                if let RoomError::Unknown(_) = error {
                    return Err(error);
                }
                say(format!("waiting for the relay ({error})"));
                let random = clock::random::<4>().map_or(u32::MAX, u32::from_le_bytes);
                TimeoutFuture::new(backoff.failed(random) as u32).await;
                answer = room::ask(&start.base, &start.room).await;
            }
        }
    }
}

/// Where requests over HTTP arrive. A classic room's tab is open at first, for lessons; a sealed one's is not.
fn reception(
    node: &Node,
    records: &Records,
    outbox: &Outbox,
    random: [u8; TOKEN_BYTES],
) -> (Reception, Option<Receipt>) {
    let is_classic = node.params().rules() == Rules::Classic;
    let access = Access::new(random, is_classic);
    let relays = records.read(Record::Relays).unwrap_or_default();
    if !is_classic {
        return (Reception::new(relays, access, Room::Sealed(Box::default())), None);
    }
    let kept: Option<String> = records.read(Record::Classic);
    let (mut classic, trouble) = Classic::open(node.id(), node.name().as_str(), kept.as_deref(), clock::now());
    if let Some((record, value)) = classic.to_keep() {
        outbox.put(Item::Keep(record, value));
    }
    (Reception::new(relays, access, Room::Classic(Box::new(classic))), trouble)
}

async fn restore(node: &mut Node, store: &ChainStore, turns: &Turns, say: &impl Fn(String)) -> Result<(), Receipt> {
    let mut reading = Reading::default();
    let mut read = 0;
    loop {
        // A store that could not be opened says so elsewhere; here it is empty.
        let Ok(more) = store.read_blocks(&mut reading).await else {
            return Ok(());
        };
        let blocks = reading.take();
        read += blocks.len();
        let decoded = blocks.iter().filter_map(|bytes| shared::decode::<Block>(bytes).ok());
        node.restore(decoded).map_err(|error| error.receipt())?;
        if !more {
            break;
        }
        say(format!("reading {read} blocks"));
        turns.take().await;
    }
    if let Ok(payments) = store.payments().await {
        node.restore_payments(payments);
    }
    Ok(())
}

/// Has a panic of this worker shown in the page, before the wasm stops.
fn tell_panics(page: &Rc<Port>) {
    thread_local! {
        // A panic hook may be called on any thread and so may hold no port; a worker has one thread.
        static PAGE: RefCell<Option<Rc<Port>>> = const { RefCell::new(None) };
    }
    PAGE.set(Some(Rc::clone(page)));
    std::panic::set_hook(Box::new(|panic| {
        let receipt = Receipt::new("the node keeps running", "no mistake in the program", panic.to_string());
        web_sys::console::error_1(&panic.to_string().into());
        PAGE.with_borrow(|page| {
            if let Some(page) = page {
                page.send(&ToPage::State(TabState::Failed(receipt)));
            }
        });
    }));
}
