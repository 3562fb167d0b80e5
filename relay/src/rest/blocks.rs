//! The blocks of a room.

use std::str::FromStr;

use axum::response::Response;
use serde::Serialize;
use shared::export::BlockJson;
use shared::state::{BlockStatus, Chain};
use shared::{Block, BlockHash, Height, Receipt, Refusal, Transaction};
use utoipa::ToSchema;

use super::answer::{json, link_next};
use super::ask::{Ask, Refused, quoted};
use super::json::{BlockStandingJson, BlockStatusJson, BlockSummaryJson, TipJson, confirmations};
use super::page::{Cursor, Order, fork_below, heights};
use crate::room::Room;

/// Blocks on a page, unless asked otherwise.
const BLOCKS_USUAL: usize = 20;
/// The most blocks on a page.
pub(super) const BLOCKS_MAX: usize = 100;

/// A page of blocks.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BlockPage)]
pub(super) struct BlockPageJson {
    /// The blocks, in the order asked for.
    blocks: Vec<BlockSummaryJson>,
    /// The cursor of what follows; none where the newest come first and the genesis was reached. Where the oldest come
    /// first it is always there: ask again with it for blocks that are still to come.
    next: Option<String>,
    /// Whether there is more now.
    more: bool,
    /// The end of the chain when this page was made.
    tip: TipJson,
}

/// Lists the active chain's blocks without their transactions, the newest or the oldest first.
///
/// `next` leads to what follows, whatever was mined meanwhile. When a reorganisation takes the block off the chain where
/// a page ended, the next page is refused with 410, and the receipt says at which height the chain left that branch.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/{room}/blocks",
    operation_id = "blocks",
    tag = "blocks",
    params(
        ("order" = Option<String>, Query, description = "`newest` first (usual) or `oldest` first", pattern = "^(newest|oldest)$"),
        ("limit" = Option<usize>, Query, description = "How many, 20 unless said otherwise", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "What `next` was in the page before", pattern = "^[0-9]{1,19}-[0-9a-f]{64}$"),
    ),
    responses(
        (status = 200, description = "A page of blocks", body = BlockPageJson),
        (status = 410, description = "The cursor's block left the chain", body = super::shapes::ReceiptShape),
    )
)]
pub(super) async fn list(ask: Ask) -> Result<Response, Refused> {
    let room = ask.sealed_room()?;
    let (order, limit, cursor) = ask.query(|query| {
        let order = query.parse::<Order>("order")?;
        Ok((order.unwrap_or_default(), query.limit(BLOCKS_USUAL, BLOCKS_MAX)?, query.parse::<Cursor>("cursor")?))
    })?;
    let looked = ask.look(&room, move |node| {
        let chain = node.chain();
        cursor.map_or(Ok(()), |cursor| cursor.check(chain))?;
        let (heights, more) = heights(chain.tip().height, order, cursor.map(|cursor| cursor.height), limit);
        let hashes: Vec<BlockHash> = heights.into_iter().filter_map(|height| chain.hash_at(height)).collect();
        Ok::<_, Refused>((chain.tip(), hashes, more))
    });
    let (tip, hashes, more) = looked.await??;
    let prefix = room.params().address_prefix.clone();
    let blocks = ask.read_blocks(&room, hashes, move |hash, block, made| {
        made.push(summary(hash, &block, &prefix));
        true
    });
    let blocks = blocks.await?;
    let last = blocks.last().map(|block| format!("{}-{}", block.height, block.hash));
    let next = match order {
        Order::Newest => last.filter(|_| more),
        Order::Oldest => last.or_else(|| cursor.map(|cursor| cursor.to_string())),
    };
    let order = if order == Order::Newest { "newest" } else { "oldest" };
    let link = next.as_ref().map(|next| ask.link(&format!("order={order}&limit={limit}&cursor={next}")));
    let page = BlockPageJson { blocks, next, more, tip: TipJson::from(&tip) };
    Ok(link_next(json(&ask.headers, &page), link))
}

fn summary(hash: &BlockHash, block: &Block, prefix: &shared::AddressPrefix) -> BlockSummaryJson {
    let header = &block.header;
    BlockSummaryJson {
        hash: hash.to_string(),
        height: header.height.as_u64(),
        previous_hash: header.previous_hash.to_string(),
        timestamp: header.timestamp.as_ms(),
        target: header.target.bits(),
        transactions: block.transactions.len(),
        bytes: shared::encode(block).len(),
        miner: block.transactions.first().and_then(|first| match first {
            Transaction::Reward(reward) => Some(reward.receiver.encode(prefix)),
            Transaction::Payment(_) => None,
        }),
    }
}

/// A block, by its hash, or by its height on the active chain.
#[derive(Clone, Copy, Debug)]
pub(super) enum BlockName {
    Hash(BlockHash),
    Height(Height),
}

/// Text that names no block.
#[derive(Debug, thiserror::Error)]
#[error("expected a block's hash or height, found {0}")]
pub(super) struct BlockNameError(String);

impl Refusal for BlockNameError {
    fn receipt(&self) -> Receipt {
        Receipt::new("block", "a hash of 64 hex digits, or a height", self.0.as_str())
    }
}

impl FromStr for BlockName {
    type Err = BlockNameError;

    fn from_str(text: &str) -> Result<Self, BlockNameError> {
        // A height of 64 digits is none, so the two cannot be mixed up.
        let error = || BlockNameError(quoted(text));
        if text.len() == 64 {
            return text.parse().map(Self::Hash).map_err(|_| error());
        }
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let height = text.parse::<u64>().ok().filter(|_| is_number).ok_or_else(error)?;
        Ok(Self::Height(Height::from(height)))
    }
}

impl BlockName {
    /// The block's hash, if it is here whole and valid.
    pub(super) fn find(self, chain: &Chain) -> Result<BlockHash, Refused> {
        let tip = chain.tip().height;
        match self {
            Self::Height(height) => chain
                .hash_at(height)
                .ok_or_else(|| Refused::unknown("block", format!("a height up to {tip}"), height.to_string())),
            Self::Hash(hash) if chain.is_complete(&hash) => Ok(hash),
            Self::Hash(hash) => {
                let found = match chain.status(&hash) {
                    Some(BlockStatus::Invalid) => format!("{hash}, which breaks a rule"),
                    Some(_) => format!("{hash}, which is not here whole"),
                    None => hash.to_string(),
                };
                Err(Refused::unknown("block", "the hash of a block that the relay has", found))
            }
        }
    }
}

/// Shows a block with its transactions.
///
/// By height it is a block of the active chain; by hash it may be of another branch, and says so.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/{room}/blocks/{block}",
    operation_id = "block",
    tag = "blocks",
    params(("block" = String, Path, description = "The block's hash, or its height on the active chain", pattern = "^([0-9a-fA-F]{64}|[0-9]{1,19})$")),
    responses((status = 200, description = "The block", body = BlockStandingJson))
)]
pub(super) async fn show(ask: Ask) -> Result<Response, Refused> {
    let room = ask.sealed_room()?;
    let name = ask.path::<BlockName>("block")?;
    ask.no_query()?;
    let looked = ask.look(&room, move |node| {
        let chain = node.chain();
        let hash = name.find(chain)?;
        Ok::<_, Refused>((hash, chain.is_active(&hash), chain.tip().height))
    });
    let (hash, is_active, tip) = looked.await??;
    let block = read_block(&ask, &room, hash).await?;
    let standing = BlockStandingJson {
        status: if is_active { BlockStatusJson::Active } else { BlockStatusJson::Stored },
        confirmations: if is_active { confirmations(block.header.height, tip) } else { 0 },
        bytes: shared::encode(&block).len(),
        block: BlockJson::new(&block, &room.params().address_prefix),
    };
    Ok(json(&ask.headers, &standing))
}

/// Reads one block.
pub(super) async fn read_block(ask: &Ask, room: &Room, hash: BlockHash) -> Result<Block, Refused> {
    let mut blocks = ask
        .read_blocks(room, vec![hash], |_, block, made| {
            made.push(block);
            true
        })
        .await?;
    blocks.pop().ok_or_else(|| Refused::unreadable("a block that is not there"))
}

/// Where a block that is asked for is not on the chain, the refusal that says so.
pub(super) fn check_active(chain: &Chain, hash: &BlockHash) -> Result<(), Refused> {
    match fork_below(chain, hash) {
        Some(_) if chain.is_active(hash) => Ok(()),
        Some((height, fork)) => Err(super::page::off_the_chain("block", height, hash, fork)),
        None => Err(Refused::unknown("block", "the hash of a block that the relay has", hash.to_string())),
    }
}
