//! Benchmarks of MMTests and a configuration -> definitions and parameters.

use super::{
    Config, Reason, Selection,
    choice::{Choice, Left},
    expand::Names,
    joined::{Member, join},
};
use crate::suites::mmtests::benchmarks::{Each, Equivalent, ParameterValue, equivalents};
use std::collections::{BTreeMap, BTreeSet};

/// The variable that bounds numbers of threads.
const CUTOFF: &str = "MMTESTS_THREAD_CUTOFF";

/// A configuration that ends by itself: none of its benchmarks runs.
pub(super) fn none(benchmarks: &str, ended: &str) -> Selection {
    let left = |name: &str| Left { benchmark: name.into(), reason: ended.into() };
    Selection { left: benchmarks.split_whitespace().map(left).collect(), ..Selection::default() }
}

pub(super) fn select(config: &Config, benchmarks: &str) -> Selection {
    let mut selection = Selection::default();
    let mut used = BTreeSet::from(["MMTESTS", CUTOFF]);
    let mut members = Vec::new();
    for name in benchmarks.split_whitespace() {
        match choose(config, name) {
            Err(reason) => selection.left.push(Left { benchmark: name.into(), reason: reason.to_string() }),
            Ok(member) => members.push(member),
        }
    }
    let (choices, left) = join(members);
    selection.choices = choices;
    selection.left.extend(left);
    for name in benchmarks.split_whitespace() {
        used.extend(equivalents(name).flat_map(variables));
    }
    let names_files = |name: &str| config.file_words().iter().any(|word| names(word).any(|used| used == name));
    let known = config.variables().filter(|(name, _)| !used.contains(name) && !names_files(name));
    selection.unused = known.map(|(name, value)| format!("{name}={}", value.unwrap_or("?"))).collect();
    selection
}

/// The variables that a definition is chosen by for.
fn variables(equivalent: &'static Equivalent) -> impl Iterator<Item = &'static str> {
    let of = |parameter: &'static ParameterValue| {
        [&parameter.value, &parameter.form, &parameter.least, &parameter.file, &parameter.from, &parameter.to]
    };
    let words = equivalent.parameters.iter().flat_map(of).flatten().filter(|text| text.contains('$'));
    words.flat_map(|text| names(text)).chain(equivalent.only.keys().map(String::as_str))
}

/// The names in a text of the shell's form.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|name| !name.is_empty())
}

/// What measures one benchmark, or why nothing does. What the table says of just what is asked for is the better reason.
fn choose(config: &Config, name: &str) -> Result<Member, Reason> {
    let (mut why, mut unfit) = (None, None);
    for equivalent in equivalents(name) {
        let Some(definition) = &equivalent.definition else {
            if fits(equivalent, "", config).is_ok() {
                why.get_or_insert(Reason::from(equivalent.without.clone().unwrap_or_default()));
            }
            continue;
        };
        if let Err(reason) = fits(equivalent, definition, config) {
            unfit.get_or_insert(reason);
            continue;
        }
        match choose_by(equivalent, definition, config, name) {
            Ok(choice) => return Ok(Member { choice, own: equivalent.choice.get(name).cloned().unwrap_or_default() }),
            Err(reason) => drop(why.get_or_insert(reason)),
        }
    }
    let without = || "no definition here measures it; an installed MMTests does (`run mmtests`)".into();
    Err(why.or(unfit).unwrap_or_else(without))
}

/// What a definition makes of one benchmark, or why it is not what the configuration asks for.
fn choose_by(equivalent: &Equivalent, definition: &str, config: &Config, name: &str) -> Result<Choice, Reason> {
    let mut choice = Choice {
        benchmarks: vec![name.into()],
        definition: definition.into(),
        parameters: BTreeMap::new(),
        differs: equivalent.differs.clone(),
    };
    choice.parameters.extend(equivalent.choice.get(name).cloned().into_iter().flatten());
    let mut missing: BTreeMap<&str, String> = BTreeMap::new();
    for parameter in &equivalent.parameters {
        if choice.parameters.contains_key(&parameter.name) {
            continue;
        }
        match resolve(config, parameter) {
            Ok(value) => {
                missing.remove(parameter.name.as_str());
                choice.parameters.insert(parameter.name.clone(), value);
            }
            Err(Unresolved::NotSet(name)) if parameter.file.is_some() || parameter.form.is_some() => {
                return Err(format!("{name} is not set").into());
            }
            Err(Unresolved::NotSet(name)) => drop(missing.insert(&parameter.name, name)),
            Err(Unresolved::Wrong(reason)) => return Err(format!("{}: {reason}", parameter.name).into()),
        }
    }
    let defaults =
        missing.iter().map(|(name, variable)| format!("{name} is the definition's own: {variable} is not set"));
    choice.differs.extend(defaults);
    Ok(choice)
}

/// Whether the configuration asks for what the definition does.
fn fits(equivalent: &Equivalent, definition: &str, config: &Config) -> Result<(), Reason> {
    for (variable, right) in &equivalent.only {
        if let Some(root) = config.unknown(variable) {
            return Err(Reason::of(variable, root));
        }
        match config.value(variable) {
            Some(value) if !right.iter().any(|right| right == value) => {
                return Err(format!("the definition {definition} has nothing for {variable}={value}").into());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Why a parameter has no value.
enum Unresolved {
    /// A variable is not set, or to nothing, which is the same to MMTests. The definition has a value of its own.
    NotSet(String),
    /// What the configuration asks for is unknown, or cannot be.
    Wrong(String),
}

impl<E: std::fmt::Display> From<E> for Unresolved {
    fn from(reason: E) -> Self {
        Self::Wrong(reason.to_string())
    }
}

/// Whether each variable that a parameter depends on has a value.
fn variables_are_set(config: &Config, parameter: &ParameterValue) -> Result<(), Unresolved> {
    let words = [&parameter.value, &parameter.least, &parameter.file, &parameter.from, &parameter.to];
    for name in words.into_iter().flatten().filter(|text| text.contains('$')).flat_map(|text| names(text)) {
        let bare = name.starts_with(|c: char| c.is_ascii_digit());
        if let (false, Some(Err(reason))) = (config.variables.contains_key(name), config.facts.variable(name)) {
            return Err(reason.into());
        }
        if !bare && config.unknown(name).is_none() && config.variable(name).map_or(true, |value| value.is_empty()) {
            return Err(Unresolved::NotSet(name.into()));
        }
    }
    Ok(())
}

fn resolve(config: &Config, parameter: &ParameterValue) -> Result<String, Unresolved> {
    variables_are_set(config, parameter)?;
    let number = |text: &Option<String>| -> Result<i64, Unresolved> {
        let text = config.expand(text.as_deref().unwrap_or_default())?;
        text.parse().map_err(|_| Unresolved::Wrong(format!("`{text}` is not a number")))
    };
    if let Some(walk) = parameter.walk {
        let cutoff = config.is_set(CUTOFF)?.then(|| number(&Some(format!("${CUTOFF}")))).transpose()?;
        let numbers = walk.numbers(number(&parameter.from)?, number(&parameter.to)?, cutoff, &config.facts)?;
        return Ok(numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
    }
    if let Some(file) = &parameter.file {
        return Ok(text_of(config, &config.expand(file)?, &parameter.options)?);
    }
    if let Some(most) = parameter.most {
        return Ok(number(&parameter.value)?.min(most).to_string());
    }
    if parameter.least.is_some() {
        return Ok(number(&parameter.value)?.max(number(&parameter.least)?).to_string());
    }
    let value = config.expand(&quoted(parameter.value.as_deref().unwrap_or_default()))?;
    match parameter.each {
        None => chosen(config, parameter, &value),
        Some(each) if parameter.form.is_some() => formed(config, parameter, &each.words(&value)),
        Some(each) => {
            let words: Result<Vec<String>, _> =
                each.words(&value).iter().map(|word| chosen(config, parameter, word)).collect();
            // What MMTests runs for nothing is chosen as nothing.
            Ok(words?.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
        }
    }
}

/// The texts that the words of a list become, a line between them.
fn formed(config: &Config, parameter: &ParameterValue, words: &[String]) -> Result<String, Unresolved> {
    let form = parameter.form.as_deref().unwrap_or_default();
    for name in names(form) {
        if config.value(name).is_some_and(|value| value.contains([' ', '\t', '\n'])) {
            return Err(Unresolved::Wrong(format!("`{name}` has more than one value")));
        }
    }
    let text = config.expand(&quoted(form))?;
    Ok(words.iter().map(|word| text.replace("{word}", word)).collect::<Vec<_>>().join("\n"))
}

/// What a value becomes: it stands for itself where the table does not choose.
fn chosen(config: &Config, parameter: &ParameterValue, value: &str) -> Result<String, Unresolved> {
    match parameter.choices.get(value) {
        Some(chosen) => Ok(config.expand(&quoted(chosen))?),
        None if !parameter.choices.is_empty() => Err(Unresolved::Wrong(format!("there is nothing for `{value}`"))),
        None => Ok(value.into()),
    }
}

impl Each {
    /// The words of a list, without empty ones.
    fn words(self, text: &str) -> Vec<String> {
        let separator = match self {
            Self::Comma => ',',
            Self::Blank => ' ',
            Self::Line => '\n',
        };
        let words = text.split(separator).map(|word| word.split_whitespace().collect::<Vec<_>>().join(" "));
        words.filter(|word| !word.is_empty()).collect()
    }
}

/// The text of a file that is named with options after it: they stand in a section before it, as fio takes them.
fn text_of(config: &Config, words: &str, options: &[String]) -> Result<String, Reason> {
    let mut words = words.split_whitespace();
    let text = config.file(words.next().unwrap_or_default())?;
    let mut before = String::new();
    for word in words {
        let option = word.strip_prefix("--").unwrap_or_default();
        if !options.iter().any(|known| option.split('=').next() == Some(known)) {
            return Err(format!("`{word}` after the file is not understood").into());
        }
        before.push_str(&format!("{option}\n"));
    }
    Ok(if before.is_empty() { text.into() } else { format!("[global]\n{before}\n{text}") })
}

/// The table's values may have blanks.
fn quoted(value: &str) -> String {
    format!("\"{value}\"")
}

#[cfg(test)]
mod tests {
    use super::{super::variables::tests::Here, *};
    use crate::{
        definition::Store,
        plan::{Plan, Settings},
        suites::mmtests::config::SelectionError,
    };

    fn select(text: &str) -> Selection {
        Config::read("config", text, &Here::new(&[])).select().expect("benchmarks")
    }

    #[test]
    fn variables_become_parameters() {
        let text = "export MMTESTS=sysbenchcpu\nexport SYSBENCHCPU_MAX_PRIME=25000\nexport SYSBENCHCPU_MIN_THREADS=1\n\
                    export SYSBENCHCPU_MAX_THREADS=$((NUM_LOGICAL_CPUS*2))\nexport RUN_MONITOR=yes\n";
        let selection = select(text);
        let [choice] = selection.choices.as_slice() else { panic!("{selection:?}") };
        assert_eq!(choice.parameters["THREADS"], "1 3 5 7 8");
        assert_eq!(choice.parameters["MAX_PRIME"], "25000");
        assert_eq!(choice.differs, ["ITERATIONS is the definition's own: SYSBENCHCPU_ITERATIONS is not set"]);
        assert_eq!(selection.unused, ["RUN_MONITOR=yes"]);
        let settings = Settings {
            parameters: choice.parameters.clone().into_iter().collect(),
            cpus: 4,
            ..crate::plan::Settings::default()
        };
        let definition = Store::embedded().load(&choice.definition).expect("a definition");
        let plan = Plan::new(vec![definition], &settings).expect("a plan");
        assert_eq!(plan.benchmarks[0].cases.len(), 5);
    }

    #[test]
    fn benchmarks_of_one_definition_are_one_run() {
        let text = "export MMTESTS=\"wis-pread wis-open wis-pread unheard\"\nexport WIS_MODELS=processes,threads\n";
        let selection = select(text);
        assert_eq!(selection.choices.len(), 1);
        assert_eq!(selection.choices[0].benchmarks, ["wis-pread", "wis-open"]);
        assert_eq!(selection.choices[0].parameters["TEST"], "pread1 pread2 pread3 open1 open2");
        assert_eq!(
            selection.left[0].reason,
            "no definition here measures it; an installed MMTests does (`run mmtests`)"
        );
    }

    #[test]
    fn lists_are_of_words_that_the_table_knows() {
        let choice = |text: &str| -> Choice {
            let selection = select(text);
            selection.choices.first().cloned().unwrap_or_else(|| panic!("{selection:?}"))
        };
        let netperf = choice("MMTESTS='netperf-ipv6-udp netperf-ipv6-tcp'\nNETPERF_BUFFER_SIZES=64,1024\n");
        let of = ["SIZE", "TEST", "SERVER"].map(|name| netperf.parameters[name].as_str());
        assert_eq!(of, ["64 1024", "UDP_STREAM TCP_STREAM", "::1"]);
        let requests = select("MMTESTS=netperf-ipv4-tcp-rr\nNETPERF_BUFFER_SIZES=64\n");
        assert!(requests.choices.is_empty(), "MMTests sends one byte, whatever the size");
        let loads = "LIBMICRO_LOADFILE=$(cat <<END\npipe  pipe_pst1  -s 1 -x pipe   -m st\n\ncachetocache \
                     cachetocache -s 100k -T 2\nEND\n)\n";
        let libmicro = choice(&format!("MMTESTS=libmicro-pipe\n{loads}"));
        assert_eq!(libmicro.parameters["TEST"], "pipe_pst1", "blanks do not count, and nothing stands for nothing");
        let other = select(&format!("MMTESTS=libmicro-pipe\n{}", loads.replace("-s 1 ", "-s 2 ")));
        assert_eq!(other.left[0].reason, "TEST: there is nothing for `pipe pipe_pst1 -s 2 -x pipe -m st`");
        let mm = |tests: &str| choice(&format!("MMTESTS=ltp\nLTP_RUN_TESTS={tests}\n")).parameters;
        assert_eq!(mm("mm,hugetlb")["SUITES"], "mm hugetlb");
        assert_eq!((mm("mm-oom")["SUITES"].as_str(), mm("mm-oom")["TESTS"].as_str()), ("mm", ".*oom"));
        let script = select("MMTESTS=ltp\nLTP_RUN_TESTS=realtime\n");
        assert!(script.left[0].reason.starts_with("it is a script of LTP"), "{script:?}");
        let pgbench = choice("MMTESTS=pgbench\nPGBENCH_MAX_CLIENTS=8\n");
        assert_eq!(pgbench.parameters["THREADS"], "1", "one for each node at least");
    }

    #[test]
    fn each_word_of_a_list_becomes_a_job() {
        let text = "MMTESTS=fio\nFIO_TEST_TYPE=multivar_scale\nFIO_IOENGINE=libaio\nFIO_IODEPTH='4 16'\nFIO_SIZE=1G\n\
                    FIO_IO_PATTERNS=randrw\nFIO_MAX_JOBS=1\nFIO_BLOCK_SIZE=4k\n";
        let job = select(text).choices[0].parameters["JOB"].clone();
        let heads: Vec<&str> = job.lines().filter(|line| line.starts_with('[')).collect();
        assert_eq!(heads, ["[libaio-randrw-4k-j1-qd4]", "[libaio-randrw-4k-j1-qd16]"]);
        assert!(job.contains("\niodepth=16\nruntime=15\n") && job.contains("\ndirect=1\n"), "{job}");
        let several = select(&text.replace("=randrw", "='read write'"));
        assert_eq!(several.left[0].reason, "JOB: `FIO_IO_PATTERNS` has more than one value");
    }

    #[test]
    fn processors_are_those_of_the_machine() {
        let pipe = |binding: &str| select(&format!("MMTESTS=perfpipe\nPERFPIPE_BINDING={binding}\n"));
        let bound = pipe("cross-socket");
        let choice = &bound.choices[0];
        assert_eq!(
            (choice.definition.as_str(), choice.parameters["CPUS"].as_str()),
            ("perf-bench-sched-pipe-bound", "0,1")
        );
        let reason = "CPUS: cores of this machine have one thread each";
        assert_eq!(pipe("cross-ht").left[0].reason, reason);
        let other = "the definition perf-bench-sched-pipe has nothing for PERFPIPE_BINDING=cross-node";
        assert_eq!(pipe("cross-node").left[0].reason, other);
    }

    #[test]
    fn what_is_not_known_is_left() {
        let left = |text: &str| select(&format!("export MMTESTS=sysbenchcpu\n{text}\n")).left[0].reason.clone();
        let reason = left("SYSBENCHCPU_MAX_THREADS=`x`");
        assert_eq!(reason, "THREADS: `SYSBENCHCPU_MAX_THREADS` is unknown (config:2: it runs `x`)");
        assert_eq!(left("SYSBENCHCPU_MAX_THREADS=-2"), "THREADS: 1 to -2 are not numbers of threads");
        assert_eq!(left("exit 1"), "config:2: the configuration ends");
        let twice = select("MMTESTS='futexbench-requeue futexbench-requeue-pi'\n");
        let reason = "the definition perf-bench-futex-requeue runs for futexbench-requeue already; a copy with \
                      `export MMTESTS=futexbench-requeue-pi` runs it";
        assert_eq!((twice.choices.len(), twice.left[0].reason.as_str()), (1, reason));
        let cut = select("MMTESTS=sysbenchcpu\nSYSBENCHCPU_MAX_THREADS=64\nMMTESTS_THREAD_CUTOFF=5\n");
        assert_eq!((cut.choices[0].parameters["THREADS"].as_str(), cut.unused.len()), ("1 4", 0));
        let read = |text: &str| Config::read("config", text, &Here::new(&[])).select().map(drop);
        assert_eq!(read("export A=1\n"), Err(SelectionError::NoBenchmarks));
        assert_eq!(read("MMTESTS=`x`\n"), Err(SelectionError::Unknown("config:1: it runs `x`".into())));
        assert_eq!(
            read("die no\nMMTESTS=a\n"),
            Err(SelectionError::Ended("config:1: the configuration ends: no".into()))
        );
    }

    #[test]
    fn what_a_definition_does_not_do_is_left() {
        let left = |text: &str| select(text).left.first().map(|left| left.reason.clone());
        let reason = left("export MMTESTS=stressng\nexport STRESSNG_TESTNAME=net4\n");
        assert_eq!(reason.as_deref(), Some("the definition stress-ng has nothing for STRESSNG_TESTNAME=net4"));
        let class = select("export MMTESTS=stressng\nexport STRESSNG_TESTNAME=io-class-parallel\n");
        assert_eq!(class.choices[0].parameters["STRESSORS"], "class:io");
        let load = "export MMTESTS=cyclictest-pinned\nexport CYCLICTEST_BACKGROUND=";
        let load = |name: &str| select(&format!("{load}{name}\n"));
        assert!(load("hackbench").choices[0].parameters["BACKGROUND"].contains(" --groups 4 "));
        assert_eq!(load("none").choices[0].parameters["BACKGROUND"], "");
        assert!(left("export MMTESTS=cyclictest\nexport CYCLICTEST_BACKGROUND=kernel-build\n").is_some());
        assert!(left("export MMTESTS=cyclictest\nexport CYCLICTEST_BACKGROUND=`x`\n").is_some());
        assert_eq!(left("export MMTESTS=cyclictest\n"), None);
        assert_eq!(left("export MMTESTS=fio\n").as_deref(), Some("FIO_CMD_OPTIONS is not set"));
        let job =
            "export MMTESTS=fio\nJ=/tmp/job-$$\nexport FIO_CMD_OPTIONS=$J\ncat > $J <<END\n[a]\nsize=$((4*2))k\nEND\n";
        let job = select(job);
        assert_eq!((job.choices[0].parameters["JOB"].as_str(), job.unused.len()), ("[a]\nsize=8k", 0));
        let options = |options: &str| {
            let text = format!("export MMTESTS=fio\nexport FIO_CMD_OPTIONS=\"j {options}\"\ncat >j <<END\n[a]\nEND\n");
            let selection = select(&text);
            selection
                .choices
                .first()
                .map(|choice| choice.parameters["JOB"].clone())
                .ok_or_else(|| selection.left[0].reason.clone())
        };
        assert_eq!(
            options("--ioengine=io_uring --fixedbufs"),
            Ok("[global]\nioengine=io_uring\nfixedbufs\n\n[a]".into())
        );
        assert_eq!(options("--output=x"), Err("JOB: `--output=x` after the file is not understood".into()));
    }
}
