//! What is shown in the place of a room that the relay does not have.

use shared::RoomName;
use yew::prelude::*;

use super::card::Card;
use crate::base;
use crate::room;
use crate::worker::room::{RoomError, names};

/// Properties of [`NoRoom`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct NoRoomProps {
    /// The name that was asked for, as it stands in the address.
    pub asked: AttrValue,
}

/// The name that was asked for, the room that was likely meant, and the rooms that there are.
#[component]
pub fn NoRoom(props: &NoRoomProps) -> Html {
    let rooms = use_state_eq(|| None::<Result<Vec<RoomName>, RoomError>>);
    {
        let rooms = rooms.setter();
        use_effect_with((), move |()| {
            yew::platform::spawn_local(async move {
                rooms.set(Some(names(&base::url()).await));
            });
        });
    }
    let decoded = js_sys::decode_uri_component(&props.asked).ok().and_then(|text| text.as_string());
    let asked = decoded.unwrap_or_else(|| props.asked.to_string());
    let title =
        if asked.is_empty() { "Which room?".to_owned() } else { format!("There is no room “{asked}” here") };
    html! {
        <Card {title} class="narrow">
            {
                match &*rooms {
                    None => html! { <p class="soft" role="status">{ "Asking the relay which rooms there are…" }</p> },
                    Some(Err(error)) => html! { <p role="status">{ format!("Which rooms there are is not known: {error}.") }</p> },
                    Some(Ok(rooms)) => list(&asked, rooms),
                }
            }
            <p class="hint">{ "A room's name has small letters, digits and hyphens." }</p>
        </Card>
    }
}

fn list(asked: &str, rooms: &[RoomName]) -> Html {
    let link =
        |name: &RoomName| html! { <a class="link" href={room::home(name.as_str())}>{ name.as_str().to_owned() }</a> };
    html! {
        <>
            if let Some(meant) = meant(asked, rooms) {
                <p>{ "Did you mean " }{ link(meant) }{ "?" }</p>
            }
            <h3 class="label">{ "The rooms of this relay" }</h3>
            <ul class="rooms">{ for rooms.iter().map(|name| html! { <li key={name.as_str().to_owned()}>{ link(name) }</li> }) }</ul>
        </>
    }
}

/// The room whose name is the one that was asked for but for case, spaces and marks.
fn meant<'a>(asked: &str, rooms: &'a [RoomName]) -> Option<&'a RoomName> {
    let letters =
        |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>().to_lowercase();
    let asked = letters(asked);
    rooms.iter().find(|name| !asked.is_empty() && letters(name.as_str()) == asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_that_differs_in_case_and_marks_alone_was_meant() {
        let rooms = ["main", "classic", "classic-7b"].map(|name| RoomName::new(name).expect("a name"));
        for (asked, name) in [
            ("Classic", Some("classic")),
            ("MAIN ", Some("main")),
            ("Classic 7B", Some("classic-7b")),
            ("none-such", None),
            ("", None),
        ] {
            assert_eq!(meant(asked, &rooms).map(RoomName::as_str), name, "{asked}");
        }
    }
}
