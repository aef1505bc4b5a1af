//! The name of a step: which execution of a case it is -> its name for people, and that of its files.

use crate::{record::Role, text::counted};
use std::fmt;

/// Which execution of a case: what it is for, and which one of those with this role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepName {
    /// What it is for.
    pub role: Role,
    /// Its position among those with this role, from 0.
    pub number: u32,
    /// How many with this role the case has.
    pub count: u32,
    /// Whether the tool does all of them in this one execution.
    pub at_once: bool,
    /// Which retry it is, from 1, and how many are allowed, where an attempt before it failed.
    pub retry: Option<(u32, u32)>,
}

impl StepName {
    /// Those with `role`, where the case has `count`, in their order.
    pub(super) fn all(role: Role, count: u32) -> impl Iterator<Item = Self> {
        (0..count).map(move |number| Self { role, number, count, at_once: false, retry: None })
    }

    /// The one that does all `count` with `role`.
    pub(super) fn at_once(role: Role, count: u32) -> Self {
        Self { role, number: 0, count, at_once: true, retry: None }
    }

    /// The same step once more: the retry `number`, from 1, of `count`.
    pub(super) fn again(self, number: u32, count: u32) -> Self {
        Self { retry: Some((number, count)), ..self }
    }

    /// The iteration that is measured, from 0.
    pub fn iteration(&self) -> Option<u32> {
        (self.role == Role::Iteration).then_some(self.number)
    }

    /// The name of its files, without the ending.
    pub fn file(&self) -> String {
        let number = self.number;
        let name = match self.role {
            Role::Preparation => format!("prepare-{number}"),
            Role::CleanUp => format!("cleanup-{number}"),
            Role::Iteration => number.to_string(),
            role => format!("{}-{number}", role.as_str()),
        };
        self.retry.map(|(retry, _)| format!("{name}-retry-{retry}")).unwrap_or(name)
    }
}

/// For people, who count from 1.
impl fmt::Display for StepName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (role, count) = (self.role.as_str(), self.count);
        match self.at_once {
            true => f.write_str(&counted(count as usize, role))?,
            false => write!(f, "{role} {} of {count}", u64::from(self.number) + 1)?,
        }
        self.retry.map_or(Ok(()), |(retry, retries)| write!(f, ", retry {retry} of {retries}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(role: Role) -> Vec<(String, String)> {
        StepName::all(role, 2).map(|step| (step.to_string(), step.file())).collect()
    }

    #[test]
    fn a_step_has_a_name_for_people_and_one_for_its_files() {
        let pair = |shown: &str, file: &str| (shown.to_string(), file.to_string());
        assert_eq!(names(Role::Iteration), [pair("iteration 1 of 2", "0"), pair("iteration 2 of 2", "1")]);
        assert_eq!(names(Role::WarmUp)[1], pair("warm-up 2 of 2", "warm-up-1"));
        assert_eq!(names(Role::Preparation)[0], pair("preparation 1 of 2", "prepare-0"));
        assert_eq!(names(Role::Background)[0], pair("background 1 of 2", "background-0"));
        assert_eq!(names(Role::CleanUp)[1], pair("clean-up 2 of 2", "cleanup-1"));
    }

    #[test]
    fn a_retry_and_a_tool_that_repeats_by_itself_are_named_as_such() {
        let all = StepName::at_once(Role::Iteration, 5);
        assert_eq!((all.to_string().as_str(), all.file().as_str(), all.iteration()), ("5 iterations", "0", Some(0)));
        let again = all.again(1, 3);
        assert_eq!((again.to_string().as_str(), again.file().as_str()), ("5 iterations, retry 1 of 3", "0-retry-1"));
    }

    #[test]
    fn only_an_iteration_is_measured() {
        let measured = |role| StepName::all(role, 1).filter_map(|step| step.iteration()).count();
        assert_eq!([Role::Iteration, Role::WarmUp, Role::Preparation, Role::CleanUp].map(measured), [1, 0, 0, 0]);
    }
}
