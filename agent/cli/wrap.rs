//! Text -> lines that fit a width. A serial console has 80 columns, and breaks what is longer in the middle of a word.

/// The furthest column that the second line of a text begins at, so that enough is left for its words.
const DEEPEST: usize = 48;

/// `text` in lines of at most `width` characters, broken between words; a longer word stays whole. A line that is broken
/// goes on below its last column: behind the first two blanks between its words, or else `hang` behind its own indentation.
pub(super) fn wrap(text: &str, width: usize, hang: usize) -> String {
    text.split_inclusive('\n').map(|line| wrap_line(line, width, hang)).collect()
}

fn wrap_line(line: &str, width: usize, hang: usize) -> String {
    let (body, end) = line.strip_suffix('\n').map_or((line, ""), |body| (body, "\n"));
    wrap_at(body, width, column(body, hang)) + end
}

/// One line in lines of at most `width` characters; the second one begins at `column`, and nothing before it is broken.
pub(super) fn wrap_at(line: &str, width: usize, column: usize) -> String {
    if count(line) <= width {
        return line.into();
    }
    let line = line.trim_end();
    let at = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
    let (mut text, mut used) = (line[..at].to_string(), column);
    let mut rest = Some(&line[at..]);
    let mut is_first = true;
    while let Some(word) = next_word(&mut rest) {
        if !is_first && used + 1 + count(word) > width {
            text.truncate(text.trim_end().len());
            text.push('\n');
            text.push_str(&" ".repeat(column));
            used = column;
        } else if !is_first {
            text.push(' ');
            used += 1;
        }
        is_first = false;
        text.push_str(word);
        used += count(word);
    }
    text
}

/// What stands before the next blank that may be broken at: a `%` stays with its number.
fn next_word<'a>(rest: &mut Option<&'a str>) -> Option<&'a str> {
    let text = (*rest)?;
    let number = |at: usize| text[..at].ends_with(|c: char| c.is_ascii_digit());
    let may_break = |at: &usize| !(number(*at) && text[at + 1..].starts_with('%'));
    match text.match_indices(' ').map(|(at, _)| at).find(may_break) {
        Some(at) => {
            *rest = Some(&text[at + 1..]);
            Some(&text[..at])
        }
        None => rest.take(),
    }
}

/// Where the second line begins.
fn column(body: &str, hang: usize) -> usize {
    let indent = body.chars().take_while(|c| *c == ' ').count();
    let rest = body.trim_start_matches(' ');
    let cells = rest.find("  ").map(|at| indent + count(&rest[..at]) + blanks(&rest[at..]));
    cells.filter(|column| *column <= DEEPEST).unwrap_or(indent + hang)
}

fn blanks(text: &str) -> usize {
    text.chars().take_while(|c| *c == ' ').count()
}

fn count(text: &str) -> usize {
    text.chars().count()
}

/// `text` in at most `width` characters; what is cut off is shown by dots.
pub(super) fn cut(text: &str, width: usize) -> String {
    if count(text) <= width {
        return text.into();
    }
    let kept: String = text.chars().take(width.saturating_sub(3)).collect();
    format!("{}...", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn goes_on_below_the_column_that_was_broken() {
        assert_eq!(wrap("one two three\nfour\n", 8, 2), "one two\n  three\nfour\n");
        assert_eq!(wrap("  -a, --all  one two three", 20, 0), "  -a, --all  one two\n             three");
        assert_eq!(wrap("        one two three", 16, 2), "        one two\n          three");
        assert_eq!(wrap("a-word-that-is-long and more", 10, 0), "a-word-that-is-long\nand more");
        assert_eq!(wrap("a share above 0 % and less", 15, 2), "a share above\n  0 % and less");
    }

    #[test]
    fn what_is_cut_shows_it() {
        assert_eq!((cut("short", 5), cut("longer text", 9)), ("short".to_string(), "longer...".to_string()));
    }

    proptest! {
        #[test]
        fn keeps_all_words_and_the_width(words in proptest::collection::vec("[a-z]{1,12}", 1..40), width in 20_usize..100) {
            let text = wrap(&words.join(" "), width, 4);
            prop_assert!(text.lines().all(|line| count(line) <= width));
            prop_assert_eq!(text.split_whitespace().collect::<Vec<_>>(), words);
        }

        #[test]
        fn takes_any_text(text in "[ a\u{e9}\n-]{0,200}", width in 0_usize..50, hang in 0_usize..9) {
            let words = |text: &str| text.split_whitespace().map(String::from).collect::<Vec<_>>();
            prop_assert_eq!(words(&wrap(&text, width, hang)), words(&text));
        }
    }
}
