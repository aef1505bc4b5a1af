//! What outputs say of the parameters that their tool was run with, before there is a plan. Pure.

use super::{Outputs, ending::Whole, groups, recognised, split::lines};
use crate::{
    definition::{Definition, LinePart, OutputFormat},
    text::printable,
};
use std::collections::BTreeMap;

/// What `outputs` say of the parameters that the tool was run with, each in its first line. One that they do not speak of is not
/// there.
pub fn printed(definition: &Definition, outputs: &Outputs<'_>) -> BTreeMap<String, String> {
    let formats = groups(definition).into_iter().filter_map(|alternatives| recognised(&alternatives, outputs));
    formats.flat_map(|format| of(format, Whole::of(format, outputs.of(format)).lines)).collect()
}

fn of(format: &OutputFormat, text: &[u8]) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for line in lines(text) {
        // Tools say it at their beginning.
        if all.len() == format.parameters.len() {
            break;
        }
        for part in format.matches(line) {
            let LinePart::Parameter(at) = part else { continue };
            let Some((name, regex)) = format.parameters.get(at) else { continue };
            if let Some(value) = regex.captures(line).and_then(|captures| captures.name("value")) {
                all.entry(name.clone()).or_insert_with(|| printable(value.as_bytes()));
            }
        }
    }
    all
}
