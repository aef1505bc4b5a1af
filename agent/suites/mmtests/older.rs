//! The modules that MMTests of January 2026 and of November 2021 read a benchmark's JSON with: a run of June 2026 -> a run of
//! theirs.
//!
//! Their comparison loads the module that `_ModuleName` names, and takes the direction, the statistics and the decimals from
//! it, never from the file. What the other fields say here is what the module does.

use super::{
    benchmarks::{self, Direction, Module, SummaryType},
    extract::{Extract, Operation},
    header::Field,
    version::Version,
};
use crate::record::Better;

/// The field length of runs that are as June 2026 writes them.
const NEWEST_LENGTH: u64 = 18;

/// Why a version of MMTests cannot read a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("benchmark `{benchmark}`: MMTests of {version} has no module that reads it")]
pub struct NoModule {
    benchmark: String,
    version: &'static str,
}

/// A run that a version of MMTests reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Readable {
    /// The extract.
    pub extract: Extract,
    /// What its table shows otherwise than the results say, if anything.
    pub note: Option<String>,
}

impl Extract {
    /// The extract as `version` of MMTests reads it: the same samples, and its module. What is of that version already keeps its
    /// fields; the newest version reads no JSON, and nothing is changed for it.
    ///
    /// # Errors
    /// A benchmark without a module there.
    pub fn readable_by(mut self, version: Version) -> Result<Readable, NoModule> {
        if version == Version::Head {
            return Ok(Readable { extract: self, note: None });
        }
        let mut note = None;
        if self.written_by() != version {
            let benchmark = self.benchmark();
            let report = self.report();
            let found = benchmarks::module(version, &benchmark, report);
            let Some(module) = found else {
                let report = report.map_or(String::new(), |report| format!(" --report {report}"));
                return Err(NoModule { benchmark: format!("{benchmark}{report}"), version: version.date() });
            };
            note = self.deadly(module, version).or_else(|| self.misjudged(module, version));
            self.take(module);
        }
        self.fill();
        Ok(Readable { extract: self, note })
    }

    /// Which version wrote the fields.
    fn written_by(&self) -> Version {
        let newest = self.header.module_name.text().is_none_or(|module| module.starts_with("ExtractShellpack"));
        match self.header.data_type.number() {
            _ if newest || self.header.field_length.number() == Some(NEWEST_LENGTH) => Version::Head,
            Some(_) => Version::Classic202111,
            None => Version::Classic202601,
        }
    }

    /// The operation that ends the comparison of January 2026, as a sentence: it divides by zero for the harmonic mean of
    /// values of which none is positive.
    fn deadly(&self, module: &Module, version: Version) -> Option<String> {
        let harmonic = module.direction() == Direction::Higher && module.summary != SummaryType::Singleops;
        let none = |operation: &&Operation| {
            operation.values().next().is_some() && operation.values().all(|value| value <= 0.0)
        };
        let operation = self.operations.iter().find(none).filter(|_| harmonic && version == Version::Classic202601)?;
        let (date, name) = (version.date(), &operation.name);
        Some(format!(
            "MMTests of {date} will end with an error, as there is no harmonic mean of `{name}`: no value is positive"
        ))
    }

    /// The operations for which the module takes the wrong direction, as a sentence.
    fn misjudged(&self, module: &Module, version: Version) -> Option<String> {
        let own = self.direction();
        let wrong = |operation: &&Operation| match self.metric(&operation.name).map(|metric| metric.better) {
            Some(Better::Higher) => module.direction() == Direction::Lower,
            Some(Better::Lower) => module.direction() == Direction::Higher,
            Some(Better::Neither) => false,
            None => module.direction() != own,
        };
        let wrong: Vec<&str> = self.operations.iter().filter(wrong).map(|operation| operation.name.as_str()).collect();
        let first = wrong.first()?;
        let others = match wrong.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let taken = if module.direction() == Direction::Higher { "higher" } else { "lower" };
        let (name, date) = (&module.name, version.date());
        Some(format!(
            "Extract{name} of MMTests of {date} takes {taken} values for better, which is wrong for `{first}`{others}"
        ))
    }

    /// Says what `module` says, and nothing that only other versions say.
    fn take(&mut self, module: &Module) {
        let other = |field: &str| ["_Shellpack", "_Ratio", "_Summary"].iter().any(|start| field.starts_with(start));
        let header = &mut self.header;
        header.others.retain(|field, _| !other(field));
        header.shellpack_config = Field::Absent;
        header.ratio_comparison = Field::Absent;
        header.ratio_operations = Field::Absent;
        header.ratio_statistics = Field::Absent;
        header.statistics = Field::Absent;
        (header.data_type, header.preferred) = match (module.data, module.direction()) {
            (Some(data), _) => (data.into(), Field::Absent),
            (None, Direction::Higher) => (Field::Absent, "Higher".into()),
            // Lower is what is not said.
            (None, Direction::Lower) => (Field::Absent, Field::Absent),
        };
        header.module_name = format!("Extract{}", module.name).into();
        header.summary_type = format!("{:?}", module.summary).into();
        header.field_length = module.width.into();
        header.value_title = module.title.clone().into();
        header.precision = module.decimals.into();
    }

    /// Gives each operation as many iterations: the number of those of one is taken for all, and none may be `null`.
    fn fill(&mut self) {
        let count = self.operations.iter().map(|operation| operation.iterations.len()).max().unwrap_or_default();
        for operation in &mut self.operations {
            operation.iterations.resize(count, None);
            for iteration in &mut operation.iterations {
                iteration.get_or_insert_default();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suites::mmtests::{read, write};
    use serde_json::Value as Json;

    fn run(module: &str, operation: &str) -> Extract {
        let json = format!(
            r#"{{"_ModuleName":"{module}","_TestName":"a","_PreferredVal":"Lower","_FieldLength":18,"_ResultData":
            {{"{operation}":[{{"SampleNrs":["1",2],"Values":["1.50",2]}}],"z":[null,{{"SampleNrs":[1],"Values":[3]}}]}}}}"#
        );
        read(json.as_bytes()).unwrap().remove(0)
    }

    #[test]
    fn each_version_gets_its_module_and_the_same_samples() {
        for (version, name, better, wrong) in [
            (Version::Classic202601, "_PreferredVal", Json::from("Higher"), false),
            (Version::Classic202111, "_DataType", Json::from(1), true),
        ] {
            let before = run("ExtractShellpacksysbenchcpu", "events/sec-1");
            let Readable { extract: run, note } = before.clone().readable_by(version).unwrap();
            assert_eq!(run.header.module_name.text(), Some("ExtractSysbenchcpu"));
            assert_eq!(run.header.to_map().get(name), Some(&better));
            assert_eq!(note.is_some(), wrong, "{note:?}");
            let samples =
                |run: &Extract| run.operations.iter().map(|one| one.values().collect()).collect::<Vec<Vec<f64>>>();
            assert_eq!(samples(&run), samples(&before));
            let mut json = Vec::new();
            write(&[run], &mut json).unwrap();
            let json: Json = serde_json::from_slice(&json).unwrap();
            assert_eq!(json["_ResultData"]["events/sec-1"][0]["Values"], serde_json::json!(["1.50", 2]));
            assert_eq!(json["_ResultData"]["z"][0], serde_json::json!({"SampleNrs": [], "Values": []}));
            assert_eq!(json["_ResultData"]["events/sec-1"].as_array().map(Vec::len), Some(2));
        }
    }

    #[test]
    fn a_benchmark_without_a_module_is_an_error() {
        let error = run("ExtractShellpacksysbenchmutex", "x").readable_by(Version::Classic202111).unwrap_err();
        assert_eq!(
            error.to_string(),
            "benchmark `sysbenchmutex`: MMTests of November 2021 has no module that reads it"
        );
        // A definition's own names are not variants of MMTests' benchmarks.
        assert!(run("ExtractShellpacksysbench-cpu-lower", "x").readable_by(Version::Classic202601).is_err());
        let same = run("ExtractShellpackeasywave", "x");
        assert_eq!(same.clone().readable_by(Version::Head).unwrap().extract, same);
    }
}
