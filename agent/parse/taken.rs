//! Saved files -> the outputs in them, put together by what their command lines say. Pure.

use super::{Saved, enveloped, said_by};
use crate::definition::Definition;
use std::collections::BTreeMap;

/// Outputs of one case, in their order.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// What their command lines say of the parameters.
    pub said: BTreeMap<String, String>,
    /// Which of several instances that ran at the same time they are of, where there are several.
    pub instance: Option<u32>,
    /// The outputs.
    pub outputs: Vec<Saved>,
}

/// The outputs in saved files: a file without an envelope is one.
pub fn taken(definition: &Definition, files: Vec<Saved>) -> Vec<Taken> {
    let mut all: Vec<Taken> = Vec::new();
    for file in files {
        for (said, instance, output) in opened(definition, file) {
            match all.iter_mut().find(|known| known.said == said && known.instance == instance) {
                Some(known) => known.outputs.push(output),
                None => all.push(Taken { said, instance, outputs: vec![output] }),
            }
        }
    }
    // The only instance is none of several.
    let first = all.first().and_then(|one| one.instance);
    if all.iter().all(|one| one.instance == first) {
        all.iter_mut().for_each(|one| one.instance = None);
    }
    all
}

/// The outputs in one file.
fn opened(definition: &Definition, file: Saved) -> Vec<(BTreeMap<String, String>, Option<u32>, Saved)> {
    // A runner keeps both outputs in one file; what was saved apart has no envelope.
    let inside = if file.stderr == file.stdout { enveloped(definition, &file.stdout) } else { None };
    let Some(inside) = inside else { return vec![(BTreeMap::new(), None, file)] };
    let one = |enveloped: super::Enveloped| {
        let said = enveloped.command.as_deref().map(|command| said_by(definition, command)).unwrap_or_default();
        let own = |(name, bytes): (&String, &Vec<u8>)| {
            let bytes = if *bytes == file.stdout { enveloped.output.clone() } else { bytes.clone() };
            (name.clone(), bytes)
        };
        let files = file.files.iter().map(own).collect();
        let output = Saved { stdout: enveloped.output.clone(), stderr: enveloped.output.clone(), files };
        (said, enveloped.instance, output)
    };
    inside.into_iter().map(one).collect()
}
