//! Tools: what a definition needs -> what of it is not here; the tool's version.

use super::{ByteBudget, Step, Stop, command::shown, execute};
use crate::{
    definition::{Definition, Needs, Template, ToolSpec},
    system::{self, distribution, find_program},
};
use nix::unistd::geteuid;
use std::{collections::BTreeMap, path::Path, time::Duration};

/// How long a tool may take to print its version.
const VERSION_TIMEOUT: Duration = Duration::from_secs(20);

/// What keeps a definition with this tool and these needs from running here, a line each with what to do. `values` are those of
/// its parameters.
pub fn missing(tool: &ToolSpec, needs: &Needs, values: &BTreeMap<String, String>) -> Vec<String> {
    let mut missing = Vec::new();
    let program = tool.name.filled(values);
    if !tool.builtin && find_program(&program).is_none() {
        let packages = tool.packages_on(distribution(Path::new("/")).id.as_deref()).join(" ");
        let install = if packages.is_empty() { String::new() } else { format!("; install the package {packages}") };
        missing.push(format!("program `{program}` not found{install}{}", by_parameter(&tool.name)));
    }
    for needed in &needs.programs {
        let program = needed.filled(values);
        if find_program(&program).is_none() {
            missing.push(format!("program `{program}` not found{}", by_parameter(needed)));
        }
    }
    for needed in &needs.files {
        let file = needed.filled(values);
        if !Path::new(&file).exists() {
            missing.push(format!("file `{file}` not found{}", by_parameter(needed)));
        }
    }
    let kernel = Path::new("/");
    for module in needs.modules.iter().filter(|module| !system::has_module(kernel, module)) {
        missing.push(format!("kernel module `{module}` not found: neither built in, loaded, nor in /lib/modules"));
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

/// Which parameter says where it is.
fn by_parameter(text: &Template) -> String {
    text.names().next().map(|name| format!("; {name} says where it is")).unwrap_or_default()
}

/// The version of a tool is not known, although the tool was asked for it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("version of {tool}: no line that `{command}` prints fits benchmark.tool.version.pattern{}",
    .said.as_ref().map(|said| format!("; it says: {said}")).unwrap_or_default())]
pub struct UnknownVersion {
    /// The tool.
    tool: String,
    /// What it was asked.
    command: String,
    /// Its last words.
    said: Option<String>,
}

/// What the tool says of its version; nothing where its definition has no question.
///
/// # Errors
/// An answer that the definition's pattern does not match.
pub fn version(
    definition: &Definition,
    values: &BTreeMap<String, String>,
    stop: &mut Stop,
) -> Result<Option<String>, UnknownVersion> {
    if definition.tool.builtin {
        return Ok(Some(env!("CARGO_PKG_VERSION").into()));
    }
    let Some((words, pattern)) = definition.tool.version.as_ref() else { return Ok(None) };
    let step = Step {
        words: words.iter().map(|word| word.filled(values)).collect(),
        environment: BTreeMap::from([("LC_ALL".to_string(), "C".to_string())]),
        timeout: VERSION_TIMEOUT,
        folder: None,
        stdout: None,
        stderr: None,
        files: Vec::new(),
        spared: Vec::new(),
        open_files: None,
        disk: ByteBudget::of(0),
        cgroup: None,
    };
    let finished = execute(&step, stop);
    let outputs = [&finished.stdout.bytes, &finished.stderr.bytes];
    let mut lines = outputs.into_iter().flat_map(|bytes| bytes.split(|byte| *byte == b'\n'));
    let version = lines.find_map(|line| {
        let captures = pattern.captures(line)?;
        Some(String::from_utf8_lossy(captures.name("version")?.as_bytes()).into_owned())
    });
    version.map(Some).ok_or_else(|| UnknownVersion {
        tool: definition.tool.name.filled(values),
        command: shown(&step.words),
        said: finished.last_words(),
    })
}
