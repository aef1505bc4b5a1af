//! What is restored even if this program is killed: a second process waits for the end of the first, and writes then.

use nix::{
    sys::wait::waitpid,
    unistd::{ForkResult, Pid, fork, pipe2, setsid},
};
use std::{
    ffi::CString,
    fs::File,
    io::{self, Write},
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::Path,
    sync::atomic::{AtomicI32, Ordering},
};

/// The number of the guardian, or 0.
static GUARDIAN: AtomicI32 = AtomicI32::new(0);

/// The process group that writes when this program has ended, if there is one.
pub(crate) fn guardian() -> Vec<i32> {
    Some(GUARDIAN.load(Ordering::SeqCst)).filter(|number| *number != 0).into_iter().collect()
}

/// While it lives, the end of this program, however it comes, writes a text to a file.
#[derive(Debug)]
pub(super) struct Guard {
    guardian: Pid,
    line: File,
}

impl Guard {
    /// The end of this program will write `text` to `path`.
    pub(super) fn begin(path: &Path, text: &str) -> io::Result<Self> {
        let path = CString::new(path.as_os_str().as_bytes())?;
        let (read, write) = pipe2(nix::fcntl::OFlag::O_CLOEXEC)?;
        // SAFETY: the child only makes system calls, with memory that was there before, and ends without returning.
        match unsafe { fork() }? {
            ForkResult::Parent { child } => {
                GUARDIAN.store(child.as_raw(), Ordering::SeqCst);
                Ok(Self { guardian: child, line: write.into() })
            }
            ForkResult::Child => {
                drop(write);
                wait_and_write(&read, &path, text.as_bytes())
            }
        }
    }

    /// It is written already: the guardian goes.
    pub(super) fn release(mut self) {
        // Should this fail, the guardian writes once more what stands there.
        let _ = self.line.write_all(&[1]);
        drop(self.line);
        let _ = waitpid(self.guardian, None);
        GUARDIAN.store(0, Ordering::SeqCst);
    }
}

/// The guardian. It is out of reach of whatever ends the program's process group or session, and only reads and writes.
fn wait_and_write(read: &OwnedFd, path: &CString, text: &[u8]) -> ! {
    let _ = setsid();
    let mut byte = 0_u8;
    // SAFETY: system calls on a descriptor of our own, a buffer of one byte, and a path and a text that outlive them.
    unsafe {
        for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGPIPE] {
            libc::signal(signal, libc::SIG_IGN);
        }
        let count = loop {
            let count = libc::read(read.as_raw_fd(), (&raw mut byte).cast(), 1);
            if count >= 0 || nix::errno::Errno::last() != nix::errno::Errno::EINTR {
                break count;
            }
        };
        if count == 0 {
            let file = libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
            libc::write(file, text.as_ptr().cast(), text.len());
        }
        libc::_exit(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn writes_when_nobody_released_it_and_only_then() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("printk");
        fs::write(&path, "1").unwrap();
        Guard::begin(&path, "7").unwrap().release();
        assert_eq!(fs::read_to_string(&path).unwrap(), "1");
        // What the end of the program does: the kernel closes its end of the pipe.
        let Guard { guardian, line } = Guard::begin(&path, "7").unwrap();
        drop(line);
        waitpid(guardian, None).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "7");
    }
}
