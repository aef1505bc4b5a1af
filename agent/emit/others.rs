//! Signals and logs that this program did not make.

use super::{BURST, Console, Unsent};
use std::{
    io::{self, Read},
    time::Instant,
};

/// How much of a log is written at a time where nobody has to be given time to read.
const CHUNK: usize = 1 << 16;

impl Console {
    /// Writes lines that are somebody else's, as signals are written.
    pub fn others(&mut self, lines: &[String]) {
        self.lines(lines, self.delay);
    }

    /// Copies a log to standard output, also where signals go to /dev/kmsg. It ends with the end of a line.
    ///
    /// # Errors
    /// What could not be read; what could not be written is kept for [`Console::close`].
    pub fn log(&mut self, mut log: impl Read) -> io::Result<()> {
        let mut buffer = vec![0; if self.terminal { BURST } else { CHUNK }];
        let mut last = b'\n';
        loop {
            let read = match log.read(&mut buffer) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.end_line(last);
                    return Err(error);
                }
            };
            if read == 0 {
                self.end_line(last);
                return Ok(());
            }
            last = buffer[read - 1];
            self.raw(buffer[..read].to_vec());
        }
    }

    fn end_line(&mut self, last: u8) {
        if last != b'\n' {
            self.raw(b"\n".to_vec());
        }
    }

    fn raw(&mut self, bytes: Vec<u8>) {
        let Some(mut outlet) = self.outlet.take() else { return };
        if self.error.is_none() {
            let (begun, length) = (Instant::now(), bytes.len());
            let written = outlet.write(bytes, false, self.patience);
            let paced = written.and_then(|()| self.pace(&mut outlet, length, begun));
            self.error = paced.err();
        }
        self.outlet = Some(outlet);
    }

    /// Nothing more is written: why not all could be.
    ///
    /// # Errors
    /// The first one.
    pub fn close(self) -> Result<(), Unsent> {
        self.error.map_or(Ok(()), Err)
    }
}
