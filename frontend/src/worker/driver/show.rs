//! What the driver shows the page: snapshots, no more of them than anybody sees.

use super::{Driver, Parts};
use crate::node::view::{ClassicView, IdentityView, StorageView, TabState};
use crate::worker::clock::{self, monotonic_ms};
use crate::worker::snapshot::{LinkFacts, Scene};
use crate::worker::wire::ToPage;

/// The shortest time between two snapshots, in milliseconds: quick to the eye, and a small part of a core.
const SNAPSHOT_MS: f64 = 80.0;
/// The same where nothing but requests over HTTP came, of which there may be a thousand a second.
const LOG_MS: f64 = 400.0;

impl Driver {
    /// Sends the page a snapshot if something changed and the last one is old enough.
    pub(super) fn show(&mut self) {
        if self.until_shown_ms() > 0.0 {
            return;
        }
        (self.dirty, self.asked, self.shown_ms) = (false, false, monotonic_ms());
        let classic = self.parts.reception.classic_view();
        let node = self.parts.node.borrow();
        // Taken out for as long as the scene borrows the rest.
        let mut snapshots = std::mem::take(&mut self.snapshots);
        let view = snapshots.build(&node, &self.scene(classic));
        drop(node);
        self.snapshots = snapshots;
        self.parts.page.send(&ToPage::State(TabState::Running(Box::new(view))));
    }

    /// How long until the next snapshot, in milliseconds; infinite where there is nothing to show.
    pub(super) fn until_shown_ms(&self) -> f64 {
        let apart_ms = match (self.dirty, self.asked) {
            (true, _) => SNAPSHOT_MS,
            (false, true) => LOG_MS,
            (false, false) => f64::INFINITY,
        };
        (apart_ms - (monotonic_ms() - self.shown_ms)).max(0.0)
    }

    fn scene(&self, classic: Option<ClassicView>) -> Scene<'_> {
        let Parts { identity, origin, start, feed, link, reception, contacts, .. } = &self.parts;
        let (id, prefix) = (self.parts.node.borrow().id(), &self.prefix);
        let link = link.borrow();
        Scene {
            identity: IdentityView {
                id: id.to_string(),
                name: identity.name_for(&id).to_string(),
                address: self.address.encode(prefix),
                origin: *origin,
                urls: reception.urls(&id.to_string(), &start.base),
                others: self.parts.census.others().0.clone(),
                others_total: self.parts.census.others().1 as u32,
                is_backed_up: identity.is_backed_up(),
            },
            address: self.address,
            link: LinkFacts { attempt: link.attempt(), retry_at: link.retry_at(), refused: self.refused.clone() },
            feed,
            miner: self.pool.facts(self.no_miner.clone()),
            storage: self.storage(),
            replaced_at: self.replaced_at,
            http: reception.view(&start.base),
            classic,
            contacts: contacts.shown(prefix),
            importing: self.import.as_ref().map(|(_, import)| import.percent()),
            now: clock::now(),
        }
    }

    /// The chain is kept in one database and the keys in another; only what is in both is saved.
    fn storage(&self) -> StorageView {
        let Parts { outbox, census, .. } = &self.parts;
        let trouble = outbox.trouble().or_else(|| census.trouble());
        StorageView { saved: trouble.is_none() && outbox.is_saved(), trouble, promise: self.promise }
    }
}
