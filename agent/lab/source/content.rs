//! The beginning of a source -> what it may hold.

use std::fmt;

/// What a source holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Lines: a capture, a job log, anything that is nothing else.
    Capture,
    /// A JSON document of any kind.
    Json,
    /// Test cases as LAVA's REST interface lists them.
    LavaTests,
    /// Test cases as lava-run logs them, an object a line.
    LavaRun,
    /// LAVA's `csv` export.
    LavaCsv,
    /// LAVA's `yaml` export.
    LavaYaml,
    /// LAVA's `junit` export.
    LavaJunit,
    /// SQUAD's `metrics_file`, or its REST interface's list of metrics.
    SquadMetrics,
    /// SQUAD's `tests_file`, or its REST interface's list of tests.
    SquadTests,
    /// tuxrun's results.
    Tuxrun,
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Capture => "a capture",
            Self::Json => "a JSON document",
            Self::LavaTests => "LAVA's tests as JSON",
            Self::LavaRun => "lava-run's results",
            Self::LavaCsv => "LAVA's results as CSV",
            Self::LavaYaml => "LAVA's results as YAML",
            Self::LavaJunit => "LAVA's results as JUnit",
            Self::SquadMetrics => "SQUAD's metrics",
            Self::SquadTests => "SQUAD's tests",
            Self::Tuxrun => "tuxrun's results",
        })
    }
}

/// What a beginning looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    /// An object or a list of objects.
    Json,
    /// A heading with LAVA's columns.
    Csv,
    /// A list of mappings in block style.
    Yaml,
    /// An XML document.
    Xml,
    /// Anything else.
    Lines,
}

/// Looks at the first bytes of a source.
pub(super) fn guess(prefix: &[u8]) -> Guess {
    let text = prefix.strip_prefix(b"\xef\xbb\xbf").unwrap_or(prefix).trim_ascii_start();
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    match text {
        // LAVA's log: a mapping a line.
        [b'{', ..] if memchr::memmem::find(line, b"\"lvl\"").is_some() => Guess::Lines,
        [b'{', rest @ ..] if matches!(rest.trim_ascii_start(), [b'"', ..]) => Guess::Json,
        // A kernel's first line begins with `[` too.
        [b'[', rest @ ..] if matches!(rest.trim_ascii_start(), [b'{', ..]) => Guess::Json,
        [b'-', b' ', item @ ..] if is_item(item) => Guess::Yaml,
        [b'<', ..] if line.starts_with(b"<?xml") || line.starts_with(b"<testsuite") => Guess::Xml,
        _ if is_heading(line) => Guess::Csv,
        _ => Guess::Lines,
    }
}

/// Whether a list's first item is a mapping in block style that has LAVA's key `job`.
fn is_item(item: &[u8]) -> bool {
    let key = |line: &[u8]| line.iter().take_while(|byte| byte.is_ascii_lowercase() || **byte == b'_').count();
    let mut lines = item.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let mapping = matches!(first[key(first)..], [b':', ..]) && key(first) > 0;
    mapping && (first.starts_with(b"job:") || lines.any(|line| line.starts_with(b"  job:")))
}

fn is_heading(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line);
    let columns: Vec<&str> = line.trim_end().split(',').map(|column| column.trim_matches('"')).collect();
    ["job", "suite", "result", "measurement", "unit", "name"].iter().all(|column| columns.contains(column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_exports_from_captures() {
        for (text, is) in [
            ("{\"count\":2,\"next\":null", Guess::Json),
            (" {\n \"a\": 1", Guess::Json),
            ("[{\"id\": 1", Guess::Json),
            ("\u{feff}{\"a\"", Guess::Json),
            ("{\"dt\": \"2026\", \"lvl\": \"target\"", Guess::Lines),
            ("- {\"dt\": \"2026\", \"lvl\": \"target\"", Guess::Lines),
            ("[    0.000000] Booting Linux\n{\"a\"", Guess::Lines),
            ("{ echo; }", Guess::Lines),
            ("- id: '23'\n  job: '2'", Guess::Yaml),
            ("- name: validate\n  job: '4'", Guess::Yaml),
            ("- name: validate\n- job: '4'", Guess::Lines),
            ("- note: hello\nmore", Guess::Lines),
            ("- a list", Guess::Lines),
            ("<?xml version=\"1.0\"?>", Guess::Xml),
            ("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a", Guess::Lines),
            ("job,suite,result,measurement,unit,name\n", Guess::Csv),
            ("\"job\",\"suite\",\"result\",\"measurement\",\"unit\",\"name\"\r\n", Guess::Csv),
            ("name,result", Guess::Lines),
            ("", Guess::Lines),
        ] {
            assert_eq!(guess(text.as_bytes()), is, "{text}");
        }
    }
}
