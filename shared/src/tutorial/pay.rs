//! `add_transaction` on sealed blocks: the body read, its names found, the payment signed and submitted.

use serde::Serialize;

use super::block::{TransactionJson, index};
use super::body::Order;
use super::names::{NameMeans, Wallet, resolve};
use crate::exchange::Answer;
use crate::protocol::Node;
use crate::rules::receipt::{Receipt, Refusal};
use crate::state::wallet::{Form, Funds, draft};
use crate::values::{SignedPayment, Timestamp};

/// What is answered to a payment that was taken.
#[derive(Serialize)]
struct Added {
    message: String,
    transaction: String,
    #[serde(flatten)]
    payment: TransactionJson,
    /// Whom the receiver's name was taken for, where it was a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    receiver_name: Option<NameMeans>,
}

/// Answers `add_transaction`: 201, or 400 in the tutorial's words where a key is missing and with the receipt else.
pub fn add_transaction(node: &mut Node, wallet: &Wallet<'_>, body: &str, now: Timestamp) -> Answer {
    let order = match Order::read(body) {
        Ok(order) => order,
        Err(answer) => return answer,
    };
    match pay(node, wallet, &order, now) {
        Ok((signed, receiver_name)) => Answer::json(
            201,
            &Added {
                message: format!("transaction added in the block {}", index(node.chain().tip().height.next())),
                transaction: signed.id().to_string(),
                payment: TransactionJson::payment(&signed, &node.params().address_prefix),
                receiver_name,
            },
        ),
        Err(receipt) => Answer::refusal(400, &receipt),
    }
}

/// The payment, and whom its receiver's name was taken for.
type Paid = (SignedPayment, Option<NameMeans>);

fn pay(node: &mut Node, wallet: &Wallet<'_>, order: &Order, now: Timestamp) -> Result<Paid, Receipt> {
    let (key, meant) = resolve(node, wallet, &order.sender, &order.receiver)?;
    let funds = Funds::of(&key.public().address(), node.ledger(), node.mempool());
    let receiver = meant.address.encode(&node.params().address_prefix);
    let (amount, fee) = (order.amount.to_string(), order.fee.to_string());
    let form = Form { receiver: &receiver, amount: &amount, fee: &fee, memo: &order.memo };
    let signed = draft(node.params(), funds, key, form).map_err(|errors| {
        let first = errors.into_iter().next().expect("a form is refused for at least one field");
        first.receipt
    })?;
    node.submit(signed.clone(), now).map_err(|error| error.receipt())?;
    Ok((signed, meant.means(&node.params().address_prefix)))
}
