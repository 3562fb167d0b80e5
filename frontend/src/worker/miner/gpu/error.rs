//! Why there is no search on a graphics card.

use shared::{Receipt, Refusal};

/// What is missing or went wrong. Mining on the processor goes on without it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GpuError {
    /// The browser has no WebGPU.
    #[error("this browser has no WebGPU, or does not offer it to this page")]
    NoInterface,
    /// The browser has WebGPU, but no card that it trusts with it.
    #[error("the browser offers no graphics card")]
    NoAdapter,
    /// There is a card, but it could not be connected to.
    #[error("the graphics card could not be opened: {0}")]
    NoDevice(String),
    /// The card's driver did not take the shader.
    #[error("the graphics card's driver did not take the program: {0}")]
    Shader(String),
    /// The card does not find what the processor finds.
    #[error("the graphics card missed proofs that the processor found")]
    Wrong,
    /// The connection ended: the driver was restarted, the card taken away, or the device destroyed.
    #[error("the graphics card was lost: {0}")]
    Lost(String),
}

impl Refusal for GpuError {
    fn receipt(&self) -> Receipt {
        let expected = match self {
            Self::NoInterface => "a browser with WebGPU, and a page served over HTTPS or from this computer",
            Self::NoAdapter => "a graphics card that the browser lets pages use",
            Self::NoDevice(_) => "a graphics card that can be opened",
            Self::Shader(_) => "a driver that takes the search program",
            Self::Wrong => "the same proofs that the processor finds",
            Self::Lost(_) => "a graphics card that stays",
        };
        Receipt::new("mining on the graphics card", expected, self.to_string())
    }
}
