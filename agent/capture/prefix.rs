//! What loggers put before each line: a time, a host, a program. Whole signals and frames are found after any prefix; but
//! where a line was cut in two, the second part's prefix is in the way.

use regex::bytes::{Regex, RegexBuilder};
use std::sync::OnceLock;

/// The forms, each at the start of the line: minicom and `dmesg -T` (`[2026-11-24 02:03:34] `), tio (`[02:03:34.123] `),
/// grabserial (`[12.345678 0.000123] `), ISO 8601 as LAVA's tools, ser2net, `journalctl -o short-iso` and `dmesg
/// --time-format iso` write it, a bare time, syslog's (`Nov 24 02:03:34 `), seconds since 1970, and `dmesg -x`'s facility;
/// after a date, syslog's host and program (`board kernel: `).
const FORMS: &str = r"(?x)^(?:
    \[ [A-Za-z0-9,\ ./+-]* \d\d:\d\d:\d\d [A-Za-z0-9:,\ ./+-]* \]
  | \[ \d+\.\d{6}\ \d+\.\d{6} \]
  | (?: \d{4}[-/]\d\d[-/]\d\d[T\ ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?
      | [A-Z][a-z]{2}\ [\ \d]\d\ \d\d:\d\d:\d\d(?:\.\d+)? ) (?: \ [\w.-]+\ [^\s:\[]+(?:\[\d+\])?: )?
  | \d\d:\d\d:\d\d(?:[.,]\d+)?
  | \d{10}\.\d+
  | (?:kern|user|mail|daemon|auth|syslog|lpr|news|cron)\ *:[a-z]+\ *:
)\ ?";

/// `line` without such prefixes, at most three; `None` if it has none.
pub(super) fn strip(line: &str) -> Option<&str> {
    static PATTERN: OnceLock<Option<Regex>> = OnceLock::new();
    // ASCII classes: the binary has no Unicode tables.
    let pattern = PATTERN.get_or_init(|| RegexBuilder::new(FORMS).unicode(false).build().ok()).as_ref()?;
    let once = |line: &str| pattern.find(line.as_bytes()).map(|found| found.end());
    let mut at = once(line)?;
    for _ in 0..2 {
        at += once(line.get(at..)?).unwrap_or(0);
    }
    line.get(at..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_away_what_loggers_add() {
        for prefix in [
            "[2026-11-24 02:03:34] ",
            "[2026-11-24 02:03:34.123] ",
            "[2026-11-24T02:03:34.123] ",
            "[Tue Nov 24 02:03:34 2026] ",
            "[02:03:34.123] ",
            "[12.345678 0.000123] ",
            "2026-11-24T02:03:34 ",
            "2026-11-24T02:03:34.123456+00:00 ",
            "2026-11-24T02:03:34,123456+00:00 ",
            "2026/11/24 02:03:34 ",
            "02:03:34.5 ",
            "Nov 24 02:03:34 ",
            "Nov  4 02:03:34 board kernel: ",
            "Nov 24 02:03:34 board lava-bench[217]: ",
            "2026-11-24T02:03:34+0000 board kernel: ",
            "1795485814.123456 ",
            "kern  :emerg : ",
            "kern  :info  : [Tue Nov 24 02:03:34 2026] ",
        ] {
            assert_eq!(strip(&format!("{prefix}AbC-_12.")), Some("AbC-_12."), "{prefix}");
        }
    }

    #[test]
    fn leaves_lines_alone_that_have_none() {
        for line in ["AbC", "", "[    7.207337] text", "12.5", "LBF1.0a1b2c3d.0.3.0.", "Nov 24", "[x] y"] {
            assert_eq!(strip(line), None, "{line}");
        }
    }
}
