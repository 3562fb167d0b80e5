//! Whether all agree: looked at once faults are over.

use shared::Height;
use shared::state::Chain;

use super::{Checker, Violation};
use crate::time::Time;
use crate::world::host::Host;

/// Why the network has not settled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("host {host}: {found}")]
pub struct Unsettled {
    /// Who shows it.
    pub host: usize,
    /// What.
    pub found: String,
}

impl Checker {
    /// How many blocks from the top the honest disagree, which may be so many.
    ///
    /// # Errors
    /// When they disagree further down.
    pub fn close(&self, at: Time, host: usize, hosts: &[Host], agreed_below: u64) -> Result<u64, Violation> {
        let honest = hosts.iter().filter(|host| host.plan.mind.is_honest());
        let nodes = honest.filter_map(|host| host.process.as_ref()).map(|process| &process.node);
        let chains: Vec<&Chain> = nodes.map(|node| node.chain()).collect();
        let heights = chains.iter().map(|chain| chain.tip().height.as_u64());
        let (Some(top), Some(lowest)) = (heights.clone().max(), heights.min()) else { return Ok(0) };
        let is_common = |height: &u64| {
            let hashes = chains.iter().map(|chain| chain.hash_at(Height::from(*height)));
            hashes.clone().zip(hashes.skip(1)).all(|(one, other)| one == other)
        };
        let apart = top - (0..=lowest).rev().find(is_common).unwrap_or_default();
        let found = || format!("they disagree {apart} blocks from the top, {top}");
        super::hold(apart <= agreed_below, at, host, "the honest agree but for the last blocks", found)?;
        Ok(apart)
    }

    /// Whether all hosts but those who go on cheating have one tip, and every payment that can be made is made.
    ///
    /// # Errors
    /// When it is not so, with what shows it.
    pub fn settled(&self, hosts: &[Host]) -> Result<(), Unsettled> {
        let mut tip = None;
        let counts = |host: &Host| host.plan.mind.is_honest() || host.plan.mind.gives_up();
        for (number, host) in hosts.iter().enumerate().filter(|(_, host)| counts(host)) {
            let unsettled = |found: String| Unsettled { host: number, found };
            let Some(process) = &host.process else { return Err(unsettled("it does not run".to_owned())) };
            let (node, own) = (&process.node, process.node.chain().tip());
            let first = *tip.get_or_insert(own.hash);
            if own.hash != first {
                return Err(unsettled(format!("its tip is {} at {}, another's is {first}", own.hash, own.height)));
            }
            if !host.plan.mind.is_honest() {
                // What it wanted to have made is its own affair.
                continue;
            }
            if let Some(signed) = node.mempool().iter().next() {
                return Err(unsettled(format!("payment {} still waits", signed.id())));
            }
            if let Some(missing) = self.payments.missing(node, |host| hosts[host].disk.is_damaged) {
                return Err(unsettled(format!("{missing} is not made")));
            }
        }
        Ok(())
    }
}
