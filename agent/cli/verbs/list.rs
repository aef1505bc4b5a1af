//! `list`: the definitions.

use crate::{
    cli::{
        exit::{Code, Failure},
        options::chosen::no_suite,
        table, terminal,
        wrap::{cut, wrap},
    },
    definition::{Outline, Store},
    run::missing,
};
use anyhow::anyhow;
use regex::bytes::{Regex, RegexBuilder};
use serde_json::{Value, json};

/// Lists the definitions by suite: name, what is measured, whether it can run here
///
/// The list fits the terminal, so it shortens what is long: `no: NAME` is a program that is missing. A list of one definition
/// is not shortened.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench list
  lava-bench list --available --suite sysbench
  lava-bench list sysbench-cpu
  lava-bench list 'latency|futex' --json")]
pub(in crate::cli) struct Args {
    /// Only those whose name, metrics or description this regular expression finds something in
    #[arg(value_name = "REGEX")]
    pattern: Option<String>,
    /// Only those of this suite; a wrong name is answered with all suites
    #[arg(long, value_name = "NAME")]
    suite: Option<String>,
    /// Only those that can run here
    #[arg(long)]
    available: bool,
    /// An array of objects on standard output
    #[arg(long)]
    json: bool,
}

/// A definition and what keeps it from running here.
struct Row {
    definition: Outline,
    missing: Vec<String>,
}

pub(in crate::cli) fn run(args: &Args, store: &Store) -> Result<Code, Failure> {
    let rows = rows(args, store)?;
    let width = terminal::width();
    let text = match rows.as_slice() {
        _ if args.json => format!("{:#}\n", rows.iter().map(object).collect::<Value>()),
        [] => String::new(),
        [row] => whole(row, width),
        rows => page(rows, width),
    };
    terminal::data(&text)?;
    if rows.is_empty() {
        terminal::tell(&format!("lava-bench: {}", nothing(args, store)));
        return Ok(Code::Nothing);
    }
    Ok(Code::Done)
}

/// Says that nothing was found, and what there is instead.
fn nothing(args: &Args, store: &Store) -> String {
    let pattern = args.pattern.as_deref().map(|pattern| format!("nothing matches `{pattern}`"));
    match (&args.suite, pattern) {
        (Some(suite), pattern) => {
            format!("suite `{suite}`: {}", pattern.unwrap_or_else(|| "nothing can run here".into()))
        }
        (None, Some(pattern)) if args.available => format!("list: {pattern} that can run here"),
        (None, Some(pattern)) => {
            let near = crate::text::nearest(args.pattern.as_deref().unwrap_or_default(), store.names());
            let hint = near.map(|near| format!("did you mean `{near}`?"));
            format!("list: {pattern}\nhint: {}", hint.unwrap_or_else(|| "`lava-bench list` shows all".into()))
        }
        (None, None) => "list: nothing can run here\nhint: `lava-bench list` says what is missing".into(),
    }
}

fn rows(args: &Args, store: &Store) -> Result<Vec<Row>, Failure> {
    let pattern =
        args.pattern.as_ref().map(|text| RegexBuilder::new(text).unicode(false).case_insensitive(true).build());
    let pattern = pattern.transpose().map_err(|error| {
        let text = args.pattern.as_deref().unwrap_or_default();
        let error = error.to_string();
        let why = error.lines().last().unwrap_or_default();
        Failure::input(anyhow!("regular expression `{text}`: {}", why.strip_prefix("error: ").unwrap_or(why)))
    })?;
    if let Some(suite) = &args.suite
        && !store.outlines().flatten().any(|outline| outline.suite.as_ref() == Some(suite))
    {
        return Err(no_suite(suite, store));
    }
    let mut rows = Vec::new();
    for definition in store.outlines() {
        let definition = match definition {
            Ok(definition) => definition,
            // One that is wrong hides no other.
            Err(error) => {
                terminal::tell(&format!("lava-bench: left out: {error}"));
                continue;
            }
        };
        let found = pattern.as_ref().is_none_or(|pattern| mentions(&definition, pattern));
        let of_suite = args.suite.is_none() || args.suite == definition.suite;
        if found && of_suite {
            let missing = missing(&definition.tool, &definition.needs, &definition.defaults);
            rows.push(Row { definition, missing });
        }
    }
    rows.retain(|row| !args.available || row.missing.is_empty());
    rows.sort_by_key(|row| (row.definition.suite.is_none(), row.definition.suite.clone(), row.definition.name.clone()));
    Ok(rows)
}

fn mentions(definition: &Outline, pattern: &Regex) -> bool {
    let metrics = definition.metrics.iter().map(String::as_str);
    let mut texts = metrics.chain([definition.name.as_str(), definition.description.as_str()]);
    texts.any(|text| pattern.is_match(text.as_bytes()))
}

/// The least that is left for metrics and reasons where suites are shown too.
const ROOM: usize = 44;

/// A line for each, of at most `width` characters. Where that is narrow, the suites are left out: they are in the order.
fn page(rows: &[Row], width: usize) -> String {
    let names = rows.iter().map(|row| row.definition.name.as_str().len()).chain([4]).max().unwrap_or(0);
    let suites = rows.iter().map(|row| suite(row).chars().count()).chain([5]).max().unwrap_or(0);
    let reasons = rows.iter().map(|row| here(row).chars().count()).chain([4]).max().unwrap_or(0);
    let with_suites = names + suites + ROOM + 6 <= width;
    let rest = width.saturating_sub(names + 4 + if with_suites { suites + 2 } else { 0 });
    let wanted = rows.iter().map(|row| metrics(row, rest).chars().count()).chain([7]).max().unwrap_or(0);
    // A reason may be shortened to half of what is left, the metrics to the rest.
    let for_metrics = wanted.min(rest.saturating_sub(reasons.min(rest / 2)));
    let line = |name: String, suite: String, metrics: String, here: String| match with_suites {
        true => vec![name, suite, metrics, here],
        false => vec![name, metrics, here],
    };
    let mut cells = vec![line("NAME".into(), "SUITE".into(), "METRICS".into(), "HERE".into())];
    cells.extend(rows.iter().map(|row| {
        let here = cut(&here(row), rest.saturating_sub(for_metrics));
        line(row.definition.name.to_string(), suite(row), metrics(row, for_metrics), here)
    }));
    table::columns(&cells)
}

fn suite(row: &Row) -> String {
    row.definition.suite.clone().unwrap_or_else(|| "-".into())
}

/// As many metrics as fit, and how many more there are.
fn metrics(Row { definition, .. }: &Row, width: usize) -> String {
    let all = &definition.metrics;
    let shown = |count: usize| match all.len() - count {
        0 => all.join(", "),
        more => format!("{} and {more} more", all[..count].join(", ")),
    };
    let most = if all.len() <= 3 { all.len() } else { 2 };
    let mut texts = (1..=most).rev().map(shown);
    let most_of_one = || match all.as_slice() {
        [one] => cut(one, width),
        [first, ..] => cut(&format!("{first}, ..."), width),
        [] => String::new(),
    };
    texts.find(|text| text.chars().count() <= width).unwrap_or_else(most_of_one)
}

/// Whether it can run here, and if not, the first reason in a few words.
fn here(Row { missing, .. }: &Row) -> String {
    let Some(first) = missing.first() else { return "yes".into() };
    let what = first.split("; ").next().unwrap_or_default().replace('`', "");
    let program = what.strip_prefix("program ").and_then(|what| what.strip_suffix(" not found"));
    // The last part of a path tells more than the first.
    let program = program.map(|program| program.rsplit('/').next().unwrap_or(program));
    format!("no: {}", program.unwrap_or(&what))
}

/// All of one definition.
fn whole(row: &Row, width: usize) -> String {
    let Row { definition, missing } = row;
    let suite = definition.suite.as_ref().map(|suite| format!(" ({suite})")).unwrap_or_default();
    let mut text = wrap(&format!("{}{suite}: {}\n", definition.name, definition.description), width, 2);
    text.push_str(&wrap(&format!("  metrics: {}\n", definition.metrics.join(", ")), width, 2));
    if missing.is_empty() {
        text.push_str("  can run here\n");
    }
    for reason in missing {
        text.push_str(&wrap(&format!("  cannot run here: {reason}\n"), width, 2));
    }
    text
}

fn object(Row { definition, missing }: &Row) -> Value {
    json!({
        "name": definition.name, "suite": definition.suite, "description": definition.description, "metrics": definition.metrics,
        "available": missing.is_empty(), "missing": missing, "origin": definition.origin.to_string(),
    })
}
