//! The six requests, answered in the tutorial's words. JSON is written as Flask's `jsonify` writes it.

use super::block::Block;
use super::chain::Chain;
use super::json::{Object, Value, jsonify, parse};
use super::netloc::{netloc, without_password};
use super::node::{Node, NodeError};
use super::rules::{is_sealed, wrong_rules};
use crate::exchange::{Answer, Body};
use crate::rules::receipt::{Receipt, Refusal};
use crate::text::without_mark;
use crate::tutorial::{Call, not_connected};
use crate::values::{Rules, Timestamp};

/// What comes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The answer.
    Answer(Answer),
    /// Other nodes are asked first: for each of these, what `http://{netloc}/get_chain` answers goes to [`replaced`].
    Replace {
        /// Their places.
        ask: Vec<String>,
    },
}

/// Answers a request.
pub fn answer(node: &mut Node, call: &Call, now: Timestamp) -> Outcome {
    let answer = match call {
        Call::MineBlock => match node.mine(now) {
            Ok(block) => mine_answer(block),
            Err(error) => refusal(&error),
        },
        Call::GetChain { .. } => chain_answer(node.chain()),
        Call::IsValid => valid_answer(node.chain()),
        Call::AddTransaction { body } => add_transaction(node, body),
        Call::ConnectNode { body } => connect_node(node, body),
        Call::DisconnectNode { body } => disconnect_node(node, body),
        Call::StartOver => {
            node.start_over(now);
            json(200, Object::default().with("message", "a new chain has begun").with("length", 1_u64))
        }
        Call::DropTransactions => {
            let dropped = node.drop_pending() as u64;
            json(200, Object::default().with("message", "nothing waits for a block").with("dropped", dropped))
        }
        Call::ReplaceChain => match node.nodes().map(str::to_owned).collect::<Vec<_>>() {
            ask if ask.is_empty() => replace_answer(node, false, Vec::new()),
            ask => return Outcome::Replace { ask },
        },
    };
    Outcome::Answer(answer)
}

/// Answers `replace_chain` with what the other nodes answered: their places, and the bodies of their `/get_chain`.
///
/// The tutorial's code fails when a node does not answer; here the others count all the same, and whatever was refused is
/// listed under `refused` with its receipt.
pub fn replaced(node: &mut Node, answers: Vec<(String, Result<String, Receipt>)>) -> Answer {
    let (mut chains, mut refused) = (Vec::new(), Vec::new());
    for (netloc, result) in answers {
        let chain = result.and_then(|body| Chain::from_answer(&body).map_err(|error| error.receipt()));
        let chain = chain.and_then(|chain| {
            let is_sealed = chain.get(0).is_some_and(is_sealed);
            if is_sealed { Err(wrong_rules(Rules::Classic)) } else { Ok(chain) }
        });
        // A chain that is not longer is not looked at, as in the tutorial.
        let chain = chain.and_then(|chain| {
            let is_longer = chain.length() > node.chain().length();
            let checked = if is_longer { chain.check() } else { Ok(()) };
            checked.map(|()| chain).map_err(|error| error.receipt())
        });
        match chain {
            Ok(chain) => chains.push(chain),
            Err(receipt) => refused.push((netloc, receipt)),
        }
    }
    let is_replaced = node.replace(chains);
    replace_answer(node, is_replaced, refused)
}

/// The answer to `get_chain` for a chain, whoever keeps it.
pub fn chain_answer(chain: &Chain) -> Answer {
    json(200, Object::default().with("chain", chain.to_value()).with("length", chain.length() as u64))
}

/// The answer to `is_valid` for a chain, whoever keeps it. A chain that is not valid comes with the receipt.
pub fn valid_answer(chain: &Chain) -> Answer {
    let check = chain.check();
    let message = if check.is_ok() { "all good, the chain is valid" } else { "the chain is not valid" };
    let mut body = Object::default()
        .with("message", message)
        .with("valid", Value::Bool(check.is_ok()))
        .with("length", chain.length() as u64);
    if let Err(error) = check {
        body.insert("refused", receipt_object(&error.receipt()));
    }
    json(200, body)
}

/// The answer to `mine_block` with the block that was mined.
pub fn mine_answer(block: &Block) -> Answer {
    let mut body = Object::default().with("message", "Mission Accomplished!");
    for (name, value) in block.object().iter() {
        body.insert(name, value.clone());
    }
    json(200, body)
}

fn add_transaction(node: &mut Node, body: &str) -> Answer {
    let body = match parse(without_mark(body)) {
        Ok(body) => body,
        Err(error) => return Answer::refusal(400, &error.receipt()),
    };
    let field = |name: &str| body.as_object().and_then(|body| body.get(name)).cloned();
    let (Some(sender), Some(receiver), Some(amount)) = (field("sender"), field("receiver"), field("amount")) else {
        return Answer::text(400, "elements of transaction missing");
    };
    match node.add_transaction(sender, receiver, amount) {
        Ok(index) => {
            let message = format!("transaction added in the block {}", index.plain());
            json(201, Object::default().with("message", message))
        }
        Err(error) => refusal(&error),
    }
}

fn connect_node(node: &mut Node, body: &str) -> Answer {
    let urls = match read_urls(body) {
        Ok(urls) => urls,
        Err(answer) => return answer,
    };
    if let Err(error) = node.connect(urls.iter().map(String::as_str)) {
        return refusal(&error);
    }
    connected(201, "all nodes connected with following nodes:", node)
}

/// Takes away all nodes that the body names, by their URLs or as `total_nodes` shows them, or none.
fn disconnect_node(node: &mut Node, body: &str) -> Answer {
    let urls = match read_urls(body) {
        Ok(urls) => urls,
        Err(answer) => return answer,
    };
    let mut named = Vec::new();
    for url in &urls {
        let shown = without_password(&netloc(url).unwrap_or_else(|_| url.clone()));
        let known: Vec<String> =
            node.nodes().filter(|node| without_password(node) == shown).map(str::to_owned).collect();
        if known.is_empty() {
            return Answer::refusal(400, &not_connected(&shown));
        }
        named.extend(known);
    }
    for netloc in &named {
        node.disconnect(netloc);
    }
    connected(200, "disconnected; connected with following nodes:", node)
}

/// The URLs of a body that names nodes.
///
/// # Errors
/// The answer: the tutorial's words where there is no such list, and else a receipt.
fn read_urls(body: &str) -> Result<Vec<String>, Answer> {
    let body = parse(without_mark(body)).map_err(|error| Answer::refusal(400, &error.receipt()))?;
    let urls = match body.as_object().and_then(|body| body.get("nodes")) {
        None | Some(Value::Null) => return Err(Answer::text(400, "no node")),
        Some(Value::List(urls)) => urls.iter().map(|url| url.as_text().map(str::to_owned)).collect(),
        Some(_) => None,
    };
    urls.ok_or_else(|| Answer::refusal(400, &Receipt::new("nodes", "a list of URLs", "something else")))
}

/// The tutorial shows its nodes whole; here some hold the control token of another tab.
fn connected(status: u16, message: &str, node: &Node) -> Answer {
    let nodes = node.nodes().map(|netloc| Value::Text(without_password(netloc))).collect();
    json(status, Object::default().with("message", message).with("total_nodes", Value::List(nodes)))
}

fn replace_answer(node: &Node, is_replaced: bool, refused: Vec<(String, Receipt)>) -> Answer {
    let (message, name) =
        if is_replaced { ("nodes updated.", "new_chain") } else { ("already largest chain", "actual_chain") };
    let mut body = Object::default().with("message", message).with(name, node.chain().to_value());
    if !refused.is_empty() {
        let refused = refused.into_iter().map(|(netloc, receipt)| {
            let entry = receipt_object(&receipt);
            Value::Object(entry.with("node", without_password(&netloc)))
        });
        body.insert("refused", Value::List(refused.collect()));
    }
    json(200, body)
}

fn receipt_object(receipt: &Receipt) -> Object {
    Object::default()
        .with("rule", receipt.rule.as_str())
        .with("expected", receipt.expected.as_str())
        .with("found", receipt.found.as_str())
}

/// What is wrong with the request is 400; what the node's state does not allow now is 409.
fn refusal(error: &NodeError) -> Answer {
    let status = match error {
        NodeError::Url(_) | NodeError::TransactionSize { .. } => 400,
        NodeError::Chain(_)
        | NodeError::Proof(_)
        | NodeError::Saved
        | NodeError::ChainFull { .. }
        | NodeError::Ended { .. }
        | NodeError::PendingFull { .. }
        | NodeError::NodesFull
        | NodeError::Stale { .. } => 409,
    };
    Answer::refusal(status, &error.receipt())
}

fn json(status: u16, body: Object) -> Answer {
    Answer { status, body: Body::Json(jsonify(&body.into())) }
}
