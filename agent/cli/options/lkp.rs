//! `--lkp JOB` of `show` and `run`: job files of lkp-tests -> definitions and their parameters.

use crate::{
    cli::{
        exit::{Code, Failure},
        table, terminal,
    },
    definition::Store,
    plan::{Plan, Settings},
    suites::lkp_job::{
        self, AtomicJob, Board, File, Files, Host, Loaded, Map, Node, Reason, Run, Selected, Selector, Together, Tree,
        known, split, text,
    },
    system::{self, Layout},
    text::{counted, printable, yaml},
};
use anyhow::{Context, anyhow};
use nix::sys::utsname::uname;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Jobs of lkp-tests.
#[derive(Debug, Default, clap::Args)]
pub(in crate::cli) struct LkpArgs {
    /// What these job files of lkp-tests ask for: `show --lkp` says what that is, and what of it is not set
    #[arg(long, value_name = "JOB", num_args = 1.., conflicts_with = "mmtests")]
    lkp: Vec<PathBuf>,
    /// The tree of lkp-tests, for what it includes by itself. Without it: the one around the job file, if there is one
    #[arg(long, value_name = "DIR", requires = "lkp")]
    lkp_tree: Option<PathBuf>,
    /// The machine's facts from a file of lkp's `hosts`, instead of those of this machine
    #[arg(long, value_name = "FILE", requires = "lkp")]
    lkp_host: Option<PathBuf>,
    /// Where jobs write that ask for a disk: a folder on that disk. No other disk is written to
    #[arg(long, value_name = "DIR", requires = "lkp")]
    disk: Option<PathBuf>,
}

/// Job files that were read, each with its atomic jobs and what is done with them.
pub(in crate::cli) struct Jobs(Vec<Job>);

struct Job {
    file: String,
    atomic: Vec<AtomicJob>,
    selected: Vec<Selected>,
}

impl LkpArgs {
    /// Whether there are any.
    pub(in crate::cli) fn are_given(&self) -> bool {
        !self.lkp.is_empty()
    }

    /// Reads the jobs for this machine. `output`: where a run's folder will be; `None`: wherever it is wanted.
    pub(in crate::cli) fn read(&self, store: &Store, output: Option<&Path>) -> Result<Jobs, Failure> {
        let root = match &self.lkp_tree {
            Some(root) => Some(root.clone()),
            None => self.lkp.first().and_then(|path| Tree::around(path)),
        };
        let named = |root: &Path| format!("--lkp-tree: {}", root.display());
        let tree = match &root {
            Some(root) => Tree::read(root).with_context(|| named(root)).map_err(Failure::input)?,
            None => known(),
        };
        let host = self.host()?;
        let board = board(&host);
        let directory = self.directory()?;
        let is_there = |output: &Path| {
            let output = std::path::absolute(output).unwrap_or_else(|_| output.into());
            directory.as_ref().is_some_and(|directory| output.starts_with(directory))
        };
        let output_is_there = output.is_none_or(is_there);
        let selector = Selector {
            tree: &tree,
            board: &board,
            store,
            directory: directory.clone(),
            output_is_there,
            loaded: Loaded::default(),
        };
        let files = OnDisk { root };
        let jobs = self.lkp.iter().map(|path| one(path, &files, &host, &selector));
        jobs.collect::<Result<_, _>>().map(Jobs)
    }

    fn host(&self) -> Result<Host, Failure> {
        let names = uname().ok();
        let fact = |of: fn(&nix::sys::utsname::UtsName) -> &std::ffi::OsStr| {
            names.as_ref().map(|names| of(names).to_string_lossy().into_owned()).unwrap_or_default()
        };
        let architecture = fact(|names| names.machine());
        let Some(path) = &self.lkp_host else {
            return Ok(Host { name: fact(|names| names.nodename()), architecture, facts: facts() });
        };
        let named = || path.display().to_string();
        let text = fs::read_to_string(path).with_context(named).map_err(Failure::input)?;
        let node: Node = yaml::read(&text).with_context(named).map_err(Failure::input)?;
        let Node::Map(facts) = node else { return Err(Failure::input(anyhow!("{}: it has no facts", named()))) };
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Host { name, architecture, facts })
    }

    fn directory(&self) -> Result<Option<String>, Failure> {
        let Some(path) = &self.disk else { return Ok(None) };
        if !path.is_dir() {
            return Err(Failure::input(anyhow!(
                "--disk {0}: it is not a folder\nhint: make a file system on the disk, mount it, and name the folder",
                path.display()
            )));
        }
        let path = path.canonicalize().unwrap_or_else(|_| path.clone());
        Ok(Some(path.display().to_string()))
    }
}

fn one(path: &Path, files: &OnDisk, host: &Host, selector: &Selector) -> Result<Job, Failure> {
    let name = path.display().to_string();
    let read = text(path).ok_or_else(|| {
        let why =
            fs::metadata(path).err().map_or_else(|| "it is too large for a job".into(), |error| error.to_string());
        Failure::input(anyhow!("{name}: {why}"))
    })?;
    let file = File { name: name.clone(), text: read };
    let atomic = split(&file, files, selector.tree, host).map_err(Failure::input)?;
    let compiled = compiled(path).filter(|_| atomic.len() == 1);
    let selected = atomic.iter().map(|job| selector.select(job, compiled.as_deref())).collect();
    Ok(Job { file: name, atomic, selected })
}

/// The script that the user has compiled of a job with lkp, where it lies beside it: JOB.sh.
fn compiled(job: &Path) -> Option<String> {
    let script = job.with_extension("sh");
    text(&script).filter(|text| text.starts_with("#!/bin/sh") && text.contains("run_job()"))
}

/// The facts of this machine that lkp writes down for its own runs on a machine.
fn facts() -> Map {
    let root = Path::new("/");
    let memory = system::memory_total(root).map(|bytes| match bytes >> 30 {
        0 => format!("{}M", bytes >> 20),
        gib => format!("{gib}G"),
    });
    let mut facts = Map::default();
    facts.set("nr_cpu", number(system::cpus::allowed().len()));
    memory.into_iter().for_each(|memory| facts.set("memory", Node::Text(memory)));
    facts.set("local_run", Node::Integer(1));
    facts
}

fn number(count: usize) -> Node {
    Node::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}

/// This machine; with the facts of another one as far as there are any.
fn board(host: &Host) -> Board {
    let root = Path::new("/");
    let Layout { nodes, .. } = system::layout(root);
    let machine = system::machine(root);
    let fact = |name: &str| host.facts.get(name).and_then(Node::integer);
    let is_here = host.facts.contains("local_run");
    let here = |text: Option<String>| text.filter(|_| is_here);
    Board {
        cpus: fact("nr_cpu").unwrap_or(1),
        nodes: fact("nr_node").unwrap_or_else(|| i64::try_from(nodes).unwrap_or(1)),
        available: system::memory_available(root).filter(|_| is_here),
        release: here(machine.kernel.release).unwrap_or_default(),
        command_line: here(machine.kernel.command_line),
        config: here(system::kernel_config(root)),
    }
}

/// The files beside a job, and those of its tree.
struct OnDisk {
    root: Option<PathBuf>,
}

/// How deep the folders below `jobs` are searched.
const DEEPEST: usize = 4;

impl Files for OnDisk {
    /// Where lkp looks: the folder of the job, the tree, and then the folders of jobs.
    fn include(&self, from: &str, name: &str) -> Result<File, Reason> {
        let folder = Path::new(from).parent().unwrap_or(Path::new(""));
        let near = [Some(folder.join(name)), self.root.as_ref().map(|root| root.join(name))];
        let near = near.into_iter().flatten().find(|path| path.is_file());
        let is_plain = !name.starts_with(['/', '.']) && !name.contains("..");
        let jobs = || {
            let named = folder.ancestors().find(|folder| folder.file_name().is_some_and(|name| name == "jobs"));
            let root = self.root.as_ref().map(|root| root.join("jobs"));
            let folders = named.map(Path::to_path_buf).into_iter().chain(root);
            folders.filter(|_| is_plain).find_map(|folder| below(&folder, name, DEEPEST))
        };
        let path = near.or_else(jobs).ok_or("there is no such file beside the job, in its tree or below its `jobs`")?;
        let text = text(&path).ok_or("it cannot be read, or is too large for a job")?;
        Ok(File { name: path.display().to_string(), text })
    }
}

fn below(folder: &Path, name: &str, depth: usize) -> Option<PathBuf> {
    let path = folder.join(name);
    if path.is_file() {
        return Some(path);
    }
    let folders = fs::read_dir(folder).ok().filter(|_| depth > 0)?;
    let mut folders: Vec<PathBuf> = folders.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders.iter().find_map(|folder| below(folder, name, depth - 1))
}

impl Jobs {
    fn runs(&self) -> Vec<Run> {
        self.0.iter().flat_map(|job| &job.selected).filter_map(|selected| selected.runs.clone().ok()).collect()
    }

    /// What `show` ends with.
    pub(in crate::cli) fn code(&self) -> Code {
        if self.runs().is_empty() { Code::Nothing } else { Code::Done }
    }

    /// What would run, and all that is not as lkp has it.
    pub(in crate::cli) fn page(&self, width: usize) -> String {
        self.0.iter().map(|job| job.page(width)).collect()
    }

    /// One object for each atomic job, one a line. No text of a job can be taken for a signal or a frame.
    pub(in crate::cli) fn json(&self) -> String {
        let harmless = |object: Value| object.to_string().replace('<', "\\u003c").replace("LBF", "\\u004cBF");
        self.0.iter().flat_map(Job::objects).map(|object| harmless(object) + "\n").collect()
    }

    /// Says what will not run and what is not set.
    pub(in crate::cli) fn warn(&self) {
        let text: String = self.0.iter().map(Job::notes).collect();
        if !text.is_empty() {
            terminal::say(text.trim_end());
        }
    }

    /// The plans that run the jobs: one unless their parameters are no full matrix.
    pub(in crate::cli) fn plans(&self, store: &Store, settings: &Settings) -> Result<Vec<Plan>, Failure> {
        let plans = lkp_job::plans(&self.runs(), store);
        plans.into_iter().map(|together| plan(&together, store, settings)).collect()
    }
}

fn plan(together: &[Together], store: &Store, settings: &Settings) -> Result<Plan, Failure> {
    let definitions = together.iter().map(|one| store.load(&one.definition).map_err(Failure::input));
    let of = |one: &Together| -> Vec<(String, String)> {
        let named = |(name, value): (&String, &String)| (format!("{}.{name}", one.definition), value.clone());
        one.parameters.iter().map(named).collect()
    };
    // What the user sets counts before what the job says.
    let mut parameters: Vec<(String, String)> = together.iter().flat_map(of).collect();
    parameters.extend(settings.parameters.iter().cloned());
    let settings = Settings { parameters, ..settings.clone() };
    Plan::new(definitions.collect::<Result<_, _>>()?, &settings).map_err(Failure::input)
}

impl Job {
    fn page(&self, width: usize) -> String {
        let runs = self.selected.iter().filter(|selected| selected.runs.is_ok()).count();
        let of = counted(self.selected.len(), "atomic job");
        let mut page = format!("{}: {of}, {runs} of them run\n", clean(&self.file));
        let mut rows = Vec::new();
        for selected in &self.selected {
            let Ok(run) = &selected.runs else { continue };
            let parameters = run.parameters.iter().map(|(name, value)| format!("{name}={}", quoted(value)));
            let what = format!("{} {}", run.definition, parameters.collect::<Vec<_>>().join(" "));
            rows.push(vec![format!("  {}", clean(&selected.path)), clean(what.trim_end())]);
        }
        page.push_str(&table::fitted(&rows, width));
        page + &terminal::fitted(&self.notes())
    }

    /// What does not run and why, what is done otherwise, and what is not set; each once, with the jobs that it counts for.
    fn notes(&self) -> String {
        let mut notes: BTreeMap<(u8, String), Vec<&str>> = BTreeMap::new();
        for selected in &self.selected {
            let path = selected.path.as_str();
            match &selected.runs {
                Err(why) => notes.entry((0, format!("not run: {why}"))).or_default().push(path),
                Ok(run) => {
                    let texts = run.differs.iter().map(|text| format!("otherwise than lkp: {text}"));
                    texts.for_each(|text| notes.entry((1, text)).or_default().push(path));
                }
            }
            selected.notes.iter().for_each(|text| notes.entry((2, text.clone())).or_default().push(path));
        }
        let all = self.selected.len();
        let line = |((_, text), paths): ((u8, String), Vec<&str>)| {
            let of = match paths.as_slice() {
                [_, ..] if paths.len() == all => String::new(),
                [one] => format!("{}: ", clean(one)),
                several => format!("{}: ", counted(several.len(), "atomic job")),
            };
            format!("{of}{}\n", clean(&text))
        };
        notes.into_iter().map(line).collect()
    }

    fn objects(&self) -> impl Iterator<Item = Value> {
        self.atomic.iter().zip(&self.selected).map(|(atomic, selected)| {
            let mut object = json!({
                "file": self.file, "path": atomic.path, "programs": selected.programs, "notes": selected.notes,
            });
            match &selected.runs {
                Ok(run) => {
                    object["definition"] = json!(run.definition);
                    object["parameters"] = json!(run.parameters);
                    object["differs"] = json!(run.differs);
                }
                Err(why) => object["not_run"] = json!(why.to_string()),
            }
            object["job"] = (&Node::Map(atomic.job.clone())).into();
            object
        })
    }
}

/// The longest value that is printed.
const LONGEST: usize = 100;

/// A value as it stands in a line.
fn quoted(value: &str) -> String {
    if value.len() > LONGEST || value.contains('\n') {
        return format!("({} bytes)", value.len());
    }
    if value.is_empty() || value.contains([' ', '\'', '"']) { format!("'{value}'") } else { value.into() }
}

/// A list of monitors is longer than what is printed of a text at once.
fn clean(text: &str) -> String {
    text.as_bytes().chunks(100).map(printable).collect()
}
