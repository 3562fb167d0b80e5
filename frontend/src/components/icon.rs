//! The icons: strokes on a grid of 24, no pictures.

use yew::prelude::*;

/// An icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Tiles.
    Overview,
    /// A purse.
    Wallet,
    /// A pick.
    Mine,
    /// A cube.
    Blocks,
    /// Three linked dots.
    Peers,
    /// An open book.
    Lessons,
    /// A prompt.
    Developers,
    /// Three dots.
    More,
    /// An arrow that leaves its box.
    Away,
    /// Two sheets.
    Copy,
    /// A tick.
    Done,
    /// Half dark, half light.
    System,
    /// A sun.
    Sun,
    /// A moon.
    Moon,
    /// A lens.
    Search,
    /// An arrow down.
    In,
    /// An arrow up.
    Out,
    /// Two arrows.
    Swap,
    /// An exclamation mark.
    Refused,
    /// A door: somebody comes.
    Joined,
    /// A cross.
    Close,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Overview => "M4 13h6V4H4zM14 20h6v-9h-6zM4 20h6v-3H4zM14 7h6V4h-6z",
            Self::Wallet => "M3 7h18v12H3zM3 7l3-3h12l3 3M16 13h2",
            Self::Mine => "M3.5 9.5C8 4.5 15 3.5 20.5 5.5M14.5 4.5c4 2 6 5.5 6 11M14 9.5L4.5 19.5",
            Self::Blocks => "M12 3l8 4.5v9L12 21l-8-4.5v-9zM12 12l8-4.5M12 12v9M12 12L4 7.5",
            Self::Peers => {
                "M8.5 7h7M7.2 9.2l3.6 6.6M16.8 9.2l-3.6 6.6\
                 M6 4.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5\
                 M18 4.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5\
                 M12 15.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5"
            }
            Self::Lessons => {
                "M12 6.5C10 5 7 4.5 3.5 5v13.5c3.5-.5 6.5 0 8.5 1.5c2-1.5 5-2 8.5-1.5V5C17 4.5 14 5 12 6.5zM12 6.5V20"
            }
            Self::Developers => "M4 5h16v14H4zM8 9.5l3 2.5-3 2.5M13 15h3.5",
            Self::More => "M5 11.5v1M12 11.5v1M19 11.5v1",
            Self::Away => "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
            Self::Copy => "M9 9h11v11H9zM15 9V4H4v11h5",
            Self::Done => "M5 12.5l5 5L19 7.5",
            Self::System => "M4 5h16v11H4zM9 20h6M12 16v4",
            Self::Sun => {
                "M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2\
                 M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4"
            }
            Self::Moon => "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
            Self::Search => "M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M15.5 15.5L21 21",
            Self::In => "M12 4v14M6 12.5l6 6 6-6",
            Self::Out => "M12 20V6M6 11.5l6-6 6 6",
            Self::Swap => "M4 8h14M14 4l4 4-4 4M20 16H6M10 12l-4 4 4 4",
            Self::Refused => "M12 5v9M12 18v.5",
            Self::Joined => "M5 12h12M12 7l5 5-5 5",
            Self::Close => "M6 6l12 12M18 6L6 18",
        }
    }
}

/// Properties of [`Glyph`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct GlyphProps {
    /// Which.
    pub icon: Icon,
}

/// Draws an icon. It says nothing to a screen reader: a word always stands beside it.
#[component]
pub fn Glyph(props: &GlyphProps) -> Html {
    html! {
        <svg class="glyph" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d={props.icon.path()} />
        </svg>
    }
}
