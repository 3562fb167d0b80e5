//! Stores of other versions: an older one is migrated or refused in words, a newer one is refused in words.

use redb::{Database, StorageBackend, TableDefinition};
use relay::store::StoreError;

use crate::simulated::{Simulated, Step};
use crate::workload::{Contents, Life, perform};

const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");
const CLASSIC_CHAINS: TableDefinition<(&str, &[u8; 16]), &str> = TableDefinition::new("classic_chains");
const OWN: TableDefinition<(&str, &str), &str> = TableDefinition::new("own");

/// Lends the disk to the database itself.
fn database(disk: &Simulated) -> Database {
    Database::builder().create_with_backend(disk.clone()).expect("a database")
}

fn set_version(disk: &Simulated, version: &[u8]) {
    let database = database(disk);
    let writing = database.begin_write().expect("begun");
    writing.open_table(META).expect("a table").insert("schema", version).expect("inserted");
    writing.commit().expect("committed");
}

/// A store as the first version left it: without the tables that came later.
fn of_version_1() -> (Simulated, Contents) {
    let (disk, mut store) = (Simulated::default(), None);
    for act in crate::workload::acts().iter().take(5) {
        perform(act, &disk, &mut store).expect("a disk without faults");
    }
    let contents = Contents::read(store.as_ref().expect("open")).expect("read");
    drop(store);
    {
        let database = database(&disk);
        let writing = database.begin_write().expect("begun");
        assert!(writing.delete_table(CLASSIC_CHAINS).expect("deleted") && writing.delete_table(OWN).expect("deleted"));
        writing.commit().expect("committed");
    }
    set_version(&disk, &1_u32.to_le_bytes());
    (Simulated::of(disk.left_by_power_loss()), contents)
}

#[test]
fn a_store_of_version_1_is_migrated_and_power_that_fails_at_any_write_of_it_harms_nothing() {
    let (disk, contents) = of_version_1();
    let before = disk.image();
    drop(disk.open_store().expect("migrated"));
    let log = disk.log();
    assert!(log.len() > 5, "migrating writes");
    for cut_at in 0..=log.len() {
        let synced = log[..cut_at].iter().rposition(|step| matches!(step, Step::Sync)).map_or(0, |at| at + 1);
        for kept in [synced, cut_at] {
            let mut image = before.clone();
            log[..kept].iter().for_each(|step| step.apply(&mut image));
            let store = Simulated::of(image).open_store().unwrap_or_else(|error| panic!("cut at {cut_at}: {error}"));
            assert!(Contents::read(&store).expect("read") == contents, "cut at {cut_at}");
            store.set_own(&crate::workload::room(), "nodes", "a").expect("the new tables are there");
        }
    }
}

#[test]
fn versions_that_this_relay_does_not_know_are_refused_in_words_and_left_alone() {
    let life = Life::live();
    for (version, words) in [
        (&3_u32.to_le_bytes()[..], "schema 3 of a newer relay"),
        (&u32::MAX.to_le_bytes()[..], "schema 4294967295 of a newer relay"),
        (&0_u32.to_le_bytes()[..], "0, which there never was"),
        (&[2][..], "a schema version of four bytes"),
        (&[][..], "a schema version of four bytes"),
    ] {
        let disk = Simulated::of(life.disk.left_by_power_loss());
        set_version(&disk, version);
        let error = disk.open_store().expect_err("another version");
        assert!(matches!(error, StoreError::Newer { .. } | StoreError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains(words), "{error}");
        // Put back, the version finds everything as it was.
        set_version(&disk, &2_u32.to_le_bytes());
        let store = disk.open_store().expect("this version");
        assert!(Contents::read(&store).expect("read") == *life.contents.last().expect("some"));
    }
}

#[test]
fn a_file_of_another_length_is_refused_in_words() {
    let life = Life::live();
    let image = life.disk.left_by_power_loss();
    for len in [1, 9, 100, 320, 4095, 4096, image.len() / 2, image.len() - 4096, image.len() - 1, image.len() + 1] {
        let mut other = image.clone();
        other.resize(len, 0);
        let disk = Simulated::of(other);
        match disk.open_store() {
            Err(error) => assert!(error.to_string().contains("expected"), "{len}: {error}"),
            Ok(store) => panic!("{len} bytes: {:?}", Contents::read(&store).map(|_| "opened")),
        }
        assert_eq!(StorageBackend::len(&disk).expect("a length"), len as u64, "it is left alone");
    }
}
