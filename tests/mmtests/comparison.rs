//! Comparisons: ours is MMTests' own text, to the letter.

use super::{
    extraction,
    goldens::{Case, Output},
};
use lava_bench::{
    suites::mmtests::Extract,
    suites::mmtests::compare::{Comparison, Options},
};

/// How two texts are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    /// Every byte is the same.
    Equal,
    /// All but the rows that are drawn at random, and those are near.
    NearAtRandom,
}

/// How alike the texts are, or where they differ. Rows about means of random subsamples, and with `random_ratios` all that
/// is made of these, may differ by a little.
pub(super) fn likeness(ours: &str, theirs: &str, random_ratios: bool) -> Result<Likeness, String> {
    let (ours, theirs): (Vec<&str>, Vec<&str>) = (ours.lines().collect(), theirs.lines().collect());
    if ours.len() != theirs.len() {
        return Err(format!("{} lines, theirs {}", ours.len(), theirs.len()));
    }
    let mut likeness = Likeness::Equal;
    for (a, b) in ours.iter().zip(&theirs).filter(|(a, b)| a != b) {
        let random = ["SubAmean", "SubHmean", "SubmeanCI"].iter().any(|title| b.contains(title));
        let ratio = random_ratios && ["Ratio", "Dm", "Gm", "Signi"].iter().any(|head| b.starts_with(head));
        // MMTests itself, asked again, differs by up to 2 % in a mean and 16 % in the interval around it.
        let tolerance = if random && !b.contains("CI") { 0.03 } else { 0.3 };
        if !((random || ratio) && nearly(a, b, tolerance)) {
            return Err(format!("ours   {a}|\n      theirs {b}|"));
        }
        likeness = Likeness::NearAtRandom;
    }
    Ok(likeness)
}

/// The same words, and numbers that are equal but for this part of them.
fn nearly(a: &str, b: &str, tolerance: f64) -> bool {
    let split = |line: &str| -> Vec<String> {
        line.split(|c: char| c.is_whitespace() || "()*<>".contains(c))
            .filter(|w| !w.is_empty())
            .map(Into::into)
            .collect()
    };
    let (a, b) = (split(a), split(b));
    let number = |word: &str, end: char| word.strip_suffix(end)?.parse::<f64>().ok();
    let near = |a: &str, b: &str| match (number(a, '%'), number(b, '%')) {
        (Some(a), Some(b)) => (a - b).abs() <= 100.0 * tolerance,
        _ => match (number(a, 's'), number(b, 's'), a.parse::<f64>(), b.parse::<f64>()) {
            (Some(a), Some(b), ..) => (a - b).abs() <= tolerance,
            (_, _, Ok(a), Ok(b)) => (a - b).abs() <= tolerance * b.abs(),
            _ => a == b,
        },
    };
    a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| near(a, b))
}

/// Whether our comparison of the JSON, with all operations and where there is one with those of the sub-heading, is `name`.
pub(super) fn of_json(case: &Case, name: &str, output: &Output) -> Result<Likeness, String> {
    let sources = case.sources(&output.suffix);
    if sources.is_empty() {
        return Err("no JSON for it".into());
    }
    let mut all = Vec::new();
    for source in sources {
        all.push(of_runs(case, name, output, &case.runs(&source)).map_err(|error| format!("{source}: {error}"))?);
    }
    Ok(if all.contains(&Likeness::NearAtRandom) { Likeness::NearAtRandom } else { Likeness::Equal })
}

/// Whether our comparison of the logs is `name`.
pub(super) fn of_logs(case: &Case, name: &str, output: &Output) -> Result<Likeness, String> {
    let runs = extraction::trees(case, output.suffix.strip_prefix("-alt-"))?;
    of_runs(case, name, output, &runs)
}

fn of_runs(case: &Case, name: &str, output: &Output, runs: &[Extract]) -> Result<Likeness, String> {
    let theirs = case.read(name);
    let sub_heading = output.sub_heading();
    let options = Options { version: case.rules, sub_heading, sorted: output.from_json, true_direction: false };
    let random = runs[0].header.summary_type.text() == Some("Subselection")
        || runs[0].header.statistics.texts().is_some_and(|names| names.iter().any(|name| name.starts_with("submean")));
    let comparison = Comparison::new(&runs.iter().collect::<Vec<&Extract>>(), &options);
    let ours = comparison.map_err(|error| error.to_string())?.print(output.view);
    // In a report of all benchmarks the table stands among others.
    match output.report {
        true if theirs.contains(&format!("\n{ours}\n")) => Ok(Likeness::Equal),
        true => Err("the table is not in the report".into()),
        false => likeness(&ours, &theirs, random),
    }
}
