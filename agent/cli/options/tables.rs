//! A suite's own tables: results and what is asked of the table -> text.

use super::source;
use crate::{
    cli::{exit::Failure, terminal},
    suites::{self, Content, MmtestsTableOptions, Selection, Suite, TableOptions, TableView},
    text::counted,
};

/// What is asked of a suite's own table.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Suites' own tables")]
pub(in crate::cli) struct TableArgs {
    /// Only these runs, by their names, in this order
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    runs: Vec<String>,
    /// Ratios to the baseline instead of all statistics
    #[arg(long, visible_alias = "print-ratio")]
    ratio: bool,
    /// Adds the significance of each operation
    #[arg(long, visible_alias = "print-significance", conflicts_with = "ratio")]
    significance: bool,
    /// No percentages
    #[arg(long, conflicts_with = "ratio")]
    no_compare: bool,
    /// Only the operations that begin so (a regular expression)
    #[arg(long, value_name = "TEXT")]
    sub_heading: Option<String>,
    /// Operations in the order of their bytes, as MMTests shows what it reads from JSON
    #[arg(long)]
    sort: bool,
    /// Takes a throughput for higher-is-better where MMTests does not
    #[arg(long)]
    true_direction: bool,
    /// Only what the tested programs measured themselves, in lkp's table
    #[arg(long)]
    kpi: bool,
}

impl TableArgs {
    /// The options that are asked for.
    pub(in crate::cli) fn used(&self) -> Vec<&'static str> {
        let Self { runs, ratio, significance, no_compare, sub_heading, sort, true_direction, kpi } = self;
        let all = [
            ("--runs", !runs.is_empty()),
            ("--ratio", *ratio),
            ("--significance", *significance),
            ("--no-compare", *no_compare),
            ("--sub-heading", sub_heading.is_some()),
            ("--sort", *sort),
            ("--true-direction", *true_direction),
            ("--kpi", *kpi),
        ];
        all.iter().filter(|(_, given)| *given).map(|(option, _)| *option).collect()
    }

    /// Prints a suite's own comparison of all results together.
    pub(in crate::cli) fn print(
        &self,
        suite: &Suite,
        format: &suites::Format,
        contents: Vec<Content>,
        selection: &Selection,
        all: bool,
    ) -> Result<(), Failure> {
        contents.iter().for_each(say_losses);
        let results = contents.into_iter().map(|content| suite.results(content)).collect::<Result<Vec<_>, _>>();
        let options = self.options(selection, all);
        let tables = results.and_then(|results| suite.compare(results, format, &options)).map_err(Failure::input)?;
        let several = tables.len() > 1;
        for table in tables {
            let table = table.map_err(Failure::input)?;
            let title = if several { format!("\n{}\n", table.benchmark) } else { String::new() };
            terminal::data(&format!("{title}{}", table.text))?;
            table.notes.iter().for_each(|note| source::say(&format!("{}: {note}", table.benchmark)));
        }
        Ok(())
    }

    fn options(&self, selection: &Selection, all: bool) -> TableOptions {
        let mmtests = MmtestsTableOptions {
            comparison: suites::ComparisonOptions {
                version: selection.version,
                sub_heading: self.sub_heading.clone(),
                sorted: self.sort,
                true_direction: self.true_direction,
            },
            view: TableView {
                ratio: self.ratio,
                significance: self.significance,
                no_compare: self.no_compare,
                html: false,
            },
            benchmark: selection.benchmark.clone(),
            runs: self.runs.clone(),
        };
        TableOptions { mmtests, all, kpi: self.kpi }
    }
}

/// Says which records are not all that was measured.
fn say_losses(content: &Content) {
    let Content::Records(records) = content else { return };
    for record in records.iter().filter(|record| !record.losses.is_empty()) {
        let lost = counted(record.losses.len(), "loss");
        source::say(&format!("record {}: {lost}: what is lost is not in the comparison", record.id));
    }
}
