//! lkp-tests: its result roots <-> records, and its comparison. `docs/lkp-results.md` describes both.

#[cfg(feature = "host")]
mod compare;
#[cfg(feature = "host")]
mod names;
#[cfg(feature = "host")]
mod record;
#[cfg(feature = "host")]
mod results;
#[cfg(feature = "host")]
mod root;
mod suite;
#[cfg(feature = "host")]
mod write;

#[cfg(feature = "host")]
pub use names::{Meaning, Names, Report, Row, Rows, Step, names};
pub(super) use suite::SUITE;

/// What the suite is called.
const NAME: &str = "lkp";
