//! What a report says of single boots.

use crate::boots::{Boot, Boots};
use std::time::SystemTime;

/// One boot, in short.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BootSummary {
    /// Its id, or the record that it is of.
    pub id: String,
    /// When it began.
    pub started: Option<SystemTime>,
    /// The kernel.
    pub kernel: Option<String>,
    /// The board, as a lab calls it.
    pub device: Option<String>,
    /// The address of the lab's job.
    pub job: Option<String>,
    /// What the kernel log complained of.
    pub faults: usize,
}

/// All boots that were given: of the history, of the base and of the new side, also those that do not count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SideBoots {
    /// Of the history.
    pub past: Vec<BootSummary>,
    /// Of the base.
    pub base: Vec<BootSummary>,
    /// Of the new side.
    pub new: Vec<BootSummary>,
}

/// One value a boot: its position in [`SideBoots`], and the value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    /// Of the history, the oldest first, those before its last change of level too.
    pub past: Vec<(usize, f64)>,
    /// Of the base.
    pub base: Vec<(usize, f64)>,
    /// Of the new side.
    pub new: Vec<(usize, f64)>,
}

impl SideBoots {
    pub(super) fn of(base: &Boots, new: &Boots, past: &Boots) -> SideBoots {
        let all = |side: &Boots| side.boots.iter().map(BootSummary::of).collect();
        SideBoots { past: all(past), base: all(base), new: all(new) }
    }
}

impl BootSummary {
    fn of(boot: &Boot) -> BootSummary {
        let Boot { key, started, build, device, job, faults, .. } = boot;
        let (kernel, device, job) = (build.clone(), device.clone(), job.clone());
        BootSummary { id: key.to_string(), started: *started, kernel, device, job, faults: *faults }
    }
}
