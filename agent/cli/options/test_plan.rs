//! `--test-plan FILE` of `show` and `run`: a test plan of Linaro's test-definitions -> definitions and their parameters.

use super::suite_file::{refused, text};
use crate::{
    cli::{exit::Failure, table, terminal},
    definition::Store,
    suites::{PlanChoice, PlanLeft, TestPlan},
    text::printable,
};
use anyhow::Context;
use std::path::Path;

/// Reads a plan for this machine. What a definition does not take is not run.
pub(in crate::cli) fn read(path: &Path, overlay: Option<&Path>, store: &Store) -> Result<TestPlan, Failure> {
    let file = |path: &Path| text(path).with_context(|| path.display().to_string()).map_err(Failure::input);
    let (text, changes) = (file(path)?, overlay.map(file).transpose()?);
    let mut plan = TestPlan::read(&text, changes.as_deref()).map_err(|error| {
        let at_fault = overlay.filter(|_| error.is_of_overlay()).unwrap_or(path);
        Failure::input(anyhow::Error::new(error).context(at_fault.display().to_string()))
    })?;
    for choice in std::mem::take(&mut plan.choices) {
        let parameters = choice.parameters.iter().map(|(name, value)| (name, value));
        let refused = refused(&choice.definition, parameters, store)?;
        match refused.map(|(_, error)| error.to_string()) {
            None => plan.choices.push(choice),
            Some(reason) => plan.left.push(PlanLeft { test: choice.test, reason }),
        }
    }
    Ok(plan)
}

/// The definitions' names.
pub(in crate::cli) fn names(plan: &TestPlan) -> Vec<String> {
    plan.choices.iter().map(|choice| choice.definition.clone()).collect()
}

/// The parameters, each with its definition's name.
pub(in crate::cli) fn parameters(plan: &TestPlan) -> Vec<(String, String)> {
    let of = |choice: &PlanChoice| -> Vec<(String, String)> {
        let named = |(name, value): &(String, String)| (format!("{}.{name}", choice.definition), value.clone());
        choice.parameters.iter().map(named).collect()
    };
    plan.choices.iter().flat_map(of).collect()
}

/// What would run, and all that is not as the plan has it.
pub(in crate::cli) fn page(plan: &TestPlan, width: usize) -> String {
    let mut page = String::new();
    for choice in &plan.choices {
        page.push_str(&format!("{}: {}\n", clean(&choice.test), choice.definition));
        let rows = choice.parameters.iter().flat_map(|(name, value)| table::text_rows(name, value));
        page.push_str(&table::fitted(&rows.collect::<Vec<_>>(), width));
        choice.differs.iter().for_each(|text| page.push_str(&format!("  otherwise than there: {}\n", clean(text))));
    }
    page + &left(plan)
}

/// Says what will not run, and what is otherwise.
pub(in crate::cli) fn warn(plan: &TestPlan) {
    let differs = plan.choices.iter().flat_map(|choice| choice.differs.iter().map(|text| (&choice.definition, text)));
    let differs = differs.map(|(name, text)| format!("{name}: otherwise than there: {}\n", clean(text)));
    let text = differs.collect::<String>() + &left(plan);
    if !text.is_empty() {
        terminal::say(text.trim_end());
    }
}

fn left(plan: &TestPlan) -> String {
    let left = plan.left.iter().map(|left| format!("{}: not run: {}\n", clean(&left.test), clean(&left.reason)));
    left.chain(plan.unused.iter().map(|text| format!("overlay: {}\n", clean(text)))).collect()
}

fn clean(text: &str) -> String {
    printable(text.as_bytes()).to_string()
}
