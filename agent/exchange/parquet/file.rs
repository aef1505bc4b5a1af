//! Rows -> one Parquet file: row groups, and the metadata at its end.

use super::{
    column::{Encoding, Page, Values},
    schema::{COLUMNS, schema, started},
    thrift::{BINARY, I32, STRUCT, Struct, number, text},
};
use crate::exchange::sample::Sample;
use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

const MAGIC: &[u8] = b"PAR1";
/// The encoding of which rows have a value, and the compression (gzip).
const RLE: i32 = 3;
const GZIP: i32 = 2;

/// The rows of one row group, before they are written.
#[derive(Debug)]
pub(super) struct Rows {
    columns: Vec<Values>,
    count: usize,
}

impl Rows {
    pub(super) fn new() -> Rows {
        Rows { columns: COLUMNS.iter().map(|column| Values::new(column.kind)).collect(), count: 0 }
    }

    pub(super) fn add(&mut self, sample: &Sample) {
        let started = started(sample.origin.started);
        self.columns.iter_mut().zip(&COLUMNS).for_each(|(values, column)| values.add((column.cell)(sample, started)));
        self.count += 1;
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// How much memory they take, about.
    pub(super) fn size(&self) -> usize {
        self.columns.iter().map(Values::size).sum()
    }
}

/// A file that is being written.
pub(super) struct TableFile {
    out: BufWriter<File>,
    at: u64,
    groups: Vec<Vec<u8>>,
    rows: usize,
}

impl TableFile {
    pub(super) fn create(path: &Path) -> io::Result<TableFile> {
        let mut file = TableFile { out: BufWriter::new(File::create_new(path)?), at: 0, groups: Vec::new(), rows: 0 };
        file.write(MAGIC)?;
        Ok(file)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.at += bytes.len() as u64;
        self.out.write_all(bytes)
    }

    /// Writes rows as one row group.
    pub(super) fn group(&mut self, rows: &Rows) -> io::Result<()> {
        let (mut columns, mut whole) = (Vec::new(), 0);
        for (column, values) in COLUMNS.iter().zip(&rows.columns) {
            let (first, mut plain, mut dictionary) = (self.at, 0, None);
            let mut data = first;
            for page in values.pages()? {
                let start = self.at;
                let header = header(&page);
                plain += (header.len() + page.plain_size) as i64;
                *(if page.is_dictionary { dictionary.insert(start) } else { &mut data }) = start;
                self.write(&header)?;
                self.write(&page.compressed)?;
            }
            whole += plain;
            let encodings = [Encoding::Plain as i32, RLE, Encoding::Dictionary as i32].map(number);
            let meta = Struct::default()
                .i32(1, column.kind.physical())
                .list(2, I32, &encodings[..if dictionary.is_some() { 3 } else { 2 }])
                .list(3, BINARY, &[text(column.name)])
                .i32(4, GZIP)
                .i64(5, rows.count as i64)
                .i64(6, plain)
                .i64(7, (self.at - first) as i64)
                .i64(9, data as i64);
            let meta = match dictionary {
                Some(at) => meta.i64(11, at as i64),
                None => meta,
            };
            columns.push(Struct::default().i64(2, first as i64).inner(3, meta).end());
        }
        self.rows += rows.count;
        let group = Struct::default().list(1, STRUCT, &columns).i64(2, whole).i64(3, rows.count as i64);
        self.groups.push(group.end());
        Ok(())
    }

    /// Writes the metadata; the file is whole when this returns.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let meta = Struct::default()
            .i32(1, 1)
            .list(2, STRUCT, &schema())
            .i64(3, self.rows as i64)
            .list(4, STRUCT, &self.groups)
            .text(6, concat!("lava-bench version ", env!("CARGO_PKG_VERSION"), " (build 0)"))
            .end();
        self.write(&meta)?;
        self.write(&(meta.len() as u32).to_le_bytes())?;
        self.write(MAGIC)?;
        self.out.flush()
    }
}

fn header(page: &Page) -> Vec<u8> {
    const DATA: i32 = 0;
    const DICTIONARY: i32 = 2;
    let all = Struct::default()
        .i32(1, if page.is_dictionary { DICTIONARY } else { DATA })
        .i32(2, page.plain_size as i32)
        .i32(3, page.compressed.len() as i32);
    let about = Struct::default().i32(1, page.values as i32).i32(2, page.encoding as i32);
    match page.is_dictionary {
        true => all.inner(7, about),
        false => all.inner(5, about.i32(3, RLE).i32(4, RLE)),
    }
    .end()
}
