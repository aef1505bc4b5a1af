//! Which file uses which.

use super::tree::{Source, Tree};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};
use syn::{Path, visit::Visit};

/// A file that uses another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrow {
    pub(crate) from: String,
    /// The file in which what is used stands.
    pub(crate) to: String,
    /// The file that the path leads to, where that passes it on.
    pub(crate) through: Option<String>,
    name: String,
}

impl Arrow {
    pub(crate) fn source_room(&self) -> &str {
        room(&self.from)
    }

    pub(crate) fn target_room(&self) -> &str {
        room(&self.to)
    }
}

impl fmt::Display for Arrow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {} ({})", self.from, self.to, self.name)
    }
}

fn room(file: &str) -> &str {
    file.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

/// All arrows between different files; those of `lib.rs`, which only names the rooms, are left out.
pub(crate) fn arrows(tree: &Tree) -> BTreeSet<Arrow> {
    let mut all = BTreeSet::new();
    for source in tree.files.values().filter(|source| source.path != "lib.rs") {
        let mut paths = Paths(Vec::new());
        source.items.iter().for_each(|item| paths.visit_item(item));
        // A face that passes an item on does not use it.
        let passed: BTreeSet<&Vec<String>> = source.passed_on.iter().map(|(_, path)| path).collect();
        let imports = source.imports.iter().map(|(_, path)| path).filter(|path| !passed.contains(path));
        for path in imports.chain(&paths.0) {
            all.extend(arrow(tree, source, path));
        }
    }
    all
}

fn arrow(tree: &Tree, source: &Source, path: &[String]) -> Option<Arrow> {
    let absolute = tree.absolute(&source.module, path).or_else(|| {
        // A module that was imported: `command::run`.
        let (first, rest) = path.split_first()?;
        let (_, import) = source.imports.iter().find(|(name, _)| name == first)?;
        let whole: Vec<String> = import.iter().chain(rest).cloned().collect();
        tree.absolute(&source.module, &whole)
    })?;
    let target = tree.defined(&absolute)?;
    let asked = (0..=absolute.len()).rev().find_map(|count| tree.files.get(&absolute[..count]))?;
    // A part may use what its own whole defines: the whole is that file and its parts together.
    let own = source.module.starts_with(&target.module);
    (!own && target.path != source.path).then(|| Arrow {
        from: source.path.clone(),
        to: target.path.clone(),
        through: Some(asked.path.clone()),
        name: absolute.last().cloned().unwrap_or_default(),
    })
}

/// The paths of several parts that stand in code.
struct Paths(Vec<Vec<String>>);

impl<'ast> Visit<'ast> for Paths {
    fn visit_path(&mut self, path: &'ast Path) {
        if path.segments.len() > 1 {
            self.0.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !super::tree::is_test(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }
}

/// The groups of nodes that lead to each other: strongly connected components of more than one node.
pub(crate) fn circles(arrows: &[(String, String)]) -> Vec<Vec<String>> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to) in arrows.iter().filter(|(from, to)| from != to) {
        next.entry(from).or_default().insert(to);
    }
    let reach = |start: &str| -> BTreeSet<String> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![start.to_string()]);
        while let Some(node) = open.pop() {
            for to in next.get(node.as_str()).into_iter().flatten() {
                if seen.insert((*to).to_string()) {
                    open.push((*to).to_string());
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&str, BTreeSet<String>> = next.keys().map(|node| (*node, reach(node))).collect();
    let mut circles: BTreeSet<Vec<String>> = BTreeSet::new();
    for (node, all) in &reached {
        let mut circle: Vec<String> = all
            .iter()
            .filter(|other| reached.get(other.as_str()).is_some_and(|back| back.contains(*node)))
            .cloned()
            .collect();
        if circle.len() > 1 {
            circle.sort();
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}

#[test]
fn circles_are_found() {
    let arrow = |text: &str| (text[..1].to_string(), text[1..].to_string());
    assert_eq!(circles(&[arrow("ab"), arrow("bc"), arrow("cb"), arrow("cd")]), [["b", "c"]]);
    assert_eq!(circles(&[arrow("ab"), arrow("bc")]), Vec::<Vec<String>>::new());
}
