//! Text -> the lines of a mail, as RFC 3676 has them: a line that ends in a blank goes on in the next one, so that a reader's
//! program wraps it anew; any other line stays as it is. Tables and commands are such lines.

use crate::report::sentences::unbroken;

/// The widest line of a paragraph, its last blank counted.
const WIDTH: usize = 72;

/// What begins a line that is a program's to read.
const TAGS: [&str; 5] = ["#", "Reported-by:", "Link:", "Closes:", "-- "];

/// The text in lines of at most 72 columns. Lines that begin with a blank or with a tag stay whole; an address of the web
/// that is longer stands alone in its line.
pub(super) fn wrapped(text: &str) -> String {
    let mut all = String::with_capacity(text.len() + text.len() / 50);
    let mut empty = 0;
    for line in text.lines() {
        // The mark of a signature ends in a blank.
        let line = if line == "-- " { line } else { line.trim_end() };
        // More than one empty line is what a template left of a part that is not there.
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty > 1 || (empty == 1 && all.is_empty()) {
            continue;
        }
        if line.starts_with(' ') || TAGS.iter().any(|tag| line.starts_with(tag)) {
            all.push_str(line);
        } else {
            paragraph(line, &mut all);
        }
        all.push('\n');
    }
    all.truncate(all.trim_end().len());
    all.push('\n');
    all
}

fn paragraph(line: &str, all: &mut String) {
    let mut column = 0;
    // A number and its per cent sign stay together.
    for word in unbroken(line) {
        let word = shortened(&word);
        let letters = word.chars().count();
        // One column is the blank's.
        if column > 0 && column + 1 + letters + 1 > WIDTH {
            all.push_str(" \n");
            column = 0;
        } else if column > 0 {
            all.push(' ');
            column += 1;
        }
        all.push_str(&word);
        column += letters;
    }
}

/// A word that fits a line; an address stays whole.
fn shortened(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    if letters.len() < WIDTH || word.contains("://") {
        return word.into();
    }
    let (begin, end) = (&letters[..32], &letters[letters.len() - 32..]);
    format!("{}...{}", begin.iter().collect::<String>(), end.iter().collect::<String>())
}

/// The text as it goes over the wire: a line that begins with a blank, with `>` or with `From ` has one blank more.
pub(super) fn stuffed(text: &str) -> String {
    let stuffs = |line: &str| line.starts_with([' ', '>']) || line.starts_with("From ");
    let lines = text.lines().map(|line| if stuffs(line) { format!(" {line}\r\n") } else { format!("{line}\r\n") });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a reader's program makes of it at another width: paragraphs wrapped anew, other lines as they are.
    fn shown(wire: &str, width: usize) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut paragraph = String::new();
        for line in wire.split("\r\n") {
            let line = line.strip_prefix(' ').unwrap_or(line);
            paragraph.push_str(line);
            if line.ends_with(' ') && line != "-- " {
                continue;
            }
            let whole = std::mem::take(&mut paragraph);
            // A line that no other one continues is not wrapped.
            let flows = !whole.starts_with(' ') && whole.contains(' ');
            if !flows || whole.chars().count() <= width {
                lines.push(whole);
                continue;
            }
            let mut shown = String::new();
            for word in whole.split(' ') {
                if !shown.is_empty() && shown.chars().count() + 1 + word.chars().count() > width {
                    lines.push(std::mem::take(&mut shown));
                }
                if !shown.is_empty() {
                    shown.push(' ');
                }
                shown.push_str(word);
            }
            lines.push(shown);
        }
        lines
    }

    #[test]
    fn a_table_stays_whole_at_any_width_and_a_paragraph_flows() {
        let words = "word ".repeat(60);
        let table =
            ["  boot          old         new", "  1         4213.1      3998.2", "  median    4213.1      3998.2"];
        let text = format!("{words}\n\n{}\n\nLast one.\n", table.join("\n"));
        let wire = stuffed(&wrapped(&text));
        assert!(wire.lines().all(|line| line.chars().count() <= 73), "{wire}");
        for width in [60, 72, 100] {
            let lines = shown(&wire, width);
            for row in table {
                assert!(lines.iter().any(|line| line == row), "{width}: {lines:#?}");
            }
            assert!(lines.iter().all(|line| line.chars().count() <= width), "{lines:#?}");
            let all: Vec<&str> = lines.iter().flat_map(|line| line.split_whitespace()).collect();
            assert_eq!(all.iter().filter(|word| **word == "word").count(), 60);
        }
    }

    #[test]
    fn a_number_and_its_sign_are_in_one_line() {
        for begin in 40..72 {
            let text = wrapped(&format!("{} 7.4 %) with it\n", "w".repeat(begin)));
            assert!(text.contains("7.4 %)"), "{text}");
        }
    }

    #[test]
    fn a_long_name_is_cut_and_an_address_is_not() {
        let (name, address) = ("n".repeat(300), format!("https://example.org/{}", "a".repeat(100)));
        let text = wrapped(&format!("See {name} and {address} there.\n\n\n\nLink: {address}\n"));
        assert!(wrapped("a\n-- \nb\n").contains("\n-- \n"));
        assert!(text.contains(&address) && text.contains("n...n") && !text.contains("\n\n\n"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH || line.contains("://")), "{text}");
    }

    proptest! {
        #[test]
        fn no_word_is_lost_and_no_line_is_wide(words in proptest::collection::vec("[a-z>.:#]{1,30}", 1..80)) {
            let text = wrapped(&words.join(" "));
            prop_assert!(text.lines().all(|line| line.chars().count() <= WIDTH) || words[0].starts_with('#'));
            let back: Vec<&str> = text.split_whitespace().collect();
            prop_assert_eq!(back, words.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
}
