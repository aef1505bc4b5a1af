//! Names -> the run and the labels that they carry, hashed ones looked up in their dictionary.

use crate::{
    record::{Ident, Labels},
    signal::{Name, NameLabels, Reserved, Signal, Word, decode_labels, hash},
};
use std::collections::BTreeMap;

/// The texts of hashed labels, as far as all pieces are there.
pub(super) type Dictionary = BTreeMap<u64, Labels>;

/// A benchmark and its run's number in the job: what one manifest is about.
pub(super) type Part = (Ident, u32);

pub(super) fn dictionary<'a>(signals: impl Iterator<Item = &'a Signal>) -> Dictionary {
    let mut pieces: BTreeMap<u64, BTreeMap<usize, &str>> = BTreeMap::new();
    let mut lengths: BTreeMap<u64, usize> = BTreeMap::new();
    for signal in signals {
        let (Word::Reserved(Reserved::Label), NameLabels::Plain(labels)) = (signal.name.word(), signal.name.labels())
        else {
            continue;
        };
        let key = labels.get("hash").and_then(|digits| u64::from_str_radix(digits, 16).ok());
        let number = |key| labels.get(key).and_then(|digits| digits.parse::<usize>().ok());
        if let (Some(key), Some(of), Some(part), Some(text)) = (key, number("of"), number("part"), labels.get("text")) {
            lengths.insert(key, of);
            pieces.entry(key).or_default().insert(part, text);
        }
    }
    let whole = pieces.into_iter().filter_map(|(key, parts)| {
        let text: String = parts.values().copied().collect();
        let complete = parts.len() == lengths[&key] && hash(&text) == key;
        Some((key, decode_labels(&text).filter(|_| complete)?))
    });
    whole.collect()
}

/// The part that a name belongs to, and its labels.
pub(super) fn resolve(name: &Name, dictionary: &Dictionary) -> Option<(Part, Labels)> {
    let labels = match name.labels() {
        NameLabels::Plain(labels) => labels,
        NameLabels::Hashed(key) => dictionary.get(key)?,
    };
    let (run, labels) = labels.split_run()?;
    Some(((name.benchmark().clone(), run), labels))
}
