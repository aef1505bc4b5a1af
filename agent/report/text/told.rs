//! What the text says of sides, cases and metrics.

use crate::{
    compare::{
        CaseChange, CaseFinding, Comparison, MetricFinding, Side, in_words, interval_in_words, number, reason_in_words,
    },
    report::sentences::{case_name, count, indexes_alone, members},
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
        printable(format!("{kind}{devices}").as_bytes())
    };
    found.into_iter().map(shown).collect()
}

/// What became of a case.
pub(super) fn case(case: &CaseFinding) -> (String, String) {
    let reason = case.new.reason.as_ref().or(case.base.reason.as_ref()).filter(|_| case.change != CaseChange::Fixed);
    let reason = reason.map(|reason| format!(" ({})", printable(reason.as_bytes()))).unwrap_or_default();
    (case_name(case), format!("base: {}; new: {}{reason}", case.base, case.new))
}

/// From, to and the change in words, with its interval.
pub(super) fn change(finding: &MetricFinding) -> String {
    let unit = finding.subject.unit.as_ref().map(|unit| unit.as_str());
    let shown = |value: Option<f64>| value.map_or_else(|| "-".into(), number);
    let values = match unit {
        Some(unit) => format!("{} -> {} {unit}", shown(finding.base), shown(finding.new)),
        None => String::new(),
    };
    let Ok(judged) = &finding.finding else { return values };
    let words = in_words(judged.change(), unit, finding.better);
    let told = match interval(finding) {
        Some(interval) => format!("{words} ({interval})"),
        None => words,
    };
    if values.is_empty() { told } else { format!("{values}: {told}") }
}

/// The 90 % interval of the change; of so few boots that they never decide there is none. Its words are left out where they are
/// those of the change.
fn interval(finding: &MetricFinding) -> Option<String> {
    let judged = finding.finding.as_ref().ok().filter(|judged| judged.p_calibrated.is_some())?;
    let unit = finding.subject.unit.as_ref().map(|unit| unit.as_str());
    let (low, high) = judged.change_interval();
    let words = interval_in_words((low, high), unit, finding.better);
    let one_way = low > 0.0 || high < 0.0;
    let end = if one_way { words.rfind(" %").map(|at| at + 2) } else { None };
    Some(words[..end.unwrap_or(words.len())].to_string())
}

/// What a reader should know of a verdict: how sure it is, or what would decide.
pub(super) fn doubt(finding: &MetricFinding, comparison: &Comparison) -> Option<String> {
    let reason = reason_in_words(finding, &comparison.setting);
    let different = !["same", "unknown"].contains(&finding.word());
    let q = finding.finding.as_ref().ok().and_then(|judged| judged.q).filter(|_| different);
    let q = q.map(|q| if q < 0.0001 { "q < 0.0001".into() } else { format!("q {q:.4}") });
    let parts: Vec<String> = [q, reason.filter(|_| finding.word() != "same")].into_iter().flatten().collect();
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
            Ok(Verdict::Unknown(Undecided::MoreBoots(_))) => Self::Boots,
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
pub(super) fn unknown(finding: &MetricFinding, comparison: &Comparison) -> String {
    let reason = match Reason::of(finding) {
        Reason::TooFew => None,
        _ => reason_in_words(finding, &comparison.setting),
    };
    [Some(change(finding)), reason].into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}
