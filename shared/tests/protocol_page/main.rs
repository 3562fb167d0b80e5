//! The examples of `docs/protocol.md` against the code: every block of the page that is fenced with `golden` and a name
//! holds exactly what the code makes, so that the page and the code cannot drift apart.

mod chain;
mod messages;

use std::collections::BTreeMap;

const PAGE: &str = include_str!("../../../docs/protocol.md");
/// Where a long value of an example is broken, in characters.
const VALUE_CHARS: usize = 96;

/// One example: a name, and lines of `key = value`.
struct Example {
    name: &'static str,
    text: String,
}

impl Example {
    fn new(name: &'static str) -> Self {
        Self { name, text: String::new() }
    }

    /// Adds a line; a long value is broken into several, each indented.
    fn line(mut self, key: &str, value: impl ToString) -> Self {
        let value: Vec<char> = value.to_string().chars().collect();
        let parts: Vec<String> = value.chunks(VALUE_CHARS).map(|part| part.iter().collect()).collect();
        match &parts[..] {
            [] => self.text += &format!("{key} =\n"),
            [one] => self.text += &format!("{key} = {one}\n"),
            parts => self.text += &format!("{key} =\n  {}\n", parts.join("\n  ")),
        }
        self
    }

    fn hex(self, key: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.line(key, hex::encode(bytes))
    }
}

/// The page's golden blocks by name.
fn blocks_of_the_page() -> BTreeMap<&'static str, String> {
    let mut blocks = BTreeMap::new();
    let mut lines = PAGE.lines();
    while let Some(line) = lines.next() {
        if let Some((_, name)) = line.strip_prefix("```").and_then(|info| info.split_once("golden ")) {
            let block: String =
                lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
            assert!(blocks.insert(name, block).is_none(), "two examples named {name}");
        }
    }
    blocks
}

#[test]
fn every_example_of_the_page_is_what_the_code_makes() {
    let mut page = blocks_of_the_page();
    let mut wrong = String::new();
    for Example { name, text } in chain::examples().into_iter().chain(messages::examples()) {
        if page.remove(name).as_ref() != Some(&text) {
            wrong += &format!("```golden {name}\n{text}```\n\n");
        }
    }
    assert!(wrong.is_empty(), "the code makes other examples than docs/protocol.md shows:\n\n{wrong}");
    assert!(page.is_empty(), "examples that nothing checks: {:?}", page.keys());
}
