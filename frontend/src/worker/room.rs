//! The room's parameters: fetched from the relay, remembered for a start without it.

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use shared::{Params, Receipt, Refusal};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use super::port::describe;

/// The room a tab opens.
pub const ROOM: &str = "main";
/// How long the relay may take to answer before the remembered parameters are used, in milliseconds.
const PATIENCE_MS: u32 = 2_500;
/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

#[wasm_bindgen]
extern "C" {
    /// The same function in a page and in a worker, which `web-sys` types apart.
    #[wasm_bindgen(catch)]
    fn fetch(url: &str) -> Result<js_sys::Promise, JsValue>;
}

/// Why the parameters could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoomError {
    /// No answer, or none in time.
    #[error("the relay does not answer: {0}")]
    Unreachable(String),
    /// An answer that is not a room.
    #[error("the relay's answer is not a room: {0}")]
    Unreadable(String),
}

impl Refusal for RoomError {
    fn receipt(&self) -> Receipt {
        match self {
            Self::Unreachable(found) => {
                Receipt::new("the room's parameters", "an answer from the relay", found.clone())
            }
            Self::Unreadable(found) => Receipt::new("the room's parameters", "a room as JSON", found.clone()),
        }
    }
}

/// Asks the relay for a room's parameters.
pub async fn ask(origin: &str) -> Result<Params, RoomError> {
    let url = format!("{origin}/api/v1/rooms/{ROOM}");
    let answer = async {
        let response: Response = JsFuture::from(fetch(&url)?).await?.dyn_into()?;
        if !response.ok() {
            return Err(format!("status {}", response.status()).into());
        }
        JsFuture::from(response.text()?).await
    };
    match select(Box::pin(answer), TimeoutFuture::new(PATIENCE_MS)).await {
        Either::Left((Ok(text), _)) => read(&text.as_string().unwrap_or_default()),
        Either::Left((Err(error), _)) => Err(RoomError::Unreachable(describe(&error))),
        Either::Right(_) => Err(RoomError::Unreachable(format!("nothing within {PATIENCE_MS} ms"))),
    }
}

/// Reads the parameters from the relay's answer.
pub fn read(answer: &str) -> Result<Params, RoomError> {
    let unreadable = |error: &dyn std::fmt::Display| RoomError::Unreadable(error.to_string());
    if answer.len() > ANSWER_BYTES_MAX {
        return Err(unreadable(&format!("{} bytes", answer.len())));
    }
    let mut answer: serde_json::Value = serde_json::from_str(answer).map_err(|error| unreadable(&error))?;
    let params: Params =
        serde_json::from_value(answer.get_mut("params").map(serde_json::Value::take).unwrap_or_default())
            .map_err(|error| unreadable(&error))?;
    params.check().map_err(|error| unreadable(&error))?;
    Ok(params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_from_the_relays_answer() {
        let params = Params::main();
        let answer = serde_json::json!({ "params": params, "network": params.network().to_string(), "members": 3 });
        assert_eq!(read(&answer.to_string()), Ok(params));
    }

    #[test]
    fn an_answer_that_is_no_room_is_refused() {
        for answer in ["", "{}", "[]", "<html>", r#"{"params":{}}"#, r#"{"params":null}"#] {
            assert!(matches!(read(answer), Err(RoomError::Unreadable(_))), "{answer}");
        }
        let mut wrong = serde_json::json!({ "params": Params::main() });
        wrong["params"]["interval_ms"] = 0.into();
        assert!(matches!(read(&wrong.to_string()), Err(RoomError::Unreadable(_))));
        assert!(read(&" ".repeat(ANSWER_BYTES_MAX + 1)).is_err());
    }
}
