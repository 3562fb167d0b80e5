//! The tutorial's chain and node: chains of strangers, the bodies of requests, and what a node saved of itself.

use shared::classic::{Chain, Node, Outcome, answer, chain_answer, forge, replaced, valid_answer};
use shared::tutorial::Call;
use shared::{NodeId, Timestamp};

const NOW: Timestamp = Timestamp::from_ms(1_767_225_600_000);

fn fresh() -> Node {
    Node::new(NodeId::from_bytes([7; 16]), "Ana", NOW)
}

/// Lets a node meet a text as an answer of another node, as a body, and as what it saved.
pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    for chain in [Chain::from_json(text), Chain::from_answer(text)].into_iter().flatten() {
        let json = chain.to_json();
        assert_eq!(json.len(), chain.bytes());
        // Compared as text: NaN is not equal to itself.
        assert_eq!(Chain::from_json(&json).map(|chain| chain.to_json()), Ok(json));
        assert_eq!(chain.check().is_ok(), chain.is_valid());
        assert_eq!((chain_answer(&chain).status, valid_answer(&chain).status), (200, 200));
        if chain.length() > 1 {
            let _ = forge::forge(&chain, 1, 0, 9u64.into());
        }
    }
    let mut node = fresh();
    let before = node.chain().length();
    let asked = replaced(&mut node, vec![("127.0.0.1:5002".to_owned(), Ok(text.to_owned()))]);
    assert_eq!(asked.status, 200);
    assert!(node.chain().is_valid() || node.chain().length() == before);
    for call in [
        Call::AddTransaction { body: text.to_owned() },
        Call::ConnectNode { body: text.to_owned() },
        Call::GetChain { query: text.to_owned() },
    ] {
        match answer(&mut node, &call, NOW) {
            Outcome::Answer(answer) => assert!(matches!(answer.status, 200 | 201 | 400 | 409), "{answer:?}"),
            Outcome::Replace { .. } => unreachable!("nothing was asked to be replaced"),
        }
    }
    let saved = node.save();
    let again = Node::restore(node.id(), "Ana", &saved).expect("what a node saved it can read");
    assert_eq!(again.save(), saved);
    let _ = Node::restore(node.id(), "Ana", text);
}
