//! The clock: a time of day -> its text.

use std::time::{Duration, SystemTime};

/// The last second that RFC 3339 has a text for: the end of the year 9999.
const LAST: Duration = Duration::from_secs(253_402_300_799);

/// The time of day, RFC 3339 in UTC with milliseconds.
pub fn now() -> String {
    text_of(SystemTime::now())
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
    fn every_time_has_a_text() {
        let at = |seconds| text_of(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(86_400), "1970-01-02T00:00:00.000Z");
        assert_eq!(text_of(SystemTime::UNIX_EPOCH - Duration::from_millis(1)), "1970-01-01T00:00:00.000Z");
        assert_eq!(text_of(SystemTime::UNIX_EPOCH - Duration::from_secs(1 << 40)), "1970-01-01T00:00:00.000Z");
        assert_eq!(at(LAST.as_secs()), "9999-12-31T23:59:59.000Z");
        assert_eq!(at(1 << 40), "9999-12-31T23:59:59.000Z");
    }
}
