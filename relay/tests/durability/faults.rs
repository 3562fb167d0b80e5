//! A disk that is full, fails to sync or cannot be read: at every call, and until the fault goes.

use relay::store::{Store, StoreError};

use crate::simulated::{Fault, Simulated};
use crate::workload::{Act, Contents, Life, acts, perform};

/// Lives a life in which the disk fails from this call on until the store has noticed and was read. Says whether it did
/// fail.
fn live_with(life: &Life, acts: &[Act], call: usize, fault: Fault) -> bool {
    let what = format!("{fault:?} from call {call} on");
    let (disk, mut store) = (Simulated::default(), None);
    disk.fails_from(call, fault);
    let mut has_failed = false;
    for (number, act) in acts.iter().enumerate() {
        if let Err(error) = perform(act, &disk, &mut store) {
            assert!(!has_failed, "{what}: {error}");
            has_failed = true;
            assert!(!error.to_string().is_empty());
            if let Some(store) = &store {
                check_failing(store, &life.contents[number - 1..=number], &what);
            }
            disk.works();
            if let Some(store) = &store {
                store.recover().unwrap_or_else(|error| panic!("{what}: {error}"));
            }
            perform(act, &disk, &mut store).unwrap_or_else(|error| panic!("{what}, then step {number}: {error}"));
        }
        let found = Contents::read(store.as_ref().expect("open")).expect("read");
        assert!(found == life.contents[number], "{what}: after step {number}");
        // Acknowledged is what no loss of power takes back, whatever the cache says.
        let left = Simulated::of(disk.left_by_power_loss()).open_store();
        let left = left.unwrap_or_else(|error| panic!("{what}, then no power after step {number}: {error}"));
        assert!(Contents::read(&left).expect("read") == found, "{what}: step {number} is on the disk");
    }
    has_failed
}

/// What holds while the disk fails: what was acknowledged can be read, and nothing is taken. The step that failed was
/// not acknowledged; where only what follows a commit failed, it may be there all the same.
fn check_failing(store: &Store, allowed: &[Contents], what: &str) {
    store.reopen().unwrap_or_else(|error| panic!("{what}: {error}"));
    let found = Contents::read(store).expect("reading goes on");
    assert!(allowed.contains(&found), "{what}: what is read meanwhile");
    let error = store.recover().expect_err("the disk still fails");
    assert!(matches!(error, StoreError::Engine(_) | StoreError::Closed(_)), "{what}: {error}");
    assert!(Contents::read(store).expect("reading goes on") == found, "{what}: what is read after a probe");
}

fn check(fault: Fault) {
    let life = Life::live();
    let acts = acts();
    let mut call = 0;
    while live_with(&life, &acts, call, fault) {
        call += 1;
    }
    // A disk that fails after the last step of the life harms nothing; before it, every call was tried.
    assert!(call > 100, "only {call} calls");
}

#[test]
fn a_disk_that_is_full_from_any_write_on_is_noticed_read_meanwhile_and_recovered_from() {
    check(Fault::Full);
}

#[test]
fn a_sync_that_fails_at_any_time_is_never_taken_for_one_that_worked() {
    check(Fault::Sync);
}

#[test]
fn a_disk_that_cannot_be_read_is_said_so_and_read_again_when_it_can() {
    let life = Life::live();
    let disk = Simulated::of(life.disk.left_by_power_loss());
    let store = disk.open_store().expect("a store");
    let all = life.contents.last().expect("some");
    disk.fails(Fault::Read);
    let error = Contents::read(&store).expect_err("nothing can be read");
    assert!(error.to_string().contains("a sector cannot be read"), "{error}");
    disk.works();
    // Nothing but reading is needed for it: a relay that only reads recovers too, when it is worth another try.
    let deadline = std::time::Instant::now() + crate::common::SOON;
    let found = loop {
        match Contents::read(&store) {
            Ok(found) => break found,
            Err(error) => assert!(std::time::Instant::now() < deadline, "{error}"),
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    };
    assert!(found == *all);
    store.recover().expect("writing works too");
    assert!(Contents::read(&store).expect("read") == *all);
}
