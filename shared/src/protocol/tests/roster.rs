//! What it costs to tell members of each other: bounded in any moment, however many come or change at once, and not to be
//! noticed where they are few.

use std::collections::{BTreeMap, BTreeSet};

use crate::protocol::limits::{MEMBERS_MAX, ROSTER_BYTES, ROSTER_MS};
use crate::protocol::{
    Agent, Config, Hello, Member, Message, Node, Output, PROTOCOL_VERSION, PeerId, Role, Status, proof_bytes,
};
use crate::state::MemoryBodies;
use crate::testing::{address, easy_params, key};
use crate::values::{NodeId, NodeName, SecretKey, Timestamp};
use crate::{decode, encode};

/// More than a member takes in a message.
const MEMBER_BYTES_MAX: usize = 400;
/// What may be told in an interval: who is told last may be told beyond it.
const INTERVAL_BYTES: usize = ROSTER_BYTES + MEMBERS_MAX * MEMBER_BYTES_MAX;

/// What one member was told.
#[derive(Default)]
struct Heard {
    members: BTreeMap<NodeId, Member>,
    messages: usize,
}

/// A relay, and members who do nothing but come, change and listen.
struct Crowd {
    relay: Node,
    now: Timestamp,
    heard: BTreeMap<PeerId, Heard>,
    /// Bytes that were told of members, in each moment.
    told: BTreeMap<Timestamp, usize>,
    nonces: BTreeMap<PeerId, Hello>,
}

fn id(number: u64) -> NodeId {
    NodeId::of(&key(number).public())
}

impl Crowd {
    fn new() -> Self {
        let params = easy_params();
        let now = params.genesis_time.plus_ms(86_400_000);
        let config = Config {
            role: Role::Relay,
            name: NodeName::new("relay").expect("a name"),
            agent: "test".to_owned(),
            auto_sync: true,
            address: address(0),
        };
        let relay =
            Node::new(config, params, SecretKey::from_bytes([9; 32]), [9; 32], Box::new(MemoryBodies::default()));
        Self { relay, now, heard: BTreeMap::new(), told: BTreeMap::new(), nonces: BTreeMap::new() }
    }

    fn status(&self, name: &str, number: u64) -> Status {
        let name = NodeName::new(name).expect("a name");
        Status { name, address: address(number), tip: self.relay.chain().tip(), auto_sync: true }
    }

    fn join(&mut self, number: u64) {
        let peer = PeerId(number);
        self.relay.peer_joined(peer, self.now);
        self.perform();
        let own = Hello {
            version: PROTOCOL_VERSION,
            network: self.relay.params().network(),
            key: key(number).public(),
            role: Role::Tab,
            agent: Agent::new("test"),
            nonce: [7; 32],
            status: self.status("a member with a name", number),
        };
        let proof = key(number).sign(&proof_bytes(&own, &self.nonces[&peer]));
        self.say(number, &Message::Hello(own));
        self.say(number, &Message::Proof(proof));
    }

    fn say(&mut self, number: u64, message: &Message) {
        self.relay.receive(PeerId(number), &encode(message), self.now);
        self.perform();
    }

    fn leave(&mut self, number: u64) {
        self.relay.peer_left(PeerId(number), self.now);
        self.heard.remove(&PeerId(number));
        self.perform();
    }

    fn perform(&mut self) {
        while let Some(output) = self.relay.poll_output() {
            let Output::Send { peer, bytes } = output else { continue };
            match decode(&bytes).expect("a message") {
                Message::Hello(hello) => drop(self.nonces.insert(peer, hello)),
                Message::Members { changed, left } => {
                    *self.told.entry(self.now).or_default() += bytes.len();
                    let heard = self.heard.entry(peer).or_default();
                    heard.messages += 1;
                    for id in left {
                        heard.members.remove(&id);
                    }
                    heard.members.extend(changed.into_iter().map(|member| (member.id, member)));
                }
                _ => {}
            }
        }
    }

    fn run(&mut self, ms: u64) {
        let end = self.now.plus_ms(ms);
        while let Some(at) = self.relay.next_wake().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.relay.wake(self.now);
            self.perform();
        }
        self.now = end;
    }

    fn told_in_all(&self) -> usize {
        self.told.values().sum()
    }

    /// The most that was told in any moment.
    fn told_at_once(&self) -> usize {
        self.told.values().copied().max().unwrap_or(0)
    }

    /// Nobody was told more in one interval than may be told, and one message.
    #[track_caller]
    fn keeps_the_pace(&self) {
        for from in self.told.keys() {
            let told: usize = self.told.range(from..&from.plus_ms(ROSTER_MS)).map(|(_, bytes)| bytes).sum();
            // It may touch two intervals.
            assert!(told <= 2 * INTERVAL_BYTES, "{told} bytes from {from:?} on");
        }
    }

    #[track_caller]
    fn all_know(&self, numbers: impl Iterator<Item = u64>, name: &str) {
        let expected: BTreeSet<NodeId> = numbers.map(id).collect();
        for (peer, heard) in &self.heard {
            let here: BTreeSet<NodeId> = heard
                .members
                .values()
                .filter(|member| member.online && member.role == Role::Tab && member.name.as_str() == name)
                .map(|member| member.id)
                .collect();
            assert!(here == expected, "{peer:?} knows {} of {}", here.intersection(&expected).count(), expected.len());
        }
    }
}

#[test]
fn a_thousand_who_come_at_once_are_told_of_each_other_bit_by_bit_and_of_nobody_twice() {
    const MEMBERS: u64 = 1_000;
    let mut crowd = Crowd::new();
    for number in 1..=MEMBERS {
        crowd.join(number);
        if number % 10 == 0 {
            crowd.run(10);
        }
    }
    let joined = crowd.told_in_all();
    crowd.run(30_000);
    let entry = encode(&crowd.relay.members()[0]).len();
    let all = crowd.told_in_all();
    println!(
        "{MEMBERS} joined in a second: {joined} bytes in it, {} at once at most, {all} in all, {entry} a member",
        crowd.told_at_once()
    );
    crowd.keeps_the_pace();
    crowd.all_know(1..=MEMBERS, "a member with a name");
    assert!(joined <= 11 * INTERVAL_BYTES, "{joined} bytes while they come");
    // Everybody is to know everybody, once; the relay and the messages' own bytes come on top.
    let least = (MEMBERS * MEMBERS) as usize * entry;
    assert!(all < least + least / 20, "{all} bytes told, {least} are needed");
}

#[test]
fn who_changes_again_before_the_others_are_told_costs_them_once() {
    const MEMBERS: u64 = 300;
    let mut crowd = Crowd::new();
    (1..=MEMBERS).for_each(|number| crowd.join(number));
    crowd.run(10_000);
    let before = crowd.told_in_all();
    for round in 0..20 {
        for number in 1..=MEMBERS {
            let status = crowd.status(&format!("round {round}"), number);
            crowd.say(number, &Message::Status(status));
        }
        crowd.run(50);
    }
    crowd.run(10_000);
    let entry = encode(&crowd.relay.members()[0]).len();
    let (told, once) = (crowd.told_in_all() - before, (MEMBERS * MEMBERS) as usize * entry);
    println!("{MEMBERS} changed 20 times in a second: {told} bytes, {once} for the last of it");
    crowd.keeps_the_pace();
    crowd.all_know(1..=MEMBERS, "round 19");
    // A second's worth while they change, and then what came of it.
    assert!(told < once + 11 * INTERVAL_BYTES, "{told} bytes told");
}

#[test]
fn a_few_are_told_at_once_and_of_a_change_within_the_interval() {
    let mut crowd = Crowd::new();
    crowd.join(1);
    crowd.run(10_000);
    crowd.join(2);
    assert_eq!(crowd.heard[&PeerId(2)].members.len(), 3, "the relay and both, before any time has passed");
    crowd.join(3);
    assert_eq!(crowd.heard[&PeerId(3)].members.len(), 4);
    crowd.run(ROSTER_MS);
    crowd.all_know(1..=3, "a member with a name");
    let messages = |crowd: &Crowd| crowd.heard.values().map(|heard| heard.messages).sum::<usize>();
    let before = messages(&crowd);
    let status = crowd.status("another", 2);
    crowd.say(2, &Message::Status(status));
    crowd.run(ROSTER_MS);
    assert_eq!(messages(&crowd) - before, 3, "one to each");
    assert!(crowd.heard.values().all(|heard| heard.members[&id(2)].name.as_str() == "another"));
    crowd.run(10_000);
    assert_eq!(messages(&crowd) - before, 3, "and that is all");
}

#[test]
fn a_newcomer_is_told_of_the_last_who_left_and_of_whoever_leaves_while_it_is_told() {
    let mut crowd = Crowd::new();
    for number in 1..=100 {
        crowd.join(number);
    }
    for number in 1..=90 {
        crowd.run(ROSTER_MS);
        crowd.leave(number);
    }
    crowd.join(1_000);
    crowd.run(1_000);
    let away = |crowd: &Crowd| -> BTreeSet<NodeId> {
        let members = crowd.heard[&PeerId(1_000)].members.values();
        members.filter(|member| !member.online).map(|member| member.id).collect()
    };
    // All have one name, and who had it first is told whenever it left.
    assert_eq!(away(&crowd), (27..=90).chain([1]).map(id).collect(), "the last 64");
    crowd.all_know((91..=100).chain([1_000]), "a member with a name");
    crowd.leave(91);
    crowd.run(1_000);
    assert!(away(&crowd).contains(&id(91)));
    // One who comes back is told of as one who is here, once.
    crowd.join(1);
    crowd.run(1_000);
    crowd.all_know((92..=100).chain([1, 1_000]), "a member with a name");
}

#[test]
fn who_had_a_name_before_is_told_to_those_who_came_after_it_had_left_for_long() {
    let mut crowd = Crowd::new();
    for number in 1..=80 {
        crowd.join(number);
        let status = crowd.status(if number == 1 { "Ada" } else { "one of many" }, number);
        crowd.say(number, &Message::Status(status));
    }
    for number in 1..=79 {
        crowd.run(ROSTER_MS);
        crowd.leave(number);
    }
    crowd.join(1_000);
    crowd.run(1_000);
    let knows_ada = |crowd: &Crowd, peer: u64| crowd.heard[&PeerId(peer)].members.contains_key(&id(1));
    assert!(!knows_ada(&crowd, 1_000), "it left before the last 64, and nobody has its name");
    // Cyrillic letters, so that it reads like the other.
    let status = crowd.status("\u{430}d\u{430}", 80);
    crowd.say(80, &Message::Status(status));
    crowd.run(1_000);
    assert!(knows_ada(&crowd, 1_000), "somebody took its name");
    crowd.join(1_001);
    crowd.run(1_000);
    assert!(knows_ada(&crowd, 1_001), "and whoever comes later is told at once");
    let former: Vec<_> = crowd.relay.former_names().filter(|former| former.id == id(1)).collect();
    assert_eq!(former.len(), 1, "what it was called before it was Ada");
}
