//! Frames: a record's canonical JSON -> numbered, checksummed log lines, more of them than are needed; and a line -> [`Frame`].
//!
//! The container is the SHA-256 of the JSON, its length with the dictionary's number (32 bits, little endian) and the JSON
//! deflated with that dictionary; it is cut into equal shards, the last one filled up with zeros, and parity shards are added. A frame is
//! `LBF1.<id>.<index>.<data frames>.<parity frames>.<crc32>.<shard in base64url>.`; the CRC-32 covers everything before it
//! and the shard's text. Any frame says how many there are, and any `<data frames>` of them give the record back: no
//! frame counts more than another, so that their order matters neither to a burst of lost lines nor to an early end.

use super::dictionary::deflated;
use crate::record::RecordId;
use data_encoding::BASE64URL_NOPAD;
use reed_solomon_simd::{
    engine::Naive,
    rate::{DefaultRateEncoder, RateEncoder},
};
use sha2::{Digest, Sha256};
use std::{fmt, io};

/// What every frame begins with: the mark and the format's version.
pub const FRAME_MARK: &str = "LBF1.";

/// Bytes in a shard: about 200 characters a line, so that one kernel message kills little.
const SHARD: usize = 120;

/// The most data frames, and the most parity frames: what an erasure code over 16-bit words takes of both. Records that
/// need more have larger shards.
const MAX_FRAMES: u32 = 32_768;

/// The most bytes a shard may have: /dev/kmsg takes 980 a line.
const MAX_SHARD: usize = 660;

/// The longest JSON: what a forged length can make a rebuild allocate.
pub(super) const MAX_JSON: u32 = 64 << 20;

/// With few frames chance plays a larger part: the redundancy is reckoned for so many more than there are.
const SMALL: u32 = 24;

/// How many parity frames there are for each 100 data frames, 0 to 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redundancy(u32);

impl Redundancy {
    /// The highest, in percent: a fifth of the frames suffices.
    pub const MAX: u32 = 400;

    /// `percent` of the data frames.
    ///
    /// # Errors
    /// More than [`Self::MAX`].
    pub fn percent(percent: u32) -> Result<Self, TooRedundant> {
        if percent <= Self::MAX { Ok(Self(percent)) } else { Err(TooRedundant(percent)) }
    }

    /// The parity frames for `data` data frames: the share of 24 more than there are, rounded up.
    fn parity(self, data: u32) -> u32 {
        ((data + SMALL) * self.0).div_ceil(100)
    }

    /// The most data frames whose parity frames are not too many.
    fn most_data(self) -> u32 {
        (MAX_FRAMES * 100).checked_div(self.0).map_or(MAX_FRAMES, |most| (most - SMALL).min(MAX_FRAMES))
    }
}

impl Redundancy {
    /// How long the shards of so many bytes are: of one size, as small as that many frames allow, and even, as the erasure
    /// code is over 16-bit words. `None`: longer than they may be.
    fn shard(self, bytes: usize) -> Option<usize> {
        let largest = SHARD.max(bytes.div_ceil(self.most_data() as usize));
        let size = bytes.div_ceil(bytes.div_ceil(largest)).next_multiple_of(2);
        (size <= MAX_SHARD).then_some(size)
    }
}

/// More parity frames than there can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} %: 0 to {max} are possible", max = Redundancy::MAX)]
pub struct TooRedundant(u32);

/// A fifth of the lines may be lost.
impl Default for Redundancy {
    fn default() -> Self {
        Self(25)
    }
}

/// One line of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    id: RecordId,
    pub(super) index: u32,
    pub(super) data: u32,
    pub(super) parity: u32,
    pub(super) shard: Vec<u8>,
}

/// Why there are no frames of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the record is too long for frames")]
pub struct TooLong {
    /// With how many parity frames there are some, in percent; `None`: with none either.
    pub redundancy: Option<u32>,
}

impl From<TooLong> for io::Error {
    fn from(error: TooLong) -> Self {
        Self::new(io::ErrorKind::FileTooLarge, error)
    }
}

/// The frames of `json`, the canonical JSON of the record `id`: data frames, then parity frames.
///
/// # Errors
/// [`TooLong`]: a JSON of more than 64 MiB, or one that deflates to more than some 17 MB (5 MB with the highest redundancy).
pub fn frames(id: RecordId, json: &str, redundancy: Redundancy) -> io::Result<Vec<Frame>> {
    let never = TooLong { redundancy: None };
    let length = u32::try_from(json.len()).ok().filter(|length| *length <= MAX_JSON).ok_or(never)?;
    let mut container = Sha256::digest(json.as_bytes()).to_vec();
    let (word, deflated) = deflated(json, length)?;
    container.extend(word.to_le_bytes());
    container.extend(deflated);
    let Some(size) = redundancy.shard(container.len()) else {
        let fits = |percent: &u32| Redundancy(*percent).shard(container.len()).is_some();
        return Err(TooLong { redundancy: (0..redundancy.0).rev().find(fits) }.into());
    };
    let mut shards: Vec<Vec<u8>> = container.chunks(size).map(<[u8]>::to_vec).collect();
    shards.iter_mut().for_each(|shard| shard.resize(size, 0));
    let data = u32::try_from(shards.len()).map_err(|_| never)?;
    let parity = redundancy.parity(data);
    shards.extend(parity_shards(&shards, parity as usize, size).map_err(io::Error::other)?);
    let frame = |(shard, index)| Frame { id, index, data, parity, shard };
    Ok(shards.into_iter().zip(0..).map(frame).collect())
}

/// The plain engine is fast enough for some thousands of short shards, and its tables have 384 KiB; the others' have 8 MiB.
pub(super) fn parity_shards(
    shards: &[Vec<u8>],
    parity: usize,
    size: usize,
) -> Result<Vec<Vec<u8>>, reed_solomon_simd::Error> {
    if parity == 0 {
        return Ok(Vec::new());
    }
    let mut encoder = DefaultRateEncoder::new(shards.len(), parity, size, Naive::new(), None)?;
    shards.iter().try_for_each(|shard| encoder.add_original_shard(shard))?;
    let encoded = encoder.encode()?;
    Ok(encoded.recovery_iter().map(<[u8]>::to_vec).collect())
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
        // Neither text nor shard is copied before it is known that they are short.
        if payload.len() > MAX_SHARD.div_ceil(3) * 4 {
            return None;
        }
        let shard = BASE64URL_NOPAD.decode(payload.as_bytes()).ok()?;
        let frame = Self { id, index, data, parity, shard };
        let size = frame.shard.len();
        let fits = (1..=MAX_SHARD).contains(&size) && size.is_multiple_of(2);
        let counts = (1..=MAX_FRAMES).contains(&data) && parity <= MAX_FRAMES && index < data + parity;
        let line = frame.to_string();
        // Written again it must be the same text: one spelling of each number, and the checksum.
        (fits && counts && text.starts_with(&line) && frame.crc(payload) == crc).then_some((frame, line.len()))
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: RecordId = RecordId(0x0a1b_2c3d);

    #[test]
    fn are_short_plain_lines() {
        for frame in frames(ID, &"{\"a\":1}".repeat(9), Redundancy::default()).unwrap() {
            let line = frame.to_string();
            assert!(
                line.len() <= 210 && line.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>'),
                "{line}"
            );
            assert_eq!(Frame::read(&format!("{line} [ 1.0] kernel")), Some((frame, line.len())));
        }
    }

    #[test]
    fn as_many_more_as_the_redundancy_says() {
        let count = |data, percent| Redundancy::percent(percent).unwrap().parity(data);
        assert_eq!([count(1, 0), count(1, 1), count(1, 25), count(76, 25), count(76, 400)], [0, 1, 7, 25, 400]);
        assert!(Redundancy::percent(401).is_err());
        for percent in 0..=Redundancy::MAX {
            let redundancy = Redundancy(percent);
            assert!(redundancy.parity(redundancy.most_data()) <= MAX_FRAMES, "{percent}");
        }
    }

    #[test]
    fn a_long_record_has_longer_lines_and_no_more_frames() {
        let mut state = 1_u64;
        let noise = (0..1_500_000).map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'!' + (state >> 33) as u8 % 90)
        });
        let frames = frames(ID, &noise.collect::<String>(), Redundancy(400)).unwrap();
        assert!(frames.len() <= 5 * MAX_FRAMES as usize / 4 && frames[0].shard.len() > SHARD, "{}", frames.len());
        assert_eq!(Frame::read(&frames[0].to_string()).unwrap().0, frames[0]);
    }

    proptest! {
        #[test]
        fn notice_any_changed_byte(text in "[a-z]{50}", at in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f) {
            let line = frames(ID, &text, Redundancy(0)).unwrap()[0].to_string();
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
