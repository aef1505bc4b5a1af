//! What the text says of sides, cases and metrics.

use crate::{
    compare::{CaseChange, CaseFinding, Comparison, MetricFinding, Side, number},
    report::{
        figures::Figures,
        sentences::{self, case_name, case_reason, chance, count, indexes_alone, members},
    },
    statistics::verdict::{Undecided, Verdict},
    text::{listed, printable},
};

/// How many kernels of a side are named.
const BUILDS: usize = 4;

/// What a side is, in words.
pub(super) fn side(side: &Side) -> Vec<String> {
    let several = side.builds.len() > 1;
    let build = |(name, boots): &(String, usize)| match several {
        true => format!("{name} ({})", count(*boots, "boot")),
        false => name.clone(),
    };
    let mut counts = vec![count(side.boots, "boot"), count(side.iterations, "iteration")];
    if side.invalid > 0 {
        counts.push(format!("{} more not counted", side.invalid));
    }
    if side.faults > 0 {
        counts.push(format!("{} in the kernel log", count(side.faults, "fault")));
    }
    if side.losses > 0 {
        counts.push(format!(
            "{} in the rebuild",
            if side.losses == 1 { "1 loss".into() } else { format!("{} losses", side.losses) }
        ));
    }
    let more = side.builds.len().saturating_sub(BUILDS);
    let more = (more > 0).then(|| format!("and {}", count(more, "other kernel")));
    side.builds.iter().take(BUILDS).map(build).chain(more).chain([counts.join(", ")]).collect()
}

/// The machines of both sides, each once.
pub(super) fn machines(comparison: &Comparison) -> Vec<String> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for (kind, devices) in comparison.base.machines.iter().chain(&comparison.new.machines) {
        match found.iter_mut().find(|(known, _)| known == kind) {
            Some((_, all)) => all.extend(devices.iter().cloned()),
            None => found.push((kind.clone(), devices.clone())),
        }
    }
    let shown = |(kind, mut devices): (String, Vec<String>)| {
        devices.sort();
        devices.dedup();
        let devices = if devices.is_empty() { String::new() } else { format!(" ({})", listed(devices.iter())) };
        let kind = if kind == "unknown machine" { "unknown" } else { &kind };
        printable(format!("{kind}{devices}").as_bytes())
    };
    found.into_iter().map(shown).collect()
}

/// What became of a case.
pub(super) fn case(case: &CaseFinding) -> (String, String) {
    let reason = case_reason(case).filter(|_| case.change != CaseChange::Fixed);
    let reason = reason.map(|reason| format!(" ({})", printable(reason.as_bytes()))).unwrap_or_default();
    (case_name(case), format!("base: {}; new: {}{reason}", case.base, case.new))
}

/// From, to and the change in words, with its interval.
pub(super) fn change(finding: &MetricFinding, figures: &Figures) -> String {
    let shown = |value: Option<f64>| value.map_or_else(|| "-".into(), number);
    let unit = finding.subject.unit.as_ref();
    let values = unit.map(|unit| format!("{} -> {} {unit}", shown(figures.base), shown(figures.new)));
    let told = Some(estimate(figures)).filter(|told| !told.is_empty());
    match (values, told) {
        (Some(values), Some(told)) if is_contrary(figures) => {
            format!("{values}; the estimate over all boots is {told}")
        }
        (values, told) => [values, told].into_iter().flatten().collect::<Vec<_>>().join(": "),
    }
}

/// Whether the medians go one way and the change the other: it weighs boots, and takes each board by itself.
fn is_contrary(figures: &Figures) -> bool {
    let medians = figures.base.zip(figures.new).map(|(base, new)| new - base);
    medians.zip(figures.change).is_some_and(|(medians, change)| medians * change < 0.0)
}

/// The change with its interval. One of 0 goes no way.
fn estimate(figures: &Figures) -> String {
    match (figures.change, figures.interval) {
        (Some(0.0), None | Some((0.0, 0.0))) => "no change".into(),
        (Some(0.0), Some(_)) => {
            format!("no change ({})", figures.interval_words.as_deref().unwrap_or_default())
        }
        _ => sentences::change(figures),
    }
}

/// What a reader should know of a verdict: how sure it is, or what would decide.
pub(super) fn doubt(finding: &MetricFinding, figures: &Figures) -> Option<String> {
    let different = !["same", "unknown"].contains(&finding.word());
    let q = figures.q.filter(|_| different).map(|q| format!("q {}", chance(q)));
    let reason = figures.reason.clone().filter(|_| finding.word() != "same");
    let parts: Vec<String> = [q, reason].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// How many metrics of a benchmark go the same way before they are one finding.
const MANY: usize = 3;

/// What is told of one word.
pub(super) enum Told<'a> {
    /// One metric, or an index that tells more than its metrics.
    One(&'a MetricFinding),
    /// Several metrics of a benchmark that go the same way: its index, the metrics, the largest first.
    Together(&'a MetricFinding, Vec<&'a MetricFinding>),
}

/// The findings with this word; those of a benchmark that go the same way are one, unless `all` are wanted.
pub(super) fn findings<'a>(comparison: &'a Comparison, word: &str, all: bool) -> Vec<Told<'a>> {
    let of_word = |index: &&MetricFinding| index.word() == word;
    let indexes: Vec<&MetricFinding> =
        if all { comparison.indexes.iter().filter(of_word).collect() } else { indexes_alone(comparison, word) };
    let mut told: Vec<Told> = indexes.into_iter().map(Told::One).collect();
    let mut hidden: Vec<*const MetricFinding> = Vec::new();
    for index in comparison.indexes.iter().filter(|index| !all && index.word() == word) {
        let members = members(comparison, index, word);
        if members.len() >= MANY {
            hidden.extend(members.iter().map(|member| std::ptr::from_ref(*member)));
            told.push(Told::Together(index, members));
        }
    }
    let alone = comparison.metrics.iter().filter(|finding| finding.word() == word);
    told.extend(alone.filter(|finding| !hidden.contains(&std::ptr::from_ref(*finding))).map(Told::One));
    told
}

/// What would decide an unknown metric. The order is that of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// So many more boots.
    Boots,
    /// One boot a side: two or three.
    TooFew,
    /// No number of boots.
    Nothing,
    /// Nothing was tested.
    Untested,
}

impl Reason {
    pub(super) fn of(finding: &MetricFinding) -> Reason {
        match finding.finding.as_ref().map(|judged| judged.verdict) {
            Ok(Verdict::Unknown(Undecided::MoreBoots(_) | Undecided::OddBase)) => Self::Boots,
            Ok(Verdict::Unknown(Undecided::TooFewBoots)) => Self::TooFew,
            Ok(_) => Self::Nothing,
            Err(_) => Self::Untested,
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Boots => ", and more boots would decide",
            Self::TooFew => ", as one boot a side decides nothing: take 2 more on each, or give --history",
            Self::Nothing => ", and 60 more boots would not decide",
            Self::Untested => ", as there is nothing to test",
        }
    }
}

/// What is said of an unknown metric below its title.
pub(super) fn unknown(finding: &MetricFinding, figures: &Figures) -> String {
    let reason = figures.reason.clone().filter(|_| Reason::of(finding) != Reason::TooFew);
    [Some(change(finding, figures)), reason]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}
