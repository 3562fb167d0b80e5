//! The search for proofs on a graphics card, but for the card: the shader, and the bytes that go to it and come back.
//!
//! [`SHADER`] is WGSL, so that a browser runs it through WebGPU and a program through Vulkan or Metal. It reads a
//! [`Work`] and writes [`Hits`], whose layouts stand beside each other in `search.wgsl` and here. Whoever has a device
//! makes [`WORK_BYTES`] of uniform buffer and [`HITS_BYTES`] of storage buffer, sets the first word of the latter to zero,
//! dispatches [`Work::groups`] groups, and hands what was written to [`Hits::decode`]. What a card says is believed only
//! after the CPU has hashed it too, so a card that errs can waste time and nothing else.

mod hits;
mod trial;
mod work;

pub use self::hits::{HITS_BYTES, HITS_MAX, Hit, Hits};
pub use self::trial::Trial;
pub use self::work::{LANES_MAX, WORK_BYTES, Work};

/// The shader.
pub const SHADER: &str = include_str!("search.wgsl");
/// The name of its entry point.
pub const ENTRY_POINT: &str = "search";
/// Which binding of group 0 the [`Work`] is, a uniform buffer.
pub const WORK_BINDING: u32 = 0;
/// Which binding of group 0 the [`Hits`] are, a storage buffer.
pub const HITS_BINDING: u32 = 1;
/// Invocations a group.
pub const WORKGROUP: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ChainBuilder, easy_params};
    use crate::values::{Header, Proof};

    /// A header that one hash in 256 makes a block.
    pub(super) fn header(high: u128) -> Header {
        Header { proof: Proof(high << 32), ..ChainBuilder::new(easy_params()).draft(1, &[]).header }
    }

    #[test]
    fn the_shader_and_this_module_have_the_same_numbers() {
        for (name, value) in [("WORKGROUP", WORKGROUP), ("LANES_MAX", LANES_MAX as u32), ("HITS_MAX", HITS_MAX as u32)]
        {
            assert!(SHADER.contains(&format!("const {name}: u32 = {value}u;")), "{name}");
        }
        for (binding, variable) in
            [(WORK_BINDING, "var<uniform> work: Work"), (HITS_BINDING, "var<storage, read_write> hits: Hits")]
        {
            assert!(SHADER.contains(&format!("@group(0) @binding({binding}) {variable};")), "{variable}");
        }
        assert!(SHADER.contains(&format!("fn {ENTRY_POINT}(")));
    }
}
