//! Proofs and chains: made and tampered with here and in Python, judged by both.

use shared::classic::json::{Integer, Value, compact, parse};
use shared::classic::limits::CLASSIC_TRANSACTION_BYTES_MAX;
use shared::classic::{Chain, ChainError, Node, difference, proof_of_work};
use shared::{NodeId, Timestamp};

use crate::generator::Dice;
use crate::oracle::{Questions, text};

fn integer(text: &str) -> Integer {
    let Ok(Value::Int(integer)) = parse(text) else { panic!("{text} is an integer") };
    integer
}

#[test]
fn differences_of_squares_are_pythons_whatever_the_sign_and_size() {
    let mut dice = Dice::new();
    let mut number = || loop {
        let mut text = String::new();
        dice.integer(&mut text);
        // The difference of longer ones is more than Python writes.
        if text.len() <= 2_100 {
            return text;
        }
    };
    let mut pairs: Vec<(String, String)> = (0..1_000).map(|_| (number(), number())).collect();
    pairs.extend([("0", "0"), ("1", "-1"), ("0", "-5")].map(|(new, before)| (new.to_owned(), before.to_owned())));
    let mut questions = Questions::default();
    for (new, before) in &pairs {
        questions.ask_plainly("difference", &[new, before]);
    }
    for ((new, before), theirs) in pairs.iter().zip(questions.answers()) {
        let ours = difference(&integer(new), &integer(before)).expect("short enough");
        assert_eq!(ours, theirs, "{new}² − {before}²");
    }
}

#[test]
fn the_smallest_proof_is_pythons_whatever_the_one_before_it() {
    let befores = ["1", "533", "-533", "0", "4294967295", "4294967296", "-987654321098765432109876543210"];
    let mut questions = Questions::default();
    for before in befores {
        questions.ask_plainly("proof", &[before]);
    }
    for (before, theirs) in befores.iter().zip(questions.answers()) {
        assert_eq!(proof_of_work(&integer(before)).expect("a proof").to_string(), theirs, "after {before}");
    }
}

/// A document that a transaction has room for.
fn short_document(dice: &mut Dice) -> Value {
    loop {
        let document = parse(&dice.document()).expect("JSON");
        if compact(&document).len() < CLASSIC_TRANSACTION_BYTES_MAX / 2 {
            return document;
        }
    }
}

/// A chain mined here with names in any script and amounts of any kind.
fn our_chain(dice: &mut Dice) -> Chain {
    let mut node = Node::new(NodeId::from_bytes([7; 16]), "Ĉiĉjo 🫖", Timestamp::from_ms(1_795_375_854_123));
    for at in 0..3 {
        for _ in 0..dice.below(3) {
            let document = short_document(dice);
            node.add_transaction("Ana".into(), "茶".into(), Value::Float(0.1 + at as f64)).expect("it waits");
            node.add_transaction(document, Value::Null, Value::Int(integer("100000000000000000000")))
                .expect("it waits");
        }
        node.mine(Timestamp::from_ms(1_795_375_860_000 + at)).expect("a block");
    }
    node.chain().clone()
}

/// A chain mined in Python on top of one of ours.
fn python_chain(on: &Chain) -> Chain {
    let mut chain = on.to_json();
    for (name, amount) in
        [("Ben", "5"), ("Zoë \u{1f600}", "2.50"), ("", "1e16"), ("C", "123456789012345678901234567890")]
    {
        let mut questions = Questions::default();
        questions.ask("mine", &[&chain, name, amount]);
        chain = text(&questions.answers()[0]);
    }
    Chain::from_json(&chain).expect("a chain")
}

#[test]
fn a_chain_mined_here_and_gone_on_with_in_python_is_valid_in_both_and_has_the_same_hashes() {
    let mut dice = Dice::new();
    let ours = our_chain(&mut dice);
    assert_eq!(ours.check(), Ok(()));
    let longer = python_chain(&ours);
    assert_eq!(longer.check(), Ok(()), "TABCOIN_SEED={}", dice.seed());
    let begins_with_ours = longer.to_json().starts_with(ours.to_json().trim_end_matches(']'));
    assert!(begins_with_ours, "TABCOIN_SEED={}: our blocks came back as they went", dice.seed());
    let mut questions = Questions::default();
    questions.ask("valid", &[&ours.to_json()]);
    questions.ask("valid", &[&longer.to_json()]);
    for block in longer.blocks() {
        questions.ask("document", &[&compact(&block.object().clone().into())]);
    }
    let answers = questions.answers();
    assert_eq!(answers[..2], ["True", "True"], "TABCOIN_SEED={}", dice.seed());
    for (block, theirs) in longer.blocks().iter().zip(&answers[2..]) {
        assert_eq!(Some(&*block.hash()), theirs.split(' ').next());
    }
}

#[test]
fn whatever_is_changed_in_a_chain_both_give_the_same_verdict() {
    let mut dice = Dice::new();
    let chain = python_chain(&our_chain(&mut dice));
    let values =
        ["null", "0", "1", "-533", "533", "533.0", "true", "\"533\"", "[]", "{}", "10.0", "1e400", "\"0\"", "\"é\""];
    let keys = ["index", "timestamp", "proof", "previous_hash", "transactions", "extra", "é"];
    let mut tampered = Vec::new();
    for _ in 0..500 {
        let mut blocks = chain.blocks().to_vec();
        let at = dice.below(blocks.len() as u64) as usize;
        match dice.below(10) {
            0 => drop(blocks.remove(at)),
            1 => blocks.insert(at, blocks[at].clone()),
            2 => blocks.truncate(at + 1),
            3 => {
                // A sign changes a proof and not its square.
                let proof = blocks[at].proof().expect("an integer");
                blocks[at] = blocks[at].with("proof", Value::Int(integer(&format!("-{proof}"))));
            }
            _ => {
                let value = parse(dice.pick(&values)).expect("JSON");
                blocks[at] = blocks[at].with(dice.pick(&keys), value);
                // Half of them are linked again, so that more than the first hash is looked at.
                if dice.below(2) == 0 {
                    for place in at + 1..blocks.len() {
                        blocks[place] = blocks[place].with("previous_hash", blocks[place - 1].hash());
                    }
                }
            }
        }
        if !blocks.is_empty() {
            tampered.push(Chain::from_blocks(blocks).expect("short"));
        }
    }
    let mut questions = Questions::default();
    for chain in &tampered {
        questions.ask("valid", &[&chain.to_json()]);
    }
    let (mut valid, mut invalid) = (0, 0);
    for (chain, theirs) in tampered.iter().zip(questions.answers()) {
        let ours = chain.check();
        match &*theirs {
            "True" => valid += 1,
            "False" => invalid += 1,
            // Where the tutorial's code fails, the reason is a field that is missing or no number.
            _ => assert!(matches!(ours, Err(ChainError::NoProof { .. } | ChainError::PreviousHash { .. })), "{ours:?}"),
        }
        let is_valid = theirs == "True";
        assert_eq!(
            ours.is_ok(),
            is_valid,
            "TABCOIN_SEED={}: {ours:?}, in Python {theirs}: {}",
            dice.seed(),
            chain.to_json()
        );
    }
    assert!(valid > 20 && invalid > 100, "both happen: {valid} and {invalid}");
}
