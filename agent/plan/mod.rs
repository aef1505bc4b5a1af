//! Planning: definitions + what the user set -> [`Plan`]. Pure: nothing is run, and a plan can be printed.

mod effort;
pub mod script;

pub use effort::{Effort, Until, WarmUp};

use crate::{
    definition::{AGENT, Definition, ITERATIONS, MAX_RETRIES, ParameterError, Template, Unfilled, Versions},
    record::{Ident, Labels},
    text::duration,
};
use std::{collections::BTreeMap, time::Duration};

/// The most cases of one benchmark.
pub const MAX_CASES: usize = 10_000;

/// Everything that a `run` will do.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The benchmarks, in the order they were named.
    pub benchmarks: Vec<PlannedBenchmark>,
    /// How much is measured, and in which order.
    pub effort: Effort,
}

/// One benchmark's part of the plan.
#[derive(Clone, Debug)]
pub struct PlannedBenchmark {
    /// Its definition.
    pub definition: Definition,
    /// Every parameter's value, as the user or the definition wrote it.
    pub parameters: BTreeMap<String, String>,
    /// Measured runs of each case, at most. A tool that iterates by itself runs once, and gets the number.
    pub iterations: u32,
    /// When fewer do.
    pub until: Option<Until>,
    /// Runs before them that are not measured.
    pub warm_up: WarmUp,
    /// The points of the parameter matrix.
    pub cases: Vec<PlannedCase>,
}

/// One point of the parameter matrix.
#[derive(Clone, Debug)]
pub struct PlannedCase {
    /// The point.
    pub labels: Labels,
    /// What the placeholders stand for.
    pub values: BTreeMap<String, String>,
    /// How long one command may take.
    pub timeout: Duration,
    /// How many more times the measured command may run where it failed.
    pub retries: u32,
    /// Environment variables of the commands.
    pub environment: BTreeMap<String, String>,
    /// Commands before.
    pub prepare: Vec<Vec<String>>,
    /// The measured command, by the tool's version.
    pub commands: Vec<(Versions, Vec<String>)>,
    /// Commands that run at the same time as these, each with its position in the definition's `background`.
    pub background: Vec<(usize, Vec<String>)>,
    /// Commands after.
    pub cleanup: Vec<Vec<String>>,
}

/// What the user set.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `NAME=VALUE` or `BENCHMARK.NAME=VALUE`.
    pub parameters: Vec<(String, String)>,
    /// Instead of the definition's.
    pub timeout: Option<Duration>,
    /// How much is measured, and in which order.
    pub effort: Effort,
    /// How many CPUs may be used: what `nproc` stands for.
    pub cpus: usize,
    /// The agent's own path: what `{agent}` stands for.
    pub agent: String,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// No named benchmark has the parameter.
    #[error("parameter `{name}`: {benchmarks} has no such parameter\nhint: {hint}")]
    Unknown {
        /// The parameter.
        name: String,
        /// Who has not got it.
        benchmarks: String,
        /// The nearest one, or all.
        hint: String,
    },
    /// A value that the parameter does not take.
    #[error("benchmark `{0}`: {1}")]
    Value(Ident, ParameterError),
    /// A placeholder without a value: the definition's fault.
    #[error("benchmark `{0}`: {1}")]
    Unfilled(Ident, Unfilled),
    /// Parameters that make no timeout: the definition's fault.
    #[error("benchmark `{0}`: timeout `{1}`: {2}\nhint: set it with --timeout")]
    Timeout(Ident, String, String),
    /// A matrix with too many points.
    #[error(
        "benchmark `{0}`: {1} cases (at most {MAX_CASES})\nhint: give its lists fewer values, or run it several times"
    )]
    Cases(Ident, usize),
    /// Too many repetitions of a command that fails.
    #[error(
        "benchmark `{0}`: parameter `{1}`: `{2}` retries (from 0 to {MAX_RETRIES})\nhint: set it with --param {1}=3"
    )]
    Retries(Ident, String, String),
    /// The same benchmark is named twice.
    #[error("benchmark `{0}`: named twice\nhint: a list as a parameter's value gives several cases in one run")]
    Twice(Ident),
}

impl Plan {
    /// The plan for `definitions` with what the user set.
    ///
    /// # Errors
    /// [`PlanError`]: an unknown parameter, a wrong value, a benchmark named twice.
    pub fn new(definitions: Vec<Definition>, settings: &Settings) -> Result<Self, PlanError> {
        for (at, definition) in definitions.iter().enumerate() {
            if definitions[..at].iter().any(|earlier| earlier.name == definition.name) {
                return Err(PlanError::Twice(definition.name.clone()));
            }
        }
        for (name, _) in &settings.parameters {
            if !definitions.iter().any(|definition| set_for(definition, name).is_some()) {
                return Err(unknown(name, &definitions));
            }
        }
        let benchmarks = definitions.into_iter().map(|definition| plan_benchmark(definition, settings));
        Ok(Self { benchmarks: benchmarks.collect::<Result<_, _>>()?, effort: settings.effort })
    }
}

/// The parameter of `definition` that `name` sets.
fn set_for<'a>(definition: &Definition, name: &'a str) -> Option<&'a str> {
    let name = match name.split_once('.') {
        Some((benchmark, name)) if benchmark == definition.name.as_str() => name,
        Some(_) => return None,
        None => name,
    };
    definition.parameter(name).map(|_| name)
}

fn unknown(name: &str, definitions: &[Definition]) -> PlanError {
    let known: Vec<&str> = definitions
        .iter()
        .flat_map(|definition| &definition.parameters)
        .map(|parameter| parameter.name.as_str())
        .collect();
    let bare = name.rsplit('.').next().unwrap_or(name);
    let hint = match crate::text::nearest(bare, known.iter().copied()) {
        Some(near) if near != bare => format!("did you mean `{near}`?"),
        _ => format!("there are {}", known.join(", ")),
    };
    let names: Vec<String> = definitions.iter().map(|definition| format!("`{}`", definition.name)).collect();
    PlanError::Unknown { name: name.into(), benchmarks: names.join(" or "), hint }
}

fn plan_benchmark(definition: Definition, settings: &Settings) -> Result<PlannedBenchmark, PlanError> {
    let mut parameters: BTreeMap<String, String> = BTreeMap::new();
    for parameter in &definition.parameters {
        parameters.insert(parameter.name.clone(), parameter.default.clone());
    }
    for (name, value) in &settings.parameters {
        if let Some(name) = set_for(&definition, name) {
            parameters.insert(name.into(), value.clone());
        }
    }
    let until = settings.effort.until.filter(|_| definition.can_stop_early());
    if let Some(until) = until {
        parameters.insert(ITERATIONS.into(), until.at_most.to_string());
    }
    let mut values: Vec<(&str, Vec<String>)> = Vec::new();
    for parameter in &definition.parameters {
        let given = parameter.values(&parameters[&parameter.name], settings.cpus);
        values.push((&parameter.name, given.map_err(|error| PlanError::Value(definition.name.clone(), error))?));
    }
    // Before any is built: a list of a hundred values in each of five axes is ten thousand million.
    let count = values.iter().fold(1_usize, |cases, (_, values)| cases.saturating_mul(values.len()));
    if count > MAX_CASES {
        return Err(PlanError::Cases(definition.name.clone(), count));
    }
    let points = points(&definition, &values, &settings.agent);
    let cases = points.into_iter().map(|(labels, values)| plan_case(&definition, settings, labels, values));
    let cases = cases.collect::<Result<_, _>>()?;
    let iterations = values.iter().find(|(name, _)| *name == ITERATIONS).and_then(|(_, values)| values[0].parse().ok());
    Ok(PlannedBenchmark {
        iterations: iterations.unwrap_or(1),
        until,
        warm_up: settings.effort.warm_up.unwrap_or(WarmUp::Times(definition.warm_up)),
        parameters,
        cases,
        definition,
    })
}

/// The points of the matrix: each one's labels, and what the placeholders stand for there.
fn points(definition: &Definition, values: &[(&str, Vec<String>)], agent: &str) -> Vec<Point> {
    let single = values.iter().filter(|(_, values)| values.len() == 1);
    let single = single.map(|(name, values)| ((*name).to_string(), values[0].clone()));
    let mut points = vec![(Vec::new(), single.chain([(AGENT.to_string(), agent.to_string())]).collect())];
    for axis in &definition.matrix {
        let values = values.iter().find(|(name, _)| *name == axis.parameter).map_or(&[][..], |(_, values)| values);
        let at = |point| values.iter().map(move |value| at_point(point, &axis.label, &axis.parameter, value));
        points = points.iter().flat_map(at).collect();
    }
    points
}

type Point = (Vec<(Ident, String)>, BTreeMap<String, String>);

fn at_point((labels, values): &Point, label: &Ident, parameter: &str, value: &str) -> Point {
    let (mut labels, mut values) = (labels.clone(), values.clone());
    labels.push((label.clone(), value.into()));
    values.insert(parameter.into(), value.into());
    (labels, values)
}

fn plan_case(
    definition: &Definition,
    settings: &Settings,
    labels: Vec<(Ident, String)>,
    values: BTreeMap<String, String>,
) -> Result<PlannedCase, PlanError> {
    let unfilled = |error| PlanError::Unfilled(definition.name.clone(), error);
    let fill = |word: &Template| word.fill(&values).map_err(unfilled);
    let expand = |word: &Template| match choice_words(definition, word, &values) {
        Some(words) => Ok(words.to_vec()),
        None => fill(word).map(|word| vec![word]),
    };
    let fill_words = |words: &Vec<Template>| {
        let words: Result<Vec<Vec<String>>, _> = words.iter().map(expand).collect();
        words.map(|words| words.concat())
    };
    let environment = definition.environment.iter().map(|(name, text)| Ok((name.clone(), fill(text)?)));
    let commands =
        definition.commands.iter().map(|command| Ok((command.versions.clone(), fill_words(&command.words)?)));
    let here = definition.background.iter().enumerate().filter(|(_, background)| background.is_here(&values));
    let background = here.filter_map(|(at, background)| match background.when.as_ref().map(fill).transpose() {
        Ok(Some(when)) if when.trim().is_empty() => None,
        Ok(_) => Some(fill_words(&background.words).map(|words| (at, words))),
        Err(error) => Some(Err(error)),
    });
    let time = fill(&definition.timeout)?;
    Ok(PlannedCase {
        retries: retries(definition, &values)?,
        timeout: settings.timeout.map_or_else(|| timeout(definition, time), Ok)?,
        environment: environment.collect::<Result<_, _>>()?,
        prepare: definition.prepare.iter().map(fill_words).collect::<Result<_, _>>()?,
        commands: commands.collect::<Result<_, _>>()?,
        background: background.collect::<Result<_, _>>()?,
        cleanup: definition.cleanup.iter().map(fill_words).collect::<Result<_, _>>()?,
        // No two keys of a matrix are the same: the definition was checked.
        labels: Labels::new(labels).unwrap_or_default(),
        values,
    })
}

/// How long a command may take.
fn timeout(definition: &Definition, text: String) -> Result<Duration, PlanError> {
    let why = match duration::read(&text) {
        Ok(Duration::ZERO) => "nothing ends in no time".into(),
        Ok(timeout) => return Ok(timeout),
        Err(error) => error.to_string(),
    };
    Err(PlanError::Timeout(definition.name.clone(), text, why))
}

/// How many more times a command that fails may run.
fn retries(definition: &Definition, values: &BTreeMap<String, String>) -> Result<u32, PlanError> {
    let Some(name) = &definition.retries else { return Ok(0) };
    let Some(text) = values.get(name) else { return Ok(0) };
    let number = text.parse().ok().filter(|number| *number <= MAX_RETRIES);
    number.ok_or_else(|| PlanError::Retries(definition.name.clone(), name.clone(), text.clone()))
}

/// The words of the choice that is all of `word`, where the definition gives it any.
fn choice_words<'a>(
    definition: &'a Definition,
    word: &Template,
    values: &BTreeMap<String, String>,
) -> Option<&'a [String]> {
    let name = word.only_name()?;
    definition.parameter(name)?.words(values.get(name)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Store;

    fn plan(names: &[&str], parameters: &[(&str, &str)]) -> Result<Plan, PlanError> {
        let definitions = names.iter().map(|name| Store::embedded().load(name).unwrap()).collect();
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect();
        Plan::new(
            definitions,
            &Settings { parameters, timeout: None, effort: Effort::default(), cpus: 4, agent: "/agent".into() },
        )
    }

    #[test]
    fn a_case_for_each_point() {
        let plan = plan(&["sysbench-cpu", "primes"], &[("TIME", "2"), ("sysbench-cpu.THREADS", "1 2 8")]).unwrap();
        let [sysbench, primes] = plan.benchmarks.as_slice() else { panic!("two benchmarks") };
        let labels: Vec<String> = sysbench.cases.iter().map(|case| case.labels.to_string()).collect();
        assert_eq!(labels, ["threads=1", "threads=2", "threads=8"]);
        let (_, words) = &sysbench.cases[2].commands[1];
        assert_eq!(words.join(" "), "sysbench cpu --threads=8 --cpu-max-prime=10000 --events=0 --time=2 run");
        assert_eq!(sysbench.cases[2].timeout, Duration::from_secs(62));
        assert_eq!(sysbench.parameters["THREADS"], "1 2 8");
        let (_, words) = &primes.cases[1].commands[0];
        assert_eq!(words.join(" "), "/agent workload primes --threads 4 --limit 10000 --seconds 2");
        assert_eq!(primes.parameters["THREADS"], "1 nproc");
    }

    #[test]
    fn errors_name_the_nearest() {
        let error = |names: &[&str], name, value| plan(names, &[(name, value)]).unwrap_err().to_string();
        let both = &["sysbench-cpu", "primes"];
        assert!(error(both, "MAX_PRIMES", "1").contains("hint: did you mean `MAX_PRIME`?"));
        assert!(error(both, "primes.MAX_PRIME", "9").contains("has no such parameter"));
        assert!(error(both, "THREADS", "0").contains("`0` is not a whole number from 1 to"));
        assert!(plan(&["primes", "primes"], &[]).is_err());
    }
}
