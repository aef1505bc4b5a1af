//! Reading: a benchmark's log files -> samples, as a rule says.

use super::{
    file::stem,
    sample::{LogSample, Name, Names, Parts, SampleNumber},
    value::{Batch, rounded, scaled, seconds, share, sum, whole},
};
use crate::{
    suites::mmtests::{
        benchmarks::{Agreement, Compiled, Found, Line, Numbering, Pattern, Rule, Take},
        number,
    },
    text::template::Template,
};
use regex::bytes::CaptureLocations;
use std::{
    borrow::Cow,
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

/// How often a line may say that its value stands there.
const MOST_TIMES: usize = 10_000_000;

/// The names of the files that `rule` reads, in its order.
pub(super) fn files<'a>(rule: &Rule, names: &'a [String]) -> Vec<(&'a str, BTreeMap<String, String>)> {
    let mut locations = rule.logs.locations();
    let mut found: Vec<(&str, BTreeMap<String, String>)> = Vec::new();
    for name in names {
        found
            .extend(rule.logs.find(stem(name), &mut locations).map(|groups| (name.as_str(), groups.named().collect())));
    }
    let groups: Vec<&str> = rule.logs.names().collect();
    let numeric: Vec<bool> =
        groups.iter().map(|group| found.iter().all(|(_, parts)| number(&parts[*group]).is_some())).collect();
    found.sort_by(|(a_name, a), (b_name, b)| {
        let by_group = groups.iter().zip(&numeric).map(|(group, numeric)| compare(&a[*group], &b[*group], *numeric));
        by_group.fold(Ordering::Equal, Ordering::then).then_with(|| a_name.cmp(b_name))
    });
    found
}

fn compare(a: &str, b: &str, numeric: bool) -> Ordering {
    let number = |text: &str| number(text).unwrap_or(f64::NAN);
    if numeric { number(a).total_cmp(&number(b)) } else { a.cmp(b) }
}

/// A log file.
pub(super) struct LogFile<'t> {
    /// The groups of its name.
    pub(super) parts: &'t BTreeMap<String, String>,
    pub(super) text: &'t str,
    /// The text of the file that defines, where the rule names one.
    pub(super) defining: Option<&'t str>,
}

/// Gives `sink` what one file holds.
pub(super) fn read<'t>(rule: &'static Rule, log: &LogFile<'t>, names: &mut Names, sink: &mut dyn FnMut(LogSample<'t>)) {
    // The first group of the file's name distinguishes kinds of files.
    let kind = rule.logs.names().next().and_then(|name| log.parts.get(name)).map_or("", String::as_str);
    let mut known = rule.initial.clone();
    known.extend(log.parts.clone());
    let mut reading = Reading {
        rule,
        names,
        known,
        defined: definitions(rule, log.defining.unwrap_or(log.text)),
        columns: Vec::new(),
        states: rule.lines.iter().map(|_| State::default()).collect(),
        varies: rule.lines.iter().map(varies).collect(),
        parts: Parts::default(),
        pending: Vec::new(),
        completed: 0,
        sink,
    };
    let mut searches = Searches::new(rule, kind);
    let mut within = rule.after.is_none();
    for line in lines(log.text) {
        if !within {
            within = rule.after.as_ref().is_some_and(|after| after.is_match(line));
            continue;
        }
        if rule.until.as_ref().is_some_and(|until| until.is_match(line)) {
            if !rule.again {
                break;
            }
            within = false;
            continue;
        }
        searches.line(line, &mut reading);
    }
    reading.end(kind);
}

/// As `str::lines`, which looks for an end of a line without the processor's vectors.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = (!text.is_empty()).then_some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = memchr::memchr(b'\n', text.as_bytes());
        let line = end.map_or(text, |end| &text[..end]);
        rest = end.map(|end| &text[end + 1..]).filter(|rest| !rest.is_empty());
        Some(if end.is_some() { line.strip_suffix('\r').unwrap_or(line) } else { line })
    })
}

fn definitions(rule: &Rule, text: &str) -> HashMap<String, String> {
    let Some(define) = &rule.define else { return HashMap::new() };
    let mut locations = define.locations();
    let mut all = HashMap::new();
    for line in lines(text) {
        let Some(found) = define.find(line, &mut locations) else { continue };
        let value = found.at(define.value).unwrap_or_default();
        match found.group("key") {
            Some(keys) => all.extend(keys.split_whitespace().map(|key| (key.to_string(), value.to_string()))),
            // The first says it.
            None => drop(all.entry(String::new()).or_insert_with(|| value.to_string())),
        }
    }
    all
}

/// What is looked for in every line of a file.
struct Searches {
    heading: Option<Search>,
    columns: Option<Search>,
    /// By the place of the line's rule.
    lines: Vec<(usize, Search)>,
    complete: Option<&'static Pattern>,
}

/// A pattern, and the room for its groups.
struct Search(&'static Compiled, CaptureLocations);

impl Search {
    fn new(pattern: &'static Pattern) -> Self {
        Self(pattern, pattern.locations())
    }

    fn find<'a, 't>(&'a mut self, line: &'t str) -> Option<Found<'a, 't>> {
        self.0.find(line, &mut self.1)
    }
}

impl Searches {
    fn new(rule: &'static Rule, kind: &str) -> Self {
        let lines = rule.lines.iter().enumerate();
        let lines = lines.filter(|(_, line)| line.files.as_deref().is_none_or(|wanted| wanted == kind));
        Self {
            heading: rule.heading.as_ref().map(Search::new),
            columns: rule.columns.as_ref().map(Search::new),
            lines: lines.map(|(at, line)| (at, Search::new(&line.pattern))).collect(),
            complete: rule.complete.as_ref(),
        }
    }

    fn line<'t>(&mut self, text: &'t str, reading: &mut Reading<'_, 't>) {
        if let Some(found) = self.heading.as_mut().and_then(|heading| heading.find(text)) {
            reading.known.extend(found.named());
            reading.states.iter_mut().for_each(|state| state.name = None);
        }
        if let Some(search) = &mut self.columns
            && let Some(found) = search.find(text)
        {
            let columns = found.group("columns").unwrap_or_default();
            reading.columns = columns.split_whitespace().map(Into::into).collect();
        }
        for (at, search) in &mut self.lines {
            if let Some(found) = search.find(text) {
                reading.found(*at, &found);
            }
        }
        if self.complete.is_some_and(|complete| complete.is_match(text)) {
            reading.pending.drain(..).for_each(&mut *reading.sink);
            reading.completed += 1;
            reading.known.insert("completed".into(), reading.completed.to_string());
        }
    }
}

struct Reading<'s, 't> {
    rule: &'static Rule,
    names: &'s mut Names,
    /// The groups of the file's name and of the last heading.
    known: BTreeMap<String, String>,
    defined: HashMap<String, String>,
    /// The names of columns, where a line gave them.
    columns: Vec<String>,
    /// What is known of each line's rule.
    states: Vec<State<'t>>,
    /// Whether each line's rule gives every match a name of its own.
    varies: Vec<bool>,
    /// Room for the parts of a name.
    parts: Parts,
    /// What waits for the line that completes it.
    pending: Vec<LogSample<'t>>,
    /// How many of those lines there were.
    completed: usize,
    sink: &'s mut dyn FnMut(LogSample<'t>),
}

/// A key that no line defines.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not defined")]
struct Undefined(String);

/// What is known of a line's rule.
#[derive(Default)]
struct State<'t> {
    /// The value, where the rule takes one of a file.
    taken: Option<LogSample<'t>>,
    /// How many lines matched, and how many of them are part of the share.
    matched: usize,
    part: usize,
    batch: Batch,
    /// The operation's name, where all matches have the same.
    name: Option<Rc<Name>>,
}

/// Whether the operation's name depends on the line that is found, and not on the file and the heading alone.
fn varies(line: &Line) -> bool {
    let own = |name: &str| ["column", "defined"].contains(&name) || line.pattern.names().any(|known| known == name);
    std::iter::once(&line.metric).chain(&line.factors).flat_map(Template::names).any(own)
}

impl<'t> Reading<'_, 't> {
    fn found(&mut self, at: usize, found: &Found<'_, 't>) {
        let line = &self.rule.lines[at];
        let value = line.value.as_deref().or_else(|| found.at(line.pattern.value));
        let agrees = self.agrees(line, found);
        self.states[at].matched += 1;
        self.states[at].part += usize::from(agrees == Ok(true) && value.is_some());
        if matches!(line.take, Take::Share | Take::Nothing) || agrees == Ok(false) {
            return;
        }
        if let Err(what) = agrees {
            // It is not a number, and a note says so.
            let datum = self.datum(at, Some(found), what.to_string().into(), None);
            self.give(datum);
        } else if let Some(columns) = found.at(line.pattern.columns) {
            self.columns(at, found, columns);
        } else if let Some(batches) = &line.batches {
            let time = found.at(line.pattern.time).and_then(number);
            let rate = self.states[at].batch.add(batches, time, value.and_then(number));
            if let Some((elapsed, rate)) = rate {
                let mut datum = self.datum(at, Some(found), rate.into(), None);
                datum.sample = SampleNumber::Text(elapsed.into());
                self.give(datum);
            }
        } else {
            let datum = self.datum(at, Some(found), value.unwrap_or_default().into(), None);
            self.repeat(at, datum, found.at(line.pattern.times));
        }
    }

    /// Whether the definitions of the groups `x` and `y` are what the line's rule wants.
    fn agrees(&self, line: &Line, found: &Found) -> Result<bool, Undefined> {
        let Some(wanted) = line.definitions else { return Ok(true) };
        let defined = |name| {
            let key = found.group(name).unwrap_or_default();
            self.defined.get(key).ok_or_else(|| Undefined(key.into()))
        };
        Ok((defined("x")? == defined("y")?) == (wanted == Agreement::Same))
    }

    fn columns(&mut self, at: usize, found: &Found<'_, 't>, columns: &'t str) {
        for (column, value) in columns.split_whitespace().enumerate() {
            let name = self.columns.get(column).cloned().unwrap_or_else(|| column.to_string());
            let datum = self.datum(at, Some(found), value.into(), Some(&name));
            self.give(datum);
        }
    }

    fn repeat(&mut self, at: usize, mut datum: LogSample<'t>, times: Option<&str>) {
        match times.map_or(Some(1), |times| times.parse().ok().filter(|times| *times <= MOST_TIMES)) {
            Some(times) => {
                datum.times = times;
                self.take(at, datum);
            }
            None => {
                datum.value = format!("{} times {}", times.unwrap_or_default(), datum.value).into();
                self.give(datum);
            }
        }
    }

    fn take(&mut self, at: usize, datum: LogSample<'t>) {
        match (self.rule.lines[at].take, &mut self.states[at].taken) {
            (Take::All, _) => self.give(datum),
            (Take::First, Some(_)) => {}
            (Take::Sum, Some(before)) => before.value = sum(&before.value, &datum.value).into(),
            (_, place) => *place = Some(datum),
        }
    }

    fn give(&mut self, datum: LogSample<'t>) {
        if self.rule.complete.is_some() { self.pending.push(datum) } else { (self.sink)(datum) }
    }

    /// Gives what is one value of the whole file.
    fn end(mut self, kind: &str) {
        let mut taken: Vec<LogSample> = Vec::new();
        for (at, line) in self.rule.lines.iter().enumerate() {
            let state = std::mem::take(&mut self.states[at]);
            let share = (line.take == Take::Share && state.matched > 0)
                .then(|| share(state.part, state.matched, line.scale.unwrap_or(1.0)));
            let missing = line.files.as_deref().is_none_or(|wanted| wanted == kind) && state.matched == 0;
            let otherwise = line.otherwise.clone().filter(|_| missing);
            let datum = match share.or(otherwise) {
                Some(value) => Some(LogSample { value: value.into(), ..self.datum(at, None, "".into(), None) }),
                None => state.taken,
            };
            taken.extend(datum.map(|datum| LogSample { value: percent(line, datum.value.clone(), &taken), ..datum }));
        }
        taken.into_iter().for_each(self.sink);
    }

    fn datum(
        &mut self,
        at: usize,
        found: Option<&Found<'_, 't>>,
        value: Cow<'t, str>,
        column: Option<&str>,
    ) -> LogSample<'t> {
        let line = &self.rule.lines[at];
        let (known, defined) = (&self.known, &self.defined);
        let of = |name: &str| -> &str {
            let column = || match name {
                "column" => column,
                "defined" => defined.get(column.unwrap_or_default()).map(String::as_str),
                _ => None,
            };
            let own = found.and_then(|found| found.group(name));
            own.or_else(column).or_else(|| known.get(name).map(String::as_str)).unwrap_or_default()
        };
        let last = self.states[at].name.take();
        let name = last.filter(|_| !self.varies[at]).unwrap_or_else(|| {
            self.parts.clear();
            for part in std::iter::once(&line.metric).chain(&line.factors) {
                self.parts.push(|text| part.write(text, of));
            }
            self.names.name(&self.parts, at)
        });
        self.states[at].name = Some(name.clone());
        let sample = match &line.sample {
            Numbering::Counted => SampleNumber::Counted,
            Numbering::FromZero => SampleNumber::FromZero,
            Numbering::Running => SampleNumber::Running,
            Numbering::Shared => SampleNumber::Shared,
            Numbering::Text(template) => {
                let mut text = String::new();
                template.write(&mut text, of);
                SampleNumber::Text(scaled(text.into(), line.sample_scale, None))
            }
        };
        LogSample { name, sample, value: transformed(line, value), times: 1, ratio: line.ratio }
    }
}

/// The value, as the line's rule has it written.
fn transformed<'t>(line: &Line, mut value: Cow<'t, str>) -> Cow<'t, str> {
    if let Some(without) = line.without.as_deref().filter(|without| value.contains(without)) {
        value = value.replace(without, "").into();
    }
    if line.clock {
        value = seconds(&value).map_or(value, Cow::from);
    }
    if line.scale.is_some() {
        value = scaled(value, line.scale, line.digits);
    }
    if line.whole { whole(value) } else { value }
}

/// The value, or which percentage of another metric's it is.
fn percent<'t>(line: &Line, value: Cow<'t, str>, taken: &[LogSample]) -> Cow<'t, str> {
    let Some(metric) = &line.percent_of else { return value };
    let all = taken.iter().find(|datum| datum.name.metric() == metric).and_then(|datum| number(&datum.value));
    match (number(&value), all) {
        (Some(part), Some(all)) => rounded(part / all * 100.0, 6).into(),
        _ => format!("{value} of no {metric}").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::sample::sort, *};
    use crate::suites::mmtests::{Version, benchmarks::rules};

    fn operations(benchmark: &str, file: &str, text: &str) -> Vec<(String, String)> {
        let rule = rules(benchmark, None, Version::Head)[0];
        let names = [file.to_string()];
        let parts = files(rule, &names).remove(0).1;
        let (mut names, mut data) = (Names::default(), Vec::new());
        let log = LogFile { parts: &parts, text, defining: None };
        read(rule, &log, &mut names, &mut |datum| data.push(datum));
        if rule.sorted {
            sort(&mut data, &names, rule.by_sample);
        }
        data.iter().map(|datum| (datum.name.operation(), datum.value.to_string())).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect()
    }

    #[test]
    fn gnu_time_gives_three_operations() {
        let text = "Command exited with non-zero status 1\n8.23user 0.03system 1:10.02elapsed 82%CPU (0avgtext)\n";
        let found = operations("kernbench", "time-2-1", text);
        assert_eq!(found, pairs(&[("Elapsed-2", "70.02"), ("System-2", "0.03"), ("User-2", "8.23")]));
        assert_eq!(seconds("1:02:03.5").as_deref(), Some("3723.5"));
    }

    #[test]
    fn streams_are_summed() {
        let text = "[  5]   0.00-2.00   sec   359 MBytes  9 Mbits/sec   29             sender\n\
                    Test Complete. Summary Results:\n\
                    [ ID] Interval           Transfer     Bitrate         Retr\n\
                    [  5]   0.00-2.00   sec   359 MBytes  1507 Mbits/sec   29             sender\n\
                    [  5]   0.00-2.00   sec   357 MBytes  1497 Mbits/sec                  receiver\n\
                    [  7]   0.00-2.00   sec   359 MBytes  100 Mbits/sec   29             sender\n\
                    [SUM]   0.00-2.00   sec   359 MBytes  1607 Mbits/sec   29             sender\n\
                    CPU Utilization: local/sender 10.7%\n";
        let found = operations("iperf3-ipv4-tcp", "tcp-1024-0-2.1", text);
        assert_eq!(found, pairs(&[("send-1024-0-2", "1607"), ("recv-1024-0-2", "1497")]));
    }

    #[test]
    fn a_report_that_was_cut_is_left_out() {
        let text = "Wakeup Latencies percentiles (usec) runtime 2 (s) (173 total samples)\n\
                    \t  50.0th: 7          (56 samples)\n\
                    current rps: 76.90\n\
                    Wakeup Latencies percentiles (usec) runtime 4 (s) (173 total samples)\n\
                    \t* 50.0th: 9          (56 samples)\n";
        assert_eq!(operations("schbench", "schbench-1.log", text), pairs(&[("Wakeup-50.0th-1", "7")]));
    }

    #[test]
    fn lines_are_those_of_the_library() {
        for text in ["", "a", "a\n", "\n", "a\r\nb\n\nc\r", "\r\n\n", "é\n\r"] {
            assert_eq!(lines(text).collect::<Vec<_>>(), text.lines().collect::<Vec<_>>(), "{text:?}");
        }
    }

    #[test]
    fn commas_are_taken_out() {
        let found = operations("xsbench", "benchlog-4-_-1", "Lookups/s:   1,234,567\n");
        assert_eq!(found, pairs(&[("lookups/sec-4", "1234567")]));
    }
}
