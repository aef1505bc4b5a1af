//! Notes: how the numbers of an operation are spelled <-> a short JSON text among a record's parameters.
//!
//! A record holds doubles. MMTests' JSON holds texts and numbers, iterations that gave nothing, and numbers that are not
//! values (nan, inf). What the doubles cannot hold is noted here; nearly all operations of a run share one note.

use super::{
    column::{Column, Spelling},
    extract::{Iteration, Operation},
};
use crate::record::Value;
use serde::{Deserialize, Serialize};

/// How the numbers of one operation are spelled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Note {
    #[serde(rename = "Values")]
    values: Columns,
    #[serde(rename = "SampleNrs")]
    numbers: Columns,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
enum Columns {
    /// The same pattern in every iteration, none of which is empty: `t`, or `1*t n`; the last code is for the rest.
    Alike(String),
    /// Each iteration: `null`, or how many numbers have which code.
    Each(Vec<Option<Vec<(u32, String)>>>),
}

/// Whether a record can hold the number.
pub(super) fn is_value(number: f64) -> bool {
    Value::try_from(number).is_ok()
}

impl Note {
    pub(super) fn of(operation: &Operation) -> Self {
        Self {
            values: Columns::of(operation, |iteration| &iteration.values),
            numbers: Columns::of(operation, |iteration| &iteration.numbers),
        }
    }

    #[cfg(feature = "host")]
    /// The operation's iterations, from the values and the sample numbers that a record has; `None` for a value that was
    /// lost. Sample numbers that are not there count from 1.
    pub(super) fn iterations(
        &self,
        values: &[Vec<Option<f64>>],
        numbers: Option<&[Vec<Option<f64>>]>,
    ) -> Option<Vec<Option<Iteration>>> {
        let count = self.values.count().or(self.numbers.count()).unwrap_or(values.len());
        let empty = Vec::new();
        let one = |at: usize| -> Option<Option<Iteration>> {
            let values = self.values.numbers(at, values.get(at).unwrap_or(&empty).iter().copied())?;
            let Some(values) = values else { return Some(None) };
            let counted = || (1..=values.len()).map(|number| Some(number as f64));
            let numbers = match numbers {
                Some(numbers) => self.numbers.numbers(at, numbers.get(at).unwrap_or(&empty).iter().copied())?,
                None => self.numbers.numbers(at, counted())?,
            };
            let mut iteration = Iteration::default();
            for (number, value) in numbers.unwrap_or_default().into_iter().zip(values) {
                // A sample of which a part was lost is lost.
                if let (Some((number, how)), Some((value, spelled))) = (number, value) {
                    iteration.numbers.push(number, how);
                    iteration.values.push(value, spelled);
                }
            }
            Some(Some(iteration))
        };
        (0..count).map(one).collect()
    }
}

#[cfg(feature = "host")]
/// The most numbers of one spelling that are believed: a forged note must not make us allocate.
const FARTHEST: u32 = 10_000_000;

#[cfg(feature = "host")]
/// Numbers and their spelling; `None` where a number was lost.
type Spelled = Vec<Option<(f64, Spelling)>>;

impl Columns {
    fn of(operation: &Operation, column: impl Fn(&Iteration) -> &Column) -> Self {
        let all: Vec<Option<&Column>> = operation.iterations.iter().map(|one| one.as_ref().map(&column)).collect();
        let patterns: Option<Vec<String>> = all.iter().map(|column| pattern((*column)?)).collect();
        match patterns.as_deref() {
            Some([first, others @ ..]) if others.iter().all(|other| other == first) => Self::Alike(first.clone()),
            _ => Self::Each(all.into_iter().map(|column| column.map(each)).collect()),
        }
    }

    #[cfg(feature = "host")]
    /// How many iterations there are, if that is noted.
    fn count(&self) -> Option<usize> {
        match self {
            Self::Alike(_) => None,
            Self::Each(each) => Some(each.len()),
        }
    }

    #[cfg(feature = "host")]
    /// The numbers of iteration `at`; `Some(None)` if it gave nothing, `None` if this is not understood.
    fn numbers(&self, at: usize, mut given: impl Iterator<Item = Option<f64>>) -> Option<Option<Spelled>> {
        let runs: Vec<(u32, String)> = match self {
            Self::Each(each) => match each.get(at)? {
                None => return Some(None),
                Some(runs) => runs.clone(),
            },
            Self::Alike(pattern) => parts(pattern)?,
        };
        let mut spelled = Vec::new();
        for (count, code) in runs {
            let spelling = Spelling::from_code(&code).filter(|_| count == u32::MAX || count <= FARTHEST)?;
            for _ in 0..count {
                match spelling.own_number() {
                    Some(number) if !is_value(number) => spelled.push(Some((number, spelling.clone()))),
                    own => match given.next() {
                        // The rest of a pattern ends with the numbers.
                        None if count == u32::MAX => break,
                        None => spelled.push(None),
                        Some(number) => {
                            spelled.push(own.or(number).filter(|_| number.is_some()).map(|n| (n, spelling.clone())))
                        }
                    },
                }
            }
        }
        Some(Some(spelled))
    }
}

#[cfg(feature = "host")]
/// `1*t n` -> once `t`, and `n` for the rest.
fn parts(pattern: &str) -> Option<Vec<(u32, String)>> {
    let part = |text: &str| match text.split_once('*') {
        Some((count, code)) => Some((count.parse().ok()?, code.to_string())),
        None => Some((u32::MAX, text.to_string())),
    };
    pattern.split(' ').map(part).collect()
}

/// The pattern of a column that is not empty and holds nothing special.
fn pattern(column: &Column) -> Option<String> {
    let special = column.spelling().iter().any(|(_, spelling)| matches!(spelling, Spelling::Exact(_)));
    if column.is_empty() || special || !column.iter().all(is_value) {
        return None;
    }
    if let Some(fixed) = fixed(column) {
        return Some(fixed.code());
    }
    let (_, last) = column.spelling().last()?;
    let before = &column.spelling()[..column.spelling().len() - 1];
    let before = before.iter().map(|(count, spelling)| format!("{count}*{}", spelling.code()));
    Some(before.chain([last.code()]).collect::<Vec<_>>().join(" "))
}

/// The one count of decimals that all texts of a column have. A text whose last decimal is not 0 was taken for short.
fn fixed(column: &Column) -> Option<Spelling> {
    let fixed = column.spelling().iter().map(|(_, spelling)| spelling).find(|s| matches!(s, Spelling::Fixed(_)))?;
    let Spelling::Fixed(decimals) = fixed else { return None };
    let mut numbers = column.iter();
    let alike = column.spelling().iter().all(|(count, spelling)| {
        let mut numbers = numbers.by_ref().take(*count as usize);
        match spelling {
            Spelling::Text => numbers.all(|n| format!("{n}") == format!("{n:.*}", usize::from(*decimals))),
            other => numbers.count() == *count as usize && other == fixed,
        }
    });
    alike.then(|| fixed.clone())
}

fn each(column: &Column) -> Vec<(u32, String)> {
    let mut runs: Vec<(u32, String)> = Vec::new();
    let mut numbers = column.iter();
    for (count, spelling) in column.spelling() {
        for number in numbers.by_ref().take(*count as usize) {
            let spelling = if is_value(number) { spelling.clone() } else { spelling.exact(number) };
            match runs.last_mut() {
                Some((count, code)) if *code == spelling.code() => *count += 1,
                _ => runs.push((1, spelling.code())),
            }
        }
    }
    runs
}
