//! lkp's job files: the text of `jobs/NAME.yaml` and a machine -> atomic jobs, and what of our definitions runs each of them.
//! Nothing of the file is executed.
//!
//! [`split`] makes atomic jobs as lkp's `split-job` does, and a [`Selector`] says what runs each: `programs.yaml` has the definition
//! that stands for each of lkp's programs.

mod axes;
mod drive;
mod error;
mod expression;
mod include;
mod needs;
mod node;
mod parameter;
mod programs;
mod revise;
mod select;
mod source;
mod split;
mod template;
#[cfg(test)]
mod tests;
mod together;
mod tree;

pub use error::{ExpressionError, JobError, Place, Reason, Wrong};
pub use needs::Board;
pub use node::{Map, Node};
pub use programs::{known, programs};
pub use select::{Loaded, Run, Selected, Selector};
pub use source::{File, Files};
pub use split::{AtomicJob, Host, split};
pub use together::{Together, plans};
pub use tree::{Mark, Tree, text};
