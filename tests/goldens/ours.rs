//! What our definitions find in the files that they read.

use crate::table::{Pattern, Program, Source};
use flate2::read::GzDecoder;
use lava_bench::{
    definition::Store,
    parse::{Extraction, Outputs, Saved, extract, taken},
};
use regex::{Captures, Regex};
use std::{
    collections::BTreeMap,
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::Command,
};

/// One execution of a tool.
pub(crate) struct Execution {
    /// The named groups of its file's name and of its first line.
    pub(crate) groups: BTreeMap<String, String>,
    pub(crate) extraction: Extraction,
}

/// The executions of a source in a run, in the order of their files' names.
pub(crate) fn read(source: &Source, folder: &Path) -> Vec<Execution> {
    let mut executions = Vec::new();
    for (path, name) in files(folder) {
        let Some(captures) = source.output.0.captures(&name) else { continue };
        let file = groups(&source.output.0, &captures);
        for (part, text) in parts(source.split.as_ref(), &contents(&path)) {
            let groups: BTreeMap<_, _> = file.clone().into_iter().chain(part).collect();
            if source.is_whole() {
                executions.extend(inside(source, &groups, text));
                continue;
            }
            let parameters = source.parameters.iter().map(|(key, value)| (key.clone(), fill(value, &groups))).collect();
            let name = fill(&source.definition, &groups);
            let definition = Store::embedded().load(&name).expect("an embedded definition");
            let mark = source.marks.get(&name).map_or_else(Vec::new, |mark| format!("{mark}\n").into_bytes());
            let text = [mark, lines(source, &text)].concat();
            // A runner keeps both outputs in one file.
            let extraction =
                extract(&definition, &parameters, &Outputs { stdout: &text, stderr: &text, ..Outputs::default() });
            executions.push(Execution { groups, extraction });
        }
    }
    executions
}

/// The executions in a file as a runner kept it: our definition takes it apart.
fn inside(source: &Source, groups: &BTreeMap<String, String>, text: Vec<u8>) -> Vec<Execution> {
    let definition = Store::embedded().load(&fill(&source.definition, groups)).expect("an embedded definition");
    let files = definition.files().into_iter().map(|name| (name.to_string(), text.clone())).collect();
    let saved = Saved { stdout: text.clone(), stderr: text, files };
    let all = taken(&definition, vec![saved]);
    let each =
        all.into_iter().flat_map(|taken| taken.outputs.into_iter().map(move |output| (taken.said.clone(), output)));
    each.map(|(said, output)| {
        let mut groups = groups.clone();
        groups.extend(said.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())));
        let line = |line: &[u8]| {
            let Pattern(says) = source.says.as_ref()?;
            says.captures(&String::from_utf8_lossy(line)).map(|found| self::groups(says, &found))
        };
        groups.extend(output.stdout.split(|byte| *byte == b'\n').find_map(line).unwrap_or_default());
        let mut parameters: BTreeMap<String, String> = source.parameters.clone();
        parameters.extend(said);
        let extraction = extract(&definition, &parameters, &output.outputs());
        Execution { groups, extraction }
    })
    .collect()
}

/// The definitions that a program's runs need and that are not there, where they do not depend on the file.
pub(crate) fn missing(program: &Program) -> Vec<&str> {
    let unknown = |name: &&str| !name.contains('$') && Store::embedded().names().all(|known| known != *name);
    program.sources.iter().map(|source| source.definition.as_str()).filter(unknown).collect()
}

/// The named groups of a match.
pub(crate) fn groups(regex: &Regex, captures: &Captures<'_>) -> BTreeMap<String, String> {
    let group = |name: &str| captures.name(name).map(|found| (name.to_string(), found.as_str().to_string()));
    regex.capture_names().flatten().filter_map(group).collect()
}

/// `text` with `$group` replaced.
pub(crate) fn fill(text: &str, groups: &BTreeMap<String, String>) -> String {
    groups.iter().fold(text.to_string(), |text, (name, value)| text.replace(&format!("${name}"), value))
}

/// All files below a folder with their names from there, numbers in their order.
fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).expect("a folder can be read").flatten() {
            let path = entry.path();
            let name = path.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
            if path.is_dir() { open.push(path) } else { found.push((path, name)) }
        }
    }
    let digits = Regex::new(r"\d+").expect("a pattern");
    found.sort_by_cached_key(|(_, name)| {
        digits.replace_all(name, |n: &Captures<'_>| format!("{:0>9}", &n[0])).into_owned()
    });
    found
}

fn contents(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).expect("a golden can be read");
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("gz") => {
            let mut text = Vec::new();
            GzDecoder::new(bytes.as_slice()).read_to_end(&mut text).expect("gzip");
            text
        }
        Some("xz") => Command::new("xz").arg("-dc").arg(path).output().expect("xz is installed").stdout,
        _ => bytes,
    }
}

/// The tool's own lines.
fn lines(source: &Source, text: &[u8]) -> Vec<u8> {
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    let counts = |line: &&[u8]| {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end();
        source.runner.as_ref().is_none_or(|runner| !runner.0.is_match(line))
            && source.only.as_ref().is_none_or(|only| only.0.is_match(line))
    };
    lines.filter(counts).flatten().copied().collect()
}

/// The executions in one file: what is before the first belongs to none.
fn parts(split: Option<&Pattern>, text: &[u8]) -> Vec<(BTreeMap<String, String>, Vec<u8>)> {
    let Some(Pattern(split)) = split else { return vec![(BTreeMap::new(), text.to_vec())] };
    let mut parts: Vec<(BTreeMap<String, String>, Vec<u8>)> = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if let Some(captures) = split.captures(String::from_utf8_lossy(line).trim_end()) {
            parts.push((groups(split, &captures), Vec::new()));
        }
        if let Some((_, part)) = parts.last_mut() {
            part.extend_from_slice(line);
        }
    }
    parts
}
