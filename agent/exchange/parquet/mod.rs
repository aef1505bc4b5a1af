//! Records -> Parquet files in folders by date and type of device: `date=2026-11-24/device_type=rpi4/part-0.parquet`.
//!
//! Any number of records in a bounded memory: rows are kept until they take 64 MiB, and then the largest part of them is
//! written. `docs/exchange.md` has the columns.

mod column;
mod file;

use super::sample::{Origin, each};
use crate::record::Record;
use file::{Rows, TableFile};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// What rows may take before some are written.
const MOST_BYTES: usize = 64 << 20;
/// The most rows of one row group.
const MOST_ROWS: usize = 1 << 18;
/// The most files that are written to at the same time.
const MOST_FILES: usize = 64;
/// The name of what is not known: pandas cannot read the one that Hive has for it.
const UNKNOWN: &str = "unknown";
/// What stands encoded in the name of a folder: what a file system or a reader of such names would take for something else.
const ENCODED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'\'')
    .add(b'*')
    .add(b'/')
    .add(b':')
    .add(b'=')
    .add(b'?')
    .add(b'\\')
    .add(b'{')
    .add(b'[')
    .add(b']')
    .add(b'^')
    .add(b'<')
    .add(b'>')
    .add(b'|');

/// A folder of tables that is being written.
pub struct Tables {
    folder: PathBuf,
    parts: BTreeMap<String, Part>,
    /// What the rows of all parts take.
    bytes: usize,
    /// Rises with each write: which part was written last.
    clock: u64,
    written: Written,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// How many records.
    pub records: usize,
    /// How many samples.
    pub rows: usize,
    /// How many files.
    pub files: usize,
}

/// The rows of one date and type of device.
struct Part {
    rows: Rows,
    bytes: usize,
    file: Option<TableFile>,
    /// How many files it has.
    files: usize,
    used: u64,
}

impl Tables {
    /// Makes the folder; it must not be there, or be empty.
    ///
    /// # Errors
    /// A folder that holds something, and what the system says.
    pub fn create(folder: &Path) -> io::Result<Tables> {
        fs::create_dir_all(folder)?;
        if fs::read_dir(folder)?.next().is_some() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "it is there, and not empty"));
        }
        let written = Written::default();
        Ok(Tables { folder: folder.into(), parts: BTreeMap::new(), bytes: 0, clock: 0, written })
    }

    /// Adds the samples of a record.
    ///
    /// # Errors
    /// What the system says.
    pub fn add(&mut self, record: &Record) -> io::Result<()> {
        let name = part_name(&Origin::of(record));
        let part = self.parts.entry(name.clone()).or_insert_with(Part::new);
        let mut rows = 0;
        each(record, &mut |sample| {
            part.rows.add(sample);
            rows += 1;
            Ok(())
        })?;
        self.written.rows += rows;
        self.written.records += 1;
        let (before, now) = (part.bytes, part.rows.size());
        part.bytes = now;
        self.bytes = self.bytes + now - before;
        if part.rows.count() >= MOST_ROWS {
            self.write(&name)?;
        }
        while self.bytes > MOST_BYTES {
            let largest = self.parts.iter().max_by_key(|(_, part)| part.bytes).map(|(name, _)| name.clone());
            let Some(largest) = largest else { break };
            self.write(&largest)?;
        }
        Ok(())
    }

    /// Writes what is left, and ends all files.
    ///
    /// # Errors
    /// What the system says.
    pub fn finish(mut self) -> io::Result<Written> {
        let names: Vec<String> = self.parts.keys().cloned().collect();
        for name in names {
            self.write(&name)?;
            if let Some(file) = self.parts.get_mut(&name).and_then(|part| part.file.take()) {
                file.finish()?;
            }
        }
        Ok(self.written)
    }

    /// Writes the rows of a part as a row group.
    fn write(&mut self, name: &str) -> io::Result<()> {
        let Some(part) = self.parts.get(name).filter(|part| part.rows.count() > 0) else { return Ok(()) };
        if part.file.is_none() {
            self.make_room()?;
        }
        self.clock += 1;
        let Some(part) = self.parts.get_mut(name) else { return Ok(()) };
        part.used = self.clock;
        if part.file.is_none() {
            let folder = self.folder.join(name);
            fs::create_dir_all(&folder)?;
            part.file = Some(TableFile::create(&folder.join(format!("part-{}.parquet", part.files)))?);
            part.files += 1;
            self.written.files += 1;
        }
        let rows = std::mem::replace(&mut part.rows, Rows::new());
        self.bytes -= part.bytes;
        part.bytes = 0;
        part.file.as_mut().map_or(Ok(()), |file| file.group(&rows))
    }

    /// Ends the file that was written to the longest time ago, if as many are open as may be.
    fn make_room(&mut self) -> io::Result<()> {
        let open = self.parts.values().filter(|part| part.file.is_some());
        if open.clone().count() < MOST_FILES {
            return Ok(());
        }
        let oldest = open.map(|part| part.used).min().unwrap_or_default();
        let part = self.parts.values_mut().find(|part| part.file.is_some() && part.used == oldest);
        part.and_then(|part| part.file.take()).map_or(Ok(()), TableFile::finish)
    }
}

impl Part {
    fn new() -> Part {
        Part { rows: Rows::new(), bytes: 0, file: None, files: 0, used: 0 }
    }
}

/// The folder of a record's samples: its date, and the type of its device, or else the board's model.
fn part_name(origin: &Origin) -> String {
    let is_date = |text: &&str| text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let date = origin.started.get(..10).filter(is_date);
    let device = [origin.device_type, origin.board].into_iter().find(|text| !text.is_empty());
    let text = |text: Option<&str>| {
        let short: String = text.unwrap_or_default().chars().take(60).collect();
        if short.is_empty() { UNKNOWN.into() } else { utf8_percent_encode(&short, ENCODED).to_string() }
    };
    format!("date={}/device_type={}", text(date), text(device))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_a_name_that_no_file_system_takes_for_another() {
        let name = |started, device_type, board| {
            part_name(&Origin { id: String::new(), label: "", started, kernel: "", board, device: "", device_type })
        };
        assert_eq!(name("2026-11-24T02:28:25Z", "rpi4", "x"), "date=2026-11-24/device_type=rpi4");
        assert_eq!(name("", "", "a/../b = 50 %"), format!("date={UNKNOWN}/device_type=a%2F..%2Fb%20%3D%2050%20%25"));
        assert_eq!(name("../../etc/passwd", "", ""), format!("date={UNKNOWN}/device_type={UNKNOWN}"));
    }
}
