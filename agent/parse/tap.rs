//! Verdicts in TAP 13 and 14 and KTAP: lines -> one verdict for each test, nested ones before the test that they belong to.
//!
//! Test suites of the kernel nest in two ways: kselftest puts `# ` before the lines of a test program, KUnit indents them.
//! Both put a test's own verdict below those of the tests inside of it. KTAP: Documentation/dev-tools/ktap.rst.

use super::{ExtractionBuilder, Problem};
use crate::text::printable;
use crate::{definition::Tap, record::Verdict};
use std::collections::BTreeMap;

/// What a line of TAP is; everything else in it is a note for people.
#[derive(Debug, PartialEq)]
enum Line<'a> {
    /// A document begins.
    Version,
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
    reasons: Vec<String>,
    inside: Vec<Node>,
}

/// The tests of one depth that have no parent yet: those of one document, and of complete ones before it.
#[derive(Debug, Default)]
struct Level {
    indent: usize,
    group: Option<String>,
    nodes: Vec<Node>,
    /// How many of `nodes` are of the documents before.
    before: usize,
    has_version: bool,
    plan: Option<usize>,
    totals: Option<usize>,
    last_number: Option<u64>,
    /// What is wrong with the documents, or why they have no tests.
    remarks: Vec<String>,
}

impl Level {
    fn at(indent: usize) -> Self {
        Self { indent, ..Self::default() }
    }

    /// The document is over.
    fn end(&mut self) {
        let found = self.nodes.len() - self.before;
        let wrong = |expected: &usize| *expected != found;
        if let Some(expected) = self.plan.filter(wrong).or(self.totals.filter(wrong)) {
            self.remarks.push(format!("{found} of {expected} tests have a verdict"));
        }
        self.before = self.nodes.len();
        (self.has_version, self.plan, self.totals, self.last_number) = (false, None, None, None);
    }

    fn add(&mut self, number: &str, node: Node) {
        let number = number.parse::<u64>().ok();
        let expected = match self.last_number {
            Some(last) => last.checked_add(1),
            // The numbers of a document whose head is there may begin anywhere: KUnit goes on counting.
            None if self.has_version => number,
            None => Some(1),
        };
        if let (Some(number), Some(expected)) = (number, expected)
            && number != expected
        {
            self.remarks.push(format!("test {expected} is missing before test {number}"));
        }
        self.last_number = number;
        self.nodes.push(node);
    }
}

/// Takes every verdict that `text` holds.
pub(super) fn read(tap: &Tap, text: &[u8], taken: &mut ExtractionBuilder<'_>) {
    let mut reader = Reader { levels: vec![Level::at(0)] };
    for line in super::split::lines(text) {
        let line = String::from_utf8_lossy(without_prefix(line));
        if let Some((indent, line)) = read_line(&line) {
            reader.line(indent, &line);
        }
    }
    let all = reader.finish();
    if all.nodes.is_empty() {
        taken.problem(Problem::Tap("no test".into()));
    }
    all.nodes.iter().for_each(|node| outermost(tap, node, taken));
    all.remarks.into_iter().for_each(|remark| taken.problem(Problem::Tap(remark)));
}

struct Reader {
    /// Outermost first, each with a larger indent than the one before.
    levels: Vec<Level>,
}

impl Reader {
    fn line(&mut self, indent: usize, line: &Line<'_>) {
        match line {
            Line::Version => {
                self.unfinished(indent);
                let level = self.level(indent);
                level.end();
                level.has_version = true;
            }
            Line::Test(test) => {
                let inside = self.close_deeper(indent);
                self.level(indent).add(test.number, Node::new(test, inside));
            }
            Line::Plan(count, why) => self.plan(indent, *count, why.unwrap_or("")),
            Line::Totals(count) => self.level(indent).totals = Some(*count),
            Line::Group(name) => self.level(indent).group = Some((*name).into()),
            Line::BailOut(why) => self.level(indent).remarks.push(format!("bail out: {}", printable(why.as_bytes()))),
        }
    }

    fn plan(&mut self, indent: usize, count: usize, why: &str) {
        let level = self.level(indent);
        if count > 0 {
            level.plan = Some(count);
        } else if indent > 0 {
            level.remarks.push(why.into());
        } else {
            let reasons = vec![why.to_string()];
            level.nodes.push(Node { name: "plan".into(), result: Verdict::Skip, reasons, inside: Vec::new() });
        }
    }

    /// The level with this indent; a new one, if there is none.
    fn level(&mut self, indent: usize) -> &mut Level {
        let at = self.levels.iter().position(|level| level.indent >= indent).unwrap_or(self.levels.len());
        if self.levels.get(at).is_none_or(|level| level.indent != indent) {
            self.levels.insert(at, Level::at(indent));
        }
        &mut self.levels[at]
    }

    /// What is deeper than `indent`: the tests of the one whose verdict comes now.
    fn close_deeper(&mut self, indent: usize) -> Level {
        let mut inside = Level::default();
        while let Some(mut level) = self.levels.pop_if(|level| level.indent > indent) {
            level.end();
            level.nodes.append(&mut inside.nodes);
            level.remarks.append(&mut inside.remarks);
            inside = level;
        }
        inside
    }

    /// What is deeper than `indent` gets no verdict any more.
    fn unfinished(&mut self, indent: usize) {
        while let Some(mut level) = self.levels.pop_if(|level| level.indent > indent) {
            level.end();
            let outer = match self.levels.last_mut() {
                Some(outer) if outer.indent >= indent => outer,
                _ => self.level(indent),
            };
            if level.nodes.is_empty() && level.remarks.is_empty() {
                continue;
            }
            let name = outer.group.take().or(level.group.take()).unwrap_or_else(|| "unfinished".into());
            let reasons = [vec!["not finished".into()], level.remarks].concat();
            outer.nodes.push(Node { name, result: Verdict::Fail, reasons, inside: level.nodes });
        }
    }

    /// The outermost tests. A group that has no verdict of its own was not finished.
    fn finish(mut self) -> Level {
        let unfinished = self.levels.len() > 1;
        self.unfinished(0);
        let mut all = self.levels.pop().unwrap_or_default();
        if unfinished {
            all.remarks.push("the last test is not finished".into());
        }
        all.end();
        all
    }
}

impl Node {
    fn new(test: &Test<'_>, inside: Level) -> Self {
        let (word, rest) = test.directive.split_once(' ').unwrap_or((test.directive, ""));
        // kselftest's programs put the name of a test that is left out behind the word.
        let name = [test.name, rest.trim(), test.number].into_iter().find(|name| !name.is_empty()).unwrap_or("");
        let result = match (test.ok, word.to_ascii_uppercase().as_str()) {
            // TODO: a test that is known not to pass yet; what became of it says nothing.
            (_, "SKIP") | (false, "TODO") => Verdict::Skip,
            (true, _) => Verdict::Pass,
            (false, _) => Verdict::Fail,
        };
        let directive = Some(test.directive.to_string()).filter(|directive| !directive.is_empty());
        Self {
            name: name.into(),
            result,
            reasons: directive.into_iter().chain(inside.remarks).collect(),
            inside: inside.nodes,
        }
    }
}

fn outermost(tap: &Tap, node: &Node, taken: &mut ExtractionBuilder<'_>) {
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

fn nested<'a>(
    tap: &'a Tap,
    node: &Node,
    above: &str,
    labels: &BTreeMap<&'a str, String>,
    taken: &mut ExtractionBuilder<'_>,
) {
    let path = if above.is_empty() { node.name.clone() } else { format!("{above}.{}", node.name) };
    for inner in &node.inside {
        nested(tap, inner, &path, labels, taken);
    }
    let mut labels = labels.clone();
    labels.insert(tap.nested.as_str(), printable(path.as_bytes()));
    taken.outcome(&labels, node.result, reason(node));
}

fn reason(node: &Node) -> Option<String> {
    let reasons: Vec<&str> = node.reasons.iter().map(String::as_str).filter(|reason| !reason.is_empty()).collect();
    (!reasons.is_empty()).then(|| printable(reasons.join("; ").as_bytes()))
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
        if time > 0 && after[time..].starts_with(b"]") {
            let text = &after[time + 1..];
            rest = text.strip_prefix(b" ").unwrap_or(text);
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
    if text.starts_with("TAP version ") || text.starts_with("KTAP version ") {
        return Some(Line::Version);
    }
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
        let told = [
            "test=a pass",
            "test=b inside=c pass",
            "test=b fail not finished; 1 of 2 tests have a verdict",
            "TAP: the last test is not finished",
        ];
        assert_eq!(verdicts(cut), told);
        assert_eq!(verdicts("1..2\nok 1 a\n"), ["test=a pass", "TAP: 1 of 2 tests have a verdict"]);
        assert_eq!(verdicts("1..0 # SKIP no such device\n"), ["test=plan skip SKIP no such device"]);
        assert_eq!(
            verdicts("1..2\nok 1\nBail out! no memory\n"),
            ["test=1 pass", "TAP: bail out: no memory", "TAP: 1 of 2 tests have a verdict"]
        );
        assert_eq!(verdicts("1..\n"), ["TAP: no test"]);
        // The beginning of the kernel's log was overwritten.
        let late = "ok 10 j\nok 12 l\n1..12\n";
        let told =
            ["test 1 is missing before test 10", "test 11 is missing before test 12", "2 of 12 tests have a verdict"];
        assert_eq!(verdicts(late)[2..], told.map(|told| format!("TAP: {told}")));
    }

    #[test]
    fn what_is_wrong_inside_of_a_test_is_its_own_matter() {
        let text = "1..4\n# 1..3\n# # Totals: pass:3 fail:0 xfail:0 xpass:0 skip:0 error:0\nok 1 kcmp\n# Bail out! no file\nnot ok 2 suspend\n\
            # 1..0 # SKIP no module\nok 3 sync # SKIP\n# ok 1 # SKIP CLOCK_TAI isn't there\nok 4 timens\n";
        assert_eq!(
            verdicts(text),
            [
                "test=kcmp pass 0 of 3 tests have a verdict",
                "test=suspend fail bail out: no file",
                "test=sync skip SKIP; SKIP no module",
                "test=timens inside=CLOCK_TAI isn't there skip SKIP CLOCK_TAI isn't there",
                "test=timens pass",
            ]
        );
    }

    #[test]
    fn documents_follow_each_other() {
        let suite = |number: usize, name: &str| {
            format!(
                "KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: {name}\n    1..1\n    ok 1 one\nok {number} {name}\n"
            )
        };
        let text = suite(1, "list") + &suite(2, "sort");
        let told = ["test=list inside=one pass", "test=list pass", "test=sort inside=one pass", "test=sort pass"];
        assert_eq!(verdicts(&text), told);
    }
}
