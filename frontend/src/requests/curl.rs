//! Requests as commands for a shell.

use super::Ready;

/// A request as a curl command, to be pasted into a shell.
pub fn command(ready: &Ready) -> String {
    let mut words = vec!["curl".to_owned()];
    if let Some(token) = &ready.token {
        words.extend(["-H".to_owned(), quoted(&format!("Authorization: Bearer {token}"))]);
    }
    if let Some(body) = &ready.body {
        words.extend(["-H".to_owned(), quoted("Content-Type: application/json"), "-d".to_owned(), quoted(body)]);
    }
    words.push(quoted(&ready.url));
    words.join(" ")
}

/// A curl command that reads.
pub fn get(url: &str) -> String {
    format!("curl {}", quoted(url))
}

/// A word as every POSIX shell takes it for itself.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-._/:@=,+%".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::site;
    use super::super::ready;
    use super::*;
    use crate::node::view::RulesView;

    #[test]
    fn a_word_with_anything_a_shell_might_read_is_quoted() {
        for (word, written) in [
            ("http://127.0.0.1:5001/mine_block", "http://127.0.0.1:5001/mine_block"),
            ("http://host/blocks?limit=5&from=1", "'http://host/blocks?limit=5&from=1'"),
            ("Zoë's $(rm -r ~) `id`", r"'Zoë'\''s $(rm -r ~) `id`'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(word), written);
        }
    }

    #[test]
    fn changes_of_a_closed_tab_carry_its_token_and_reading_does_not() {
        let site = site(RulesView::Sealed, Some("secret"));
        let own = "a".repeat(32);
        let commands: Vec<String> = ready(&site, &site.own).iter().map(command).collect();
        assert_eq!(
            commands[1],
            format!("curl -H 'Authorization: Bearer secret' http://127.0.0.1:5001/nodes/{own}/mine_block"),
        );
        assert_eq!(commands[3], format!("curl http://127.0.0.1:5001/nodes/{own}/get_chain"));
        assert!(commands[2].contains("-d '{\"sender\": \"swift heron\""), "{}", commands[2]);
    }
}
