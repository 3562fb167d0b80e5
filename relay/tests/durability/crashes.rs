//! Power that fails at every write.

use crate::simulated::{Simulated, Step};
use crate::workload::{Life, Random};

/// The bytes of a page.
const PAGE: usize = 4096;

/// What is certain to be on the disk after so many steps, and what of them may be.
pub(crate) fn cut(log: &[Step]) -> (Vec<u8>, &[Step]) {
    let synced = log.iter().rposition(|step| matches!(step, Step::Sync)).map_or(0, |at| at + 1);
    let mut image = Vec::new();
    for step in &log[..synced] {
        step.apply(&mut image);
    }
    (image, &log[synced..])
}

pub(crate) fn with<'a>(image: &[u8], steps: impl IntoIterator<Item = &'a Step>) -> Vec<u8> {
    let mut image = image.to_vec();
    for step in steps {
        step.apply(&mut image);
    }
    image
}

#[test]
fn a_crash_at_every_write_with_unsynced_writes_kept_lost_or_partly_kept_loses_nothing_acknowledged() {
    let life = Life::live();
    let log = life.disk.log();
    assert!(log.len() > 100 && life.acked_at.last() < Some(&log.len()), "closing writes too");
    let mut random = Random(5);
    for cut_at in 0..=log.len() {
        let (synced, unsynced) = cut(&log[..cut_at]);
        life.check(with(&synced, unsynced), cut_at, &format!("all kept of {cut_at}"));
        let Some((last, before)) = unsynced.split_last() else { continue };
        life.check(synced.clone(), cut_at, &format!("unsynced lost of {cut_at}"));
        life.check(with(&synced, [last]), cut_at, &format!("only the last kept of {cut_at}"));
        for turn in 0..2 {
            let kept: Vec<&Step> = unsynced.iter().filter(|_| random.below(2) == 0).collect();
            life.check(with(&synced, kept), cut_at, &format!("partly kept of {cut_at}, {turn}"));
        }
        if let Step::Write { bytes, .. } = last {
            let torn = last.torn(random.below(bytes.len()));
            life.check(with(&synced, before.iter().chain([&torn])), cut_at, &format!("the last torn of {cut_at}"));
        }
    }
}

/// Tears a write at every byte: with the unsynced ones before it kept.
fn tear(life: &Life, log: &[Step], at: usize) -> usize {
    let (synced, unsynced) = cut(&log[..=at]);
    let Some((last @ Step::Write { bytes, .. }, before)) = unsynced.split_last() else { panic!("a write") };
    let kept = with(&synced, before);
    for torn_at in 0..=bytes.len() {
        life.check(with(&kept, [&last.torn(torn_at)]), at, &format!("write {at} torn at byte {torn_at}"));
    }
    bytes.len()
}

#[test]
fn a_write_torn_at_every_byte_of_the_last_page_and_of_the_header_loses_nothing_acknowledged() {
    let life = Life::live();
    let log = &life.disk.log()[..];
    // The last commit's last page, and the writes of the header that make the commit.
    let (first, end) = (life.acked_at[life.acked_at.len() - 2], life.acked_at[life.acked_at.len() - 1]);
    let writes = |wanted: fn(u64) -> bool| {
        let is_wanted = move |at: &usize| matches!(&log[*at], Step::Write { offset, .. } if wanted(*offset));
        (first..end).filter(is_wanted).collect::<Vec<_>>()
    };
    let headers = writes(|offset| offset < PAGE as u64);
    let pages = writes(|offset| offset >= PAGE as u64);
    assert!(headers.len() >= 2, "two phases");
    let page = *pages.last().expect("a page");
    assert!(tear(&life, log, page) >= PAGE);
    for header in headers {
        tear(&life, log, header);
    }
}

#[test]
fn a_store_whose_making_was_cut_off_is_made_again_and_anything_else_is_left_alone() {
    // All of the header page but its first bytes, which are written last.
    let life = Life::live();
    let whole = life.disk.left_by_power_loss();
    let mut begun = vec![0; whole.len()];
    begun[..PAGE].copy_from_slice(&whole[..PAGE]);
    for kept in 0..9 {
        let mut image = begun.clone();
        image[kept..9].fill(0);
        Simulated::of(image).open_store().unwrap_or_else(|error| panic!("{kept} bytes: {error}"));
        // The same first bytes before a store that holds something are a damage, and not the relay's to clear away.
        let mut damaged = whole.clone();
        damaged[kept..9].fill(0);
        let disk = Simulated::of(damaged.clone());
        let error = disk.open_store().expect_err("damaged");
        assert!(error.to_string().contains("expected simulated to be a relay's store"), "{error}");
        assert!(disk.image() == damaged);
    }
}
