//! The kernel's log: what the kernel says -> the faults that it reports. `patterns.yaml` has what is looked for,
//! `docs/kernel-log.md` describes it.
//!
//! In: records of /dev/kmsg, or the text of a saved log. Out: [`Faults`]. Pure but for [`Reader`], which reads /dev/kmsg.
#![cfg_attr(
    not(test),
    deny(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::panic, clippy::string_slice)
)]

mod faults;
mod message;
mod patterns;
mod reader;
#[cfg(feature = "host")]
mod saved;

pub use faults::{Faults, Search};
pub use message::Message;
pub use patterns::{Kind, Patterns, PatternsError};
pub use reader::{Came, Reader};
#[cfg(feature = "host")]
pub use saved::search;
