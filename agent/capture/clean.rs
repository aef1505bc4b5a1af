//! Bytes of one line -> text without what a serial line and a terminal add.

/// `bytes` without its end, carriage returns, NULs and escape sequences; invalid UTF-8 becomes U+FFFD.
pub(super) fn clean(bytes: &[u8]) -> String {
    let mut kept = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    // Behind it no sequence ends with a bell: looked for once, as a line may be long and full of beginnings.
    let after_bell = memchr::memrchr(0x07, bytes).map_or(bytes, |at| &bytes[at + 1..]).len();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'\n' | b'\r' | 0 => {}
            0x1b => rest = after_escape(after, after.len() > after_bell),
            _ => kept.push(byte),
        }
    }
    String::from_utf8(kept).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// What follows the escape sequence whose ESC was just read (ECMA-48: CSI, OSC, two-character sequences). A sequence that
/// is not ended swallows nothing. `bell`: whether there is one in the rest.
fn after_escape(rest: &[u8], bell: bool) -> &[u8] {
    let end = match rest.first() {
        Some(b'[') => {
            let parameters = rest[1..].iter().take_while(|byte| (0x20..0x40).contains(*byte)).count();
            rest.get(1 + parameters).filter(|byte| (0x40..0x7f).contains(*byte)).map(|_| 2 + parameters)
        }
        Some(b']') => memchr::memchr(0x07, if bell { rest } else { &[] }).map(|at| at + 1),
        Some(0x40..0x60) => Some(1),
        _ => None,
    };
    &rest[end.unwrap_or(0)..]
}
