//! lkp's results as any suite's: recognised, read, written and compared.

use super::{
    NAME, compare,
    names::names,
    record::to_record,
    root::{self, Root, RootError},
    write,
};
use crate::{
    record::{Record, RecordId},
    suites::{
        Selection, TableOptions,
        error::SuiteError,
        exchange::{
            AnyResults, ComparedTable, ComparedTables, Exchange, Format, Input, OwnComparison, ReadResults, Results,
            Shape, Writer,
        },
    },
};

/// What the face calls.
pub(super) const EXCHANGE: Exchange = Exchange {
    recognises,
    read,
    of_records,
    formats: &[Format {
        name: NAME,
        help: "Result roots of lkp, one for each boot, for its merge, ncompare, compare and stat",
        shape: Shape::Folder(write::write),
    }],
    comparison: Some(OwnComparison {
        formats: &[Format { name: NAME, help: "The table of lkp's ncompare", shape: Shape::Document }],
        options: &["--all", "--kpi"],
        is_default: false,
        compare: tables,
    }),
};

/// Why there are no results, or what the suite does not do.
#[derive(Debug, thiserror::Error)]
enum ResultsError {
    #[error(transparent)]
    Root(#[from] RootError),
    #[error(transparent)]
    Compare(#[from] compare::NothingToCompare),
    #[error(
        "lkp's results are folders, and this is a file\nhint: name the folder of a run, which has a stats.json, or one with runs in it"
    )]
    File,
    #[error("nothing could be read: {0}")]
    NothingRead(String),
    #[error("a run of lkp is a folder, and not a document\nhint: convert SOURCE --to lkp -o DIR writes one")]
    Folder,
}

/// All runs of a source.
struct Roots(Vec<Root>);

fn recognises(input: &Input) -> bool {
    matches!(input, Input::Folder(folder) if root::is_root(folder))
}

fn read(input: &Input, _: &Selection) -> ReadResults {
    let Input::Folder(folder) = input else { return Err(SuiteError::new(ResultsError::File)) };
    let roots = root::read_all(folder, names()).map_err(|error| SuiteError::new(ResultsError::Root(error)))?;
    Ok(Box::new(Roots(roots)))
}

fn of_records(records: &[Record]) -> ReadResults {
    let runs = records.iter().flat_map(|record| write::runs(record, names()).0);
    Ok(Box::new(Roots(runs.map(|run| run.to_root()).collect())))
}

fn tables(results: Vec<AnyResults>, _: &str, options: &TableOptions) -> ComparedTables {
    let own = |results: AnyResults| (results as Box<dyn std::any::Any>).downcast::<Roots>().ok();
    let roots: Vec<Root> = results.into_iter().filter_map(own).flat_map(|roots| roots.0).collect();
    let view = compare::View { all: options.all, kpi: options.kpi };
    let (text, notes) =
        compare::table(&roots, names(), view).map_err(|error| SuiteError::new(ResultsError::from(error)))?;
    Ok(vec![Ok(ComparedTable { benchmark: NAME.into(), text, notes })])
}

impl Results for Roots {
    fn suite(&self) -> &'static str {
        NAME
    }

    fn notes(&self) -> Vec<String> {
        self.0.iter().flat_map(Root::notes).collect()
    }

    fn check(&self) -> Result<(), SuiteError> {
        let says = |root: &Root| root.has_stats || !root.state.happened.is_empty();
        let lost = || self.0.iter().flat_map(|root| &root.losses);
        match (self.0.iter().any(says), lost().next_back()) {
            (false, Some(loss)) => {
                Err(SuiteError::new(ResultsError::NothingRead(format!("{}: {}", loss.what, loss.reason))))
            }
            _ => Ok(()),
        }
    }

    fn into_records(self: Box<Self>, identity: &dyn Fn() -> RecordId) -> Vec<Record> {
        self.0.iter().map(|root| to_record(root, names(), identity())).collect()
    }

    fn writer(self: Box<Self>, _: &Selection, _: bool, _: &dyn Fn(&str)) -> Result<Writer, SuiteError> {
        Err(SuiteError::new(ResultsError::Folder))
    }
}
