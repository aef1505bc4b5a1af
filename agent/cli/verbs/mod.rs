//! The verbs, one file each: arguments -> a verb's work -> an exit code.

#[cfg(feature = "host")]
pub(super) mod bisect;
pub(super) mod check;
#[cfg(feature = "host")]
pub(super) mod compare;
#[cfg(feature = "host")]
pub(super) mod convert;
pub(super) mod doctor;
pub(super) mod emit;
#[cfg(feature = "host")]
pub(super) mod faults;
#[cfg(feature = "host")]
pub(super) mod history;
pub(super) mod list;
pub(super) mod parse;
#[cfg(feature = "host")]
pub(super) mod rebuild;
pub(super) mod recover;
#[cfg(feature = "host")]
pub(super) mod report;
pub(super) mod run;
pub(super) mod show;
#[cfg(feature = "host")]
pub(super) mod submit;
pub(super) mod workload;
