//! What a server has -> a file, in one or more answers.

use super::{Client, Failed, ServerError, later, number, remove};
use crate::lab::bounds::Speed;
use std::{
    fs::{self, OpenOptions},
    io::{Read, Write},
    path::Path,
    time::{Duration, Instant},
};
use ureq::{
    Body,
    http::{Response, StatusCode, header},
};

/// How often progress is reported.
const PROGRESS: Duration = Duration::from_secs(5);

impl Client {
    /// Brings what is at `path`, of at most `limit` bytes, into `file`.
    pub(super) fn bring(&self, path: &str, file: &Path, limit: u64) -> Result<(), ServerError> {
        let part = file.with_added_extension("part");
        let mut download = Download { path, part: &part, limit, furthest: length(&part) };
        self.persist(path, || self.try_download(&mut download))?;
        fs::rename(&part, file).map_err(ServerError::file(file))
    }

    fn try_download(&self, download: &mut Download) -> Result<(), Failed> {
        let Download { path, part, .. } = *download;
        let have = length(part);
        let response = self.get(path, have)?;
        if let Some(again) = later(&response) {
            return Err(Failed::Again(again));
        }
        match response.status() {
            StatusCode::OK => self.save(download, response, 0),
            StatusCode::PARTIAL_CONTENT if begins_at(&response, have) => self.save(download, response, have),
            // The part does not belong to what the server has now.
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE if have > 0 => {
                remove(part)?;
                Err(Failed::again("the file has changed", false))
            }
            status => Err(Failed::Finally(self.refusal(path, status))),
        }
    }

    /// Appends a body to the first `have` bytes of the part.
    fn save(&self, download: &mut Download, response: Response<Body>, have: u64) -> Result<(), Failed> {
        let path = download.path;
        let wrong = ServerError::file(download.part);
        let length = number(&response, header::CONTENT_LENGTH);
        self.check(download, have, length.unwrap_or(0))?;
        let mut options = OpenOptions::new();
        options.create(true).append(have > 0).write(true).truncate(have == 0);
        let mut file = options.open(download.part).map_err(wrong)?;
        let mut body = response.into_body().into_reader();
        let mut progress = Progress { url: self.url(path), done: have, told: Instant::now() };
        let (mut speed, mut buffer) = (Speed::new(), vec![0; 1 << 16]);
        loop {
            let read = match body.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) => return Err(self.broken(path, &ureq::Error::Io(error), download.reached(progress.done))),
            };
            self.check(download, progress.done, read as u64)?;
            self.received.set(self.received.get() + read as u64);
            file.write_all(&buffer[..read]).map_err(wrong)?;
            progress.add(read as u64, &self.tell);
            if let Err(slow) = speed.add(read as u64, &self.bounds) {
                download.reached(progress.done);
                return Err(Failed::again(slow, false));
            }
        }
        file.flush().map_err(wrong)?;
        match length {
            Some(length) if progress.done - have < length => {
                let why =
                    format!("the answer was cut off after {} of {} bytes", progress.done, have.saturating_add(length));
                Err(Failed::again(why, download.reached(progress.done)))
            }
            _ => Ok(()),
        }
    }

    /// Whether `more` bytes after the first `done` may come.
    fn check(&self, download: &Download, done: u64, more: u64) -> Result<(), Failed> {
        let mib = |bytes: u64| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
        let why = match () {
            () if done.saturating_add(more) > download.limit => format!("more than {}", mib(download.limit)),
            () if self.received.get().saturating_add(more) > self.bounds.total => {
                format!("more than {} in all", mib(self.bounds.total))
            }
            () => return Ok(()),
        };
        // What is there of it helps nobody.
        let _ = fs::remove_file(download.part);
        Err(Failed::Finally(ServerError::TooMuch { url: self.url(download.path), why }))
    }
}

/// Whether a partial answer is the one that was asked for.
fn begins_at(response: &Response<Body>, have: u64) -> bool {
    let range = response.headers().get(header::CONTENT_RANGE).and_then(|range| range.to_str().ok());
    range.is_some_and(|range| range.starts_with(&format!("bytes {have}-")))
}

/// How long a file is; 0 if it does not exist.
fn length(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |metadata| metadata.len())
}

/// Something that is brought in one or more answers.
struct Download<'a> {
    path: &'a str,
    part: &'a Path,
    /// The most bytes that it may have.
    limit: u64,
    /// How many bytes were there at most.
    furthest: u64,
}

impl Download<'_> {
    /// Notes how many bytes are there; whether that is more than ever before.
    fn reached(&mut self, bytes: u64) -> bool {
        let further = bytes > self.furthest;
        self.furthest = self.furthest.max(bytes);
        further
    }
}

struct Progress {
    url: String,
    done: u64,
    told: Instant,
}

impl Progress {
    fn add(&mut self, bytes: u64, tell: &dyn Fn(&str)) {
        self.done += bytes;
        if self.told.elapsed() >= PROGRESS {
            self.told = Instant::now();
            tell(&format!("{}: {:.1} MB", self.url, self.done as f64 / 1e6));
        }
    }
}
