//! Other programs' suites of benchmarks: their results <-> records, and their configurations -> what runs.
//!
//! Each suite has a room and a line in `SUITES`. Every other room recognises, reads, writes and compares the results of
//! suites through this file, and does not know which suites there are.

mod error;
#[cfg(feature = "host")]
mod exchange;
pub mod lkp;
pub mod mmtests;
mod suite;
pub mod test_definitions;

pub use error::SuiteError;
#[cfg(feature = "host")]
pub use exchange::{
    AnyResults, ComparedTable, Content, ContentError, Format, Input, LeftOut, Results, Selection, Shape, TableOptions,
    Tables, Writer,
};
pub use lkp::job as lkp_job;
pub use mmtests::config;
#[cfg(feature = "host")]
pub use mmtests::{
    IterationOrder, TableOptions as MmtestsTableOptions, Version,
    compare::{Options as ComparisonOptions, View as TableView},
};
pub use suite::{Logged, Logs, Suite};
pub use test_definitions::{Chosen as TestPlan, Part, Parts, PlanChoice, PlanLeft, is_result_file, signals};

#[cfg(feature = "host")]
use crate::record::Record;

/// All suites. The first reads what none of them recognises, and says what is wrong with it.
static SUITES: &[Suite] = &[mmtests::SUITE, lkp::SUITE, test_definitions::SUITE];

/// The suite with this name.
pub fn named(name: &str) -> Option<&'static Suite> {
    SUITES.iter().find(|suite| suite.name == name)
}

/// Reads records or a suite's results; the content says which they are. `selection` says what is taken of a folder.
///
/// # Errors
/// Content that is neither a record nor a suite's, or that is wrong.
#[cfg(feature = "host")]
pub fn read(input: &Input, selection: &Selection) -> Result<Content, ContentError> {
    match input {
        Input::File(bytes) if is_record(bytes) => Ok(Content::Records(records(bytes)?)),
        _ => {
            let recognised = SUITES.iter().find(|suite| (suite.exchange.recognises)(input));
            let suite = recognised.unwrap_or(&SUITES[0]);
            Ok(Content::Results((suite.exchange.read)(input, selection)?))
        }
    }
}

/// Whether a suite recognises what a source holds.
#[cfg(feature = "host")]
pub fn recognises(input: &Input) -> bool {
    SUITES.iter().any(|suite| (suite.exchange.recognises)(input))
}

/// Whether a file's bytes, or the first 4 KiB of them, are records. A record has its schema near its beginning, and no suite's
/// results have such a field.
#[cfg(feature = "host")]
pub fn is_record(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(4096)];
    let text = String::from_utf8_lossy(head);
    text.contains("\"lava-bench-record/") && text.contains("\"schema\"")
}

/// The records in a file's bytes: one, or several of one line each.
///
/// # Errors
/// What is wrong with the first one that is not a record, with its line where there are several.
#[cfg(feature = "host")]
pub fn records(bytes: &[u8]) -> Result<Vec<Record>, ContentError> {
    let error = match Record::from_json(bytes) {
        Ok(record) => return Ok(vec![record]),
        Err(error) => error,
    };
    let lines = bytes.split(|byte| *byte == b'\n').zip(1..).filter(|(line, _)| !line.trim_ascii().is_empty());
    let mut records = Vec::new();
    for (line, number) in lines {
        match Record::from_json(line) {
            Ok(record) => records.push(record),
            // One document over several lines.
            Err(_) if records.is_empty() => return Err(error.into()),
            Err(error) => return Err(ContentError::Line { line: number, error }),
        }
    }
    Ok(records)
}

/// All formats that results are written in, with their suites.
#[cfg(feature = "host")]
pub fn formats() -> impl Iterator<Item = (&'static Suite, &'static Format)> {
    SUITES.iter().flat_map(|suite| suite.exchange.formats.iter().map(move |format| (suite, format)))
}

/// The suite's own comparison that results of one suite alone are shown in where nobody asks for another.
#[cfg(feature = "host")]
pub fn own_table(results: &[&AnyResults]) -> Option<(&'static Suite, &'static Format)> {
    let suite = named(results.first()?.suite())?;
    let own = suite.exchange.comparison.as_ref().filter(|own| own.is_default)?;
    let all = results.iter().all(|results| results.suite() == suite.name);
    all.then(|| own.formats.first().map(|format| (suite, format))).flatten()
}

/// All formats of suites' own comparisons, with their suites.
#[cfg(feature = "host")]
pub fn tables() -> impl Iterator<Item = (&'static Suite, &'static Format)> {
    let of = |suite: &'static Suite| suite.exchange.comparison.iter().flat_map(|own| own.formats);
    SUITES.iter().flat_map(move |suite| of(suite).map(move |format| (suite, format)))
}

#[cfg(all(test, feature = "host"))]
mod tests {
    use super::*;
    use crate::record::RecordId;
    use std::{collections::BTreeSet, fs};

    const JSON: &[u8] = br#"{"_ModuleName":"ExtractShellpacksysbenchcpu","_TestName":"a","_ResultData":
        {"events/sec-1":[{"SampleNrs":[1],"Values":[2]}]}}"#;

    /// What a source is taken for.
    fn taken_for(input: Input) -> String {
        match read(&input, &Selection::default()) {
            Ok(Content::Records(records)) => format!("{} records", records.len()),
            Ok(Content::Results(results)) => results.suite().into(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn sources_are_recognised_by_their_content() {
        assert_eq!(taken_for(Input::File(JSON)), "mmtests");
        let Ok(content) = read(&Input::File(JSON), &Selection::default()) else { panic!("it is MMTests' JSON") };
        let mut bytes = Vec::new();
        for record in content.into_records(&|| RecordId(7)) {
            for _ in 0..2 {
                record.write_json(&mut bytes).unwrap();
                bytes.push(b'\n');
            }
        }
        assert_eq!(taken_for(Input::File(&bytes)), "2 records");
        assert!(taken_for(Input::File(b"nothing known")).starts_with("not MMTests JSON: "));
        let folder = tempfile::TempDir::new().unwrap();
        assert!(taken_for(Input::Folder(folder.path())).contains("no run of MMTests in it"));
        let logs = folder.path().join("run/iter-0/hackbench/logs");
        fs::create_dir_all(&logs).unwrap();
        fs::write(logs.join("hackbench-1"), "Total time: 0.5\n").unwrap();
        assert_eq!(taken_for(Input::Folder(folder.path())), "mmtests");
    }

    #[test]
    fn formats_begin_with_their_suites_names() {
        let all: Vec<_> = formats().chain(tables()).collect();
        assert!(all.iter().all(|(suite, format)| format.name.starts_with(suite.name)));
        let names = |formats: Vec<&Format>| formats.iter().map(|format| format.name).collect::<BTreeSet<_>>().len();
        let (written, compared): (Vec<_>, Vec<_>) =
            (formats().map(|(_, format)| format).collect(), tables().map(|(_, format)| format).collect());
        assert_eq!((names(written.clone()), names(compared.clone())), (written.len(), compared.len()));
        assert!(named("mmtests").is_some() && named("nothing-such").is_none());
    }
}
