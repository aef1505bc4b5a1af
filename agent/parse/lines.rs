//! Metrics in lines: a format's patterns and headings + text -> matches.

use super::{Problem, Taken, number, printable};
use crate::{
    definition::{Factor, OutputFormat, Pattern},
    record::Ident,
};
use regex::bytes::{Captures, Regex};
use std::collections::BTreeMap;

/// The heading that holds for a line: its section, and its labels.
struct Heading<'a> {
    section: &'a str,
    labels: Vec<(&'a str, String)>,
}

/// Takes what the lines of `text` hold; how many lines each pattern matched.
pub(super) fn read(format: &OutputFormat, text: &[u8], taken: &mut Taken<'_>) -> Vec<usize> {
    let mut counts = vec![0; format.patterns.len()];
    let mut heading: Option<Heading<'_>> = None;
    for line in lines(text) {
        let matches = format.matches(line);
        for section in matches.sections.iter().map(|at| &format.sections[*at]) {
            if let Some(captures) = section.heading.captures(line) {
                let labels = groups(&section.heading, &captures).map(|(name, text)| (name, printable(text))).collect();
                heading = Some(Heading { section: &section.name, labels });
            }
        }
        let mut fits = matches.known || !matches.sections.is_empty();
        for at in matches.patterns {
            let pattern = &format.patterns[at];
            let here = |name: &str| heading.as_ref().is_some_and(|heading| heading.section == name);
            let here = pattern.section.as_deref().is_none_or(here);
            if let Some(captures) = pattern.regex.captures(line).filter(|_| here) {
                counts[at] += 1;
                fits = true;
                take(pattern, heading.as_ref(), &captures, taken);
            }
        }
        if format.strict && !fits {
            taken.problems.push(Problem::Leftover(printable(line)));
        }
    }
    counts
}

/// The lines of `text` that nothing matches: neither a pattern nor a heading, nor what is ignored.
pub(super) fn leftovers(format: &OutputFormat, text: &[u8]) -> Vec<String> {
    let nothing = |line: &&[u8]| {
        let found = format.matches(line);
        !found.known && found.sections.is_empty() && found.patterns.is_empty()
    };
    lines(text).filter(nothing).map(printable).collect()
}

fn take(pattern: &Pattern, heading: Option<&Heading<'_>>, captures: &Captures<'_>, taken: &mut Taken<'_>) {
    let mut labels: BTreeMap<&str, String> =
        pattern.labels.iter().map(|(key, text)| (key.as_str(), text.clone())).collect();
    // A pattern that names no section has no labels of a heading.
    if let Some(heading) = heading.filter(|_| pattern.section.is_some()) {
        labels.extend(heading.labels.iter().map(|(name, text)| (*name, text.clone())));
    }
    for (name, text) in groups(&pattern.regex, captures) {
        labels.insert(name, printable(text));
    }
    for (group, metric) in &pattern.values {
        let text = captures.name(group).map_or(&b""[..], |found| found.as_bytes());
        let number = number::read(text, pattern.number).and_then(|number| convert(pattern, captures, number));
        taken.number(metric, &labels, text, number);
    }
}

fn convert(pattern: &Pattern, captures: &Captures<'_>, number: f64) -> Result<f64, String> {
    if pattern.units.is_empty() {
        return Ok(number);
    }
    let unit = printable(captures.name("unit").map_or(&b""[..], |found| found.as_bytes()));
    let factor: Option<&Factor> = pattern.units.get(&unit);
    factor.map(|factor| factor.apply(number)).ok_or_else(|| format!("has the unit `{unit}`, which is not declared"))
}

/// The named groups that took part in a match.
fn groups<'r, 'c>(regex: &'r Regex, captures: &'c Captures<'_>) -> impl Iterator<Item = (&'r str, &'c [u8])> {
    regex.capture_names().flatten().filter_map(|name| Some((name, captures.name(name)?.as_bytes())))
}

/// The lines, without `\n` and a `\r` before it.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// How a metric of a pattern is called in messages.
pub(super) fn name(pattern: &Pattern) -> Ident {
    // A pattern has at least one: the definition was checked.
    pattern.values[0].1.clone()
}
