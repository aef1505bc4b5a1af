//! Verdicts: the values of boots, old and new -> better, worse, same or unknown.
//!
//! One value a boot goes in. Everything works on logarithms, so that effects are ratios; a metric with a value of 0 or
//! less works on shares of the median of its base instead. The direction of a metric counts only where the word is chosen.

mod family;
mod plan;
mod scale;
mod sides;

pub use family::{false_discovery_rates, index};
pub use plan::Undecided;
pub use scale::{Scale, jitter_of_builds};
pub use sides::{Board, Sides, Untestable};

use super::shift::{Model, Profile, Shift};

/// Which values are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Nobody says.
    Neither,
}

/// What the boots say of one metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Different, in the good direction.
    Better,
    /// Different, in the bad direction.
    Worse,
    /// Different, and nobody says which direction is good.
    Changed,
    /// Not different by more than the margin.
    Same,
    /// The boots decide nothing.
    Unknown(Undecided),
}

/// When something counts as different, and when as the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// The share of false alarms for one metric that did not change.
    pub level: f64,
    /// The share of false alarms among the metrics that are called different.
    pub false_discovery: f64,
    /// Changes within this count as none: 0.05 for 5 %.
    pub margin: f64,
    /// The smallest change that may be called different, on the scale of the metric.
    pub smallest: f64,
    /// How far two builds of one source differ: see [`jitter_of_builds`].
    pub jitter: f64,
}

impl Default for Setting {
    fn default() -> Self {
        Setting { level: 0.01, false_discovery: 0.05, margin: 0.05, smallest: 0.0, jitter: Model::COMPARE.jitter }
    }
}

/// The level of the interval that is always shown, and of the two tests behind "same".
const INTERVAL_ALPHA: f64 = 0.1;
/// Flags on fewer new boots than this are suspects.
const FIRM_BOOTS: usize = 3;

/// One metric's verdict, with everything that it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The word.
    pub verdict: Verdict,
    /// The test of "nothing changed"; its effect is on `scale`.
    pub shift: Shift,
    /// The 90 % interval of the effect, on `scale`.
    pub interval: (f64, f64),
    /// The p-value as the model has it.
    pub p: f64,
    /// The p-value with drift and spikes allowed for; `None` where so few boots never decide.
    pub p_calibrated: Option<f64>,
    /// The share of false alarms among the metrics of the family that are at least as striking.
    pub q: Option<f64>,
    /// What effects are: logarithms of ratios, or shares of the base.
    pub scale: Scale,
    /// Boots of the base, past ones included, and new boots, over all boards that count.
    pub boots: (usize, usize),
    /// Different, but on so few new boots that only a repeat says whether it was a spike.
    pub suspect: bool,
}

impl Finding {
    /// The change of the value, as a share of the old one: 0.05 is 5 % more.
    pub fn change(&self) -> f64 {
        self.scale.change(self.shift.effect)
    }

    /// The 90 % interval of [`Finding::change`].
    pub fn change_interval(&self) -> (f64, f64) {
        (self.scale.change(self.interval.0), self.scale.change(self.interval.1))
    }

    /// Whether a repeat of the flagged metrics, with new boots of another time, shows the same change.
    pub fn is_confirmed_by(&self, repeat: &Finding) -> bool {
        repeat.p < 0.05 && repeat.shift.effect * self.shift.effect > 0.0
    }
}

/// The verdicts of a family: all metrics of one comparison, in their order.
///
/// Two looks (the first boots, then as many more as were asked for) need no correction; for more, the caller divides the
/// level by their number.
pub fn judge(family: &[(Sides, Direction)], setting: &Setting) -> Vec<Finding> {
    let mut findings: Vec<Finding> = family.iter().map(|(sides, _)| measure(sides, setting)).collect();
    let deciding: Vec<f64> = findings.iter().filter_map(|finding| finding.p_calibrated).collect();
    let mut rates = false_discovery_rates(&deciding).into_iter();
    for (finding, (sides, direction)) in findings.iter_mut().zip(family) {
        finding.q = finding.p_calibrated.and_then(|_| rates.next());
        finding.verdict = word(finding, sides, *direction, setting);
        let different = matches!(finding.verdict, Verdict::Better | Verdict::Worse | Verdict::Changed);
        finding.suspect = different && finding.boots.1 < FIRM_BOOTS;
    }
    findings
}

/// What one metric says by itself: everything but the word and the rate of its family.
fn measure(sides: &Sides, setting: &Setting) -> Finding {
    let profile = Profile::new(sides.groups(), sides.model(setting));
    let shift = profile.shift(0.0);
    let p = shift.p();
    Finding {
        verdict: Verdict::Unknown(Undecided::TooFewBoots),
        shift,
        interval: profile.interval(INTERVAL_ALPHA),
        p,
        p_calibrated: sides.calibrated(p),
        q: None,
        scale: sides.scale(),
        boots: sides.boots(),
        suspect: false,
    }
}

fn word(finding: &Finding, sides: &Sides, direction: Direction, setting: &Setting) -> Verdict {
    let (Some(p), Some(q)) = (finding.p_calibrated, finding.q) else {
        return Verdict::Unknown(plan::more_boots(sides, &finding.shift, setting));
    };
    let up = finding.shift.effect > 0.0;
    if p < setting.level && q < setting.false_discovery && finding.shift.effect.abs() >= setting.smallest {
        return match direction {
            Direction::Neither => Verdict::Changed,
            Direction::Higher if up => Verdict::Better,
            Direction::Lower if !up => Verdict::Better,
            Direction::Higher | Direction::Lower => Verdict::Worse,
        };
    }
    let margin = finding.scale.margin(setting.margin);
    let (low, high) = finding.interval;
    // Two one-sided tests at 5 %: the shift is below the margin, and above its negative (Schuirmann 1987).
    if -margin < low && high < margin {
        return Verdict::Same;
    }
    Verdict::Unknown(plan::more_boots(sides, &finding.shift, setting))
}

#[cfg(test)]
mod tests;
