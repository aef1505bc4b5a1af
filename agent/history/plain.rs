//! A history -> plain text of 80 columns.

use super::{
    Changes, Departure, LevelChange, Place, SeriesHistory, Spike, State, shape::FEWEST, shape::Kind, spark::sparkline,
};
use crate::{
    compare::number,
    text::{listed, printable},
};
use std::time::SystemTime;

/// How wide the text is.
const WIDTH: usize = 80;
/// The longest name of a build that is shown whole.
const LONGEST_BUILD: usize = 36;
/// How many suspects of a change, and how many spikes of a series, are named.
const MOST: usize = 5;
/// How many kinds of machines, and how many notes, are shown.
const MOST_MACHINES: usize = 8;
const MOST_NOTES: usize = 8;

/// How it is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct View {
    /// Also the series that did not change.
    pub all: bool,
    /// With block characters, and not in ASCII alone.
    pub unicode: bool,
}

/// A history for people.
pub fn in_text(changes: &Changes, view: View) -> String {
    let mut text = head(changes);
    let several = changes.series.iter().any(|one| {
        let first = changes.series.first();
        first.is_some_and(|first| (&first.machine, &first.device) != (&one.machine, &one.device))
    });
    for series in changes.series.iter().filter(|series| view.all || series.is_news()) {
        text.push('\n');
        text.push_str(&one_series(series, several, view.unicode));
    }
    text.push('\n');
    tail(changes).iter().for_each(|line| text.push_str(&wrapped(line, 0, 2)));
    text
}

/// What was read.
fn head(changes: &Changes) -> String {
    let span = changes.span.map(|(first, last)| format!(", {} to {}", day(first), day(last))).unwrap_or_default();
    let (counted, left_out) = changes.iterations;
    let series = counted_as(changes.series.len(), "series", "series");
    let boots = counted_as(changes.boots, "boot", "boots");
    let builds = counted_as(changes.builds, "build", "builds");
    let mut text = wrapped(&format!("{boots} of {builds}{span}: {series}"), 0, 2);
    for (kind, devices) in changes.machines.iter().take(MOST_MACHINES) {
        let devices = if devices.is_empty() { String::new() } else { format!(" ({})", listed(devices.iter())) };
        text.push_str(&wrapped(&format!("machine: {kind}{devices}"), 0, 2));
    }
    if changes.machines.len() > MOST_MACHINES {
        text.push_str(&format!("and {} more kinds of machines\n", changes.machines.len() - MOST_MACHINES));
    }
    if left_out > 0 {
        let all = counted + left_out;
        let why = "the machine was disturbed, or their case failed";
        text.push_str(&wrapped(&format!("note: {left_out} of {all} iterations do not count: {why}"), 0, 2));
    }
    for note in changes.notes.iter().take(MOST_NOTES) {
        text.push_str(&wrapped(&format!("note: {note}"), 0, 2));
    }
    if changes.notes.len() > MOST_NOTES {
        text.push_str(&format!("note: and {} more notes, which --json has\n", changes.notes.len() - MOST_NOTES));
    }
    text
}

fn one_series(series: &SeriesHistory, several_machines: bool, unicode: bool) -> String {
    let machine = series.device.as_ref().unwrap_or(&series.machine);
    let machine = if several_machines { format!(" on {machine}") } else { String::new() };
    let unit = series.subject.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
    let calm: Vec<f64> = calm(series);
    let range =
        calm.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
    let name = printable(series.subject.to_string().as_bytes());
    let mut text = wrapped(&format!("{name}{machine} ({} to {}{unit})", number(range.0), number(range.1)), 0, 2);
    let values: Vec<f64> = series.points.iter().map(|point| point.value).collect();
    text.push_str(&format!("  {}\n", sparkline(&values, range, unicode)));
    series.changes.iter().for_each(|change| text.push_str(&one_change(change)));
    match series.state {
        State::Changed => {}
        State::Level if series.departure.is_some() => {}
        State::Level => text.push_str("  no change\n"),
        State::TooFew => text.push_str(&format!("  too few boots: {}\n", series.points.len())),
        State::NoScale => text.push_str("  its median is 0: no change is a share of that\n"),
    }
    text.push_str(&spikes(&series.spikes, series.points.len()));
    if let Some(departure) = &series.departure {
        text.push_str(&newest(departure));
    }
    text
}

/// The values without spikes: these would press all others flat.
fn calm(series: &SeriesHistory) -> Vec<f64> {
    let spike = |at: usize| series.spikes.binary_search_by_key(&at, |spike| spike.at).is_ok();
    series.points.iter().enumerate().filter(|(at, _)| !spike(*at)).map(|(_, point)| point.value).collect()
}

fn one_change(change: &LevelChange) -> String {
    let LevelChange { kind, from, to, word, words, interval_words, t, p, suspects, .. } = change;
    let (what, from, to) = match kind {
        Kind::Step => ("step from", place(from), place(to)),
        Kind::Trend if change.goes_on => ("trend from", place(from), format!("{}, the newest", place(to))),
        Kind::Trend => ("trend from", place(from), place(to)),
    };
    let line =
        format!("{word}: {words}, {what} {from} to {to}; 90 % interval {interval_words}; t {t:.1}, {}", chance(*p));
    let mut text = wrapped(&line, 2, 4);
    if !suspects.is_empty() {
        let shown: Vec<String> = suspects.iter().take(MOST).map(ToString::to_string).collect();
        let more = suspects.len().saturating_sub(MOST);
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        let title = if suspects.len() == 1 { "suspect" } else { "suspects" };
        text.push_str(&wrapped(&format!("{title}: {}{more}", shown.join("; ")), 4, 6));
    }
    text
}

fn newest(departure: &Departure) -> String {
    wrapped(&departure.in_words(), 2, 4)
}

fn chance(p: f64) -> String {
    if p < 1e-9 { "p < 1e-9".into() } else { format!("p {p:.1e}") }
}

/// The largest spikes.
fn spikes(spikes: &[Spike], boots: usize) -> String {
    if spikes.is_empty() {
        return String::new();
    }
    let mut largest: Vec<&Spike> = spikes.iter().collect();
    largest.sort_by(|a, b| b.change.abs().total_cmp(&a.change.abs()));
    largest.truncate(MOST);
    largest.sort_by_key(|spike| spike.at);
    let shown: Vec<String> =
        largest.iter().map(|spike| format!("{} at {}", spike.words, place(&spike.place))).collect();
    let title = match spikes.len() {
        1 => "spike".into(),
        count if count <= MOST => "spikes".into(),
        count => format!("{count} spikes in {boots} boots, the largest"),
    };
    wrapped(&format!("{title}: {}", shown.join("; ")), 2, 4)
}

/// What is not listed: never nothing, so that no report looks like good news that is none.
fn tail(changes: &Changes) -> Vec<String> {
    let count = |state: State| changes.series.iter().filter(|series| series.state == state).count();
    let [changed, level, few, none] = [State::Changed, State::Level, State::TooFew, State::NoScale].map(count);
    let mut lines = Vec::new();
    let with_spikes = changes.series.iter().filter(|one| !one.is_news() && !one.spikes.is_empty()).count();
    let spikes =
        if with_spikes > 0 { format!("; {with_spikes} of them with spikes (--all shows them)") } else { String::new() };
    let departed = changes.series.iter().filter(|one| one.state == State::Level && one.departure.is_some()).count();
    let level = level - departed;
    let departed = if departed > 0 { format!(", {departed} may just do so") } else { String::new() };
    if changed + level > 0 || !departed.is_empty() {
        lines.push(format!("{changed} series changed{departed}, {level} did not{spikes}"));
        lines.push("a change in the last 7 boots of a series is not sure to be seen yet".into());
    }
    if few > 0 {
        let of_few = changes.series.iter().filter(|series| series.state == State::TooFew);
        let longest = of_few.map(|series| series.points.len()).max().unwrap_or(0);
        let few = counted_as(few, "series has", "series have");
        lines.push(format!("{few} too few boots: fewer than {FEWEST}, {longest} at most; nothing is said of them"));
    }
    if none > 0 {
        let none = counted_as(none, "series has", "series have");
        lines.push(format!("{none} a median of 0, and no change is a share of that; nothing is said of them"));
    }
    lines
}

fn counted_as(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// `v6.12-rc4 (boot 41, 2026-02-02)`.
fn place(place: &Place) -> String {
    let started = place.started.map(|started| format!(", {}", day(started))).unwrap_or_default();
    let build = place.build.as_deref().unwrap_or("unknown build");
    format!("{} (boot {}{started})", shortened(build), place.boot)
}

/// The begin and the end of a long name: builds differ in both.
fn shortened(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= LONGEST_BUILD {
        return name.to_string();
    }
    let half = (LONGEST_BUILD - 3) / 2;
    let (begin, end) = (&letters[..half], &letters[letters.len() - half..]);
    format!("{}...{}", begin.iter().collect::<String>(), end.iter().collect::<String>())
}

fn day(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string().chars().take(10).collect()
}

/// A text in lines of at most 80 columns: the first with `first` blanks before it, the others with `others`.
fn wrapped(text: &str, first: usize, others: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut line = " ".repeat(first);
    let mut is_empty = true;
    for word in text.split(' ') {
        let mut letters: Vec<char> = word.chars().collect();
        let blank = usize::from(!is_empty);
        if line.chars().count() + blank + letters.len() > WIDTH && !is_empty {
            lines.push(std::mem::replace(&mut line, " ".repeat(others)));
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        // A word that no line can hold is cut.
        while line.chars().count() + letters.len() > WIDTH {
            let rest = letters.split_off(WIDTH - line.chars().count());
            line.extend(letters);
            lines.push(std::mem::replace(&mut line, " ".repeat(others)));
            letters = rest;
        }
        line.extend(letters);
        is_empty = false;
    }
    lines.push(line);
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_longer_than_a_console() {
        let long = format!("begin {} {}", "word ".repeat(40), "x".repeat(300));
        let text = wrapped(&long, 2, 4);
        assert!(text.lines().all(|line| line.len() <= WIDTH) && text.lines().count() > 5, "{text}");
        let letters = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
        assert_eq!(letters(&text), letters(&long));
        assert_eq!(wrapped("a b", 1, 3), " a b\n");
    }

    #[test]
    fn a_long_name_keeps_both_ends() {
        let name = "6.12.0-rc3-next-20261120-g0123456789ab #1 SMP PREEMPT_DYNAMIC Fri Nov 20 10:00:00 UTC 2026";
        assert_eq!(shortened(name), "6.12.0-rc3-next-...0:00:00 UTC 2026");
        assert_eq!(shortened("v6.12"), "v6.12");
    }
}
