//! The help of every command, by the real program, as terminals of two widths and a pipe show it.

use crate::common::process::command;
use shared::testing::help::{WIDTHS, complaints};

/// What a pipe gets: the widest that is read well.
const PIPE_WIDTH: usize = 100;

fn help(arguments: &[&str], columns: Option<usize>) -> String {
    let mut command = command(&[arguments, &["--help"]].concat());
    command.env_remove("COLUMNS");
    if let Some(columns) = columns {
        command.env("COLUMNS", columns.to_string());
    }
    let output = command.output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// The commands that a help lists.
fn subcommands(help: &str) -> Vec<&str> {
    let listed = help.split("Commands:\n").nth(1).unwrap_or_default().lines().take_while(|line| !line.is_empty());
    let rows = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    rows.filter_map(|row| row.split_whitespace().next()).filter(|name| *name != "help").collect()
}

fn check(arguments: &[&str]) -> usize {
    for (columns, width) in WIDTHS.map(|width| (Some(width), width)).into_iter().chain([(None, PIPE_WIDTH)]) {
        let complaints = complaints(&help(arguments, columns), width);
        assert!(complaints.is_empty(), "{arguments:?}:\n{}", complaints.join("\n"));
    }
    let listed = help(arguments, None);
    let below = subcommands(&listed).into_iter().map(|name| check(&[arguments, &[name]].concat()));
    1 + below.sum::<usize>()
}

#[test]
fn every_help_reads_well_at_every_width_and_in_a_pipe() {
    assert_eq!(check(&[]), 12, "relay, its six commands, and five of the wallet");
}

#[test]
fn every_command_names_the_exit_codes_that_the_documentation_has() {
    let page = include_str!("../../docs/hosting.md");
    let table = page.split("## Exit codes").nth(1).expect("the table").split("\n## ").next().expect("the table");
    let first = |row: &str| row.trim_start_matches(['|', ' ']).split(' ').next().and_then(|code| code.parse().ok());
    let documented: Vec<u8> = table.lines().filter(|line| line.starts_with('|')).filter_map(first).collect();
    assert_eq!(documented.len(), 4, "{table}");
    let listed = help(&[], None);
    for command in std::iter::once(None).chain(subcommands(&listed).into_iter().map(Some)) {
        let help = help(command.as_slice(), None);
        let told = help.split("Exit codes: ").nth(1).unwrap_or_else(|| panic!("none in {help}"));
        let words = told.split([' ', '\n', ',']);
        assert_eq!(words.filter_map(|word| word.parse().ok()).collect::<Vec<u8>>(), documented, "{command:?}");
    }
}
