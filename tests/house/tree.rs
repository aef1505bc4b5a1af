//! The sources of `agent/`: each file, its syntax without its tests, and what each module defines and passes on.

use crate::support::project;
use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};
use syn::{Attribute, Item, UseTree, Visibility};

/// One file of the program.
pub(crate) struct Source {
    /// Its path below `agent/`.
    pub(crate) path: String,
    pub(crate) text: String,
    /// Its items, without `#[cfg(test)]`.
    pub(crate) items: Vec<Item>,
    /// The path of its module, `[]` for `lib.rs`.
    pub(crate) module: Vec<String>,
    /// Names that it passes on: `pub use`, each with its path. `*` stands for a glob.
    pub(crate) passed_on: Vec<(String, Vec<String>)>,
    /// What it imports for itself.
    pub(crate) imports: Vec<(String, Vec<String>)>,
}

/// All files, by module.
pub(crate) struct Tree {
    pub(crate) files: BTreeMap<Vec<String>, Source>,
}

impl Tree {
    pub(crate) fn read() -> Self {
        let root = env::var_os("HOUSE").map_or_else(|| project("agent"), |checkout| Path::new(&checkout).join("agent"));
        let mut files = BTreeMap::new();
        for path in rust_files(&root) {
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_string();
            // A program of its own, and one that only calls the library.
            if name == "build.rs" || name == "main.rs" || name.ends_with("tests.rs") {
                continue;
            }
            let source = Source::read(&path, name);
            files.insert(source.module.clone(), source);
        }
        Self { files }
    }

    /// The file in which `path`, which begins at the crate's root, is defined, and the module it was asked of.
    pub(crate) fn defined(&self, path: &[String]) -> Option<&Source> {
        self.find(path, 0)
    }

    fn find(&self, path: &[String], depth: usize) -> Option<&Source> {
        let modules = (0..=path.len()).rev().find(|count| self.files.contains_key(&path[..*count]))?;
        let source = &self.files[&path[..modules]];
        let Some(name) = path.get(modules).filter(|_| depth < 8) else { return Some(source) };
        let named = source.passed_on.iter().filter(|(passed, _)| passed == name);
        let globs = source.passed_on.iter().filter(|(passed, _)| passed == "*");
        for (passed, to) in named.chain(globs) {
            let mut whole = self.absolute(&source.module, to)?;
            if passed == "*" {
                whole.push(name.clone());
            }
            whole.extend(path[modules + 1..].iter().cloned());
            let found = self.find(&whole, depth + 1);
            if passed != "*" || found.is_some_and(|found| found.defines(name)) {
                return found;
            }
        }
        Some(source)
    }

    /// `path`, written in `module`, from the crate's root; `None` for other crates.
    pub(crate) fn absolute(&self, module: &[String], path: &[String]) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        let mut base = match first.as_str() {
            "crate" => Vec::new(),
            "self" => module.to_vec(),
            "super" => module[..module.len().checked_sub(1)?].to_vec(),
            child => {
                let mut whole = module.to_vec();
                whole.push(child.into());
                if !self.files.contains_key(&whole) {
                    return None;
                }
                whole
            }
        };
        let mut rest = rest;
        while let [first, others @ ..] = rest
            && first == "super"
        {
            base.pop();
            rest = others;
        }
        base.extend(rest.iter().cloned());
        Some(base)
    }
}

impl Source {
    fn read(path: &Path, name: String) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let items: Vec<Item> = file.items.into_iter().filter(|item| !is_test(attributes(item))).collect();
        let module = name.trim_end_matches(".rs").split('/').map(str::to_string);
        let module = module.filter(|part| part != "mod" && part != "lib").collect();
        let (mut passed_on, mut imports) = (Vec::new(), Vec::new());
        for item in &items {
            if let Item::Use(item) = item {
                let mut leaves = Vec::new();
                leaves_of(&item.tree, &mut Vec::new(), &mut leaves);
                if !matches!(item.vis, Visibility::Inherited) {
                    passed_on.extend(leaves.clone());
                }
                imports.extend(leaves);
            }
        }
        Self { path: name, text, items, module, passed_on, imports }
    }

    /// Whether an item of this name stands in the file.
    fn defines(&self, name: &str) -> bool {
        self.items.iter().any(|item| match item {
            Item::Const(item) => item.ident == name,
            Item::Enum(item) => item.ident == name,
            Item::Fn(item) => item.sig.ident == name,
            Item::Static(item) => item.ident == name,
            Item::Struct(item) => item.ident == name,
            Item::Trait(item) => item.ident == name,
            Item::Type(item) => item.ident == name,
            _ => false,
        })
    }
}

/// The names that a `use` brings, each with its whole path.
pub(crate) fn leaves_of(tree: &UseTree, path: &mut Vec<String>, leaves: &mut Vec<(String, Vec<String>)>) {
    match tree {
        UseTree::Path(part) => {
            path.push(part.ident.to_string());
            leaves_of(&part.tree, path, leaves);
            path.pop();
        }
        UseTree::Name(name) if name.ident == "self" => {
            leaves.push((path.last().cloned().unwrap_or_default(), path.clone()));
        }
        UseTree::Name(name) => leaves.push((name.ident.to_string(), with(path, &name.ident.to_string()))),
        UseTree::Rename(name) => leaves.push((name.rename.to_string(), with(path, &name.ident.to_string()))),
        UseTree::Glob(_) => leaves.push(("*".into(), path.clone())),
        UseTree::Group(group) => group.items.iter().for_each(|tree| leaves_of(tree, path, leaves)),
    }
}

fn with(path: &[String], name: &str) -> Vec<String> {
    path.iter().cloned().chain([name.to_string()]).filter(|part| part != "self" || path.is_empty()).collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Whether what has these attributes is compiled for tests alone.
pub(crate) fn is_test(attributes: &[Attribute]) -> bool {
    let test = |attribute: &Attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
    };
    attributes.iter().any(test)
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
