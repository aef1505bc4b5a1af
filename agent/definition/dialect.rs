//! Values that LAVA reads as something else: it takes YAML 1.1, and this program YAML 1.2.

/// The values without quotes that YAML 1.1 reads as another text than they are, each with its line, from 1. `on` is a truth
/// value there, `010` is 8, `1_000` is 1000 and `1:30` is 90.
pub(super) fn read_otherwise(text: &str) -> Vec<(usize, &str)> {
    let (mut found, mut is_ours) = (Vec::new(), false);
    for (line, number) in text.lines().zip(1..) {
        // The sections with values for commands. The others hold sentences and scripts.
        if line.starts_with(|first: char| first.is_ascii_alphabetic()) {
            is_ours = ["benchmark:", "params:"].iter().any(|section| line.starts_with(section));
        }
        if is_ours {
            let values = plain_values(line).into_iter().filter(|value| differs(value));
            found.extend(values.map(|value| (number, value)));
        }
    }
    found
}

/// The values without quotes in a line.
fn plain_values(line: &str) -> Vec<&str> {
    let line = line.split(" #").next().unwrap_or_default();
    let line = line.split("description: ").next().unwrap_or_default();
    let mut values = Vec::new();
    let (mut begin, mut quote) = (0, None);
    for (at, character) in line.char_indices() {
        match quote {
            Some(mark) => quote = quote.filter(|_| mark != character),
            None if matches!(character, '\'' | '"') && begins_value(&line[begin..at]) => quote = Some(character),
            None if matches!(character, '[' | ']' | '{' | '}' | ',') => {
                values.push(&line[begin..at]);
                begin = at + 1;
            }
            None => {}
        }
    }
    values.push(&line[begin..]);
    values.into_iter().map(value).collect()
}

/// Whether what comes behind `before` is the begin of a value.
fn begins_value(before: &str) -> bool {
    before.trim().is_empty() || before.ends_with(": ") || before.trim_start() == "- "
}

/// The value of `- value` and of `key: value`.
fn value(part: &str) -> &str {
    let part = part.rsplit_once(": ").map_or(part, |(_, value)| value).trim();
    part.trim_start_matches("- ").trim()
}

/// Whether YAML 1.1 reads it as a truth value or a number that is written in another way.
fn differs(value: &str) -> bool {
    const TRUTH: [&str; 4] = ["on", "off", "yes", "no"];
    let (lower, digits) =
        (value.to_ascii_lowercase(), |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    let is_word =
        TRUTH.contains(&&*lower) && (value == lower || value[1..] == lower[1..] || value == value.to_ascii_uppercase());
    let is_octal =
        value.strip_prefix('0').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| matches!(b, b'0'..=b'7')));
    let parts = |mark: char| value.contains(mark) && value.split(mark).all(digits);
    is_word || is_octal || parts('_') || parts(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_lava_reads_otherwise_are_found_where_they_are_values() {
        let text = "metadata:\n  name: on\nparams:\n  SYNC: on\n  MODE: '0755'\n  TIME: 1:30\nrun:\n  steps: [no]\nbenchmark:\n  \
                    parameters:\n  - {name: SYNC, type: choice, choices: [on, 'off', Off], description: on, or no}\n  command:\n  \
                    - no # 'yes'\n  - 'a, on, b'\n  - 0755\n  - it's, YES\n  - {on: SERVER, range: [0, 1_000]}\n  - 10\n  - note\n";
        let expected =
            [(4, "on"), (6, "1:30"), (11, "on"), (11, "Off"), (13, "no"), (15, "0755"), (16, "YES"), (17, "1_000")];
        assert_eq!(read_otherwise(text), expected);
    }
}
