//! What a process inherits of signals -> what the agent and its commands rely on.

use nix::sys::signal::{SigHandler, SigSet, Signal, signal};
use std::io;

/// Sets what the agent relies on, whoever started it: no signal is blocked, the end of a child is a signal, and a limit of
/// the size of files is an error of the write instead of the end of the program. SIGPIPE is ignored already: Rust does that.
pub fn settle() {
    // SAFETY: both are handlers of the kernel, so that no code of ours runs in a signal.
    unsafe {
        let _ = signal(Signal::SIGCHLD, SigHandler::SigDfl);
        let _ = signal(Signal::SIGXFSZ, SigHandler::SigIgn);
    }
    unblock();
}

/// Blocks no signal for this thread.
pub fn unblock() {
    let _ = SigSet::empty().thread_set_mask();
}

/// Gives a command that is about to be executed what it expects: no signal blocked or ignored. A hang-up that the agent was
/// told to ignore, as by nohup, is ignored by the command too. Makes system calls only: it runs between fork and exec.
pub(super) fn reset() -> io::Result<()> {
    for number in (1..=libc::SIGRTMAX()).filter(|number| *number != libc::SIGHUP) {
        // SAFETY: the default handler runs no code of ours. A number that cannot be set is refused, which does no harm.
        unsafe { libc::signal(number, libc::SIG_DFL) };
    }
    Ok(SigSet::empty().thread_set_mask()?)
}

/// Whether `signal` is ignored.
pub(super) fn is_ignored(signal: Signal) -> bool {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: the pointer is to a live local of the right type; a zeroed sigaction is valid, and sigaction fills it in.
    let action = unsafe {
        libc::sigaction(signal as i32, std::ptr::null(), action.as_mut_ptr());
        action.assume_init()
    };
    action.sa_sigaction == libc::SIG_IGN
}
