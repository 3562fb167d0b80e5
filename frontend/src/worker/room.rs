//! The room's parameters: fetched from the relay, remembered for a start without it.

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use shared::{Params, Receipt, Refusal, RoomName};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use super::port::{describe, fetch};

/// How long the relay may take to answer before the remembered parameters are used, in milliseconds.
const PATIENCE_MS: u32 = 2_500;
/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// The rule that is broken where the relay has no such room.
pub const ROOM: &str = "room";
/// The status with which a relay answers for a room that it does not have.
const NOT_FOUND: u16 = 404;

/// Why the parameters could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoomError {
    /// No answer, or none in time.
    #[error("the relay does not answer: {0}")]
    Unreachable(String),
    /// An answer that is not a room.
    #[error("the relay's answer is not a room: {0}")]
    Unreadable(String),
    /// The relay has no such room.
    #[error("the relay has no room {0}")]
    Unknown(RoomName),
}

impl Refusal for RoomError {
    fn receipt(&self) -> Receipt {
        match self {
            Self::Unreachable(found) => {
                Receipt::new("the room's parameters", "an answer from the relay", found.clone())
            }
            Self::Unreadable(found) => Receipt::new("the room's parameters", "a room as JSON", found.clone()),
            Self::Unknown(room) => Receipt::new(ROOM, "a room that this relay has", room.as_str()),
        }
    }
}

/// Asks the relay for a room's parameters.
pub async fn ask(origin: &str, room: &RoomName) -> Result<Params, RoomError> {
    let url = format!("{origin}/api/v1/rooms/{room}");
    match answered(&url).await? {
        (_, Some(text)) => read(&text, room),
        (NOT_FOUND, None) => Err(RoomError::Unknown(room.clone())),
        (status, None) => Err(RoomError::Unreachable(format!("status {status}"))),
    }
}

/// Asks the relay which rooms it has.
pub async fn names(origin: &str) -> Result<Vec<RoomName>, RoomError> {
    let url = format!("{origin}/api/v1/rooms");
    match answered(&url).await? {
        (_, Some(text)) => read_names(&text),
        (status, None) => Err(RoomError::Unreachable(format!("status {status}"))),
    }
}

/// The status, and the body where it is a success.
async fn answered(url: &str) -> Result<(u16, Option<String>), RoomError> {
    let answer = async {
        let response: Response = JsFuture::from(fetch(url)?).await?.dyn_into()?;
        let text = if response.ok() { JsFuture::from(response.text()?).await?.as_string() } else { None };
        Ok::<_, JsValue>((response.status(), text))
    };
    match select(Box::pin(answer), TimeoutFuture::new(PATIENCE_MS)).await {
        Either::Left((Ok(answered), _)) => Ok(answered),
        Either::Left((Err(error), _)) => Err(RoomError::Unreachable(describe(&error))),
        Either::Right(_) => Err(RoomError::Unreachable(format!("nothing within {PATIENCE_MS} ms"))),
    }
}

/// Reads the names of the rooms from the relay's answer.
fn read_names(answer: &str) -> Result<Vec<RoomName>, RoomError> {
    let answer: serde_json::Value =
        serde_json::from_str(answer).map_err(|error| RoomError::Unreadable(error.to_string()))?;
    let rooms = answer.get("rooms").and_then(serde_json::Value::as_array).into_iter().flatten();
    let names = rooms.filter_map(|room| RoomName::new(room.get("params")?.get("room")?.as_str()?).ok());
    Ok(names.collect())
}

/// Reads the parameters of a room from the relay's answer.
pub fn read(answer: &str, room: &RoomName) -> Result<Params, RoomError> {
    let unreadable = |error: &dyn std::fmt::Display| RoomError::Unreadable(error.to_string());
    if answer.len() > ANSWER_BYTES_MAX {
        return Err(unreadable(&format!("{} bytes", answer.len())));
    }
    let mut answer: serde_json::Value = serde_json::from_str(answer).map_err(|error| unreadable(&error))?;
    let params: Params =
        serde_json::from_value(answer.get_mut("params").map(serde_json::Value::take).unwrap_or_default())
            .map_err(|error| unreadable(&error))?;
    params.check().map_err(|error| unreadable(&error))?;
    if params.room == *room { Ok(params) } else { Err(unreadable(&format!("room {}", params.room))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_main(answer: &str) -> Result<Params, RoomError> {
        read(answer, &Params::main().room)
    }

    #[test]
    fn parameters_are_read_from_the_relays_answer() {
        let params = Params::main();
        let answer = serde_json::json!({ "params": params, "network": params.network().to_string(), "members": 3 });
        assert_eq!(read_main(&answer.to_string()), Ok(params));
    }

    #[test]
    fn the_names_of_the_rooms_are_read_from_the_relays_answer() {
        let room = |name: &str| serde_json::json!({ "params": { "room": name }, "members": 3 });
        let answer = serde_json::json!({ "rooms": [room("main"), room("No Such"), room("classic-7b"), {}] });
        let names = read_names(&answer.to_string()).expect("rooms");
        assert_eq!(names.iter().map(RoomName::as_str).collect::<Vec<_>>(), ["main", "classic-7b"]);
        assert!(read_names("<html>").is_err());
    }

    #[test]
    fn another_rooms_parameters_are_refused() {
        let answer = serde_json::json!({ "params": Params::main() }).to_string();
        let classic = RoomName::new("classic").expect("seven letters");
        assert_eq!(read(&answer, &classic), Err(RoomError::Unreadable("room main".to_owned())));
    }

    #[test]
    fn an_answer_that_is_no_room_is_refused() {
        for answer in ["", "{}", "[]", "<html>", r#"{"params":{}}"#, r#"{"params":null}"#] {
            assert!(matches!(read_main(answer), Err(RoomError::Unreadable(_))), "{answer}");
        }
        let mut wrong = serde_json::json!({ "params": Params::main() });
        wrong["params"]["interval_ms"] = 0.into();
        assert!(matches!(read_main(&wrong.to_string()), Err(RoomError::Unreadable(_))));
        assert!(read_main(&" ".repeat(ANSWER_BYTES_MAX + 1)).is_err());
    }
}
