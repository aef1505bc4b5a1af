//! test-definitions' results as any suite's: recognised, read and written.

use super::{
    line::is_result_file,
    record::{notes, to_record},
    result_json::{self, is_result_json},
    run::Run,
    write::write,
};
use crate::{
    record::{Record, RecordId},
    suites::{
        error::SuiteError,
        exchange::{Exchange, Format, Input, ReadResults, Results, Selection, Shape, Writer},
    },
};
use std::{fs, io, path::Path};

/// What the face calls.
pub(super) const EXCHANGE: Exchange = Exchange {
    recognises,
    read: |input, _| read(input),
    of_records: |records| Ok(Box::new(Runs::Records(records.to_vec()))),
    formats: &[Format {
        name: super::NAME,
        help: "A result.txt, as the scripts of Linaro's test-definitions write it and its send-to-lava.sh sends it",
        shape: Shape::Document,
    }],
    comparison: None,
};

/// Why there are no results, or why they cannot be written.
#[derive(Debug, thiserror::Error)]
enum RunsError {
    #[error(transparent)]
    Json(#[from] result_json::NotAResultJson),
    #[error("result.txt: {0}")]
    File(#[from] io::Error),
    #[error("no result in it\nhint: did the script find its program?")]
    Nothing,
}

/// Results, and what they were read from.
enum Runs {
    /// Its own files.
    Files(Vec<Run>),
    /// Records.
    Records(Vec<Record>),
}

fn recognises(input: &Input) -> bool {
    match input {
        Input::Folder(folder) => folder.join(RESULTS).is_file(),
        Input::File(bytes) => is_result_file(bytes) || is_result_json(bytes),
    }
}

/// The file in a script's folder of outputs.
const RESULTS: &str = "result.txt";

fn read(input: &Input) -> ReadResults {
    let runs = || -> Result<Vec<Run>, RunsError> {
        match input {
            Input::Folder(folder) => Ok(vec![of_folder(folder)?]),
            Input::File(bytes) if is_result_json(bytes) => Ok(result_json::read(bytes)?),
            Input::File(bytes) => Ok(vec![Run::of_text(bytes)]),
        }
    };
    let runs = runs().map_err(SuiteError::new)?;
    if runs.iter().all(|run| run.entries.is_empty() && run.losses.is_empty()) {
        return Err(SuiteError::new(RunsError::Nothing));
    }
    Ok(Box::new(Runs::Files(runs)))
}

fn of_folder(folder: &Path) -> io::Result<Run> {
    Ok(Run::of_text(&fs::read(folder.join(RESULTS))?))
}

impl Runs {
    fn records(self, identity: &dyn Fn() -> RecordId) -> Vec<Record> {
        match self {
            Self::Files(runs) => runs.iter().map(|run| to_record(run, identity())).collect(),
            Self::Records(records) => records,
        }
    }
}

impl Results for Runs {
    fn suite(&self) -> &'static str {
        super::NAME
    }

    fn notes(&self) -> Vec<String> {
        let Self::Files(runs) = self else { return Vec::new() };
        let lost = |run: &Run| -> Vec<String> {
            run.losses.iter().map(|loss| format!("{}: not taken: {}", loss.what, loss.reason)).collect()
        };
        runs.iter().flat_map(|run| lost(run).into_iter().chain(notes(run))).collect()
    }

    fn check(&self) -> Result<(), SuiteError> {
        match self {
            Self::Files(runs) if runs.iter().all(|run| run.entries.is_empty()) => {
                Err(SuiteError::new(RunsError::Nothing))
            }
            _ => Ok(()),
        }
    }

    fn into_records(self: Box<Self>, identity: &dyn Fn() -> RecordId) -> Vec<Record> {
        self.records(identity)
    }

    fn writer(self: Box<Self>, _: &Selection, _: bool, say: &dyn Fn(&str)) -> Result<Writer, SuiteError> {
        // Nobody sees what they are called.
        let written = write(&self.records(&|| RecordId(0)));
        written.notes.iter().for_each(|note| say(note));
        if written.text.is_empty() {
            return Err(SuiteError::new(RunsError::Nothing));
        }
        Ok(Box::new(move |out| out.write_all(written.text.as_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suites::Content;
    use proptest::prelude::*;

    const EVERY_LINE: &[u8] = include_bytes!("every-line.txt");

    /// What is read of a file, and what is written of that.
    fn there_and_back(bytes: &[u8]) -> Option<(Record, String)> {
        let results = read(&Input::File(bytes)).ok()?;
        let record = results.into_records(&|| RecordId(7)).remove(0);
        let again = (EXCHANGE.of_records)(std::slice::from_ref(&record)).unwrap();
        let mut text = Vec::new();
        let written = again.writer(&Selection::default(), false, &|_| ()).ok();
        written.map_or(Ok(()), |write| write(&mut text)).unwrap();
        Some((record, String::from_utf8(text).unwrap()))
    }

    #[test]
    fn each_line_is_taken_or_is_a_loss() {
        let (record, text) = there_and_back(EVERY_LINE).unwrap();
        assert_eq!((record.losses.len(), text.lines().count()), (9, 11), "{text}");
        let (again, _) = there_and_back(text.as_bytes()).unwrap();
        assert_eq!((again.benchmarks, again.losses), (record.benchmarks, Vec::new()));
        assert!(matches!(
            crate::suites::read(&Input::File(EVERY_LINE), &Selection::default()),
            Ok(Content::Results(_))
        ));
    }

    proptest! {
        #[test]
        fn a_file_that_is_cut_or_changed_is_read_or_named(
            end in 0..EVERY_LINE.len(),
            at in 0..EVERY_LINE.len(),
            byte in any::<u8>(),
        ) {
            let mut bytes = EVERY_LINE[..end].to_vec();
            if let Some(changed) = bytes.get_mut(at) {
                *changed = byte;
            }
            let said = crate::suites::test_definitions::lines(&bytes).count();
            match there_and_back(&bytes) {
                None => prop_assert_eq!(said, 0),
                Some((record, text)) => {
                    prop_assert!(record.check().is_ok());
                    let sets = bytes.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"lava-test-set st")).count();
                    let results: usize = record.benchmarks.iter().flat_map(|it| &it.cases).count();
                    prop_assert!(results + record.losses.len() + sets >= said);
                    let again = there_and_back(text.as_bytes()).map(|(again, _)| again.benchmarks);
                    prop_assert_eq!(again.unwrap_or_default(), record.benchmarks);
                }
            }
        }
    }
}
