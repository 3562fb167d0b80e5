//! The verifiers: workers that verify signatures ahead of the node worker, when more come than it should do alone.
//!
//! [`worker`] is what one does, [`client`] the node worker's end. They judge nothing: what they found valid the node need
//! not verify again, and what they found forged, or never answered, it verifies itself.

pub mod client;
pub mod worker;

use shared::Receipt;
use shared::rules::VerifiedSignatures;
use web_sys::MessagePort;

/// What happened to a verifier.
#[derive(Debug)]
pub enum FromVerifier {
    /// It runs; this port reaches it.
    Started(MessagePort),
    /// It did not start, or broke.
    Failed(Receipt),
    /// It has looked at the share that it has had for longest.
    Answered(Option<VerifiedSignatures>),
}

/// How many verifiers there may be on a machine with so many processors: all but the node worker's, and no more than
/// have something to do while that one applies what they verified.
pub fn most(processors: usize) -> usize {
    /// With four at work, applying blocks takes longer than verifying them.
    const VERIFIERS_MAX: usize = 3;
    processors.saturating_sub(1).min(VERIFIERS_MAX)
}

#[cfg(test)]
mod tests {
    use super::most;

    #[test]
    fn the_node_worker_has_a_processor_to_itself() {
        assert_eq!([0, 1, 2, 4, 64].map(most), [0, 0, 1, 3, 3]);
    }
}
