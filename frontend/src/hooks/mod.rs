//! Hooks of the pages: the view, the clock, actions, choices, the focus, the theme, what the browser remembers.

mod action;
mod choice;
mod clock;
mod focus;
mod leaving;
mod shell;
mod stored;
mod theme;
mod view;

pub use action::{Action, use_action};
pub use choice::{Choice, use_choice};
pub use clock::{Clock, ClockProps, use_now};
pub use focus::{focus, use_focus_after, use_kept_focus};
pub use leaving::use_question_before_leaving;
pub use shell::use_shell;
pub use stored::{use_stored_flag, use_tab_text};
pub use theme::{Theme, use_theme};
pub use view::View;
