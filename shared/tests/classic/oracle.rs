//! Asks Python: all questions of a test at once, one process.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/classic/oracle.py");

/// Questions, and afterwards their answers in the same order.
#[derive(Default)]
pub(crate) struct Questions(String);

impl Questions {
    /// Asks with texts, which travel in hex.
    pub(crate) fn ask(&mut self, question: &str, texts: &[&str]) {
        let words: Vec<String> = texts.iter().map(hex::encode).collect();
        self.ask_plainly(question, &words);
    }

    /// Asks with words as they are.
    pub(crate) fn ask_plainly(&mut self, question: &str, words: &[impl AsRef<str>]) {
        self.0 += question;
        for word in words {
            write!(self.0, " {}", word.as_ref()).expect("writing to a text never fails");
        }
        self.0.push('\n');
    }

    pub(crate) fn answers(self) -> Vec<String> {
        let python = std::env::var_os("TABCOIN_PYTHON").unwrap_or_else(|| "python3".into());
        let mut command = Command::new(&python);
        command.args(["-B", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("cannot run {python:?}: {error}; this test needs Python 3.9 or later: install it, or name one in TABCOIN_PYTHON")
        });
        let count = self.0.lines().count();
        let mut input = child.stdin.take().expect("it is piped");
        // Python answers while it is asked: with both pipes full, each would wait for the other.
        let asking = std::thread::spawn(move || input.write_all(self.0.as_bytes()));
        let output = child.wait_with_output().expect("a child can be waited for");
        asking.join().expect("writing does not panic").expect("Python reads all questions");
        assert!(output.status.success(), "Python failed; its errors are above");
        let answers: Vec<String> =
            String::from_utf8(output.stdout).expect("ASCII").lines().map(str::to_owned).collect();
        assert_eq!(answers.len(), count, "one answer a question");
        answers
    }
}

/// A text that travelled in hex.
pub(crate) fn text(word: &str) -> String {
    String::from_utf8(hex::decode(word).expect("hex")).expect("UTF-8")
}
