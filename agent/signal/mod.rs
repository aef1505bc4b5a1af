//! Signals and frames: `Record` <-> the lines that a board writes to its console. Pure, no I/O.
//!
//! In: a record or a part of it. Out: [`Signal`]s (LAVA test cases whose names carry the structure) and [`Frame`]s (the
//! whole record, compressed and checksummed); and back from single lines. `docs/signals.md` gives the bytes.

#[cfg(feature = "host")]
mod assembly;
mod dictionary;
mod frame;
mod line;
mod name;
mod sequence;

#[cfg(feature = "host")]
pub use assembly::{Assembled, Assembly, AssemblyError, WorkBudget};
pub use frame::{FRAME_MARK, Frame, Redundancy, TooLong, TooRedundant, frames};
pub use line::{SIGNAL_END, SIGNAL_MARK, Signal, SignalError};
pub use name::{MAX_NAME, Name, NameError, NameLabels, Reserved, Word};
#[cfg(feature = "host")]
pub(crate) use name::{decode_labels, hash};
pub use sequence::{Budget, DEFAULT_BUDGET, Sequence, checksum, record_signals};
