//! Version ranges: `>=1.0,<2` and `1.0.20` -> whether it fits.

use std::{cmp::Ordering, str::FromStr};

/// Comparisons that a version must all pass; none at all lets every version pass, an unknown one too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Versions(Vec<(Operator, Vec<u64>)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

const OPERATORS: [(&str, Operator); 5] = [
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("=", Operator::Equal),
];

impl Versions {
    /// Whether `version` is in the range.
    pub fn contain(&self, version: Option<&str>) -> bool {
        let Some(numbers) = version.map(numbers) else { return self.0.is_empty() };
        self.0.iter().all(|(operator, bound)| {
            let order = compare(&numbers, bound);
            match operator {
                Operator::Less => order == Ordering::Less,
                Operator::LessOrEqual => order != Ordering::Greater,
                Operator::Equal => order == Ordering::Equal,
                Operator::GreaterOrEqual => order != Ordering::Less,
                Operator::Greater => order == Ordering::Greater,
            }
        })
    }
}

/// Why a text is no range of versions.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NotVersions {
    /// A part without an operator.
    #[error("versions `{text}`: `{part}` begins with none of < <= = >= >")]
    Operator {
        /// The range.
        text: String,
        /// The part.
        part: String,
    },
    /// What stands behind an operator is something else.
    #[error("versions `{text}`: `{bound}` is no version")]
    Bound {
        /// The range.
        text: String,
        /// What stands there.
        bound: String,
    },
}

impl FromStr for Versions {
    type Err = NotVersions;

    fn from_str(text: &str) -> Result<Self, NotVersions> {
        let range = text.split(',').map(|part| {
            let part = part.trim();
            let (sign, operator) = OPERATORS
                .into_iter()
                .find(|(sign, _)| part.starts_with(sign))
                .ok_or_else(|| NotVersions::Operator { text: text.into(), part: part.into() })?;
            let bound = part[sign.len()..].trim();
            match bound.split('.').map(str::parse).collect::<Result<Vec<u64>, _>>() {
                Ok(numbers) => Ok((operator, numbers)),
                Err(_) => Err(NotVersions::Bound { text: text.into(), bound: bound.into() }),
            }
        });
        range.collect::<Result<_, _>>().map(Self)
    }
}

/// The leading numbers of a version: `1.0.20-beta3` is 1, 0, 20.
fn numbers(version: &str) -> Vec<u64> {
    let mut numbers = Vec::new();
    for part in version.split('.') {
        let digits = part.split(|c: char| !c.is_ascii_digit()).next().unwrap_or("");
        let Ok(number) = digits.parse() else { break };
        numbers.push(number);
        if digits.len() < part.len() {
            break;
        }
    }
    numbers
}

/// Missing numbers are zeros: 1.0 equals 1.0.0.
fn compare(a: &[u64], b: &[u64]) -> Ordering {
    let at = |numbers: &[u64], index| numbers.get(index).copied().unwrap_or(0);
    (0..a.len().max(b.len())).map(|i| at(a, i).cmp(&at(b, i))).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_numbers_and_not_texts() {
        let contain = |range: &str, version: &str| range.parse::<Versions>().unwrap().contain(Some(version));
        assert!(contain("<1.0", "0.4.12"));
        assert!(contain(">=1.0,<2", "1.0.20"));
        assert!(contain(">1.9", "1.10"));
        assert!(contain("=1.0", "1.0.0-rc1"));
        assert!(!contain("<1.0", "1.0.0"));
        assert!(Versions::default().contain(None) && !"<1".parse::<Versions>().unwrap().contain(None));
        assert!("1.0".parse::<Versions>().is_err() && "<x".parse::<Versions>().is_err());
    }
}
