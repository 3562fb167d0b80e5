//! Whether all agree: looked at once faults are over.

use super::Checker;
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
