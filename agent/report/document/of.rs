//! A comparison -> its document.

use super::{
    BootFields, BootLists, CaseFields, DifferenceFields, Document, KernelFields, LoneBoardFields, MachineFields,
    MetricFields, OneBoot, PointLists, SCHEMA, SettingFields, SideFields, Summary, TallyFields,
};
use crate::{
    compare::{BootSummary, CaseFinding, Comparison, Difference, LoneBoard, MetricFinding, Side, Tally, Topic},
    report::{figures::Figures, sentences},
    statistics::verdict::Setting,
};
use std::collections::BTreeMap;

impl Document {
    /// The document of a comparison, without what only the records have: see [`Document::with_evidence`].
    pub fn of(comparison: &Comparison) -> Document {
        let Comparison { setting, boots, .. } = comparison;
        let metrics = |findings: &[MetricFinding]| findings.iter().map(|one| MetricFields::of(one, setting)).collect();
        let differences = |all: &[Difference]| all.iter().map(DifferenceFields::of).collect();
        let list = |side: &[BootSummary]| side.iter().map(OneBoot::of).collect();
        Document {
            schema: SCHEMA.into(),
            base: SideFields::of(&comparison.base),
            new: SideFields::of(&comparison.new),
            past_boots: comparison.past,
            shared_boots: comparison.shared_boots,
            settings: SettingFields {
                level: setting.level,
                false_discovery: setting.false_discovery,
                margin: setting.margin,
                jitter: setting.jitter,
            },
            summary: Summary::of(comparison),
            differences: differences(&comparison.differences),
            refused: differences(&comparison.refused),
            cases: comparison.cases.iter().map(CaseFields::of).collect(),
            indexes: metrics(&comparison.indexes),
            metrics: metrics(&comparison.metrics),
            notes: comparison.notes.clone(),
            headline: sentences::headline(comparison),
            boots: BootLists { past: list(&boots.past), base: list(&boots.base), new: list(&boots.new) },
            lone_boards: comparison.lone_boards.iter().map(LoneBoardFields::of).collect(),
        }
    }
}

impl LoneBoardFields {
    fn of(board: &LoneBoard) -> Self {
        LoneBoardFields { name: board.name.clone(), missing: board.is_missing }
    }
}

impl SideFields {
    fn of(side: &Side) -> Self {
        let kernel = |(name, boots): &(String, usize)| KernelFields { name: name.clone(), boots: *boots };
        let machine =
            |(kind, devices): &(String, Vec<String>)| MachineFields { kind: kind.clone(), devices: devices.clone() };
        SideFields {
            kernels: side.builds.iter().map(kernel).collect(),
            machines: side.machines.iter().map(machine).collect(),
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
        let words = ["worse", "changed", "better", "unknown", "same"].map(String::from);
        let mut cases = BTreeMap::new();
        let word = |case: &CaseFinding| sentences::case_word(case.change).to_string();
        comparison.cases.iter().for_each(|case| *cases.entry(word(case)).or_default() += 1);
        Summary {
            metrics: words.into_iter().zip(comparison.counts()).collect(),
            cases,
            refused: comparison.refused.len(),
            regression: comparison.has_regression(),
            undecided: comparison.has_unknown(),
        }
    }
}

impl DifferenceFields {
    fn of(difference: &Difference) -> Self {
        let Difference { topic, benchmark, what, base, new } = difference.clone();
        let topic = match topic {
            Topic::Machine => "machine",
            Topic::Tool => "tool",
            Topic::Parameter => "parameter",
            Topic::Fact => "fact",
        };
        DifferenceFields { topic: topic.into(), benchmark, what, base, new }
    }
}

impl CaseFields {
    fn of(case: &CaseFinding) -> Self {
        let tally = |tally: &Tally| TallyFields {
            pass: tally.pass,
            fail: tally.fail,
            skip: tally.skip,
            unknown: tally.unknown,
        };
        CaseFields {
            change: sentences::case_word(case.change).into(),
            benchmark: case.benchmark.clone(),
            parameters: case.parameters.clone(),
            labels: case.labels.clone(),
            base: tally(&case.base),
            new: tally(&case.new),
            reason: sentences::case_reason(case).map(String::from),
            name: sentences::case_name(case),
            words: sentences::case(case),
        }
    }
}

impl MetricFields {
    fn of(finding: &MetricFinding, setting: &Setting) -> Self {
        let figures = Figures::of(finding, setting);
        let (subject, boots, points) = (finding.subject.clone(), finding.boots, &finding.points);
        let finite = |points: &[(usize, f64)]| points.iter().filter(|(_, value)| value.is_finite()).copied().collect();
        MetricFields {
            name: subject.to_string(),
            benchmark: subject.benchmark,
            parameters: subject.parameters,
            case: subject.case,
            metric: subject.metric,
            labels: subject.labels,
            unit: subject.unit,
            better: finding.better.as_str().into(),
            primary: finding.primary,
            base: figures.base,
            new: figures.new,
            change: figures.change,
            change_words: figures.change_words,
            interval: figures.interval,
            verdict: finding.word().into(),
            suspect: figures.suspect,
            p: figures.p,
            p_calibrated: figures.p_calibrated,
            q: figures.q,
            spread: figures.spread,
            boots: BootFields { past: boots.past, base: boots.base, new: boots.new },
            reason: figures.reason,
            interval_words: figures.interval_words,
            points: PointLists { past: finite(&points.past), base: finite(&points.base), new: finite(&points.new) },
            evidence: None,
        }
    }
}

impl OneBoot {
    fn of(boot: &BootSummary) -> Self {
        let BootSummary { id, started, kernel, device, job, faults } = boot.clone();
        let started = started.map(|started| humantime::format_rfc3339_seconds(started).to_string());
        OneBoot { id, started, kernel, device, job, faults }
    }
}
