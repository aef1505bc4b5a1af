//! How long functions and files are, and which errors are only texts.

use super::{
    arrows::{arrows, circles},
    between, floor,
    tree::{Source, Tree},
};
use std::fmt;
use syn::{
    ReturnType, Signature, Type,
    spanned::Spanned,
    visit::{self, Visit},
};

/// The most lines of a function.
pub(crate) const LONGEST_FUNCTION: usize = 40;

/// The most lines of a file, without its tests.
pub(crate) const LONGEST_FILE: usize = 400;

/// The figures of a tree.
pub(crate) struct Figures {
    files: Vec<(usize, String)>,
    functions: Vec<(usize, String)>,
    string_errors: Vec<String>,
    up: usize,
    circles: usize,
    /// Names of the fields of MMTests' JSON, as texts in code: `"_ModuleName"`.
    header_keys: usize,
}

pub(crate) fn of(tree: &Tree) -> Figures {
    let mut found = Found { path: String::new(), functions: Vec::new(), string_errors: Vec::new() };
    let mut files = Vec::new();
    for source in tree.files.values() {
        found.path.clone_from(&source.path);
        source.items.iter().for_each(|item| found.visit_item(item));
        files.push((lines(source), source.path.clone()));
    }
    files.sort();
    found.functions.sort();
    let pairs: Vec<(String, String)> = arrows(tree).into_iter().map(|arrow| (arrow.from, arrow.to)).collect();
    let up = between(tree).filter(|arrow| floor(arrow.target_room()) < floor(arrow.room())).count();
    found.string_errors.retain(|place| !place.starts_with("cli/"));
    Figures {
        files,
        functions: found.functions,
        string_errors: found.string_errors,
        up,
        circles: circles(&pairs).len(),
        header_keys: tree.files.values().map(header_keys).sum(),
    }
}

/// The lines of a file without its tests, which stand last.
fn lines(source: &Source) -> usize {
    source.text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().lines().count()
}

/// How often a name of a field of MMTests' JSON stands in a file.
fn header_keys(source: &Source) -> usize {
    let code = source.text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let is_key = |text: &&str| text.starts_with('_') && text[1..].starts_with(|c: char| c.is_ascii_uppercase());
    code.split('"').filter(is_key).filter(|text| text[1..].chars().all(|c| c.is_ascii_alphanumeric())).count()
}

struct Found {
    path: String,
    functions: Vec<(usize, String)>,
    string_errors: Vec<String>,
}

impl Found {
    fn function(&mut self, signature: &Signature, whole: proc_macro2::Span) {
        let place = format!("{}: {}", self.path, signature.ident);
        self.functions.push((whole.end().line - whole.start().line + 1, place.clone()));
        if is_string_error(&signature.output) {
            self.string_errors.push(place);
        }
    }
}

impl<'ast> Visit<'ast> for Found {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !super::tree::is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, item.sig.span().join(item.block.span()).unwrap_or_else(|| item.span()));
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, item.sig.span().join(item.block.span()).unwrap_or_else(|| item.span()));
        visit::visit_impl_item_fn(self, item);
    }
}

/// Whether a function gives `Result<_, String>`.
fn is_string_error(output: &ReturnType) -> bool {
    let ReturnType::Type(_, returned) = output else { return false };
    let Type::Path(path) = &**returned else { return false };
    let Some(last) = path.path.segments.last().filter(|segment| segment.ident == "Result") else { return false };
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return false };
    matches!(arguments.args.iter().nth(1), Some(syn::GenericArgument::Type(Type::Path(error))) if error.path.is_ident("String"))
}

/// The value at a share of the sorted numbers.
fn at(sorted: &[(usize, String)], share: f64) -> usize {
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * share).round() as usize).map_or(0, |(number, _)| *number)
}

impl Figures {
    /// Functions of more than a screen.
    pub(crate) fn long_functions(&self) -> Vec<&(usize, String)> {
        self.functions.iter().filter(|(lines, _)| *lines > LONGEST_FUNCTION).collect()
    }

    /// Files that hold more than one can keep in mind.
    pub(crate) fn long_files(&self) -> Vec<&(usize, String)> {
        self.files.iter().filter(|(lines, _)| *lines > LONGEST_FILE).collect()
    }

    pub(crate) fn string_errors(&self) -> usize {
        self.string_errors.len()
    }

    pub(crate) fn string_error_places(&self) -> String {
        self.string_errors.join("\n")
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total: usize = self.files.iter().map(|(lines, _)| lines).sum();
        let (longest, path) = self.files.last().cloned().unwrap_or_default();
        let (functions, files) = (&self.functions, &self.files);
        writeln!(
            f,
            "files: {}, lines {total}, median {}, p90 {}, max {longest} ({path})",
            files.len(),
            at(files, 0.5),
            at(files, 0.9)
        )?;
        let (max, place) = functions.last().cloned().unwrap_or_default();
        writeln!(
            f,
            "functions: {}, lines: median {}, p90 {}, max {max} ({place})",
            functions.len(),
            at(functions, 0.5),
            at(functions, 0.9)
        )?;
        writeln!(f, "arrows that run up: {}", self.up)?;
        writeln!(f, "circles of files: {}", self.circles)?;
        let mmtests = self.files.iter().filter(|(_, path)| path.contains("mmtests/") && !path.starts_with("cli/"));
        writeln!(f, "lines of MMTests' rooms: {}", mmtests.map(|(lines, _)| lines).sum::<usize>())?;
        writeln!(f, "string keys of MMTests' header: {}", self.header_keys)?;
        write!(f, "`Result<_, String>` outside of cli: {}", self.string_errors.len())
    }
}
