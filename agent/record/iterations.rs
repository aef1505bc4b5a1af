//! The iterations of a case: which execution each was, and whether the machine was undisturbed meanwhile.

use super::{Case, Execution, Role};
use std::collections::BTreeMap;

/// The iterations of one case, as far as its executions say.
#[derive(Clone, Debug)]
pub struct Iterations<'a> {
    executions: BTreeMap<usize, &'a Execution>,
    /// Whether the case was undisturbed, but for single executions; `None` where nobody says.
    whole: Option<bool>,
}

impl<'a> Iterations<'a> {
    /// Those of `case`.
    pub fn of(case: &'a Case) -> Self {
        let explained = case.executions.iter().any(|execution| !execution.disturbances.is_empty());
        // Of signals alone only `valid` is there, and no reason.
        let whole = match case.valid {
            _ if !case.disturbances.is_empty() => Some(false),
            Some(false) if !explained => Some(false),
            valid => valid.map(|_| true),
        };
        let measured = case.executions.iter().filter(|execution| execution.role == Role::Iteration);
        let numbered = measured.filter_map(|execution| Some((execution.iteration? as usize, execution)));
        Self { executions: numbered.collect(), whole }
    }

    /// The execution that iteration `number`, from 0, was. A tool that iterates by itself has one for all its iterations.
    pub fn execution(&self, number: usize) -> Option<&'a Execution> {
        let alone = || self.executions.values().next().filter(|_| self.executions.len() == 1);
        self.executions.get(&number).or_else(alone).copied()
    }

    /// Whether the machine was undisturbed in iteration `number`; `None` where nobody says.
    pub fn is_valid(&self, number: usize) -> Option<bool> {
        match self.execution(number) {
            Some(execution) if !execution.disturbances.is_empty() => Some(false),
            _ => self.whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validity(case: &str) -> Vec<Option<bool>> {
        let case: Case = serde_json::from_str(&format!(r#"{{"result":"pass",{case}"series":[]}}"#)).unwrap();
        let iterations = Iterations::of(&case);
        (0..2).map(|number| iterations.is_valid(number)).collect()
    }

    #[test]
    fn an_iteration_is_as_valid_as_its_execution_and_its_case() {
        let executions = |first: &str, second: &str| {
            let execution = |number: usize, more: &str| {
                format!(r#"{{"iteration":{number},"elapsed_seconds":1.0,"exit":{{"code":0}}{more}}}"#)
            };
            format!(r#""executions":[{},{}],"#, execution(0, first), execution(1, second))
        };
        let disturbed = r#","disturbances":["throttled"]"#;
        assert_eq!(validity(""), [None, None]);
        assert_eq!(validity(r#""valid":true,"#), [Some(true); 2]);
        assert_eq!(validity(r#""valid":false,"#), [Some(false); 2]);
        assert_eq!(validity(r#""disturbances":["hot"],"#), [Some(false); 2]);
        let one = format!(r#""valid":false,{}"#, executions("", disturbed));
        assert_eq!(validity(&one), [Some(true), Some(false)]);
        // A tool that iterates by itself.
        let alone = format!(
            r#""valid":false,"executions":[{{"iteration":0,"elapsed_seconds":1.0,"exit":{{"code":0}}{disturbed}}}],"#
        );
        assert_eq!(validity(&alone), [Some(false); 2]);
    }
}
