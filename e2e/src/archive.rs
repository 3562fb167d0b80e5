//! A node without a page, at a relay's other end, that has a chain to serve.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use shared::protocol::{Config, Node, Output, PeerId, Role};
use shared::state::MemoryBodies;
use shared::testing::{ChainBuilder, address, key};
use shared::{NodeName, Timestamp};
use tokio::task::JoinHandle;

use crate::failure::Failure;
use crate::peer::{Peer, Said};
use crate::relay::Relay;

/// The relay is never silent for so long: it pings.
const PATIENCE: Duration = Duration::from_secs(60);
/// The one link.
const RELAY: PeerId = PeerId(1);

/// The node. It serves until it is dropped.
#[derive(Debug)]
pub struct Archive(JoinHandle<Result<(), Failure>>);

impl Archive {
    /// Joins room main with a chain, as the node of the key with this number.
    pub async fn serve(relay: &Relay, chain: ChainBuilder, number: u8) -> Result<Self, Failure> {
        Self::serve_over(Peer::connect(relay, "main").await?, chain, number)
    }

    /// The same over a socket that is open already.
    pub fn serve_over(peer: Peer, chain: ChainBuilder, number: u8) -> Result<Self, Failure> {
        let refused = |error: &dyn std::error::Error| Failure::setup(error.to_string());
        let config = Config {
            role: Role::Tab,
            name: NodeName::new("archive").map_err(|error| refused(&error))?,
            agent: "test".to_owned(),
            auto_sync: true,
            address: address(0),
        };
        let bodies = Box::new(MemoryBodies::default());
        let secret = key(9_000 + u64::from(number));
        let mut node = Node::new(config, chain.params().clone(), secret, [number; 32], bodies);
        node.restore(chain.blocks().iter().cloned()).map_err(|error| refused(&error))?;
        node.peer_joined(RELAY, now());
        Ok(Self(tokio::spawn(talk(node, peer))))
    }

    /// Whether its link has ended.
    pub fn has_ended(&self) -> bool {
        self.0.is_finished()
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn talk(mut node: Node, mut peer: Peer) -> Result<(), Failure> {
    loop {
        while let Some(output) = node.poll_output() {
            if let Output::Send { bytes, .. } = output {
                peer.send(&bytes).await?;
            }
        }
        match peer.hear(PATIENCE).await? {
            Said::Bytes(bytes) => node.receive(RELAY, &bytes, now()),
            Said::Closed(_) => return Ok(()),
        }
    }
}

/// What the clock says.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_ms(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
