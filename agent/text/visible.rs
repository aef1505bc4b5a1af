//! Foreign text -> text of one line that shows everything it holds, and turns nothing around it.

use std::borrow::Cow;

/// `text` with each control character, each end of a line and each character that changes the direction of its neighbours
/// written as `\u{202e}`. Letters of any script stay.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut all = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) {
            all.extend(character.escape_unicode());
        } else {
            all.push(character);
        }
    }
    Cow::Owned(all)
}

/// Controls (C0, DEL, C1), separators of lines and paragraphs, marks, embeddings, overrides and isolates of direction, and
/// what has no width and no meaning in a name.
pub(crate) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::visible;
    use proptest::prelude::*;

    #[test]
    fn what_turns_or_breaks_a_line_is_shown() {
        assert_eq!(visible("a\u{202e}b\nc\u{2067}\u{feff}\u{7f}"), "a\\u{202e}b\\u{a}c\\u{2067}\\u{feff}\\u{7f}");
        assert_eq!(visible("Gerät לוח 板 events/s"), "Gerät לוח 板 events/s");
    }

    proptest! {
        #[test]
        fn is_one_line(text in any::<String>()) {
            let shown = visible(&text);
            let turns = ['\u{2028}', '\u{2029}', '\u{202e}', '\u{2066}'];
            prop_assert!(!shown.contains(char::is_control) && !shown.contains(turns));
            prop_assert_eq!(visible(&shown), shown.clone());
        }
    }
}
