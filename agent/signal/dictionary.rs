//! The preset dictionary of frames: what most records say, so that the frames do not have to.
//!
//! A deflate stream may refer to bytes that came before its beginning (RFC 1950 calls them a preset dictionary; zlib has
//! `deflateSetDictionary`). Here they are a text that never changes: another one would get another number. The library has no
//! call for it, so the dictionary is compressed before the text, and that part of the stream is left away.

use flate2::{Compression, write::DeflateEncoder};
use std::io::{self, Write};

/// The text: the fields of a record in their order, and values that are frequent.
const DICTIONARY: &[u8] = include_bytes!("dictionary.txt");

/// Where the dictionary's number stands in the container's length: above all bits that a length has.
const NUMBER: u32 = 28;

/// How every document of version 1 begins: these are deflated without a dictionary.
const VERSION_1: &str = r#"{"schema":"lava-bench-record/1""#;

/// The length and the dictionary's number in one, and the text deflated.
pub(super) fn deflated(text: &str, length: u32) -> io::Result<(u32, Vec<u8>)> {
    let preset = if text.starts_with(VERSION_1) { &[][..] } else { DICTIONARY };
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
    if !preset.is_empty() {
        deflate.write_all(preset)?;
        // What comes after this begins with a byte of its own.
        deflate.flush()?;
    }
    let before = deflate.get_ref().len();
    deflate.write_all(text.as_bytes())?;
    let all = deflate.finish()?;
    Ok((length | u32::from(!preset.is_empty()) << NUMBER, all[before..].to_vec()))
}

#[cfg(feature = "host")]
pub(super) use inflate::{header, inflated};

#[cfg(feature = "host")]
mod inflate {
    use super::{DICTIONARY, NUMBER};
    use flate2::read::DeflateDecoder;
    use std::io::{self, Read};

    /// A deflated text that is read with its dictionary.
    type Inflated<'a> = DeflateDecoder<io::Chain<io::Cursor<Vec<u8>>, &'a [u8]>>;

    /// The length in a container's header, and whether there is a dictionary; `None` for an unknown dictionary.
    pub(in crate::signal) fn header(word: u32) -> Option<(u32, bool)> {
        let number = word >> NUMBER;
        (number <= 1).then_some((word & ((1 << NUMBER) - 1), number == 1))
    }

    /// What `deflated` holds, to be read from its beginning.
    pub(in crate::signal) fn inflated(deflated: &[u8], with_dictionary: bool) -> io::Result<Inflated<'_>> {
        let mut stored = Vec::new();
        if with_dictionary {
            // A block that is not the last and not compressed (RFC 1951, 3.2.4): it puts the dictionary into the window.
            let length = DICTIONARY.len() as u16;
            stored.push(0);
            stored.extend(length.to_le_bytes());
            stored.extend((!length).to_le_bytes());
            stored.extend(DICTIONARY);
        }
        let mut text = DeflateDecoder::new(io::Cursor::new(stored).chain(deflated));
        let mut dictionary = vec![0; if with_dictionary { DICTIONARY.len() } else { 0 }];
        text.read_exact(&mut dictionary)?;
        Ok(text)
    }
}

#[cfg(feature = "host")]
#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn back(text: &str) -> (u32, usize, String) {
        let (word, deflated) = deflated(text, text.len() as u32).unwrap();
        let (length, with_dictionary) = header(word).unwrap();
        let mut read = String::new();
        inflated(&deflated, with_dictionary).unwrap().read_to_string(&mut read).unwrap();
        assert_eq!(length as usize, text.len());
        (word >> NUMBER, deflated.len(), read)
    }

    #[test]
    fn a_text_comes_back_with_the_dictionary_and_version_1_without() {
        for version in [1, 2] {
            let text = format!(r#"{{"schema":"lava-bench-record/{version}","id":"0a1b2c3d","benchmarks":[]}}"#);
            let (number, bytes, read) = back(&text);
            assert_eq!((number, &read), (version - 1, &text));
            assert!(if version == 1 { bytes > 60 } else { bytes < 45 }, "{bytes}");
        }
        assert_eq!(back("").2, "");
        assert_eq!(header(2 << NUMBER), None);
    }

    #[test]
    fn the_dictionary_never_changes() {
        // Every log with frames of version 2 is read with it. Another one needs another number.
        assert!(DICTIONARY.is_ascii() && DICTIONARY.len() < 1 << 15);
        assert_eq!((DICTIONARY.len(), crc32fast::hash(DICTIONARY)), (6_194, 0x83bb_39a2));
    }
}
