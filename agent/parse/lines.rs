//! Metrics and verdicts in lines: a format's patterns, headings and tables + text -> matches.

use super::{ExtractionBuilder, NumberError, Problem, ending::Whole, number, split::lines, table::Rows};
use crate::{
    definition::{Expected, LinePart, LineVerdict, OutputFormat, Pattern, SAME},
    record::Decimal,
    text::printable,
};
use regex::bytes::{Captures, Regex, RegexBuilder};
use std::collections::BTreeMap;

/// The heading that holds for a line: its section, and its labels.
struct Heading<'a> {
    section: &'a str,
    labels: Vec<(&'a str, String)>,
    /// Its group `same`.
    same: Option<Vec<u8>>,
    /// The line.
    text: String,
    /// How many lines below it each pattern matched.
    patterns: Vec<usize>,
}

impl<'a> Heading<'a> {
    /// The heading that `line` is.
    fn of(format: &'a OutputFormat, parts: &[LinePart], line: &[u8]) -> Option<Self> {
        let mut sections = parts.iter().filter_map(|part| match part {
            LinePart::Section(at) => Some(&format.sections[*at]),
            _ => None,
        });
        let last = sections.next_back()?;
        let captures = last.heading.captures(line)?;
        let labels = groups(&last.heading, &captures).map(|(name, text)| (name, printable(text))).collect();
        let patterns = vec![0; format.patterns.len()];
        let same = captures.name(SAME).map(|found| found.as_bytes().to_vec());
        Some(Self { section: &last.name, labels, same, text: printable(line), patterns })
    }
}

/// Takes what the lines of an output hold.
pub(super) fn read(format: &OutputFormat, whole: &Whole<'_>, taken: &mut ExtractionBuilder<'_>) {
    let mut reader = Reader {
        format,
        heading: None,
        rows: None,
        is_open: false,
        patterns: vec![0; format.patterns.len()],
        verdicts: vec![0; format.verdicts.len()],
        tables: vec![0; format.tables.len()],
    };
    let (mut first, mut count) = (None, 0);
    for (line, is_open) in lines(whole.lines).map(|line| (line, false)).chain(whole.last.map(|line| (line, true))) {
        reader.is_open = is_open;
        if !reader.line(line, taken) && format.strict {
            first.get_or_insert(line);
            count += 1;
        }
    }
    if let Some(first) = first {
        taken.problem(Problem::Leftover { first: printable(first), count });
    }
    reader.below(taken);
    reader.counts(whole.lines, taken);
}

/// What is known while lines are read one after the other.
struct Reader<'a> {
    format: &'a OutputFormat,
    heading: Option<Heading<'a>>,
    /// The table that the line may be a row of.
    rows: Option<Rows<'a>>,
    /// Whether the line has no end: what stands at its very end may go on.
    is_open: bool,
    /// How many lines each part matched so far.
    patterns: Vec<usize>,
    verdicts: Vec<usize>,
    tables: Vec<usize>,
}

impl<'a> Reader<'a> {
    /// Takes what `line` holds; whether it is anything that the format knows.
    fn line(&mut self, line: &[u8], taken: &mut ExtractionBuilder<'_>) -> bool {
        let parts: Vec<LinePart> = self.format.matches(line).collect();
        if let Some(heading) = Heading::of(self.format, &parts, line) {
            self.below(taken);
            self.heading = Some(heading);
            self.rows = None;
        }
        if let Some(at) = parts.iter().find_map(|part| if let LinePart::Table(at) = part { Some(*at) } else { None }) {
            self.rows = Some(Rows::below(&self.format.tables[at], at, line));
            return true;
        }
        if self.row(line, &parts, taken) {
            return true;
        }
        let mut fits = line.trim_ascii().is_empty();
        self.homeless(&parts, line, taken);
        for part in parts {
            fits |= match part {
                LinePart::Pattern(at) => self.pattern(at, line, taken),
                LinePart::Verdict(at) => self.verdict(at, line, taken),
                LinePart::Parameter(at) => self.parameter(at, line, taken),
                LinePart::Section(_) | LinePart::Table(_) | LinePart::Known => true,
            };
        }
        fits
    }

    /// Takes `line` as a row of the table above; whether it is one.
    fn row(&mut self, line: &[u8], parts: &[LinePart], taken: &mut ExtractionBuilder<'_>) -> bool {
        let Some(rows) = &self.rows else { return false };
        if rows.end_at(line) {
            self.rows = None;
            return false;
        }
        if !parts.iter().any(|part| matches!(part, LinePart::Known | LinePart::Parameter(_))) {
            self.tables[rows.at] += 1;
            if self.is_open {
                taken.problem(Problem::Unended(printable(line)));
            } else {
                rows.take(line, taken);
            }
        }
        true
    }

    /// Whether `line`, which `regex` matches, is where its section is.
    fn is_in(&self, section: Option<&str>, regex: &Regex, line: &[u8]) -> bool {
        let Some(name) = section else { return true };
        let Some(heading) = self.heading.as_ref().filter(|heading| heading.section == name) else { return false };
        let same = || regex.captures(line).and_then(|captures| Some(captures.name(SAME)?.as_bytes().to_vec()));
        heading.same.is_none() || heading.same == same()
    }

    /// Whether no pattern names the section: its lines say nothing, whatever they look like.
    fn is_in_silence(&self) -> bool {
        let Some(heading) = &self.heading else { return false };
        let patterns = self.format.patterns.iter().map(|pattern| pattern.section.as_deref());
        let verdicts = self.format.verdicts.iter().map(|verdict| verdict.section.as_deref());
        !patterns.chain(verdicts).any(|section| section == Some(heading.section))
    }

    /// Notes a line that belongs below a heading and is not there: its heading is lost, or it is in another place.
    fn homeless(&self, parts: &[LinePart], line: &[u8], taken: &mut ExtractionBuilder<'_>) {
        let mut sections = parts.iter().filter_map(|part| match part {
            LinePart::Pattern(at) => {
                let pattern = &self.format.patterns[*at];
                Some((pattern.section.as_deref()?, &pattern.regex))
            }
            LinePart::Verdict(at) => {
                let verdict = &self.format.verdicts[*at];
                Some((verdict.section.as_deref()?, &verdict.regex))
            }
            LinePart::Section(_) | LinePart::Table(_) | LinePart::Parameter(_) | LinePart::Known => None,
        });
        let at_home = |(section, regex): (&str, &Regex)| self.is_in(Some(section), regex, line);
        if self.is_in_silence() {
            return;
        }
        if sections.clone().next().is_some() && !sections.any(at_home) {
            taken.problem(Problem::Homeless(printable(line)));
        }
    }

    fn pattern(&mut self, at: usize, line: &[u8], taken: &mut ExtractionBuilder<'_>) -> bool {
        let pattern = &self.format.patterns[at];
        if !self.is_in(pattern.section.as_deref(), &pattern.regex, line) {
            return false;
        }
        let Some(captures) = pattern.regex.captures(line) else { return false };
        self.patterns[at] += 1;
        if let Some(heading) = &mut self.heading {
            heading.patterns[at] += 1;
        }
        if self.is_cut(&pattern.regex, &captures, line) {
            taken.problem(Problem::Unended(printable(line)));
            return true;
        }
        let mut labels = self.labels(&pattern.labels, pattern.section.is_some(), &pattern.regex, &captures);
        for (group, metric) in &pattern.values {
            let text = captures.name(group).map_or(&b""[..], |found| found.as_bytes());
            let mut take = |labels: &BTreeMap<&str, String>, text: &[u8]| {
                let number = number::read(text, pattern.number).and_then(|number| convert(pattern, &captures, number));
                taken.number((metric, &pattern.repeats), labels, text, number);
            };
            let Some(label) = &pattern.split else {
                take(&labels, text);
                continue;
            };
            let words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            for (count, word) in words.enumerate() {
                labels.insert(label.as_str(), count.to_string());
                take(&labels, word);
            }
        }
        true
    }

    /// Takes what the line says of a parameter, unless it may go on.
    fn parameter(&self, at: usize, line: &[u8], taken: &mut ExtractionBuilder<'_>) -> bool {
        let (name, regex) = &self.format.parameters[at];
        let captures = regex.captures(line).filter(|captures| !self.is_cut(regex, captures, line));
        if let Some(value) = captures.as_ref().and_then(|captures| captures.name("value")) {
            taken.printed(name, printable(value.as_bytes()));
        }
        true
    }

    /// Whether a group reaches to the end of a line that has no end.
    fn is_cut(&self, regex: &Regex, captures: &Captures<'_>, line: &[u8]) -> bool {
        let ends = |name| captures.name(name).is_some_and(|found| found.end() == line.len());
        self.is_open && regex.capture_names().flatten().any(ends)
    }

    /// Notes every pattern that should have matched below the heading, which ends here.
    fn below(&self, taken: &mut ExtractionBuilder<'_>) {
        let Some(heading) = &self.heading else { return };
        for (pattern, count) in self.format.patterns.iter().zip(&heading.patterns) {
            let (right, expected) = match pattern.expected {
                Expected::Each => (*count == 1, "1"),
                Expected::Some => (*count > 0, "at least 1"),
                Expected::Any | Expected::Exactly(_) => (true, ""),
            };
            if pattern.section.as_deref() == Some(heading.section) && !right {
                let what = format!("metric `{}` below `{}`", pattern.values[0].1, heading.text);
                taken.wrong_count(what, *count, expected.into());
            }
        }
    }

    fn verdict(&mut self, at: usize, line: &[u8], taken: &mut ExtractionBuilder<'_>) -> bool {
        let LineVerdict { regex, section, labels, results, once, .. } = &self.format.verdicts[at];
        if !self.is_in(section.as_deref(), regex, line) {
            return false;
        }
        let Some(captures) = regex.captures(line) else { return false };
        self.verdicts[at] += 1;
        if self.is_cut(regex, &captures, line) {
            taken.problem(Problem::Unended(printable(line)));
            return true;
        }
        let labels = self.labels(labels, section.is_some(), regex, &captures);
        let group = |name| captures.name(name).map(|found| found.as_bytes());
        let reason = group("reason").filter(|text| !text.is_empty()).map(printable);
        if *once && taken.has_outcome(&labels) {
            taken.problem(Problem::Doubled(printable(line)));
            return true;
        }
        taken.verdict(&labels, group("verdict").unwrap_or_default(), results, reason);
        true
    }

    /// The labels of a match: those that are always the same, those of its section's heading, and its groups.
    fn labels<'l>(
        &'l self,
        constant: &'l BTreeMap<crate::record::Ident, String>,
        in_section: bool,
        regex: &'l Regex,
        captures: &Captures<'_>,
    ) -> BTreeMap<&'l str, String> {
        let mut labels: BTreeMap<&str, String> =
            constant.iter().map(|(key, text)| (key.as_str(), text.clone())).collect();
        // A pattern that names no section has no labels of a heading.
        if let Some(heading) = self.heading.as_ref().filter(|_| in_section) {
            labels.extend(heading.labels.iter().map(|(name, text)| (*name, text.clone())));
        }
        labels.extend(groups(regex, captures).map(|(name, text)| (name, printable(text))));
        labels
    }

    /// Notes every part that matched too few or too many lines.
    fn counts(&self, text: &[u8], taken: &mut ExtractionBuilder<'_>) {
        for (pattern, count) in self.format.patterns.iter().zip(&self.patterns) {
            // A pattern has at least one metric: the definition was checked.
            let what = format!("metric `{}`", pattern.values[0].1);
            let near = || nearly(&pattern.regex, text);
            taken.count_or(&what, &pattern.expected, *count, near);
        }
        for (table, count) in self.format.tables.iter().zip(&self.tables) {
            taken.count(&format!("rows of table `{}`", table.header), &table.expected, *count);
        }
        for (verdict, count) in self.format.verdicts.iter().zip(&self.verdicts) {
            taken.count("verdicts", &verdict.expected, *count);
            // Where the total is missing, the output is cut, and `ends` sees it.
            let total = verdict.total.as_ref().and_then(|total| total_in(total, text));
            if let Some(total) = total.filter(|total| total != count) {
                taken.wrong_count("verdicts".into(), *count, total.to_string());
            }
        }
    }
}

/// What the group `total` of the first line says that `pattern` matches.
fn total_in(pattern: &Regex, text: &[u8]) -> Option<usize> {
    let total = lines(text).find_map(|line| pattern.captures(line)?.name("total").map(|found| found.as_bytes()))?;
    str::from_utf8(total).ok()?.parse().ok()
}

/// The first line that begins as `regex` says, up to its first group, and goes on in another way.
fn nearly(regex: &Regex, text: &[u8]) -> Option<String> {
    let (beginning, _) = regex.as_str().split_once("(?P<")?;
    // A beginning that says little is like anything.
    let tells = beginning.as_bytes().windows(3).any(|bytes| bytes.iter().all(u8::is_ascii_alphabetic));
    let beginning = RegexBuilder::new(beginning).unicode(false).build().ok().filter(|_| tells)?;
    lines(text).find(|line| beginning.is_match(line)).map(|line| printable(line.trim_ascii()))
}

/// The lines of `text` that are nothing that the format knows.
pub(super) fn leftovers(format: &OutputFormat, text: &[u8]) -> Vec<String> {
    let mut rows: Option<Rows<'_>> = None;
    let mut nothing = |line: &&[u8]| {
        let mut parts = format.matches(line).peekable();
        match parts.peek() {
            Some(LinePart::Table(at)) => rows = Some(Rows::below(&format.tables[*at], *at, line)),
            Some(LinePart::Section(_)) => rows = None,
            _ if rows.as_ref().is_some_and(|rows| rows.end_at(line)) => rows = None,
            _ => {}
        }
        parts.peek().is_none() && rows.is_none() && !line.trim_ascii().is_empty()
    };
    lines(text).filter(|line| nothing(line)).map(printable).collect()
}

fn convert(pattern: &Pattern, captures: &Captures<'_>, number: Decimal) -> Result<f64, NumberError> {
    if pattern.units.is_empty() {
        return Ok(pattern.factor.apply(number));
    }
    let unit = printable(captures.name("unit").map_or(&b""[..], |found| found.as_bytes()));
    let factor = pattern.units.get(&unit).ok_or(NumberError::Unit(unit))?;
    Ok(factor.apply(number))
}

/// The named groups that took part in a match.
fn groups<'r, 'c>(regex: &'r Regex, captures: &'c Captures<'_>) -> impl Iterator<Item = (&'r str, &'c [u8])> {
    let names = regex.capture_names().flatten().filter(|name| *name != SAME);
    names.filter_map(|name| Some((name, captures.name(name)?.as_bytes())))
}
