//! Who else is open in this browser: looked up beside the driver's loop, now and then, while this identity is noted as
//! in use. Where it cannot be noted, its keys are not saved either, and the page says so until they are. What another tab
//! noted of it meanwhile, that it is backed up, is taken over.

use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;

use super::clock::{self, monotonic_ms};
use super::idb::StoreError;
use super::identity::{Identity, Registry};
use super::inbox::Inbox;
use crate::node::view::OtherIdentity;
use shared::{NodeId, Receipt, Refusal};

/// How often, in milliseconds.
const EVERY_MS: f64 = 10_000.0;
/// How often while something of this tab's is not saved, in milliseconds.
const TROUBLED_MS: f64 = 1_000.0;

/// The other identities, as they were found last.
#[derive(Debug)]
pub struct Census {
    registry: Registry,
    inbox: Inbox,
    others: RefCell<(Vec<OtherIdentity>, usize)>,
    /// This identity as it was kept last.
    kept: RefCell<Option<Identity>>,
    /// When the last one was started.
    taken_ms: Cell<f64>,
    /// Why this identity, and its keys with it, is not on disk.
    trouble: RefCell<Option<Receipt>>,
    under_way: Cell<bool>,
    changed: Cell<bool>,
}

impl Census {
    /// A census that is due at once; `inbox` is woken when it finds a change. The trouble is why this identity could not be
    /// kept so far.
    pub fn new(registry: Registry, inbox: Inbox, trouble: Option<Receipt>) -> Self {
        Self {
            registry,
            inbox,
            others: RefCell::default(),
            kept: RefCell::default(),
            taken_ms: Cell::new(f64::NEG_INFINITY),
            trouble: RefCell::new(trouble),
            under_way: Cell::new(false),
            changed: Cell::new(false),
        }
    }

    /// The list of this browser's identities.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The first of the others, and how many there are.
    pub fn others(&self) -> Ref<'_, (Vec<OtherIdentity>, usize)> {
        self.others.borrow()
    }

    /// Why this identity, and its keys with it, is not on disk, if it is not.
    pub fn trouble(&self) -> Option<Receipt> {
        self.trouble.borrow().clone()
    }

    /// Whether something changed since this was last asked.
    pub fn has_changed(&self) -> bool {
        self.changed.take()
    }

    /// Has the next [`Census::take`] not wait until it is time.
    pub fn hurry(&self) {
        self.taken_ms.set(f64::NEG_INFINITY);
    }

    /// Starts a census if one is due, which is sooner where this tab's other store is in trouble: what closed that has
    /// mostly closed the list of identities, too.
    pub fn take(self: &Rc<Self>, identity: &mut Identity, is_troubled: bool) {
        let every_ms = if is_troubled || self.trouble.borrow().is_some() { TROUBLED_MS } else { EVERY_MS };
        if self.under_way.get() || monotonic_ms() < self.taken_ms.get() + every_ms {
            return;
        }
        self.under_way.set(true);
        self.taken_ms.set(monotonic_ms());
        identity.used(clock::now());
        if let Some(kept) = self.kept.take() {
            identity.take_over(&kept);
        }
        let (census, identity) = (Rc::clone(self), identity.clone());
        wasm_bindgen_futures::spawn_local(async move {
            census.count(identity).await;
            census.under_way.set(false);
            census.inbox.wake();
        });
    }

    async fn count(&self, mut identity: Identity) {
        let was_backed_up = identity.is_backed_up();
        let id = identity.id();
        let trouble = self.keep(&id, &mut identity).await.err().map(|error| error.receipt());
        if self.trouble.replace(trouble.clone()) != trouble {
            self.changed.set(true);
        }
        if identity.is_backed_up() != was_backed_up {
            // The next one takes it over, and does not wait.
            self.hurry();
        }
        *self.kept.borrow_mut() = Some(identity);
        if let Ok(others) = self.registry.others(&id).await {
            let before = self.others.replace(others);
            self.changed.set(self.changed.get() || before != *self.others.borrow());
        }
    }

    async fn keep(&self, id: &NodeId, identity: &mut Identity) -> Result<(), StoreError> {
        if self.registry.keep_used(id, identity).await.is_ok() {
            return Ok(());
        }
        // The site's data may have been deleted under the tab: it is still this node, and says so again.
        self.registry.reopen().await?;
        self.registry.keep_used(id, identity).await
    }
}
