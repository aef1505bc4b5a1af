//! Extraction: a benchmark's log files -> data, as a rule says.

use super::{
    file::stem,
    rules::{Agreement, Line, Rule, Take},
    value::{Batch, fill, rounded, scaled, seconds, share, sum, whole},
};
use crate::formats::mmtests::number;
use regex::bytes::Captures;
use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
};

/// How often a line may say that its value stands there.
const MOST_TIMES: usize = 10_000_000;

/// One sample as a log has it.
#[derive(Clone, Debug)]
pub(super) struct Datum {
    metric: String,
    factors: Vec<String>,
    /// Its number, if the log or the rule gives one.
    pub(super) sample: Option<String>,
    pub(super) value: String,
    pub(super) ratio: bool,
}

impl Datum {
    /// The operation's name.
    pub(super) fn operation(&self) -> String {
        let mut name = self.metric.clone();
        for factor in self.factors.iter().filter(|factor| !factor.is_empty() && *factor != "_") {
            name.push('-');
            name.push_str(factor);
        }
        name
    }
}

/// The names of the files that `rule` reads, in its order.
pub(super) fn files<'a>(rule: &Rule, names: &'a [String]) -> Vec<(&'a str, BTreeMap<String, String>)> {
    let groups: Vec<&str> = rule.logs.capture_names().flatten().collect();
    let mut found: Vec<(&str, BTreeMap<String, String>)> = names
        .iter()
        .filter_map(|name| {
            Some((name.as_str(), named(&rule.logs.captures(stem(name).as_bytes())?, groups.iter().copied())))
        })
        .collect();
    let numeric: Vec<bool> =
        groups.iter().map(|group| found.iter().all(|(_, parts)| number(&parts[*group]).is_some())).collect();
    found.sort_by(|(a_name, a), (b_name, b)| {
        let by_group = groups.iter().zip(&numeric).map(|(group, numeric)| compare(&a[*group], &b[*group], *numeric));
        by_group.fold(Ordering::Equal, Ordering::then).then_with(|| a_name.cmp(b_name))
    });
    found
}

fn named<'a>(captures: &Captures, names: impl Iterator<Item = &'a str>) -> BTreeMap<String, String> {
    let text = |name: &str| group(captures, name).unwrap_or_default().to_string();
    names.map(|name| (name.to_string(), text(name))).collect()
}

/// The text of a group. Patterns begin and end groups at ASCII characters, so that it is UTF-8 as the line is.
fn group<'a>(captures: &Captures<'a>, name: &str) -> Option<&'a str> {
    captures.name(name).and_then(|found| std::str::from_utf8(found.as_bytes()).ok())
}

fn compare(a: &str, b: &str, numeric: bool) -> Ordering {
    let number = |text: &str| number(text).unwrap_or(f64::NAN);
    if numeric { number(a).total_cmp(&number(b)) } else { a.cmp(b) }
}

/// Gives `sink` what one file holds. `defining` is the text of the file that defines, where the rule names one.
pub(super) fn read(
    rule: &Rule,
    parts: &BTreeMap<String, String>,
    text: &str,
    defining: Option<&str>,
    sink: &mut dyn FnMut(Datum),
) {
    let mut known = rule.initial.clone();
    known.extend(parts.clone());
    let mut reading = Reading {
        rule,
        known,
        defined: definitions(rule, defining.unwrap_or(text)),
        columns: Vec::new(),
        states: rule.lines.iter().map(|_| State::default()).collect(),
        pending: Vec::new(),
        sink,
    };
    // The first group of the file's name tells kinds of files apart.
    let kind = rule.logs.capture_names().flatten().next().and_then(|name| parts.get(name)).cloned().unwrap_or_default();
    let mut within = rule.after.is_none();
    for line in text.lines() {
        if !within {
            within = rule.after.as_ref().is_some_and(|after| after.is_match(line.as_bytes()));
            continue;
        }
        if rule.until.as_ref().is_some_and(|until| until.is_match(line.as_bytes())) {
            if !rule.again {
                break;
            }
            within = false;
            continue;
        }
        reading.line(line, &kind);
    }
    reading.end(&kind);
}

fn definitions(rule: &Rule, text: &str) -> HashMap<String, String> {
    let Some(define) = &rule.define else { return HashMap::new() };
    let mut all = HashMap::new();
    for captures in text.lines().filter_map(|line| define.captures(line.as_bytes())) {
        let value = group(&captures, "value").unwrap_or_default();
        match group(&captures, "key") {
            Some(keys) => all.extend(keys.split_whitespace().map(|key| (key.to_string(), value.to_string()))),
            // The first says it.
            None => drop(all.entry(String::new()).or_insert_with(|| value.to_string())),
        }
    }
    all
}

struct Reading<'a> {
    rule: &'a Rule,
    /// The groups of the file's name and of the last heading.
    known: BTreeMap<String, String>,
    defined: HashMap<String, String>,
    /// The names of columns, where a line gave them.
    columns: Vec<String>,
    /// What is known of each line's rule.
    states: Vec<State>,
    /// What waits for the line that completes it.
    pending: Vec<Datum>,
    sink: &'a mut dyn FnMut(Datum),
}

/// What is known of a line's rule.
#[derive(Default)]
struct State {
    /// The value, where the rule takes one of a file.
    taken: Option<Datum>,
    /// How many lines matched, and how many of them are part of the share.
    matched: usize,
    part: usize,
    batch: Batch,
}

impl Reading<'_> {
    fn line(&mut self, text: &str, kind: &str) {
        if let Some(heading) = &self.rule.heading
            && let Some(captures) = heading.captures(text.as_bytes())
        {
            self.known.extend(named(&captures, heading.capture_names().flatten()));
        }
        if let Some(captures) = self.rule.columns.as_ref().and_then(|columns| columns.captures(text.as_bytes())) {
            self.columns = group(&captures, "columns").unwrap_or_default().split_whitespace().map(Into::into).collect();
        }
        for (at, line) in self.rule.lines.iter().enumerate() {
            if line.files.as_deref().is_some_and(|wanted| wanted != kind) {
                continue;
            }
            if let Some(captures) = line.pattern.captures(text.as_bytes()) {
                self.found(at, line, &captures);
            }
        }
        if self.rule.complete.as_ref().is_some_and(|complete| complete.is_match(text.as_bytes())) {
            self.pending.drain(..).for_each(&mut *self.sink);
        }
    }

    fn found(&mut self, at: usize, line: &Line, captures: &Captures) {
        let value = line.value.as_deref().or_else(|| group(captures, "value"));
        let agrees = self.agrees(line, captures);
        self.states[at].matched += 1;
        self.states[at].part += usize::from(agrees == Ok(true) && value.is_some());
        if matches!(line.take, Take::Share | Take::Nothing) || agrees == Ok(false) {
            return;
        }
        if let Err(what) = agrees {
            // It is no number, and said to be none.
            let datum = self.datum(line, Some(captures), &what, None);
            self.give(datum);
        } else if let Some(columns) = group(captures, "columns") {
            self.columns(line, captures, columns);
        } else if let Some(batches) = &line.batches {
            let time = group(captures, "t").and_then(number);
            let rate = self.states[at].batch.add(batches, time, value.and_then(number));
            if let Some((elapsed, rate)) = rate {
                let mut datum = self.datum(line, Some(captures), &rate, None);
                datum.sample = Some(elapsed);
                self.give(datum);
            }
        } else {
            let datum = self.datum(line, Some(captures), value.unwrap_or_default(), None);
            self.repeat(at, line, datum, group(captures, "times"));
        }
    }

    /// Whether the definitions of the groups `x` and `y` are what the line's rule wants.
    fn agrees(&self, line: &Line, captures: &Captures) -> Result<bool, String> {
        let Some(wanted) = line.definitions else { return Ok(true) };
        let defined = |name| {
            let key = group(captures, name).unwrap_or_default();
            self.defined.get(key).ok_or_else(|| format!("{key} is not defined"))
        };
        Ok((defined("x")? == defined("y")?) == (wanted == Agreement::Same))
    }

    fn columns(&mut self, line: &Line, captures: &Captures, columns: &str) {
        for (at, value) in columns.split_whitespace().enumerate() {
            let name = self.columns.get(at).cloned().unwrap_or_else(|| at.to_string());
            let datum = self.datum(line, Some(captures), value, Some(&name));
            self.give(datum);
        }
    }

    fn repeat(&mut self, at: usize, line: &Line, mut datum: Datum, times: Option<&str>) {
        let Some(times) = times else { return self.take(at, line, datum) };
        match times.parse::<usize>() {
            Ok(times) if times <= MOST_TIMES => (0..times).for_each(|_| self.take(at, line, datum.clone())),
            _ => {
                datum.value = format!("{times} times {}", datum.value);
                self.give(datum);
            }
        }
    }

    fn take(&mut self, at: usize, line: &Line, datum: Datum) {
        match (line.take, &mut self.states[at].taken) {
            (Take::All, _) => self.give(datum),
            (Take::First, Some(_)) => {}
            (Take::Sum, Some(before)) => before.value = sum(&before.value, &datum.value),
            (_, place) => *place = Some(datum),
        }
    }

    fn give(&mut self, datum: Datum) {
        if self.rule.complete.is_some() { self.pending.push(datum) } else { (self.sink)(datum) }
    }

    /// Gives what is one value of the whole file.
    fn end(mut self, kind: &str) {
        let mut taken: Vec<Datum> = Vec::new();
        for (at, line) in self.rule.lines.iter().enumerate() {
            let state = std::mem::take(&mut self.states[at]);
            let share = (line.take == Take::Share && state.matched > 0)
                .then(|| share(state.part, state.matched, line.scale.unwrap_or(1.0)));
            let missing = line.files.as_deref().is_none_or(|wanted| wanted == kind) && state.matched == 0;
            let otherwise = line.otherwise.clone().filter(|_| missing);
            let datum = match share.or(otherwise) {
                Some(value) => Some(Datum { value, ..self.datum(line, None, "", None) }),
                None => state.taken,
            };
            taken.extend(datum.map(|datum| Datum { value: percent(line, &datum.value, &taken), ..datum }));
        }
        taken.into_iter().for_each(self.sink);
    }

    fn datum(&self, line: &Line, captures: Option<&Captures>, value: &str, column: Option<&str>) -> Datum {
        let of = |name: &str| -> &str {
            let own = captures.and_then(|captures| group(captures, name));
            let column = || match name {
                "column" => column,
                "defined" => self.defined.get(column.unwrap_or_default()).map(String::as_str),
                _ => None,
            };
            own.or_else(column).or_else(|| self.known.get(name).map(String::as_str)).unwrap_or_default()
        };
        let sample = line.sample.as_ref().map(|template| scaled(&fill(template, of), line.sample_scale, None));
        let mut value = value.to_string();
        if let Some(without) = &line.without {
            value = value.replace(without.as_str(), "");
        }
        if line.clock {
            value = seconds(&value).unwrap_or(value);
        }
        if line.scale.is_some() {
            value = scaled(&value, line.scale, line.digits);
        }
        if line.whole {
            value = whole(&value);
        }
        Datum {
            metric: fill(&line.metric, of),
            factors: line.factors.iter().map(|factor| fill(factor, of)).collect(),
            sample,
            value,
            ratio: line.ratio,
        }
    }
}

/// The value, or which percentage of another metric's it is.
fn percent(line: &Line, value: &str, taken: &[Datum]) -> String {
    let Some(metric) = &line.percent_of else { return value.into() };
    let all = taken.iter().find(|datum| datum.metric == *metric).and_then(|datum| number(&datum.value));
    match (number(value), all) {
        (Some(part), Some(all)) => rounded(part / all * 100.0, 6),
        _ => format!("{value} of no {metric}"),
    }
}

/// Puts data in order as MMTests' `sort -k1,1 -k2,2n -k3,3n -k4,4n` does: metric, factors and sample by number, and where all
/// that is equal the bytes of the line.
pub(super) fn sort(data: &mut [Datum], by_sample: bool) {
    data.sort_by(|a, b| {
        let (a_factors, b_factors) = (a.factors.iter(), b.factors.iter());
        // What is in order by sample has its factors in that of the lines' bytes.
        let factors = if by_sample {
            Ordering::Equal
        } else {
            a_factors.map(leading).partial_cmp(b_factors.map(leading)).unwrap_or(Ordering::Equal)
        };
        let sample = |datum: &Datum| datum.sample.as_deref().map_or(0.0, leading);
        let order = a.metric.cmp(&b.metric).then(factors).then_with(|| sample(a).total_cmp(&sample(b)));
        let order = order.then_with(|| a.factors.cmp(&b.factors));
        // A count makes no two equal.
        let line = |datum: &'_ Datum| datum.sample.clone().map(|sample| (sample, datum.value.clone()));
        order.then_with(|| line(a).cmp(&line(b)))
    });
}

/// The number that a text begins with, as `sort -n` takes it: `12-threads` is 12, and what begins with none is 0.
fn leading(text: impl AsRef<str>) -> f64 {
    let text = text.as_ref().trim_start();
    let digits = |c: char| c.is_ascii_digit() || c == '.';
    let sign = usize::from(text.starts_with('-'));
    let end = text[sign..].find(|c| !digits(c)).map_or(text.len(), |at| at + sign);
    text[..end].parse().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::{super::rules, *};

    fn operations(benchmark: &str, file: &str, text: &str) -> Vec<(String, String)> {
        let rule = rules::find(benchmark, None)[0];
        let names = [file.to_string()];
        let parts = files(rule, &names).remove(0).1;
        let mut data = Vec::new();
        read(rule, &parts, text, None, &mut |datum| data.push(datum));
        if rule.sorted {
            sort(&mut data, rule.by_sample);
        }
        data.iter().map(|datum| (datum.operation(), datum.value.clone())).collect()
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
    fn commas_are_taken_out() {
        let found = operations("xsbench", "benchlog-4-_-1", "Lookups/s:   1,234,567\n");
        assert_eq!(found, pairs(&[("lookups/sec-4", "1234567")]));
    }
}
