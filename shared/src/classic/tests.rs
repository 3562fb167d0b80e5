//! Nodes of the tutorial as their users meet them: by their six requests, and by the chains they are given.

use super::answers::{Outcome, answer, replaced};
use super::json::{Integer, Object, compact, jsonify, parse};
use super::limits::{
    CLASSIC_CHAIN_BYTES_MAX, CLASSIC_TRANSACTION_BYTES_MAX, JSON_BYTES_MAX, NETLOC_BYTES_MAX, NODES_MAX,
    PENDING_BYTES_MAX, PENDING_MAX,
};
use super::*;
use crate::exchange::{Answer, Body};
use crate::rules::receipt::{Receipt, Refusal};
use crate::tutorial::Call;
use crate::values::{NodeId, Timestamp};

const NOW: Timestamp = Timestamp::from_ms(1_795_375_854_123);

fn node(number: u8) -> Node {
    Node::new(NodeId::from_bytes([number; 16]), format!("owner {number}"), NOW)
}

/// A node that has mined so many blocks.
fn miner(number: u8, blocks: u64) -> Node {
    let mut node = node(number);
    for at in 0..blocks {
        node.mine(NOW.plus_ms(at)).expect("a block");
    }
    node
}

fn ask(node: &mut Node, call: &Call) -> Answer {
    match answer(node, call, NOW) {
        Outcome::Answer(answer) => answer,
        Outcome::Replace { ask } => panic!("asks {ask:?}"),
    }
}

fn add(node: &mut Node, body: &str) -> Answer {
    ask(node, &Call::AddTransaction { body: body.to_owned() })
}

fn connect(node: &mut Node, body: &str) -> Answer {
    ask(node, &Call::ConnectNode { body: body.to_owned() })
}

fn disconnect(node: &mut Node, body: &str) -> Answer {
    ask(node, &Call::DisconnectNode { body: body.to_owned() })
}

fn json(answer: &Answer) -> Object {
    let Body::Json(text) = &answer.body else { panic!("{answer:?} is no JSON") };
    let Ok(Value::Object(object)) = parse(text) else { panic!("{text} is no object") };
    object
}

fn text_of(object: &Object, name: &str) -> String {
    object.get(name).unwrap_or_else(|| panic!("{name} is in {object:?}")).plain()
}

fn get_chain(node: &mut Node) -> String {
    let Body::Json(text) = ask(node, &Call::GetChain { query: String::new() }).body else { panic!("a chain is JSON") };
    text
}

fn rule_of(answer: &Answer) -> (u16, String) {
    (answer.status, text_of(&json(answer), "rule"))
}

#[test]
fn a_new_node_has_a_genesis_of_its_own() {
    let mut node = node(1);
    assert_eq!(
        get_chain(&mut node),
        "{\"chain\":[{\"index\":1,\"previous_hash\":\"0\",\"proof\":1,\
         \"timestamp\":\"2026-11-22 19:30:54.123000\",\"transactions\":[]}],\"length\":1}\n"
    );
    let other = Node::new(NodeId::from_bytes([2; 16]), "b", NOW.plus_ms(1));
    assert_ne!(node.chain().last().hash(), other.chain().last().hash());
}

#[test]
fn a_mined_block_has_what_waited_and_the_reward_last() {
    let mut node = node(1);
    assert_eq!(
        add(&mut node, "{\"sender\": \"Ana\", \"receiver\": \"Ben\", \"amount\": 5.0, \"note\": 1}"),
        Answer { status: 201, body: Body::Json("{\"message\":\"transaction added in the block 2\"}\n".to_owned()) }
    );
    let mined = ask(&mut node, &Call::MineBlock);
    let body = json(&mined);
    assert_eq!((mined.status, text_of(&body, "message").as_str()), (200, "Mission Accomplished!"));
    let names: Vec<&str> = body.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["index", "message", "previous_hash", "proof", "timestamp", "transactions"]);
    assert_eq!((text_of(&body, "index"), text_of(&body, "proof")), ("2".to_owned(), "533".to_owned()));
    assert_eq!(text_of(&body, "previous_hash"), node.chain().blocks()[0].hash());
    let reward = format!("{{\"sender\": \"{}\", \"receiver\": \"owner 1\", \"amount\": 10}}", "01".repeat(16));
    let expected = format!("[{{\"sender\": \"Ana\", \"receiver\": \"Ben\", \"amount\": 5.0}}, {reward}]");
    assert_eq!(super::json::dumps(&Value::List(node.chain().last().transactions().to_vec())), expected);
    assert!(node.pending().is_empty());
}

#[test]
fn a_transaction_with_an_element_missing_is_refused_in_the_tutorials_words() {
    let mut node = node(1);
    for body in
        ["{}", "{\"sender\": \"a\", \"receiver\": \"b\"}", "{\"amount\": 1, \"sender\": \"a\"}", "[]", "null", "5"]
    {
        assert_eq!(add(&mut node, body), Answer::text(400, "elements of transaction missing"), "{body}");
    }
    assert_eq!(rule_of(&add(&mut node, "{\"sender\": ")), (400, "JSON".to_owned()));
    assert!(node.pending().is_empty());
    // Whatever is there is taken: nothing looks at it.
    assert_eq!(add(&mut node, "{\"sender\": null, \"receiver\": [], \"amount\": \"much\"}").status, 201);
}

#[test]
fn a_byte_order_mark_before_a_body_or_a_chain_is_no_part_of_it() {
    let mut node = node(1);
    assert_eq!(add(&mut node, "\u{feff}{\"sender\": 1, \"receiver\": 2, \"amount\": 3}").status, 201);
    assert_eq!(connect(&mut node, "\u{feff}{\"nodes\": [\"http://h\"]}").status, 201);
    let chain = miner(1, 1).chain().clone();
    assert_eq!(Chain::from_json(&format!("\u{feff}{}", chain.to_json())), Ok(chain));
}

#[test]
fn the_next_index_is_one_more_than_what_the_last_block_says() {
    for (index, expected) in
        [("7", "8"), ("-7", "-6"), ("2.5", "3.5"), ("true", "2"), ("99999999999999999999", "100000000000000000000")]
    {
        let mut node = node(1);
        let genesis = node.chain().last().with("index", parse(index).expect("JSON"));
        node.adopt(Chain::new(genesis));
        let added = add(&mut node, "{\"sender\": 1, \"receiver\": 2, \"amount\": 3}");
        assert_eq!(text_of(&json(&added), "message"), format!("transaction added in the block {expected}"));
    }
    let mut node = node(1);
    node.adopt(Chain::new(Block::from(Object::default().with("proof", 1_u64))));
    assert_eq!(node.add_transaction(Value::Null, Value::Null, Value::Null), Ok(2u64.into()), "blocks are counted");
}

#[test]
fn nodes_are_connected_by_their_netloc_all_or_none() {
    let mut node = node(1);
    let body = "{\"nodes\": [\"http://127.0.0.1:5003/x\", \"http://a:b@127.0.0.1:5002\", \"http://127.0.0.1:5003\"]}";
    assert_eq!(
        connect(&mut node, body),
        Answer {
            status: 201,
            body: Body::Json(
                "{\"message\":\"all nodes connected with following nodes:\",\
                 \"total_nodes\":[\"127.0.0.1:5003\",\"a@127.0.0.1:5002\"]}\n"
                    .to_owned()
            )
        }
    );
    assert_eq!(connect(&mut node, "{\"nodes\": []}").status, 201);
    for body in ["{}", "{\"nodes\": null}", "[]"] {
        assert_eq!(connect(&mut node, body), Answer::text(400, "no node"), "{body}");
    }
    for body in ["{\"nodes\": \"http://x\"}", "{\"nodes\": [5]}", "{\"nodes\": {}}"] {
        assert_eq!(rule_of(&connect(&mut node, body)), (400, "nodes".to_owned()), "{body}");
    }
    let refused = connect(&mut node, "{\"nodes\": [\"http://127.0.0.1:5004\", \"127.0.0.1:5005\"]}");
    assert_eq!(rule_of(&refused), (400, "node".to_owned()));
    assert_eq!(node.nodes().count(), 2, "none of those was kept");
    assert!(node.disconnect("127.0.0.1:5003") && !node.disconnect("127.0.0.1:5003"));
}

#[test]
fn is_valid_says_which_block_breaks_which_rule() {
    let mut node = miner(1, 2);
    let expected = "{\"length\":3,\"message\":\"all good, the chain is valid\",\"valid\":true}\n";
    assert_eq!(ask(&mut node, &Call::IsValid), Answer { status: 200, body: Body::Json(expected.to_owned()) });
    let mut blocks = node.chain().blocks().to_vec();
    blocks[1] = blocks[1].with("transactions", Value::List(Vec::new()));
    node.adopt(Chain::from_blocks(blocks).expect("short"));
    let answer = ask(&mut node, &Call::IsValid);
    let body = json(&answer);
    assert_eq!((answer.status, text_of(&body, "message").as_str()), (200, "the chain is not valid"));
    assert_eq!(body.get("valid"), Some(&Value::Bool(false)));
    let receipt = body.get("refused").and_then(Value::as_object).expect("a receipt");
    assert_eq!(text_of(receipt, "rule"), "previous hash");
    assert!(text_of(receipt, "found").ends_with("in block 3"), "{receipt:?}");
}

#[test]
fn each_rule_of_a_chain_names_its_block() {
    let good = miner(1, 3).chain().clone();
    assert_eq!(good.check(), Ok(()));
    let check = |at: usize, name: &str, value: Value| {
        let mut blocks = good.blocks().to_vec();
        blocks[at] = blocks[at].with(name, value);
        for place in at + 1..blocks.len() {
            blocks[place] = blocks[place].with("previous_hash", blocks[place - 1].hash());
        }
        let chain = Chain::from_blocks(blocks).expect("short");
        chain.check().map_err(|error| (error.receipt().rule, error.receipt().found))
    };
    let work = check(1, "proof", 534u64.into()).expect_err("no proof");
    assert!(work.0 == "proof of work" && work.1.ends_with("in block 2"), "{work:?}");
    assert_eq!(check(3, "proof", Value::Null), Err(("proof".to_owned(), "none in block 4".to_owned())));
    assert_eq!(check(0, "proof", Value::Float(1.0)), Err(("proof".to_owned(), "none in block 1".to_owned())));
    let named = check(2, "previous_hash", "x".into());
    assert_eq!(named, Err(("previous hash".to_owned(), "x in block 3".to_owned())));
    let long = parse(&format!("1{}", "0".repeat(2_200))).expect("JSON");
    assert_eq!(check(3, "proof", long), Err(("proof".to_owned(), "4400 digits".to_owned())));
    // Neither of these is looked at, and the genesis not at all.
    for (at, name) in [(2, "index"), (2, "timestamp"), (2, "transactions"), (0, "previous_hash"), (1, "more")] {
        assert_eq!(check(at, name, "x".into()), Ok(()), "{name} of block {at}");
    }
}

#[test]
fn only_a_longer_valid_chain_is_adopted_and_the_longest_of_several() {
    let (two, three, also_three) = (miner(2, 2), miner(3, 3), miner(4, 3));
    let mut forged = miner(5, 4).chain().blocks().to_vec();
    forged[1] = forged[1].with("transactions", Value::Null);
    let forged = Chain::from_blocks(forged).expect("short");
    let mut node = miner(1, 2);
    node.add_transaction("a".into(), "b".into(), 1u64.into()).expect("it waits");
    let revision = node.revision();
    assert!(!node.replace([two.chain().clone(), forged.clone()]), "as long, and not valid");
    assert_eq!(node.revision(), revision);
    assert!(node.replace([forged, three.chain().clone(), also_three.chain().clone()]));
    assert_eq!(node.chain(), three.chain(), "of equally long ones the first");
    assert_eq!(node.pending().len(), 1, "what waits goes on waiting");
    assert!(node.revision() > revision);
}

#[test]
fn replace_chain_asks_every_node_and_answers_in_the_tutorials_words() {
    let (mut node, mut other, mut shorter) = (miner(1, 1), miner(2, 2), miner(3, 0));
    let alone = ask(&mut node, &Call::ReplaceChain);
    assert_eq!(text_of(&json(&alone), "message"), "already largest chain");
    connect(&mut node, "{\"nodes\": [\"http://b\", \"http://a:token@c\", \"http://d\"]}");
    let Outcome::Replace { ask } = answer(&mut node, &Call::ReplaceChain, NOW) else { panic!("others are asked") };
    assert_eq!(ask, ["a:token@c", "b", "d"]);
    let unreachable = Receipt::new("fetch", "an answer", "none");
    let answers = vec![
        (ask[0].clone(), Err(unreachable)),
        (ask[1].clone(), Ok(get_chain(&mut other))),
        (ask[2].clone(), Ok(get_chain(&mut shorter))),
    ];
    let answer = replaced(&mut node, answers.clone());
    let body = json(&answer);
    assert_eq!((answer.status, text_of(&body, "message").as_str()), (200, "nodes updated."));
    assert_eq!(body.get("new_chain"), Some(&parse(&jsonify(&other.chain().to_value())).expect("JSON")));
    let [Value::Object(refused)] = body.get("refused").and_then(Value::as_list).expect("one refusal") else {
        panic!("one refusal: {body:?}")
    };
    assert_eq!((text_of(refused, "node"), text_of(refused, "rule")), ("a@c".to_owned(), "fetch".to_owned()));
    assert_eq!(get_chain(&mut node), get_chain(&mut other));
    let body = json(&replaced(&mut node, answers[1..].to_vec()));
    let names: Vec<&str> = body.iter().map(|(name, _)| name).collect();
    assert_eq!(
        (text_of(&body, "message").as_str(), &names[..]),
        ("already largest chain", &["actual_chain", "message"][..])
    );
}

#[test]
fn what_is_no_chain_is_refused_with_a_receipt_and_the_claimed_length_is_not_believed() {
    let mut node = miner(1, 1);
    for (body, rule) in [
        ("", "JSON"),
        ("[]", "chain"),
        ("{}", "chain"),
        ("{\"chain\": {}, \"length\": 9}", "chain"),
        ("{\"chain\": [], \"length\": 9}", "chain"),
        ("{\"chain\": [{}, 5], \"length\": 9}", "block"),
        ("{\"chain\": [{}, {}, {}], \"length\": 9}", "previous hash"),
    ] {
        let answer = replaced(&mut node, vec![("x".to_owned(), Ok(body.to_owned()))]);
        let body = json(&answer);
        assert_eq!(text_of(&body, "message"), "already largest chain");
        let refused = body.get("refused").and_then(Value::as_list).and_then(|list| list[0].as_object()).expect(rule);
        assert_eq!(text_of(refused, "rule"), rule);
    }
    let short = get_chain(&mut self::node(2)).replace("\"length\":1", "\"length\":99");
    assert!(json(&replaced(&mut node, vec![("x".to_owned(), Ok(short))])).get("refused").is_none());
    assert_eq!(node.chain().length(), 2);
}

#[test]
fn mining_in_slices_makes_the_block_that_mining_at_once_makes() {
    let mut at_once = miner(1, 3);
    let mut in_slices = at_once.clone();
    let mut search = in_slices.search().expect("a proof");
    let proof = loop {
        if let Some(proof) = search.run(1_000) {
            break proof;
        }
    };
    assert_eq!(in_slices.mined(proof, NOW).expect("a block"), at_once.mine(NOW).expect("a block"));
    // The chain has moved on.
    assert_eq!(in_slices.mined(proof, NOW).map(drop), Err(NodeError::Stale { proof }));
}

#[test]
fn after_a_block_without_a_proof_nothing_can_be_mined() {
    let mut node = node(1);
    node.adopt(Chain::new(Block::from(Object::default().with("proof", "x"))));
    let answer = ask(&mut node, &Call::MineBlock);
    assert_eq!(rule_of(&answer), (409, "proof".to_owned()));
    assert!(node.search().is_err() && node.mined(533, NOW).is_err());
}

#[test]
fn any_integer_can_be_the_proof_before() {
    for proof in ["-533", "true", "123456789012345678901234567890"] {
        let mut node = node(1);
        node.adopt(Chain::new(node.chain().last().with("proof", parse(proof).expect("JSON"))));
        node.mine(NOW).expect("a block");
        assert!(node.chain().is_valid(), "after {proof}");
    }
    let integer = |text: &str| parse(text).expect("JSON").to_integer();
    assert_eq!((integer("true"), integer("1.0")), (Some(Integer::from(1u64)), None));
}

#[test]
fn a_transaction_is_taken_up_to_its_limit_and_no_further() {
    let mut node = node(1);
    let empty = "{\"sender\":\"\",\"receiver\":\"\",\"amount\":\"\"}".len();
    let memo = |bytes: usize| Value::from("x".repeat(bytes));
    let fits = CLASSIC_TRANSACTION_BYTES_MAX - empty;
    assert!(node.add_transaction(memo(fits), "".into(), "".into()).is_ok());
    let refused = node.add_transaction(memo(fits + 1), "".into(), "".into());
    assert_eq!(refused, Err(NodeError::TransactionSize { bytes: CLASSIC_TRANSACTION_BYTES_MAX + 1 }));
    let body = format!("{{\"sender\": \"{}\", \"receiver\": 1, \"amount\": 1}}", "é".repeat(1_000));
    assert_eq!(rule_of(&add(&mut node, &body)), (400, "transaction size".to_owned()), "as JSON, in ASCII");
}

#[test]
fn as_many_transactions_wait_as_may() {
    let mut node = node(1);
    for _ in 0..PENDING_MAX {
        node.add_transaction(Value::Null, Value::Null, Value::Null).expect("it waits");
    }
    let refused = add(&mut node, "{\"sender\": 1, \"receiver\": 2, \"amount\": 3}");
    assert_eq!(rule_of(&refused), (409, "waiting transactions".to_owned()));
    node.mine(NOW).expect("a block");
    assert_eq!(add(&mut node, "{\"sender\": 1, \"receiver\": 2, \"amount\": 3}").status, 201);
    let mut node = self::node(1);
    let large = || Value::from("x".repeat(4_000));
    while node.add_transaction(large(), Value::Null, Value::Null).is_ok() {}
    let bytes: usize = node.pending().iter().map(|transaction| compact(transaction).len() + 1).sum();
    assert!((PENDING_BYTES_MAX - 4_100..=PENDING_BYTES_MAX).contains(&bytes), "{bytes}");
    node.mine(NOW).expect("what waits fits a chain");
}

#[test]
fn as_many_nodes_are_connected_as_may() {
    let mut node = node(1);
    for number in 0..NODES_MAX {
        node.connect([&*format!("http://h:{number}")]).expect("room");
    }
    assert_eq!(node.connect(["http://h:0"]), Ok(()), "it is known");
    let one_more = |node: &mut Node| connect(node, "{\"nodes\": [\"http://one-more\"]}");
    assert_eq!(rule_of(&one_more(&mut node)), (409, "connected nodes".to_owned()));
    assert_eq!(disconnect(&mut node, "{\"nodes\": [\"http://h:0\"]}").status, 200);
    assert_eq!(one_more(&mut node).status, 201, "there is room again");
}

#[test]
fn nodes_are_disconnected_by_their_urls_or_as_they_are_shown_all_or_none() {
    let mut node = node(1);
    let id = "00112233445566778899aabbccddeeff";
    connect(&mut node, &format!("{{\"nodes\": [\"http://a:1\", \"http://b\", \"http://{id}:secret@h\"]}}"));
    let refused = disconnect(&mut node, "{\"nodes\": [\"http://a:1\", \"http://x:hidden@c\"]}");
    assert_eq!(rule_of(&refused), (400, "connected nodes".to_owned()));
    assert_eq!(text_of(&json(&refused), "found"), "x@c", "its password is not told");
    assert_eq!(node.nodes().count(), 3, "none is taken away");
    let left = disconnect(&mut node, &format!("{{\"nodes\": [\"a:1\", \"http://h/nodes/{id}\"]}}"));
    assert_eq!((left.status, node.nodes().collect::<Vec<_>>()), (200, vec!["b"]));
    assert_eq!(disconnect(&mut node, "{}"), Answer::text(400, "no node"));
}

#[test]
fn two_tabs_of_one_relay_are_two_nodes_however_they_are_named() {
    let mut node = node(1);
    let ids = ["00112233445566778899aabbccddeeff", "ff112233445566778899aabbccddee00"];
    let urls = ids.map(|id| format!("\"https://h:1/coin/nodes/{id}/get_chain\", \"http://h:1/nodes/{id}\""));
    assert_eq!(connect(&mut node, &format!("{{\"nodes\": [{}]}}", urls.join(", "))).status, 201);
    let kept: Vec<&str> = node.nodes().collect();
    assert_eq!(kept, ids.map(|id| format!("{id}@h:1")));
}

#[test]
fn a_chain_is_kept_up_to_its_limit_and_no_further() {
    let genesis = Block::genesis(NOW);
    let with_bytes = |bytes: usize| {
        let empty = Chain::new(genesis.with("note", "")).bytes();
        Chain::from_blocks([genesis.with("note", "x".repeat(bytes - empty))])
    };
    let largest = with_bytes(CLASSIC_CHAIN_BYTES_MAX).expect("it fits");
    assert_eq!(largest.bytes(), largest.to_json().len());
    assert_eq!(with_bytes(CLASSIC_CHAIN_BYTES_MAX + 1), Err(ChainError::Size { bytes: CLASSIC_CHAIN_BYTES_MAX + 1 }));
    let mut node = node(1);
    node.adopt(largest);
    assert_eq!(rule_of(&ask(&mut node, &Call::MineBlock)), (409, "chain size".to_owned()));
    assert!(get_chain(&mut node).len() <= crate::exchange::ANSWER_BYTES_MAX);
    let chain = miner(1, 3).chain().clone();
    assert_eq!(chain.bytes(), chain.to_json().len());
    assert_eq!(Chain::from_json(&chain.to_json()), Ok(chain));
}

#[test]
fn a_node_is_taken_up_as_it_was_saved() {
    let mut node = miner(1, 2);
    node.add_transaction("Zoë 🫖".into(), Value::Float(1e16), Value::Float(10.0)).expect("it waits");
    node.connect(["http://a:b@c", "http://d"]).expect("room");
    let again = Node::restore(node.id(), node.name(), &node.save()).expect("it was saved so");
    assert_eq!((again.chain(), again.pending()), (node.chain(), node.pending()));
    assert_eq!(again.nodes().collect::<Vec<_>>(), node.nodes().collect::<Vec<_>>());
    assert_eq!(again.save(), node.save());
    for saved in
        ["", "[]", "{}", "{\"chain\": [], \"transactions\": [], \"nodes\": []}", "{\"chain\": [{}], \"nodes\": []}"]
    {
        assert!(Node::restore(node.id(), "x", saved).is_err(), "{saved}");
    }
}

#[test]
fn the_fullest_node_there_can_be_is_saved_and_taken_up_again() {
    let mut node = node(1);
    while node.add_transaction(Value::from("x".repeat(4_000)), Value::Null, Value::Null).is_ok() {}
    for number in 0..NODES_MAX {
        // Each quote takes two bytes in JSON.
        let host = format!("{number:03}{}", "\"".repeat(NETLOC_BYTES_MAX - 3));
        node.connect([&*format!("http://{host}")]).expect("room");
    }
    let genesis = Block::genesis(NOW);
    let empty = Chain::new(genesis.with("note", "")).bytes();
    let note = "x".repeat(CLASSIC_CHAIN_BYTES_MAX - empty);
    node.adopt(Chain::new(genesis.with("note", note)));
    let saved = node.save();
    assert!(saved.len() <= JSON_BYTES_MAX, "{}", saved.len());
    assert_eq!(Node::restore(node.id(), "x", &saved).expect("it was saved so").save(), saved);
}

#[test]
fn the_revision_goes_up_with_every_change_and_with_no_question() {
    let mut node = miner(1, 1);
    let mut last = node.revision();
    let mut changes = |node: &Node| {
        let changed = node.revision() != last;
        last = node.revision();
        changed
    };
    ask(&mut node, &Call::IsValid);
    get_chain(&mut node);
    assert!(!changes(&node));
    add(&mut node, "{\"sender\": 1, \"receiver\": 2, \"amount\": 3}");
    assert!(changes(&node));
    ask(&mut node, &Call::MineBlock);
    assert!(changes(&node));
    connect(&mut node, "{\"nodes\": [\"http://a\"]}");
    assert!(changes(&node));
    connect(&mut node, "{\"nodes\": [\"http://a\"]}");
    assert!(!changes(&node));
    node.disconnect("a");
    assert!(changes(&node));
}

/// The answer of a Flask node, as it came.
#[rustfmt::skip]
const FLASK_ANSWER: &str = concat!(
    r#"{"chain":[{"index":1,"previous_hash":"0","proof":1,"timestamp":"2026-11-22 20:41:17.185503","transactions":[]"#,
    r#"},{"index":2,"previous_hash":"bafd7d49a87bd4d297e367629390fee307a7e07e5c258ff337fe1f9fe4eb1990","proof":533,"timestamp":"2026-11-22 20:41:17.687138","transactions":[{"amount":10,"receiver":"Zo\u00eb 15001","sender":"d5ab31634af84cdea75516a0079f7edb"}]"#,
    r#"},{"index":3,"previous_hash":"46c47eb626286cc97991a39c84a9c215305547504f08ed9b097d050eeab95fb2","proof":45293,"timestamp":"2026-11-22 20:41:18.431917","transactions":[{"amount":10.0,"receiver":"b","sender":"\u00e9\ud83e\uded6"},{"amount":10,"receiver":"Zo\u00eb 15001","sender":"d5ab31634af84cdea75516a0079f7edb"}]}],"length":3}"#,
    "\n",
);

#[test]
fn what_a_flask_node_answered_is_valid_and_written_again_byte_for_byte() {
    let chain = Chain::from_answer(FLASK_ANSWER).expect("a chain");
    assert_eq!((chain.length(), chain.check()), (3, Ok(())));
    let mut node = node(1);
    assert!(node.replace([chain]));
    assert_eq!(get_chain(&mut node), FLASK_ANSWER);
}

/// A node whose chain has so many bytes left.
fn node_with_room(bytes: usize) -> Node {
    let mut node = node(1);
    let genesis = Block::genesis(NOW);
    let empty = Chain::new(genesis.with("note", "")).bytes();
    node.adopt(Chain::new(genesis.with("note", "x".repeat(CLASSIC_CHAIN_BYTES_MAX - empty - bytes))));
    node
}

#[test]
fn what_strangers_add_to_an_open_node_never_keeps_it_from_mining() {
    let mut node = node(1);
    let memo = "x".repeat(3_900);
    for _ in 0..132 {
        let added = add(&mut node, &format!("{{\"sender\": \"{memo}\", \"receiver\": 1, \"amount\": 1}}"));
        if added.status != 201 {
            assert_eq!(ask(&mut node, &Call::MineBlock).status, 200, "a block of what waits");
        }
    }
    assert_eq!(ask(&mut node, &Call::MineBlock).status, 200);
    let again = Node::restore(node.id(), node.name(), &node.save()).expect("it was saved so");
    assert!(again.pending().is_empty());
}

#[test]
fn a_chain_at_its_limit_says_the_way_out_and_is_left_by_it() {
    let mut node = node_with_room(300);
    node.connect(["http://127.0.0.1:5002"]).expect("room");
    for call in
        [Call::MineBlock, Call::AddTransaction { body: "{\"sender\":1,\"receiver\":2,\"amount\":3}".to_owned() }]
    {
        let refused = ask(&mut node, &call);
        assert_eq!(rule_of(&refused), (409, "chain size".to_owned()));
        let Body::Json(receipt) = refused.body else { panic!("a receipt") };
        assert!(receipt.contains("Start over") && receipt.contains("/start_over"), "{receipt}");
    }
    assert!(node.search().is_err(), "nothing is searched for that could not be used");
    let revision = node.revision();
    assert_eq!(ask(&mut node, &Call::StartOver).status, 200);
    assert!(node.revision() > revision, "it is kept");
    assert_eq!((node.chain().length(), node.nodes().count()), (1, 0), "as a script that is started again");
    assert_eq!(ask(&mut node, &Call::MineBlock).status, 200);
}

#[test]
fn a_chain_that_no_proof_can_follow_says_the_way_out_and_is_left_by_it() {
    let block = |proof: &str| format!("[{{\"previous_hash\": \"0\", \"proof\": {proof}, \"transactions\": []}}]");
    let (last, longer) = ("9".repeat(2_150), format!("1{}", "0".repeat(2_150)));
    let mut node = node(1);
    node.adopt(Chain::from_json(&block(&last)).expect("a chain"));
    assert_eq!(ask(&mut node, &add_call()).status, 201, "its square has as many digits as are written");
    assert!(node.search().is_ok());
    for proof in [longer.as_str(), "null", "\"1\""] {
        node.adopt(Chain::from_json(&block(proof)).expect("a chain"));
        for call in [Call::MineBlock, add_call()] {
            let refused = ask(&mut node, &call);
            assert_eq!(rule_of(&refused), (409, "proof".to_owned()));
            let Body::Json(receipt) = refused.body else { panic!("a receipt") };
            assert!(receipt.contains("Start over") && receipt.contains("/start_over"), "{receipt}");
        }
        assert!(node.search().is_err() && node.mined(1, NOW).is_err(), "{proof}");
        assert_eq!(ask(&mut node, &Call::StartOver).status, 200);
        assert_eq!(ask(&mut node, &Call::MineBlock).status, 200);
    }
}

fn add_call() -> Call {
    Call::AddTransaction { body: "{\"sender\":1,\"receiver\":2,\"amount\":3}".to_owned() }
}

#[test]
fn what_waits_is_dropped_when_its_owner_says_so() {
    let mut node = node(1);
    add(&mut node, "{\"sender\": 1, \"receiver\": 2, \"amount\": 3}");
    let dropped = json(&ask(&mut node, &Call::DropTransactions));
    assert_eq!(dropped.get("dropped"), Some(&Value::from(1)));
    assert!(node.pending().is_empty());
    assert_eq!(node.mine(NOW).expect("a block").transactions().len(), 1, "the reward alone");
}

#[test]
fn after_a_longer_chain_was_adopted_as_much_of_what_waits_is_mined_as_fits() {
    let mut node = node(1);
    for number in 0..60_u64 {
        node.add_transaction(number.into(), Value::from("x".repeat(4_000)), Value::Null).expect("room");
    }
    node.adopt(node_with_room(100_000).chain().clone());
    let mined = node.mine(NOW).expect("a part of it fits").clone();
    assert!(mined.transactions().len() > 20, "{} transactions", mined.transactions().len());
    assert_eq!(mined.transactions().len() - 1 + node.pending().len(), 60, "the others wait on");
    let first = node.pending()[0].as_object().and_then(|waiting| waiting.get("sender")).cloned();
    assert_eq!(first, Some(Value::from(mined.transactions().len() as u64 - 1)), "in their order");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_was_asked_a_block_can_be_mined_or_the_chain_is_at_its_limit_and_says_so(
        calls in proptest::collection::vec((0..12_u8, 0..4_200_usize, 0..40_usize), 1..40)
    ) {
        let mut node = node(1);
        for (kind, bytes, times) in calls {
            match kind {
                0 => drop(node.mine(NOW)),
                1 => drop(node.drop_pending()),
                2 => node.adopt(node_with_room(bytes * times).chain().clone()),
                3 => node = Node::restore(node.id(), node.name(), &node.save()).expect("it was saved so"),
                _ => for _ in 0..times {
                    drop(node.add_transaction(Value::from("\u{1f9ff}".repeat(bytes / 12)), Value::Null, Value::Null));
                },
            }
        }
        match node.mine(NOW) {
            Ok(_) => {}
            Err(error) => {
                let receipt = error.receipt();
                proptest::prop_assert!(receipt.expected.contains("Start over"), "{receipt}");
                proptest::prop_assert!(node.chain().bytes() + 1_000 > CLASSIC_CHAIN_BYTES_MAX, "{receipt}");
                node.start_over(NOW);
                node.mine(NOW).expect("the way out");
            }
        }
    }
}
