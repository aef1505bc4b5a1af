//! A bisection: the boots of both sides and of each build -> which side a build is of. Pure, but for the log's file;
//! `docs/bisect.md` has the rules.
//!
//! The log is all that is known: what a step answers is computed from its entries alone, so that it can be computed again.

mod ends;
mod log;

pub use ends::{Ends, NotChosen, NotOfTheEnds, choose};
pub use log::{Begin, Entry, Log, LogError, Outcome};

use crate::statistics::sequential::{Answer, Evidence, Levels, Limits, NoEnds, error_of_step};

/// What the log says of all builds.
#[derive(Clone, Debug, PartialEq)]
pub struct Bisection {
    begin: Begin,
    builds: Vec<Build>,
}

/// One build.
#[derive(Clone, Debug, Default, PartialEq)]
struct Build {
    commit: String,
    /// One value a boot.
    values: Vec<f64>,
    /// How often it was measured, with or without a value.
    measured: usize,
    answer: Option<Outcome>,
}

/// What is known of a build.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The answer.
    pub answer: Answer,
    /// What it rests on; `None` of no boot, and of values that are not on the sides' scale.
    pub evidence: Option<Evidence>,
    /// The evidence at which a side is named.
    pub bound: Option<f64>,
    /// The build's values, one a boot.
    pub values: Vec<f64>,
    /// How often it was measured, with or without a value that counts.
    pub measured: usize,
}

impl Bisection {
    /// What the entries of a log say; `None` where none of them says what is bisected.
    pub fn of(entries: &[Entry]) -> Option<Bisection> {
        let begin = entries.iter().find_map(|entry| match entry {
            Entry::Begin(begin) => Some(begin.clone()),
            _ => None,
        })?;
        let mut bisection = Bisection { begin, builds: Vec::new() };
        entries.iter().for_each(|entry| bisection.add(entry));
        Some(bisection)
    }

    /// What is bisected.
    pub fn begin(&self) -> &Begin {
        &self.begin
    }

    /// Takes one more entry.
    pub fn add(&mut self, entry: &Entry) {
        match entry {
            Entry::Begin(_) => {}
            Entry::Measured { commit, values, .. } => {
                let build = self.build(commit);
                build.values.extend(values);
                build.measured += 1;
            }
            Entry::Answer { commit, answer, .. } => self.build(commit).answer = Some(*answer),
        }
    }

    fn build(&mut self, commit: &str) -> &mut Build {
        let known = self.builds.iter().position(|build| build.commit == commit);
        let at = known.unwrap_or_else(|| {
            self.builds.push(Build { commit: commit.into(), ..Build::default() });
            self.builds.len() - 1
        });
        &mut self.builds[at]
    }

    /// The commits in the order in which they were tested, each with what was answered.
    pub fn commits(&self) -> impl Iterator<Item = (&str, Option<Outcome>)> {
        self.builds.iter().map(|build| (build.commit.as_str(), build.answer))
    }

    /// What was answered of a commit.
    pub fn answered(&self, commit: &str) -> Option<Outcome> {
        self.builds.iter().find(|build| build.commit == commit)?.answer
    }

    /// What is known of a commit: by the boots of the sides, and by those of the builds that were answered before it.
    ///
    /// # Errors
    /// Sides that do not differ.
    pub fn step(&self, commit: &str) -> Result<Step, NoEnds> {
        let before = self.builds.iter().take_while(|build| build.commit != commit);
        let (mut good, mut bad, mut answers) = (self.begin.good.clone(), self.begin.bad.clone(), 0);
        for build in before {
            match build.answer {
                Some(Outcome::Good) => good.extend(&build.values),
                Some(Outcome::Bad) => bad.extend(&build.values),
                Some(Outcome::Skip) | None => continue,
            }
            answers += 1;
        }
        let Begin { error, planned, most, .. } = self.begin;
        let limits = Limits { error: error_of_step(error, planned, answers), most };
        let build = self.builds.iter().find(|build| build.commit == commit).cloned().unwrap_or_default();
        let evidence = Levels::new(&good, &bad)?.evidence(&build.values);
        let mut answer = limits.answer(evidence.as_ref(), build.values.len());
        if answer == Answer::Another && build.measured >= most {
            answer = Answer::Undecided;
        }
        let bound = evidence.map(|evidence| limits.bound(evidence.separation()));
        Ok(Step { answer, evidence, bound, values: build.values, measured: build.measured })
    }
}

#[cfg(test)]
mod tests;
