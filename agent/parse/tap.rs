//! Verdicts in TAP 13 and 14 and KTAP: lines -> one verdict for each test, nested ones before the test that they belong to.
//!
//! Test suites of the kernel nest in two ways: kselftest puts `# ` before the lines of a test program, KUnit indents them.
//! Both put a test's own verdict below those of the tests inside of it. KTAP: Documentation/dev-tools/ktap.rst.

use super::{Problem, Taken, printable};
use crate::{definition::Tap, record::Verdict};
use std::collections::BTreeMap;

/// What a line of TAP is; everything else in it is a note for people.
#[derive(Debug, PartialEq)]
enum Line<'a> {
    /// `1..N`, and why none is run.
    Plan(usize, Option<&'a str>),
    /// `ok 3 - name # SKIP why`.
    Test(Test<'a>),
    /// The name of the group whose tests come next.
    Group(&'a str),
    /// How many tests a program of kselftest says that it had.
    Totals(usize),
    /// The program gave up.
    BailOut(&'a str),
}

/// A line with a verdict.
#[derive(Debug, PartialEq)]
struct Test<'a> {
    ok: bool,
    number: &'a str,
    name: &'a str,
    directive: &'a str,
}

/// A test with its verdict, and those inside of it.
#[derive(Debug)]
struct Node {
    name: String,
    result: Verdict,
    reason: Option<String>,
    inside: Vec<Node>,
}

/// The tests of one depth that have no parent yet.
#[derive(Debug, Default)]
struct Level {
    indent: usize,
    plan: Option<usize>,
    totals: Option<usize>,
    group: Option<String>,
    nodes: Vec<Node>,
}

/// Takes every verdict that `text` holds.
pub(super) fn read(tap: &Tap, text: &[u8], taken: &mut Taken<'_>) {
    let mut reader = Reader { levels: vec![Level::default()], problems: Vec::new() };
    for line in super::lines::lines(text) {
        let line = String::from_utf8_lossy(without_prefix(line));
        if let Some((indent, line)) = read_line(&line) {
            reader.line(indent, &line);
        }
    }
    let nodes = reader.finish();
    taken.extraction.problems.extend(reader.problems.into_iter().map(Problem::Tap));
    if nodes.is_empty() {
        taken.problem(Problem::Tap("no test".into()));
    }
    nodes.iter().for_each(|node| outermost(tap, node, taken));
}

struct Reader {
    /// Outermost first, each with a larger indent than the one before.
    levels: Vec<Level>,
    problems: Vec<String>,
}

impl Reader {
    fn line(&mut self, indent: usize, line: &Line<'_>) {
        match line {
            Line::Test(test) => {
                let inside = self.close_deeper(indent, test);
                let node = Node::new(test, inside);
                self.level(indent).nodes.push(node);
            }
            Line::Plan(count, why) => {
                let level = self.level(indent);
                level.plan = Some(*count);
                if let (0, Some(why)) = (count, why) {
                    let reason = Some(why.to_string()).filter(|why| !why.is_empty());
                    level.nodes.push(Node { name: "plan".into(), result: Verdict::Skip, reason, inside: Vec::new() });
                }
            }
            Line::Totals(count) => self.level(indent).totals = Some(*count),
            Line::Group(name) => self.level(indent).group = Some((*name).into()),
            Line::BailOut(why) => self.problems.push(format!("bail out: {}", printable(why.as_bytes()))),
        }
    }

    /// The level with this indent; a new one, if it is deeper than all.
    fn level(&mut self, indent: usize) -> &mut Level {
        let at = match self.levels.iter().position(|level| level.indent >= indent) {
            Some(at) if self.levels[at].indent == indent => at,
            Some(at) => {
                self.levels.insert(at, Level { indent, ..Level::default() });
                at
            }
            None => {
                self.levels.push(Level { indent, ..Level::default() });
                self.levels.len() - 1
            }
        };
        &mut self.levels[at]
    }

    /// The tests that are deeper than `indent`: those of the test whose verdict comes now.
    fn close_deeper(&mut self, indent: usize, test: &Test<'_>) -> Vec<Node> {
        let mut inside = Vec::new();
        while self.levels.last().is_some_and(|level| level.indent > indent) {
            let Some(mut level) = self.levels.pop() else { break };
            // A program that was ended for taking too long says so itself.
            if !test.directive.starts_with("TIMEOUT") {
                self.check(&level, test.name);
            }
            level.nodes.append(&mut inside);
            inside = level.nodes;
        }
        inside
    }

    fn check(&mut self, level: &Level, name: &str) {
        let found = level.nodes.iter().filter(|node| node.name != "plan" || node.result != Verdict::Skip).count();
        let wrong = |expected: &usize| *expected != found;
        if let Some(expected) = level.plan.filter(wrong).or(level.totals.filter(wrong)) {
            let name = if name.is_empty() { "" } else { &format!("`{}`: ", printable(name.as_bytes())) };
            self.problems.push(format!("{name}{found} of {expected} tests have a verdict"));
        }
    }

    /// The outermost tests. A group that has no verdict of its own was not finished.
    fn finish(&mut self) -> Vec<Node> {
        let mut unfinished = Vec::new();
        while let Some(mut level) = self.levels.pop() {
            let name = self.levels.last().and_then(|outer| outer.group.clone()).or(level.group.take());
            self.check(&level, if level.indent == 0 { "" } else { name.as_deref().unwrap_or("") });
            level.nodes.append(&mut unfinished);
            if level.indent == 0 {
                return level.nodes;
            }
            unfinished = vec![Node {
                name: name.unwrap_or_else(|| "unfinished".into()),
                result: Verdict::Fail,
                reason: Some("not finished".into()),
                inside: level.nodes,
            }];
        }
        unfinished
    }
}

impl Node {
    fn new(test: &Test<'_>, inside: Vec<Self>) -> Self {
        let name = if test.name.is_empty() { test.number } else { test.name };
        let directive = test.directive.split_whitespace().next().unwrap_or("").to_ascii_uppercase();
        let result = match (test.ok, directive.as_str()) {
            (_, "SKIP") => Verdict::Skip,
            // A test that is known not to pass yet, in TAP; what became of it says nothing.
            (false, "TODO") => Verdict::Skip,
            (ok, _) => {
                if ok {
                    Verdict::Pass
                } else {
                    Verdict::Fail
                }
            }
        };
        let reason = Some(test.directive.to_string()).filter(|directive| !directive.is_empty());
        Self { name: name.into(), result, reason, inside }
    }
}

fn outermost(tap: &Tap, node: &Node, taken: &mut Taken<'_>) {
    let Some(captures) = tap.test.captures(node.name.as_bytes()) else {
        return taken
            .problem(Problem::Tap(format!("test `{}`: not a name of this suite", printable(node.name.as_bytes()))));
    };
    let group = |name| Some((name, printable(captures.name(name)?.as_bytes())));
    let labels: BTreeMap<&str, String> = tap.test.capture_names().flatten().filter_map(group).collect();
    for inner in &node.inside {
        nested(tap, inner, "", &labels, taken);
    }
    taken.outcome(&labels, node.result, reason(node));
}

fn nested<'a>(tap: &'a Tap, node: &Node, above: &str, labels: &BTreeMap<&'a str, String>, taken: &mut Taken<'_>) {
    let path = if above.is_empty() { node.name.clone() } else { format!("{above}.{}", node.name) };
    for inner in &node.inside {
        nested(tap, inner, &path, labels, taken);
    }
    let mut labels = labels.clone();
    labels.insert(tap.nested.as_str(), printable(path.as_bytes()));
    taken.outcome(&labels, node.result, reason(node));
}

fn reason(node: &Node) -> Option<String> {
    node.reason.as_ref().map(|reason| printable(reason.as_bytes()))
}

/// A line without what printk puts before it: `<6>`, and the time in brackets.
fn without_prefix(line: &[u8]) -> &[u8] {
    let mut rest = line;
    if let Some(after) = rest.strip_prefix(b"<") {
        let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 && after.get(digits) == Some(&b'>') {
            rest = &after[digits + 1..];
        }
    }
    if let Some(after) = rest.strip_prefix(b"[") {
        let time = after.iter().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b'.')).count();
        if time > 0 && after[time..].starts_with(b"] ") {
            rest = &after[time + 2..];
        }
    }
    rest
}

/// How far a line is indented, and what it is.
fn read_line(line: &str) -> Option<(usize, Line<'_>)> {
    let mut rest = line.trim_end();
    loop {
        if let Some(content) = content(rest) {
            return Some((line.trim_end().len() - rest.len(), content));
        }
        rest = ["# ", " ", "\t"].iter().find_map(|prefix| rest.strip_prefix(prefix))?;
    }
}

fn content(text: &str) -> Option<Line<'_>> {
    for (word, ok) in [("ok", true), ("not ok", false)] {
        if let Some(rest) = text.strip_prefix(word).filter(|rest| rest.starts_with(' ')) {
            return test(rest.trim_start(), ok);
        }
    }
    if let Some(name) = text
        .strip_prefix("# Subtest: ")
        .or_else(|| text.strip_prefix("# ").filter(|rest| rest.starts_with("selftests: ")))
    {
        return Some(Line::Group(name.trim()));
    }
    if let Some(why) = text.strip_prefix("Bail out!") {
        return Some(Line::BailOut(why.trim()));
    }
    if let Some(totals) = text.strip_prefix("# Totals: ").filter(|totals| totals.contains("error:")) {
        let counts = totals.split_whitespace().map(|part| part.split_once(':')?.1.parse::<usize>().ok());
        return counts.sum::<Option<usize>>().map(Line::Totals);
    }
    let (count, why) = text
        .strip_prefix("1..")?
        .split_once('#')
        .map_or((text.strip_prefix("1..")?, None), |(count, why)| (count, Some(why.trim())));
    Some(Line::Plan(count.trim().parse().ok()?, why))
}

/// What stands behind `ok` or `not ok`. A test without a number is none: people write such lines too.
fn test(rest: &str, ok: bool) -> Option<Line<'_>> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = rest.split_at(digits);
    if number.is_empty() || !(rest.is_empty() || rest.starts_with(' ')) {
        return None;
    }
    let rest = rest.trim_start();
    let rest = rest.strip_prefix("- ").unwrap_or(rest);
    let (name, directive) = match rest.strip_prefix("# ") {
        Some(directive) => ("", directive),
        None => rest.split_once(" # ").unwrap_or((rest, "")),
    };
    Some(Line::Test(Test { ok, number, name: name.trim(), directive: directive.trim() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        definition::Definition,
        parse::{Outputs, extract},
    };

    /// Each verdict as `labels result reason`, then the problems.
    fn verdicts(text: &str) -> Vec<String> {
        let yaml = "metadata: {format: Lava-Test Test Definition 1.0, name: t, description: d}\n\
            run: {steps: [lava-bench run t]}\n\
            benchmark:\n  schema: 1\n  tool: {name: t}\n  command: [t]\n  verdict-labels: [suite, test, inside]\n  outputs:\n  \
            - name: tap\n    recognise: '1\\.\\.'\n    tap: {test: '^(selftests: (?P<suite>\\w+): )?(?P<test>.+)$', nested: inside}\n";
        let definition = Definition::read("t", yaml).unwrap();
        let found = extract(&definition, &BTreeMap::new(), &Outputs { stdout: text.as_bytes(), ..Outputs::default() });
        let shown = found.verdicts.iter().map(|outcome| {
            let reason = outcome.reason.as_deref().unwrap_or("");
            format!("{} {} {reason}", outcome.labels, outcome.result.as_str()).trim_end().to_string()
        });
        shown.chain(found.problems.iter().map(ToString::to_string)).collect()
    }

    #[test]
    fn kselftest_nests_by_a_comment() {
        let text = "TAP version 13\n1..3\n# timeout set to 45\n# selftests: timers: posix_timers\n# TAP version 13\n# 1..2\n\
            # ok 1 check signal\n# ok 2 check signal\n# # Totals: pass:2 fail:0 xfail:0 xpass:0 skip:0 error:0\n\
            ok 1 selftests: timers: posix_timers\n# selftests: timers: slow\n# # ok I am only saying so\n\
            not ok 2 selftests: timers: slow # TIMEOUT 45 seconds\nok 3 selftests: size: get_size # SKIP\n";
        assert_eq!(
            verdicts(text),
            [
                "suite=timers test=posix_timers inside=check signal pass",
                "suite=timers test=posix_timers inside=check signal-2 pass",
                "suite=timers test=posix_timers pass",
                "suite=timers test=slow fail TIMEOUT 45 seconds",
                "suite=size test=get_size skip SKIP",
            ]
        );
    }

    #[test]
    fn kunit_nests_by_indentation_under_printk() {
        let text = "[    1.0] KTAP version 1\n[    1.0] 1..1\n<6>[    1.1]     KTAP version 1\n[    1.1]     # Subtest: example\n\
            [    1.1]     1..2\n[    1.1]         KTAP version 1\n[    1.1]         # Subtest: params\n[    1.1]         ok 1 value 0\n\
            [    1.1]         ok 2 value 1\n[    1.1]     ok 1 params\n[    1.2]     not ok 2 other\n\
            [    1.2] # example: pass:1 fail:1 skip:0 total:2\n[    1.2] not ok 1 example\n";
        assert_eq!(
            verdicts(text),
            [
                "test=example inside=params.value 0 pass",
                "test=example inside=params.value 1 pass",
                "test=example inside=params pass",
                "test=example inside=other fail",
                "test=example fail",
            ]
        );
    }

    #[test]
    fn what_is_missing_is_told() {
        let cut = "1..2\nok 1 a\n    # Subtest: b\n    1..2\n    ok 1 c\n";
        assert_eq!(
            verdicts(cut),
            [
                "test=a pass",
                "test=b inside=c pass",
                "test=b fail not finished",
                "TAP: `b`: 1 of 2 tests have a verdict",
                "TAP: 1 of 2 tests have a verdict",
            ]
        );
        assert_eq!(verdicts("1..2\nok 1 a\n"), ["test=a pass", "TAP: 1 of 2 tests have a verdict"]);
        assert_eq!(verdicts("1..0 # SKIP no such device\n"), ["test=plan skip SKIP no such device"]);
        assert_eq!(
            verdicts("1..2\nok 1\nBail out! no memory\n"),
            ["test=1 pass", "TAP: bail out: no memory", "TAP: 1 of 2 tests have a verdict"]
        );
        assert_eq!(verdicts("1..\n"), ["TAP: no test"]);
    }
}
