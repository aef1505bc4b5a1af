//! Linaro's test-definitions: `result.txt` and what its test runner writes <-> records and signals; its plans -> what runs.
//!
//! `docs/test-definitions.md` has the grammar and the names.

mod entry;
#[cfg(feature = "host")]
mod equals;
mod line;
mod names;
mod overlay;
mod plan;
#[cfg(feature = "host")]
mod record;
#[cfg(feature = "host")]
mod result_json;
#[cfg(feature = "host")]
mod results;
#[cfg(feature = "host")]
mod run;
mod signals;
#[cfg(feature = "host")]
mod write;

pub use line::{Line, LineError, Measured, TestResult, is_result_file, lines};
pub use plan::{Chosen, PlanChoice, PlanFileError, PlanLeft};
pub use signals::{Part, Parts, signals};

use super::suite::Suite;

/// What the suite is called.
const NAME: &str = "test-definitions";

/// The suite.
pub(super) const SUITE: Suite = Suite {
    name: NAME,
    logs: None,
    #[cfg(feature = "host")]
    exchange: results::EXCHANGE,
};
