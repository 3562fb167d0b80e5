//! Who else is open in this browser: looked up beside the driver's loop, now and then, while this identity is noted as
//! in use.

use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;

use super::clock::{self, monotonic_ms};
use super::identity::{Identity, Registry};
use super::inbox::Inbox;
use crate::node::view::OtherIdentity;

/// How often, in milliseconds.
const EVERY_MS: f64 = 10_000.0;

/// The other identities, as they were found last.
#[derive(Debug)]
pub struct Census {
    registry: Registry,
    inbox: Inbox,
    others: RefCell<Vec<OtherIdentity>>,
    due_ms: Cell<f64>,
    under_way: Cell<bool>,
    changed: Cell<bool>,
}

impl Census {
    /// A census that is due at once; `inbox` is woken when it finds a change.
    pub fn new(registry: Registry, inbox: Inbox) -> Self {
        Self {
            registry,
            inbox,
            others: RefCell::default(),
            due_ms: Cell::new(0.0),
            under_way: Cell::new(false),
            changed: Cell::new(false),
        }
    }

    /// The others.
    pub fn others(&self) -> Ref<'_, Vec<OtherIdentity>> {
        self.others.borrow()
    }

    /// Whether something changed since this was last asked.
    pub fn has_changed(&self) -> bool {
        self.changed.take()
    }

    /// Has the next [`Census::take`] not wait until it is time.
    pub fn hurry(&self) {
        self.due_ms.set(0.0);
    }

    /// Starts a census if one is due.
    pub fn take(self: &Rc<Self>, identity: &mut Identity) {
        if self.under_way.get() || monotonic_ms() < self.due_ms.get() {
            return;
        }
        self.under_way.set(true);
        self.due_ms.set(monotonic_ms() + EVERY_MS);
        identity.used(clock::now());
        let (census, identity) = (Rc::clone(self), identity.clone());
        wasm_bindgen_futures::spawn_local(async move {
            census.count(&identity).await;
            census.under_way.set(false);
            census.inbox.wake();
        });
    }

    async fn count(&self, identity: &Identity) {
        if self.registry.keep(identity).await.is_err() && self.registry.reopen().await.is_ok() {
            // The site's data was deleted under the tab: it is still this node, and says so again.
            self.registry.keep(identity).await.ok();
        }
        if let Ok(others) = self.registry.others(&identity.id()).await {
            let before = self.others.replace(others);
            self.changed.set(before != *self.others.borrow());
        }
    }
}
