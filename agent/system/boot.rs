//! The boot: what identifies it, and how long ago it was.

use super::files::text;
use crate::record::Boot;
use data_encoding::HEXLOWER;
use nix::time::{ClockId, clock_gettime};
use sha2::{Digest, Sha256};
use std::{
    path::Path,
    time::{Duration, SystemTime},
};

/// The boot that the machine is in: its id is hashed, because it would identify one machine.
pub fn boot(root: &Path) -> Boot {
    let id = text(root, "proc/sys/kernel/random/boot_id").and_then(|id| {
        let digits = HEXLOWER.encode(&Sha256::digest(id.as_bytes()));
        digits.get(..12)?.parse().ok()
    });
    let booted = since_boot().and_then(|since| SystemTime::now().checked_sub(since));
    // A clock that was set to before 1970 since then has no such form.
    let booted = booted.filter(|booted| *booted >= SystemTime::UNIX_EPOCH);
    Boot { id, booted: booted.map(|booted| humantime::format_rfc3339_millis(booted).to_string()) }
}

/// How long ago the machine was started, suspended time included.
pub fn since_boot() -> Option<Duration> {
    let time = clock_gettime(ClockId::CLOCK_BOOTTIME).ok()?;
    Some(Duration::new(u64::try_from(time.tv_sec()).ok()?, u32::try_from(time.tv_nsec()).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::fixtures::Root;

    #[test]
    fn a_boot_has_a_hashed_id_or_none() {
        let root = Root::new(&[]);
        assert_eq!(boot(root.path()).id, None);
        root.write("proc/sys/kernel/random/boot_id", b"6d7a1f9e-4c39-4a0e-8f0a-0f3f0c9f3c11\n");
        let id = boot(root.path()).id.unwrap();
        // printf %s 6d7a1f9e-4c39-4a0e-8f0a-0f3f0c9f3c11 | sha256sum
        assert_eq!(id.as_str(), "53953c5bb0e0");
    }
}
