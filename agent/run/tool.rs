//! Tools: what a definition needs -> what of it is not here; the tool's version.

use super::{Step, Stop, execute};
use crate::definition::{Definition, Template};
use nix::unistd::{AccessFlags, access, geteuid};
use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// How long a tool may take to tell its version.
const VERSION_TIMEOUT: Duration = Duration::from_secs(20);

/// The file that `program` is: in PATH, or where its path says.
pub fn find_program(program: &str) -> Option<PathBuf> {
    let runs = |path: &Path| path.is_file() && access(path, AccessFlags::X_OK).is_ok();
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(|path| runs(path));
    }
    let path = env::var_os("PATH").unwrap_or_else(|| "/usr/sbin:/usr/bin:/sbin:/bin".into());
    env::split_paths(&path).map(|folder| folder.join(program)).find(|path| runs(path))
}

/// The folder in which the tool stands, where that is not one of PATH's; an error is what was looked at in vain.
pub(super) fn tool_folder(
    definition: &Definition,
    values: &BTreeMap<String, String>,
) -> Result<Option<PathBuf>, String> {
    let tool = &definition.tool;
    let found = |folder: &str| find_program(&format!("{folder}/{}", tool.name)).is_some();
    let folders = tool.folders.iter().filter_map(|folder| {
        let filled = folder.fill(values).ok().filter(|filled| !filled.is_empty())?;
        Some((folder.names().next().is_some(), filled))
    });
    for (named, folder) in folders {
        match found(&folder) {
            // The commands run elsewhere.
            true => return Ok(Some(fs::canonicalize(&folder).unwrap_or_else(|_| folder.into()))),
            false if named => return Err(format!("program `{}` not found in {folder}", tool.name)),
            false => {}
        }
    }
    let packages = definition.packages(distribution().as_deref()).join(" ");
    let install = if packages.is_empty() { String::new() } else { format!("; install the package {packages}") };
    let parameter = tool.folders.iter().flat_map(Template::names).next();
    let hint = parameter.map_or(install, |name| format!("; set the parameter {name} to its folder"));
    match find_program(&tool.name) {
        Some(_) => Ok(None),
        None => Err(format!("program `{}` not found{hint}", tool.name)),
    }
}

/// What keeps `definition` from running here with these parameters, a line each with what to do.
pub fn missing(definition: &Definition, values: &BTreeMap<String, String>) -> Vec<String> {
    let mut missing = Vec::new();
    if !definition.tool.builtin {
        missing.extend(tool_folder(definition, values).err());
    }
    let needs = &definition.needs;
    for program in needs.programs.iter().filter(|program| find_program(program).is_none()) {
        missing.push(format!("program `{program}` not found"));
    }
    for file in needs.files.iter().filter(|file| !Path::new(file).exists()) {
        missing.push(format!("file `{file}` not found"));
    }
    if needs.root && !geteuid().is_root() {
        missing.push("must be run as root".into());
    }
    if let Some(cpus) = needs.cpus
        && crate::system::cpus::allowed().len() < cpus as usize
    {
        missing.push(format!("needs {cpus} CPUs"));
    }
    if let (Some(needed), Some(total)) = (needs.memory, crate::system::memory_total(Path::new("/")))
        && total < needed
    {
        missing.push(format!("needs {} MiB of memory", needed >> 20));
    }
    missing
}

/// What the tool says of its version, if it is asked and answers.
pub fn version(definition: &Definition, stop: &mut Stop) -> Option<String> {
    if definition.tool.builtin {
        return Some(env!("CARGO_PKG_VERSION").into());
    }
    let (words, pattern) = definition.tool.version.as_ref()?;
    let step = Step {
        words: words.clone(),
        environment: BTreeMap::from([("LC_ALL".to_string(), "C".to_string())]),
        timeout: VERSION_TIMEOUT,
        folder: None,
        stdout: None,
        stderr: None,
        files: Vec::new(),
        spared: Vec::new(),
    };
    let finished = execute(&step, stop);
    let outputs = [&finished.stdout.bytes, &finished.stderr.bytes];
    let mut lines = outputs.into_iter().flat_map(|bytes| bytes.split(|byte| *byte == b'\n'));
    lines.find_map(|line| {
        let captures = pattern.captures(line)?;
        Some(String::from_utf8_lossy(captures.name("version")?.as_bytes()).into_owned())
    })
}

/// The distribution's `ID` in os-release.
pub(super) fn distribution() -> Option<String> {
    let text = fs::read_to_string("/etc/os-release").ok()?;
    let id = text.lines().find_map(|line| line.strip_prefix("ID="))?;
    Some(id.trim_matches('"').to_string())
}
