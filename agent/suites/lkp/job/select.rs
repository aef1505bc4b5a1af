//! Atomic jobs -> what of our definitions, or which programs of a tree, runs each, what of it is not set, and why the others do
//! not run.

use super::{
    drive,
    error::Reason,
    needs::{self, Board},
    node::{Map, Node},
    programs::{Native, Parameters, table},
    split::{AtomicJob, convert},
    tree::Tree,
};
use crate::definition::{Definition, ITERATIONS, Store};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// What is done with one atomic job.
#[derive(Clone, Debug)]
pub struct Selected {
    /// The job's parameters, as lkp has them in a path.
    pub path: String,
    /// Its programs that measure.
    pub programs: Vec<String>,
    /// What runs; else why it does not.
    pub runs: Result<Run, Reason>,
    /// What of the job is not set, and what the machine lacks that the job would have.
    pub notes: Vec<String>,
}

/// A definition with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The definition's name.
    pub definition: String,
    /// Its parameters.
    pub parameters: BTreeMap<String, String>,
    /// What is not as lkp does it.
    pub differs: Vec<String>,
}

/// What jobs are selected with.
pub struct Selector<'a> {
    /// lkp's programs.
    pub tree: &'a Tree,
    /// The machine.
    pub board: &'a Board,
    /// The definitions.
    pub store: &'a Store,
    /// Where a job that asks for a disk writes: a folder on the disk that was named.
    pub directory: Option<String>,
    /// Whether the folder of a run, where a definition without a directory writes, is on that disk.
    pub output_is_there: bool,
    /// The definitions that were loaded: many jobs run as the same few.
    pub loaded: Loaded,
}

/// Definitions by their names.
#[derive(Debug, Default)]
pub struct Loaded(RefCell<BTreeMap<String, Rc<Definition>>>);

impl Loaded {
    fn get(&self, name: &str, store: &Store) -> Result<Rc<Definition>, Reason> {
        if let Some(known) = self.0.borrow().get(name) {
            return Ok(Rc::clone(known));
        }
        let definition = Rc::new(store.load(name).map_err(|error| Reason::from(error.to_string()))?);
        self.0.borrow_mut().insert(name.into(), Rc::clone(&definition));
        Ok(definition)
    }
}

/// The definition that runs a script of lkp with the programs of a tree.
const DRIVER: &str = "lkp-tests";

/// Keys of setups that give a job its file system.
const STORAGE: [&str; 5] = ["disk", "fs", "md", "swap", "nvdimm"];

/// Keys of setups that mount another file system over that one: NFS and SMB of this machine, mostly.
const OVER: [&str; 2] = ["fs1", "fs2"];

/// What of a job runs besides its programs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Runs {
    Programs,
    /// The servers, too.
    Servers,
    /// All: the script was compiled by lkp.
    All,
}

impl Selector<'_> {
    /// What is done with an atomic job. `compiled` is its script, where the user has compiled it with lkp.
    pub fn select(&self, atomic: &AtomicJob, compiled: Option<&str>) -> Selected {
        let mut job = atomic.job.clone();
        convert(&mut job);
        let all = keys(&atomic.job);
        let programs: Vec<String> =
            all.iter().filter(|key| self.tree.tests.contains(**key)).map(ToString::to_string).collect();
        let lacks = needs::lacks(&atomic.job, self.board);
        let mut besides = Runs::Programs;
        let runs = match lacks.refused.first() {
            Some(_) => Err(lacks.refused.join("; ").into()),
            None => self.run(&atomic.job, &job, &programs).or_else(|why| {
                besides = if compiled.is_some() { Runs::All } else { Runs::Servers };
                self.driven(atomic, &job, &programs, compiled, &why)
            }),
        };
        let besides = if runs.is_ok() { besides } else { Runs::Programs };
        let mut notes = self.not_set(&all, besides);
        notes.extend(lacks.named.into_iter().map(|text| format!("not met: {text}")));
        Selected { path: atomic.path.clone(), programs, runs, notes }
    }

    fn run(&self, atomic: &Map, job: &Map, programs: &[String]) -> Result<Run, Reason> {
        let [program] = programs else {
            return Err(match programs {
                [] => "it has no program that measures".into(),
                several => format!("it has several programs that measure: {}", several.join(", ")).into(),
            });
        };
        let known = table().tests.get(program.as_str());
        let of_program = |why: Reason| Reason::from(format!("{program}: {why}"));
        let known = known.ok_or_else(|| of_program("it is unknown".into()))?;
        if let Some(not) = &known.not {
            return Err(of_program(not.as_str().into()));
        }
        let parameters = self.parameters(job, program);
        let native = self.native(&known.runs, &parameters).map_err(of_program)?;
        not_over_another(atomic).map_err(of_program)?;
        let storage = STORAGE.iter().find(|key| atomic.get(key).is_some_and(Node::is_true));
        if let Some(key) = storage {
            self.stored(native, key, atomic).map_err(of_program)?;
        }
        let mut run = self.filled(native, &parameters).map_err(of_program)?;
        let unused = self.tree.workloads.get(program.as_str()).into_iter().flatten();
        let unused =
            unused.filter(|(name, _)| !known.runs.iter().any(|run| run.uses(name, native))).filter_map(|(name, _)| {
                let value = parameters.0.get(name).filter(|node| node.is_true())?;
                Some(format!("`{name}: {value}` is not used"))
            });
        run.differs.extend(unused);
        if let (Some(_), Some(directory)) = (storage, &self.directory) {
            let wanted = STORAGE.iter().filter_map(|key| atomic.get(key).map(|node| format!("{key}: {node}")));
            run.differs.push(format!("`{}`: it is {directory}", wanted.collect::<Vec<_>>().join(", ")));
        }
        Ok(run)
    }

    /// The programs of the tree, where it is on this machine; `why` no definition stands for them.
    fn driven(
        &self,
        atomic: &AtomicJob,
        job: &Map,
        programs: &[String],
        compiled: Option<&str>,
        why: &Reason,
    ) -> Result<Run, Reason> {
        let never = |program: &String| {
            table().tests.get(program).is_some_and(|known| known.never_runs(&self.parameters(job, program)))
        };
        let is_possible = !programs.is_empty() && !programs.iter().any(never);
        let tree = self.tree.root.as_ref().filter(|_| is_possible).ok_or_else(|| why.clone())?;
        let folder = self.driven_storage(&atomic.job, compiled.is_some());
        let folder = folder.map_err(|not| match why.to_string().ends_with(&not.to_string()) {
            true => why.clone(),
            false => Reason::from(format!("{why}; the tree of lkp does not run it: {not}")),
        })?;
        let script = match compiled {
            Some(text) => text.to_string(),
            None => drive::script(job, self.tree, &folder)?,
        };
        let case = atomic.job.get("testcase").map_or_else(|| programs[0].clone(), ToString::to_string);
        let set = [
            ("LKP_DIR", tree.display().to_string()),
            ("PROGRAMS", programs.join(" ")),
            ("LKP_JOB", format!("{}/{}", case.replace([' ', ','], "_"), atomic.path)),
            ("SCRIPT", script),
            ("JOB_YAML", serde_json::Value::from(&Node::Map(drive::kept(&atomic.job, self.tree))).to_string()),
        ];
        let mut differs = vec![format!("the tree of lkp runs it ({why})")];
        differs.extend(folder.first().map(|(_, folder)| format!("no file system is made: it is {folder}")));
        let parameters = set.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        Ok(Run { definition: DRIVER.into(), parameters, differs })
    }

    /// The variables that lkp's setups of disks and file systems would have set.
    fn driven_storage(&self, job: &Map, is_compiled: bool) -> Result<Vec<(&'static str, String)>, Reason> {
        if !is_compiled {
            not_over_another(job)?;
        }
        let Some(key) = STORAGE.iter().find(|key| job.get(key).is_some_and(Node::is_true)) else {
            return Ok(Vec::new());
        };
        let wanted = job.get(key).map(|node| format!("`{key}: {node}`")).unwrap_or_default();
        let is_mounted = job.get("fs").is_some_and(Node::is_true);
        match &self.directory {
            _ if is_compiled => Err(format!("{wanted}: its compiled script makes a file system").into()),
            _ if !is_mounted => Err(format!("{wanted}: without a file system it writes to the disk itself").into()),
            None => Err(format!("{wanted}: no disk was named with --disk").into()),
            Some(directory) => Ok(vec![("mount_points", directory.clone()), ("nr_partitions", "1".into())]),
        }
    }

    fn native<'n>(&self, natives: &'n [Native], parameters: &Parameters) -> Result<&'n Native, Reason> {
        for native in natives {
            if native.holds(parameters)? {
                return native.not.as_ref().map_or(Ok(native), |not| Err(not.as_str().into()));
            }
        }
        Err("no definition measures it with these parameters".into())
    }

    /// Whether a definition can write where the job wants it to.
    fn stored(&self, native: &Native, key: &str, job: &Map) -> Result<(), Reason> {
        let wanted = job.get(key).map(|node| format!("{key}: {node}")).unwrap_or_default();
        match (&self.directory, native.takes_a_directory(), native.writes_here) {
            (_, false, false) => Err(format!("`{wanted}`: its definition takes no directory").into()),
            (None, ..) => Err(format!("`{wanted}`: no disk was named with --disk").into()),
            (Some(directory), false, true) if !self.output_is_there => {
                Err(format!("`{wanted}`: it writes where it runs, so --output must be below {directory}").into())
            }
            (Some(_), ..) => Ok(()),
        }
    }

    /// All values that lkp's script would find in its environment, those of the program last.
    fn parameters(&self, job: &Map, program: &str) -> Parameters {
        let mut all = Map::default();
        scalars(job, &mut all, &|_| true);
        let is_workload = |key: &str| self.tree.workloads.contains_key(key) && key != program;
        inner(job, &is_workload, &mut all);
        inner(job, &|key| key == program, &mut all);
        all.set("nr_cpu", all.get("nr_cpu").cloned().unwrap_or(Node::Integer(self.board.cpus)));
        if let Some(directory) = &self.directory {
            all.set("directory", Node::Text(directory.clone()));
        }
        Parameters(all)
    }

    fn filled(&self, native: &Native, parameters: &Parameters) -> Result<Run, Reason> {
        let name = native.definition.clone().unwrap_or_default();
        let definition = self.loaded.get(&name, self.store)?;
        let mut set: BTreeMap<String, String> = BTreeMap::new();
        let once = (ITERATIONS.to_string(), "iterations || 1".to_string());
        let counts = definition.parameter(ITERATIONS).is_some() && !native.set.contains_key(ITERATIONS);
        for (parameter, expression) in native.set.iter().chain(counts.then_some((&once.0, &once.1))) {
            let value = super::expression::evaluate(expression, parameters);
            let value = value.map_err(|error| Reason::from(format!("{parameter}: {error}")))?;
            if value != Node::Null {
                let value = value.to_string();
                self.taken(&definition, parameter, &value)?;
                set.insert(parameter.clone(), value);
            }
        }
        Ok(Run { definition: name, parameters: set, differs: native.differences(parameters) })
    }

    /// What a definition does not take is not run.
    fn taken(&self, definition: &Definition, name: &str, value: &str) -> Result<(), Reason> {
        let cpus = usize::try_from(self.board.cpus).unwrap_or(1);
        let Some(parameter) = definition.parameter(name) else { return Ok(()) };
        parameter.values(value, cpus).map(|_| ()).map_err(|error| error.to_string().into())
    }

    /// The setups and monitors that nothing here does.
    fn not_set(&self, keys: &BTreeSet<&str>, besides: Runs) -> Vec<String> {
        let mut lines = Vec::new();
        if besides == Runs::All {
            return lines;
        }
        let started = drive::servers(keys.iter().copied().filter(|_| besides == Runs::Servers), self.tree);
        let is_setup = |key: &&&str| {
            self.tree.workloads.contains_key(**key) && !self.tree.tests.contains(**key) && !STORAGE.contains(*key)
        };
        let setups: Vec<&str> = keys.iter().filter(is_setup).copied().filter(|key| !started.contains(key)).collect();
        let monitors: Vec<&str> = keys.iter().filter(|key| self.tree.monitors.contains(**key)).copied().collect();
        if !setups.is_empty() {
            lines.push(format!("not set: setups and servers: {}", setups.join(" ")));
        }
        if !monitors.is_empty() {
            lines.push(format!("not set: monitors: {}", monitors.join(" ")));
        }
        lines
    }
}

/// A job on a file system that is mounted over another one does not run.
fn not_over_another(job: &Map) -> Result<(), Reason> {
    let wanted = |key: &&str| Some((key.to_string(), job.get(key).filter(|node| node.is_true())?));
    match OVER.iter().find_map(wanted) {
        Some((key, node)) => Err(format!("`{key}: {node}`: it needs a file system over another one").into()),
        None => Ok(()),
    }
}

/// All keys, those in `if role` too.
fn keys(job: &Map) -> BTreeSet<&str> {
    let mut keys: BTreeSet<&str> = BTreeSet::new();
    for (key, node) in job.iter() {
        match node {
            Node::Map(map) if key.starts_with("if role") => keys.extend(map.iter().map(|(key, _)| key)),
            _ => {
                keys.insert(key);
            }
        }
    }
    keys
}

/// Adds the values that are no mappings.
fn scalars(map: &Map, all: &mut Map, wanted: &dyn Fn(&str) -> bool) {
    for (key, node) in map.iter().filter(|(key, node)| wanted(key) && !matches!(node, Node::Map(_))) {
        all.set(key, node.clone());
    }
}

/// Adds the values inside the mappings of some programs, and what those in `if role` set for all.
fn inner(map: &Map, wanted: &dyn Fn(&str) -> bool, all: &mut Map) {
    for (key, node) in map.iter() {
        let Node::Map(inside) = node else { continue };
        if key.starts_with("if role") {
            scalars(inside, all, &|_| true);
            inner(inside, wanted, all);
        } else if wanted(key) {
            scalars(inside, all, &|_| true);
        }
    }
}
