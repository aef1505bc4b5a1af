//! /dev/kmsg: lines -> the kernel's log, and what came into it -> entries.

use crate::kernel_log::{self, Message};
use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::Path,
};

/// One entry of the kernel's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// 0, an emergency, to 7.
    pub(super) level: u8,
    /// Since the boot.
    pub(super) microseconds: u64,
    pub(super) text: String,
}

/// Writes one line as an emergency, which reaches the console whatever its log level is.
///
/// The file is opened for each line: with `printk.devkmsg=ratelimit`, the default, the kernel lets 10 lines in 5 s through
/// for each open file, and drops the others without an error.
pub(super) fn write(path: &Path, line: &str) -> io::Result<()> {
    OpenOptions::new().append(true).open(path)?.write_all(format!("<0>{line}\n").as_bytes())
}

/// Reads what comes into the kernel's log from now on.
#[derive(Debug)]
pub(super) struct Reader(kernel_log::Reader);

impl Reader {
    /// A reader that begins after the last entry.
    pub(super) fn at_end(path: &Path) -> io::Result<Self> {
        kernel_log::Reader::at_end(path).map(Self)
    }

    /// What has come since the last call. Entries that were overwritten before they were read are lost.
    pub(super) fn entries(&mut self) -> Vec<Entry> {
        let mut entries = Vec::new();
        self.0.read(|message| entries.extend(entry(&message)));
        entries
    }
}

fn entry(message: &Message) -> Option<Entry> {
    let text = String::from_utf8_lossy(&message.text).into_owned();
    Some(Entry { level: message.level?, microseconds: message.microseconds?, text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn reads_what_comes_after_it_was_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kmsg");
        fs::write(&path, "6,1,100,-;before\n").unwrap();
        let mut reader = Reader::at_end(&path).unwrap();
        write(&path, "no entry").unwrap();
        fs::write(
            &path,
            "6,1,100,-;before\n4,2,7207337,c;usb 1-1: x; y\n SUBSYSTEM=usb\nnonsense\n8,3,7207400,-;<LAVA>\n",
        )
        .unwrap();
        let entries = reader.entries();
        let entry = |level, microseconds, text: &str| Entry { level, microseconds, text: text.into() };
        assert_eq!(entries, [entry(4, 7_207_337, "usb 1-1: x; y"), entry(0, 7_207_400, "<LAVA>")]);
        assert_eq!(reader.entries(), []);
    }
}
