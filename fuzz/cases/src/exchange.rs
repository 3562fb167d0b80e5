//! Text frames between a relay and a member, and the requests in them.

use shared::exchange::{ToMember, ToRelay};
use shared::tutorial::{Call, Route};

/// Reads a frame of either side.
pub fn run(input: &[u8]) {
    if let Ok(frame) = serde_json::from_slice::<ToRelay>(input) {
        let text = serde_json::to_string(&frame).expect("text keys");
        assert_eq!(serde_json::from_str::<ToRelay>(&text).expect("as it was written"), frame);
    }
    let Ok(frame) = serde_json::from_slice::<ToMember>(input) else { return };
    let text = serde_json::to_string(&frame).expect("text keys");
    assert_eq!(serde_json::from_str::<ToMember>(&text).expect("as it was written"), frame);
    if let ToMember::Request(request) = frame {
        match Call::parse(&request) {
            Ok(call) => assert_eq!(Route::of(&request.path), Some(call.route())),
            Err(answer) => assert!((400..500).contains(&answer.status)),
        }
        let is_right = request.token.as_deref() == Some("token");
        assert_eq!(request.may_change("token", true), is_right || !request.is_foreign);
        assert_eq!(request.may_change("token", false), is_right);
    }
}
