//! What the kernel reports about a child that ended: wait4(2) -> [`Exit`] and [`Usage`].

use crate::record::{Exit, Usage};
use nix::{sys::signal::Signal, unistd::Pid};

pub(super) fn exit_of(status: i32) -> Exit {
    if libc::WIFSIGNALED(status) {
        let number = libc::WTERMSIG(status);
        let name =
            Signal::try_from(number).map_or_else(|_| format!("signal {number}"), |signal| signal.as_str().into());
        Exit::Signal(name)
    } else {
        Exit::Code(libc::WEXITSTATUS(status))
    }
}

/// wait4(2) without waiting: nix has no call that gives what one child used.
pub(super) fn wait4(pid: Pid) -> Option<(i32, Usage)> {
    let mut status = 0;
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: both pointers are to live locals of the right types; a zeroed rusage is valid, and wait4 fills it in.
    let (found, usage) = unsafe {
        let found = libc::wait4(pid.as_raw(), &mut status, libc::WNOHANG, usage.as_mut_ptr());
        (found, usage.assume_init())
    };
    if found != pid.as_raw() {
        return None;
    }
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    let count = |number: libc::c_long| u64::try_from(number).unwrap_or(0);
    Some((
        status,
        Usage {
            user_seconds: seconds(usage.ru_utime),
            system_seconds: seconds(usage.ru_stime),
            max_rss_bytes: count(usage.ru_maxrss) * 1024,
            major_faults: count(usage.ru_majflt),
            minor_faults: count(usage.ru_minflt),
            voluntary_switches: count(usage.ru_nvcsw),
            involuntary_switches: count(usage.ru_nivcsw),
            group: None,
        },
    ))
}
