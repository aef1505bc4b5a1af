//! Frames: a record's canonical JSON <-> numbered, checksummed log lines.
//!
//! The container is the SHA-256 of the JSON, its length (32 bits, little endian) and the JSON deflated; it is cut into
//! equal shards, the last one filled up with zeros. A frame is
//! `LBF1.<id>.<index>.<data frames>.<parity frames>.<crc32>.<shard in base64url>.`; the CRC-32 covers everything before it
//! and the shard's text. Any frame tells how many there are.

use crate::record::RecordId;
use data_encoding::BASE64URL_NOPAD;
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fmt,
    io::{self, Read, Write},
};

/// What every frame begins with: the mark and the format's version.
pub const FRAME_MARK: &str = "LBF1.";

/// Bytes in a shard: about 200 characters a line, so that one kernel message kills little.
const SHARD: usize = 120;

/// The most data frames; records that need more have larger shards.
const MAX_FRAMES: usize = 32_768;

/// The most bytes a shard may have: /dev/kmsg takes 980 a line.
const MAX_SHARD: usize = 660;

/// SHA-256 and length.
const HEADER: usize = 36;

/// The longest JSON that is unpacked: what a forged length can make us allocate.
const MAX_JSON: u32 = 256 << 20;

/// One line of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    id: RecordId,
    index: u32,
    data: u32,
    parity: u32,
    shard: Vec<u8>,
}

/// Why the frames of a record do not give it back.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AssemblyError {
    /// Some are missing.
    #[error("{found} of {needed} frames found")]
    Missing {
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// They do not belong together.
    #[error("the frames contradict each other")]
    Contradiction,
    /// What they give is not what was sent.
    #[error("the frames' content is damaged: {0}")]
    Content(&'static str),
}

/// The frames of `json`, the canonical JSON of the record `id`.
///
/// # Errors
/// A JSON of 256 MiB or more, or one that deflates to more than about 20 MiB.
pub fn frames(id: RecordId, json: &str) -> io::Result<Vec<Frame>> {
    let too_long = || io::Error::new(io::ErrorKind::InvalidInput, "the record is too long for frames");
    let length = u32::try_from(json.len()).ok().filter(|length| *length <= MAX_JSON).ok_or_else(too_long)?;
    let mut container = Sha256::digest(json.as_bytes()).to_vec();
    container.extend(length.to_le_bytes());
    let mut deflate = DeflateEncoder::new(container, Compression::best());
    deflate.write_all(json.as_bytes())?;
    let container = deflate.finish()?;
    let size = SHARD.max(container.len().div_ceil(MAX_FRAMES));
    if size > MAX_SHARD {
        return Err(too_long());
    }
    let data = u32::try_from(container.len().div_ceil(size)).map_err(|_| too_long())?;
    let shards = container.chunks(size).zip(0..).map(|(chunk, index)| {
        let mut shard = chunk.to_vec();
        shard.resize(size, 0);
        Frame { id, index, data, parity: 0, shard }
    });
    Ok(shards.collect())
}

impl Frame {
    /// The record it belongs to.
    pub fn id(&self) -> RecordId {
        self.id
    }

    /// The frame that begins at the start of `text` and how many bytes it has, if it is there whole and undamaged.
    pub fn read(text: &str) -> Option<(Self, usize)> {
        let mut parts = text.strip_prefix(FRAME_MARK)?.splitn(7, '.');
        let id = parts.next()?.parse().ok()?;
        let mut number = || parts.next().and_then(|digits| digits.parse::<u32>().ok());
        let (index, data, parity) = (number()?, number()?, number()?);
        let crc = parts.next()?;
        let payload = parts.next()?;
        parts.next()?;
        let shard = BASE64URL_NOPAD.decode(payload.as_bytes()).ok()?;
        let frame = Self { id, index, data, parity, shard };
        let fits = (1..=MAX_SHARD).contains(&frame.shard.len()) && index < data.checked_add(parity)? && data > 0;
        let line = frame.to_string();
        // Written again it must be the same text: one spelling of each number, and the checksum.
        (fits && text.starts_with(&line) && frame.crc(payload) == crc).then_some((frame, line.len()))
    }

    fn head(&self) -> String {
        format!("{FRAME_MARK}{}.{}.{}.{}.", self.id, self.index, self.data, self.parity)
    }

    fn crc(&self, payload: &str) -> String {
        let mut crc = crc32fast::Hasher::new();
        crc.update(self.head().as_bytes());
        crc.update(payload.as_bytes());
        format!("{:08x}", crc.finalize())
    }
}

/// The line, without its end.
impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let payload = BASE64URL_NOPAD.encode(&self.shard);
        write!(f, "{}{}.{payload}.", self.head(), self.crc(&payload))
    }
}

/// The frames of one record that were found so far, in any order.
#[derive(Debug, Default)]
pub struct Assembly {
    frames: BTreeMap<u32, Vec<u8>>,
    shape: Option<(u32, u32, usize)>,
    contradicted: bool,
}

impl Assembly {
    /// Adds one frame; a doubled one changes nothing.
    pub fn add(&mut self, frame: Frame) {
        let shape = (frame.data, frame.parity, frame.shard.len());
        if *self.shape.get_or_insert(shape) != shape {
            self.contradicted = true;
            return;
        }
        if let Some(earlier) = self.frames.insert(frame.index, frame.shard)
            && Some(&earlier) != self.frames.get(&frame.index)
        {
            self.contradicted = true;
        }
    }

    /// The JSON.
    ///
    /// # Errors
    /// [`AssemblyError`], if frames are missing or what they hold is not what was sent.
    pub fn json(&self) -> Result<Vec<u8>, AssemblyError> {
        let (data, _, _) = self.shape.ok_or(AssemblyError::Missing { found: 0, needed: 1 })?;
        if self.contradicted {
            return Err(AssemblyError::Contradiction);
        }
        let needed = data as usize;
        let container: Vec<u8> = self.frames.range(..data).flat_map(|(_, shard)| shard.iter().copied()).collect();
        let found = self.frames.range(..data).count();
        if found < needed {
            return Err(AssemblyError::Missing { found, needed });
        }
        unpack(&container)
    }
}

fn unpack(container: &[u8]) -> Result<Vec<u8>, AssemblyError> {
    let content = AssemblyError::Content;
    let (header, deflated) = container.split_at_checked(HEADER).ok_or(content("too short"))?;
    let (digest, length) = header.split_at(32);
    let length = length.try_into().map_or(u32::MAX, u32::from_le_bytes);
    if length > MAX_JSON {
        return Err(content("it says that it is too long"));
    }
    let mut json = Vec::new();
    let mut inflate = DeflateDecoder::new(deflated).take(u64::from(length) + 1);
    inflate.read_to_end(&mut json).map_err(|_| content("it does not inflate"))?;
    if json.len() != length as usize {
        return Err(content("its length is wrong"));
    }
    if Sha256::digest(&json).as_slice() != digest { Err(content("its SHA-256 is wrong")) } else { Ok(json) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: RecordId = RecordId(0x0a1b_2c3d);

    fn assembled(frames: impl IntoIterator<Item = Frame>) -> Result<Vec<u8>, AssemblyError> {
        let mut assembly = Assembly::default();
        frames.into_iter().for_each(|frame| assembly.add(frame));
        assembly.json()
    }

    #[test]
    fn are_short_plain_lines() {
        for frame in frames(ID, &"{\"a\":1}".repeat(9)).unwrap() {
            let line = frame.to_string();
            assert!(line.len() <= 210 && line.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>'), "{line}");
            assert_eq!(Frame::read(&format!("{line} [ 1.0] kernel")), Some((frame, line.len())));
        }
    }

    #[test]
    fn say_how_many_are_missing() {
        let text: String = (0..2000).map(|n| format!("{} ", n * 7919 % 10_007)).collect();
        let all = frames(ID, &text).unwrap();
        let found = all.len() - 1;
        let lacking = all.iter().skip(1).cloned();
        assert_eq!(assembled(lacking), Err(AssemblyError::Missing { found, needed: all.len() }));
    }

    #[test]
    fn refuse_a_forged_length() {
        let mut frame = frames(ID, "{}").unwrap().remove(0);
        frame.shard[32..36].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(assembled([frame]), Err(AssemblyError::Content("it says that it is too long")));
    }

    proptest! {
        #[test]
        fn give_the_text_back_in_any_order(text in "\\PC{0,3000}", seed in any::<u64>()) {
            let mut all = frames(ID, &text).unwrap();
            all.extend(all.clone());
            all.sort_by_key(|frame| (u64::from(frame.index) + 1).wrapping_mul(seed | 1));
            prop_assert_eq!(assembled(all), Ok(text.into_bytes()));
        }

        #[test]
        fn notice_any_changed_byte(text in "[a-z]{50}", at in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f) {
            let line = frames(ID, &text).unwrap()[0].to_string();
            let mut bytes = line.clone().into_bytes();
            let at = at.index(bytes.len());
            if bytes[at] != byte {
                bytes[at] = byte;
                prop_assert_eq!(Frame::read(&String::from_utf8(bytes).unwrap()), None);
            }
        }

        #[test]
        fn any_text_is_a_frame_or_none(text in "[0-9a-f.A-Z]{0,80}") {
            prop_assert_eq!(Frame::read(&format!("{FRAME_MARK}{text}")), None);
        }
    }
}
