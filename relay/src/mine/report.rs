//! What a miner says to people: one line for what happens, and one that tells how it goes, rewritten on a terminal and
//! now and then a new one elsewhere.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use shared::{Amount, counted, visible};

use crate::output::{Output, is_reader_gone};
use crate::search::Switches;

/// How often the line on a terminal is rewritten, in milliseconds.
const REWRITE_MS: u64 = 2_000;
/// How often a line is written where lines stay, in milliseconds.
const LINE_MS: u64 = 10_000;
/// Back to the line's beginning, and what stands there erased.
const ERASE: &str = "\r\x1b[K";

/// Where the lines go.
pub(super) struct Report<W> {
    out: W,
    is_terminal: bool,
    /// Whether the line that is rewritten stands there.
    is_shown: bool,
}

impl Report<Output<io::Stdout>> {
    pub(super) fn to_stdout() -> Self {
        let out = io::stdout();
        Self { is_terminal: out.is_terminal(), out: Output::over(out), is_shown: false }
    }
}

impl<W: Write> Report<W> {
    /// How often [`progress`](Self::progress) is wanted.
    pub(super) fn interval(&self) -> Duration {
        Duration::from_millis(if self.is_terminal { REWRITE_MS } else { LINE_MS })
    }

    /// Writes a line that stays. What a relay said in it cannot act on the terminal.
    ///
    /// # Errors
    /// When nobody reads it any more.
    pub(super) fn line(&mut self, line: &str) -> io::Result<()> {
        let line = visible(line);
        let erase = if std::mem::take(&mut self.is_shown) { ERASE } else { "" };
        self.write(&format!("{erase}{line}\n"))
    }

    /// Writes how it goes.
    ///
    /// # Errors
    /// When nobody reads it any more.
    pub(super) fn progress(&mut self, line: &str) -> io::Result<()> {
        if self.is_terminal {
            self.is_shown = true;
            self.write(&format!("{ERASE}{line}"))
        } else {
            self.line(line)
        }
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        match self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()) {
            Err(error) if is_reader_gone(&error) => Err(error),
            // A file that takes no more lines, on a full disk say, keeps nobody from mining.
            _ => Ok(()),
        }
    }
}

/// How fast attempts are made.
pub(super) struct Meter {
    attempts: u64,
    at: Instant,
}

impl Meter {
    pub(super) fn new(now: Instant) -> Self {
        Self { attempts: 0, at: now }
    }

    /// Attempts a second since it was last asked.
    pub(super) fn rate(&mut self, attempts: u64, now: Instant) -> f64 {
        let rate = per_second(attempts - self.attempts, now - self.at);
        *self = Self { attempts, at: now };
        rate
    }
}

/// Attempts a second.
fn per_second(attempts: u64, time: Duration) -> f64 {
    let seconds = time.as_secs_f64();
    if seconds > 0.0 { attempts as f64 / seconds } else { 0.0 }
}

/// How it goes.
pub(super) struct Progress {
    pub(super) rate: f64,
    pub(super) room_rate: Option<f64>,
    pub(super) height: u64,
    pub(super) blocks: u64,
    /// Blocks that it mined and nobody else has.
    pub(super) untaken: usize,
}

impl std::fmt::Display for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", hashes(self.rate))?;
        if let Some(room) = self.room_rate.filter(|room| *room > 0.0) {
            // Recent blocks tell the room's rate roughly, and luck may have it below this miner's own.
            write!(f, ", about {:.0} % of the room", (100.0 * self.rate / room).min(100.0))?;
        }
        write!(f, ", height {}, {}", self.height, blocks(self.blocks))?;
        match self.untaken {
            0 => Ok(()),
            1 => f.write_str(", 1 more that nobody has taken yet"),
            untaken => write!(f, ", {untaken} more that nobody has taken yet"),
        }
    }
}

/// What a miner did.
pub(super) struct Summary {
    pub(super) blocks: u64,
    pub(super) paid: Amount,
    pub(super) attempts: u64,
    pub(super) time: Duration,
    pub(super) switches: Switches,
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { paid, attempts, time, .. } = self;
        let rate = hashes(per_second(*attempts, *time));
        write!(f, "{}, {}, {attempts} attempts in {} ({rate})", blocks(self.blocks), paid.with_unit(), seconds(*time))?;
        match self.switches {
            Switches { count: 0, .. } => Ok(()),
            Switches { slowest, .. } => {
                write!(f, ", the slowest change to a new block took {:.1} ms", 1e3 * slowest.as_secs_f64())
            }
        }
    }
}

/// A rate with its unit.
fn hashes(rate: f64) -> String {
    let units = [(1e9, "GH/s"), (1e6, "MH/s"), (1e3, "kH/s")];
    match units.iter().find(|(least, _)| rate >= *least) {
        Some((least, unit)) => format!("{:.1} {unit}", rate / least),
        None => format!("{rate:.0} H/s"),
    }
}

/// A time in seconds, to a tenth where it is short.
fn seconds(time: Duration) -> String {
    if time < Duration::from_secs(10) {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} s", time.as_secs())
    }
}

fn blocks(count: u64) -> String {
    format!("{} found", counted(count, "block"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(is_terminal: bool) -> String {
        let mut report = Report { out: Vec::new(), is_terminal, is_shown: false };
        report.line("joined").expect("memory takes it");
        report.progress("1 H/s").expect("memory takes it");
        report.progress("2 H/s").expect("memory takes it");
        report.line("found").expect("memory takes it");
        report.line("stopped").expect("memory takes it");
        String::from_utf8(report.out).expect("text")
    }

    #[test]
    fn a_terminal_has_one_line_of_progress_and_a_log_plain_ones() {
        assert_eq!(written(false), "joined\n1 H/s\n2 H/s\nfound\nstopped\n");
        assert_eq!(written(true), "joined\n\r\x1b[K1 H/s\r\x1b[K2 H/s\r\x1b[Kfound\nstopped\n");
    }

    #[test]
    fn what_a_relay_says_cannot_write_lines_or_erase_them() {
        let mut report = Report { out: Vec::new(), is_terminal: true, is_shown: false };
        report.line("the link is down: \x1b[2Kfound\r\nfound block 7").expect("memory takes it");
        let written = String::from_utf8(report.out).expect("text");
        assert_eq!(written, "the link is down: \\u{1b}[2Kfound\\r\\nfound block 7\n");
    }

    #[test]
    fn rates_have_units_and_the_share_of_the_room_is_never_more_than_all() {
        for (rate, text) in
            [(0.0, "0 H/s"), (999.0, "999 H/s"), (1e3, "1.0 kH/s"), (151.26e6, "151.3 MH/s"), (2e9, "2.0 GH/s")]
        {
            assert_eq!(hashes(rate), text);
        }
        let progress = |room_rate| Progress { rate: 3e6, room_rate, height: 7, blocks: 1, untaken: 0 }.to_string();
        assert_eq!(progress(None), "3.0 MH/s, height 7, 1 block found");
        assert_eq!(progress(Some(12e6)), "3.0 MH/s, about 25 % of the room, height 7, 1 block found");
        assert_eq!(progress(Some(1e6)), "3.0 MH/s, about 100 % of the room, height 7, 1 block found");
    }

    #[test]
    fn one_coin_is_no_coins_and_a_short_time_is_not_none() {
        for (units, text) in [(0, "0 coins"), (1_000_000, "1 coin"), (1_500_000, "1.5 coins"), (10_000_000, "10 coins")]
        {
            assert_eq!(Amount::from_units(units).with_unit(), text);
        }
        for (ms, text) in [(0, "0.0 s"), (400, "0.4 s"), (9_940, "9.9 s"), (10_900, "10 s"), (90_000, "90 s")] {
            assert_eq!(seconds(Duration::from_millis(ms)), text);
        }
    }

    #[test]
    fn the_summary_tells_blocks_coins_and_the_rate_over_all() {
        let (time, paid) = (Duration::from_millis(2_500), Amount::from_coins(20));
        let summary = |switches| Summary { blocks: 2, paid, attempts: 5_000_000, time, switches }.to_string();
        let told = "2 blocks found, 20 coins, 5000000 attempts in 2.5 s (2.0 MH/s)";
        assert_eq!(summary(Switches::default()), told);
        let slowest = Duration::from_micros(3_240);
        let more = ", the slowest change to a new block took 3.2 ms";
        assert_eq!(summary(Switches { count: 7, slowest }), format!("{told}{more}"));
        let mut meter = Meter::new(Instant::now());
        let start = meter.at;
        assert_eq!(meter.rate(100, start + Duration::from_secs(2)), 50.0);
        assert_eq!(meter.rate(100, start + Duration::from_secs(3)), 0.0);
    }
}
