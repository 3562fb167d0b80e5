//! A payment that was signed elsewhere, taken into the mempool and passed on.

use axum::Json;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use shared::protocol::Node;
use shared::state::MempoolError;
use shared::text::read_utf8;
use shared::{
    Address, Amount, Memo, NetworkId, Params, Payment, PublicKey, Receipt, Refusal, Signature, SignedPayment,
    TransactionId, decode,
};
use utoipa::ToSchema;

use super::ask::{Ask, Refused, quoted};
use super::json::{StatusJson, room_url};
use super::shapes::{AmountShape, Hash};
use crate::body;
use crate::room::StoreState;

/// The most bytes of a request that submits a payment: a payment has up to 512, and JSON spells each out.
const BODY_BYTES_MAX: usize = 8 << 10;

/// A signed payment, as `Transaction` writes it. What follows from the rest may be left out, and is compared where it is
/// given.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SignedPayment)]
#[serde(deny_unknown_fields, expecting = "an object with the fields of a signed payment")]
pub(super) struct SignedPaymentJson {
    /// `payment`, or left out.
    #[serde(rename = "type")]
    #[schema(pattern = "^payment$")]
    kind: Option<String>,
    /// Its id, or left out.
    #[schema(value_type = Option<Hash>)]
    id: Option<TransactionId>,
    /// The network it belongs to.
    #[schema(value_type = Hash)]
    network: NetworkId,
    /// The sender's public key.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    sender: String,
    /// The sender's address, or left out.
    sender_address: Option<String>,
    /// Who is paid.
    receiver: String,
    /// What the receiver gets.
    #[schema(value_type = AmountShape)]
    amount: Amount,
    /// What the block's miner gets.
    #[schema(value_type = AmountShape)]
    fee: Amount,
    /// How many payments the sender has made before.
    sequence: u64,
    /// A few words, at most 64 bytes.
    #[schema(max_length = 64)]
    memo: String,
    /// The sender's signature.
    #[schema(pattern = "^[0-9a-f]{128}$")]
    signature: String,
}

impl SignedPaymentJson {
    fn read(self, params: &Params) -> Result<SignedPayment, Receipt> {
        if let Some(kind) = self.kind.filter(|kind| kind != "payment") {
            return Err(Receipt::new("type", "payment", quoted(&kind)));
        }
        let prefix = &params.address_prefix;
        let payment = Payment {
            network: self.network,
            sender: PublicKey::from_bytes(bytes_of("sender", &self.sender)?),
            receiver: Address::decode(&self.receiver, prefix).map_err(|error| error.receipt())?,
            amount: self.amount,
            fee: self.fee,
            sequence: self.sequence,
            memo: Memo::new(self.memo).map_err(|error| error.receipt())?,
        };
        let address = payment.sender.address().encode(prefix);
        if let Some(found) = self.sender_address.filter(|found| *found != address) {
            return Err(Receipt::new("sender address", format!("{address}, the sender's"), quoted(&found)));
        }
        let id = payment.id();
        if let Some(found) = self.id.filter(|found| *found != id) {
            return Err(Receipt::new("transaction id", format!("{id}, by what it says"), found.to_string()));
        }
        Ok(SignedPayment { payment, signature: Signature::from_bytes(bytes_of("signature", &self.signature)?) })
    }
}

fn bytes_of<const N: usize>(what: &str, text: &str) -> Result<[u8; N], Receipt> {
    let mut bytes = [0; N];
    let decoded = hex::decode_to_slice(text, &mut bytes);
    decoded.map_err(|_| Receipt::new(what, format!("{} hex digits", 2 * N), quoted(text)))?;
    Ok(bytes)
}

/// A payment that was taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Submitted)]
pub(super) struct SubmittedJson {
    /// Its id.
    #[schema(value_type = Hash)]
    id: String,
    /// Whether it waits or is on the chain already.
    status: StatusJson,
    /// Where it can be followed.
    url: String,
}

/// What became of it.
enum Outcome {
    Taken,
    Confirmed,
    Refused(MempoolError),
}

fn submit(node: &mut Node, signed: SignedPayment, now: shared::Timestamp) -> Outcome {
    let id = signed.id();
    if node.chain().transaction_height(&id).is_some() {
        return Outcome::Confirmed;
    }
    match node.submit(signed, now) {
        Ok(_) | Err(MempoolError::Known { .. }) => Outcome::Taken,
        Err(error) => Outcome::Refused(error),
    }
}

/// Submits a signed payment: as JSON, or as its borsh in hex (`text/plain`) or bytes (`application/octet-stream`).
///
/// Submitting it again changes nothing and is answered as before. 400 says that it is wrong on any chain; 409 that it
/// does not fit this one now: its sequence number, its sender's balance, or what waits already. A classic room has no
/// payments of this kind.
#[utoipa::path(
    post,
    path = "/api/v1/rooms/{room}/transactions",
    operation_id = "submit",
    tag = "transactions",
    request_body(description = "The payment", content(
        (SignedPaymentJson = "application/json"),
        (String = "text/plain"),
        (Vec<u8> = "application/octet-stream"),
    )),
    responses(
        (status = 200, description = "It is on the chain already", body = SubmittedJson),
        (status = 202, description = "It waits for a block, and is passed on to every node", body = SubmittedJson,
            headers(("Location" = String, description = "Where it can be followed"))),
        (status = 408, description = "The body took too long", body = super::shapes::ReceiptShape),
        (status = 409, description = "It does not fit the chain or what waits", body = super::shapes::ReceiptShape),
        (status = 413, description = "The body is too long", body = super::shapes::ReceiptShape),
        (status = 415, description = "The body is said to be something else", body = super::shapes::ReceiptShape),
    )
)]
pub(super) async fn post(ask: Ask, body: Body) -> Result<Response, Refused> {
    let room = ask.sealed_room()?;
    ask.no_query()?;
    let kind = Kind::of(&ask.headers)?;
    let body =
        body::read(&ask.headers, body, BODY_BYTES_MAX).await.map_err(|(status, receipt)| Refused(status, receipt))?;
    let signed = kind.read(&body, room.params()).map_err(Refused::bad)?;
    if let StoreState::Failing { reason } = &room.info().store {
        let receipt = Receipt::new("store", "a store that takes writes", reason.as_str());
        return Err(Refused(StatusCode::SERVICE_UNAVAILABLE, receipt));
    }
    let id = signed.id();
    let outcome = room.act(move |node, now| submit(node, signed, now)).await;
    let (code, status) = match outcome {
        Some(Outcome::Taken) => (StatusCode::ACCEPTED, StatusJson::Waiting),
        Some(Outcome::Confirmed) => (StatusCode::OK, StatusJson::Confirmed),
        Some(Outcome::Refused(error)) => {
            let code = if error.is_misbehaviour() { StatusCode::BAD_REQUEST } else { StatusCode::CONFLICT };
            return Err(Refused(code, error.receipt()));
        }
        None => return Err(Refused::unreadable("none until the store works again")),
    };
    let url = format!("{}/transactions/{id}", room_url(&room, &ask.relay.base_path));
    let headers = [(LOCATION, url.clone()), (CACHE_CONTROL, "no-store".to_owned())];
    Ok((code, headers, Json(SubmittedJson { id: id.to_string(), status, url })).into_response())
}

/// What a body is said to be.
enum Kind {
    Json,
    Hex,
    Bytes,
}

impl Kind {
    fn of(headers: &HeaderMap) -> Result<Self, Refused> {
        let said = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let media_type = said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media_type.as_str() {
            "application/json" => Ok(Self::Json),
            "text/plain" => Ok(Self::Hex),
            "application/octet-stream" => Ok(Self::Bytes),
            _ => {
                let expected = "application/json, text/plain (hex) or application/octet-stream";
                let receipt = Receipt::new("content type", expected, quoted(said));
                Err(Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, receipt))
            }
        }
    }

    fn read(self, body: &[u8], params: &Params) -> Result<SignedPayment, Receipt> {
        let of_bytes = |bytes: &[u8]| {
            decode::<SignedPayment>(bytes)
                .map_err(|error| Receipt::new("body", "the borsh of a signed payment", error.to_string()))
        };
        let text = || read_utf8(body).map_err(|error| Receipt::new("body", "text in UTF-8", error.to_string()));
        match self {
            Self::Bytes => of_bytes(body),
            Self::Hex => {
                let bytes = hex::decode(text()?.trim());
                of_bytes(&bytes.map_err(|error| Receipt::new("body", "hex digits", error.to_string()))?)
            }
            Self::Json => serde_json::from_str::<SignedPaymentJson>(text()?)
                .map_err(|error| Receipt::new("body", "a signed payment as JSON", error.to_string()))?
                .read(params),
        }
    }
}
