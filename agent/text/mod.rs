//! Reading and showing texts that others wrote, within bounds. Several rooms need this, and none of them owns it.
#![cfg_attr(
    not(test),
    deny(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::panic, clippy::string_slice)
)]

pub(crate) mod duration;
#[cfg(feature = "host")]
pub(crate) mod junit;
mod nearest;
mod printable;
pub(crate) mod template;
#[cfg(feature = "host")]
mod visible;
pub(crate) mod yaml;

pub(crate) use nearest::nearest;
pub(crate) use printable::{head, printable};
#[cfg(feature = "host")]
pub(crate) use visible::{is_hidden, visible};

/// Pads `text` with blanks before it to `width` characters. The formatter's own widths end at 65,535.
#[cfg(feature = "host")]
pub(crate) fn right(text: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(text.chars().count())) + text
}

/// `1 case`, `2 cases`.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    let ending = match number {
        1 => "",
        _ if noun.ends_with("ss") => "es",
        _ => "s",
    };
    format!("{number} {noun}{ending}")
}

/// The names of boards that are listed of one kind.
#[cfg(feature = "host")]
const MOST_NAMES: usize = 8;

/// `a, b, c`; of many names the first, and how many more there are.
#[cfg(feature = "host")]
pub(crate) fn listed<T: AsRef<str>>(names: impl ExactSizeIterator<Item = T>) -> String {
    let more = names.len().saturating_sub(MOST_NAMES);
    let mut shown: Vec<String> = names.take(MOST_NAMES).map(|name| name.as_ref().into()).collect();
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    shown.join(", ")
}

/// Pads `text` with blanks behind it to `width` characters. The formatter's own widths end at 65,535.
pub(crate) fn left(text: &str, width: usize) -> String {
    text.to_string() + &" ".repeat(width.saturating_sub(text.chars().count()))
}
