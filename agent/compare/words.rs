//! Changes in words: shares, units and directions -> `12.3 % slower`, `5.1 % fewer events/s`.

use super::MetricFinding;
use crate::{
    record::Better,
    statistics::verdict::{Setting, Undecided, Untestable, Verdict},
};

/// A change of more than this is told as a ratio.
const LARGE: f64 = 10.0;
/// A change of fewer per cent than this is told as less.
const SMALL: f64 = 0.001;

/// The comparatives of a metric: for a value that rose, and for one that fell.
fn comparatives(unit: Option<&str>, better: Better) -> (String, String) {
    let Some(unit) = unit else { return ("better".into(), "worse".into()) };
    let pair = |up: &str, down: &str| (up.to_string(), down.to_string());
    let time = is_time(unit);
    match unit.split_once('/') {
        Some((amount, "s")) if is_size(amount) => pair("faster", "slower"),
        Some(_) => pair(&format!("more {unit}"), &format!("fewer {unit}")),
        None if time && better == Better::Lower => pair("slower", "faster"),
        None if time => pair("longer", "shorter"),
        None if is_size(unit) => pair(&format!("more {unit}"), &format!("less {unit}")),
        None => pair("higher", "lower"),
    }
}

fn is_time(unit: &str) -> bool {
    ["ns", "us", "ms", "s", "min", "h", "cycles"].contains(&unit)
}

/// Whether a unit is one of bytes or bits.
fn is_size(unit: &str) -> bool {
    let prefix = unit.trim_end_matches("bytes").trim_end_matches("bit").trim_end_matches("bits").trim_end_matches('B');
    let prefix = prefix.trim_end_matches('b');
    prefix != unit && ["", "k", "K", "M", "G", "T", "Ki", "Mi", "Gi", "Ti"].contains(&prefix)
}

/// A change as a share of the old value, 0.05 for 5 % more, in words.
pub fn in_words(change: f64, unit: Option<&str>, better: Better) -> String {
    if change == 0.0 {
        return "no change".into();
    }
    let (up, down) = comparatives(unit, better);
    let word = if change < 0.0 { down } else { up };
    format!("{} {word}", share(possible(change, unit)))
}

/// The change, or the largest fall that there can be: an amount cannot lose more than all of itself, but an estimate or the
/// end of its interval can be there. What has no unit, or one like `C` or `%`, may fall below 0.
fn possible(change: f64, unit: Option<&str>) -> f64 {
    let amount = unit.is_some_and(|unit| unit.contains('/') || is_time(unit) || is_size(unit));
    if amount { change.max(-1.0) } else { change }
}

fn share(change: f64) -> String {
    let percent = change.abs() * 100.0;
    match percent {
        _ if change > LARGE => format!("{} times", number(change)),
        0.0 => "0 %".into(),
        _ if percent < SMALL => format!("less than {SMALL} %"),
        // So many digits that it is not 0.
        _ if percent < 0.1 => format!("{percent:.*} %", (1.0 - percent.log10().floor()) as usize),
        _ if percent < 100.0 => format!("{percent:.1} %"),
        _ => format!("{percent:.0} %"),
    }
}

/// An interval of changes in words: `10.1 to 14.6 % slower`, `8.0 % fewer to 1.9 % more events/s`.
pub fn interval_in_words(interval: (f64, f64), unit: Option<&str>, better: Better) -> String {
    let (low, high) = interval;
    if low == high {
        return in_words(low, unit, better);
    }
    if low < 0.0 && high > 0.0 {
        return format!("{} to {}", in_words(low, unit, better), in_words(high, unit, better));
    }
    let (small, large) = if high <= 0.0 { (high, low) } else { (low, high) };
    let (small, large) = (possible(small, unit), possible(large, unit));
    let (from, to) = (share(small), share(large));
    // The sign of both is said once; a ratio has none.
    let from = if to.ends_with(" %") { from.trim_end_matches(" %") } else { &from };
    format!("{from} to {}", in_words(large, unit, better))
}

/// The same behind the change itself, whose words are not said twice: `10.1 to 14.6 %`. Where one end goes the other way, all
/// is said.
pub fn interval_in_brief(interval: (f64, f64), unit: Option<&str>, better: Better) -> String {
    let words = interval_in_words(interval, unit, better);
    let one_way = interval.0 >= 0.0 || interval.1 <= 0.0;
    let end = if one_way { words.rfind(" %").map(|at| at + 2) } else { None };
    words[..end.unwrap_or(words.len())].to_string()
}

/// Why a metric is unknown, and what would decide it.
pub fn reason_in_words(finding: &MetricFinding, setting: &Setting) -> Option<String> {
    let margin = number(setting.margin * 100.0);
    let boots = finding.boots;
    let judged = match &finding.finding {
        Err(Untestable::NoCommonBoard) if boots.new == 0 => return Some("no valid value on the new side".into()),
        Err(Untestable::NoCommonBoard) if boots.base + boots.past == 0 => {
            return Some("no valid value on the base".into());
        }
        Err(why) => return Some(why.to_string()),
        Ok(judged) => judged,
    };
    let side = if boots.past == 0 { "on each side" } else { "of the new kernel" };
    let spread = format!("boots spread by {}", share(judged.shift.spread));
    let reason = match judged.verdict {
        Verdict::Unknown(Undecided::MoreBoots(1)) => format!("1 more boot {side} would decide"),
        Verdict::Unknown(Undecided::MoreBoots(more)) => format!("{more} more boots {side} would decide"),
        Verdict::Unknown(Undecided::TooFewBoots) => {
            "one boot a side decides nothing: take 2 more on each, or give --history".into()
        }
        Verdict::Unknown(Undecided::OddBase) => {
            "the base's only boot is unlike its history: 2 more boots of the base would tell".into()
        }
        Verdict::Unknown(Undecided::EdgeOfMargin) => {
            format!("the change is about as large as the margin of {margin} %: no number of boots decides")
        }
        Verdict::Unknown(Undecided::ShortHistory) => format!("{spread}, and the base has too few of them"),
        Verdict::Unknown(Undecided::TooNoisy) => format!("{spread}: more than 60 more would be needed"),
        Verdict::Same => format!("within {margin} %"),
        _ if judged.suspect => format!("a suspect: only {} new, take 3", boots_in_words(boots.new)),
        _ => return None,
    };
    Some(reason)
}

fn boots_in_words(count: usize) -> String {
    if count == 1 { "1 boot is".into() } else { format!("{count} boots are") }
}

/// A number with five significant digits, for eyes.
pub fn number(number: f64) -> String {
    let magnitude = if number == 0.0 { 0.0 } else { number.abs().log10().floor() };
    if !(-6.0..15.0).contains(&magnitude) {
        return format!("{number:.4e}");
    }
    let text = format!("{number:.*}", (4.0 - magnitude).clamp(0.0, 12.0) as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_never_has_a_bare_sign() {
        for (change, unit, better, words) in [
            (0.123, Some("s"), Better::Lower, "12.3 % slower"),
            (-0.123, Some("ms"), Better::Lower, "12.3 % faster"),
            (-0.051, Some("events/s"), Better::Higher, "5.1 % fewer events/s"),
            (-0.051, Some("MB/s"), Better::Higher, "5.1 % slower"),
            (0.2, Some("Gbit/s"), Better::Higher, "20.0 % faster"),
            (0.2, Some("KiB"), Better::Lower, "20.0 % more KiB"),
            (0.2, Some("s"), Better::Neither, "20.0 % longer"),
            (-0.3, Some("%"), Better::Higher, "30.0 % lower"),
            (2.5, Some("s"), Better::Lower, "250 % slower"),
            (15.0, Some("s"), Better::Lower, "15 times slower"),
            (0.001_234, Some("s"), Better::Lower, "0.1 % slower"),
            (0.0004, Some("s"), Better::Lower, "0.040 % slower"),
            (-0.000_123, Some("s"), Better::Lower, "0.012 % faster"),
            (0.000_001, Some("s"), Better::Lower, "less than 0.001 % slower"),
            (0.0, Some("s"), Better::Lower, "no change"),
            (-0.08, None, Better::Higher, "8.0 % worse"),
        ] {
            assert_eq!(in_words(change, unit, better), words);
        }
    }

    #[test]
    fn an_interval_says_which_way_each_end_is() {
        let told = |low, high| interval_in_words((low, high), Some("events/s"), Better::Higher);
        assert_eq!(told(0.101, 0.146), "10.1 to 14.6 % more events/s");
        assert_eq!(told(-0.146, -0.101), "10.1 to 14.6 % fewer events/s");
        assert_eq!(told(-0.08, 0.019), "8.0 % fewer events/s to 1.9 % more events/s");
        assert_eq!(told(9.5, 12.0), "950 % to 12 times more events/s");
        let brief = |low, high| interval_in_brief((low, high), Some("events/s"), Better::Higher);
        assert_eq!([brief(-0.146, -0.101), brief(0.0, 0.02)], ["10.1 to 14.6 %", "0 to 2.0 %"]);
        assert_eq!(brief(-0.08, 0.019), told(-0.08, 0.019));
        assert_eq!(brief(11.0, 12.0), "11 times to 12 times more events/s");
    }

    #[test]
    fn nothing_falls_by_more_than_all_of_it() {
        let told = |low, high, unit| interval_in_words((low, high), Some(unit), Better::Higher);
        assert_eq!(told(-1.03, -0.982, "rounds/s"), "98.2 to 100 % fewer rounds/s");
        assert_eq!(told(-1.2, 0.1, "MB/s"), "100 % slower to 10.0 % faster");
        assert_eq!(in_words(-1.01, Some("KiB"), Better::Lower), "100 % less KiB");
        // A temperature can: 10 C -> -5 C.
        assert_eq!(in_words(-1.5, Some("C"), Better::Lower), "150 % lower");
    }

    #[test]
    fn numbers_have_five_digits() {
        let texts = [0.0, 1234.567, 0.001_234_56, 5e-9, -3.0, 1e16].map(number);
        assert_eq!(texts, ["0", "1234.6", "0.0012346", "5.0000e-9", "-3", "1.0000e16"]);
    }
}
