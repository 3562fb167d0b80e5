//! Chains as they leave the store: as files in the formats of [`shared::export`], over HTTP and from the command line,
//! and in the tutorial's words.

use std::io::{self, Write};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use shared::export::{Format, chunks};
use shared::state::Chain;
use shared::tutorial::{self, Shape};
use shared::{Block, BlockHash, Height, Params, RoomName, Rules, decode};
use tokio::sync::mpsc;
use tracing::warn;

use crate::limits::Place;
use crate::room::Room;
use crate::store::{Store, StoreBodies, StoreError};

/// Chunks are joined into pieces of at least so many bytes.
const PIECE_BYTES: usize = 64 << 10;
/// Pieces made ahead of what the reader has taken.
const PIECES_AHEAD: usize = 2;

/// How a chain is written.
#[derive(Clone, Debug)]
pub(crate) enum Writing {
    /// As a file in one of the formats of [`shared::export`].
    File(Format),
    /// As an answer in the tutorial's words.
    Tutorial(Shape),
}

impl Writing {
    fn chunks<'a>(
        self,
        params: &'a Params,
        length: u64,
        blocks: impl Iterator<Item = Block> + 'a,
    ) -> Box<dyn Iterator<Item = Vec<u8>> + 'a> {
        match self {
            Self::File(format) => chunks(format, params, blocks),
            Self::Tutorial(shape) => Box::new(tutorial::chunks(shape, &params.address_prefix, length, blocks)),
        }
    }
}

/// Reads blocks one by one, until one cannot be read; then says why.
struct Blocks<'a> {
    store: &'a Store,
    params: &'a Params,
    hashes: std::vec::IntoIter<BlockHash>,
    failure: &'a mut Option<StoreError>,
}

/// Reads a block that the room's node has told of.
pub(crate) fn read_block(store: &Store, params: &Params, hash: &BlockHash) -> Result<Block, StoreError> {
    let damaged = |found: String| StoreError::Damaged { what: "a block of a chain", found };
    match store.block(&params.room, hash)? {
        Some(bytes) => decode(&bytes).map_err(|error| damaged(error.to_string())),
        // The genesis follows from the parameters and is not stored.
        None => Some(params.genesis())
            .filter(|genesis| genesis.hash() == *hash)
            .ok_or_else(|| damaged(format!("none with hash {hash}"))),
    }
}

impl Iterator for Blocks<'_> {
    type Item = Block;

    fn next(&mut self) -> Option<Block> {
        let hash = self.hashes.next()?;
        match read_block(self.store, self.params, &hash) {
            Ok(block) => Some(block),
            Err(error) => {
                *self.failure = Some(error);
                self.hashes = Vec::new().into_iter();
                None
            }
        }
    }
}

/// Hands the chain of these hashes to `take` in pieces, until `take` wants no more.
fn write_pieces(
    store: &Store,
    params: &Params,
    writing: Writing,
    hashes: Vec<BlockHash>,
    mut take: impl FnMut(Vec<u8>) -> bool,
) -> Result<(), StoreError> {
    let mut failure = None;
    let length = hashes.len() as u64;
    let blocks = Blocks { store, params, hashes: hashes.into_iter(), failure: &mut failure };
    let mut piece = Vec::with_capacity(PIECE_BYTES);
    // The last piece waits until it is known that nothing failed, so that a chain cut short never looks whole.
    let mut is_wanted = true;
    for chunk in writing.chunks(params, length, blocks) {
        if piece.len() >= PIECE_BYTES {
            is_wanted = take(std::mem::replace(&mut piece, Vec::with_capacity(PIECE_BYTES)));
            if !is_wanted {
                break;
            }
        }
        piece.extend_from_slice(&chunk);
    }
    match failure {
        Some(error) => Err(error),
        None => {
            if is_wanted {
                take(piece);
            }
            Ok(())
        }
    }
}

/// Streams a chain as a file. The place is free again when the last piece is made or the reader has gone.
pub(crate) fn answer(room: &Room, format: Format, hashes: Vec<BlockHash>, place: Place) -> Response {
    let name = file_name(room.params(), format);
    let headers = [
        (CONTENT_TYPE, format.media_type().to_owned()),
        (CACHE_CONTROL, "no-store".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, streamed(room, Writing::File(format), hashes, place)).into_response()
}

/// Streams a chain. The place is free again when the last piece is made or the reader has gone.
pub(crate) fn streamed(room: &Room, writing: Writing, hashes: Vec<BlockHash>, place: Place) -> Body {
    let (pieces, receiver) = mpsc::channel::<io::Result<Bytes>>(PIECES_AHEAD);
    let params = room.params().clone();
    let store = Arc::clone(room.store());
    tokio::task::spawn_blocking(move || {
        let _place = place;
        let written =
            write_pieces(&store, &params, writing, hashes, |piece| pieces.blocking_send(Ok(piece.into())).is_ok());
        if let Err(error) = written {
            warn!(%error, "a chain was cut short");
            // The reader learns it from the connection, which ends before the answer does.
            let _ = pieces.blocking_send(Err(io::Error::other("the store failed")));
        }
    });
    Body::from_stream(stream::unfold(receiver, async |mut receiver| {
        receiver.recv().await.map(|piece| (piece, receiver))
    }))
}

/// Writes a chain whole; `None` where it takes more than so many bytes. Blocks on the disk.
///
/// # Errors
/// When the store fails.
pub(crate) fn whole(
    store: &Store,
    params: &Params,
    writing: Writing,
    hashes: Vec<BlockHash>,
    bytes_max: usize,
) -> Result<Option<Vec<u8>>, StoreError> {
    let mut whole = Vec::new();
    let mut fits = true;
    write_pieces(store, params, writing, hashes, |piece| {
        fits = whole.len() + piece.len() <= bytes_max;
        if fits {
            whole.extend_from_slice(&piece);
        }
        fits
    })?;
    Ok(fits.then_some(whole))
}

fn file_name(params: &Params, format: Format) -> String {
    format!("tabcoin-{}.{}", params.room, format.extension())
}

/// Why a chain was not exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The store cannot be opened or read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such room in it.
    #[error("expected room {room} in the store, found none")]
    UnknownRoom {
        /// The room.
        room: RoomName,
    },
    /// A classic room: its chains are its nodes' own.
    #[error(
        "expected a room with sealed blocks, such as main, found {room}: each of its nodes has a chain of its own, which curl http://HOST:PORT/rooms/{room}/get_chain answers"
    )]
    Classic {
        /// The room.
        room: RoomName,
    },
    /// The output cannot be written.
    #[error("expected the output to take the chain, found: {0}")]
    Output(#[from] io::Error),
}

/// Writes the active chain of a room of a store that no relay is using, and says its height.
///
/// # Errors
/// When the store cannot be read, holds no such room or no valid chain, or the output fails.
pub fn export(store: Store, room: &RoomName, format: Format, mut output: impl Write) -> Result<Height, ExportError> {
    let Some(params) = store.params(room)? else {
        return Err(ExportError::UnknownRoom { room: room.clone() });
    };
    if room.rules() == Rules::Classic {
        return Err(ExportError::Classic { room: room.clone() });
    }
    let store = Arc::new(store);
    let hashes = active_chain(&store, &params)?;
    let mut written = Ok(());
    write_pieces(&store, &params, Writing::File(format), hashes.clone(), |piece| {
        written = output.write_all(&piece);
        written.is_ok()
    })?;
    written?;
    output.flush()?;
    Ok(Height::from(hashes.len() as u64 - 1))
}

fn active_chain(store: &Arc<Store>, params: &Params) -> Result<Vec<BlockHash>, StoreError> {
    let damaged = |found: String| StoreError::Damaged { what: "a valid chain", found };
    let (bodies, _) = StoreBodies::new(Arc::clone(store), params.room.clone());
    let mut chain = Chain::new(params.clone(), Box::new(bodies));
    store.read_blocks(&params.room, |pages| {
        for page in pages {
            for block in page? {
                chain.restore(block).map_err(|error| damaged(error.to_string()))?;
            }
        }
        Ok::<(), StoreError>(())
    })?;
    Ok(hashes_of(&chain))
}

/// The hashes of the active chain, genesis first.
pub(crate) fn hashes_of(chain: &Chain) -> Vec<BlockHash> {
    let heights = 0..=chain.tip().height.as_u64();
    heights.map_while(|height| chain.hash_at(Height::from(height))).collect()
}

/// The hashes of the chain that ends in this block, on whichever branch, genesis first; `None` where not all of it is
/// here.
pub(crate) fn branch_of(chain: &Chain, tip: &BlockHash) -> Option<Vec<BlockHash>> {
    if !chain.is_complete(tip) {
        return None;
    }
    let mut above = Vec::new();
    let mut at = *tip;
    while !chain.is_active(&at) {
        above.push(at);
        at = chain.header(&at).expect("below a complete block every header is known").previous_hash;
    }
    let fork = chain.height_of(&at).expect("an active block has a height").as_u64();
    let below = (0..=fork).map_while(|height| chain.hash_at(Height::from(height)));
    Some(below.chain(above.into_iter().rev()).collect())
}
