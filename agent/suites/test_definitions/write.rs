//! Records -> the lines of `result.txt`: what came from one, as it was; what a test measures too, under its names; everything
//! else under the names of our signals.

use super::{
    NAME,
    equals::has_iteration,
    line::Line,
    names::{Equal, Name, Summary, tests},
    record::{NO_UNIT, ran},
};
use crate::{
    definition::{Definition, Factor, Store},
    record::{Benchmark, Case, Decimal, Labels, Record, Series, Value},
    signal::{self, NameLabels, Reserved, Word},
};
use std::collections::{BTreeMap, HashSet};

/// The lines of records, and what they do not hold.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) notes: Vec<String>,
    set: Option<String>,
}

/// Writes records, one after the other.
pub(super) fn write(records: &[Record]) -> Written {
    let mut written = Written::default();
    if records.len() > 1 {
        written.notes.push(format!("{} records: nothing says where one ends and the next begins", records.len()));
    }
    for record in records {
        written.record(record);
    }
    written
}

impl Written {
    fn record(&mut self, record: &Record) {
        self.left_out(record);
        let theirs: HashSet<String> = record.benchmarks.iter().filter(|it| is_theirs(it)).flat_map(names).collect();
        for benchmark in &record.benchmarks {
            if is_theirs(benchmark) {
                benchmark.cases.iter().for_each(|case| self.case_of_theirs(case, benchmark));
                self.set_to(None);
                continue;
            }
            let equal = equal(benchmark);
            for case in &benchmark.cases {
                let named = equal.as_ref().filter(|(equal, definition)| same_point(equal, definition, case));
                match named {
                    Some((equal, _)) => self.case_by_name(equal, case, benchmark, &theirs),
                    None => self.case(case, benchmark),
                }
            }
        }
    }

    /// What no line holds.
    fn left_out(&mut self, record: &Record) {
        let all = || record.benchmarks.iter();
        let cases = || all().flat_map(|benchmark| &benchmark.cases);
        let parts = [
            (record.machine.is_some(), "the facts of the machine"),
            (all().any(|benchmark| !benchmark.parameters.is_empty()), "parameters"),
            (all().any(|benchmark| benchmark.tool.is_some()), "tools and their versions"),
            (all().any(|benchmark| !is_theirs(benchmark) && !benchmark.metrics.is_empty()), "directions"),
            (cases().any(|case| !case.executions.is_empty()), "executions and their conditions"),
            (cases().any(|case| !case.reasons.is_empty()), "reasons of verdicts"),
            (!record.losses.is_empty(), "losses"),
        ];
        let notes = parts.iter().filter(|(there, _)| *there);
        self.notes.extend(notes.map(|(_, what)| format!("record {}: {what} are not in a result.txt", record.id)));
    }

    /// Adds a line, if it says what is meant.
    fn line(&mut self, name: &str, result: &str, measured: Option<(Value, &str)>) {
        let measured = measured.map(|(value, unit)| format!(" {value} {unit}")).unwrap_or_default();
        let line = format!("{name} {result}{measured}");
        let line = line.trim_end();
        match Line::read(line.as_bytes()) {
            Ok(Some(Line::Result(read))) if read.name == name => {
                self.text.push_str(line);
                self.text.push('\n');
            }
            Ok(_) => self.notes.push(format!("left out: `{line}` is read otherwise")),
            Err(error) => self.notes.push(format!("left out: {error}")),
        }
    }

    fn set_to(&mut self, set: Option<&str>) {
        if self.set.as_deref() != set {
            if self.set.is_some() {
                self.text.push_str("lava-test-set stop\n");
            }
            if let Some(name) = set {
                self.text.push_str(&format!("lava-test-set start {name}\n"));
            }
            self.set = set.map(String::from);
        }
    }

    fn case_of_theirs(&mut self, case: &Case, benchmark: &Benchmark) {
        let Some(name) = case.labels.get("name") else { return self.case(case, benchmark) };
        self.set_to(case.labels.get("set"));
        let result = case.result.as_str();
        let mut values = case.series.iter().flat_map(|series| series.values().map(move |value| (series, value)));
        match values.next() {
            None => self.line(name, result, None),
            Some(first) => std::iter::once(first).chain(values).for_each(|(series, value)| {
                self.line(name, result, Some((value, unit(benchmark, series))));
            }),
        }
    }

    /// A case of ours that one of their tests measures too.
    fn case_by_name(&mut self, equal: &'static Equal, case: &Case, benchmark: &Benchmark, theirs: &HashSet<String>) {
        let mut told = false;
        for series in &case.series {
            let names: Vec<&Name> = equal.metrics.iter().filter(|name| fits(equal, name, case, series)).collect();
            for name in &names {
                for (theirs_name, value, units) in numbers(name, case, series, names.len() > 1) {
                    if !theirs.contains(&theirs_name) {
                        self.line(&theirs_name, case.result.as_str(), Some((value, &units)));
                    }
                    told = true;
                }
            }
            if names.is_empty() {
                self.series(case, series, benchmark);
            }
        }
        match &equal.verdict {
            Some(verdict) => self.line(verdict, case.result.as_str(), None),
            None if !told => self.verdict(case, benchmark),
            None => {}
        }
    }

    /// A case under the names of our signals.
    fn case(&mut self, case: &Case, benchmark: &Benchmark) {
        case.series.iter().for_each(|series| self.series(case, series, benchmark));
        self.verdict(case, benchmark);
    }

    fn verdict(&mut self, case: &Case, benchmark: &Benchmark) {
        if let Some(name) = self.name(Word::Reserved(Reserved::Case), &case.labels, benchmark) {
            self.line(&name.to_string(), case.result.as_str(), None);
        }
    }

    fn series(&mut self, case: &Case, series: &Series, benchmark: &Benchmark) {
        let Ok(labels) = case.labels.then(&series.labels) else { return };
        let Some(name) = self.name(Word::Metric(series.metric.clone()), &labels, benchmark) else { return };
        for (iteration, samples) in (0..).zip(&series.samples) {
            for (sample, value) in (0..).zip(samples) {
                if let Some(value) = value {
                    let name = name.at(iteration, sample).to_string();
                    self.line(&name, case.result.as_str(), Some((*value, unit(benchmark, series))));
                }
            }
        }
    }

    fn name(&mut self, word: Word, labels: &Labels, benchmark: &Benchmark) -> Option<signal::Name> {
        let labels = Labels::of_run(benchmark.run).then(labels).ok()?;
        let name = signal::Name::new(&benchmark.name, word, &labels);
        if let NameLabels::Hashed(_) = name.labels() {
            self.notes.push(format!("{name}: its labels are too long for a name: {labels}"));
        }
        Some(name)
    }
}

/// Whether a benchmark holds lines that nothing here has a name for.
fn is_theirs(benchmark: &Benchmark) -> bool {
    benchmark.name.as_str() == NAME
}

/// The names of its lines.
fn names(benchmark: &Benchmark) -> impl Iterator<Item = String> + '_ {
    benchmark.cases.iter().filter_map(|case| case.labels.get("name").map(String::from))
}

fn unit<'b>(benchmark: &'b Benchmark, series: &Series) -> &'b str {
    let metric = benchmark.metrics.iter().find(|metric| metric.name == series.metric);
    metric.map(|metric| metric.unit.as_str()).filter(|unit| *unit != NO_UNIT).unwrap_or_default()
}

/// Who measures what a benchmark of ours measures.
fn equal(benchmark: &Benchmark) -> Option<(&'static Equal, Definition)> {
    let mut all = tests().iter().flat_map(|test| &test.definitions);
    let equal = all.find(|equal| equal.definition == benchmark.name.as_str() && !equal.metrics.is_empty())?;
    // Where it ran twice, their names would say the same of both.
    let definition = Store::embedded().load(&equal.definition).ok().filter(|_| benchmark.run == 1)?;
    Some((equal, definition))
}

/// Whether a case was run as their test runs, as far as its labels say: their names do not.
fn same_point(equal: &Equal, definition: &Definition, case: &Case) -> bool {
    let told = |label: &str| {
        let placeholder = format!("{{{label}}}");
        let of_name = |name: &Name| name.theirs.contains(&placeholder) || name.labels.contains_key(label);
        let value = case.labels.get(label);
        // Of some cases there the names say it, of others they do not.
        let of_case = |name: &Name| value.is_some() && name.labels.get(label).map(String::as_str) == value;
        equal.metrics.iter().all(of_name) || equal.metrics.iter().any(of_case)
    };
    definition.matrix.iter().filter(|axis| !told(axis.label.as_str())).all(|axis| {
        let value = case.labels.get(axis.label.as_str());
        match ran(equal, &axis.parameter, &BTreeMap::new()) {
            Some(theirs) => value == Some(&theirs),
            // It is their number of processors, or one that is not known.
            None => value.is_none(),
        }
    })
}

fn label<'c>(case: &'c Case, series: &'c Series, key: &str) -> Option<&'c str> {
    case.labels.get(key).or_else(|| series.labels.get(key))
}

/// What stands for a label in a name.
fn word<'c>(name: &Name, case: &'c Case, series: &'c Series, key: &str) -> Option<&'c str> {
    label(case, series, key)?.strip_prefix(name.before.as_str())
}

/// Whether a name is of this series: all that it says is so, and no other name says more of it.
fn fits(equal: &Equal, name: &Name, case: &Case, series: &Series) -> bool {
    says(name, case, series)
        && !equal.metrics.iter().any(|other| {
            let more = |key: &String| !name.labels.contains_key(key) && !name.theirs.contains(&format!("{{{key}}}"));
            other.labels.keys().any(more) && says(other, case, series)
        })
}

fn says(name: &Name, case: &Case, series: &Series) -> bool {
    let placed = name.theirs.split(['{', '}']).skip(1).step_by(2).filter(|key| *key != "iteration");
    name.metric == series.metric.as_str()
        && name.labels.iter().all(|(key, value)| label(case, series, key) == Some(value))
        && placed.into_iter().all(|key| word(name, case, series, key).is_some())
}

/// The names, numbers and units of one of their names; `several` says that others are of the same series.
fn numbers(name: &Name, case: &Case, series: &Series, several: bool) -> Vec<(String, Value, String)> {
    let Some((units, factor)) = units(name) else { return Vec::new() };
    let inverse = Factor { times: factor.over, over: factor.times };
    let number = |value: Value| Value::try_from(inverse.apply(Decimal::parse(&format!("{:e}", value.get()))?)).ok();
    let plain = name.theirs.split(['{', '}']).enumerate().map(|(at, part)| match at % 2 {
        0 => part.to_string(),
        _ if part == "iteration" => "{iteration}".into(),
        _ => word(name, case, series, part).unwrap_or_default().into(),
    });
    let plain: String = plain.collect();
    if let Some(summary) = name.summary {
        let value = summarised(summary, series).and_then(number);
        return value.into_iter().map(|value| (plain.clone(), value, units.clone())).collect();
    }
    let iterations = series.samples.len();
    let values = (1_usize..).zip(&series.samples);
    let values = values.flat_map(|(at, samples)| samples.iter().flatten().map(move |value| (at, *value)));
    let named = |(at, value): (usize, Value)| {
        let theirs = match (has_iteration(name), iterations > 1 && !several) {
            (true, _) => plain.replace("{iteration}", &at.to_string()),
            (false, true) => format!("iteration-{at}-{plain}"),
            (false, false) => plain.clone(),
        };
        Some((theirs, number(value)?, units.clone()))
    };
    values.filter_map(named).collect()
}

/// The units that numbers are written with: ours, where they have them, else the first.
fn units(name: &Name) -> Option<(String, Factor)> {
    let mut all = name.units.iter().filter_map(|(units, factor)| Some((units.clone(), Factor::parse(factor)?)));
    let first = all.next();
    match first {
        None => Some((String::new(), Factor::ONE)),
        Some((_, factor)) if factor == Factor::ONE => first,
        Some(_) => all.find(|(_, factor)| *factor == Factor::ONE).or(first),
    }
}

fn summarised(summary: Summary, series: &Series) -> Option<Value> {
    let values: Vec<f64> = series.values().map(Value::get).collect();
    let number = match summary {
        // One sample may be a mean itself.
        Summary::Min | Summary::Max if values.len() < 2 => return None,
        Summary::Min => values.iter().copied().reduce(f64::min)?,
        Summary::Max => values.iter().copied().reduce(f64::max)?,
        // As many digits as their scripts print.
        Summary::Mean if values.len() > 1 => {
            format!("{:.6}", values.iter().sum::<f64>() / values.len() as f64).parse().ok()?
        }
        Summary::Mean => *values.first()?,
    };
    number.try_into().ok()
}
