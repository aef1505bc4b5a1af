//! A comparison -> JSON for programs: `lava-bench-comparison/1`.
//!
//! Every field is always there, in this order; what is not known is `null`, and a number is finite. Fields are only ever
//! added: a program that reads this version must pass over those that it does not know.

use super::{figures::Figures, sentences};
use crate::{
    compare::{CaseFinding, Comparison, Difference, MetricFinding, Side, Tally, Topic},
    record::{Ident, Labels, Unit},
    statistics::verdict::Setting,
};
use serde::Serialize;
use std::{collections::BTreeMap, io};

const SCHEMA: &str = "lava-bench-comparison/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    base: SideFields<'a>,
    new: SideFields<'a>,
    past_boots: usize,
    shared_boots: usize,
    settings: SettingFields,
    summary: Summary,
    differences: Vec<DifferenceFields<'a>>,
    refused: Vec<DifferenceFields<'a>>,
    cases: Vec<CaseFields<'a>>,
    indexes: Vec<MetricFields<'a>>,
    metrics: Vec<MetricFields<'a>>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct SideFields<'a> {
    kernels: Vec<KernelFields<'a>>,
    machines: Vec<MachineFields<'a>>,
    boots: usize,
    iterations: usize,
    invalid_iterations: usize,
    faults: usize,
    losses: usize,
}

#[derive(Serialize)]
struct KernelFields<'a> {
    name: &'a str,
    boots: usize,
}

#[derive(Serialize)]
struct MachineFields<'a> {
    kind: &'a str,
    devices: &'a [String],
}

#[derive(Serialize)]
struct SettingFields {
    level: f64,
    false_discovery: f64,
    margin: f64,
    jitter: f64,
}

/// How many there are of each word.
#[derive(Serialize)]
struct Summary {
    metrics: BTreeMap<&'static str, usize>,
    cases: BTreeMap<&'static str, usize>,
    refused: usize,
    regression: bool,
    undecided: bool,
}

#[derive(Serialize)]
struct DifferenceFields<'a> {
    topic: &'static str,
    benchmark: Option<&'a Ident>,
    what: &'a str,
    base: &'a str,
    new: &'a str,
}

#[derive(Serialize)]
struct CaseFields<'a> {
    change: &'static str,
    benchmark: &'a Ident,
    parameters: &'a BTreeMap<String, String>,
    labels: &'a Labels,
    base: TallyFields,
    new: TallyFields,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct TallyFields {
    pass: usize,
    fail: usize,
    skip: usize,
    unknown: usize,
}

#[derive(Serialize)]
struct MetricFields<'a> {
    benchmark: &'a Ident,
    parameters: &'a BTreeMap<String, String>,
    case: &'a Labels,
    metric: Option<&'a Ident>,
    labels: &'a Labels,
    unit: Option<&'a Unit>,
    better: &'static str,
    primary: bool,
    base: Option<f64>,
    new: Option<f64>,
    change: Option<f64>,
    change_words: Option<String>,
    interval: Option<(f64, f64)>,
    verdict: &'static str,
    suspect: bool,
    p: Option<f64>,
    p_calibrated: Option<f64>,
    q: Option<f64>,
    spread: Option<f64>,
    boots: BootFields,
    reason: Option<String>,
}

#[derive(Serialize)]
struct BootFields {
    past: usize,
    base: usize,
    new: usize,
}

/// Writes the document in one line.
///
/// # Errors
/// Those of the writer.
pub fn json(comparison: &Comparison, out: &mut dyn io::Write) -> io::Result<()> {
    let Comparison { base, new, past, differences, refused, cases, indexes, metrics, notes, setting, shared_boots } =
        comparison;
    let metric = |finding| MetricFields::of(finding, setting);
    let document = Document {
        schema: SCHEMA,
        base: SideFields::of(base),
        new: SideFields::of(new),
        past_boots: *past,
        shared_boots: *shared_boots,
        settings: SettingFields {
            level: setting.level,
            false_discovery: setting.false_discovery,
            margin: setting.margin,
            jitter: setting.jitter,
        },
        summary: Summary::of(comparison),
        differences: differences.iter().map(DifferenceFields::of).collect(),
        refused: refused.iter().map(DifferenceFields::of).collect(),
        cases: cases.iter().map(CaseFields::of).collect(),
        indexes: indexes.iter().map(metric).collect(),
        metrics: metrics.iter().map(metric).collect(),
        notes,
    };
    serde_json::to_writer(&mut *out, &document)?;
    out.write_all(b"\n")
}

impl<'a> SideFields<'a> {
    fn of(side: &'a Side) -> Self {
        SideFields {
            kernels: side.builds.iter().map(|(name, boots)| KernelFields { name, boots: *boots }).collect(),
            machines: side.machines.iter().map(|(kind, devices)| MachineFields { kind, devices }).collect(),
            boots: side.boots,
            iterations: side.iterations,
            invalid_iterations: side.invalid,
            faults: side.faults,
            losses: side.losses,
        }
    }
}

impl Summary {
    fn of(comparison: &Comparison) -> Self {
        let words = ["worse", "changed", "better", "unknown", "same"];
        let mut cases = BTreeMap::new();
        comparison.cases.iter().for_each(|case| *cases.entry(sentences::case_word(case.change)).or_default() += 1);
        Summary {
            metrics: words.into_iter().zip(comparison.counts()).collect(),
            cases,
            refused: comparison.refused.len(),
            regression: comparison.has_regression(),
            undecided: comparison.has_unknown(),
        }
    }
}

impl<'a> DifferenceFields<'a> {
    fn of(difference: &'a Difference) -> Self {
        let Difference { topic, benchmark, what, base, new } = difference;
        let topic = match topic {
            Topic::Machine => "machine",
            Topic::Tool => "tool",
            Topic::Parameter => "parameter",
            Topic::Fact => "fact",
        };
        DifferenceFields { topic, benchmark: benchmark.as_ref(), what, base, new }
    }
}

impl<'a> CaseFields<'a> {
    fn of(case: &'a CaseFinding) -> Self {
        let tally = |tally: &Tally| TallyFields {
            pass: tally.pass,
            fail: tally.fail,
            skip: tally.skip,
            unknown: tally.unknown,
        };
        CaseFields {
            change: sentences::case_word(case.change),
            benchmark: &case.benchmark,
            parameters: &case.parameters,
            labels: &case.labels,
            base: tally(&case.base),
            new: tally(&case.new),
            reason: sentences::case_reason(case),
        }
    }
}

impl<'a> MetricFields<'a> {
    fn of(finding: &'a MetricFinding, setting: &Setting) -> Self {
        let Figures { base, new, change, interval, change_words, suspect, p, p_calibrated, q, spread, reason, .. } =
            Figures::of(finding, setting);
        let (subject, boots) = (&finding.subject, finding.boots);
        MetricFields {
            benchmark: &subject.benchmark,
            parameters: &subject.parameters,
            case: &subject.case,
            metric: subject.metric.as_ref(),
            labels: &subject.labels,
            unit: subject.unit.as_ref(),
            better: finding.better.as_str(),
            primary: finding.primary,
            base,
            new,
            change,
            change_words,
            interval,
            verdict: finding.word(),
            suspect,
            p,
            p_calibrated,
            q,
            spread,
            boots: BootFields { past: boots.past, base: boots.base, new: boots.new },
            reason,
        }
    }
}
