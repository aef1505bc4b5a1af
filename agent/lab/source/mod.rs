//! Sources: whatever holds a job's results -> lines and database results for a rebuild.
//!
//! In: the bytes of a serial capture, of a job log, or of the results that LAVA, lava-run, SQUAD or tuxrun keep, plain or
//! compressed with gzip, xz or zstd. The content says what they are, and never a name. What has no known form is a capture.
//! Out: lines and results to a [`Sink`], and a [`SourceReport`] for people. Lines, CSV, YAML and JUnit take constant memory.
//! A JSON document is read whole, so it may have at most [`MAX_DOCUMENT`] bytes.

mod content;
pub(in crate::lab) mod item;
mod job;
mod json;
mod lava_run;
mod report;
mod tuxrun;

pub use content::Content;
pub use item::ItemError;
pub use job::Job;
pub use report::{ExportError, MAX_DOCUMENT, Sink, SourceError, SourceReport};

use crate::{capture::unpack, lab::lava::read as exports};
use content::{Guess, guess};
use std::io::{self, BufRead, Cursor, Read};

/// How many bytes of a source say what it is.
const PREFIX: u64 = 4096;

/// Takes in one source.
///
/// # Errors
/// What [`SourceError`] says. A compressed source that is cut off or damaged gives no error: everything before the damage
/// is taken in, and [`SourceReport::damage`] says what is wrong.
pub fn read(source: impl Read, sink: &mut impl Sink) -> Result<SourceReport, SourceError> {
    let unpacked = unpack(Box::new(source))?;
    let mut watched = Watched { inner: unpacked.source, failed: None };
    let mut told = match take_in(&mut watched, sink) {
        Ok(told) => told,
        // If reading fails, a plain source cannot be read, but a compressed one is damaged.
        Err(SourceError::Read(_)) if unpacked.compressed && watched.failed.is_some() => {
            SourceReport::new(Content::Capture)
        }
        Err(error) => return Err(error),
    };
    if let Some(why) = watched.failed {
        told.damage = Some(why);
    }
    Ok(told)
}

fn take_in(source: &mut impl BufRead, sink: &mut impl Sink) -> Result<SourceReport, SourceError> {
    let mut prefix = Vec::new();
    source.by_ref().take(PREFIX).read_to_end(&mut prefix)?;
    let guess = guess(&prefix);
    let mut whole = Cursor::new(prefix).chain(source);
    match guess {
        Guess::Lines => sink.lines(&mut whole).map(|()| SourceReport::new(Content::Capture)).map_err(Into::into),
        Guess::Csv => exports::csv(whole, sink),
        Guess::Yaml => exports::yaml(whole, sink),
        Guess::Xml => exports::junit(whole, sink),
        Guess::Json => document(whole, sink),
    }
}

/// What begins like JSON: an export, or a capture after all.
fn document(mut source: impl BufRead, sink: &mut impl Sink) -> Result<SourceReport, SourceError> {
    let mut bytes = Vec::new();
    source.by_ref().take(MAX_DOCUMENT + 1).read_to_end(&mut bytes)?;
    match json::read(&bytes, sink) {
        json::Read::Known(told) => Ok(told),
        json::Read::Full(error) => Err(error.into()),
        json::Read::Record => Err(SourceError::Record),
        json::Read::Cut { .. } if bytes.len() as u64 > MAX_DOCUMENT => Err(SourceError::TooLarge),
        json::Read::Cut { line } => Err(SourceError::Malformed {
            what: Content::Json,
            line,
            why: "it ends in the middle of the document\nhint: it was not downloaded whole".into(),
        }),
        json::Read::Malformed { what, document, why } => Err(SourceError::Document { what, document, why }),
        json::Read::Unknown => {
            sink.lines(&mut Cursor::new(bytes).chain(source))?;
            Ok(SourceReport::new(Content::Capture))
        }
    }
}

/// Keeps the error that ended a source.
struct Watched<R> {
    inner: R,
    failed: Option<String>,
}

impl<R: BufRead> Watched<R> {
    fn watch<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result
            && error.kind() != io::ErrorKind::Interrupted
        {
            self.failed = Some(error.to_string());
        }
        result
    }
}

impl<R: BufRead> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.inner.read(buffer);
        self.watch(result)
    }
}

impl<R: BufRead> BufRead for Watched<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        // The borrow checker wants two calls. The second one finds the buffer full and reads nothing.
        let result = self.inner.fill_buf().map(|_| ());
        self.watch(result)?;
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.inner.consume(amount);
    }
}

#[cfg(test)]
pub(in crate::lab) mod tests {
    use super::*;
    use crate::rebuild::DatabaseResult;

    /// Keeps what it is given.
    #[derive(Debug, Default)]
    pub(in crate::lab) struct Seen {
        pub(in crate::lab) lines: Vec<u8>,
        pub(in crate::lab) results: Vec<DatabaseResult>,
    }

    impl Sink for Seen {
        fn lines(&mut self, source: &mut dyn BufRead) -> io::Result<()> {
            source.read_to_end(&mut self.lines).map(|_| ())
        }

        fn result(&mut self, result: DatabaseResult) -> io::Result<()> {
            self.results.push(result);
            Ok(())
        }
    }

    /// The results that a text holds, in one line each.
    pub(in crate::lab) fn seen(text: &str) -> Vec<String> {
        let mut seen = Seen::default();
        let told = read(text.as_bytes(), &mut seen).unwrap();
        assert_eq!((told.damage, seen.lines.len()), (None, 0));
        let words = |result: DatabaseResult| {
            let words = [Some(result.name), Some(result.result), result.measurement, result.units];
            words.into_iter().flatten().collect::<Vec<_>>().join(" ")
        };
        seen.results.into_iter().map(words).collect()
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        flate2::read::GzEncoder::new(text, flate2::Compression::fast()).read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_stands_before_the_damage_of_a_compressed_log_is_taken_in() {
        let text: String = (0..20_000).map(|number| format!("line {number}\n")).collect();
        let bytes = gzip(text.as_bytes());
        let mut seen = Seen::default();
        let told = read(&bytes[..bytes.len() / 2], &mut seen).unwrap();
        assert!(told.damage.is_some() && told.content == Content::Capture, "{told:?}");
        assert!(seen.lines.len() > 1000 && text.as_bytes().starts_with(&seen.lines), "{}", seen.lines.len());
    }

    #[test]
    fn a_document_that_unpacks_without_end_is_refused() {
        struct Spaces(u64);
        impl Read for Spaces {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let read = buffer.len().min(usize::try_from(self.0).unwrap_or(usize::MAX));
                buffer[..read].fill(b' ');
                self.0 -= read as u64;
                Ok(read)
            }
        }
        let bomb = Cursor::new(b"{\"count\": ").chain(Spaces(1 << 40));
        assert!(matches!(read(bomb, &mut Seen::default()), Err(SourceError::TooLarge)));
    }

    #[test]
    fn an_unreadable_source_is_an_error() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("a broken disk"))
            }
        }
        let error = read(Cursor::new(b"line\n").chain(Broken), &mut Seen::default()).unwrap_err();
        assert_eq!(error.to_string(), "a broken disk");
    }
}
