//! Jobs and the atomic jobs that are expected of them.

use super::*;
use crate::{definition::Store, text::yaml};
use std::{collections::BTreeMap, fs, path::PathBuf};

/// Files in memory.
#[derive(Default)]
struct InMemory(BTreeMap<&'static str, String>);

impl Files for InMemory {
    fn include(&self, _: &str, name: &str) -> Result<File, Reason> {
        let text = self.0.get(name).ok_or(Reason::from("there is no such file"))?;
        Ok(File { name: name.into(), text: text.clone() })
    }
}

/// A tree with a program, a file system, and what is included for them.
fn tree() -> Tree {
    let mut tree = Tree::default();
    tree.add("split-job", "test group", true);
    for name in ["fs", "fs2"] {
        tree.add(name, "fs format mkfs mount", false);
        let others = "<%=\n  if ___ == 'tmpfs'\n    'need_kconfig: TMPFS'\n  else\n    \"need_kconfig: #{___.upcase}_FS\"\n  end\n%>\n";
        default_of(&mut tree, name, "OTHERS", others);
        default_of(&mut tree, name, "nfsv3", "need_kconfig: NFS_V3\n");
    }
    tree.add_monitor("vmstat");
    default_of(&mut tree, "category", "benchmark", "% if job['arch'] =~ /86/\nturbostat:\n% end\nvmstat:\n");
    tree
}

fn default_of(tree: &mut Tree, key: &str, name: &str, text: &str) {
    let file = File { name: format!("include/{key}/{name}"), text: text.into() };
    tree.defaults.entry(key.into()).or_default().insert(name.into(), file);
}

fn host(facts: &str) -> Host {
    let facts = yaml::read::<Node>(facts).unwrap().map().cloned().unwrap_or_default();
    Host { name: "lkp-tbox".into(), architecture: "x86_64".into(), facts }
}

/// Files that are included: their names and texts.
type Included<'a> = &'a [(&'static str, &'a str)];

fn split_text(text: &str, files: Included) -> Result<Vec<AtomicJob>, JobError> {
    let files = InMemory(files.iter().map(|(name, text)| (*name, (*text).to_string())).collect());
    split(&File { name: "job.yaml".into(), text: text.into() }, &files, &tree(), &host("{nr_cpu: 8, memory: 16G}"))
}

/// The paths of the atomic jobs.
fn paths(text: &str, files: Included) -> String {
    match split_text(text, files) {
        Ok(jobs) => jobs.iter().map(|job| job.path.as_str()).collect::<Vec<_>>().join(" "),
        Err(error) => error.to_string(),
    }
}

#[test]
fn lists_of_parameters_multiply_and_other_lists_stay() {
    let text = "suite: s\nsplit-job:\n  test: [a, b]\n  group:\n  - x\n  - y\nother: [1, 2]\n";
    assert_eq!(paths(text, &[]), "x-a y-a x-b y-b");
    let jobs = split_text(text, &[]).unwrap();
    assert_eq!(jobs[3].job.get("other").unwrap().to_string(), "[1, 2]");
    assert_eq!(jobs[3].job.get("split-job").unwrap().to_string(), "{test: b, group: y}");
}

#[test]
fn each_document_changes_the_first_one() {
    let text = "suite: s\nfs: ext4\nsplit-job:\n  test: a\n  group: g\n---\nsplit-job.test: [b, c]\n---\nfs-:\nsplit-job:\n  test: d\n";
    assert_eq!(paths(text, &[]), "ext4-g-a ext4-g-b ext4-g-c d");
}

#[test]
fn files_are_included_in_both_forms() {
    let files = [
        ("base.yaml", "suite: s\nfs: ext4\nsplit-job:\n  test: a\n---\nsplit-job:\n  test: b\n"),
        ("more.yaml", "fs: xfs\n"),
    ];
    assert_eq!(paths("<<: base.yaml\nfs2: btrfs\n", &files[..1]), "ext4-a ext4-btrfs-b");
    assert_eq!(paths("<<: {file: base.yaml, fs: '4HDD'}\n", &files), "4HDD-a 4HDD-b");
    assert_eq!(paths("<<: {file: base.yaml, ignore: [fs]}\n", &files), "a b");
    assert_eq!(
        paths("suite: s\nsplit-job:\n  <<: deep.yaml\n  group: x\n", &[("deep.yaml", "test: [a, b]\n")]),
        "x-a x-b"
    );
}

#[test]
fn expressions_are_evaluated_for_each_combination() {
    let text = "suite: s\nfs: [ext4, xfs]\nsplit-job:\n  test: {{\n    case fs\n    when 'xfs' then 10\n    else 20\n    end\n  }}\n";
    assert_eq!(paths(text, &[]), "ext4-20 xfs-10");
    assert_eq!(paths("suite: s\nfs: [ext4, xfs]\nsplit-job:\n  test: {{ fs == 'xfs' ? nil : 'a' }}\n", &[]), "ext4-a");
    assert_eq!(paths("nr: 3\nsplit-job:\n% if nr > 2\n  test: a\n% else\n  test: b\n% end\n", &[]), "a");
}

#[test]
fn what_belongs_to_a_value_is_included() {
    let job = &split_text("category: benchmark\nfs: nfsv3\nfs2: tmpfs\nsplit-job:\n", &[]).unwrap()[0].job;
    assert!(job.contains("vmstat") && job.contains("turbostat"));
    assert_eq!(job.get("need_kconfig").unwrap().to_string(), "[NFS_V3, TMPFS]");
}

#[test]
fn errors_have_the_file_and_the_line() {
    let loops = [("a.yaml", "x: 1\n<<: b.yaml\n"), ("b.yaml", "<<: a.yaml\n")];
    let cases: [(&str, Included, &str); 10] = [
        ("suite: s\n<<: a.yaml\n", &loops, "b.yaml: line 1: `<<: a.yaml`: the file includes itself"),
        ("suite: s\n<<: c.yaml\n", &loops, "job.yaml: line 2: `<<: c.yaml`: there is no such file"),
        ("suite: s\nx: [1\ny: 2\n", &[], "job.yaml: line 3: "),
        ("<<: bad.yaml\ny: 2\n", &[("bad.yaml", "a: 1\nb: c: d\n")], "bad.yaml: line "),
        (
            "suite: s\n\ntestcase: [a, b]\n",
            &[],
            "job.yaml: line 3: `testcase`: a list under a key that takes one value",
        ),
        (
            "suite: s\nsplit-job:\n  test: {{ nothing }}\n",
            &[],
            "job.yaml: line 3: `{{ nothing }}` is not understood: `nothing` is not set",
        ),
        (
            "suite: s\n% system('reboot')\n",
            &[],
            "job.yaml: line 2: `system('reboot')` is not understood: a line of ERB",
        ),
        ("- a\n- b\n", &[], "job.yaml: line 1: it is not a job"),
        ("", &[], "job.yaml: it is not a job"),
        ("suite: s\n% if true\nx: 1\n", &[], "job.yaml: line 3: `% if` is not understood: `end` is missing"),
    ];
    for (text, files, wanted) in cases {
        let error = paths(text, files);
        assert!(error.starts_with(wanted), "{error}");
    }
}

#[test]
fn what_would_grow_without_end_is_refused() {
    let tens = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]";
    let many = format!(
        "split-job:\n  test: {tens}\n  group: {tens}\nfs:\n  format: {tens}\n  mkfs: {tens}\n  mount: {tens}\n"
    );
    assert!(paths(&many, &[]).contains("its lists give more than 10,000 jobs"));
    let heavy =
        format!("split-job:\n  test: {tens}\n  group: {tens}\nfs:\n  format: {tens}\nx: '{}'\n", "y".repeat(1 << 20));
    assert!(paths(&heavy, &[]).contains("its lists give more than 64 MiB of jobs"));
    let lists: String = (0..200).map(|name| format!("  p{name}:\n    kconfig: [x]\n")).collect();
    assert!(paths(&format!("a:\n{lists}"), &[]).contains("its lists give more than 100 lists"));
    let bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_string()
        + &"bcdefghi"
            .chars()
            .zip("abcdefgh".chars())
            .map(|(new, old)| format!("{new}: &{new} [{}*{old}]\n", format!("*{old}, ").repeat(8)))
            .collect::<String>();
    assert_eq!(paths(&bomb, &[]), "job.yaml: line 9: repetition limit exceeded");
    assert_eq!(paths("suite: s\n<<: b.yaml\n", &[("b.yaml", &bomb)]), "b.yaml: line 9: repetition limit exceeded");
    assert!(paths(&"[".repeat(5000), &[]).contains("nested more than 100 deep"));
    let deep: String = (0..300).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert!(paths(&deep, &[]).contains("recursion limit"), "{}", paths(&deep, &[]));
    let wide = "<<: w.yaml\n".repeat(20);
    let file = "x:\n".repeat(9_000);
    assert!(paths(&wide, &[("w.yaml", &file)]).contains("more than 100,000 lines"));
}

#[test]
fn a_job_of_ours_runs_with_its_parameters() {
    let text = "suite: hackbench\nnr_threads: [50%, 1600%]\niterations: 8\nhackbench:\n  mode: [process, threads]\n  ipc: [pipe, socket]\n";
    let (tree, host, store) = (known(), host("{nr_cpu: 8, memory: 16G}"), Store::embedded());
    let jobs = split(&File { name: "job.yaml".into(), text: text.into() }, &InMemory::default(), &tree, &host).unwrap();
    assert_eq!(jobs.len(), 8);
    assert_eq!(jobs[1].path, "socket-8-process-50%");
    let board = Board { cpus: 8, nodes: 1, ..Board::default() };
    let selector = Selector {
        tree: &tree,
        board: &board,
        store: &store,
        directory: None,
        output_is_there: false,
        loaded: Loaded::default(),
    };
    let runs: Vec<Run> = jobs.iter().map(|job| selector.select(job, None).runs.unwrap()).collect();
    assert_eq!((runs[1].definition.as_str(), &runs[1].differs), ("hackbench", &Vec::new()));
    assert_eq!(runs[7].parameters["LOOPS"], "1875");
    let plans = plans(&runs, &store);
    // The number of loops depends on that of the groups.
    assert_eq!(plans.len(), 2);
    assert_eq!(plans[0][1].parameters["MODE"], "process threads");
    assert_eq!(
        (plans[0][0].definition.as_str(), plans[0][0].parameters["GROUP_COUNT"].as_str()),
        ("hackbench-pipe", "4")
    );
    assert_eq!(plans[1][0].parameters["GROUP_COUNT"], "128");
}

#[test]
fn a_job_that_does_not_run_says_why() {
    let why = |text: &str, directory: Option<&str>| {
        let (tree, host, store) = (known(), host("{nr_cpu: 2, memory: 4G}"), Store::embedded());
        let jobs =
            split(&File { name: "job.yaml".into(), text: text.into() }, &InMemory::default(), &tree, &host).unwrap();
        let board = Board { cpus: 2, nodes: 1, available: Some(4 << 30), ..Board::default() };
        let directory = directory.map(str::to_string);
        let selected = Selector {
            tree: &tree,
            board: &board,
            store: &store,
            directory,
            output_is_there: false,
            loaded: Loaded::default(),
        }
        .select(&jobs[0], None);
        selected.runs.map_or_else(|why| why.to_string(), |run| format!("{run:?}"))
    };
    assert_eq!(
        why("suite: ltp\nneed_memory: 8G\nltp: {test: math}\n", None),
        "need_memory: 8G: 4096 MiB are available"
    );
    assert_eq!(why("suite: x\n", None), "it has no program that measures");
    assert_eq!(why("linpack:\n", None), "linpack: lkp runs Intel's Linpack, which has no public source");
    assert!(why("netperf: {test: SCTP_RR}\nnr_threads: 1\nruntime: 1m\n", None).contains("`SCTP_RR` is not one of"));
    // lkp itself divides by zero there, takes the list for one value, or ends.
    assert_eq!(
        why("nr_threads: 10%\niterations: 4\nfsmark: {filesize: 9B, test_size: 256M}\n", None),
        "fsmark: its `nr_threads` is 0: this machine has too few processors for the percentage"
    );
    assert!(why("fio: {rw: [randwrite], bs: 4k}\n", None).contains("its parameters are lists for `fio-jbod`"));
    assert_eq!(why("unixbench: {test: 2d-text}\n", None), "unixbench: a test of graphics: it needs an X server");
    assert_eq!(
        why("netperf: {test: TCP_RR}\nnr_threads: 4\n", None),
        "netperf: several clients at once; the definition measures one"
    );
    let disk = "disk: 1HDD\nfs: ext4\nblogbench:\n";
    assert_eq!(why(disk, None), "blogbench: `disk: 1HDD`: no disk was named with --disk");
    assert_eq!(
        why("disk: 1HDD\npostmark: {number: 1000n}\n", Some("/mnt/d")),
        "postmark: `disk: 1HDD`: it writes where it runs, so --output must be below /mnt/d"
    );
    assert!(why(disk, Some("/mnt/d")).contains(r#""DIRECTORY": "/mnt/d""#));
    assert!(
        why("hackbench: {ipc: pipe, mode: threads}\nnr_threads: 10%\n", None).contains("`0` is not a whole number")
    );
    let role = "cluster: cs-localhost\nif role server:\n  iperf-server:\nif role client:\n  iperf:\n    protocol: udp\nruntime: 5m\n";
    assert!(why(role, None).contains(r#""TIME": "300""#));
}

#[test]
fn parameters_of_lkp_are_those_of_the_definitions() {
    let (tree, host, store) = (known(), host("{nr_cpu: 8, memory: 16G}"), Store::embedded());
    let board = Board { cpus: 8, nodes: 1, ..Board::default() };
    let directory = Some("/mnt/d".to_string());
    let run = |text: &str| {
        let jobs =
            split(&File { name: "job.yaml".into(), text: text.into() }, &InMemory::default(), &tree, &host).unwrap();
        let selector = Selector {
            tree: &tree,
            board: &board,
            store: &store,
            directory: directory.clone(),
            output_is_there: true,
            loaded: Loaded::default(),
        };
        match selector.select(&jobs[0], None).runs {
            Ok(run) => {
                let set: Vec<String> = run.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
                format!("{} {}", run.definition, set.join(" "))
            }
            Err(why) => why.to_string(),
        }
    };
    let all = [
        (
            "aim7: {test: disk_rw, load: 3000}\ndisk: 1BRD_48G\nfs: xfs\n",
            "aim7 DIR=/mnt/d ITERATIONS=1 TASKS=3000 TEST=disk_rw",
        ),
        ("blktests: {test: loop-group-01}\n", "blktests ITERATIONS=1 TESTS=loop"),
        ("blktests: {test: block-027}\n", "blktests ITERATIONS=1 TESTS=block/027"),
        ("blktests: {test: block-003}\ndisk: 1SSD\n", "blktests: it writes to a disk without a file system"),
        (
            "disk: 1HDD\nfs: ext4\nfilebench-setup: {test: varmail.f}\nfilebench:\n",
            "filebench DIR=/mnt/d ITERATIONS=1 TIME=60 WORKLOAD=varmail",
        ),
        (
            "disk: 1HDD\nmedia: hdd\nfxmark: {test: MWCL, fstype: xfs, directio: directio, thread_nr: 4}\n",
            "fxmark CORES=4 DIR=/mnt/d DIRECT=yes ITERATIONS=1 TEST=MWCL TIME=50",
        ),
        (
            "nr_task: 200%\nruntime: 300s\nbuild_kconfig: allyesconfig\nkbuild:\n",
            "kbuild CONFIG=allyesconfig ITERATIONS=1 JOBS=16 TARGET=vmlinux",
        ),
        (
            "test_memory_size: 50%\nnr_threads: 4\nlmbench3: {mode: development, test: PIPE}\n",
            "lmbench3 COPIES=4 ITERATIONS=1 MB=8192 TEST_GROUPS=PIPE",
        ),
        (
            "standalone: 1\nlmbench3: {test: bw_mem, nr_parallelism: 4, size: 256M, op: wr}\n",
            "lmbench-bw-mem ITERATIONS=1 OPERATION=wr PARALLEL=4 SIZE=268435456",
        ),
        ("nr_task: 50%\nruntime: 300s\npft:\n", "pft ITERATIONS=1 MODE=processes SIZE=3435973836 TASKS=4"),
        (
            "disk: 1HDD\nfs: ext4\nfs2: nfsv4\nfilebench-setup: {test: varmail.f}\nfilebench:\n",
            "filebench: `fs2: nfsv4`: it needs a file system over another one",
        ),
        (
            "nr_threads: 10%\nstress-ng: {test: fanotify}\n",
            "stress-ng INSTANCES=8 ITERATIONS=1 STRESSOR=fanotify TIME=1",
        ),
        ("nr_threads: 3200%\nsiege:\n", "siege CLIENTS=255 ITERATIONS=1"),
        ("hpcc:\n", "hpcc BLOCK=80 ITERATIONS=1 ORDER=1000 PROCESSES=8"),
        ("plzip:\nnr_threads: 4\n", "plzip ITERATIONS=3 LEVEL=6 THREADS=4"),
        ("phpbench: {iterations: 2000000}\n", "phpbench ITERATIONS=1 LOOPS=2000000"),
        ("period: 2s\ntcrypt: {modes: 500-504}\n", "tcrypt ITERATIONS=1 MODE=500 501 502 503 504 TIME=2"),
        (
            "runtime: 300s\nlocktorture: {test: cpuhotplug}\n",
            "locktorture HOTPLUG=yes ITERATIONS=1 TIME=300 TYPE=spin_lock",
        ),
        (
            "size: 16G\nruntime: 300s\nvm-scalability: {unit_size: 1G, test: shm-pread-rand-mt}\n",
            "vm-scalability ITERATIONS=1 TASKS=8 TEST=shm-pread-rand-mt TIME=300 UNIT_SIZE=1073741824",
        ),
        (
            "vm-scalability: {test: anon-w-seq-hugetlb}\n",
            "vm-scalability: the definition has no such test: truncate, migrate, msync-mt and those on huge pages",
        ),
    ];
    for (text, wanted) in all {
        assert_eq!(run(text), wanted, "{text}");
    }
}

/// The folder of what lkp made of its own examples, where it is.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn goldens(name: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent()?.join("shared/goldens/lkp-spec").join(name);
    if !folder.is_dir() {
        println!("skipped: there is no {}", folder.display());
        return None;
    }
    Some(folder)
}

fn golden(path: PathBuf) -> Map {
    let text = fs::read_to_string(path).unwrap();
    yaml::read::<Node>(&text).unwrap().map().cloned().unwrap()
}

/// What lkp includes for the program of its examples, as far as each of them is concerned: it waits for the names that it
/// uses, and without a name it is the same everywhere.
fn included(test: &str, group: &str, fs: &str) -> String {
    let item = |name: &str, what: &str| match name {
        "" => format!("- CONFIG_{what}_ELSE\n"),
        name => format!("- <%= {name} == 'test_3' ? 'CONFIG_TEST_ELSE' : \"CONFIG_#{{{name}.upcase}}\" %>\n"),
    };
    format!("including:\n- CONFIG_ALWAYS\n{}{}{}", item(test, "TEST"), item(group, "GROUP"), item(fs, "FS"))
}

#[test]
fn atomic_jobs_are_those_of_split_job() {
    let Some(folder) = goldens("_split-job") else { return };
    let all = fs::read_dir(&folder).unwrap().count();
    let mut compared = 0;
    let examples = [
        ("1", "{}", included("___.test", "", "")),
        ("2", "{}", included("___.test", "___.group", "")),
        ("3", "{}", included("", "", "fs.fs")),
        ("4", "{model: Haswell}", included("", "", "")),
        ("compatible", "{}", included("___.test", "", "")),
    ];
    for (name, facts, include) in examples {
        let mut tree = tree();
        default_of(&mut tree, "split-job", "split-job", &include);
        let text = fs::read_to_string(folder.join(format!("{name}.yaml"))).unwrap();
        let file = File { name: format!("spec/fixtures/split-job/{name}.yaml"), text };
        for atomic in split(&file, &InMemory::default(), &tree, &host(facts)).unwrap() {
            let wanted = golden(folder.join(format!("{name}-{}.yaml", atomic.path)));
            let mut job = atomic.job;
            // lkp's own test takes these out of this one.
            if name == "compatible" {
                job.retain(|key, _| !matches!(key, "testbox" | "tbox_group"));
            }
            let json = |map: Map| serde_json::Value::from(&Node::Map(map));
            assert_eq!(json(job), json(wanted), "{name} {}", atomic.path);
            compared += 1;
        }
    }
    // All files but the five examples themselves.
    assert_eq!(compared, all - 5);
}

#[test]
fn jobs_are_read_as_lkp_saves_them() {
    let Some(folder) = goldens("_job") else { return };
    for name in ["1", "2", "3"] {
        let text = fs::read_to_string(folder.join(format!("{name}.yaml"))).unwrap();
        let file = File { name: format!("spec/fixtures/job/{name}.yaml"), text };
        let jobs = split(&file, &InMemory::default(), &Tree::default(), &host("{}")).unwrap();
        let mut job = jobs[0].job.clone();
        job.retain(|key, _| !matches!(key, "testbox" | "tbox_group" | "arch"));
        assert_eq!(job, golden(folder.join(format!("{name}.output.yaml"))));
    }
}
