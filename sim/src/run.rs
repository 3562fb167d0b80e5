//! A run: chaos as planned, then healing, then agreement.

use crate::checker::Violation;
use crate::plan::{AGREED_BELOW, Plan};
use crate::time::Time;
use crate::world::World;

/// How often it is looked whether all agree, in milliseconds.
const LOOK_MS: u64 = 500;

/// What a run came to.
#[derive(Debug)]
pub struct Outcome {
    /// What happened that must not, if anything did.
    pub violation: Option<Violation>,
    /// The hash of everything that happened.
    pub trace: [u8; 32],
    /// What happened in words, where that was asked for.
    pub words: Vec<String>,
    /// How many events there were.
    pub events: u64,
    /// How many checks were made.
    pub checks: u64,
    /// How many blocks were made.
    pub blocks: usize,
    /// How many blocks the deepest reorganisation left behind.
    pub deepest: u64,
    /// How many blocks from the top the honest disagreed at most while adversaries went on.
    pub apart: u64,
    /// How long it took, in virtual milliseconds.
    pub virtual_ms: u64,
}

/// Runs a plan; where something panics, that is what happened. In WebAssembly a panic ends the module.
pub fn run_guarded(plan: &Plan, in_words: bool) -> Outcome {
    let caught = std::panic::catch_unwind(|| run(plan, in_words));
    caught.unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        let found = words.or_else(|| panic.downcast_ref::<&str>().map(|words| (*words).to_owned()));
        let found = found.unwrap_or_else(|| "a panic without words".to_owned());
        let violation = Violation { at: Time::START, host: 0, rule: "nothing panics", found };
        Outcome {
            violation: Some(violation),
            trace: [0; 32],
            words: Vec::new(),
            events: 0,
            checks: 0,
            blocks: 0,
            deepest: 0,
            apart: 0,
            virtual_ms: 0,
        }
    })
}

/// Runs a plan.
pub fn run(plan: &Plan, in_words: bool) -> Outcome {
    let (world, violation) = play(plan, in_words);
    let (events, checks, blocks) = (world.events, world.checker.checks, world.checker.blocks());
    let (virtual_ms, deepest, apart) = (world.now.as_ms(), world.deepest, world.apart);
    let (trace, words) = world.trace.finish();
    Outcome { violation, trace, words, events, checks, blocks, deepest, apart, virtual_ms }
}

fn live(world: &mut World) -> Result<(), Violation> {
    world.run_until(Time::from_ms(world.plan.heal_ms))?;
    world.heal()?;
    if world.plan.goes_on_ms > 0 {
        go_on(world)?;
        world.give_up()?;
    }
    settle(world)?;
    for number in 0..world.hosts.len() {
        let host = &world.hosts[number];
        if let Some(process) = &host.process {
            world.checker.whole_chain(world.now, number, &process.node)?;
        }
    }
    Ok(())
}

/// Runs a plan, and leaves the world as it is then.
pub fn play(plan: &Plan, in_words: bool) -> (World, Option<Violation>) {
    let mut world = World::new(plan.clone(), in_words);
    let violation = live(&mut world).err();
    if let Some(violation) = &violation {
        world.trace.say(world.now, violation.host, || violation.to_string());
    }
    (world, violation)
}

/// Waits until the honest agree but for the last blocks, and sees that they do so for as long as adversaries go on.
fn go_on(world: &mut World) -> Result<(), Violation> {
    let latest = world.now.plus_ms(world.plan.settle_ms);
    while let Err(violation) = world.checker.close(world.now, 0, &world.hosts, AGREED_BELOW) {
        if world.now >= latest {
            return Err(violation);
        }
        world.run_until(world.now.plus_ms(LOOK_MS))?;
    }
    world.agreed_below = Some(AGREED_BELOW);
    world.run_until(world.now.plus_ms(world.plan.goes_on_ms))?;
    world.agreed_below = None;
    Ok(())
}

/// Waits until all agree.
fn settle(world: &mut World) -> Result<(), Violation> {
    let latest = world.now.plus_ms(world.plan.settle_ms);
    loop {
        let Err(unsettled) = world.checker.settled(&world.hosts) else { return Ok(()) };
        if world.now >= latest {
            let (at, host) = (world.now, unsettled.host);
            return Err(Violation { at, host, rule: "all agree in the end", found: unsettled.found });
        }
        world.run_until(world.now.plus_ms(LOOK_MS))?;
    }
}
