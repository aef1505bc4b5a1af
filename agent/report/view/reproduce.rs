//! Lines that measure a finding again, with this program and without it.

use crate::report::document::{Document, MetricFields};
use serde::Serialize;

/// How wide a line of a command is before it goes on in the next one.
const WIDTH: usize = 56;

/// How a finding is measured again.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Reproduce {
    /// The tool and its version.
    tool: String,
    /// The program's own lines: on each kernel, then the comparison.
    ours: Vec<String>,
    /// The tool's own command, broken where a shell goes on.
    theirs: Vec<String>,
    /// The same in one line.
    command: String,
}

impl Reproduce {
    pub(super) fn of(metric: &MetricFields, document: &Document) -> Option<Reproduce> {
        let evidence = metric.evidence.as_ref()?;
        let tool = [evidence.tool.clone(), evidence.tool_version.clone()].into_iter().flatten().collect::<Vec<_>>();
        let mut words: Vec<String> = ["lava-bench", "run", metric.benchmark.as_str()].map(String::from).into();
        for (name, value) in &evidence.all_parameters {
            // MMTests' own notes are not parameters.
            if name.starts_with('_') {
                continue;
            }
            words.push(format!("--param {}", quoted(&format!("{name}={}", of_case(name, value, metric)))));
        }
        words.push("--output old/1".into());
        let boots = document.base.boots.max(document.new.boots).max(3);
        let mut ours = vec![format!("# in {boots} boots of each kernel: old/1, old/2, ... new/1, ...")];
        ours.extend(broken(&words));
        ours.push("# then:".into());
        ours.push("lava-bench compare old/ --vs new/".into());
        // A workload of this program cannot be run without it.
        let own = evidence.tool.as_deref() == Some("lava-bench");
        let command = evidence.command.iter().filter(|_| !own).map(|word| quoted(word)).collect::<Vec<_>>();
        Some(Reproduce { tool: tool.join(" "), ours, theirs: broken(&command), command: command.join(" ") })
    }
}

/// The value of a parameter in this case: of an axis of the matrix the case's own.
fn of_case<'a>(name: &str, value: &'a str, metric: &'a MetricFields) -> &'a str {
    let own = metric.case.iter().find(|(key, _)| {
        key.as_str().eq_ignore_ascii_case(name) || name.eq_ignore_ascii_case(&key.as_str().replace('-', "_"))
    });
    own.map(|(_, own)| own.as_str()).filter(|own| value.split([' ', ',']).any(|word| word == *own)).unwrap_or(value)
}

/// For a shell. What a terminal would not show is written as `$'...'` has it.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./=:,+@%".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.into();
    }
    if crate::text::visible(text) == text {
        return format!("'{}'", text.replace('\'', "'\\''"));
    }
    let escaped = text.chars().fold(String::new(), |mut all, c| {
        match c {
            '\'' | '\\' => all.extend(['\\', c]),
            _ if crate::text::visible(c.encode_utf8(&mut [0; 4])) == c.to_string() => all.push(c),
            _ => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| all.push_str(&format!("\\x{byte:02x}"))),
        }
        all
    });
    format!("$'{escaped}'")
}

/// Words in lines that end in a backslash where the command goes on.
fn broken(words: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in words {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(format!("{line} \\"));
            line = "  ".into();
        } else if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_what_was_meant() {
        for (text, shown) in [
            ("a=1", "a=1"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", "'it'\\''s'"),
            ("a\n\u{202e}'", "$'a\\x0a\\xe2\\x80\\xae\\''"),
        ] {
            assert_eq!(quoted(text), shown);
        }
    }

    #[test]
    fn a_long_command_goes_on_in_the_next_line() {
        let words: Vec<String> = (0..30).map(|at| format!("--word={at}")).collect();
        let lines = broken(&words);
        assert!(lines.iter().all(|line| line.len() <= 72) && lines.len() > 3, "{lines:?}");
        let joined = lines.join("\n").replace(" \\\n  ", " ");
        assert_eq!(joined, words.join(" "));
    }
}
