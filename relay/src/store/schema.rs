//! The tables of the store's file.
//!
//! | table            | key                    | value                                                            |
//! |------------------|------------------------|------------------------------------------------------------------|
//! | `meta`           | name                   | `application`, `schema` (u32, little-endian), `seed` (32 bytes)   |
//! | `rooms`          | room                   | its parameters as JSON                                           |
//! | `blocks`         | (room, height, number) | a block, in borsh                                                |
//! | `block_places`   | (room, block's hash)   | its height and number                                            |
//! | `block_counts`   | room                   | the number of the next block                                     |
//! | `payments`       | (room, payment's id)   | a signed payment of the mempool, in borsh                        |
//! | `members`        | (room, node's id)      | what is known of a member, in borsh                              |
//! | `classic_chains` | (room, node's id)      | since 2: a member's classic chain, the JSON array of its blocks  |
//! | `own`            | (room, name)           | since 2: what the relay's own node keeps, text                   |
//!
//! A block's *number* counts the blocks of its room in the order in which they were stored. One scan of `blocks` gives
//! parents before children whatever the order in which their bodies came, and of two blocks of one height the one that
//! was stored first, so that a tie between equal branches ends as it had ended before.
//!
//! The schema's version is raised whenever a table's name, key or value changes its meaning, and when a table is added;
//! a store of an older version gets the tables that it lacks when it is opened.

use redb::TableDefinition;

/// The version of what is described above.
pub(super) const SCHEMA: u32 = 2;
/// What `meta.application` holds, so that another program's file is recognised.
pub(super) const APPLICATION: &[u8] = b"tabcoin relay";

pub(super) const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");
pub(super) const ROOMS: TableDefinition<&str, &str> = TableDefinition::new("rooms");
pub(super) const BLOCKS: TableDefinition<(&str, u64, u64), &[u8]> = TableDefinition::new("blocks");
pub(super) const BLOCK_PLACES: TableDefinition<(&str, &[u8; 32]), (u64, u64)> = TableDefinition::new("block_places");
pub(super) const BLOCK_COUNTS: TableDefinition<&str, u64> = TableDefinition::new("block_counts");
pub(super) const PAYMENTS: TableDefinition<(&str, &[u8; 32]), &[u8]> = TableDefinition::new("payments");
pub(super) const MEMBERS: TableDefinition<(&str, &[u8; 16]), &[u8]> = TableDefinition::new("members");
pub(super) const CLASSIC_CHAINS: TableDefinition<(&str, &[u8; 16]), &str> = TableDefinition::new("classic_chains");
pub(super) const OWN: TableDefinition<(&str, &str), &str> = TableDefinition::new("own");

/// Keys of [`META`].
pub(super) mod meta {
    pub(crate) const APPLICATION: &str = "application";
    pub(crate) const SCHEMA: &str = "schema";
    pub(crate) const SEED: &str = "seed";
    /// Rewritten to find out whether the disk works again.
    pub(crate) const PROBE: &str = "probe";
}
