//! Whether a program's `--help` reads well on a terminal: no line is too long, and no sentence is broken before its line
//! is full.

/// The widths at which help is checked, in columns.
pub const WIDTHS: [usize; 2] = [80, 100];

/// The lines of a help text that read badly at a width, each with the reason.
pub fn complaints(help: &str, width: usize) -> Vec<String> {
    let lines: Vec<&str> = help.lines().collect();
    let too_long = lines.iter().filter(|line| columns(line) > width).map(|line| format!("longer than {width}: {line}"));
    let broken = lines.windows(2).filter_map(|pair| match pair {
        [line, next] if is_broken(line, next, width) => Some(format!("broken before {width} columns: {line}\n{next}")),
        _ => None,
    });
    too_long.chain(broken).collect()
}

fn columns(text: &str) -> usize {
    text.chars().count()
}

/// Whether the next line goes on with this line's sentence, though its first word had room here.
fn is_broken(line: &str, next: &str, width: usize) -> bool {
    let indent = |text: &str| columns(text) - columns(text.trim_start());
    let is_row = |text: &str| text.trim_start().contains("  ");
    let ends = |text: &str| text.trim_end().ends_with(['.', ':', ';', '?', ']', '"']);
    let Some(word) = next.split_whitespace().next() else { return false };
    let goes_on = !word.starts_with(|first: char| first.is_uppercase() || "-<[".contains(first));
    let is_text = !line.trim().is_empty() && indent(line) == indent(next) && !is_row(line) && !is_row(next);
    is_text && !ends(line) && goes_on && columns(line) + 1 + columns(word) <= width
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_that_is_broken_early_and_a_long_line_are_found_and_whole_text_is_not() {
        let full =
            "Eighty columns take this sentence as far as here, and then the next word goes on\nin a line of its own.";
        assert_eq!(complaints(full, 80), Vec::<String>::new());
        assert_eq!(complaints(full, 79).len(), 1, "too long");
        assert_eq!(complaints("A sentence that is\nbroken early.", 80).len(), 1);
        let rows = "Commands:\n  serve   Serve the app\n  export  write it\n\n  relay serve\n      serves";
        assert_eq!(complaints(rows, 80), Vec::<String>::new());
    }
}
