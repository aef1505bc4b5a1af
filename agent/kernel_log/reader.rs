//! /dev/kmsg -> the messages that came, and how many were lost.

use super::Message;
use std::{
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Read, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// What one read takes: the kernel gives one record at a time, of at most 8 KiB and its properties, or refuses.
const RECORD: usize = 32 << 10;

/// The most bytes that are read at once: the log may grow faster than it is read.
const MAX_BYTES: usize = 64 << 20;

/// Reads what comes into the kernel's log.
#[derive(Debug)]
pub struct Reader {
    file: File,
    /// The number of the next message, where it is known.
    next: Option<u64>,
}

/// What came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Came {
    /// How many messages were read.
    pub messages: u64,
    /// How many were lost, at least: they were overwritten before they were read, or there were too many.
    pub lost: u64,
    /// Whether there is more than is read at once.
    more: bool,
}

impl Reader {
    /// A reader that begins after the last message.
    ///
    /// # Errors
    /// There is no such file, or it may not be read: root may, and others where `kernel.dmesg_restrict` is 0.
    pub fn at_end(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { file, next: None })
    }

    /// Passes over what came since the last call.
    ///
    /// # Errors
    /// The file cannot be read any more.
    pub fn skip(&mut self) -> io::Result<()> {
        self.next = None;
        self.file.seek(SeekFrom::End(0)).map(|_| ())
    }

    /// Gives `take` what came since the last call.
    pub fn read(&mut self, take: impl FnMut(Message)) -> Came {
        let mut came = drain(&mut self.file, &mut self.next, take);
        if came.more {
            came.lost = came.lost.saturating_add(1);
            // Where this fails, the next call reads on.
            let _ = self.skip();
        }
        came
    }
}

/// Reads until nothing is left.
fn drain(source: &mut impl Read, next: &mut Option<u64>, mut take: impl FnMut(Message)) -> Came {
    let (mut intake, mut buffer, mut bytes) = (Intake { next: *next, ..Intake::default() }, vec![0; RECORD], 0_usize);
    while bytes < MAX_BYTES {
        match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                bytes = bytes.saturating_add(count);
                intake.add(buffer.get(..count).unwrap_or_default(), &mut take);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // The next read goes on with the oldest message that there is.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                intake.overrun = true;
                // A source that only fails must not hold us.
                bytes = bytes.saturating_add(RECORD);
            }
            Err(_) => break,
        }
    }
    *next = intake.next;
    let Came { messages, lost, .. } = intake.came;
    Came { messages, lost: lost.saturating_add(u64::from(intake.overrun)), more: bytes >= MAX_BYTES }
}

/// What is read, record by record.
#[derive(Default)]
struct Intake {
    came: Came,
    next: Option<u64>,
    /// What has no end yet.
    rest: Vec<u8>,
    /// Whether messages were overwritten since the last one.
    overrun: bool,
}

impl Intake {
    fn add(&mut self, bytes: &[u8], take: &mut impl FnMut(Message)) {
        self.rest.extend_from_slice(bytes);
        while let Some(end) = memchr::memchr(b'\n', &self.rest) {
            let record: Vec<u8> = self.rest.drain(..=end).collect();
            if let Some(message) = Message::of_record(&record) {
                self.count(message.sequence);
                take(message);
            }
        }
        if self.rest.len() > RECORD {
            self.rest.clear();
        }
    }

    /// After a gap in the numbers, as many messages were lost; where the number before the gap is unknown, at least one.
    fn count(&mut self, sequence: Option<u64>) {
        let overrun = u64::from(std::mem::take(&mut self.overrun));
        let lost = sequence.zip(self.next).map_or(overrun, |(number, next)| number.saturating_sub(next));
        self.came.lost = self.came.lost.saturating_add(lost);
        self.came.messages = self.came.messages.saturating_add(1);
        self.next = sequence.map(|number| number.saturating_add(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::errno::Errno;
    use std::{collections::VecDeque, fs};

    /// What a kernel gives, one read at a time.
    struct Kernel(VecDeque<Result<&'static str, Errno>>);

    impl Read for Kernel {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let record = self.0.pop_front().unwrap_or(Err(Errno::EAGAIN))?;
            buffer[..record.len()].copy_from_slice(record.as_bytes());
            Ok(record.len())
        }
    }

    fn drained(reads: &[Result<&'static str, Errno>], next: Option<u64>) -> (Vec<String>, Came, Option<u64>) {
        let (mut texts, mut next) = (Vec::new(), next);
        let take = |message: Message| texts.push(String::from_utf8_lossy(&message.text).into_owned());
        let came = drain(&mut Kernel(reads.iter().copied().collect()), &mut next, take);
        (texts, came, next)
    }

    fn came(messages: u64, lost: u64) -> Came {
        Came { messages, lost, more: false }
    }

    #[test]
    fn what_was_overwritten_is_noticed_and_counted() {
        let (first, second) = (Ok("6,10,1,-;a\n SUBSYSTEM=x\n"), Ok("6,11,2,-;b\n"));
        let (texts, all, next) = drained(&[first, second, Err(Errno::EAGAIN)], None);
        assert_eq!((texts, all, next), (vec!["a".into(), "b".into()], came(2, 0), Some(12)));
        let later = Ok("6,20,3,-;c\n");
        assert_eq!(drained(&[first, Err(Errno::EPIPE), later], None).1, came(2, 9));
        // The number before the gap is unknown.
        assert_eq!(drained(&[Err(Errno::EPIPE), later], None).1, came(1, 1));
        assert_eq!(drained(&[Err(Errno::EPIPE), later], Some(15)).1, came(1, 5));
        assert_eq!(drained(&[Err(Errno::EPIPE)], None).1, came(0, 1));
        assert_eq!(drained(&[Err(Errno::EINTR), first, Err(Errno::EIO), second], None).1, came(1, 0));
    }

    #[test]
    fn a_flood_and_a_source_that_only_fails_come_to_an_end() {
        struct Endless(bool);
        impl Read for Endless {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                buffer.fill(b'x');
                if self.0 { Err(Errno::EPIPE.into()) } else { Ok(buffer.len()) }
            }
        }
        for fails in [true, false] {
            let came = drain(&mut Endless(fails), &mut None, drop);
            assert!(came.more && came.messages == 0, "{came:?}");
        }
    }

    #[test]
    fn what_was_there_before_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kmsg");
        assert!(Reader::at_end(&path).is_err());
        fs::write(&path, "6,1,100,-;before\n").unwrap();
        let mut reader = Reader::at_end(&path).unwrap();
        let mut all = "6,1,100,-;before\n6,2,100,-;between\n".to_string();
        fs::write(&path, &all).unwrap();
        reader.skip().unwrap();
        all += "6,3,100,-;meanwhile\n";
        fs::write(&path, &all).unwrap();
        let mut texts = Vec::new();
        assert_eq!(reader.read(|message| texts.push(message.text)), came(1, 0));
        assert_eq!(texts, [b"meanwhile".to_vec()]);
        assert_eq!(reader.read(drop), came(0, 0));
    }
}
