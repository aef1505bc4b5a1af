//! Extraction: a benchmark's log files -> data, as a rule says.

use super::rules::{Line, Rule, Take};
use crate::formats::mmtests::number;
use regex::bytes::Captures;
use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
};

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
            let stem = name.trim_end_matches(".gz").trim_end_matches(".xz");
            Some((name.as_str(), named(&rule.logs.captures(stem.as_bytes())?, groups.iter().copied())))
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

/// Gives `sink` what one file holds.
pub(super) fn read(rule: &Rule, parts: &BTreeMap<String, String>, text: &str, sink: &mut dyn FnMut(Datum)) {
    let mut reading = Reading {
        rule,
        known: parts.clone(),
        defined: definitions(rule, text),
        taken: vec![None; rule.lines.len()],
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
            break;
        }
        reading.line(line, &kind);
    }
    reading.taken.into_iter().flatten().for_each(reading.sink);
}

fn definitions(rule: &Rule, text: &str) -> HashMap<String, String> {
    let Some(define) = &rule.define else { return HashMap::new() };
    let found = text.lines().filter_map(|line| define.captures(line.as_bytes()));
    found.filter_map(|captures| Some((group(&captures, "key")?.into(), group(&captures, "value")?.into()))).collect()
}

struct Reading<'a> {
    rule: &'a Rule,
    /// The groups of the file's name and of the last heading.
    known: BTreeMap<String, String>,
    defined: HashMap<String, String>,
    /// The value of each line's rule that takes one of a file.
    taken: Vec<Option<Datum>>,
    /// What waits for the line that completes it.
    pending: Vec<Datum>,
    sink: &'a mut dyn FnMut(Datum),
}

impl Reading<'_> {
    fn line(&mut self, text: &str, kind: &str) {
        if let Some(heading) = &self.rule.heading
            && let Some(captures) = heading.captures(text.as_bytes())
        {
            self.known.extend(named(&captures, heading.capture_names().flatten()));
        }
        for (at, line) in self.rule.lines.iter().enumerate() {
            if line.files.as_deref().is_some_and(|wanted| wanted != kind) {
                continue;
            }
            let Some(captures) = line.pattern.captures(text.as_bytes()) else { continue };
            match group(&captures, "columns") {
                Some(columns) => self.columns(line, &captures, columns),
                None => {
                    let value = group(&captures, "value").unwrap_or_default();
                    let datum = self.datum(line, &captures, value, None);
                    self.take(at, line, datum);
                }
            }
        }
        if self.rule.complete.as_ref().is_some_and(|complete| complete.is_match(text.as_bytes())) {
            self.pending.drain(..).for_each(&mut *self.sink);
        }
    }

    fn columns(&mut self, line: &Line, captures: &Captures, columns: &str) {
        for (at, value) in columns.split_whitespace().enumerate() {
            let datum = self.datum(line, captures, value, Some(&at.to_string()));
            self.give(datum);
        }
    }

    fn take(&mut self, at: usize, line: &Line, datum: Datum) {
        match (line.take, &mut self.taken[at]) {
            (Take::All, _) => self.give(datum),
            (Take::First, Some(_)) => {}
            (Take::Sum, Some(before)) => before.value = sum(&before.value, &datum.value),
            (_, place) => *place = Some(datum),
        }
    }

    fn give(&mut self, datum: Datum) {
        if self.rule.complete.is_some() { self.pending.push(datum) } else { (self.sink)(datum) }
    }

    fn datum(&self, line: &Line, captures: &Captures, value: &str, column: Option<&str>) -> Datum {
        let of = |name: &str| -> &str {
            let own = group(captures, name);
            let column = || match name {
                "column" => column,
                "defined" => self.defined.get(column?).map(String::as_str),
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
        Datum {
            metric: fill(&line.metric, of),
            factors: line.factors.iter().map(|factor| fill(factor, of)).collect(),
            sample,
            value: if line.scale.is_some() { scaled(&value, line.scale, line.digits) } else { value },
            ratio: line.ratio,
        }
    }
}

/// `{name}` -> what the group is.
fn fill<'a>(template: &str, group: impl Fn(&str) -> &'a str) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        text.push_str(before);
        text.push_str(group(name));
        rest = after;
    }
    text.push_str(rest);
    text
}

/// The text, or what it is after multiplication: with so many significant digits, or the shortest.
fn scaled(text: &str, scale: Option<f64>, digits: Option<usize>) -> String {
    let (Some(scale), Some(number)) = (scale, number(text)) else { return text.into() };
    let product = number * scale;
    let rounded = |digits: usize| format!("{product:.*e}", digits.saturating_sub(1)).parse().unwrap_or(product);
    // 15 digits are what Perl and awk would write.
    format!("{}", rounded(digits.unwrap_or(15)))
}

fn sum(a: &str, b: &str) -> String {
    match (number(a), number(b)) {
        (Some(a), Some(b)) => format!("{}", a + b),
        _ => a.into(),
    }
}

/// `1:02:03.5` -> `3723.5`.
fn seconds(clock: &str) -> Option<String> {
    let mut total = 0.0;
    for part in clock.split(':') {
        total = total * 60.0 + number(part)?;
    }
    Some(scaled(&total.to_string(), Some(1.0), None))
}

/// Puts data in order: metric, then the factors (by number where all are numbers), then the sample's number.
pub(super) fn sort(data: &mut [Datum]) {
    let factors = data.iter().map(|datum| datum.factors.len()).max().unwrap_or(0);
    let numeric: Vec<bool> = (0..factors)
        .map(|at| data.iter().filter_map(|datum| datum.factors.get(at)).all(|factor| number(factor).is_some()))
        .collect();
    data.sort_by(|a, b| {
        let factor = |at: usize| match (a.factors.get(at), b.factors.get(at)) {
            (Some(a), Some(b)) => compare(a, b, numeric[at]),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        let factors = (0..factors).map(factor).fold(Ordering::Equal, Ordering::then);
        let sample = |datum: &Datum| datum.sample.as_deref().and_then(number).unwrap_or(0.0);
        let order = a.metric.cmp(&b.metric).then(factors).then_with(|| sample(a).total_cmp(&sample(b)));
        // Where all is equal, sort(1) compares the bytes of the lines; a count makes no two equal.
        let line = |datum: &'_ Datum| datum.sample.clone().map(|sample| (sample, datum.value.clone()));
        order.then_with(|| line(a).cmp(&line(b)))
    });
}

#[cfg(test)]
mod tests {
    use super::{super::rules, *};

    fn operations(benchmark: &str, file: &str, text: &str) -> Vec<(String, String)> {
        let rule = rules::find(benchmark, None)[0];
        let names = [file.to_string()];
        let parts = files(rule, &names).remove(0).1;
        let mut data = Vec::new();
        read(rule, &parts, text, &mut |datum| data.push(datum));
        if rule.sorted {
            sort(&mut data);
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
