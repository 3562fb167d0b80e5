//! Requests as commands for a shell: POSIX's, or PowerShell with the curl that comes with Windows.
//!
//! PowerShell 5.1 takes the quotes out of what it hands to a program, so a body goes through a pipe there, in ASCII
//! alone: 5.1 writes no other letters into one. Both forms so work in 5.1 and in 7.

use super::{Reading, Ready};

/// Where commands are pasted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shell {
    /// sh, bash, zsh, fish.
    #[default]
    Posix,
    /// Windows PowerShell 5.1, PowerShell 7.
    PowerShell,
}

impl Shell {
    /// The one that a computer has, by what its browser says of it.
    pub fn of_platform(platform: &str) -> Self {
        if platform.contains("Win") { Self::PowerShell } else { Self::Posix }
    }

    /// A request as a command.
    pub fn command(self, ready: &Ready) -> String {
        let mut words = vec![self.curl().to_owned()];
        if let Some(token) = &ready.token {
            words.extend(["-H".to_owned(), self.quoted(&format!("Authorization: Bearer {token}"))]);
        }
        if ready.body.is_some() {
            words.extend(["-H".to_owned(), self.quoted("Content-Type: application/json"), "-d".to_owned()]);
        }
        let before = match (&ready.body, self) {
            (Some(body), Self::Posix) => {
                words.push(self.quoted(body));
                String::new()
            }
            (Some(body), Self::PowerShell) => {
                words.push("'@-'".to_owned());
                format!("{} | ", self.quoted(&ascii(body)))
            }
            (None, _) => String::new(),
        };
        words.push(self.quoted(&ready.url));
        format!("{before}{}", words.join(" "))
    }

    /// A command that reads; one that goes on for as long as one listens shows each line as it comes.
    pub fn reading(self, reading: &Reading) -> String {
        let unbuffered = if reading.is_stream { " -N" } else { "" };
        format!("{}{unbuffered} {}", self.curl(), self.quoted(&reading.url))
    }

    /// In Windows PowerShell, `curl` alone is another command.
    fn curl(self) -> &'static str {
        match self {
            Self::Posix => "curl",
            Self::PowerShell => "curl.exe",
        }
    }

    /// A word as the shell takes it for itself.
    fn quoted(self, word: &str) -> String {
        let signs = match self {
            Self::Posix => "-._/:@=,+%",
            Self::PowerShell => "-._/:",
        };
        if !word.is_empty() && word.chars().all(|letter| letter.is_ascii_alphanumeric() || signs.contains(letter)) {
            return word.to_owned();
        }
        match self {
            Self::Posix => format!("'{}'", word.replace('\'', r"'\''")),
            // Typographic quotes end a text there as well; doubled, each stands for itself.
            Self::PowerShell => {
                let mut quoted = String::from("'");
                for letter in word.chars() {
                    quoted.push(letter);
                    if matches!(letter, '\'' | '\u{2018}'..='\u{201b}') {
                        quoted.push(letter);
                    }
                }
                quoted + "'"
            }
        }
    }
}

/// JSON with every letter beyond ASCII as its escape.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter.is_ascii() {
            text.push(letter);
        } else {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::fixture::site;
    use super::super::{beyond, ready};
    use super::*;
    use crate::node::view::RulesView;

    #[test]
    fn a_word_with_anything_a_shell_might_read_is_quoted() {
        for (word, posix, power) in [
            (
                "http://127.0.0.1:5001/mine_block",
                "http://127.0.0.1:5001/mine_block",
                "http://127.0.0.1:5001/mine_block",
            ),
            (
                "http://host/blocks?limit=5&from=1",
                "'http://host/blocks?limit=5&from=1'",
                "'http://host/blocks?limit=5&from=1'",
            ),
            ("Zoë's $(rm -r ~) `id`", r"'Zoë'\''s $(rm -r ~) `id`'", "'Zoë''s $(rm -r ~) `id`'"),
            ("@a,b", "@a,b", "'@a,b'"),
            ("a’b‘c", "'a’b‘c'", "'a’’b‘‘c'"),
            ("", "''", "''"),
        ] {
            assert_eq!(Shell::Posix.quoted(word), posix);
            assert_eq!(Shell::PowerShell.quoted(word), power);
        }
    }

    #[test]
    fn changes_of_a_closed_tab_carry_its_token_and_reading_does_not() {
        let site = site(RulesView::Sealed, Some("secret"));
        let own = "a".repeat(32);
        let commands: Vec<String> = ready(&site, &site.own).iter().map(|ready| Shell::Posix.command(ready)).collect();
        assert_eq!(
            commands[1],
            format!("curl -H 'Authorization: Bearer secret' http://127.0.0.1:5001/nodes/{own}/mine_block"),
        );
        assert_eq!(commands[3], format!("curl http://127.0.0.1:5001/nodes/{own}/get_chain"));
        assert!(commands[2].contains("-d '{\"sender\": \"swift heron\""), "{}", commands[2]);
    }

    #[test]
    fn powershell_is_given_a_body_through_a_pipe_in_ascii() {
        let mut site = site(RulesView::Sealed, Some("secret"));
        site.own.name = "Zoë’s \u{1f600} laptop".to_owned();
        let own = "a".repeat(32);
        let commands: Vec<String> =
            ready(&site, &site.own).iter().map(|ready| Shell::PowerShell.command(ready)).collect();
        assert_eq!(
            commands[1],
            format!("curl.exe -H 'Authorization: Bearer secret' http://127.0.0.1:5001/nodes/{own}/mine_block"),
        );
        let receiver = "b".repeat(32);
        assert_eq!(
            commands[2],
            format!(
                "'{{\"sender\": \"Zo\\u00eb\\u2019s \\ud83d\\ude00 laptop\", \"receiver\": \"{receiver}\", \"amount\": 1}}' | \
                 curl.exe -H 'Authorization: Bearer secret' -H 'Content-Type: application/json' -d '@-' \
                 http://127.0.0.1:5001/nodes/{own}/add_transaction"
            ),
        );
        assert!(commands.iter().all(|command| command.is_ascii()));
        for body in ready(&site, &site.own).into_iter().filter_map(|ready| ready.body) {
            let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
            assert_eq!(read(&ascii(&body)), read(&body), "the escapes say the same");
        }
    }

    #[test]
    fn what_goes_on_is_shown_as_it_comes() {
        let site = site(RulesView::Sealed, None);
        let readings = beyond(&site);
        let events = readings.iter().find(|reading| reading.is_stream).expect("events");
        assert_eq!(Shell::Posix.reading(events), "curl -N http://127.0.0.1:5001/api/v1/rooms/main/events");
        assert!(Shell::PowerShell.reading(&readings[0]).starts_with("curl.exe http"));
    }

    #[test]
    fn a_computer_with_windows_has_powershell() {
        for (platform, shell) in [
            ("Win32", Shell::PowerShell),
            ("Windows", Shell::PowerShell),
            ("MacIntel", Shell::Posix),
            ("Linux x86_64", Shell::Posix),
            ("Darwin", Shell::Posix),
            ("", Shell::Posix),
        ] {
            assert_eq!(Shell::of_platform(platform), shell, "{platform}");
        }
    }
}
