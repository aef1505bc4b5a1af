//! A record -> what lkp would have of each of its cases: a job and statistics.

use super::name::{theirs, theirs_of_test, word};
use crate::{
    record::{Benchmark, Case, Execution, Exit, Record, Role, Series, Value, Verdict},
    suites::lkp::{
        names::{Names, Row, Rows},
        record::{ARCH, PREFIX, stat_of},
        root::{Job, Number, Root},
    },
};
use std::collections::BTreeMap;

/// The test of lkp that may be anything.
const ANY_TEST: &str = "mytest";

/// A run as lkp would have it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::suites::lkp) struct Written {
    /// What was run on what: `testcase`, `commit`, `arch` and the like.
    pub(in crate::suites::lkp) facts: BTreeMap<&'static str, String>,
    /// The parameters.
    pub(in crate::suites::lkp) parameters: BTreeMap<String, String>,
    /// The statistics, and one number for each.
    pub(in crate::suites::lkp) stats: Vec<(String, f64)>,
    /// What went wrong.
    pub(in crate::suites::lkp) state: Vec<String>,
}

impl Written {
    /// One run of lkp, of which a record has each program as a benchmark of its own.
    fn with(mut self, other: Self) -> Self {
        let more = other.stats.into_iter().filter(|(name, _)| !self.stats.iter().any(|(known, _)| known == name));
        self.stats.extend(more.collect::<Vec<_>>());
        self.state.extend(other.state.into_iter().filter(|what| !self.state.contains(what)).collect::<Vec<_>>());
        if self.testcase() == ANY_TEST && !other.parameters.contains_key(ANY_TEST) {
            (self.facts, self.parameters) = (other.facts, other.parameters);
        }
        self
    }

    fn testcase(&self) -> &str {
        self.facts.get("testcase").map_or(ANY_TEST, String::as_str)
    }

    /// The folder of its commit, from the one that is written. lkp itself names it anew.
    pub(super) fn folder(&self) -> String {
        let parameters: Vec<String> = self.parameters.values().map(|value| component(value)).collect();
        let point = if parameters.is_empty() { "defaults".into() } else { parameters.join("-") };
        let commit = self.facts.get("commit").map(|commit| component(commit)).unwrap_or_default();
        let machine = self.facts.get("tbox_group").map(|machine| component(machine)).unwrap_or_default();
        format!("{}/{point}/{machine}/{commit}", component(self.testcase()))
    }

    /// Its `job.yaml`.
    pub(super) fn job(&self) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let mut text = format!("---\nsuite: {0}\ntestcase: {0}\ncategory: benchmark\n", self.testcase());
        let program = self.testcase();
        match self.parameters.get(program) {
            // One argument is the program's own value.
            Some(argument) => text.push_str(&format!("{program}: {}\n", quoted(argument))),
            None => {
                text.push_str(&format!("{program}:\n"));
                let all = self.parameters.iter();
                all.for_each(|(key, value)| text.push_str(&format!("  {}: {}\n", quoted(key), quoted(value))));
            }
        }
        let facts = self.facts.iter().filter(|(key, _)| **key != "testcase");
        facts.for_each(|(key, value)| text.push_str(&format!("{key}: {}\n", quoted(value))));
        text
    }

    /// The run, as it would be read again.
    pub(in crate::suites::lkp) fn to_root(&self) -> Root {
        let facts = self.facts.iter().map(|(key, value)| ((*key).to_string(), value.clone()));
        let number =
            |(name, value): &(String, f64)| (name.clone(), Number { value: *value, whole: value.fract() == 0.0 });
        Root {
            job: Some(Job::of(facts, self.parameters.clone())),
            stats: self.stats.iter().map(number).collect(),
            has_stats: true,
            ..Root::default()
        }
    }
}

/// A value as lkp's index can have it: a line of it is `axis=value/axis=value`.
fn argument(text: &str) -> String {
    let kept = |c: char| c.is_ascii_alphanumeric() || "-+:.%_".contains(c);
    text.chars().map(|c| if kept(c) { c } else { '-' }).collect()
}

/// A part of a path as lkp would have it.
fn component(text: &str) -> String {
    let kept = |c: char| c.is_ascii_alphanumeric() || "-+=:.%_".contains(c);
    let text: String = text.chars().take(60).map(|c| if kept(c) { c } else { '_' }).collect();
    if text.trim_matches('.').is_empty() { format!("_{text}") } else { text }
}

/// The runs of a record, and what is left out.
pub(in crate::suites::lkp) fn runs(record: &Record, names: &Names) -> (Vec<Written>, Vec<String>) {
    let mut left = Vec::new();
    let mut all = Vec::new();
    for benchmark in &record.benchmarks {
        let of = |case: &&Case| !is_verdict(case, benchmark);
        for case in benchmark.cases.iter().filter(of) {
            if case.result == Verdict::Skip {
                left.push(format!("{} {}: it was skipped", benchmark.name, case.labels).trim_end().to_string());
                continue;
            }
            all.push(Writer { record, benchmark, names, left: &mut left }.run(case));
        }
    }
    if record.benchmarks.iter().all(|benchmark| benchmark.name.as_str().starts_with(PREFIX)) {
        all = all.into_iter().reduce(Written::with).into_iter().collect();
    }
    if !record.losses.is_empty() {
        left.push(format!("record {}: what it lost", record.id));
    }
    (all, left)
}

/// Whether a case is what an output said of one of its tests.
fn is_verdict(case: &Case, benchmark: &Benchmark) -> bool {
    let measured = |case: &Case| !case.series.is_empty() || !case.executions.is_empty();
    !measured(case) && case.result != Verdict::Skip && benchmark.cases.iter().any(measured)
}

/// What the runs of a benchmark are written with.
struct Writer<'w> {
    record: &'w Record,
    benchmark: &'w Benchmark,
    names: &'w Names,
    left: &'w mut Vec<String>,
}

impl<'w> Writer<'w> {
    /// The program of lkp that a benchmark is, and its rows.
    fn program(&self) -> (String, Option<&'w Rows>) {
        let name = self.benchmark.name.as_str();
        let tool = self.benchmark.tool.as_ref().map(|tool| tool.name.clone());
        match (name.starts_with(PREFIX), tool) {
            (true, Some(tool)) => (tool, None),
            _ => match self.names.of_definition(name) {
                Some((program, rows)) => (program.into(), Some(rows)),
                None => (name.into(), None),
            },
        }
    }

    fn run(mut self, case: &Case) -> Written {
        let (program, rows) = self.program();
        let mut written = Written { facts: self.facts(), ..Written::default() };
        self.place(&mut written, &program, case);
        for series in &case.series {
            let (name, value) = self.statistic(&program, rows, (case, series));
            match value {
                // lkp drops a number that is 0.
                Some(value) if value != 0.0 => written.stats.push((name, value)),
                Some(_) => self.left.push(format!("{name}: it is 0, which lkp has no number for")),
                None => self.left.push(format!("{name}: its samples are lost")),
            }
        }
        let tests = self.benchmark.cases.iter().filter(|other| is_verdict(other, self.benchmark));
        for test in
            tests.filter(|test| case.labels.iter().all(|(key, value)| test.labels.get(key.as_str()) == Some(value)))
        {
            let (_, own) = test.labels.split(|key| case.labels.get(key.as_str()).is_some());
            let words: Vec<String> = own.iter().map(|(_, value)| word(value)).collect();
            let name = rows.and_then(|rows| theirs_of_test(rows, &own, test.result));
            let name = name.unwrap_or_else(|| format!("{}.{}", words.join("."), test.result.as_str()));
            written.stats.push((format!("{program}.{name}"), 1.0));
        }
        self.went_wrong(&mut written, &program, case);
        self.resources(&mut written, &program, case);
        written
    }

    /// What was run on what.
    fn facts(&self) -> BTreeMap<&'static str, String> {
        let record = self.record;
        let machine = record.machine.clone().unwrap_or_default();
        let lab = record.lab.clone().unwrap_or_default();
        let parameter = |name: &str| self.benchmark.parameters.get(name).cloned();
        let build = lab.git_describe.or(lab.kernel_build).or(record.label.clone()).or(machine.kernel.release);
        let board = machine.board.model.or(lab.device_type).or(machine.processor.model);
        let known = [
            ("commit", build),
            ("tbox_group", board.map(|board| component(&board))),
            ("arch", machine.kernel.architecture.or(parameter(ARCH))),
            ("rootfs", parameter("rootfs").or(machine.distribution.id)),
            ("kconfig", parameter("kconfig")),
            ("compiler", parameter("compiler")),
        ];
        let named = |(key, value): (&'static str, Option<String>)| {
            (key, value.map_or("unknown".into(), |text| component(&text)))
        };
        let mut facts: BTreeMap<&str, String> = known.into_iter().map(named).collect();
        facts.insert("testbox", facts.get("tbox_group").cloned().unwrap_or_default());
        let number = |key: &'static str, value: Option<String>| value.map(|value| (key, value));
        facts.extend(number("nr_cpu", machine.processor.threads.map(|count| count.to_string())));
        facts.extend(number("memory", machine.memory.total_bytes.map(|bytes| format!("{}M", bytes >> 20))));
        facts
    }

    /// The test of lkp that the case is, and its parameters.
    fn place(&mut self, written: &mut Written, program: &str, case: &Case) {
        let native = !self.benchmark.name.as_str().starts_with(PREFIX);
        let known = self.names.is_test(program);
        let any = self.benchmark.parameters.contains_key(ANY_TEST);
        if !native && (known || any) {
            let place = ["kconfig", "compiler", "rootfs", ARCH];
            let own = self.benchmark.parameters.iter().filter(|(key, _)| !place.contains(&key.as_str()));
            written.parameters = own.map(|(key, value)| (key.clone(), value.clone())).collect();
            written.facts.insert("testcase", if any { ANY_TEST } else { program }.into());
            return;
        }
        // lkp knows a program's own parameters alone: others would make one run of several cases.
        let case = format!("{} {}", self.benchmark.name, case.labels);
        let others = self.benchmark.parameters.iter().map(|(key, value)| format!("{key}={value}"));
        let others: Vec<String> = others.filter(|one| !one.contains('\n')).collect();
        if !others.is_empty() {
            self.left.push(format!("{}: parameters besides its case: {}", self.benchmark.name, others.join(" ")));
        }
        written.facts.insert("testcase", ANY_TEST.into());
        written.parameters = BTreeMap::from([(ANY_TEST.to_string(), argument(case.trim_end()))]);
    }

    /// The statistic that a series is, and its number.
    fn statistic(&self, program: &str, rows: Option<&Rows>, (case, series): (&Case, &Series)) -> (String, Option<f64>) {
        let samples: Vec<f64> = series.values().map(Value::get).collect();
        let mean = |numbers: &[f64]| (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64);
        if let Some((name, row)) = rows.and_then(|rows| theirs(rows, series, &case.labels)) {
            let Row { with, because, .. } = row;
            let numbers = with.iter().chain(because).fold(samples, |numbers, step| step.apply(&numbers));
            return (format!("{program}.{name}"), mean(&numbers));
        }
        let native = !self.benchmark.name.as_str().starts_with(PREFIX);
        let name = match native {
            true => {
                let labels: Vec<String> = series.labels.iter().map(|(_, value)| word(value)).collect();
                [vec![program.to_string(), series.metric.as_str().replace('-', "_")], labels].concat().join(".")
            }
            false => format!("{program}.{}", stat_of(series)),
        };
        (name, mean(&samples))
    }

    fn went_wrong(&mut self, written: &mut Written, program: &str, case: &Case) {
        if case.result != Verdict::Fail {
            return;
        }
        let told = case.reasons.iter().filter_map(|reason| reason.strip_prefix("last_state: "));
        written.state = told.map(str::to_string).collect();
        if written.state.is_empty() {
            let code = case.executions.iter().find_map(|execution| match execution.exit {
                Exit::Code(code) if code != 0 => Some(code),
                _ => None,
            });
            written.state.extend(code.map(|code| format!("test.{program}.exit_code.{code}")));
            written.state.extend(["exit_fail".to_string(), "is_incomplete_run".to_string()]);
            self.left.extend(case.reasons.first().map(|why| format!("{program}: why it failed: {why}")));
        }
        written.stats.extend(written.state.iter().map(|what| (format!("last_state.{what}"), 1.0)));
    }

    /// What the command used, under GNU time's names.
    fn resources(&mut self, written: &mut Written, program: &str, case: &Case) {
        let measured: Vec<&Execution> =
            case.executions.iter().filter(|execution| execution.role == Role::Iteration).collect();
        let Some(first) = measured.first() else { return };
        let mean =
            |of: &dyn Fn(&Execution) -> f64| measured.iter().map(|one| of(one)).sum::<f64>() / measured.len() as f64;
        let usage = |of: fn(&crate::record::Usage) -> f64| mean(&|one| one.usage.as_ref().map_or(0.0, of));
        let all = [
            ("elapsed_time", mean(&|one| one.elapsed_seconds)),
            ("user_time", usage(|usage| usage.user_seconds)),
            ("system_time", usage(|usage| usage.system_seconds)),
            ("maximum_resident_set_size", usage(|usage| (usage.max_rss_bytes / 1024) as f64)),
            ("major_page_faults", usage(|usage| usage.major_faults as f64)),
            ("minor_page_faults", usage(|usage| usage.minor_faults as f64)),
            ("voluntary_context_switches", usage(|usage| usage.voluntary_switches as f64)),
            ("involuntary_context_switches", usage(|usage| usage.involuntary_switches as f64)),
        ];
        for (name, value) in all.into_iter().filter(|(_, value)| *value != 0.0) {
            written.stats.push((format!("{program}.time.{name}"), value));
            written.stats.push((format!("time.{name}"), value));
        }
        if !first.monitors.is_empty() {
            self.left.push(format!("{program}: what watched it: names of monitors are not lkp's own"));
        }
        if measured.iter().any(|one| !one.faults.is_empty()) {
            self.left.push(format!("{program}: what the kernel log complained of"));
        }
        if measured.iter().any(|one| one.conditions.is_some()) {
            self.left.push(format!("{program}: the conditions of its executions"));
        }
    }
}
