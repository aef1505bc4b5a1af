//! One run of a command: what it was for, when it ran, how it ended, what it used, what happened meanwhile.

use super::{Conditions, Ident, Unit, Value};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One run of a command of a case; by default one of which nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Execution {
    /// What it was for.
    #[serde(default, skip_serializing_if = "Role::is_iteration")]
    pub role: Role,
    /// The iteration, from 0, where `role` has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iteration: Option<u32>,
    /// The boot it ran in: a position in the record's `boots`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub boot: u32,
    /// When it began, in seconds since that boot, with milliseconds (CLOCK_BOOTTIME).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_boot_seconds: Option<f64>,
    /// When it began, RFC 3339 in UTC, where no boot says it: of version 1, or of another program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// How long it took, on the monotonic clock.
    pub elapsed_seconds: f64,
    /// How it ended.
    pub exit: Exit,
    /// What it used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// What the machine did meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<Conditions>,
    /// What each monitor measured meanwhile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub monitors: Vec<Monitor>,
    /// What the kernel log complained of meanwhile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// Why its samples are not valid.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disturbances: Vec<String>,
    /// The files with its raw outputs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<Output>,
}

impl Execution {
    /// What it is called in messages: `iteration 1`, `warm-up`.
    pub fn title(&self) -> String {
        match self.iteration {
            Some(number) if self.role == Role::Iteration => format!("iteration {}", u64::from(number) + 1),
            Some(number) => format!("{} of iteration {}", self.role.as_str(), u64::from(number) + 1),
            None => self.role.as_str().into(),
        }
    }
}

/// What an execution was for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It was measured.
    #[default]
    Iteration,
    /// It came before the iterations.
    WarmUp,
    /// An attempt at an iteration, which failed and was made again.
    Retry,
    /// It prepared the case.
    Preparation,
    /// It cleaned up after the case.
    CleanUp,
    /// It ran while others did, as a server does.
    Background,
    /// It was not measured, and no more is known: of version 1.
    Unmeasured,
}

impl Role {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Iteration => "iteration",
            Self::WarmUp => "warm-up",
            Self::Retry => "retry",
            Self::Preparation => "preparation",
            Self::CleanUp => "clean-up",
            Self::Background => "background",
            Self::Unmeasured => "unmeasured",
        }
    }

    /// Whether an execution with this role belongs to an iteration.
    pub fn has_iteration(self) -> bool {
        matches!(self, Self::Iteration | Self::Retry)
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    fn is_iteration(&self) -> bool {
        *self == Self::Iteration
    }
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// By itself, with this status.
    Code(i32),
    /// By this signal.
    Signal(String),
    /// By us, after this many milliseconds.
    TimeoutMs(u64),
    /// By us, because the run was to stop.
    Interrupted,
    /// It could not be started, for this reason.
    NotStarted(String),
}

/// The status of a command that has nothing to say.
impl Default for Exit {
    fn default() -> Self {
        Self::Code(0)
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit status {code}"),
            Self::Signal(name) => write!(f, "killed by {name}"),
            Self::TimeoutMs(ms) => write!(f, "timed out after {} s", *ms as f64 / 1000.0),
            Self::Interrupted => f.write_str("interrupted"),
            Self::NotStarted(why) => write!(f, "not started: {why}"),
        }
    }
}

/// What a command and its children used: `struct rusage` of wait4(2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// CPU time in user mode.
    pub user_seconds: f64,
    /// CPU time in the kernel.
    pub system_seconds: f64,
    /// The largest resident set of one process.
    pub max_rss_bytes: u64,
    /// Page faults that needed I/O.
    pub major_faults: u64,
    /// Page faults that did not.
    pub minor_faults: u64,
    /// Switches because the process waited.
    pub voluntary_switches: u64,
    /// Switches because another process had its turn.
    pub involuntary_switches: u64,
    /// What all processes of its control group used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupUsage>,
}

/// What the processes of a control group of version 2 used, those that nobody waited for too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupUsage {
    /// CPU time in microseconds (cpu.stat usage_usec).
    pub cpu_us: u64,
    /// How long at least one of its tasks waited for a CPU, for another one of them too, in microseconds (cpu.pressure some).
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub cpu_stall_us: u64,
    /// How long its tasks waited for CPUs that others had, in microseconds (cpu.pressure full).
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub cpu_full_stall_us: u64,
    /// How long at least one of its tasks waited for memory, in microseconds (memory.pressure some).
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub memory_stall_us: u64,
    /// How long at least one of its tasks waited for input or output, in microseconds (io.pressure some).
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub io_stall_us: u64,
    /// The most memory that it had, page cache included (memory.peak).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_peak_bytes: Option<u64>,
    /// What it read from disks (io.stat rbytes).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_bytes: Option<u64>,
    /// What it wrote to disks (io.stat wbytes).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written_bytes: Option<u64>,
}

/// What a monitor measured while a command ran, put together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Monitor {
    /// Its name, such as `package-power`.
    pub name: Ident,
    /// The unit of its readings.
    pub unit: Unit,
    /// How many readings there were.
    pub readings: u32,
    /// The lowest one.
    pub minimum: Value,
    /// The median.
    pub median: Value,
    /// The highest one.
    pub maximum: Value,
}

/// Something that the kernel log complained of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What kind of fault it is, such as `oom-kill`.
    pub kind: Ident,
    /// What the kernel said: the first line of its report and a few more, in one line, bounded.
    pub text: String,
    /// When, in seconds since the boot.
    pub seconds: f64,
}

/// A file with what the command wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Its path, from the case's `folder`; without one, from the record's.
    pub file: String,
    /// How much the command wrote.
    pub bytes: u64,
    /// How much of it is in the file, where that is less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_bytes: Option<u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_nothing(count: &u64) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(boot: &u32) -> bool {
    *boot == 0
}
