//! Names of test cases: `benchmark.metric.key_value.0.0` <-> [`Name`].

use crate::record::{Ident, Labels, NotAnIdent};
use sha2::{Digest, Sha256};
use std::{fmt, fmt::Write as _, str::FromStr};

/// The most characters a name has. SQUAD drops a case whose name is longer than 256 without a word.
pub const MAX_NAME: usize = 200;

/// The most characters of a name without its position, so that `.` and ten digits twice still fit after it.
const MAX_STEM: usize = MAX_NAME - 22;

/// A test case's name. It decodes to exactly one structure, and a structure has exactly one spelling.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    benchmark: Ident,
    word: Word,
    labels: NameLabels,
    position: Option<(u32, u32)>,
}

/// What a case is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    /// A metric.
    Metric(Ident),
    /// Something about the run.
    Reserved(Reserved),
    /// Faults of this kind that the kernel reported, written with `_kernel-` before it.
    Fault(Ident),
}

/// What stands before a kind of faults.
const FAULT: &str = "_kernel-";

/// The reserved words, written with `_` before them, which no metric's name can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reserved {
    /// A case's verdict.
    Case,
    /// Whether a case's samples are valid.
    Valid,
    /// A metric's direction, unit and label keys.
    Metric,
    /// A parameter.
    Param,
    /// The tool and its version.
    Tool,
    /// A piece of hashed labels.
    Label,
    /// How many samples there are.
    Samples,
    /// How many of them have signals.
    Signals,
    /// The checksum over all other signals.
    Crc32,
}

const RESERVED: [(Reserved, &str); 9] = [
    (Reserved::Case, "_case"),
    (Reserved::Valid, "_valid"),
    (Reserved::Metric, "_metric"),
    (Reserved::Param, "_param"),
    (Reserved::Tool, "_tool"),
    (Reserved::Label, "_label"),
    (Reserved::Samples, "_samples"),
    (Reserved::Signals, "_signals"),
    (Reserved::Crc32, "_crc32"),
];

/// The labels of a name: in full, or, where they are too long for it, the first 48 bits of their SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameLabels {
    /// In full.
    Plain(Labels),
    /// Hashed; `_label` cases give the text back.
    Hashed(u64),
}

/// Why a text is not a [`Name`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NameError {
    /// A part that is not an identifier.
    #[error(transparent)]
    Ident(#[from] NotAnIdent),
    /// Anything else.
    #[error("name `{0}`: {1}")]
    Form(String, &'static str),
}

impl Name {
    /// The name of a case; labels that would make it too long are hashed.
    pub fn new(benchmark: &Ident, word: Word, labels: &Labels) -> Self {
        let mut name =
            Self { benchmark: benchmark.clone(), word, labels: NameLabels::Plain(labels.clone()), position: None };
        if name.to_string().len() > MAX_STEM {
            name.labels = NameLabels::Hashed(hash(&encode_labels(labels)));
        }
        name
    }

    /// The same name with a position.
    pub fn at(&self, iteration: u32, sample: u32) -> Self {
        Self { position: Some((iteration, sample)), ..self.clone() }
    }

    /// The same name without a position: the series' one.
    pub fn stem(&self) -> Self {
        Self { position: None, ..self.clone() }
    }

    /// The benchmark.
    pub fn benchmark(&self) -> &Ident {
        &self.benchmark
    }

    /// What the case is about.
    pub fn word(&self) -> &Word {
        &self.word
    }

    /// The labels.
    pub fn labels(&self) -> &NameLabels {
        &self.labels
    }

    /// Iteration and sample, for a sample.
    pub fn position(&self) -> Option<(u32, u32)> {
        self.position
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.", self.benchmark)?;
        match &self.word {
            Word::Metric(metric) => write!(f, "{metric}")?,
            Word::Reserved(word) => f.write_str(spelling(*word))?,
            Word::Fault(kind) => write!(f, "{FAULT}{kind}")?,
        }
        match &self.labels {
            NameLabels::Plain(labels) if labels.is_empty() => {}
            NameLabels::Plain(labels) => write!(f, ".{}", encode_labels(labels))?,
            NameLabels::Hashed(hash) => write!(f, ".h_{hash:012x}")?,
        }
        match self.position {
            Some((iteration, sample)) => write!(f, ".{iteration}.{sample}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let form = |why| NameError::Form(text.into(), why);
        let mut parts: Vec<&str> = text.split('.').collect();
        let position = match parts.as_slice() {
            [.., iteration, sample] if is_position(iteration) && is_position(sample) => {
                let number = |digits: &str| digits.parse().map_err(|_| form("a position is too large"));
                let position = (number(iteration)?, number(sample)?);
                parts.truncate(parts.len() - 2);
                Some(position)
            }
            _ => None,
        };
        let [benchmark, word, labels @ ..] = parts.as_slice() else {
            return Err(form("no metric"));
        };
        let benchmark: Ident = benchmark.parse()?;
        let word = match RESERVED.iter().find(|(_, spelling)| spelling == word) {
            Some((word, _)) => Word::Reserved(*word),
            None => match word.strip_prefix(FAULT) {
                Some(kind) => Word::Fault(kind.parse()?),
                None => Word::Metric(word.parse()?),
            },
        };
        let name = Self {
            benchmark,
            word,
            labels: decode_name_labels(labels).ok_or_else(|| form("a label is malformed"))?,
            position,
        };
        if name.stem().to_string().len() > MAX_STEM { Err(form("too long")) } else { Ok(name) }
    }
}

fn spelling(word: Reserved) -> &'static str {
    RESERVED.iter().find(|(w, _)| *w == word).map_or("", |(_, spelling)| spelling)
}

/// Digits without a leading zero.
fn is_position(part: &str) -> bool {
    part.bytes().all(|b| b.is_ascii_digit()) && !part.is_empty() && (part == "0" || !part.starts_with('0'))
}

fn decode_name_labels(parts: &[&str]) -> Option<NameLabels> {
    if let [only] = parts
        && let Some(digits) = only.strip_prefix("h_")
    {
        let canonical = digits.len() == 12 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        return if canonical { u64::from_str_radix(digits, 16).ok().map(NameLabels::Hashed) } else { None };
    }
    let pairs = parts.iter().map(|part| decode_label(part)).collect::<Option<Vec<_>>>()?;
    if pairs.iter().any(|(key, _)| key.as_str() == "h") {
        return None;
    }
    Labels::new(pairs).ok().map(NameLabels::Plain)
}

/// Labels as they stand in a name: `threads_4.size_1M`.
pub(super) fn encode_labels(labels: &Labels) -> String {
    let parts: Vec<String> = labels.iter().map(|(key, value)| format!("{key}_{}", encode(value))).collect();
    parts.join(".")
}

#[cfg(feature = "host")]
/// What [`encode_labels`] wrote.
pub(crate) fn decode_labels(text: &str) -> Option<Labels> {
    if text.is_empty() {
        return Some(Labels::default());
    }
    let pairs = text.split('.').map(decode_label).collect::<Option<Vec<_>>>()?;
    Labels::new(pairs).ok()
}

fn decode_label(part: &str) -> Option<(Ident, String)> {
    let (key, value) = part.split_once('_')?;
    Some((key.parse().ok()?, decode(value)?))
}

/// The first 48 bits of the SHA-256 of `text`.
pub(crate) fn hash(text: &str) -> u64 {
    Sha256::digest(text.as_bytes()).iter().take(6).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Letters, digits and `-` stand for themselves, any other byte of the UTF-8 is `_` and two hexadecimal digits.
pub(super) fn encode(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            text.push(char::from(byte));
        } else {
            // A String takes all that is written.
            let _ = write!(text, "_{byte:02x}");
        }
    }
    text
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'_' => {
                let digits = [rest.next()?, rest.next()?];
                let byte = data_encoding::HEXLOWER.decode(&digits).ok()?[0];
                // A byte that stands for itself has no second spelling.
                if byte.is_ascii_alphanumeric() || byte == b'-' {
                    return None;
                }
                byte
            }
            b'-' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => byte,
            _ => return None,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ident(text: &str) -> Ident {
        text.parse().unwrap()
    }

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        Labels::new(pairs.iter().map(|(key, value)| (ident(key), (*value).to_string())).collect()).unwrap()
    }

    #[test]
    fn spells_as_the_grammar_says() {
        let sample =
            Name::new(&ident("sysbench-cpu"), Word::Metric(ident("events-per-second")), &labels(&[("threads", "4")]));
        assert_eq!(sample.at(0, 0).to_string(), "sysbench-cpu.events-per-second.threads_4.0.0");
        assert_eq!(sample.to_string(), "sysbench-cpu.events-per-second.threads_4");
        let param = labels(&[("name", "MAX_PRIME"), ("value", "10000")]);
        let param = Name::new(&ident("sysbench-cpu"), Word::Reserved(Reserved::Param), &param);
        assert_eq!(param.to_string(), "sysbench-cpu._param.name_MAX_5fPRIME.value_10000");
        let op =
            Name::new(&ident("mmtests-fio"), Word::Metric(ident("value")), &labels(&[("op", "kb/sec-writer-write")]));
        assert_eq!(op.at(0, 0).to_string(), "mmtests-fio.value.op_kb_2fsec-writer-write.0.0");
    }

    #[test]
    fn hashes_labels_that_are_too_long() {
        let long = labels(&[("job", &"x".repeat(200))]);
        let name = Name::new(&ident("fio"), Word::Metric(ident("iops")), &long).at(u32::MAX, u32::MAX);
        let text = name.to_string();
        assert!(text.starts_with("fio.iops.h_") && text.len() <= MAX_NAME, "{text}");
        assert_eq!(text.parse(), Ok(name));
    }

    #[test]
    fn refuses_a_second_spelling() {
        for bad in [
            "a",
            "a.",
            ".b",
            "a.b.",
            "a.b.0",
            "a.b.00.1",
            "a.b.1.01",
            "a.b.k_4.",
            "a.b.k_5.0",
            "a.b.k_%",
            "a.b.k_41_",
            "a.b.k__41",
            "a.b.k__2F",
            "a.b.k__ff",
            "a._nothing",
            "a._kernel-",
            "a._kernel-Oops",
            "A.b",
            "a.b.h_1",
            "a.b.h_0123456789AB",
            "a.b.k_1.k_2",
            "a.b.0.99999999999",
            "a b",
            "a.b.h_0123456789ab.k_1",
        ] {
            assert!(bad.parse::<Name>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn reads_back(
            benchmark in "[a-z][a-z0-9-]{0,59}",
            metric in "[a-z][a-z0-9-]{0,59}",
            pairs in proptest::collection::btree_map("[a-g][a-z0-9-]{0,9}", any::<String>(), 0..4),
            position in any::<Option<(u32, u32)>>(),
            is_fault in any::<bool>(),
        ) {
            let pairs = pairs.into_iter().map(|(key, value)| (ident(&key), value)).collect();
            let labels = Labels::new(pairs).unwrap();
            let word = if is_fault { Word::Fault(ident(&metric)) } else { Word::Metric(ident(&metric)) };
            let mut name = Name::new(&ident(&benchmark), word, &labels);
            if let Some((iteration, sample)) = position {
                name = name.at(iteration, sample);
            }
            let text = name.to_string();
            prop_assert!(text.len() <= MAX_NAME);
            prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)), "{}", text);
            prop_assert_eq!(text.parse(), Ok(name));
        }

        #[test]
        fn any_text_decodes_to_itself_or_not_at_all(text in "[a-c_.0-9-]{0,24}") {
            if let Ok(name) = text.parse::<Name>() {
                prop_assert_eq!(name.to_string(), text);
            }
        }
    }
}
