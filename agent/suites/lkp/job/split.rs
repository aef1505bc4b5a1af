//! A job -> atomic jobs: one for each combination of the values that its lists give, with what lkp includes by itself.

use super::{
    axes::{Programs, at, each_key, first_axis, key_at, path},
    error::{JobError, Place, Wrong},
    expression::evaluate,
    include::{Included, Including},
    node::{Map, Node},
    parameter::converted,
    revise::revise,
    source::{self, File, Files, Line, place_of},
    template,
    tree::Tree,
};
use std::collections::BTreeSet;

/// The most atomic jobs of one file, the most memory of all of them, and the most lists that are expanded.
const MOST_JOBS: usize = 10_000;
const MOST_BYTES: usize = 64 << 20;
const MOST_LISTS: usize = 100;

/// Keys that take one value.
const SINGLE: [&str; 5] = ["suite", "testcase", "category", "cluster", "job_origin"];

/// The machine that a job is for.
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Its architecture, as `uname -m` says it.
    pub architecture: String,
    /// Its facts: `nr_cpu`, `memory`, `hdd_partitions`.
    pub facts: Map,
}

impl Host {
    /// The name of machines of its kind: without the number at its end.
    pub fn group(&self) -> String {
        let (kind, number) = self.name.rsplit_once('-').unwrap_or((&self.name, ""));
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { kind.into() } else { self.name.clone() }
    }
}

/// One combination.
#[derive(Clone, Debug)]
pub struct AtomicJob {
    /// All its keys.
    pub job: Map,
    /// Its parameters as lkp has them in a path.
    pub path: String,
}

/// Splits the job in a file.
///
/// # Errors
/// What is wrong with it, with the file and the line.
pub fn split(file: &File, files: &dyn Files, tree: &Tree, host: &Host) -> Result<Vec<AtomicJob>, JobError> {
    let lines = template::braces(source::asked(source::lines(file, files)?));
    let lines = if template::has_erb(&lines) { template::erb(&lines, &Map::default())? } else { lines };
    let mut documents = source::documents(&lines).map(|lines| single_values(lines, source::mapping(lines)?));
    let empty = || JobError { place: Place { file: file.name.clone(), line: 0 }, why: Wrong::NoMapping };
    let first = documents.next().unwrap_or_else(|| Err(empty()))?;
    let others = documents.collect::<Result<Vec<_>, _>>()?;
    let mut splitter = Splitter::new(file, tree, host, &lines);
    splitter.all(first, &others)?;
    Ok(splitter.jobs)
}

fn single_values(lines: &[Line], map: Map) -> Result<Map, JobError> {
    match SINGLE.iter().find(|key| matches!(map.get(key), Some(Node::List(_) | Node::Map(_)))) {
        Some(key) => Err(JobError { place: place_of(lines, key), why: Wrong::List((*key).into()) }),
        None => Ok(map),
    }
}

struct Splitter<'a> {
    file: &'a File,
    tree: &'a Tree,
    host: &'a Host,
    lines: &'a [Line],
    included: Included<'a>,
    jobs: Vec<AtomicJob>,
    /// What they weigh.
    bytes: usize,
}

/// A job on its way.
#[derive(Clone, Default)]
struct State {
    job: Map,
    /// What this document changes.
    changes: Map,
    programs: Programs,
    /// The files that were included: key and name.
    loaded: BTreeSet<(String, String)>,
}

impl State {
    /// What this document changes. The lists in its mappings are expanded with those of the job, and its other lists are not.
    fn changes_now(&self) -> Map {
        let now = |(key, node): (&str, &Node)| match (node, self.job.get(key)) {
            (Node::Map(_), Some(Node::Map(now))) => (key.to_string(), Node::Map(now.clone())),
            _ => (key.to_string(), node.clone()),
        };
        self.changes.iter().map(now).collect()
    }
}

impl<'a> Splitter<'a> {
    fn new(file: &'a File, tree: &'a Tree, host: &'a Host, lines: &'a [Line]) -> Self {
        Self { file, tree, host, lines, included: Included::new(tree), jobs: Vec::new(), bytes: 0 }
    }

    fn all(&mut self, mut job: Map, others: &[Map]) -> Result<(), JobError> {
        if !job.contains("job_origin") {
            job.set("job_origin", Node::Text(self.file.name.clone()));
        }
        job.set("testbox", Node::Text(self.host.name.clone()));
        if !job.get("arch").is_some_and(Node::is_true) {
            job.set("arch", Node::Text(self.host.architecture.clone()));
        }
        job.set("tbox_group", Node::Text(self.host.group()));
        if job.get("cluster").is_some_and(Node::is_true) {
            job.set("node_roles", Node::Text("server client".into()));
        }
        for (key, node) in self.host.facts.iter() {
            if !job.contains(key) {
                job.set(key, node.clone());
            }
        }
        let first = Map::default();
        for changes in std::iter::once(&first).chain(others) {
            let programs = Programs::of(&job, self.tree);
            let mut state = State { job: job.clone(), changes: changes.clone(), programs, ..State::default() };
            self.include(&mut state, true)?;
            state.programs = Programs::of(&state.job, self.tree);
            self.expand(&mut state, 0)?;
        }
        Ok(())
    }

    /// Expands the first list, or keeps an atomic job.
    fn expand(&mut self, state: &mut State, lists: usize) -> Result<(), JobError> {
        if lists > MOST_LISTS {
            return Err(self.many("100 lists"));
        }
        let Some(path) = first_axis(&state.job, &state.programs) else { return self.keep(state) };
        let Some(node) = at(&mut state.job, &path).map(std::mem::take) else { return Ok(()) };
        let values = match &node {
            Node::List(list) => list.clone(),
            _ => {
                let value = self.late(&node, &state.job, &path)?;
                if value == Node::Null { Vec::new() } else { vec![value] }
            }
        };
        for value in values {
            if let Some(place) = at(&mut state.job, &path) {
                *place = value;
            }
            self.expand(state, lists + 1)?;
        }
        if let Some(place) = at(&mut state.job, &path) {
            *place = node;
        }
        Ok(())
    }

    /// The value of a text with `{{ }}`.
    fn late(&self, node: &Node, job: &Map, path: &[usize]) -> Result<Node, JobError> {
        let text = node.text().unwrap_or_default();
        let (head, rest) = text.split_once("{{").unwrap_or((text, ""));
        let (code, tail) = rest.rsplit_once("}}").unwrap_or((rest, ""));
        let key = key_at(job, path);
        let value = evaluate(code, job).map_err(|why| JobError {
            place: place_of(self.lines, key),
            why: Wrong::Expression {
                text: format!("{{{{ {} }}}}", code.split_whitespace().collect::<Vec<_>>().join(" ")),
                why,
            },
        })?;
        let (head, tail) = (head.trim_start(), tail.trim_end());
        Ok(match value {
            value if head.is_empty() && tail.is_empty() => value,
            Node::Null => Node::Null,
            value => Node::Text(format!("{head}{value}{tail}")),
        })
    }

    fn keep(&mut self, state: &State) -> Result<(), JobError> {
        if self.jobs.len() >= MOST_JOBS {
            return Err(self.many("10,000 jobs"));
        }
        let mut state = state.clone();
        self.include(&mut state, false)?;
        let path = path(&state.job, self.tree);
        self.bytes += state.job.iter().map(|(key, node)| key.len() + node.weight()).sum::<usize>();
        if self.bytes > MOST_BYTES {
            return Err(self.many("64 MiB of jobs"));
        }
        self.jobs.push(AtomicJob { job: state.job, path });
        Ok(())
    }

    fn many(&self, of: &'static str) -> JobError {
        JobError { place: Place { file: self.file.name.clone(), line: 0 }, why: Wrong::Many(of) }
    }

    /// Includes the files that belong to the keys of a job, as far as their values are known.
    fn include(&mut self, state: &mut State, first: bool) -> Result<(), JobError> {
        if first {
            state.loaded.clear();
        }
        let mut job = state.job.clone();
        revise(&mut job, &state.changes_now(), true);
        without_lists(&mut job, &state.programs);
        convert(&mut job);
        let mut wanted = Vec::new();
        each_key(&job, &mut |_, key, node| {
            if self.tree.defaults.contains_key(key) {
                wanted.push((key.to_string(), node.clone()));
            }
        });
        let mut defaults = Map::default();
        for (key, node) in wanted {
            Including { files: &mut self.included, job: &job, loaded: &mut state.loaded, defaults: &mut defaults }
                .of_key(&key, &node, &state.programs)?;
        }
        revise(&mut state.job, &defaults, false);
        if first {
            revise(&mut state.job, &state.changes, true);
        }
        Ok(())
    }
}

/// Takes out the lists that are expanded later.
fn without_lists(map: &mut Map, programs: &Programs) {
    map.retain(|key, node| !(matches!(node, Node::List(_)) && programs.expand(key)));
    for (_, node) in map.iter_mut() {
        if let Node::Map(map) = node {
            without_lists(map, programs);
        }
    }
}

/// Converts the values with units, up to the first one that needs a fact which is unknown.
pub(super) fn convert(job: &mut Map) {
    fn inside(map: &mut Map, facts: &Map) -> bool {
        for (key, node) in map.iter_mut() {
            let value = node.text().and_then(|text| converted(key, text, facts));
            match value {
                Some(Ok(value)) => *node = value,
                Some(Err(_)) => return false,
                None => {}
            }
            // What it became has other keys.
            if let (Node::Map(map), false) =
                (&mut *node, matches!(key, "disk" | "fs" | "fs1" | "fs2" | "md" | "iosched"))
                && !inside(map, facts)
            {
                return false;
            }
        }
        true
    }
    let facts: Map = job
        .iter()
        .filter(|(key, _)| matches!(*key, "nr_cpu" | "nr_node" | "memory"))
        .map(|(key, node)| (key.to_string(), node.clone()))
        .collect();
    inside(job, &facts);
}
