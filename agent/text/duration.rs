//! `90s`, `1h 30m` -> durations that a deadline can be made of.

use std::time::Duration;

/// The longest duration: a year. No clock runs over when it is added, and no benchmark takes longer.
pub(crate) const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Why a text is not a duration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DurationError {
    /// It is written in another way.
    #[error(transparent)]
    Form(#[from] humantime::DurationError),
    /// It is longer than a year.
    #[error("more than 365 days")]
    Long,
}

/// The duration that `text` writes: numbers with units, which are added up.
///
/// # Errors
/// A text that is written in another way, or a duration of more than 365 days.
pub(crate) fn read(text: &str) -> Result<Duration, DurationError> {
    #[expect(clippy::disallowed_methods, reason = "this is where its bound is checked")]
    let duration = humantime::parse_duration(text)?;
    if duration > LONGEST { Err(DurationError::Long) } else { Ok(duration) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_is_the_longest() {
        assert_eq!(read("365days").unwrap(), LONGEST);
        assert_eq!(read("90s 1m").unwrap(), Duration::from_secs(150));
        for long in ["366days", "18446744073709551615s", "1000years"] {
            assert_eq!(read(long).unwrap_err().to_string(), "more than 365 days", "{long}");
        }
        assert!(read("18446744073709551616s").is_err() && read("soon").is_err());
    }
}
