//! lkp-tests: its job files -> what runs; its result roots <-> records, and its comparison. `docs/lkp.md` and
//! `docs/lkp-results.md` describe them.

#[cfg(feature = "host")]
mod compare;
mod driven;
pub mod job;
mod names;
mod record;
#[cfg(feature = "host")]
mod results;
mod root;
#[cfg(feature = "host")]
mod write;

pub use names::{Meaning, Names, Report, Row, Rows, Step, names};
pub use root::{RootError, runs};

use super::suite::{Logs, Suite};
use std::io;

/// What the suite is called.
const NAME: &str = "lkp";

/// The suite.
pub(super) const SUITE: Suite = Suite {
    name: NAME,
    logs: Some(Logs { runs: |folder| runs(folder).map_err(io::Error::other), run: driven::run }),
    #[cfg(feature = "host")]
    exchange: results::EXCHANGE,
};
