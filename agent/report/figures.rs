//! The numbers of a finding, for every face alike: a number is finite, or it is not there.

use crate::{
    compare::{MetricFinding, in_words, interval_in_brief, interval_in_words, reason_in_words},
    statistics::verdict::Setting,
};

/// What is known of a metric, as numbers and in words.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Figures {
    pub(super) base: Option<f64>,
    pub(super) new: Option<f64>,
    /// As a share of the base: 0.05 is 5 % more.
    pub(super) change: Option<f64>,
    pub(super) interval: Option<(f64, f64)>,
    pub(super) change_words: Option<String>,
    pub(super) interval_words: Option<String>,
    /// The same behind the words of the change.
    pub(super) interval_brief: Option<String>,
    pub(super) suspect: bool,
    pub(super) p: Option<f64>,
    pub(super) p_calibrated: Option<f64>,
    pub(super) q: Option<f64>,
    /// A standard deviation between boots, on the scale of the changes.
    pub(super) spread: Option<f64>,
    pub(super) reason: Option<String>,
}

impl Figures {
    pub(super) fn of(finding: &MetricFinding, setting: &Setting) -> Figures {
        let medians = Figures {
            base: finding.base.and_then(finite),
            new: finding.new.and_then(finite),
            reason: reason_in_words(finding, setting),
            ..Figures::default()
        };
        let Ok(judged) = &finding.finding else { return medians };
        let (unit, better) = (finding.subject.unit.as_ref().map(|unit| unit.as_str()), finding.better);
        let change = finite(judged.change());
        let (low, high) = judged.change_interval();
        // Of so few boots that they never decide, the interval is what was believed beforehand.
        let interval = judged.p_calibrated.and(finite(low).zip(finite(high)));
        Figures {
            change,
            interval,
            change_words: change.map(|change| in_words(change, unit, better)),
            interval_words: interval.map(|interval| interval_in_words(interval, unit, better)),
            interval_brief: interval.map(|interval| interval_in_brief(interval, unit, better)),
            suspect: judged.suspect,
            p: finite(judged.p),
            p_calibrated: judged.p_calibrated.and_then(finite),
            q: judged.q.and_then(finite),
            spread: finite(judged.shift.spread),
            ..medians
        }
    }
}

fn finite(number: f64) -> Option<f64> {
    number.is_finite().then_some(number)
}
