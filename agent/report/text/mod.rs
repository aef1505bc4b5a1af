//! A comparison for people at a terminal: in lines that fit it, what got worse first.

mod told;

use super::{
    figures::Figures,
    sentences::{count, headline, unbroken},
};
use crate::compare::{CaseChange, Comparison, MetricFinding, number};
use std::collections::BTreeMap;
use told::{Reason, Told};

/// How many lines of what else differs, of unknown metrics and of cases on one side are shown, unless all are wanted.
const SHOWN: usize = 12;

/// The comparison as text, in lines of at most `width` columns; `all` shows each metric.
pub fn text(comparison: &Comparison, all: bool, width: usize) -> String {
    let mut page = Page { text: String::new(), most: if all { usize::MAX } else { SHOWN }, width };
    page.paragraph(&format!("{}.", headline(comparison)));
    page.sides(comparison);
    page.refused(comparison);
    for change in [CaseChange::Broke, CaseChange::Missing] {
        page.cases(comparison, change);
    }
    for (word, title) in
        [("worse", "Worse"), ("changed", "Changed, and neither direction is better"), ("better", "Better")]
    {
        page.findings(comparison, word, title, all);
    }
    for change in [CaseChange::Unfinished, CaseChange::FailsOnBoth, CaseChange::Fixed, CaseChange::Added] {
        page.cases(comparison, change);
    }
    page.unknown(comparison, all);
    page.same(comparison, all);
    page.text
}

struct Page {
    text: String,
    most: usize,
    width: usize,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn paragraph(&mut self, text: &str) {
        self.wrapped(text, "", "");
    }

    /// A text in lines that fit, as [`wrapped`] has them.
    fn wrapped(&mut self, text: &str, first: &str, next: &str) {
        wrapped(text, first, next, self.width).iter().for_each(|line| self.line(line));
    }

    fn title(&mut self, title: &str) {
        self.line("");
        self.paragraph(title);
    }

    /// `name` and what is said of it: in one line where that fits.
    fn item(&mut self, name: &str, said: &str) {
        let line = format!("  {name}: {said}");
        if line.chars().count() <= self.width {
            return self.line(&line);
        }
        self.wrapped(name, "  ", "      ");
        self.wrapped(said, "    ", "      ");
    }

    fn items(&mut self, items: Vec<(String, String)>) {
        let hidden = items.len().saturating_sub(self.most);
        items.iter().take(self.most).for_each(|(name, said)| self.item(name, said));
        if hidden > 0 {
            self.line(&format!("  and {hidden} more (--all shows them)"));
        }
    }

    fn sides(&mut self, comparison: &Comparison) {
        self.line("");
        for (name, side) in [("base", &comparison.base), ("new", &comparison.new)] {
            for (at, line) in told::side(side).iter().enumerate() {
                let first = if at == 0 { format!("{name:<9}") } else { " ".repeat(9) };
                self.wrapped(line, &first, &" ".repeat(9));
            }
        }
        for machine in told::machines(comparison) {
            self.wrapped(&machine, "machine  ", &" ".repeat(9));
        }
        if comparison.past > 0 {
            self.line(&format!("history  {}", count(comparison.past, "boot")));
        }
        comparison.notes.iter().for_each(|note| {
            self.wrapped(note, "note     ", &" ".repeat(9));
        });
        if !comparison.differences.is_empty() {
            self.title("What else differs:");
            let items = comparison.differences.iter().map(|one| split(&one.to_string())).collect();
            self.items(items);
        }
    }

    fn refused(&mut self, comparison: &Comparison) {
        if comparison.refused.is_empty() {
            return;
        }
        self.title("Not compared, as numbers would not mean the same (--allow-different does it):");
        comparison.refused.iter().for_each(|one| {
            self.wrapped(&one.to_string(), "  ", "      ");
        });
    }

    fn cases(&mut self, comparison: &Comparison, change: CaseChange) {
        let cases: Vec<_> = comparison.cases.iter().filter(|case| case.change == change).map(told::case).collect();
        if cases.is_empty() {
            return;
        }
        let title = match change {
            CaseChange::Broke => "Fails, and passed on the base",
            CaseChange::Missing => "Missing: was measured on the base, and is not now, or not in every boot",
            CaseChange::Unfinished => "Not finished: its run ended early, or its log is incomplete",
            CaseChange::FailsOnBoth => "Fails on both sides",
            CaseChange::Fixed => "Passes again",
            CaseChange::Added => "New: was not measured on the base",
        };
        self.title(&format!("{title} ({}):", cases.len()));
        if change == CaseChange::Broke {
            cases.iter().for_each(|(name, said)| self.item(name, said));
        } else {
            self.items(cases);
        }
    }

    fn findings(&mut self, comparison: &Comparison, word: &str, title: &str, all: bool) {
        let findings = told::findings(comparison, word, all);
        if findings.is_empty() {
            return;
        }
        let metrics = comparison.metrics.iter().filter(|finding| finding.word() == word).count();
        self.title(&format!("{title} ({metrics}):"));
        for told in findings {
            match told {
                Told::One(finding) => self.finding(comparison, finding),
                Told::Together(index, members) => {
                    let judged =
                        comparison.metrics.iter().filter(|one| one.subject.benchmark == index.subject.benchmark);
                    let said = format!(
                        "{} of {} metrics; as a whole (the primary ones) {}",
                        members.len(),
                        judged.count(),
                        told::change(index, &Figures::of(index, &comparison.setting))
                    );
                    self.item(index.subject.benchmark.as_str(), &said);
                    members.iter().take(MEMBERS).for_each(|member| self.finding(comparison, member));
                    let hidden = members.len().saturating_sub(MEMBERS);
                    if hidden > 0 {
                        self.line(&format!("    and {hidden} more of {} (--all shows them)", index.subject.benchmark));
                    }
                }
            }
        }
    }

    fn finding(&mut self, comparison: &Comparison, finding: &MetricFinding) {
        let figures = Figures::of(finding, &comparison.setting);
        let doubt = told::doubt(finding, &figures).map(|doubt| format!("; {doubt}")).unwrap_or_default();
        self.item(&finding.subject.to_string(), &format!("{}{doubt}", told::change(finding, &figures)));
    }

    /// What is unknown, by what would decide it. Of metrics that nobody would quote only the number is shown, unless all are
    /// wanted.
    fn unknown(&mut self, comparison: &Comparison, all: bool) {
        let mut reasons: BTreeMap<Reason, Vec<&MetricFinding>> = BTreeMap::new();
        let mut hidden = 0;
        for finding in comparison.metrics.iter().filter(|one| one.word() == "unknown") {
            match all || finding.primary {
                true => reasons.entry(Reason::of(finding)).or_default().push(finding),
                false => hidden += 1,
            }
        }
        for (reason, findings) in reasons {
            self.line("");
            self.paragraph(&format!("Unknown{} ({}):", reason.title(), findings.len()));
            let told = |finding: &MetricFinding| told::unknown(finding, &Figures::of(finding, &comparison.setting));
            let item = |finding: &&MetricFinding| (finding.subject.to_string(), told(finding));
            self.items(findings.iter().map(item).collect());
        }
        if hidden > 0 {
            self.line("");
            self.paragraph(&format!("Unknown too: {}, not primary (--all shows them)", count(hidden, "other metric")));
        }
    }

    fn same(&mut self, comparison: &Comparison, all: bool) {
        let same: Vec<&MetricFinding> = comparison.metrics.iter().filter(|one| one.word() == "same").collect();
        if same.is_empty() {
            return;
        }
        let margin = number(comparison.setting.margin * 100.0);
        self.title(&format!("The same within {margin} %: {}", count(same.len(), "metric")));
        if all {
            same.iter().for_each(|finding| self.finding(comparison, finding));
        }
    }
}

/// How many metrics of a benchmark that go the same way are shown by themselves.
const MEMBERS: usize = 2;

/// A name and what is said of it, of a text with `: ` between the last two.
fn split(text: &str) -> (String, String) {
    match text.rsplit_once(": ") {
        Some((name, said)) => (name.into(), said.into()),
        None => (text.into(), String::new()),
    }
}

/// A text in lines of at most `width` columns, broken at blanks; the first begins with `first`, the others with `next`. A word that
/// is longer than a line is broken where the line ends.
fn wrapped(text: &str, first: &str, next: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = first.to_string();
    let mut empty = true;
    for word in unbroken(text) {
        let mut rest: Vec<char> = word.chars().collect();
        if !empty && line.chars().count() + 1 + rest.len() > width {
            lines.push(std::mem::replace(&mut line, next.to_string()));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        while line.chars().count() + rest.len() > width {
            let fits = width.saturating_sub(line.chars().count()).clamp(1, rest.len());
            line.extend(rest.drain(..fits));
            lines.push(std::mem::replace(&mut line, next.to_string()));
        }
        line.extend(rest);
        empty = false;
    }
    lines.push(line);
    lines
}
