//! A LAVA job's part: a definition -> YAML that goes under `actions:`.

use crate::{
    definition::{BackgroundSpec, Definition, Origin},
    record::{Benchmark, Record},
    signal::{DEFAULT_BUDGET, record_signals},
};
use anyhow::{Context, anyhow};
use minijinja::{Environment, UndefinedBehavior, context};
use std::collections::BTreeMap;

/// The forms of a job's parts.
const TEMPLATES: [(&str, &str); 3] = [
    ("definition", include_str!("templates/definition.jinja")),
    ("inline", include_str!("templates/inline.jinja")),
    ("multinode", include_str!("templates/multinode.jinja")),
];

/// The folder that the steps write a definition to, next to LAVA's own files.
const FOLDER: &str = "definitions";

/// The part that needs no repository: the definition that LAVA sees is in the job. LAVA's server refuses the key `benchmark`
/// in it, so a step writes a definition that is not built in to a file. With the record of an earlier run, it
/// has that run's parameters, and names all test cases that such a run reports: LAVA from 2026.04 lets each case fail that
/// `expected` does not name, so it names all or is not there. LAVA 2023.01 refuses a job that has such a list.
///
/// # Errors
/// A record without this benchmark.
pub fn inline(definition: &Definition, record: Option<&Record>) -> anyhow::Result<String> {
    let name = &definition.name;
    let benchmark = record.map(|record| find(record, definition)).transpose()?;
    let mut parameters: BTreeMap<&str, &str> =
        definition.parameters.iter().map(|parameter| (parameter.name.as_str(), parameter.default.as_str())).collect();
    let set = benchmark.iter().flat_map(|benchmark| &benchmark.parameters);
    parameters.extend(set.map(|(key, value)| (key.as_str(), value.as_str())));
    let mut step = run_command(definition);
    for (key, value) in parameters {
        step.push_str(&format!(" --param {}", quoted(&format!("{key}={value}"))));
    }
    let expected = benchmark.map(|benchmark| expected(record, benchmark));
    let steps: Vec<String> = written(definition).into_iter().chain([step]).collect();
    render(
        "inline",
        context! { name => name.as_str(), description => definition.description.as_str(), steps, expected },
    )
}

/// The parts of a MultiNode job: one board runs the tool's server, another one measures against it. The server tells its
/// address in the message that it is ready.
///
/// # Errors
/// A definition whose server always runs on the same machine.
pub fn multinode(definition: &Definition) -> anyhow::Result<String> {
    let name = &definition.name;
    let servers: Vec<&BackgroundSpec> = definition.background.iter().filter(|spec| spec.on.is_some()).collect();
    let on = servers.first().and_then(|spec| spec.on.as_deref());
    let on = on.ok_or_else(|| anyhow!("{name} needs no second machine: none of its commands runs `on` one"))?;
    let mut server = vec![
        format!("{on}=$(ip -4 -o address show scope global | awk '{{ sub(\"/.*\", \"\", $4); print $4; exit }}')"),
        format!("test -n \"${on}\" || lava-test-raise {name}-server-has-no-address"),
    ];
    for (number, spec) in servers.iter().enumerate() {
        let log = format!("/tmp/{name}-server-{number}.log");
        server.push(format!("{} >{log} 2>&1 </dev/null & PIDS=\"$PIDS $!\"", server_command(definition, spec, on)?));
        server.push(format!("sleep 2; kill -0 $! || {{ cat {log}; lava-test-raise {name}-server-does-not-run; }}"));
    }
    server.push(format!("lava-send {name}-ready address=${on}"));
    server.push(format!("lava-wait {name}-done"));
    server.push("kill $PIDS || true".into());
    let mut client: Vec<String> = written(definition).into_iter().collect();
    client.push(format!("lava-wait {name}-ready"));
    client.push(format!("{on}=$(sed -n 's/.*address=//p' /tmp/lava_multi_node_cache.txt | head -n 1)"));
    let mut run = format!("{} --param \"{on}=${on}\"", run_command(definition));
    for parameter in definition.parameters.iter().filter(|parameter| parameter.name != on) {
        run.push_str(&format!(" --param {}", quoted(&format!("{}={}", parameter.name, parameter.default))));
    }
    client.push(format!("{run} || FAILED=$?"));
    client.push(format!("lava-send {name}-done"));
    client.push("test -z \"$FAILED\"".into());
    // The client's definition has the benchmark's name, as a job's with one board.
    let roles = [
        ("server", format!("{name}-server"), format!("the server of {name}"), server),
        ("client", name.to_string(), definition.description.clone(), client),
    ];
    render("multinode", context! { roles })
}

/// The step that writes a definition that is not built in.
fn written(definition: &Definition) -> Option<String> {
    let (name, text) = (&definition.name, definition.text.trim_end());
    let is_built_in = matches!(definition.origin, Origin::Embedded(_));
    let mut end = "END".to_string();
    while text.lines().any(|line| line == end) {
        end.push('-');
    }
    (!is_built_in).then(|| format!("mkdir -p {FOLDER} && cat >{FOLDER}/{name}.yaml <<'{end}'\n{text}\n{end}"))
}

/// The command that runs the definition.
fn run_command(definition: &Definition) -> String {
    let folder = written(definition).map(|_| format!(" --definitions {FOLDER}")).unwrap_or_default();
    format!("lava-bench{folder} run {} --exit-zero", definition.name)
}

/// A text as a YAML scalar that goes on at `indent`. JSON's strings are such scalars too; people read a block more easily.
fn scalar(text: &str, indent: usize) -> String {
    let plain = |line: &str| line.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if !text.contains('\n') || text.starts_with([' ', '\n']) || text.ends_with('\n') || !text.lines().all(plain) {
        return serde_json::Value::from(text).to_string();
    }
    let blanks = " ".repeat(indent);
    let line = |line: &str| if line.is_empty() { "\n".into() } else { format!("\n{blanks}{line}") };
    format!("|-{}", text.split('\n').map(line).collect::<String>())
}

/// Fills a template.
fn render(template: &str, values: minijinja::Value) -> anyhow::Result<String> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.add_filter("yaml", scalar);
    for (name, text) in TEMPLATES {
        templates.add_template(name, text.trim_end_matches('\n'))?;
    }
    Ok(templates.get_template(template)?.render(values)? + "\n")
}

/// A server's command for a shell, with the variable `on` for the parameter that names the machine it runs on.
fn server_command(definition: &Definition, spec: &BackgroundSpec, on: &str) -> anyhow::Result<String> {
    // Not in any word of a definition, as a shell's words have none.
    const HOST: char = '\0';
    let single = definition.parameters.iter().filter(|parameter| !parameter.list);
    let mut values: BTreeMap<String, String> =
        single.map(|parameter| (parameter.name.clone(), parameter.default.clone())).collect();
    values.insert(on.into(), HOST.into());
    let words = spec.words.iter().map(|word| {
        let word = word.fill(&values).map_err(|error| anyhow!("{}: background: {error}", definition.name))?;
        let parts: Vec<String> =
            word.split(HOST).map(|part| if part.is_empty() { String::new() } else { quoted(part) }).collect();
        Ok(if word.is_empty() { "''".into() } else { parts.join(&format!("\"${on}\"")) })
    });
    Ok(words.collect::<anyhow::Result<Vec<String>>>()?.join(" "))
}

fn find<'a>(record: &'a Record, definition: &Definition) -> anyhow::Result<&'a Benchmark> {
    let all = || record.benchmarks.iter().map(|benchmark| benchmark.name.to_string()).collect::<Vec<_>>().join(", ");
    let found = record.benchmarks.iter().find(|benchmark| benchmark.name == definition.name && benchmark.run == 1);
    let found = found.ok_or_else(|| anyhow!("it has no first run of {}\nhint: it has {}", definition.name, all()))?;
    if record.losses.is_empty() {
        return Ok(found);
    }
    Err(anyhow!("it has losses, so it does not say which test cases there are")).context(record.id.to_string())
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

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "what the program wrote")]
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
    fn a_definition_that_is_not_built_in_goes_along() {
        let text = Store::embedded().load("primes").unwrap().text;
        let lines = format!("{text}\nEND\n\n# a line with a tab\tin it");
        for text in [text.replace("metadata:\n", "metadata:\n\n"), lines] {
            let folder = tempfile::TempDir::new().unwrap();
            let file = folder.path().join("primes.yaml");
            std::fs::write(&file, text.replace("\nEND\n", "\n#\n")).unwrap();
            let definition = Definition { text: text.clone(), ..Store::load_file(&file).unwrap() };
            let part: Value = serde_yaml::from_str(&inline(&definition, None).unwrap()).unwrap();
            let steps = &part[0]["test"]["definitions"][0]["repository"]["run"]["steps"];
            let mut shell = std::process::Command::new("sh");
            let done = shell.arg("-ec").arg(steps[0].as_str().unwrap()).current_dir(folder.path()).status();
            assert!(done.unwrap().success());
            let written = std::fs::read_to_string(folder.path().join("definitions/primes.yaml")).unwrap();
            assert_eq!(written.trim_end(), text.trim_end());
            assert!(
                steps[1].as_str().unwrap().starts_with("lava-bench --definitions definitions run primes --exit-zero")
            );
        }
    }

    #[test]
    fn two_boards_share_the_parts_and_the_client_learns_the_address() {
        let definition = Store::embedded().load("iperf").unwrap();
        let parts: Value = serde_yaml::from_str(&multinode(&definition).unwrap()).unwrap();
        let steps = |at: usize| -> Vec<String> {
            serde_yaml::from_value(parts[at]["test"]["definitions"][0]["repository"]["run"]["steps"].clone()).unwrap()
        };
        assert_eq!((&parts[0]["test"]["role"][0], &parts[1]["test"]["role"][0]), (&"server".into(), &"client".into()));
        let (server, client) = (steps(0), steps(1));
        assert!(server[2].starts_with("iperf3 -s --forceflush -B \"$SERVER\" -p 5201 >"), "{server:#?}");
        assert_eq!(server[4..6], ["lava-send iperf-ready address=$SERVER", "lava-wait iperf-done"]);
        assert!(client[2].contains(" --param \"SERVER=$SERVER\" ") && !client[2].contains("127.0.0.1"), "{client:#?}");
        assert_eq!([&client[0], &client[3]], ["lava-wait iperf-ready", "lava-send iperf-done"]);
        let primes = Store::embedded().load("primes").unwrap();
        assert!(multinode(&primes).unwrap_err().to_string().starts_with("primes needs no second machine"));
    }

    #[test]
    fn any_value_stays_one_word_of_a_shell() {
        assert_eq!(quoted("A=b c'd$"), "'A=b c'\\''d$'");
    }
}
