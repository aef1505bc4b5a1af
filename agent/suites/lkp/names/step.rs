//! What is done with numbers: our samples -> a statistic of lkp.

use serde::{Deserialize, Deserializer, de::Error as _};

/// One thing done with numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// Each times this.
    Times(f64),
    /// Each by this.
    DividedBy(f64),
    /// Each and this.
    Plus(f64),
    /// This by each.
    Divides(f64),
    /// Each to so many decimals.
    Rounded(i32),
    /// Each to a whole number, downwards.
    Floor,
    /// Their mean.
    Mean,
    /// The lowest one.
    Min,
    /// The highest one.
    Max,
    /// Their sum.
    Sum,
    /// Their standard deviation, as of a population.
    Deviation,
}

/// A text that is no step.
#[derive(Debug, thiserror::Error)]
#[error("step `{0}`: not one of `* N`, `/ N`, `+ N`, `divides N`, `round N`, floor, mean, min, max, sum, deviation")]
pub struct NotAStep(String);

impl Step {
    /// The step that a text says.
    ///
    /// # Errors
    /// It is none.
    pub fn read(text: &str) -> Result<Self, NotAStep> {
        let wrong = || NotAStep(text.into());
        let (name, number) = text.split_once(' ').map_or((text, None), |(name, number)| (name, Some(number)));
        let number = number.map(str::parse::<f64>).transpose().map_err(|_| wrong())?;
        Ok(match (name, number) {
            ("*", Some(factor)) => Self::Times(factor),
            ("/", Some(divisor)) => Self::DividedBy(divisor),
            ("+", Some(other)) => Self::Plus(other),
            ("divides", Some(dividend)) => Self::Divides(dividend),
            ("round", Some(digits)) => Self::Rounded(digits as i32),
            ("floor", None) => Self::Floor,
            ("mean", None) => Self::Mean,
            ("min", None) => Self::Min,
            ("max", None) => Self::Max,
            ("sum", None) => Self::Sum,
            ("deviation", None) => Self::Deviation,
            _ => return Err(wrong()),
        })
    }

    /// What it makes of numbers; nothing of none.
    pub fn apply(self, numbers: &[f64]) -> Vec<f64> {
        if numbers.is_empty() {
            return Vec::new();
        }
        let each = |of: &dyn Fn(f64) -> f64| numbers.iter().map(|number| of(*number)).collect();
        let (sum, count) = (numbers.iter().sum::<f64>(), numbers.len() as f64);
        let mean = sum / count;
        match self {
            Self::Times(factor) => each(&|number| number * factor),
            Self::DividedBy(divisor) => each(&|number| number / divisor),
            Self::Plus(other) => each(&|number| number + other),
            Self::Divides(dividend) => each(&|number| dividend / number),
            Self::Rounded(digits) => each(&|number| (number * 10f64.powi(digits)).round() / 10f64.powi(digits)),
            Self::Floor => each(&f64::floor),
            Self::Mean => vec![mean],
            Self::Min => vec![numbers.iter().copied().fold(f64::INFINITY, f64::min)],
            Self::Max => vec![numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max)],
            Self::Sum => vec![sum],
            Self::Deviation => {
                let squares = numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>();
                vec![(squares / count).sqrt()]
            }
        }
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_make_a_statistic_of_samples() {
        let made = |steps: &[&str], numbers: &[f64]| {
            steps.iter().fold(numbers.to_vec(), |numbers, text| Step::read(text).unwrap().apply(&numbers))
        };
        assert_eq!(made(&["min", "divides 15625"], &[0.5, 0.8]), [31250.0]);
        assert_eq!(made(&["* 976.5625", "floor", "/ 1024"], &[65.430_251]), [62.3984375]);
        assert_eq!(made(&["mean", "round 2"], &[1.0, 2.0, 2.0]), [1.67]);
        assert_eq!(made(&["mean"], &[]), [0.0; 0]);
        for bad in ["", "*", "* x", "mean 2", "mode"] {
            assert!(Step::read(bad).is_err(), "{bad}");
        }
    }
}
