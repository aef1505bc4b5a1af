//! Records and rows as columns of plain text.

use super::wrap::{wrap, wrap_at};
use crate::{
    record::{Benchmark, Case, Record, Series},
    text::left,
    text::printable,
};

/// `rows` in columns, two blanks between them; the last column is as long as it likes.
pub(super) fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| left(cell, *width)).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// The least that is left for the last column.
const LAST: usize = 24;

/// The same in lines of at most `width` characters: the last column is broken between words, and stands below the others
/// where they are wide.
pub(super) fn fitted(rows: &[Vec<String>], width: usize) -> String {
    let size = |line: &str| line.chars().count();
    let whole = columns(rows);
    let all = rows.iter().map(Vec::len).max().unwrap_or(0);
    if all == 0 || whole.lines().all(|line| size(line) <= width) {
        return whole;
    }
    let heads: Vec<Vec<String>> = rows.iter().map(|row| row[..row.len().min(all - 1)].to_vec()).collect();
    let heads = columns(&heads);
    let column = heads.lines().map(size).filter(|size| size + 2 + LAST <= width).max().map_or(LAST, |size| size + 2);
    let mut text = String::new();
    for (head, row) in heads.lines().zip(rows) {
        match row.get(all - 1).filter(|last| !last.is_empty()) {
            None => text.push_str(&wrap(head, width, 4)),
            Some(last) if size(head) + 2 > column => {
                let below = wrap_at(&format!("{}{last}", " ".repeat(column)), width, column);
                text.push_str(&format!("{}\n{below}", wrap(head, width, 4)));
            }
            Some(last) => text.push_str(&wrap_at(&format!("{}{last}", left(head, column)), width, column)),
        }
        text.push('\n');
    }
    text
}

/// A parameter and its value, which may have several lines and gets a row for each.
pub(super) fn text_rows(name: &str, value: &str) -> Vec<Vec<String>> {
    let lines: Vec<&str> = if value.is_empty() { vec!["''"] } else { value.lines().collect() };
    let row = |(at, line): (usize, &&str)| {
        let name = if at == 0 { format!("  {name}") } else { String::new() };
        vec![name, printable(line.as_bytes())]
    };
    lines.iter().enumerate().map(row).collect()
}

/// The most reasons of a case why its samples are not valid: on a busy machine each iteration has some, and a screen has 24
/// lines.
const DISTURBANCES: usize = 3;

/// A record for people: each case with its verdict, each series with its median and range, in lines of `width` characters.
/// `paint` gives a verdict its colour.
pub(super) fn record(record: &Record, width: usize, paint: fn(&str) -> String) -> String {
    record.benchmarks.iter().map(|one| benchmark(one, width, paint)).collect()
}

fn benchmark(benchmark: &Benchmark, width: usize, paint: fn(&str) -> String) -> String {
    let tool = benchmark.tool.as_ref().map(|tool| match &tool.version {
        Some(version) => format!(" ({} {version})", tool.name),
        None => format!(" ({})", tool.name),
    });
    let mut text = wrap(&format!("{}{}\n", benchmark.name, tool.unwrap_or_default()), width, 2);
    for case in &benchmark.cases {
        text.push_str(&case_text(benchmark, case, width, paint));
    }
    text
}

fn case_text(benchmark: &Benchmark, case: &Case, width: usize, paint: fn(&str) -> String) -> String {
    let point = if case.labels.is_empty() { String::new() } else { format!("{}: ", case.labels) };
    // Before the colour: it takes no column.
    let title = wrap(&format!("  {point}{}\n", case.result.as_str()), width, 2);
    let mut text = match title.strip_suffix(&format!("{}\n", case.result.as_str())) {
        Some(before) => format!("{before}{}\n", paint(case.result.as_str())),
        None => title,
    };
    for reason in &case.reasons {
        text.push_str(&wrap(&format!("    {reason}\n"), width, 2));
    }
    let disturbances = case.all_disturbances();
    for disturbance in disturbances.iter().take(DISTURBANCES) {
        text.push_str(&wrap(&format!("    not valid: {disturbance}\n"), width, 2));
    }
    if disturbances.len() > DISTURBANCES {
        let more = disturbances.len() - DISTURBANCES;
        text.push_str(&format!("    not valid: {more} more, all in the record\n"));
    }
    let rows: Vec<Vec<String>> =
        benchmark.primary_first(case).into_iter().filter_map(|series| row(benchmark, series)).collect();
    for line in fitted(&rows, width.saturating_sub(4)).lines() {
        text.push_str(&format!("    {line}\n"));
    }
    text
}

fn row(benchmark: &Benchmark, series: &Series) -> Option<Vec<String>> {
    let unit = &benchmark.metrics.iter().find(|metric| metric.name == series.metric)?.unit;
    let values: Vec<f64> = series.values().map(|value| value.get()).collect();
    let low = values.iter().copied().reduce(f64::min)?;
    let high = values.iter().copied().reduce(f64::max)?;
    let name = if series.labels.is_empty() {
        series.metric.to_string()
    } else {
        format!("{} {}", series.metric, series.labels)
    };
    let range = match values.len() {
        1 => String::new(),
        count => format!("(median of {count}, {} to {})", short(low), short(high)),
    };
    Some(vec![name, short(series.median()?.get()), unit.to_string(), range])
}

/// Six significant digits are enough for eyes; the record has all.
fn short(number: f64) -> String {
    let magnitude = if number == 0.0 { 0.0 } else { number.abs().log10().floor() };
    let decimals = (5.0 - magnitude).clamp(0.0, 12.0) as usize;
    let text = format!("{number:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').into(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits() {
        let numbers = [3.594_999_999_999_999_8, 1e15, 0.0, 0.265, 1e-9, -1_234.567_89, 123_456_789.0];
        let texts = numbers.map(short);
        assert_eq!(texts, ["3.595", "1000000000000000", "0", "0.265", "0.000000001", "-1234.57", "123456789"]);
    }

    #[test]
    fn a_busy_machine_does_not_fill_the_screen() {
        let json =
            br#"{"schema":"lava-bench-record/1","id":"0a1b2c3d","benchmarks":[{"name":"b","parameters":{},"metrics":[],
            "cases":[{"labels":{},"result":"pass","series":[]}]}]}"#;
        let mut shown = Record::from_json(json).unwrap();
        let lines =
            |shown: &Record| record(shown, 80, str::to_string).lines().skip(2).map(String::from).collect::<Vec<_>>();
        shown.benchmarks[0].cases[0].disturbances = (1..=3).map(|at| format!("iteration {at}: x")).collect();
        assert_eq!(lines(&shown)[2], "    not valid: iteration 3: x");
        shown.benchmarks[0].cases[0].disturbances.extend(["y".into(), "z".into()]);
        assert_eq!(lines(&shown)[3..], ["    not valid: 2 more, all in the record"]);
    }

    #[test]
    fn shows_verdicts_medians_and_ranges() {
        let json = br#"{"schema":"lava-bench-record/1","id":"0a1b2c3d","benchmarks":[{"name":"b","tool":{"name":"t","version":"1"},
            "parameters":{},"metrics":[{"name":"speed","unit":"MB/s","better":"higher"},{"name":"p","unit":"ms","better":"lower","labels":["q"]}],
            "cases":[{"labels":{"n":"4"},"result":"fail","reasons":["why"],"series":[
            {"metric":"speed","samples":[[3],[1,2]]},{"metric":"p","labels":{"q":"95"},"samples":[[1.5]]}]}]}]}"#;
        let shown = Record::from_json(json).unwrap();
        let text = record(&shown, 80, str::to_string);
        assert_eq!(
            text,
            "b (t 1)\n  n=4: fail\n    why\n    speed   2    MB/s  (median of 3, 1 to 3)\n    p q=95  1.5  ms\n"
        );
        let narrow = record(&shown, 40, |word| word.to_uppercase());
        assert_eq!(
            narrow,
            "b (t 1)\n  n=4: FAIL\n    why\n    speed   2    MB/s       (median of\n                            3, 1 to 3)\n    p q=95  1.5  ms\n"
        );
    }
}
