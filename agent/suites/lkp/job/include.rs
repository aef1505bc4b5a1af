//! The files that lkp includes by itself: those that belong to the keys of a job and to their values.

use super::{
    axes::Programs,
    error::{ExpressionError, JobError, Wrong},
    node::{Map, Node},
    revise::revise,
    source::{self, File, Line},
    template,
    tree::Tree,
};
use std::{
    collections::{BTreeSet, HashMap},
    rc::Rc,
};

/// The files of a tree, each read once.
pub(super) struct Included<'a> {
    pub(super) tree: &'a Tree,
    /// The lines of each file; and the value of each text that was read.
    lines: HashMap<&'a str, Rc<Vec<Line>>>,
    known: HashMap<String, Rc<Node>>,
}

impl<'a> Included<'a> {
    pub(super) fn new(tree: &'a Tree) -> Self {
        Self { tree, lines: HashMap::new(), known: HashMap::new() }
    }

    /// What a file gives with these names; `None`: it uses a name that is not set yet.
    fn value(&mut self, file: &'a File, names: &Map) -> Result<Option<Rc<Node>>, JobError> {
        let lines = self.lines.entry(&file.name).or_insert_with(|| {
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
pub(super) struct Including<'i, 'a> {
    pub(super) files: &'i mut Included<'a>,
    pub(super) job: &'i Map,
    pub(super) loaded: &'i mut BTreeSet<(String, String)>,
    pub(super) defaults: &'i mut Map,
}

impl Including<'_, '_> {
    pub(super) fn of_key(&mut self, key: &str, node: &Node, programs: &Programs) -> Result<(), JobError> {
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
        let tree = self.files.tree;
        let Some(file) = tree.defaults.get(key).and_then(|files| files.get(name)) else { return Ok(false) };
        let mark = (key.to_string(), name.to_string());
        if self.loaded.contains(&mark) {
            return Ok(false);
        }
        let mut names = self.defaults.clone();
        revise(&mut names, self.job, true);
        names.set("___", node.clone());
        let Some(value) = self.files.value(file, &names)? else { return Ok(false) };
        if let Node::Map(map) = &*value {
            revise(self.defaults, map, true);
        }
        self.loaded.insert(mark);
        Ok(true)
    }
}
