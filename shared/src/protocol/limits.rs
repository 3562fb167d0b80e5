//! Every limit of the protocol, each with its reason. Times are in milliseconds.

/// The version of the messages. Nodes of different versions do not talk.
pub const PROTOCOL_VERSION: u16 = 1;

/// The longest message: two blocks of the largest size, and room to spare.
pub const MESSAGE_BYTES_MAX: usize = 1 << 20;
/// The longest message of a peer that has not proved who it is, twice what a Hello takes: strangers cost nothing.
pub const HANDSHAKE_BYTES_MAX: usize = 1_024;
/// How many bytes of blocks or payments go into one message, so that a slow link delivers something now and then.
pub const BATCH_BYTES: usize = 512 << 10;
/// The most headers in one message: 232 kB.
pub const HEADERS_MAX: usize = 2_000;
/// The most hashes in a locator: enough for 2^54 blocks.
pub const LOCATOR_MAX: usize = 64;
/// The most blocks in one request: 64 of the largest are 16 MiB to send, which a relay's queue for one member holds.
pub const GET_BLOCKS_MAX: usize = 64;
/// The most payments in one message: about a hundred kilobytes.
pub const PAYMENTS_MAX: usize = 512;
/// The most members in one message, joined or left.
pub const MEMBERS_MAX: usize = 256;

/// How many bytes of bodies may be under way from one peer, as far as the sizes of earlier ones tell.
pub const IN_FLIGHT_BYTES: usize = 4 << 20;
/// How many bodies may be under way from one peer, however small.
pub const IN_FLIGHT_MAX: usize = 256;
/// How many blocks one step of an import takes: their signatures are verified in one batch, and nobody waits long.
pub const IMPORT_BLOCKS_MAX: usize = 64;
/// How many bytes of blocks one step of an import takes before it ends.
pub const IMPORT_BYTES: usize = 1 << 20;
/// How many blocks beside its chain a node takes headers for that lead to no more work than that chain has: about 5 MB.
/// Beyond it, a branch is kept when it is worth it. A member that does not follow the others is one such branch.
pub const LOW_WORK_BLOCKS_MAX: usize = 16_384;
/// How many bytes the blocks beside its chain may take before a node asks for no more of branches that lead to no more work
/// than that chain has: as many blocks of 16 KiB as [`LOW_WORK_BLOCKS_MAX`], while as many of the largest are 4 GiB. What is
/// under way then still comes.
pub const LOW_WORK_BYTES_MAX: usize = 256 << 20;
/// How many headers of a branch are looked through to see whether it is worth keeping: sixteen months of a block every
/// ten seconds, and 64 KiB of marks.
pub const PRESYNC_HEADERS_MAX: usize = 4 << 20;
/// One of so many headers that were looked through is remembered by its mark. Fewer than come in a message, so that every
/// full message that comes again holds a mark.
pub const PRESYNC_MARK_SPAN: usize = 512;
/// How many peers' branches are looked through at once.
pub const PRESYNCS_MAX: usize = 64;
/// How many branches a node fetches at once; the one with the least work gives way.
pub const WANTED_MAX: usize = 64;
/// How many announcements of blocks with unknown parents a peer may make before one of them leads anywhere: more than
/// the fastest network makes while one request is under way. Such blocks are not kept: the way to them is asked for, one
/// way at a time.
pub const ORPHANS_MAX: u32 = 256;
/// How many bytes of answers a peer may have at once, and how many more each millisecond (16 MiB a second). What it asks
/// for beyond that waits, so that one peer cannot fill this node's memory by asking.
pub const ANSWER_BYTES_MAX: usize = 8 << 20;
/// See [`ANSWER_BYTES_MAX`].
pub const ANSWER_BYTES_PER_MS: usize = 16 << 10;
/// How many blocks a peer may have asked for and not been sent: four times what this node has under way.
pub const BLOCKS_OWED_MAX: usize = 1_024;
/// How many requests for headers of one peer may wait for their answer. A peer that keeps to one at a time, and gives up
/// after [`REQUEST_MS`], never has more than a few.
pub const HEADERS_OWED_MAX: usize = 8;
/// How many payments of a peer are kept that its senders cannot make yet, to be tried again when the tip has moved:
/// about 15 kilobytes.
pub const UNJUDGED_MAX: usize = 64;
/// How many payments are remembered as known to a peer, so that they are not sent twice.
pub const KNOWN_PAYMENTS_MAX: usize = 4_096;
/// How many payments are remembered as validly signed: as many as wait in a full mempool, or come in four of the longest
/// messages. They take about three megabytes.
pub const VERIFIED_MAX: usize = 24 << 10;
/// How many senders' keys are kept parsed: a room of laptops has fewer, and they take half a megabyte.
pub const KEYS_MAX: usize = 2_048;
/// How many members a tab remembers from what the relay tells it, those who left included.
pub const ROSTER_MAX: usize = 1_024;
/// How many members who left a newcomer is told of.
pub const ABSENT_TOLD_MAX: usize = 64;
/// How many members who left a relay remembers; the one not seen for longest is forgotten.
pub const ABSENT_KEPT_MAX: usize = 10_000;

/// How many blocks that this node mined, and nobody is known to have, are told of when somebody takes them.
pub const MINED_KEPT: usize = 1_024;

/// How long a peer may take to say who it is and prove it.
pub const HANDSHAKE_MS: u64 = 10_000;
/// How long a node that broke a rule may not come back to a relay. Long enough to end a program that comes back at once
/// for ever, short enough that a lesson goes on after a fault.
pub const BAR_MS: u64 = 120_000;
/// How many nodes a relay remembers as barred: about half a megabyte.
pub const BARRED_MAX: usize = 4_096;
/// How often a peer is pinged.
pub const PING_MS: u64 = 20_000;
/// After how much silence a peer is given up. Three pings go unanswered.
pub const SILENCE_MS: u64 = 60_000;
/// After how long an unanswered request is made again, of another peer if there is one.
pub const REQUEST_MS: u64 = 10_000;
/// After how long a body is asked of another peer though others keep coming from the one that was asked.
pub const BODY_MS: u64 = 60_000;
/// How often a node that knows of more work than it has looks whether anybody could be asked.
pub const RESYNC_MS: u64 = 5_000;
/// How often the way to a block that is dated too far ahead is asked for again before its time: its peer may have another
/// chain meanwhile.
pub const EARLY_RETRY_MS: u64 = 60_000;
/// By how much a clock may go back without anything being made of it: it was set a little right.
pub const SET_BACK_MS: u64 = 1_000;
/// How long changes among the members are gathered before they are told.
pub const ROSTER_MS: u64 = 100;
/// How many bytes of members are told in that time, to all peers together; one message may exceed it. Eighty members who
/// all come at once are told of each other in one go; a thousand have 150 MB to be told, which takes a quarter of a
/// minute and 84 Mbit/s instead of all at once.
pub const ROSTER_BYTES: usize = 1 << 20;
/// How long Replace chain waits without any progress.
pub const REPLACE_MS: u64 = 15_000;
/// How often a mining job gets a new time.
pub const JOB_REFRESH_MS: u64 = 5_000;
/// How long changes of the mempool are gathered before the job changes.
pub const JOB_SETTLE_MS: u64 = 500;
/// How many jobs with the current parent may still be answered.
pub const JOBS_KEPT: usize = 8;
