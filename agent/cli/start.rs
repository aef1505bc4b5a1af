//! The start of the program: what it inherited -> what it relies on.

use super::exit::Code;
use crate::run::{settle, unblock};
use nix::sys::signal::{SigSet, SigmaskHow};
use std::{process::ExitCode, thread};

/// The stack of the program, however small the one is that it was started with (`ulimit -s`).
const STACK: usize = 8 << 20;

/// Runs `program` on a stack that is large enough, with the signals that it relies on.
pub(super) fn begin(program: fn() -> ExitCode) -> ExitCode {
    settle();
    // This thread only waits: a signal to the process goes to the one that works.
    let _ = SigSet::all().thread_swap_mask(SigmaskHow::SIG_SETMASK);
    let work = move || {
        unblock();
        program()
    };
    match thread::Builder::new().name("main".into()).stack_size(STACK).spawn(work) {
        Ok(thread) => thread.join().unwrap_or(Code::Agent.into()),
        // Where no thread can be started, there is this one.
        Err(_) => work(),
    }
}
