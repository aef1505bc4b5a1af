//! Foreign text -> Markdown that shows it, in a table's cell too.
//!
//! A backslash before a pipe, or a fence of backticks, is read differently by different programs. Entities are not.

/// A name as code; one with a character that code or a table would read as its own is written in entities.
pub(super) fn code(text: &str) -> String {
    let plain = |c: char| !c.is_control() && !"`|\\".contains(c);
    if text.is_empty() || text.starts_with(' ') || text.ends_with(' ') || !text.chars().all(plain) {
        return format!("<code>{}</code>", entities(text));
    }
    format!("`{text}`")
}

/// Text between words: nothing in it is markup.
pub(super) fn prose(text: &str) -> String {
    entities(text)
}

/// Whether a character begins markup, a link to an issue, or the mention of a person.
fn is_markup(c: char) -> bool {
    "`|\\*_{}[]<#~&@!$".contains(c)
}

fn entities(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            _ if is_markup(c) => all.push_str(&format!("&#{};", u32::from(c))),
            // Shown as `\u{a}`: a line that ends would end the cell.
            _ if c.is_control() => all.push_str(&format!("&#92;u&#123;{:x}&#125;", u32::from(c))),
            _ => all.push(c),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_code_and_odd_ones_are_entities() {
        assert_eq!(code("sysbench-cpu threads=4: total-time"), "`sysbench-cpu threads=4: total-time`");
        assert_eq!(code("a|b`c\\d"), "<code>a&#124;b&#96;c&#92;d</code>");
        assert_eq!(code("a\nb"), "<code>a&#92;u&#123;a&#125;b</code>");
        assert_eq!(prose("5.1 % fewer events/s"), "5.1 % fewer events/s");
        assert_eq!(prose("@all *b* #12"), "&#64;all &#42;b&#42; &#35;12");
    }

    proptest! {
        #[test]
        fn nothing_ends_a_cell_or_a_line(text in any::<String>()) {
            for shown in [code(&text), prose(&text)] {
                prop_assert!(!shown.contains(['|', '\n', '\r', '\\']), "{}", shown);
            }
            prop_assert!(code(&text).matches('`').count().is_multiple_of(2));
        }
    }
}
