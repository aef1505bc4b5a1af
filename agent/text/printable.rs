//! Foreign bytes -> text that can be shown on a console that LAVA reads.

use std::fmt::Write as _;

/// The most characters of an excerpt.
const MAX: usize = 160;

/// `bytes` as printable ASCII in one line: anything else is `\xNN`, and so is what begins a signal (`<`) or a frame (the
/// first letter of its mark), so that no foreign text can be taken for one. At most 160 characters, then `...`.
pub(crate) fn printable(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        if text.len() >= MAX {
            text.push_str("...");
            break;
        }
        let forges = *byte == b'<' || bytes.get(at..).is_some_and(|rest| rest.starts_with(b"LBF"));
        if (byte.is_ascii_graphic() || *byte == b' ') && !forges {
            text.push(char::from(*byte));
        } else {
            // A String takes all that is written.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// The first line that is not blank, printable.
pub(crate) fn head(text: &[u8]) -> String {
    let line = text.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty());
    printable(line.unwrap_or_default().trim_ascii_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{FRAME_MARK, SIGNAL_MARK};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn never_forges(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            for mark in ["", SIGNAL_MARK, FRAME_MARK] {
                let text = printable(&[mark.as_bytes(), &bytes].concat());
                prop_assert!(text.bytes().all(|b| (0x20..0x7f).contains(&b)) && text.len() <= MAX + 6);
                prop_assert!(!text.contains('<') && !text.contains(FRAME_MARK));
            }
        }
    }
}
