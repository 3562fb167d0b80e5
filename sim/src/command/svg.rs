//! A chart as SVG, read as well on light ground as on dark.

use std::fmt::{self, Display, Write};

/// The drawing's size, and the plot's place in it.
const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 560.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 360.0;
/// Colours that can be told apart on either ground, by people who see no red or no green too (Okabe and Ito).
const COLOURS: [&str; 4] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];
const STYLE: &str = "svg{color:#222;background:#fff}@media(prefers-color-scheme:dark){svg{color:#ddd;background:#181818}}\
    text{font:13px system-ui,sans-serif;fill:currentColor}.a{stroke:currentColor;stroke-width:1}\
    .g{stroke:currentColor;stroke-width:.5;opacity:.25}path{fill:none;stroke-width:2}";

/// An axis.
pub(super) struct Axis {
    pub(super) label: &'static str,
    /// What stands at its ticks, the first and the last of which are its ends.
    pub(super) ticks: Vec<(f64, String)>,
}

impl Axis {
    fn at(&self, value: f64, from: f64, to: f64) -> f64 {
        let (first, last) = (self.ticks[0].0, self.ticks[self.ticks.len() - 1].0);
        from + (value.clamp(first, last) - first) / (last - first) * (to - from)
    }
}

/// Points of one kind, and how they are drawn.
pub(super) struct Series {
    pub(super) name: String,
    pub(super) colour: usize,
    pub(super) mark: Mark,
    pub(super) points: Vec<(f64, f64)>,
}

/// How points are drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Line,
    Dashes,
    Dots,
}

/// A chart.
pub(super) struct Chart {
    pub(super) title: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) series: Vec<Series>,
}

impl Display for Chart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { title, x, y, series } = self;
        writeln!(
            f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\"><title>{title}</title>\
             <style>{STYLE}</style>\n<text x=\"{LEFT}\" y=\"28\">{title}</text>"
        )?;
        for (value, text) in &x.ticks {
            let at = x.at(*value, LEFT, RIGHT);
            writeln!(f, "<path class=\"g\" d=\"M{at:.1} {TOP}V{BOTTOM}\"/>")?;
            writeln!(f, "<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{text}</text>", BOTTOM + 18.0)?;
        }
        for (value, text) in &y.ticks {
            let at = y.at(*value, BOTTOM, TOP);
            writeln!(f, "<path class=\"g\" d=\"M{LEFT} {at:.1}H{RIGHT}\"/>")?;
            writeln!(f, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>", LEFT - 8.0, at + 4.0)?;
        }
        writeln!(f, "<path class=\"a\" d=\"M{LEFT} {TOP}V{BOTTOM}H{RIGHT}\"/>")?;
        let (middle, upright) = ((LEFT + RIGHT) / 2.0, (TOP + BOTTOM) / 2.0);
        writeln!(f, "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>", BOTTOM + 42.0, x.label)?;
        let turned = format!("transform=\"translate(18 {upright})rotate(-90)\" text-anchor=\"middle\"");
        writeln!(f, "<text {turned}>{}</text>", y.label)?;
        for (number, Series { name, colour, mark, points }) in series.iter().enumerate() {
            let colour = COLOURS[colour % COLOURS.len()];
            let places = points.iter().map(|(a, b)| (x.at(*a, LEFT, RIGHT), y.at(*b, BOTTOM, TOP)));
            let row = TOP + 18.0 * number as f64;
            writeln!(f, "<text x=\"{}\" y=\"{:.1}\">{name}</text>", RIGHT + 40.0, row + 4.0)?;
            if *mark == Mark::Dots {
                for (a, b) in places.chain([(RIGHT + 24.0, row)]) {
                    writeln!(f, "<circle cx=\"{a:.1}\" cy=\"{b:.1}\" r=\"4\" fill=\"{colour}\"/>")?;
                }
                continue;
            }
            let mut path = String::new();
            for (number, (a, b)) in places.enumerate() {
                write!(path, "{}{a:.1} {b:.1}", if number == 0 { "M" } else { "L" })?;
            }
            let dashes = if *mark == Mark::Dashes { " stroke-dasharray=\"5 4\"" } else { "" };
            writeln!(f, "<path stroke=\"{colour}\"{dashes} d=\"{path}M{} {row}h20\"/>", RIGHT + 14.0)?;
        }
        f.write_str("</svg>\n")
    }
}
