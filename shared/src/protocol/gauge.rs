//! How much a node keeps of what others can make it keep, each beside its limit: for whoever watches a node, and for the
//! simulator, which checks that none is exceeded.
//!
//! What has no limit of its own is paid for, or passes: headers and blocks with the work in them (what is not worth it is
//! kept up to [`LOW_WORK_BLOCKS_MAX`](super::limits::LOW_WORK_BLOCKS_MAX)), accounts and the index with blocks, links and
//! the members at them by the shell that takes them, and outputs and changes among the members until they are taken.

use super::limits::{
    ABSENT_KEPT_MAX, BARRED_MAX, BLOCKS_OWED_MAX, HEADERS_MAX, HEADERS_OWED_MAX, IN_FLIGHT_MAX, JOBS_KEPT, KEYS_MAX,
    KNOWN_PAYMENTS_MAX, ORPHANS_MAX, PRESYNC_HEADERS_MAX, PRESYNC_MARK_SPAN, PRESYNCS_MAX, ROSTER_MAX, UNJUDGED_MAX,
    VERIFIED_MAX, WANTED_MAX,
};
use super::message::Role;
use super::node::Node;
use super::presync::Presync;
use crate::state::{BRANCH_ACCOUNTS_MAX, MEMPOOL_BYTES_MAX};

/// How many marks of a branch are kept: of all that is looked through, and of the message that goes beyond it.
const PRESYNC_MARKS_MAX: usize = (PRESYNC_HEADERS_MAX + HEADERS_MAX) / PRESYNC_MARK_SPAN;

/// What is kept of something, and the most that may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gauge {
    /// Of what; where it is kept for every peer, of the peer that has most.
    pub what: &'static str,
    /// How much is kept.
    pub kept: usize,
    /// How much may be.
    pub max: usize,
}

impl Node {
    /// How much is kept of everything that has a limit.
    pub fn gauges(&self) -> Vec<Gauge> {
        let mut gauges = vec![
            Gauge { what: "bytes of payments that wait", kept: self.mempool.bytes(), max: MEMPOOL_BYTES_MAX },
            Gauge { what: "branches that are fetched", kept: self.fetching.heads().count(), max: WANTED_MAX },
            Gauge { what: "payments that a branch was left with", kept: self.left.len(), max: UNJUDGED_MAX },
            Gauge { what: "branches that are looked through", kept: self.presyncs(), max: PRESYNCS_MAX },
            Gauge {
                what: "bytes of bodies that wait for one below",
                kept: self.unstored.bytes(),
                max: self.unstored.bytes_max,
            },
            Gauge {
                what: "accounts of branches beside the chain",
                kept: self.chain.branch_accounts(),
                max: BRANCH_ACCOUNTS_MAX,
            },
            Gauge { what: "jobs on the current parent", kept: self.jobs.kept(), max: JOBS_KEPT },
            Gauge { what: "nodes that are barred", kept: self.barred.len(), max: BARRED_MAX },
            Gauge { what: "payments remembered as signed", kept: self.signatures.verified_len(), max: VERIFIED_MAX },
            Gauge { what: "keys that are kept parsed", kept: self.signatures.keys_len(), max: KEYS_MAX },
        ];
        let is_relay = self.role() == Role::Relay;
        let members = self.roster.iter().filter(|member| !(is_relay && member.online)).count();
        let members_max = if is_relay { ABSENT_KEPT_MAX } else { ROSTER_MAX };
        gauges.push(Gauge { what: "members that are remembered", kept: members, max: members_max });
        let mut of_peers = [
            Gauge { what: "bodies that a peer was asked for", kept: 0, max: IN_FLIGHT_MAX },
            Gauge { what: "orphans that a peer announced", kept: 0, max: ORPHANS_MAX as usize },
            Gauge { what: "payments of a peer that may fit later", kept: 0, max: UNJUDGED_MAX },
            Gauge { what: "payments known to a peer", kept: 0, max: KNOWN_PAYMENTS_MAX },
            Gauge { what: "requests for headers of a peer", kept: 0, max: HEADERS_OWED_MAX },
            Gauge { what: "blocks owed to a peer", kept: 0, max: BLOCKS_OWED_MAX },
            Gauge { what: "marks of a peer's branch", kept: 0, max: PRESYNC_MARKS_MAX },
        ];
        for (_, ready) in self.ready_peers() {
            let kept = [
                ready.bodies.len(),
                ready.orphans as usize,
                ready.unjudged.len(),
                ready.known.len(),
                ready.owed.headers_len(),
                ready.owed.blocks_len(),
                ready.presync.as_ref().map_or(0, Presync::marks_len),
            ];
            of_peers.iter_mut().zip(kept).for_each(|(gauge, kept)| gauge.kept = gauge.kept.max(kept));
        }
        gauges.extend(of_peers);
        gauges
    }
}
