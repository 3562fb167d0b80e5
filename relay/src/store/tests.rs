//! The store by itself: what it keeps, what it refuses to open, and what it does when a disk fails.

use shared::testing::{ChainBuilder, easy_params};
use shared::{Block, NodeId, TransactionId, encode};

use super::schema::SCHEMA;
use super::*;

fn block_change(block: &Block) -> Change {
    Change::Block { hash: block.hash(), height: block.header.height, bytes: encode(block) }
}

fn open(folder: &tempfile::TempDir) -> Result<Store, StoreError> {
    Store::open(FileDisk::in_folder(folder.path()))
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn main_room() -> RoomName {
    easy_params().room
}

#[test]
fn what_was_committed_is_there_after_opening_again() {
    let folder = folder();
    let mut chain = ChainBuilder::easy();
    chain.mine_many(1, 3);
    let blocks = chain.blocks();
    let (payment, member) = (TransactionId::from_bytes([7; 32]), NodeId::from_bytes([9; 16]));
    let seed = {
        let store = open(&folder).expect("a new store");
        store.create_room(chain.params()).expect("a room");
        let mut changes: Vec<Change> = blocks.iter().map(block_change).collect();
        changes.push(Change::Payment { id: payment, bytes: vec![1] });
        changes.push(Change::Member { id: member, bytes: vec![2] });
        store.commit(&main_room(), &changes).expect("committed");
        store.seed_or([3; 32]).expect("a seed").node_key().to_bytes()
    };
    let store = open(&folder).expect("the same store");
    assert_eq!(store.params(&main_room()).expect("read"), Some(chain.params().clone()));
    assert_eq!(store.payments(&main_room()).expect("read"), [vec![1]]);
    assert_eq!(store.members(&main_room()).expect("read"), [vec![2]]);
    assert_eq!(store.seed_or([4; 32]).expect("the first seed").node_key().to_bytes(), seed);
    let read = store.blocks_after(&main_room(), None).expect("read");
    assert_eq!(
        read.iter().map(|stored| stored.bytes.clone()).collect::<Vec<_>>(),
        blocks.iter().map(encode).collect::<Vec<_>>()
    );
    assert!(store.blocks_after(&main_room(), read.last().map(|stored| stored.place)).expect("read").is_empty());
    assert_eq!(store.block(&main_room(), &blocks[1].hash()).expect("read"), Some(encode(&blocks[1])));
    assert_eq!(store.block(&main_room(), &BlockHash::ZERO).expect("read"), None);
    store.commit(&main_room(), &[Change::PaymentGone { id: payment }]).expect("committed");
    assert!(store.payments(&main_room()).expect("read").is_empty());
}

#[test]
fn blocks_come_back_parents_first_and_equals_in_the_order_of_storing() {
    let folder = folder();
    let store = open(&folder).expect("a new store");
    let mut chain = ChainBuilder::easy();
    chain.mine_many(1, 3);
    let fork = chain.fork_at(1).mine(2, &[]);
    let [one, two, three] = chain.blocks() else { panic!("three") };
    for block in [three, &fork, one, two] {
        store.commit(&main_room(), &[block_change(block)]).expect("committed");
    }
    // A block that is there stays where it is.
    store.commit(&main_room(), &[block_change(&fork)]).expect("committed");
    let read = store.blocks_after(&main_room(), None).expect("read");
    let read: Vec<Vec<u8>> = read.into_iter().map(|stored| stored.bytes).collect();
    assert_eq!(read, [encode(one), encode(&fork), encode(two), encode(three)]);
    store.commit(&main_room(), &[Change::BlockGone { hash: fork.hash() }]).expect("committed");
    assert_eq!(store.block(&main_room(), &fork.hash()).expect("read"), None);
    assert_eq!(store.blocks_after(&main_room(), None).expect("read").len(), 3);
}

#[test]
fn rooms_do_not_mix() {
    let folder = folder();
    let store = open(&folder).expect("a new store");
    let other = RoomName::new("main2").expect("letters");
    let block = ChainBuilder::easy().mine(1, &[]);
    store.commit(&main_room(), &[block_change(&block)]).expect("committed");
    assert!(store.blocks_after(&other, None).expect("read").is_empty());
    assert_eq!(store.block(&other, &block.hash()).expect("read"), None);
}

#[test]
fn a_store_in_use_is_refused_by_name() {
    let folder = folder();
    let _store = open(&folder).expect("a new store");
    let error = open(&folder).expect_err("locked");
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
}

#[test]
fn a_file_that_is_no_store_is_refused_by_name_and_left_alone() {
    let folder = folder();
    let path = folder.path().join(STORE_FILE);
    std::fs::write(&path, "a letter to my mother, long enough to be mistaken for something else\n".repeat(100))
        .expect("written");
    let before = std::fs::read(&path).expect("read");
    let error = open(&folder).expect_err("foreign");
    assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
    assert_eq!(std::fs::read(&path).expect("read"), before);
}

#[test]
fn another_programs_database_is_refused_by_name() {
    let folder = folder();
    let table: redb::TableDefinition<&str, u64> = redb::TableDefinition::new("recipes");
    let database = Database::create(folder.path().join(STORE_FILE)).expect("a database");
    let writing = database.begin_write().expect("begun");
    writing.open_table(table).expect("a table").insert("cake", 3).expect("inserted");
    writing.commit().expect("committed");
    drop(database);
    let error = open(&folder).expect_err("foreign");
    assert!(error.to_string().contains("recipes"), "{error}");
}

#[test]
fn a_newer_schema_is_refused_by_name() {
    let folder = folder();
    drop(open(&folder).expect("a new store"));
    let database = Database::open(folder.path().join(STORE_FILE)).expect("a database");
    let writing = database.begin_write().expect("begun");
    let newer = (SCHEMA + 1).to_le_bytes();
    writing.open_table(META).expect("a table").insert(meta::SCHEMA, newer.as_slice()).expect("inserted");
    writing.commit().expect("committed");
    drop(database);
    let error = open(&folder).expect_err("newer");
    assert!(matches!(error, StoreError::Newer { found: 3, known: 2 }), "{error}");
}

#[test]
fn an_older_store_is_opened_and_gets_the_tables_that_it_lacks() {
    let folder = folder();
    let mut chain = ChainBuilder::easy();
    let block = chain.mine(1, &[]);
    {
        let store = open(&folder).expect("a new store");
        store.create_room(chain.params()).expect("a room");
        store.commit(&main_room(), &[block_change(&block)]).expect("committed");
    }
    // As the first version left it.
    let database = Database::open(folder.path().join(STORE_FILE)).expect("a database");
    let writing = database.begin_write().expect("begun");
    assert!(writing.delete_table(CLASSIC_CHAINS).expect("deleted") && writing.delete_table(OWN).expect("deleted"));
    writing.open_table(META).expect("a table").insert(meta::SCHEMA, 1_u32.to_le_bytes().as_slice()).expect("inserted");
    writing.commit().expect("committed");
    drop(database);
    let store = open(&folder).expect("an older store");
    assert_eq!(store.block(&main_room(), &block.hash()).expect("read"), Some(encode(&block)));
    assert_eq!(store.own(&main_room(), "nodes").expect("read"), None);
    assert!(store.classic_keepers(&main_room()).expect("read").is_empty());
    drop(store);
    open(&folder).expect("a store of this version");
}

#[test]
fn classic_chains_and_the_own_nodes_texts_are_kept_by_room_and_name() {
    let folder = folder();
    let (id, other) = (NodeId::from_bytes([1; 16]), NodeId::from_bytes([2; 16]));
    let elsewhere = RoomName::new("classic").expect("letters");
    {
        let store = open(&folder).expect("a new store");
        let keep = |id, chain: &str| Change::ClassicChain { id, chain: chain.to_owned() };
        store.commit(&elsewhere, &[keep(id, "[1]"), keep(other, "[2]"), keep(id, "[3]")]).expect("committed");
        store.commit(&elsewhere, &[Change::ClassicChainGone { id: other }]).expect("committed");
        store.set_own(&elsewhere, "nodes", "a").expect("committed");
        store.set_own(&elsewhere, "nodes", "b").expect("committed");
    }
    let store = open(&folder).expect("the same store");
    assert_eq!(store.classic_chain(&elsewhere, &id).expect("read").as_deref(), Some("[3]"));
    assert_eq!(store.classic_chain(&elsewhere, &other).expect("read"), None);
    assert_eq!(store.classic_chain(&main_room(), &id).expect("read"), None);
    assert_eq!(store.classic_keepers(&elsewhere).expect("read"), [id]);
    assert_eq!(store.own(&elsewhere, "nodes").expect("read").as_deref(), Some("b"));
    assert_eq!(store.own(&main_room(), "nodes").expect("read"), None);
}

#[test]
fn a_room_with_other_parameters_is_refused_by_name() {
    let folder = folder();
    let store = open(&folder).expect("a new store");
    store.create_room(&easy_params()).expect("a room");
    store.create_room(&easy_params()).expect("the same room");
    let error = store.create_room(&Params::main()).expect_err("others");
    assert!(matches!(error, StoreError::OtherParams { .. }), "{error}");
}

#[test]
fn a_store_that_must_exist_is_missed_by_name() {
    let folder = folder();
    let error = Store::open(FileDisk::existing(folder.path())).expect_err("none");
    assert!(matches!(error, StoreError::Missing { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn only_the_relays_user_may_read_the_store() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let data = folder.path().join("data");
    let _store = Store::open(FileDisk::in_folder(&data)).expect("a new store");
    let mode = |path: &std::path::Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    assert_eq!(mode(&data.join(STORE_FILE)), 0o600);
}
