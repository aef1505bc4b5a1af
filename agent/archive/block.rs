//! One entry of an index <-> its bytes: its length, a CRC-32, a line of JSON that says which file it is of, and the records of
//! that file, deflated.

use super::Stamp;
use crate::record::Record;
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use serde::{Deserialize, Serialize};
use std::{
    ffi::OsStr,
    io::{self, Read, Write},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// How many bytes stand before the content: its length and its checksum.
const HEAD: usize = 8;
/// The most bytes that the records of one file may have.
const MOST_RECORDS: u64 = 1 << 30;

/// The content of an entry.
pub(super) struct Block(Vec<u8>);

#[derive(Serialize, Deserialize)]
struct Head {
    /// A name need not be UTF-8.
    path: Vec<u8>,
    stamp: Stamp,
}

impl Block {
    pub(super) fn of(path: &Path, stamp: &Stamp, records: &[Record]) -> io::Result<Block> {
        let head = Head { path: path.as_os_str().as_bytes().to_vec(), stamp: *stamp };
        let mut bytes = serde_json::to_vec(&head)?;
        bytes.push(b'\n');
        let mut deflated = DeflateEncoder::new(bytes, Compression::fast());
        for record in records {
            record.write_json(&mut deflated)?;
            deflated.write_all(b"\n")?;
        }
        deflated.finish().map(Block)
    }

    /// Writes it behind what is there; how many bytes it takes.
    pub(super) fn write(&self, out: &mut Vec<u8>) -> u32 {
        let length = self.0.len() as u32;
        out.extend(length.to_le_bytes());
        out.extend(crc32fast::hash(&self.0).to_le_bytes());
        out.extend(&self.0);
        length + HEAD as u32
    }
}

/// Reads the next entry's content, and how many bytes the entry takes.
pub(super) fn next(reader: &mut impl Read, content: &mut Vec<u8>, most: u32) -> io::Result<u32> {
    let mut head = [0; HEAD];
    reader.read_exact(&mut head)?;
    let [l0, l1, l2, l3, c0, c1, c2, c3] = head;
    let (length, sum) = (u32::from_le_bytes([l0, l1, l2, l3]), u32::from_le_bytes([c0, c1, c2, c3]));
    let wrong = || io::Error::from(io::ErrorKind::InvalidData);
    if length > most {
        return Err(wrong());
    }
    content.resize(length as usize, 0);
    reader.read_exact(content)?;
    if crc32fast::hash(content) != sum { Err(wrong()) } else { Ok(length + HEAD as u32) }
}

/// Which file a content is of.
pub(super) fn head(content: &[u8]) -> Option<(PathBuf, Stamp)> {
    let line = content.split(|byte| *byte == b'\n').next()?;
    let Head { path, stamp } = serde_json::from_slice(line).ok()?;
    Some((OsStr::from_bytes(&path).into(), stamp))
}

/// The records in a content.
pub(super) fn records(content: &[u8]) -> Option<Vec<Record>> {
    let line = content.iter().position(|byte| *byte == b'\n')?;
    let mut text = Vec::new();
    DeflateDecoder::new(&content[line + 1..]).take(MOST_RECORDS).read_to_end(&mut text).ok()?;
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| Record::from_json(line).ok()).collect()
}
