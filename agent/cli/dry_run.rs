//! A plan -> what it would run, without running it.

use crate::{
    cli::terminal,
    plan::{Plan, PlannedBenchmark, WarmUp},
    run::{Stop, version},
    text::counted,
};

/// Each case with its command.
pub(super) fn dry_run(plan: &Plan, stop: &mut Stop) -> String {
    let mut text = String::new();
    for planned in &plan.benchmarks {
        let version = version(&planned.definition, &planned.parameters, stop).unwrap_or_default();
        let name = &planned.definition.name;
        text.push_str(&format!("{name}: {}, {}\n", counted(planned.cases.len(), "case"), amount(planned)));
        for case in &planned.cases {
            let command = case.commands.iter().find(|(versions, _)| versions.contain(version.as_deref()));
            let words = command.or(case.commands.last()).map(|(_, words)| words.join(" "));
            let labels = if case.labels.is_empty() { String::new() } else { format!("{}: ", case.labels) };
            let line = format!("  {labels}{}", words.unwrap_or_default());
            text.push_str(&format!("{}\n", terminal::fitted_command(&line)));
        }
    }
    text
}

/// How often each case of a benchmark is run.
fn amount(planned: &PlannedBenchmark) -> String {
    let warm_ups = match planned.warm_up {
        WarmUp::Times(times) => counted(times as usize, "warm-up"),
        WarmUp::Steady => format!("at most {} until it is steady", counted(planned.warm_up.most() as usize, "warm-up")),
    };
    let iterations = match planned.until {
        Some(until) => format!("{} to {}", until.at_least, counted(until.at_most as usize, "iteration")),
        None => counted(planned.iterations as usize, "iteration"),
    };
    format!("{warm_ups} and {iterations} each")
}
