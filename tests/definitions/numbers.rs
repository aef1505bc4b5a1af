//! No character of a number that a metric comes from can be lost or changed unseen.

use super::{Output, all};
use lava_bench::samples::samples;
use std::{collections::BTreeSet, ops::Range};

impl Output {
    /// The numbers of a text that patterns, tables and paths may take.
    fn numbers(&self, which: &str) -> BTreeSet<(usize, usize)> {
        let mut spans = BTreeSet::new();
        let text = self.text(which);
        let tables = self.definition.outputs.iter().any(|format| !format.tables.is_empty());
        let mut start = 0;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let bare = line.trim_ascii_end();
            for pattern in self.definition.outputs.iter().flat_map(|format| &format.patterns) {
                for (group, _) in &pattern.values {
                    let found = pattern.regex.captures(bare).and_then(|captures| captures.name(group));
                    spans.extend(found.map(|found| (start + found.start(), start + found.end())));
                }
            }
            let others = if tables || self.is_document(text) { numbers_of(bare) } else { Vec::new() };
            let in_document = |span: &Range<usize>| tables || bare[..span.start].trim_ascii_end().ends_with(b":");
            spans.extend(others.into_iter().filter(in_document).map(|span| (start + span.start, start + span.end)));
            start += line.len();
        }
        spans
    }

    /// Whether a text is recognised as a form with a document.
    fn is_document(&self, text: &[u8]) -> bool {
        let lines = || text.split(|byte| *byte == b'\n');
        let mut formats = self.definition.outputs.iter();
        let format = formats.find(|format| lines().any(|line| format.recognise.is_match(line.trim_ascii_end())));
        format.is_some_and(|format| format.document.is_some())
    }
}

/// The numbers in a line: digits and what may stand between them, beginning with a digit.
fn numbers_of(line: &[u8]) -> Vec<Range<usize>> {
    let part = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E');
    let mut spans = Vec::new();
    let mut at = 0;
    while at < line.len() {
        let word = at > 0 && (line[at - 1].is_ascii_alphanumeric() || line[at - 1] == b'_');
        if !line[at].is_ascii_digit() || word {
            at += 1;
            continue;
        }
        let length = line[at..].iter().take_while(|byte| part(**byte)).count();
        let digits = line[at..at + length].iter().rposition(u8::is_ascii_digit).map_or(0, |last| last + 1);
        spans.push(at..at + digits);
        at += length;
    }
    spans
}

/// Every text that has one character of the number less, or another one there; that has no number there; that has the
/// number as another locale writes it; and that has another output's line in the middle of it.
fn mutations(text: &[u8], (start, end): (usize, usize)) -> Vec<Vec<u8>> {
    let mut mutated = Vec::new();
    for at in start..end {
        let mut less = text.to_vec();
        less.remove(at);
        mutated.push(less);
        let others: &[u8] = if text[at].is_ascii_digit() { b"0123456789x, " } else { b"7x, " };
        for other in others.iter().filter(|other| **other != text[at]) {
            let mut changed = text.to_vec();
            changed[at] = *other;
            mutated.push(changed);
        }
    }
    let with = |number: &[u8]| [&text[..start], number, &text[end..]].concat();
    mutated.extend([&b"nan"[..], b"-nan", b"NaN", b"inf", b"-inf", b"Infinity", b"-", b"1e999"].map(with));
    mutated.extend([b',', b'\''].map(|mark| with(&[&text[start..end], &[mark], b"000"].concat())));
    mutated.push([&text[..start + 1], b"tool: a message of its own\n", &text[start + 1..]].concat());
    mutated
}

/// Whether two number texts are the same number: JSON's trailing zeros say nothing.
fn same_number(a: &[u8], b: &[u8]) -> bool {
    let number = |text: &[u8]| std::str::from_utf8(text).ok().and_then(|text| text.trim().parse::<f64>().ok());
    matches!((number(a), number(b)), (Some(a), Some(b)) if a == b)
}

#[test]
fn no_changed_number_passes_unseen() {
    let (mut tried, mut unseen) = (0, Vec::new());
    for (definition, file) in all() {
        for sample in samples(&file, &definition) {
            let output = Output::of(&definition, &sample);
            for which in output.names() {
                let text = output.text(&which);
                let original = output.extract(&which, text);
                // Where nothing is found, no metric comes from a number.
                if original.found.is_empty() && original.verdicts.is_empty() {
                    continue;
                }
                for span in output.numbers(&which) {
                    // A number that can be taken away without a difference is no metric's.
                    let nothing: &[u8] = if output.is_document(text) { b"null" } else { b"?" };
                    if output.extract(&which, &[&text[..span.0], nothing, &text[span.1..]].concat()) == original {
                        continue;
                    }
                    for mutated in mutations(text, span) {
                        let end = mutated.len() - (text.len() - span.1);
                        if output.is_document(text) && same_number(&mutated[span.0..end], &text[span.0..span.1]) {
                            continue;
                        }
                        tried += 1;
                        if output.extract(&which, &mutated) == original {
                            let line = String::from_utf8_lossy(&mutated[span.0..end]).into_owned();
                            unseen.push(format!("{}: {line}", sample.stdout.display()));
                        }
                    }
                }
            }
        }
    }
    // A definition alone may have few numbers.
    let is_one = std::env::var("DEFINITION").is_ok();
    assert!(is_one || tried > 1000, "{tried}");
    assert!(
        unseen.is_empty(),
        "{} of {tried} changes pass unseen: {:#?}",
        unseen.len(),
        &unseen[..unseen.len().min(20)]
    );
}
