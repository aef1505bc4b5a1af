//! The clock: a time of day -> its text; an execution that begins.

use crate::{record::Execution, system};
use std::time::{Duration, SystemTime};

/// The last second that RFC 3339 has a text for: the end of the year 9999.
const LAST: Duration = Duration::from_secs(253_402_300_799);

/// The time of day, RFC 3339 in UTC with milliseconds.
pub fn now() -> String {
    text_of(SystemTime::now())
}

/// An execution that begins now. Where the kernel has no clock since its boot, it is the time of day.
pub(super) fn begun() -> Execution {
    let since_boot_seconds = system::since_boot().map(|since| seconds(since, 1e3));
    Execution { since_boot_seconds, started: since_boot_seconds.is_none().then(now), ..Execution::default() }
}

/// Seconds, in steps of a second divided by `steps`: more digits would only cost.
pub(super) fn seconds(time: Duration, steps: f64) -> f64 {
    (time.as_secs_f64() * steps).round() / steps
}

/// `time` in RFC 3339, UTC, with milliseconds. A board without a battery may have any time: one before 1970 is the beginning
/// of 1970, and one after 9999 the end of 9999.
fn text_of(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().min(LAST);
    humantime::format_rfc3339_millis(SystemTime::UNIX_EPOCH + since).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_as_many_digits_as_count() {
        let time = Duration::from_nanos(1_234_567_890);
        assert_eq!((seconds(time, 1e3), seconds(time, 1e6)), (1.235, 1.234_568));
    }

    #[test]
    fn every_time_has_a_text() {
        let at = |seconds| text_of(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(86_400), "1970-01-02T00:00:00.000Z");
        assert_eq!(text_of(SystemTime::UNIX_EPOCH - Duration::from_millis(1)), "1970-01-01T00:00:00.000Z");
        assert_eq!(text_of(SystemTime::UNIX_EPOCH - Duration::from_secs(1 << 40)), "1970-01-01T00:00:00.000Z");
        assert_eq!(at(LAST.as_secs()), "9999-12-31T23:59:59.000Z");
        assert_eq!(at(1 << 40), "9999-12-31T23:59:59.000Z");
    }
}
