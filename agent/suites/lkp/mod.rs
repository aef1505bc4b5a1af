//! lkp-tests: its job files -> what runs; its result roots <-> records, and its comparison. `docs/lkp.md` and
//! `docs/lkp-results.md` describe them.

#[cfg(feature = "host")]
mod compare;
pub mod job;
#[cfg(feature = "host")]
mod names;
#[cfg(feature = "host")]
mod record;
#[cfg(feature = "host")]
mod results;
#[cfg(feature = "host")]
mod root;
#[cfg(feature = "host")]
mod write;

#[cfg(feature = "host")]
pub use names::{Meaning, Names, Report, Row, Rows, Step, names};
#[cfg(feature = "host")]
pub use root::{RootError, runs};

use super::suite::Suite;

/// What the suite is called.
const NAME: &str = "lkp";

/// The suite.
pub(super) const SUITE: Suite = Suite {
    name: NAME,
    logs: None,
    #[cfg(feature = "host")]
    exchange: results::EXCHANGE,
};
