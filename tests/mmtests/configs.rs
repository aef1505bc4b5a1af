//! Every configuration of a tree of MMTests, read here and by bash: what both make of its variables must be the same, or
//! ours says why it is unknown. `MMTESTS_DIR=/opt/mmtests cargo test --test mmtests configs:: -- --nocapture`.

use super::{program::program, support};
use lava_bench::{
    definition::Store,
    plan::{Plan, Settings},
    suites::mmtests::config::{Choice, Config, Facts, Reason, Surroundings},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// Reads a configuration as run-mmtests.sh does, after the variables that its own files set. What changes the machine is
/// replaced, and nothing is there that the functions for profiling need.
const BASH: &str = r#"
cd "$TREE"
export PATH="$TREE/bin:$PATH" SCRIPTDIR="$TREE" SHELLPACK_INCLUDE="$TREE/shellpacks" MMTESTS_LIBDIR=lib64 LONG_BIT=64
export SHELLPACK_SUCCESS=0 SHELLPACK_ERROR=-1 SHELLPACK_FAILURE=-1 WEBROOT=http://localhost
die() { exit 255; }
limit_memory() { [ "$MEMTOTAL_BYTES" -le "$1" ] || MEMTOTAL_BYTES=limited; }
cpupower() { :; }
disable_transhuge() { :; }
numactl() { :; }
uname() { echo x86_64; }
whoami() { echo root; }
declare -A before
for name in $(compgen -v); do before[$name]=${!name}; done
dump() {
	for name in $(compgen -v); do
		case $name in
		_ | before | name | BASH* | PIPESTATUS | FUNCNAME | SECONDS | SRANDOM | RANDOM | EPOCH* | LINENO | DIRSTACK | OPTIND | COLUMNS | LINES | COMP_WORDBREAKS | GROUPS | HIST* | MMTESTS_NODE_*) continue ;;
		esac
		[ "${before[$name]-unset}" = "${!name}" ] || printf '%s\0%s\0' "$name" "${!name//$$/\$\$}" >&3
	done
	[ ! -e "$JOBFILE" ] || printf 'a job file\0%s\0' "$(cat "$JOBFILE")" >&3
}
trap dump EXIT
source "$CONFIG" >/dev/null 2>&1
printf 'the end\0\0' >&3
"#;

/// A machine, and the folder of MMTests.
struct Machine {
    facts: Facts,
    tree: PathBuf,
}

impl Surroundings for Machine {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn config(&self, name: &str) -> Result<(String, String), Reason> {
        let text = fs::read_to_string(self.tree.join(name)).map_err(|error| error.to_string())?;
        Ok((name.into(), text))
    }

    fn kernel_file(&self, path: &str) -> Option<String> {
        fs::read_to_string(path).ok()
    }

    fn exists(&self, path: &str) -> bool {
        Path::new(path).exists()
    }
}

fn facts(cpus: usize, threads_per_core: usize, caches: usize, nodes: usize, memory_bytes: u64) -> Facts {
    let (architecture, user) = ("x86_64".into(), Some("root".into()));
    let memory_bytes = Some(memory_bytes);
    Facts {
        cpus,
        online: cpus,
        threads_per_core,
        caches,
        nodes,
        threads_of_a_core: (threads_per_core > 1).then_some([0, cpus / 2]),
        cores_of_a_cache: (cpus > 1).then_some([0, 1]),
        memory_bytes,
        architecture,
        user,
    }
}

fn tree() -> Option<PathBuf> {
    support::mmtests("MMTESTS_DIR", "whose configurations would be read")
}

/// A copy of the tree's configurations in which nothing is written outside of the folder.
fn copy(tree: &Path) -> (TempDir, Vec<String>) {
    let folder = TempDir::new().expect("a folder");
    let inside = folder.path().display().to_string();
    fs::create_dir_all(folder.path().join("configs")).expect("a folder");
    for name in ["bin", "shellpacks"] {
        std::os::unix::fs::symlink(tree.join(name), folder.path().join(name)).expect("a link");
    }
    let mut names = files(&tree.join("configs"));
    names.retain(|name| name.starts_with("config-"));
    for name in &names {
        let text = fs::read_to_string(tree.join("configs").join(name)).expect("a configuration");
        let text = text.replace("/tmp/", &format!("{inside}/")).replace("> /sys/", &format!("> {inside}/sys/"));
        fs::write(folder.path().join("configs").join(name), text).expect("it can be written");
    }
    (folder, names)
}

/// What bash makes of a configuration.
fn bash(machine: &Machine, name: &str) -> BTreeMap<String, String> {
    let facts = &machine.facts;
    let dump = machine.tree.join("dump");
    let mut command = Command::new("bash");
    command.args(["--norc", "-c", &format!("exec 3>{}\n{BASH}", dump.display())]).env_clear();
    command.env("PATH", env::var_os("PATH").unwrap_or_default()).env("TREE", &machine.tree);
    command.env("CONFIG", format!("configs/{name}"));
    for (names, value) in [
        (["NUM_LOGICAL_CPUS", "NUMCPUS"], facts.cpus),
        (["NUM_NODES", "NUMNODES"], facts.nodes),
        (["NUM_LLCS", "NUMLLCS"], facts.caches),
    ] {
        command.envs(names.map(|name| (name, value.to_string())));
    }
    command.env("MEMTOTAL_BYTES", facts.memory_bytes.unwrap_or(0).to_string());
    command.output().expect("bash");
    let bytes = fs::read(dump).expect("bash wrote it");
    let mut parts = bytes.split(|byte| *byte == 0).map(|part| String::from_utf8_lossy(part).into_owned());
    std::iter::from_fn(|| Some((parts.next()?, parts.next()?))).collect()
}

/// Counts of variables, and what is not the same.
#[derive(Default)]
struct Tally {
    equal: usize,
    unknown: BTreeSet<String>,
    unread: BTreeSet<String>,
    differ: Vec<String>,
}

impl Tally {
    fn compare(&mut self, name: &str, theirs: &mut BTreeMap<String, String>, ours: &Config) {
        let ends = theirs.remove("the end").is_none();
        if ours.ended.as_ref().is_some_and(|why| why.contains("may end")) {
            self.unread.insert(name.into());
            return;
        }
        if ends != ours.ended.is_some() {
            self.differ.push(format!("{name}: bash ends it: {ends}; ours: {:?}", ours.ended));
        }
        let job = theirs.remove("a job file");
        if let Some(job) = job.filter(|_| ours.value("JOBFILE").is_some()) {
            let text = ours.value("JOBFILE").map(|file| ours.file(file).map(str::to_string));
            if text != Some(Ok(job)) {
                self.differ.push(format!("{name}: job file: {text:?}"));
            }
        }
        let known: BTreeMap<&str, Result<&str, &str>> = ours.variables().collect();
        for (variable, value) in theirs.iter() {
            match known.get(variable.as_str()) {
                Some(Ok(ours)) if ours == value => self.equal += 1,
                Some(Err(_)) => drop(self.unknown.insert(format!("{name} {variable}"))),
                other => self.differ.push(format!("{name}: {variable}={value}, here {other:?}")),
            }
        }
        for (variable, value) in known {
            if let (false, Ok(value)) = (theirs.contains_key(variable), value) {
                self.differ.push(format!("{name}: {variable}={value} here only"));
            }
        }
    }
}

/// The definition takes the parameters.
fn plan(choice: &Choice, machine: &Machine, name: &str) {
    let definition = Store::embedded().load(&choice.definition).unwrap_or_else(|error| panic!("{error}"));
    let parameters = choice.parameters.clone().into_iter().collect();
    let settings = Settings { parameters, cpus: machine.facts.cpus, ..Settings::default() };
    let plan = Plan::new(vec![definition], &settings).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(!plan.benchmarks[0].cases.is_empty(), "{name}");
}

/// Every benchmark runs, or it is said why not; and a configuration without any is an error. Whether any runs, and how many
/// do not.
fn selected(machine: &Machine, name: &str, benchmarks: Option<&String>, ours: &Config) -> (bool, usize) {
    let benchmarks: BTreeSet<String> =
        benchmarks.iter().flat_map(|names| names.split_whitespace()).map(Into::into).collect();
    let selection = match ours.select() {
        Ok(selection) => selection,
        Err(error) => {
            assert!(benchmarks.is_empty() || error.to_string().contains("config-"), "{name}: {error}");
            return (false, 0);
        }
    };
    let choices = selection.choices.iter().flat_map(|choice| choice.benchmarks.clone());
    let others = selection.left.iter().inspect(|left| assert!(!left.reason.is_empty(), "{name}"));
    let all: BTreeSet<String> = choices.chain(others.map(|left| left.benchmark.clone())).collect();
    assert_eq!(all, benchmarks, "{name}");
    selection.choices.iter().for_each(|choice| plan(choice, machine, name));
    (!selection.choices.is_empty(), selection.left.len())
}

#[test]
fn variables_are_those_of_bash() {
    let Some(tree) = tree() else { return };
    let (folder, names) = copy(&tree);
    assert!(names.len() > 100, "{names:?}");
    for facts in [facts(2, 1, 1, 1, 4 << 30), facts(16, 2, 1, 1, 64 << 30), facts(128, 2, 16, 4, 512 << 30)] {
        let machine = Machine { facts, tree: folder.path().into() };
        let mut tally = Tally::default();
        let (mut chosen, mut left) = (0, 0);
        for name in &names {
            let mut theirs = bash(&machine, name);
            let text = fs::read_to_string(folder.path().join("configs").join(name)).expect("it was copied");
            let ours = Config::read(name, &text, &machine);
            tally.compare(name, &mut theirs, &ours);
            let (selects, others) = selected(&machine, name, theirs.get("MMTESTS"), &ours);
            chosen += usize::from(selects);
            left += others;
        }
        let Tally { equal, unknown, unread, differ } = tally;
        eprintln!(
            "{} processors: {} configurations, {equal} variables equal, {} said not to be known; {} select a definition, {left} benchmarks are left",
            machine.facts.cpus,
            names.len(),
            unknown.len(),
            chosen,
        );
        eprintln!("  not known: {unknown:?}\n  may end: {unread:?}");
        assert_eq!(differ, Vec::<String>::new());
        assert!(unknown.len() * 50 < equal && unread.len() <= 3, "{unknown:?} {unread:?}");
    }
}

/// The page of the project that has the table.
const TABLE: &str = "docs/mmtests-configs.md";
const BEGIN: &str = "<!-- the table: scripts/mmtests-configs writes it -->\n";

/// A value as it stands in a cell: one line, and not too long.
fn cell(value: &str) -> String {
    let lines = value.lines().count();
    let value = match lines {
        0 | 1 => value.replace('|', "\\|"),
        _ => format!("(a text of {lines} lines)"),
    };
    match value.char_indices().nth(90) {
        Some((at, _)) => format!("{}...", &value[..at]),
        None => value,
    }
}

/// What a configuration becomes on a machine: a line for each definition and for each benchmark that does not run.
fn row(machine: &Machine, name: &str) -> (bool, String) {
    let text = fs::read_to_string(machine.tree.join("configs").join(name)).expect("a configuration");
    let config = Config::read(name, &text, machine);
    let selection = match config.select() {
        Ok(selection) => selection,
        Err(error) => return (false, error.to_string().lines().next().unwrap_or_default().into()),
    };
    let run = |choice: &Choice| {
        let parameters = choice.parameters.iter().map(|(name, value)| format!("{name}={}", cell(value)));
        format!("**{}**: {}", choice.definition, parameters.collect::<Vec<_>>().join(", "))
    };
    let left = selection.left.iter().map(|left| format!("{}: {}", left.benchmark, cell_of_reason(&left.reason)));
    let lines: Vec<String> = selection.choices.iter().map(run).chain(left).collect();
    (!selection.choices.is_empty(), lines.join("<br>"))
}

fn cell_of_reason(reason: &str) -> String {
    reason.replace('|', "\\|")
}

/// The table by configuration, of the largest of three machines, and how many select a definition on each.
fn table(tree: &Path) -> String {
    let machines = [facts(2, 1, 1, 1, 4 << 30), facts(16, 2, 1, 1, 64 << 30), facts(128, 2, 16, 4, 512 << 30)];
    let (folder, names) = copy(tree);
    let machines = machines.map(|facts| Machine { facts, tree: folder.path().into() });
    let rows = machines.each_ref().map(|machine| names.iter().map(|name| row(machine, name)).collect::<Vec<_>>());
    let mut text = String::from("| machine | configurations | select a definition |\n|---|---|---|\n");
    for (machine, rows) in machines.iter().zip(&rows) {
        let Facts { cpus, threads_per_core, nodes, .. } = machine.facts;
        let chosen = rows.iter().filter(|(chosen, _)| *chosen).count();
        let threads = if threads_per_core == 1 { "one thread a core" } else { "two threads a core" };
        let nodes = if nodes == 1 { "one node".into() } else { format!("{nodes} nodes") };
        text += &format!("| {cpus} processors, {threads}, {nodes} | {} | {chosen} |\n", rows.len());
    }
    text += "\n| configuration | definitions with their parameters, or why not |\n|---|---|\n";
    for (at, name) in names.iter().enumerate() {
        let smaller = [(0, "2"), (1, "16")].into_iter().filter(|(of, _)| rows[2][at].0 && !rows[*of][at].0);
        let smaller: Vec<&str> = smaller.map(|(_, cpus)| cpus).collect();
        let not = if smaller.is_empty() { String::new() } else { format!("<br>not with {}", smaller.join(" or ")) };
        text += &format!("| {} | {}{not} |\n", name.trim_start_matches("config-"), rows[2][at].1);
    }
    text
}

/// The page has what a tree of June 2026 gives; with `MMTESTS_TABLE` it is written.
#[test]
fn the_table_of_configurations_is_that_of_the_page() {
    let Some(tree) = tree() else { return };
    let page = fs::read_to_string(TABLE).expect("the page");
    let (before, after) = page.split_once(BEGIN).expect("the place of the table");
    let table = table(&tree);
    if env::var_os("MMTESTS_TABLE").is_some() {
        fs::write(TABLE, format!("{before}{BEGIN}\n{table}")).expect("the page can be written");
    } else if tree.join("configs/config-workload-unixbenchd-syscall-getpid").is_file() {
        assert_eq!(after.trim(), table.trim(), "scripts/mmtests-configs writes it");
    } else {
        support::skipped("this MMTests is not the one of the table");
    }
}

/// Numbers of threads by MMTests' own script, for machines that are not this one.
fn stride(tree: &Path, facts: &Facts, least: usize, most: usize, more: &str) -> Vec<String> {
    let script = fs::read_to_string(tree.join("bin/generate-stride-range")).expect("a script");
    let Facts { cpus, threads_per_core, caches, nodes, .. } = facts;
    let set = format!(
        "NUM_LOGICAL_CPUS={cpus}\nSMT_WEIGHT={threads_per_core}\nLLC_WEIGHT={}\nNODE_WEIGHT={}\n",
        cpus / caches,
        cpus / nodes
    );
    let script: String =
        script.lines().filter(|line| !line.contains("common.sh")).map(|line| format!("{line}\n")).collect();
    let arguments = format!("set -- --min {least} --max {most} {more}\n");
    let output = Command::new("bash").args(["-c", &(set + &arguments + &script)]).output().expect("bash");
    String::from_utf8_lossy(&output.stdout).split_whitespace().map(Into::into).collect()
}

#[test]
fn numbers_of_threads_are_those_of_mmtests() {
    let Some(tree) = tree() else { return };
    if !tree.join("bin/generate-stride-range").is_file() {
        support::skipped("this MMTests counts threads by another script");
        return;
    }
    let mut compared = 0;
    for facts in [
        facts(1, 1, 1, 1, 1),
        facts(2, 1, 1, 1, 1),
        facts(6, 2, 1, 1, 1),
        facts(64, 2, 8, 2, 1),
        facts(160, 4, 2, 2, 1),
        facts(256, 2, 32, 2, 1),
    ] {
        let machine = Machine { facts, tree: tree.clone() };
        let cpus = machine.facts.cpus;
        for (least, most, cutoff) in
            [(1, cpus * 2, ""), (1, cpus * 4, ""), (2, 3, ""), (cpus, cpus, ""), (1, cpus * 8 + 3, ""), (1, cpus, "7")]
        {
            for (benchmark, prefix, parameter, more) in [
                ("hackbench-process-pipes", "HACKBENCH", "GROUP_COUNT", ""),
                ("sysbenchcpu", "SYSBENCHCPU", "THREADS", "--stride-large"),
            ] {
                let unit = if prefix == "HACKBENCH" { "GROUPS" } else { "THREADS" };
                let text = format!(
                    "MMTESTS={benchmark}\n{prefix}_MIN_{unit}={least}\n{prefix}_MAX_{unit}={most}\nMMTESTS_THREAD_CUTOFF={cutoff}\n"
                );
                let selection = Config::read("config", &text, &machine).select().expect("benchmarks");
                let theirs = stride(&tree, &machine.facts, least, most, &format!("{more} --cutoff={cutoff}"));
                let ours = selection.choices.first().map(|choice| choice.parameters[parameter].clone());
                assert_eq!(ours.unwrap_or_default(), theirs.join(" "), "{cpus} processors: {text}");
                compared += 1;
            }
        }
    }
    eprintln!("{compared} ranges of threads are equal");
}

/// The names of a folder's files, in order.
fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().filter(|entry| entry.path().is_file());
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

const CONFIG: &str = "# a comment\nexport MMTESTS=\"stressng script unheard\"\nexport RUN_MONITOR=yes\n\
    export STRESSNG_MIN_THREADS=1\nexport STRESSNG_MAX_THREADS=$((STRESSNG_MIN_THREADS*4))\nexport STRESSNG_RUNTIME=3\n\
    export STRESSNG_ITERATIONS=7\nexport STRESSNG_TESTNAME=fork\nif make -s thing; then\n\texport UNUSED=9\nfi\n\
    export OTHER=`touch made-by-the-configuration`\n";

#[test]
fn a_configuration_is_planned_and_not_executed() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("config");
    fs::write(&path, CONFIG).expect("it can be written");
    let file = path.to_string_lossy();
    let (code, page, notes) = program(&["show", "--mmtests", &file], "");
    assert_eq!(code, 0, "{notes}");
    for line in [
        "stressng: stress-ng\n  INSTANCES   1 2 4\n  ITERATIONS  7\n  STRESSOR    fork\n  TIME        3\n",
        "script: not run: it runs a script of the user, who may run it with `run` as well\n",
        "unheard: not run: no definition here measures it; an installed MMTests does (`run mmtests`)\n",
        &format!(
            "not understood: {file}:9-11: `if make -s thing; then`: the condition is unknown: `make` is not executed; it may set UNUSED\n"
        ),
        &format!(
            "not understood: {file}:12: `export OTHER=`touch made-by-the-configuration``: it runs `touch made-by-the-configuration`\n"
        ),
        "not used: RUN_MONITOR=yes\n",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
    assert!(!Path::new("made-by-the-configuration").exists());
    let (code, plan, notes) = program(&["run", "--dry-run", "--mmtests", &file, "--param", "TIME=5"], "");
    assert_eq!(code, 0, "{notes}");
    assert!(plan.contains("stress-ng: 3 cases, 0 warm-ups and 7 iterations each"), "{plan}");
    assert!(plan.contains("stress-ng --fork 4 --timeout 5 "), "{plan}");
    assert!(notes.contains("unheard: not run") && notes.contains("config:9-11"), "{notes}");

    fs::write(&path, "export MMTESTS=fio\n").expect("it can be written");
    let (code, _, notes) = program(&["run", "--dry-run", "--mmtests", &file], "");
    assert!(code == 3 && notes.contains("fio: not run: FIO_CMD_OPTIONS is not set"), "{notes}");
    let job =
        "export MMTESTS=fio\nF=/tmp/job-$$\nexport FIO_CMD_OPTIONS=\"$F\"\ncat >$F <<END\n[reader]\nsize=4m\nEND\n";
    fs::write(&path, job).expect("it can be written");
    let (code, page, notes) = program(&["show", "--mmtests", &file], "");
    assert!(code == 0 && page.contains("  JOB         [reader]\n              size=4m\n"), "{page}{notes}");
    assert!(!page.contains("not understood") && !page.contains("not used"), "{page}");
    fs::write(&path, "MMTESTS=perffutexwake\nPERFFUTEXWAKE_NR_WAKE=9000\n").expect("it can be written");
    let (code, page, _) = program(&["show", "--mmtests", &file], "");
    assert!(code == 3 && page.contains("perffutexwake: not run: NWAKES: "), "{page}");
    let (code, _, notes) = program(&["run", "--dry-run", "--mmtests", &file], "");
    assert!(code == 3 && notes.contains("perffutexwake: not run: NWAKES: "), "{notes}");
    fs::write(&path, "nothing\n").expect("it can be written");
    let (code, _, error) = program(&["show", "--mmtests", &file], "");
    assert!(code == 2 && error.contains("nothing sets MMTESTS\nhint: "), "{error}");
    let (code, _, error) = program(&["show"], "");
    assert!(code == 2 && error.contains("<NAME"), "{error}");
}
