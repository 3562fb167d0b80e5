//! A real relay, killed with SIGKILL again and again on one data folder while members load it, and while it recovers:
//! whatever it had acknowledged is there when it is started again.
//!
//! What counts as acknowledged: a payment that REST answered 200 or 202 to; a block or a payment that a member has and
//! did not make itself, because only the relay can have passed it on. What a member has made and the relay lost comes
//! back with the member, so everything is checked before any member is let in again.
//!
//! `cargo xtask kill --times 2000 --seed 7` does this more often. The moments come from the seed; what the relay is
//! doing then does not.

#[path = "../common/mod.rs"]
mod common;

mod acknowledged;
mod client;
mod members;
mod random;
mod rounds;
mod victim;

use random::Random;
use rounds::{Rounds, Tally};

/// Kills unless `TABCOIN_KILLS` says otherwise.
const KILLS: u64 = 200;
/// Relays that are killed side by side, each on a store of its own.
const SIDES: u64 = 2;

/// A number from the environment, where it is given.
fn given(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("expected {name} to be a number, found {text:?}")))
}

#[test]
fn nothing_acknowledged_is_lost_by_kill_9_at_any_moment() {
    let kills = given("TABCOIN_KILLS").unwrap_or(KILLS);
    let seed = given("TABCOIN_SEED").unwrap_or_else(random::fresh);
    println!("{kills} kills, TABCOIN_SEED={seed}");
    let started = std::time::Instant::now();
    let side = |side: u64| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let share = kills / SIDES + u64::from(side < kills % SIDES);
        runtime.block_on(Rounds::run(share, Random::new(seed.wrapping_add(side))))
    };
    let tally = std::thread::scope(|scope| {
        let sides: Vec<_> = (0..SIDES).map(|number| scope.spawn(move || side(number))).collect();
        let ended = sides.into_iter().map(|side| side.join().expect("a side ends"));
        ended.fold(Tally::default(), Tally::and)
    });
    println!("{tally}, in {} s", started.elapsed().as_secs());
    assert_eq!(tally.kills, kills);
    assert!(tally.while_recovering * 10 >= kills, "{tally}");
    // Otherwise it has shown nothing.
    assert!(tally.blocks >= kills && tally.payments >= kills && tally.answers >= kills / 2, "{tally}");
}
