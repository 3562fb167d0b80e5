//! A text as a QR code.

use qrcode::{Color, EcLevel, QrCode};
use yew::prelude::*;

/// The empty edge around the code, in modules; the standard asks for four, and readers do well with three on a plain
/// ground that goes on around it.
const QUIET: usize = 3;

/// Properties of [`Qr`].
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct QrProps {
    /// What it says.
    pub text: AttrValue,
    /// What it is, for a screen reader.
    pub label: AttrValue,
}

/// A QR code, dark on light in every theme, for cameras need that.
#[component]
pub fn Qr(props: &QrProps) -> Html {
    // A text too long for any code leaves the text itself, which always stands beside it.
    let Ok(code) = QrCode::with_error_correction_level(props.text.as_bytes(), EcLevel::M) else {
        return Html::default();
    };
    let side = code.width() + 2 * QUIET;
    html! {
        <svg
            class="qr"
            viewBox={format!("0 0 {side} {side}")}
            role="img"
            aria-label={props.label.clone()}
            shape-rendering="crispEdges"
        >
            <rect class="qr-ground" width={side.to_string()} height={side.to_string()} rx="2" />
            <path class="qr-ink" d={path(&code)} />
        </svg>
    }
}

/// One stroke for each run of dark modules in a row.
fn path(code: &QrCode) -> String {
    let width = code.width();
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run[0] == Color::Dark {
                path.push_str(&format!("M{} {}h{}v1h-{}z", x + QUIET, y + QUIET, run.len(), run.len()));
            }
            x += run.len();
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dark_module_is_in_the_path_once() {
        let code = QrCode::new(b"tab1qy2sdfasdfk4tz").expect("a short text fits");
        let dark = code.to_colors().iter().filter(|color| **color == Color::Dark).count();
        let drawn: usize = path(&code)
            .split('h')
            .skip(1)
            .step_by(2)
            .map(|rest| rest.split('v').next().expect("a run has a length").parse::<usize>().expect("a number"))
            .sum();
        assert_eq!(drawn, dark);
    }
}
