//! A configuration's text -> variables, and the lines that are not understood.

use super::{Facts, arithmetic, written::Written};
use std::collections::{BTreeMap, BTreeSet};

/// The variables of a configuration.
#[derive(Debug)]
pub struct Config {
    facts: Facts,
    /// Each one's value, or why it is not known.
    variables: BTreeMap<String, Result<String, String>>,
    /// The text of each file that the shell would write, or why it is not known.
    files: BTreeMap<String, Result<String, String>>,
    /// The words that name these files.
    file_words: Vec<String>,
    /// What was not understood, in the file's order.
    pub problems: Vec<Problem>,
}

/// Lines that are not understood.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem {
    /// The first, from 1.
    pub line: usize,
    /// How many follow it.
    pub more: usize,
    /// The first one's text.
    pub text: String,
    /// Why.
    pub reason: String,
}

impl Config {
    /// Reads a configuration. Only assignments count; all else becomes a problem.
    pub fn read(text: &str, facts: Facts) -> Self {
        let mut config = Self {
            facts,
            variables: BTreeMap::new(),
            files: BTreeMap::new(),
            file_words: Vec::new(),
            problems: Vec::new(),
        };
        let lines: Vec<&str> = text.lines().collect();
        let mut at = 0;
        while at < lines.len() {
            let count = extent(&lines[at..]);
            config.statement(at, &lines[at..at + count]);
            at += count;
        }
        config
    }

    /// The value of a variable, if it has one that is known.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.variables.get(name)?.as_deref().ok()
    }

    /// The text of the file that the shell would write under this name.
    pub(super) fn file(&self, name: &str) -> Result<&str, String> {
        let unknown = || Err(format!("`{name}` is no file that the configuration writes"));
        self.files.get(name).map_or_else(unknown, |text| text.as_deref().map_err(Clone::clone))
    }

    /// The words, with variables, that name the files which the shell would write.
    pub(super) fn file_words(&self) -> &[String] {
        &self.file_words
    }

    /// How many processors there are.
    pub(super) fn cpus(&self) -> i64 {
        i64::try_from(self.facts.cpus).unwrap_or(i64::MAX / 8)
    }

    /// All variables, with their values where they are known.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_deref().ok()))
    }

    fn statement(&mut self, at: usize, lines: &[&str]) {
        let first = lines[0].trim();
        if first.is_empty() || first.starts_with('#') {
            return;
        }
        let reason = match assignment(first) {
            _ if heredoc(first).is_some() && Written::of(lines).is_some() => match self.written(lines) {
                Ok(()) => return,
                Err(reason) => reason,
            },
            _ if opens(first) || heredoc(first).is_some() => self.block(lines),
            Some((name, _)) => {
                let whole = lines.join("\n");
                let text = assignment(whole.trim()).map_or("", |(_, text)| text);
                let value = self.expand(text);
                let reason = value.as_ref().err().cloned();
                self.variables.insert(name.into(), value);
                let Some(reason) = reason else { return };
                reason
            }
            None => "only assignments are understood".into(),
        };
        self.problems.push(Problem { line: at + 1, more: lines.len() - 1, text: first.into(), reason });
    }

    /// Notes the file that a statement writes.
    fn written(&mut self, lines: &[&str]) -> Result<(), String> {
        let Some(written) = Written::of(lines) else { return Ok(()) };
        let name = self.expand(written.file)?;
        let text = written.text(|rest, text| self.variable(rest, text));
        self.file_words.push(written.file.into());
        self.files.insert(name, text.clone());
        text.map(|_| ())
    }

    /// Why a block is not understood, and what it may change: that is not known any more.
    fn block(&mut self, lines: &[&str]) -> String {
        let names: BTreeSet<&str> =
            lines.iter().filter_map(|line| assignment(line.trim())).map(|(name, _)| name).collect();
        // What the text of a file for a tool has is nothing of the shell's.
        if heredoc(lines[0]).is_some() {
            return "a file that the shell writes".into();
        }
        let changed: Vec<&str> = names.into_iter().collect();
        match changed.as_slice() {
            [] => "conditions, loops and functions are not understood".into(),
            names => format!("conditions, loops and functions are not understood; it may set {}", names.join(", ")),
        }
    }

    /// What the shell makes of a word.
    pub(super) fn expand(&self, text: &str) -> Result<String, String> {
        let (mut value, mut rest, mut quoted) = (String::new(), text, false);
        while let Some(next) = rest.chars().next() {
            let after = &rest[next.len_utf8()..];
            rest = match next {
                '"' => {
                    quoted = !quoted;
                    after
                }
                '\'' if !quoted => {
                    let (inner, after) = after.split_once('\'').ok_or("a quote is not closed")?;
                    value.push_str(inner);
                    after
                }
                '$' => self.variable(after, &mut value)?,
                '`' => return Err("it runs a command".into()),
                '\\' => after.strip_prefix('\n').ok_or("a backslash")?,
                _ if !quoted && next.is_whitespace() => match after.trim_start() {
                    comment if comment.is_empty() || comment.starts_with('#') => "",
                    _ => return Err("more than an assignment".into()),
                },
                _ if !quoted && ";&|<>()".contains(next) => return Err("more than an assignment".into()),
                _ => {
                    value.push(next);
                    after
                }
            };
        }
        if quoted { Err("a quote is not closed".into()) } else { Ok(value) }
    }

    /// Adds what stands behind a `$`; the rest of the text.
    fn variable<'a>(&self, text: &'a str, value: &mut String) -> Result<&'a str, String> {
        if let Some(inner) = text.strip_prefix("((") {
            let (expression, after) = inner.split_once("))").ok_or("`$((` is not closed")?;
            // `((a)/(b))` ends at the last of the parentheses.
            let extra = after.len() - after.trim_start_matches(')').len();
            let expression = &inner[..expression.len() + extra];
            value.push_str(&arithmetic::evaluate(expression, &|name| self.lookup(name))?.to_string());
            return Ok(&after[extra..]);
        }
        if text.starts_with('(') {
            return Err("it runs a command".into());
        }
        // The number of the shell's process: there is none, and whatever it is, it is the same everywhere.
        if let Some(after) = text.strip_prefix('$') {
            value.push_str("$$");
            return Ok(after);
        }
        let (bare, braced) = text.strip_prefix('{').map_or((text, false), |inner| (inner, true));
        let end = bare.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(bare.len());
        let (name, after) = bare.split_at(end);
        let after = if braced { after.strip_prefix('}') } else { Some(after).filter(|_| !name.is_empty()) };
        let after = after.ok_or_else(|| format!("`${}` is not understood", text.chars().next().unwrap_or(' ')))?;
        value.push_str(&self.lookup(name)?);
        Ok(after)
    }

    fn lookup(&self, name: &str) -> Result<String, String> {
        let unknown = || format!("`{name}` is not known here");
        match (self.variables.get(name), name) {
            (Some(value), _) => value.clone().map_err(|_| unknown()),
            (None, "NUM_LOGICAL_CPUS" | "NUMCPUS") => Ok(self.facts.cpus.to_string()),
            (None, "NUM_NODES" | "NUMNODES") => Ok(self.facts.nodes.to_string()),
            (None, "MEMTOTAL_BYTES") => self.facts.memory_bytes.map(|bytes| bytes.to_string()).ok_or_else(unknown),
            _ => Err(unknown()),
        }
    }
}

/// `export NAME=value` or `NAME=value` -> both.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix("export ").unwrap_or(line).trim_start().split_once('=')?;
    let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (letters && !name.is_empty() && !name.as_bytes()[0].is_ascii_digit()).then_some((name, value))
}

/// Whether a line begins a block.
fn opens(line: &str) -> bool {
    let first = line.split([' ', '\t', ';']).next().unwrap_or_default();
    ["if", "for", "while", "until", "case", "function", "{"].contains(&first) || line.trim_end().ends_with('{')
}

/// Whether a line ends a block.
fn closes(line: &str) -> bool {
    let ends = |word: &str| ["fi", "done", "esac", "}"].contains(&word);
    let mut words = line.split([' ', '\t', ';']).filter(|word| !word.is_empty());
    words.clone().next().is_some_and(ends) || words.next_back().is_some_and(ends)
}

/// The word that ends the text which a line begins.
fn heredoc(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("<<")?;
    let word = after.trim_start_matches(['-', '<']).trim_start().split([' ', '\t', ';', '>']).next()?;
    (!before.contains("$((") && !word.is_empty()).then(|| word.trim_matches(['"', '\'']))
}

/// How many lines the statement at the beginning of `lines` has.
fn extent(lines: &[&str]) -> usize {
    let first = lines[0].trim();
    if first.starts_with('#') {
        return 1;
    }
    let through = |found: Option<usize>| found.map_or(lines.len(), |last| last + 1);
    if let Some(word) = heredoc(first) {
        return through(lines.iter().skip(1).position(|line| line.trim() == word).map(|at| at + 1));
    }
    if opens(first) {
        let mut depth = 0_usize;
        return through(lines.iter().position(|line| {
            depth += usize::from(opens(line.trim()));
            depth = depth.saturating_sub(usize::from(closes(line.trim())));
            depth == 0
        }));
    }
    let mut quotes = 0;
    through(lines.iter().position(|line| {
        quotes += line.matches('"').count();
        quotes % 2 == 0 && !line.ends_with('\\')
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: Facts = Facts { cpus: 4, memory_bytes: Some(8 << 30), nodes: 1 };

    fn problems(text: &str) -> Vec<(usize, usize, String)> {
        Config::read(text, FACTS).problems.into_iter().map(|p| (p.line, p.more, p.reason)).collect()
    }

    #[test]
    fn assignments_are_what_the_shell_makes_of_them() {
        let text = "# a comment = nothing\nexport MMTESTS=\"wis-pread \\\n  wis-open\"\nexport ROWS=$((1048576/8))\n\
                    export SIZE=$((ROWS/52)) # what fits\nA='$x'\"b $ROWS\"c\nexport MAX=$(((NUMCPUS/NUMNODES)-1))\n\
                    export HALF=${MEMTOTAL_BYTES}\nexport EMPTY=\n";
        let config = Config::read(text, FACTS);
        assert_eq!(config.problems, []);
        assert_eq!(config.value("MMTESTS"), Some("wis-pread   wis-open"));
        assert_eq!(config.value("SIZE"), Some("2520"));
        assert_eq!(config.value("A"), Some("$xb 131072c"));
        assert_eq!(config.value("MAX"), Some("3"));
        assert_eq!(config.value("HALF"), Some("8589934592"));
        assert_eq!(config.value("EMPTY"), Some(""));
    }

    #[test]
    fn what_is_not_understood_is_told_with_its_line() {
        let text = "export A=1\nif [ $A -gt 0 ]; then\n  if true; then A=2; fi\n  export A=3\nfi\nexport B=`date`\n\
                    disable_transhuge\ncat >$JOB <<END\n[global]\nsize=1\nEND\nexport C=$UNHEARD\nexport D=$((B+1))\nexport E=$?\n\
                    cat >job-$$ <<END\n[a]\nsize=$((A+1))\nEND\n";
        let found = problems(text);
        let expected = [
            (2, 3, "conditions, loops and functions are not understood; it may set A"),
            (6, 0, "it runs a command"),
            (7, 0, "only assignments are understood"),
            (8, 3, "`JOB` is not known here"),
            (12, 0, "`UNHEARD` is not known here"),
            (13, 0, "`B` is not known here"),
            (14, 0, "`$?` is not understood"),
        ];
        assert_eq!(found, expected.map(|(line, more, why)| (line, more, why.to_string())));
        let config = Config::read(text, FACTS);
        assert_eq!((config.value("A"), config.value("B"), config.value("size")), (Some("1"), None, None));
        assert_eq!(config.file("job-$$"), Ok("[a]\nsize=2"));
        assert!(config.file("job").is_err_and(|why| why == "`job` is no file that the configuration writes"));
    }

    #[test]
    fn a_file_that_was_cut_is_no_panic() {
        let text =
            "export MMTESTS=\"a\nif x\n<<\n<<E\nexport =\nexport A=$((\nexport B=${C\nexport \u{e9}=\u{e9} $\u{e9}\n}";
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            Config::read(&text[..end], FACTS);
            Config::read(&text[end..], FACTS);
        }
        assert_eq!(problems("export A=\"x\nexport B=1\n"), [(1, 1, "a quote is not closed".into())]);
        assert_eq!(problems("export A=1; rm -rf x\n"), [(1, 0, "more than an assignment".into())]);
    }
}
