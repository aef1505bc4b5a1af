//! MMTests: its JSON and its trees of logs <-> records, its comparison, and its configurations -> what runs.
//!
//! An [`Extract`] is one object of `extract-mmtests.pl --print-json`: a benchmark's samples by operation and iteration, and
//! what the extraction said about them. `docs/mmtests-reference.md` gives the fields.

mod benchmarks;
mod column;
#[cfg(feature = "host")]
pub mod compare;
pub mod config;
mod extract;
mod header;
mod json;
mod logs;
#[cfg(feature = "host")]
mod native;
mod note;
mod number;
#[cfg(feature = "host")]
mod older;
mod record;
#[cfg(feature = "host")]
mod results;
mod suite;
mod version;

pub use benchmarks::{Direction, Metric, Presentation, Section, SummaryType, presentation};
pub use column::{Column, Spelling};
#[cfg(feature = "host")]
pub use compare::TableOptions;
pub use extract::{Extract, Iteration, Operation};
pub use header::{Count, Field, FieldValue, Header, Label};
pub use json::{JsonError, read, write};
pub use logs::{Facts, IterationOrder, Selection, Timing, Tree, TreeError, read_run, read_tree};
#[cfg(feature = "host")]
pub use logs::{WriteError, write_run};
pub use number::parse as number;
#[cfg(feature = "host")]
pub use older::{NoModule, Readable};
#[cfg(feature = "host")]
pub use record::to_extracts;
pub use record::{RecordError, benchmarks, from_tree, to_benchmark, to_record};
pub(super) use suite::SUITE;

/// What the suite is called.
const NAME: &str = "mmtests";
pub use version::Version;
