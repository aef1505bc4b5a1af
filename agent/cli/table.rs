//! Records and rows as columns of plain text.

use crate::{
    cli::terminal::colored,
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

/// A parameter and its value, which may have several lines and gets a row for each.
pub(super) fn text_rows(name: &str, value: &str) -> Vec<Vec<String>> {
    let lines: Vec<&str> = if value.is_empty() { vec!["''"] } else { value.lines().collect() };
    let row = |(at, line): (usize, &&str)| {
        let name = if at == 0 { format!("  {name}") } else { String::new() };
        vec![name, printable(line.as_bytes())]
    };
    lines.iter().enumerate().map(row).collect()
}

/// A record for people: each case with its verdict, each series with its median and range.
pub(super) fn record(record: &Record) -> String {
    record.benchmarks.iter().map(benchmark).collect()
}

fn benchmark(benchmark: &Benchmark) -> String {
    let tool = benchmark.tool.as_ref().map(|tool| match &tool.version {
        Some(version) => format!(" ({} {version})", tool.name),
        None => format!(" ({})", tool.name),
    });
    let mut text = format!("{}{}\n", benchmark.name, tool.unwrap_or_default());
    for case in &benchmark.cases {
        text.push_str(&case_text(benchmark, case));
    }
    text
}

fn case_text(benchmark: &Benchmark, case: &Case) -> String {
    let point = if case.labels.is_empty() { String::new() } else { format!("{}: ", case.labels) };
    let mut text = format!("  {point}{}\n", colored(case.result.as_str()));
    for reason in &case.reasons {
        text.push_str(&format!("    {reason}\n"));
    }
    for disturbance in case.all_disturbances() {
        text.push_str(&format!("    not valid: {disturbance}\n"));
    }
    let rows: Vec<Vec<String>> =
        benchmark.primary_first(case).into_iter().filter_map(|series| row(benchmark, series)).collect();
    for line in columns(&rows).lines() {
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
    fn shows_verdicts_medians_and_ranges() {
        let json = br#"{"schema":"lava-bench-record/1","id":"0a1b2c3d","benchmarks":[{"name":"b","tool":{"name":"t","version":"1"},
            "parameters":{},"metrics":[{"name":"speed","unit":"MB/s","better":"higher"},{"name":"p","unit":"ms","better":"lower","labels":["q"]}],
            "cases":[{"labels":{"n":"4"},"result":"fail","reasons":["why"],"series":[
            {"metric":"speed","samples":[[3],[1,2]]},{"metric":"p","labels":{"q":"95"},"samples":[[1.5]]}]}]}]}"#;
        let text = record(&Record::from_json(json).unwrap());
        assert_eq!(
            text,
            "b (t 1)\n  n=4: fail\n    why\n    speed   2    MB/s  (median of 3, 1 to 3)\n    p q=95  1.5  ms\n"
        );
    }
}
