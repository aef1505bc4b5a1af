//! What a host does with the suite's files.

use super::{LinesError, benchmark};
use crate::{
    record::{Benchmark, Record, RecordId},
    suites::{
        Selection,
        error::SuiteError,
        exchange::{Exchange, Input, ReadResults, Results, Writer},
    },
};
/// What the face calls.
pub(super) const EXCHANGE: Exchange = Exchange {
    recognises,
    read,
    of_records,
    formats: &[],
    comparison: None,
};

/// What the suite does not do.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("lines: only reading is there")]
    OnlyReading,
    #[error("lines: not a text")]
    NotText,
}

struct Lines(Benchmark);

fn recognises(input: &Input) -> bool {
    matches!(input, Input::File(bytes) if bytes.starts_with(b"# lines\n"))
}

fn read(input: &Input, _: &Selection) -> ReadResults {
    let Input::File(bytes) = input else { return Err(SuiteError::new(Refused::NotText)) };
    let text = std::str::from_utf8(bytes).map_err(|_| SuiteError::new(Refused::NotText))?;
    let benchmark = benchmark(text).map_err(|error: LinesError| SuiteError::new(error))?;
    Ok(Box::new(Lines(benchmark)))
}

fn of_records(_: &[Record]) -> ReadResults {
    Err(SuiteError::new(Refused::OnlyReading))
}

impl Results for Lines {
    fn suite(&self) -> &'static str {
        super::SUITE.name
    }

    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    fn check(&self) -> Result<(), SuiteError> {
        Ok(())
    }

    fn into_records(self: Box<Self>, identity: &dyn Fn() -> RecordId) -> Vec<Record> {
        vec![Record { id: identity(), benchmarks: vec![self.0], ..Record::default() }]
    }

    fn writer(self: Box<Self>, _: &Selection, _: bool, _: &dyn Fn(&str)) -> Result<Writer, SuiteError> {
        Err(SuiteError::new(Refused::OnlyReading))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suites::{Content, read};

    #[test]
    fn a_file_of_lines_is_recognised_and_becomes_a_record() {
        let content = read(&Input::File(b"# lines\nlatency 12.5 us\n"), &Selection::default()).unwrap();
        assert!(matches!(content, Content::Results(_)));
        let record = &content.into_records(&|| RecordId(1))[0];
        assert_eq!(record.benchmarks[0].cases[0].series[0].values().next().unwrap().get(), 12.5);
    }
}
