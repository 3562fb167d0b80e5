//! What a relay writes to the programs that join it: shown, and never obeyed by a terminal or a log.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};

use crate::common::process::command;

/// Clears the screen, forges a line of a log, recolours by a C1 control and turns the writing direction.
const HOSTILE: &str = "gone\u{1b}[2J\r\n2026-01-01T00:00:00Z  INFO forged\u{9b}31m\u{2028}\u{202e}";

/// A relay that says so: that it is busy at first, and then that it refuses for good.
fn relay() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for (count, stream) in listener.incoming().enumerate() {
            let mut stream = stream.expect("a connection");
            let mut asked = [0; 4_096];
            let _ = stream.read(&mut asked);
            let (status, rule) = if count == 0 { ("503 Busy", "load") } else { ("404 Not Found", "room") };
            let receipt = serde_json::json!({ "rule": rule, "expected": HOSTILE, "found": HOSTILE }).to_string();
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", receipt.len());
            let _ = stream.write_all(format!("{head}{receipt}").as_bytes());
        }
    });
    address
}

#[test]
fn nothing_that_a_relay_says_reaches_the_terminal_of_a_miner_or_a_bridge_as_it_is() {
    for program in ["mine", "bridge"] {
        for format in ["text", "json"] {
            let folder = tempfile::tempdir().expect("a folder");
            let (relay, data) = (format!("http://{}", relay()), folder.path().to_str().expect("text"));
            let mut run = command(&[program, "--relay", &relay, "--data-dir", data, "--log", format]);
            if program == "bridge" {
                run.args(["--node", "http://127.0.0.1:1"]);
            }
            let output = run.output().expect("it runs");
            // A miner names the room that is not there, which is wrong usage; a bridge names none.
            let code = if program == "mine" { 2 } else { 1 };
            assert_eq!(output.status.code(), Some(code), "{program}");
            for written in [output.stdout, output.stderr] {
                let written = String::from_utf8(written).expect("text");
                let hidden = |character: char| shared::visible::is_hidden(character) && character != '\n';
                assert!(!written.contains(hidden), "{program} {format}: {written:?}");
                assert!(written.lines().all(|line| !line.starts_with("2026-01-01T00")), "{program}: {written}");
            }
        }
    }
}
