//! A quiet kernel: while signals are written, kernel messages are kept off the console, and printed afterwards.
//!
//! The console's log level is lowered as `dmesg -n 1` does: emergencies still come through. It is restored whatever
//! happens: signals that would end the process wait until it is, and after SIGKILL a second process does it.

use super::{
    asked::ENDING,
    guard::Guard,
    kmsg::{Entry, Reader},
};
use nix::{
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::signal::{SigSet, SigmaskHow, Signal},
};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    os::{
        fd::AsFd,
        unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt},
    },
    path::{Path, PathBuf},
};

/// The console's log level with emergencies alone.
const EMERGENCIES: u8 = 1;

/// How long a console that takes nothing is waited for, in milliseconds. `dmesg` has what it does not get.
const STALL: u16 = 1000;

/// While it lives, the kernel is quiet.
#[derive(Debug)]
pub(super) struct Quiet {
    root: PathBuf,
    level: u8,
    log: Reader,
    guard: Option<Guard>,
    _waiting: Waiting,
}

impl Quiet {
    /// Makes the kernel quiet. `None` where it is already, where that is not allowed, and where what it says meanwhile
    /// could not be printed afterwards.
    pub(super) fn begin(root: &Path) -> Option<Self> {
        let path = printk(root);
        let level: u8 = fs::read_to_string(&path).ok()?.split_ascii_whitespace().next()?.parse().ok()?;
        if level <= EMERGENCIES {
            return None;
        }
        let log = Reader::at_end(&root.join("dev/kmsg")).ok()?;
        open(root).ok()?;
        let waiting = Waiting::begin()?;
        let guard = Some(Guard::begin(&path, &level.to_string()).ok()?);
        let quiet = Self { root: root.into(), level, log, guard, _waiting: waiting };
        // Should this fail, nothing has changed, and restoring it changes nothing.
        fs::write(path, EMERGENCIES.to_string()).ok()?;
        Some(quiet)
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // Nobody would read about a failure; the kernel's next message shows it.
        let _ = fs::write(printk(&self.root), self.level.to_string());
        self.guard.take().into_iter().for_each(Guard::release);
        let said = self.log.entries();
        let missed = said.iter().filter(|entry| (EMERGENCIES..self.level).contains(&entry.level));
        let text: String = missed.map(as_printk).collect();
        if let (Ok(console), false) = (open(&self.root), text.is_empty()) {
            let _ = print(&console, text.as_bytes());
        }
    }
}

fn printk(root: &Path) -> PathBuf {
    root.join("proc/sys/kernel/printk")
}

fn console(root: &Path) -> PathBuf {
    root.join("dev/console")
}

/// The console, opened by ourselves alone: O_NONBLOCK is no other process's.
fn open(root: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).custom_flags(libc::O_NOCTTY | libc::O_NONBLOCK).open(console(root))
}

fn print(mut console: &File, mut text: &[u8]) -> io::Result<()> {
    while !text.is_empty() {
        match console.write(text) {
            Ok(written) => text = &text[written..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let mut polled = [PollFd::new(console.as_fd(), PollFlags::POLLOUT)];
                if poll(&mut polled, PollTimeout::from(STALL))? == 0 {
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn as_printk(Entry { microseconds, text, .. }: &Entry) -> String {
    format!("[{:5}.{:06}] {text}\n", microseconds / 1_000_000, microseconds % 1_000_000)
}

/// While it lives, signals that would end the process wait.
#[derive(Debug)]
struct Waiting {
    before: SigSet,
}

impl Waiting {
    fn begin() -> Option<Self> {
        let mask: SigSet = ENDING.into_iter().chain([Signal::SIGPIPE]).collect();
        let before = mask.thread_swap_mask(SigmaskHow::SIG_BLOCK).ok()?;
        Some(Self { before })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.before.thread_set_mask();
    }
}

/// Whether `file` is a terminal that kernel messages are printed on.
pub(super) fn is_console(root: &Path, file: &fs::File) -> bool {
    let Ok(metadata) = file.metadata() else { return false };
    let number = metadata.rdev();
    let device = format!("{}:{}", nix::sys::stat::major(number), nix::sys::stat::minor(number));
    let active = fs::read_to_string(root.join("sys/class/tty/console/active")).unwrap_or_default();
    let is = |name: &str| {
        fs::read_to_string(root.join("sys/class/tty").join(name).join("dev")).is_ok_and(|dev| dev.trim() == device)
    };
    // 5:1 is /dev/console itself.
    metadata.file_type().is_char_device() && (device == "5:1" || active.split_ascii_whitespace().any(is))
}

#[cfg(test)]
mod tests {
    use super::super::asked::Asked;
    use super::*;

    fn board(level: &str) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for folder in ["proc/sys/kernel", "dev"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        fs::write(printk(root.path()), level).unwrap();
        fs::write(root.path().join("dev/kmsg"), "6,1,100,-;before\n").unwrap();
        fs::write(console(root.path()), "").unwrap();
        root
    }

    #[test]
    fn what_the_kernel_says_meanwhile_is_printed_afterwards() {
        let root = board("4\t4\t1\t7\n");
        let quiet = Quiet::begin(root.path()).unwrap();
        assert_eq!(fs::read_to_string(printk(root.path())).unwrap(), "1");
        let log =
            "6,1,100,-;before\n3,2,7207337,-;an error\n6,3,7207400,-;of no interest\n0,4,7207500,-;an emergency\n";
        fs::write(root.path().join("dev/kmsg"), log).unwrap();
        drop(quiet);
        assert_eq!(fs::read_to_string(printk(root.path())).unwrap(), "4");
        assert_eq!(fs::read_to_string(console(root.path())).unwrap(), "[    7.207337] an error\n");
    }

    #[test]
    fn a_signal_waits_until_the_level_is_restored() {
        let root = board("7 4 1 7");
        let quiet = Quiet::begin(root.path()).unwrap();
        let mut asked = Asked::new();
        assert!(asked.since().is_none());
        let mut blocked = SigSet::empty();
        blocked.add(Signal::SIGHUP);
        nix::sys::signal::raise(Signal::SIGHUP).unwrap();
        assert!(asked.since().is_some());
        // It is taken away here, or it would end the test.
        assert_eq!(blocked.wait(), Ok(Signal::SIGHUP));
        assert!(asked.since().is_none());
        drop(quiet);
    }

    #[test]
    fn a_console_that_stands_still_is_not_waited_for_without_end() {
        let root = board("4 4 1 7");
        fs::remove_file(console(root.path())).unwrap();
        nix::unistd::mkfifo(&console(root.path()), nix::sys::stat::Mode::S_IRWXU).unwrap();
        let reader = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(console(root.path())).unwrap();
        // Nobody reads, and it is full.
        let mut full = open(root.path()).unwrap();
        while full.write(&[b'x'; 4096]).is_ok() {}
        let quiet = Quiet::begin(root.path()).unwrap();
        fs::write(root.path().join("dev/kmsg"), "6,1,100,-;before\n3,2,7207337,-;an error\n").unwrap();
        let begun = std::time::Instant::now();
        drop(quiet);
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
        assert_eq!(fs::read_to_string(printk(root.path())).unwrap(), "4");
        drop(reader);
    }

    #[test]
    fn is_off_where_it_is_quiet_or_not_to_be_had() {
        assert!(Quiet::begin(board("1 4 1 7").path()).is_none());
        assert!(Quiet::begin(board("nonsense").path()).is_none());
        let root = board("4 4 1 7");
        fs::remove_file(root.path().join("dev/kmsg")).unwrap();
        assert!(Quiet::begin(root.path()).is_none());
        assert_eq!(fs::read_to_string(printk(root.path())).unwrap(), "4 4 1 7");
    }
}
