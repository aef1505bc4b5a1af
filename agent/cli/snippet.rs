//! A LAVA job's part: a definition -> YAML that goes under `actions:`.

use crate::{
    definition::Definition,
    record::{Benchmark, Record},
    signal::{DEFAULT_BUDGET, record_signals},
};
use anyhow::{Context, anyhow};
use std::collections::BTreeMap;

/// The part that runs the definition from git.
pub(super) fn from_git(definition: &Definition) -> String {
    let mut text = format!(
        "  - test:\n      timeout: {{minutes: 30}}\n      definitions:\n      - from: git\n        repository: URL_OF_YOUR_DEFINITIONS\n        \
         path: test-definitions/{0}/{0}.yaml\n        name: {0}\n        parameters:\n",
        definition.name
    );
    for parameter in &definition.parameters {
        text.push_str(&format!("          {}: '{}'\n", parameter.name, parameter.default.replace('\'', "''")));
    }
    text
}

/// The part that needs no repository: the definition that LAVA sees is in the job. With the record of an earlier run, it
/// has that run's parameters, and names all test cases that such a run reports: LAVA from 2026.04 lets each case fail that
/// `expected` does not name, so it names all or is not there. LAVA 2023.01 refuses a job that has such a list.
///
/// # Errors
/// A record without this benchmark.
pub(super) fn inline(definition: &Definition, record: Option<&Record>) -> anyhow::Result<String> {
    let name = &definition.name;
    let benchmark = record.map(|record| find(record, definition)).transpose()?;
    let mut parameters: BTreeMap<&str, &str> =
        definition.parameters.iter().map(|parameter| (parameter.name.as_str(), parameter.default.as_str())).collect();
    let set = benchmark.iter().flat_map(|benchmark| &benchmark.parameters);
    parameters.extend(set.map(|(key, value)| (key.as_str(), value.as_str())));
    let mut step = format!("lava-bench run {name} --exit-zero");
    for (key, value) in parameters {
        step.push_str(&format!(" --param {}", quoted(&format!("{key}={value}"))));
    }
    let mut text = format!(
        "- test:\n    timeout: {{minutes: 30}}\n    definitions:\n    - from: inline\n      name: {name}\n      \
         path: inline/{name}.yaml\n      repository:\n        metadata:\n          format: Lava-Test Test Definition 1.0\n          \
         name: {name}\n          description: {}\n        run:\n          steps:\n          - {}\n",
        yaml(&definition.description),
        yaml(&step)
    );
    match benchmark {
        None => {
            text.push_str("        # expected: give the record of an earlier run (--record FILE) to have it here\n")
        }
        Some(benchmark) => {
            text.push_str("        # For LAVA 2026.01 and later; older ones refuse it.\n        expected:\n");
            expected(record, benchmark).iter().for_each(|name| text.push_str(&format!("        - {name}\n")));
        }
    }
    Ok(text)
}

fn find<'a>(record: &'a Record, definition: &Definition) -> anyhow::Result<&'a Benchmark> {
    let all = || record.benchmarks.iter().map(|benchmark| benchmark.name.to_string()).collect::<Vec<_>>().join(", ");
    let found = record.benchmarks.iter().find(|benchmark| benchmark.name == definition.name && benchmark.run == 1);
    let found = found.ok_or_else(|| anyhow!("it has no first run of {}\nhint: it has {}", definition.name, all()))?;
    if record.losses.is_empty() {
        return Ok(found);
    }
    Err(anyhow!("it has losses: which test cases there are is not known from it")).context(record.id.to_string())
}

/// The names of all test cases of the benchmark.
fn expected(record: Option<&Record>, benchmark: &Benchmark) -> Vec<String> {
    let alone = record.map(|record| Record { benchmarks: vec![benchmark.clone()], ..record.clone() });
    let signals = alone.iter().flat_map(|record| record_signals(record, DEFAULT_BUDGET));
    signals.map(|signal| signal.name.to_string()).collect()
}

/// For a shell.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./=:,+@%".contains(&byte);
    if text.bytes().all(plain) { text.into() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// A YAML scalar; JSON's strings are some.
fn yaml(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Store;
    use serde_yaml::Value;

    fn record() -> Record {
        Record::from_json(
            br#"{"schema":"lava-bench-record/1","id":"0a1b2c3d","benchmarks":[{"name":"primes","parameters":{"THREADS":"1 2","LIMIT":"9"},
            "metrics":[{"name":"rounds","unit":"rounds","better":"higher"}],
            "cases":[{"labels":{"threads":"1"},"result":"pass","series":[{"metric":"rounds","samples":[[5]]}]}]}]}"#,
        )
        .unwrap()
    }

    #[test]
    fn a_job_part_names_all_cases_of_an_earlier_run() {
        let definition = Store::embedded().load("primes").unwrap();
        let part: Value = serde_yaml::from_str(&inline(&definition, Some(&record())).unwrap()).unwrap();
        let inside = &part[0]["test"]["definitions"][0]["repository"];
        let expected: Vec<&str> =
            inside["expected"].as_sequence().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        let sent: Vec<String> =
            record_signals(&record(), DEFAULT_BUDGET).iter().map(|signal| signal.name.to_string()).collect();
        assert_eq!(expected, sent);
        let step = inside["run"]["steps"][0].as_str().unwrap();
        assert!(step.contains(" --param 'THREADS=1 2'") && step.contains(" --param LIMIT=9"), "{step}");
        assert!(step.contains("--param ITERATIONS=2"), "{step}");
    }

    #[test]
    fn without_a_record_there_is_no_list_and_a_wrong_record_is_refused() {
        let definition = Store::embedded().load("primes").unwrap();
        let part: Value = serde_yaml::from_str(&inline(&definition, None).unwrap()).unwrap();
        assert!(part[0]["test"]["definitions"][0]["repository"].get("expected").is_none());
        let other = Store::embedded().load("sysbench-cpu").unwrap();
        let error = inline(&other, Some(&record())).unwrap_err().to_string();
        assert_eq!(error, "it has no first run of sysbench-cpu\nhint: it has primes");
    }

    #[test]
    fn any_value_stays_one_word_of_a_shell() {
        assert_eq!(quoted("A=b c'd$"), "'A=b c'\\''d$'");
    }
}
