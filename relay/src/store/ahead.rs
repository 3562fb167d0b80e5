//! All blocks of a room, decoded and hashed by a thread of its own while who asked for them takes in those before.

use std::sync::mpsc::sync_channel;
use std::thread;

use shared::RoomName;
use shared::state::HashedBlock;

use super::{Place, Store, StoreError};

/// How many pages of blocks wait to be taken in, beside the one in each thread's hands.
const PAGES_AHEAD: usize = 8;

/// Some blocks, parents before children.
type Page = Result<Vec<Box<HashedBlock>>, StoreError>;

impl Store {
    /// Hands `take` all blocks of a room, page by page, parents before children. Ends after an error.
    pub fn read_blocks<T>(&self, room: &RoomName, take: impl FnOnce(&mut dyn Iterator<Item = Page>) -> T) -> T {
        thread::scope(|scope| {
            let (sender, pages) = sync_channel(PAGES_AHEAD);
            let reader = move || {
                // Fails when nobody takes pages any more.
                let _ = Pages::new(self, room).try_for_each(|page| sender.send(page));
            };
            // A thread that panics makes the scope panic too, so an end that comes early is not mistaken for the last.
            match thread::Builder::new().name("restore".to_owned()).spawn_scoped(scope, reader) {
                Ok(_) => take(&mut std::iter::from_fn(|| pages.recv().ok())),
                // Without the thread it only takes longer.
                Err(_) => take(&mut Pages::new(self, room)),
            }
        })
    }
}

/// The pages as one thread reads them.
struct Pages<'a> {
    store: &'a Store,
    room: &'a RoomName,
    /// The last block that was read.
    last: Option<Place>,
    is_over: bool,
}

impl<'a> Pages<'a> {
    fn new(store: &'a Store, room: &'a RoomName) -> Self {
        Self { store, room, last: None, is_over: false }
    }

    fn read(&mut self) -> Page {
        let damaged = |found: String| StoreError::Damaged { what: "a block", found };
        let decode = |place, bytes: &[u8]| match HashedBlock::decode(bytes) {
            Ok(block) => Ok((place, block)),
            Err(error) => Err(damaged(error.to_string())),
        };
        let page = self.store.page_after(self.room, self.last, decode)?;
        self.last = page.last().map(|(place, _)| *place);
        Ok(page.into_iter().map(|(_, block)| block).collect())
    }
}

impl Iterator for Pages<'_> {
    type Item = Page;

    fn next(&mut self) -> Option<Page> {
        if self.is_over {
            return None;
        }
        let page = self.read();
        self.is_over = page.as_ref().map_or(true, Vec::is_empty);
        (!page.as_ref().is_ok_and(Vec::is_empty)).then_some(page)
    }
}

#[cfg(test)]
mod tests {
    use shared::encode;
    use shared::testing::{ChainBuilder, easy_params};
    use shared::{Block, BlockHash, Height};

    use super::*;
    use crate::store::{Change, FileDisk};

    /// More blocks than one page has.
    const BLOCKS: u64 = 4_000;

    fn filled(folder: &tempfile::TempDir) -> Store {
        let store = Store::open(FileDisk::in_folder(folder.path())).expect("a new store");
        let draft = ChainBuilder::easy().draft(1, &[]);
        let block = |height| {
            let mut block = draft.clone();
            block.header.height = Height::from(height);
            block
        };
        let change =
            |block: Block| Change::Block { hash: block.hash(), height: block.header.height, bytes: encode(&block) };
        let changes: Vec<Change> = (1..=BLOCKS).map(block).map(change).collect();
        store.commit(&easy_params().room, &changes).expect("committed");
        store
    }

    #[test]
    fn all_blocks_come_in_their_order_and_whoever_has_enough_may_stop() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = filled(&folder);
        let pages = store.read_blocks(&easy_params().room, |pages| pages.collect::<Result<Vec<_>, _>>()).expect("read");
        assert!(pages.len() > 1);
        let heights = pages.iter().flatten().map(|block| block.header().height.as_u64());
        assert!(heights.eq(1..=BLOCKS));
        let first = store.read_blocks(&easy_params().room, |pages| pages.next().map(|page| page.expect("read")));
        assert_eq!(first.as_ref(), pages.first());
        let alone = Pages::new(&store, &easy_params().room).collect::<Result<Vec<_>, _>>().expect("read");
        assert_eq!(alone, pages, "without a thread too");
    }

    #[test]
    fn what_is_no_block_is_an_error_and_the_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = filled(&folder);
        let damaged = Change::Block { hash: BlockHash::ZERO, height: Height::from(BLOCKS / 2), bytes: vec![1] };
        store.commit(&easy_params().room, &[damaged]).expect("committed");
        let pages: Vec<Page> = store.read_blocks(&easy_params().room, |pages| pages.collect());
        let (last, before) = pages.split_last().expect("some pages");
        assert!(matches!(last, Err(StoreError::Damaged { .. })));
        assert!(before.iter().flatten().flatten().count() < BLOCKS as usize / 2);
        assert!(before.iter().all(Result::is_ok));
    }
}
