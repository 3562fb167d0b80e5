//! What the page asks of the classic node, as the same requests that come over HTTP; and the answers for the page.

use shared::classic::json::{Object, compact, dumps, parse};
use shared::classic::{Chain, Value};
use shared::exchange::{Answer as HttpAnswer, Body};
use shared::tutorial::{Call, node_named};
use shared::{Amount, AmountError, NodeId, Receipt, Refusal};

use super::body::Site;
use super::{Classic, body};
use crate::node::handle::{Answer, ClassicCommand, Field, FieldRefusal};
use crate::worker::http::deed::{Deed, Tab};
use crate::worker::http::queue::Asker;
use crate::worker::pasted;

/// How long the page waits for a block or for others' chains, in milliseconds.
const PATIENCE_MS: u64 = 120_000;
/// What the page is told where a chain was put in the place of this node's own.
const ADOPTED: &str = "this chain is now this node's own";

impl Classic {
    /// Does what the page asks. The answer comes at once, or as a deed for `asker` later.
    pub fn command(
        &mut self,
        asker: Asker,
        command: ClassicCommand,
        tab: &Tab<'_>,
    ) -> Result<Vec<Deed>, Vec<FieldRefusal>> {
        let call = match command {
            ClassicCommand::Mine => Call::MineBlock,
            ClassicCommand::Replace => Call::ReplaceChain,
            ClassicCommand::StartOver => Call::StartOver,
            ClassicCommand::DropTransactions => Call::DropTransactions,
            ClassicCommand::Add { sender, receiver, amount } => add(&sender, &receiver, &amount)?,
            ClassicCommand::Connect(text) => {
                if text.trim().is_empty() {
                    return Err(vec![missing(Field::Node, "a node's id, name or URL")]);
                }
                let is_known = |id: &NodeId| tab.knows(id);
                let site = Site { origin: tab.origin, is_known: &is_known };
                let url = body::typed(&text, site, |name| node_named(tab.node, name));
                let nodes = Value::List(vec![url.as_str().into()]);
                Call::ConnectNode { body: compact(&Object::default().with("nodes", nodes).into()) }
            }
            ClassicCommand::Adopt(chain) => {
                let chain = Chain::from_json(&chain).map_err(|error| refused(Field::Form, error.receipt()))?;
                self.node.adopt(chain);
                let mut deeds = self.keep();
                let message = Object::default().with("message", ADOPTED);
                deeds.push(Deed::Answer(asker, HttpAnswer { status: 200, body: Body::Json(compact(&message.into())) }));
                return Ok(deeds);
            }
        };
        Ok(self.call(asker, &call, tab.now.plus_ms(PATIENCE_MS), tab))
    }
}

/// The page's answer for an answer over HTTP: the tutorial's message, or the receipt.
pub fn told(answer: &HttpAnswer) -> Answer {
    let text = match &answer.body {
        Body::Json(text) | Body::Text(text) => text.as_str(),
        // In a classic room no answer leaves a chain to the relay.
        Body::Chain { .. } | Body::Replaced { .. } => "",
    };
    let json: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    if answer.status < 400 {
        let message = json.get("message").and_then(|message| message.as_str());
        let missing =
            json.get("refused").and_then(|refused| refused.as_array()).into_iter().flatten().filter_map(missed);
        return Answer::ClassicDone(
            message.into_iter().map(str::to_owned).chain(missing).collect::<Vec<_>>().join("; "),
        );
    }
    let receipt = serde_json::from_value(json);
    Answer::Refused(refused(Field::Form, receipt.unwrap_or_else(|_| Receipt::new("request", "one in order", text))))
}

/// A node whose chain could not be had, or was refused, and why.
fn missed(entry: &serde_json::Value) -> Option<String> {
    let receipt: Receipt = serde_json::from_value(entry.clone()).ok()?;
    Some(format!("{}: {receipt}", entry.get("node")?.as_str()?))
}

/// The body of `add_transaction` for what was typed: an amount that reads as a number is one, any other text stays one.
fn add(sender: &str, receiver: &str, amount: &str) -> Result<Call, Vec<FieldRefusal>> {
    let (sender, receiver, amount) = (pasted::trimmed(sender), pasted::trimmed(receiver), pasted::line(amount));
    let typed = [
        (Field::Sender, "who pays", sender),
        (Field::Receiver, "who is paid", receiver),
        (Field::Amount, "how much", &amount),
    ];
    let empty = typed.iter().filter(|(.., text)| text.is_empty());
    let refusals: Vec<FieldRefusal> = empty.map(|(field, expected, _)| missing(*field, expected)).collect();
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let amount = number(&amount).map_err(|error| refused(Field::Amount, error.receipt()))?;
    let transaction = Object::default().with("sender", sender).with("receiver", receiver).with("amount", amount);
    Ok(Call::AddTransaction { body: compact(&transaction.into()) })
}

/// What was typed as the tutorial's JSON has it: a number as JSON writes it, or as people do; the tutorial takes any
/// other text too.
fn number(typed: &str) -> Result<Value, AmountError> {
    if let Ok(number @ (Value::Int(_) | Value::Float(_))) = parse(typed) {
        return Ok(number);
    }
    match Amount::from_typed(typed) {
        Ok(amount) => Ok(parse(&amount.to_string()).unwrap_or_else(|_| typed.into())),
        Err(error @ (AmountError::Ambiguous { .. } | AmountError::TooManyDecimals { .. })) => Err(error),
        Err(_) => Ok(typed.into()),
    }
}

/// What a typed amount will be in the chain, for the page: `5`, `1.5`, `"five"`. `None` where it is empty or refused.
pub fn understood(typed: &str) -> Option<String> {
    let typed = pasted::line(typed);
    if typed.is_empty() { None } else { number(&typed).ok().map(|value| dumps(&value)) }
}

fn missing(field: Field, expected: &str) -> FieldRefusal {
    FieldRefusal { field, receipt: Receipt::new("form", expected, "nothing") }
}

fn refused(field: Field, receipt: Receipt) -> Vec<FieldRefusal> {
    vec![FieldRefusal { field, receipt }]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(sender: &str, receiver: &str, amount: &str) -> String {
        match add(sender, receiver, amount).expect("nothing is empty") {
            Call::AddTransaction { body } => body,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_amount_that_reads_as_a_number_is_one_and_nothing_else_is_checked() {
        for (typed, written) in [
            ("5", "5"),
            (" 5.0 ", "5.0"),
            ("1e400", "Infinity"),
            ("-7", "-7"),
            ("1,5", "1.5"),
            ("1 000", "1000"),
            ("1.234,5", "1234.5"),
            ("\u{200b}2\u{a0}", "2"),
            ("five", "\"five\""),
            ("true", "\"true\""),
        ] {
            assert!(
                body("ada", "bob", typed).ends_with(&format!(":{written}}}")),
                "{typed}: {}",
                body("ada", "bob", typed)
            );
        }
        assert!(body(" ada ", "\"", "1").starts_with(r#"{"sender":"ada","receiver":"\"","#));
    }

    #[test]
    fn an_amount_that_could_be_two_is_asked_about_and_what_it_will_be_is_said_before() {
        let refusals = add("ada", "bob", "1,500").expect_err("one and a half, or fifteen hundred");
        assert_eq!(refusals[0].field, Field::Amount);
        let said = ["1,5", "5.0", "five", " ", "1,500"].map(understood);
        assert_eq!(said.each_ref().map(Option::as_deref), [Some("1.5"), Some("5.0"), Some("\"five\""), None, None]);
    }

    #[test]
    fn empty_fields_are_refused_each_by_its_receipt() {
        let fields = |result: Result<Call, Vec<FieldRefusal>>| {
            result.expect_err("empty").into_iter().map(|refusal| refusal.field).collect::<Vec<_>>()
        };
        assert_eq!(fields(add("", " ", "")), [Field::Sender, Field::Receiver, Field::Amount]);
        assert_eq!(fields(add("ada", "bob", "")), [Field::Amount]);
    }

    #[test]
    fn the_page_is_told_the_message_or_the_receipt() {
        let json = |status, text: &str| told(&HttpAnswer { status, body: Body::Json(text.to_owned()) });
        assert_eq!(json(201, r#"{"message":"done"}"#), Answer::ClassicDone("done".to_owned()));
        let refused_node = r#"{"message":"done","refused":[{"node":"a:1","rule":"r","expected":"x","found":"y"}]}"#;
        let told_both = "done; a:1: r: expected x, found y";
        assert_eq!(json(200, refused_node), Answer::ClassicDone(told_both.to_owned()));
        let receipt = Receipt::new("proof", "one", "none");
        let refusal = |receipt: Receipt| Answer::Refused(refused(Field::Form, receipt));
        assert_eq!(told(&HttpAnswer::refusal(409, &receipt)), refusal(receipt));
        let Answer::Refused(refusals) = told(&HttpAnswer::text(400, "no node")) else { panic!("refused") };
        assert_eq!(refusals[0].receipt.found, "no node");
    }
}
