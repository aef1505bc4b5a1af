//! What the parsers of a tree on the board said of a run: `parsed/PROGRAM` with lines `name: number`, or `parsed/PROGRAM.why` where
//! none could read the output of a program, which is then only kept.

use super::{Number, file};
use std::{collections::BTreeMap, fs, path::Path};

/// The folder, in that of the run.
const FOLDER: &str = "parsed";

/// What the name of a file ends with that says why nothing was parsed.
const WHY: &str = ".why";

/// The most statistics of one program.
const MOST: usize = 100_000;

/// What was said of all programs of a run.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Parsed {
    /// One number for each statistic.
    pub(super) stats: Vec<(String, Number)>,
    /// The programs whose output nothing read, and why.
    pub(super) kept: BTreeMap<String, String>,
    /// What cannot be read: the file, and why.
    pub(super) lost: Vec<(String, String)>,
}

impl Parsed {
    /// What is in the folder of a run; nothing where no tree was driven.
    pub(super) fn read(run: &Path) -> Option<Self> {
        let mut parsed = Self::default();
        let entries = fs::read_dir(run.join(FOLDER)).ok()?;
        let mut names: Vec<String> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.sort();
        for name in names {
            let text = match file::read(&run.join(FOLDER).join(&name)) {
                Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Err(error) => {
                    parsed.lost.push((format!("{FOLDER}/{name}"), error.to_string()));
                    continue;
                }
            };
            match name.strip_suffix(WHY) {
                Some(program) => {
                    let why = text.lines().next().unwrap_or_default().trim();
                    parsed.kept.insert(program.into(), if why.is_empty() { "unknown" } else { why }.into());
                }
                None => parsed.take(&name, &text),
            }
        }
        Some(parsed)
    }

    /// Takes what the parser of a program said.
    fn take(&mut self, program: &str, text: &str) {
        let mut lists: Vec<(&str, Vec<Number>)> = Vec::new();
        let mut at: BTreeMap<&str, usize> = BTreeMap::new();
        let mut bad = 0;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((name, value)) = line.split_once(": ").filter(|(_, value)| !value.trim().is_empty()) else {
                continue;
            };
            let number = number(value.trim()).filter(|_| !name.contains([' ', '\t']) && lists.len() < MOST);
            let Some(number) = number else {
                bad += 1;
                continue;
            };
            let at = *at.entry(name).or_insert_with(|| {
                lists.push((name, Vec::new()));
                lists.len() - 1
            });
            lists[at].1.push(number);
        }
        if bad > 0 {
            self.lost.push((format!("{FOLDER}/{program}"), format!("{bad} of its lines have no number")));
        }
        // lkp's number of several samples is their mean, and one that is missing is 0.
        let longest = lists.iter().map(|(_, list)| list.len()).max().unwrap_or_default();
        let one = |(name, list): (&str, Vec<Number>)| {
            let sum: f64 = list.iter().map(|number| number.value).sum();
            let mean = Number { value: sum / longest as f64, whole: false };
            (format!("{program}.{name}"), if let [one] = list[..] { one } else { mean })
        };
        self.stats.extend(lists.into_iter().map(one));
    }
}

/// A number as Ruby reads one: whole where it has no point.
fn number(text: &str) -> Option<Number> {
    let value = text.parse::<f64>().ok().filter(|value| value.is_finite())?;
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E'));
    is_plain.then_some(Number { value, whole: !text.contains('.') })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::tempdir;

    #[test]
    fn a_parsers_lines_are_numbers_and_what_is_none_is_named() {
        let run = tempdir().unwrap();
        assert_eq!(Parsed::read(run.path()), None);
        fs::create_dir(run.path().join("parsed")).unwrap();
        let text = "# run_cmd: x\nthroughput: 10.5\nper:\nops: 3\nops: 6\nrate: 12%\na b: 1\nbad: nan\n";
        fs::write(run.path().join("parsed/bench"), text).unwrap();
        fs::write(run.path().join("parsed/other.why"), "env: 'ruby': No such file\nmore\n").unwrap();
        let parsed = Parsed::read(run.path()).unwrap();
        let of = |name: &str, value: f64, whole: bool| (name.to_string(), Number { value, whole });
        assert_eq!(parsed.stats, [of("bench.throughput", 10.5, false), of("bench.ops", 4.5, false)]);
        assert_eq!(parsed.kept, BTreeMap::from([("other".into(), "env: 'ruby': No such file".into())]));
        assert_eq!(parsed.lost, [("parsed/bench".to_string(), "3 of its lines have no number".to_string())]);
    }
}
