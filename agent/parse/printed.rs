//! What an output says of the parameters that its tool was run with: format + lines -> name and value. Pure.

use super::{ExtractionBuilder, Outputs, ending::Whole, groups, recognised, split::lines};
use crate::{
    definition::{Definition, OutputFormat},
    text::printable,
};
use regex::bytes::Regex;
use std::collections::BTreeMap;

/// What `outputs` say of the parameters that the tool was run with. One that they do not speak of is not there.
pub fn printed(definition: &Definition, outputs: &Outputs<'_>) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for format in groups(definition).iter().filter_map(|alternatives| recognised(alternatives, outputs)) {
        let whole = Whole::of(format, outputs.of(format));
        for (name, regex) in &format.parameters {
            if let Some(value) = values(regex, whole.lines).next() {
                all.entry(name.clone()).or_insert(value);
            }
        }
    }
    all
}

/// Takes what the lines say of parameters.
pub(super) fn read(format: &OutputFormat, text: &[u8], taken: &mut ExtractionBuilder<'_>) {
    for (name, regex) in &format.parameters {
        values(regex, text).for_each(|value| taken.printed(name, value));
    }
}

/// What the group `value` is in each line that `regex` matches.
fn values(regex: &Regex, text: &[u8]) -> impl Iterator<Item = String> {
    lines(text).filter_map(|line| Some(printable(regex.captures(line)?.name("value")?.as_bytes())))
}
