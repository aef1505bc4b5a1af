//! lkp's job files: the text of `jobs/NAME.yaml` and a machine -> atomic jobs, and what of our definitions runs each of them.
//! Nothing of the file is executed.
//!
//! [`split`] makes atomic jobs as lkp's `split-job` does.

mod error;
mod expression;
mod node;
mod parameter;
mod revise;
mod source;
mod split;
mod template;
mod tree;

pub use error::{ExpressionError, JobError, Place, Wrong};
pub use node::{Map, Node};
pub use source::{File, Files};
pub use split::{AtomicJob, Host, MOST_JOBS, split};
pub use tree::{Mark, Tree, text};
