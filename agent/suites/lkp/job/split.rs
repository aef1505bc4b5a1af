//! A job -> atomic jobs: one for each combination of the values that its lists give, with what lkp includes by itself.

use super::{
    error::{ExpressionError, JobError, Place, Wrong},
    expression::evaluate,
    node::{Map, Node},
    parameter::converted,
    revise::revise,
    source::{self, File, Files, Line, place_of},
    template,
    tree::{Mark, Tree},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
};

/// The most atomic jobs of one file, the most memory of all of them, and the most lists that are expanded.
const MOST_JOBS: usize = 10_000;
const MOST_BYTES: usize = 64 << 20;
const MOST_LISTS: usize = 100;

/// Keys whose lists are expanded in every job.
const AXES: [&str; 9] = [
    "kconfig",
    "commit",
    "rootfs",
    "ltp_commit",
    "nvml_commit",
    "blktests_commit",
    "qemu_commit",
    "perf_test_commit",
    "linux_commit",
];

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

/// What a job has of its programs.
#[derive(Clone, Debug, Default)]
struct Programs {
    /// Program -> its parameters.
    named: BTreeMap<String, BTreeSet<String>>,
    /// Parameter -> how it stands in a path.
    parameters: BTreeMap<String, Mark>,
}

impl Programs {
    fn of(job: &Map, tree: &Tree) -> Self {
        let mut programs = Self::default();
        programs.parameters.insert("cluster".into(), Mark::Value);
        each_key(job, &mut |_, key, _| {
            if let Some(parameters) = tree.workloads.get(key) {
                let names = parameters.iter().map(|(name, _)| name.clone()).collect();
                programs.named.insert(key.into(), names);
                programs.parameters.extend(parameters.iter().cloned());
            }
        });
        for wrapper in ["wrapper", "dwrapper"] {
            programs.named.insert(wrapper.into(), Tree::of_all().map(|(name, _)| name.to_string()).collect());
        }
        programs.parameters.extend(Tree::of_all().map(|(name, mark)| (name.to_string(), mark)));
        programs
    }

    /// Whether the lists of a key are expanded.
    fn expand(&self, key: &str) -> bool {
        AXES.contains(&key) || self.named.contains_key(key) || self.parameters.contains_key(key)
    }
}

/// Calls for each key of a mapping and of the mappings in it: the key around it, its own, and its value.
fn each_key<'m>(map: &'m Map, call: &mut dyn FnMut(Option<&'m str>, &'m str, &'m Node)) {
    fn inside<'m>(around: Option<&'m str>, map: &'m Map, call: &mut dyn FnMut(Option<&'m str>, &'m str, &'m Node)) {
        for (key, node) in map.iter() {
            call(around, key, node);
            if let Node::Map(map) = node {
                inside(Some(key), map, call);
            }
        }
    }
    inside(None, map, call);
}

struct Splitter<'a> {
    file: &'a File,
    tree: &'a Tree,
    host: &'a Host,
    lines: &'a [Line],
    /// The files that are included, each with its lines; and the values of each text that was read.
    parsed: HashMap<&'a str, Rc<Vec<Line>>>,
    known: HashMap<String, Rc<Node>>,
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
        Self { file, tree, host, lines, parsed: HashMap::new(), known: HashMap::new(), jobs: Vec::new(), bytes: 0 }
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
            Including { splitter: self, job: &job, loaded: &mut state.loaded, defaults: &mut defaults }.of_key(
                &key,
                &node,
                &state.programs,
            )?;
        }
        revise(&mut state.job, &defaults, false);
        if first {
            revise(&mut state.job, &state.changes, true);
        }
        Ok(())
    }

    fn value_of(&mut self, file: &'a File, names: &Map) -> Result<Option<Rc<Node>>, JobError> {
        let lines = self.parsed.entry(&file.name).or_insert_with(|| {
            let name: Rc<str> = file.name.as_str().into();
            let line = |(text, number): (&str, usize)| Line { text: text.into(), file: name.clone(), number };
            Rc::new(template::braces(file.text.lines().zip(1..).map(line).collect()))
        });
        let lines = lines.clone();
        let evaluated = if template::has_erb(&lines) {
            match template::erb(&lines, names) {
                Ok(lines) => Some(lines),
                Err(JobError { why: Wrong::Expression { why: ExpressionError::Unset(_), .. }, .. }) => return Ok(None),
                Err(error) => return Err(error),
            }
        } else {
            None
        };
        let lines = evaluated.as_ref().unwrap_or(&lines);
        let text: String = lines.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect();
        if let Some(node) = self.known.get(&text) {
            return Ok(Some(node.clone()));
        }
        let node = Rc::new(source::value(lines)?);
        self.known.insert(text, node.clone());
        Ok(Some(node))
    }
}

/// The including of files for one job.
struct Including<'i, 'a> {
    splitter: &'i mut Splitter<'a>,
    job: &'i Map,
    loaded: &'i mut BTreeSet<(String, String)>,
    defaults: &'i mut Map,
}

impl Including<'_, '_> {
    fn of_key(&mut self, key: &str, node: &Node, programs: &Programs) -> Result<(), JobError> {
        if let Some(parameters) = programs.named.get(key) {
            if self.one(key, key, node)? {
                return Ok(());
            }
            if let Node::Map(map) = node {
                for (name, value) in map.iter().filter(|(name, _)| parameters.contains(*name)) {
                    self.one(key, name, value)?;
                }
            }
        }
        let Node::Text(text) = node else { return Ok(()) };
        // Of `vm-lkp-wsx01`: `vm`, `vm-lkp`, `vm-lkp-wsx01`.
        let ends = text.match_indices(['-', ':']).map(|(at, _)| at).chain([text.len()]);
        let mut hit = false;
        for end in ends {
            hit = self.one(key, &text[..end], node)?;
        }
        if !hit {
            self.one(key, "OTHERS", node)?;
        }
        self.one(key, "ALL", node)?;
        Ok(())
    }

    /// Includes one file; whether it was.
    fn one(&mut self, key: &str, name: &str, node: &Node) -> Result<bool, JobError> {
        let tree = self.splitter.tree;
        let Some(file) = tree.defaults.get(key).and_then(|files| files.get(name)) else { return Ok(false) };
        let mark = (key.to_string(), name.to_string());
        if self.loaded.contains(&mark) {
            return Ok(false);
        }
        let mut names = self.defaults.clone();
        revise(&mut names, self.job, true);
        names.set("___", node.clone());
        let Some(value) = self.splitter.value_of(file, &names)? else { return Ok(false) };
        if let Node::Map(map) = &*value {
            revise(self.defaults, map, true);
        }
        self.loaded.insert(mark);
        Ok(true)
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

/// Where the first list or `{{ }}` is that is expanded: the positions on the way.
fn first_axis(map: &Map, programs: &Programs) -> Option<Vec<usize>> {
    for (position, (key, node)) in map.iter().enumerate() {
        let late =
            matches!(node, Node::Text(text) if text.split_once("{{").is_some_and(|(_, rest)| rest.contains("}}")));
        if late || (matches!(node, Node::List(_)) && programs.expand(key)) {
            return Some(vec![position]);
        }
        if let Node::Map(inner) = node
            && let Some(mut path) = first_axis(inner, programs)
        {
            path.insert(0, position);
            return Some(path);
        }
    }
    None
}

fn at<'m>(map: &'m mut Map, path: &[usize]) -> Option<&'m mut Node> {
    let (position, rest) = path.split_first()?;
    let node = map.iter_mut().nth(*position)?.1;
    match (rest.is_empty(), node) {
        (true, node) => Some(node),
        (false, Node::Map(map)) => at(map, rest),
        (false, _) => None,
    }
}

fn key_at<'m>(map: &'m Map, path: &[usize]) -> &'m str {
    let Some((position, rest)) = path.split_first() else { return "" };
    match map.iter().nth(*position) {
        Some((key, _)) if rest.is_empty() => key,
        Some((_, Node::Map(map))) => key_at(map, rest),
        _ => "",
    }
}

/// The parameters of an atomic job as one part of a path.
fn path(job: &Map, tree: &Tree) -> String {
    let programs = Programs::of(job, tree);
    let mut parts: Vec<(&str, String)> = Vec::new();
    each_key(job, &mut |around, key, node| {
        let mark = programs.parameters.get(key);
        let counts = mark.is_some() || tree.workloads.contains_key(key);
        if !counts || matches!(node, Node::Map(_)) || around.is_some_and(|around| tree.monitors.contains(around)) {
            return;
        }
        let value: String = node.to_string().chars().take(31).collect();
        match mark {
            Some(Mark::Named) if value.is_empty() => parts.push((key, key.into())),
            Some(Mark::Named) => parts.push((key, format!("{key}={value}"))),
            _ if node.is_true() => parts.push((key, value)),
            _ => {}
        }
    });
    if parts.is_empty() {
        return "defaults".into();
    }
    parts.sort_by(|left, right| left.0.cmp(right.0));
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '=' | ':' | '.' | '%');
    let joined = parts.into_iter().map(|(_, value)| value).collect::<Vec<_>>().join("-");
    joined.chars().map(|c| if allowed(c) { c } else { '_' }).collect()
}
