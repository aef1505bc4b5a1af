//! The tree: links of the pages lead somewhere, every page has a line in the index, and no host of a package registry is named.

use crate::{document, support::project};
use std::{collections::BTreeSet, ffi::OsStr, fs, path::Path};

/// The pages that people read, by their path in the project.
fn pages() -> BTreeSet<String> {
    let mut pages: BTreeSet<String> =
        ["README.md", "CONTRIBUTING.md", "test-definitions/README.md"].map(Into::into).into();
    for entry in fs::read_dir(project("docs")).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if Path::new(&name).extension() == Some(OsStr::new("md")) {
            pages.insert(format!("docs/{name}"));
        }
    }
    pages
}

/// What a link within the page `text` may name: its headings, as GitHub spells them in addresses.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let slug = |heading: &str| {
        let kept =
            heading.to_lowercase().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect::<String>();
        kept.replace(' ', "-")
    };
    headings.map(slug).collect()
}

/// The links of a page outside of its blocks: what stands in `](...)`.
fn links(text: &str) -> Vec<&str> {
    let mut inside = false;
    let lines = text.lines().filter(|line| {
        inside ^= line.trim_start().starts_with("```");
        !inside
    });
    lines.flat_map(|line| line.split("](").skip(1)).filter_map(|rest| Some(rest.split_once(')')?.0)).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    for page in pages() {
        let text = document(&page);
        let folder = project(&page).parent().unwrap().to_path_buf();
        for link in links(&text).into_iter().filter(|link| !link.contains("://")) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { project(&page) } else { folder.join(path) };
            let found = fs::read_to_string(&target);
            if !found.is_ok_and(|text| anchor.is_empty() || anchors(&text).iter().any(|known| known == anchor)) {
                wrong.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_index_names_every_page() {
    let index = document("docs/README.md");
    for page in pages().into_iter().filter(|page| page.starts_with("docs/") && page != "docs/README.md") {
        let link = format!("]({})", page.trim_start_matches("docs/"));
        assert!(index.contains(&link), "{page}");
    }
}

#[test]
fn words_in_italics_of_the_glossary_have_a_line() {
    let text = document("docs/glossary.md");
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).collect();
    let words: Vec<&str> =
        rows.iter().filter_map(|row| row.split('|').nth(1)).flat_map(|cell| cell.split(", ")).collect();
    for row in &rows {
        for word in row.split('*').skip(1).step_by(2).filter(|word| word.len() > 2 && !word.contains('`')) {
            let known = |other: &&str| word.trim_end_matches('s') == other.trim().trim_end_matches('s');
            assert!(words.iter().any(known), "{word} in {row}");
        }
    }
}

#[test]
fn the_maps_have_every_module() {
    let library = document("agent/lib.rs");
    let modules: Vec<&str> = library
        .lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'))
        .collect();
    assert!(modules.len() > 18, "{modules:?}");
    let (map, floors) = (document("README.md"), document("CONTRIBUTING.md"));
    let (_, map) = map.split_once("## How it is built").unwrap();
    for module in modules {
        assert!(library.contains(&format!("`{module}`")), "agent/lib.rs: {module}");
        assert!(
            map.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == module),
            "README.md: {module}"
        );
        assert!(floors.contains(&format!("`{module}`")), "CONTRIBUTING.md: {module}");
    }
}

/// The files of the project that people wrote, below `path`.
fn files(path: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(path).unwrap().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        match entry.file_type().unwrap() {
            kind if kind.is_dir() && name != "samples" && name != "logs" => files(&path, found),
            kind if kind.is_file() => found.push(path),
            _ => {}
        }
    }
}

#[test]
fn no_host_of_a_package_registry_is_named() {
    // In two halves, so that this file does not name them.
    let hosts = [
        ("debian", ".org"),
        ("ubuntu", ".com"),
        ("crates", ".io"),
        ("pypi", ".org"),
        ("pythonhosted", ".org"),
        ("ghcr", ".io"),
        ("docker", ".io"),
        ("npmjs", ".org"),
        ("rubygems", ".org"),
        ("proxy.golang", ".org"),
    ]
    .map(|(name, domain)| format!("{name}{domain}"));
    let mut paths = Vec::new();
    for folder in ["agent", "docs", "scripts", "test-definitions", "tests"] {
        files(&project(folder), &mut paths);
    }
    paths
        .extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Cargo.toml", "cross.toml", "deny.toml"].map(project));
    assert!(paths.len() > 300, "{}", paths.len());
    for path in paths {
        let text = fs::read(&path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let named: Vec<&String> = hosts.iter().filter(|host| text.contains(host.as_str())).collect();
        assert!(named.is_empty(), "{}: {named:?}", path.display());
    }
}
