//! A value of a template -> the lines of a list in a mail.

use crate::{report::sentences::unbroken, text::visible};

/// Text in lines with blanks before them, for a list that no mail program wraps.
pub(super) fn hung(text: &str, indent: usize, width: usize) -> String {
    let text = visible(text);
    let room = width.saturating_sub(indent).max(10);
    let mut lines: Vec<String> = vec![String::new()];
    for word in unbroken(&text) {
        let mut letters: Vec<char> = word.chars().collect();
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() && line.chars().count() + 1 + letters.len() <= room {
            line.push(' ');
            line.extend(letters);
            continue;
        }
        if !line.is_empty() {
            lines.push(String::new());
        }
        // A word that no line holds goes on in the next one.
        while letters.len() > room {
            let rest = letters.split_off(room);
            if let Some(line) = lines.last_mut() {
                line.extend(letters);
            }
            lines.push(String::new());
            letters = rest;
        }
        if let Some(line) = lines.last_mut() {
            line.extend(letters);
        }
    }
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_no_wider_than_it_may_be() {
        let text = format!("some words {} and more\nlines", "x".repeat(120));
        let shown = format!("    {}", hung(&text, 4, 60));
        assert!(shown.lines().all(|line| line.len() <= 60 && line.starts_with("    ")), "{shown}");
        assert!(shown.contains("\\u{a}"));
    }
}
