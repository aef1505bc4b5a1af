//! LAVA reads a definition as YAML 1.1 and runs a copy of its own: sorted, without comments, with other quotes. It must be read as
//! the original is.

use crate::{all, support::skipped};
use lava_bench::{
    definition::{Definition, Kind, Store},
    samples::samples,
};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Writes each file that is named before it as PyYAML does, into the folder that is named last.
const COPY: &str = "\
import os, sys, yaml
for path in sys.argv[1:-1]:
    with open(path) as file, open(os.path.join(sys.argv[-1], os.path.basename(path)), 'w') as copy:
        yaml.safe_dump(yaml.safe_load(file), copy)
";

/// What a run does and says, but for the order of maps.
fn shown(definition: &Definition) -> String {
    let kind = |kind: &Kind| match kind {
        Kind::Choice(choices) => {
            let mut all: Vec<String> = choices.iter().map(|choice| format!("{choice:?}")).collect();
            all.sort();
            all.join(" ")
        }
        other => format!("{other:?}"),
    };
    let mut parameters: Vec<String> = definition
        .parameters
        .iter()
        .map(|parameter| {
            format!("{} {:?} {} {}", parameter.name, parameter.default, parameter.list, kind(&parameter.kind))
        })
        .collect();
    parameters.sort();
    let Definition { name, tool, needs, matrix, warm_up, timeout, environment, .. } = definition;
    let Definition { prepare, commands, background, cleanup, iterates, retries, exit_codes, metrics, measure, .. } =
        definition;
    format!(
        "{name} {parameters:#?} {tool:#?} {needs:?} {matrix:?} {warm_up} {timeout:?} {environment:?} {prepare:?} \
         {commands:#?} {background:#?} {cleanup:?} {iterates} {retries:?} {exit_codes:?} {metrics:#?} {measure:?}"
    )
}

#[test]
fn lavas_copy_of_a_definition_is_read_as_the_original() {
    let folder = TempDir::new().unwrap();
    let definitions = all();
    let mut python = Command::new("python3");
    python.args(["-c", COPY]).args(definitions.iter().map(|(_, file)| file)).arg(folder.path()).stderr(Stdio::null());
    if !python.status().is_ok_and(|status| status.success()) {
        return skipped("no python3 with PyYAML here");
    }
    for (original, file) in definitions {
        let path = folder.path().join(file.file_name().unwrap());
        let store = Store::default().with_lava(&path).unwrap();
        let copy = store.load(original.name.as_str()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(shown(&copy), shown(&original));
        for sample in samples(&file, &original) {
            sample.prove(&copy).unwrap_or_else(|error| panic!("{}: {error}", original.name));
        }
    }
}
