//! Under each adversary nothing happens to the honest that must not, and they come to agree.

use sim::plan::{AGREED_BELOW, Mind, Plan, draw};
use sim::run::{play, run};
use sim::time::Time;
use sim::world::World;

/// The host that is not honest.
const CHEAT: usize = 5;

/// A relay, four honest tabs and one that is not, which has these many of the 20 attempts a second.
fn plan(mind: Mind, rate: u64) -> Plan {
    let honest = (20 - rate) / 4;
    let text = format!(
        "seed 11\nroom interval=3s half-life=3m easiest=0x20040000\nhost relay\nhost tab rate={honest} times=4\n\
         host tab rate={rate} mind={mind}\ngraph star delay=30ms\nlink from=4 to=5\n\
         at 2m pay from=1 to=2 amount=2000000 fee=1000\nat 4m pay from=2 to=3 amount=1000000 fee=1000\n\
         at 5m pay from=3 to=4 amount=500000 fee=1000\nheal 12m\nsettle 30m\n"
    );
    text.parse().expect("a plan")
}

#[test]
fn the_honest_are_safe_under_every_adversary_and_agree() {
    for mind in Mind::ADVERSARIES {
        let rate = if *mind == Mind::MajorityMiner { 12 } else { 8 };
        let (world, violation) = play(&plan(*mind, rate), false);
        assert_eq!(violation, None, "{mind}");
        let acts = world.hosts[CHEAT].mind.acts;
        assert!(acts > 0, "{mind}: it did nothing");
        assert!(world.checker.blocks() > 100, "{mind}: {} blocks", world.checker.blocks());
    }
}

/// A tab whose only open link is to one who eclipses it.
fn eclipsed() -> Plan {
    let text = "seed 3\nroom interval=3s half-life=3m easiest=0x20040000\nhost relay\nhost tab rate=10 times=2\n\
         host tab\nhost tab mind=eclipser\nlink from=1 to=0\nlink from=2 to=0\nlink from=3 to=0\nlink from=4 to=0\n\
         link from=3 to=4\nat 2m for 10m cut link=2 end=0\nat 2m for 10m cut link=2 end=1\nheal 12m\nsettle 10m\n";
    text.parse().expect("a plan")
}

#[test]
fn an_eclipsed_tab_keeps_its_old_chain_and_follows_again_when_it_is_not() {
    let height = |world: &World, host: usize| {
        world.hosts[host].process.as_ref().map(|process| process.node.chain().tip().height.as_u64())
    };
    let mut world = World::new(eclipsed(), false);
    world.run_until(Time::from_ms(11 * 60_000)).expect("nothing that must not happen");
    let (victim, others) = (height(&world, 3), height(&world, 1));
    assert!(victim.zip(others).is_some_and(|(victim, others)| victim + 100 < others), "{victim:?} of {others:?}");
    assert_eq!(run(&eclipsed(), false).violation, None);
}

#[test]
fn a_majority_rewrites_history_and_that_is_not_a_violation() {
    let (world, violation) = play(&plan(Mind::MajorityMiner, 16), false);
    assert_eq!(violation, None);
    let own = world.hosts[CHEAT].address;
    let node = &world.hosts[1].process.as_ref().expect("it runs").node;
    let blocks = node.chain().tip().height.as_u64();
    let mined = node.chain().heights_of(&own).len() as u64;
    assert!(mined * 10 > blocks * 9, "{mined} of {blocks} blocks are the majority's");
}

/// The scenario of an adversary with 30 % of the hash rate who goes on when everything else has stopped.
fn going_on(mind: Mind) -> Plan {
    let name = format!("scenarios/{mind}-goes-on.plan");
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(path).expect("a file").parse().expect("a plan")
}

#[test]
fn while_a_minority_goes_on_the_honest_agree_but_for_the_last_blocks() {
    for mind in [Mind::DoubleSpender, Mind::SelfishMiner, Mind::FeeFlooder, Mind::TimeCheat] {
        let plan = going_on(mind);
        let (all, own) = (plan.hosts.iter().map(|host| host.rate).sum::<u64>(), plan.hosts[CHEAT].rate);
        assert_eq!((plan.hosts[CHEAT].mind, own * 10), (mind, all * 3), "{mind}");
        let (world, violation) = play(&plan, false);
        assert_eq!(violation, None, "{mind}");
        let (acts, blocks, apart) = (world.hosts[CHEAT].mind.acts, world.checker.blocks(), world.apart);
        println!("{mind}: {acts} acts, {blocks} blocks, {apart} from the top at most");
        // A block takes ten seconds.
        assert!(acts > 100 && blocks as u64 * 11_000 > plan.goes_on_ms, "{mind}: {acts} acts, {blocks} blocks");
        assert!(apart <= AGREED_BELOW, "{mind}: {apart}");
    }
}

#[test]
fn honest_nodes_that_disagree_further_down_are_found_out() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/partition-and-heal.plan");
    let plan: Plan = std::fs::read_to_string(path).expect("a file").parse().expect("a plan");
    let mut world = World::new(plan, false);
    let close = |world: &World| world.checker.close(world.now, 0, &world.hosts, AGREED_BELOW);
    world.run_until(Time::from_ms(9 * 60_000)).expect("nothing that must not happen");
    assert!(close(&world).is_ok_and(|apart| apart < 3), "{:?}", close(&world));
    world.run_until(Time::from_ms(29 * 60_000)).expect("nothing that must not happen");
    assert!(close(&world).is_err(), "{:?}", close(&world));
}

#[test]
fn some_seeds_have_an_adversary_of_every_kind() {
    let mut minds: Vec<Mind> = (0..600).flat_map(|seed| draw(seed, None).hosts).map(|host| host.mind).collect();
    minds.sort_unstable();
    minds.dedup();
    assert_eq!(minds.len(), Mind::ADVERSARIES.len() + 1, "{minds:?}");
}
