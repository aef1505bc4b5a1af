//! What looks on while a command runs: what is seen before and after it -> what it adds to the execution.

mod conditions;
mod kernel_log;

pub use conditions::MachineConditions;
pub use kernel_log::{KernelLog, LOST_MESSAGES};

use crate::record::Execution;

/// Looks on while a command runs.
pub trait Watch {
    /// A command is about to run.
    fn begin(&mut self);
    /// The command ended: adds what was seen meanwhile to its execution.
    fn end(&mut self, execution: &mut Execution);
}

/// Lets all watches begin, in their order.
pub(super) fn begin(watches: &mut [Box<dyn Watch + '_>]) {
    watches.iter_mut().for_each(|watch| watch.begin());
}

/// Lets all watches end, the last one first: each looks on for as long as those that began after it.
pub(super) fn end(watches: &mut [Box<dyn Watch + '_>], execution: &mut Execution) {
    watches.iter_mut().rev().for_each(|watch| watch.end(execution));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{cell::RefCell, rc::Rc};

    struct Named(&'static str, Rc<RefCell<Vec<String>>>);

    impl Watch for Named {
        fn begin(&mut self) {
            self.1.borrow_mut().push(format!("{} begins", self.0));
        }

        fn end(&mut self, execution: &mut Execution) {
            execution.disturbances.push(self.0.into());
        }
    }

    #[test]
    fn the_first_to_begin_is_the_last_to_end() {
        let log = Rc::default();
        let named = |name| Box::new(Named(name, Rc::clone(&log))) as Box<dyn Watch>;
        let mut watches = [named("outer"), named("inner")];
        let mut execution = Execution::default();
        begin(&mut watches);
        end(&mut watches, &mut execution);
        assert_eq!(*log.borrow(), ["outer begins", "inner begins"]);
        assert_eq!(execution.disturbances, ["inner", "outer"]);
    }
}
