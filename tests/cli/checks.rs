//! What `check` says of a person's definition: the mistake, its line, and what was meant.

use crate::support::{Said, definition, program, project, run};
use std::{fs, path::Path};
use tempfile::TempDir;

const MINE: &str = r#"metadata:
  format: Lava-Test Test Definition 1.0
  name: mine
  description: "name: mine, primary: score"
run:
  steps: [lava-bench run mine]
benchmark:
  schema: 1
  tool: {name: sh}
  command: [sh, -c, 'echo score 1']
  metrics:
    - {name: score, unit: points, better: higher, range: [0, 10]}
  primary:
    - score
  outputs:
    - name: one
      recognise: '^score'
      patterns:
        - {metric: score, regex: '^score (?P<value>\d+)$'}
"#;

/// What `check` says of the definition with one text in the place of another.
fn checked(from: &str, to: &str) -> (i32, String) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("mine.yaml");
    assert!(MINE.contains(from), "{from}");
    fs::write(&file, MINE.replacen(from, to, 1)).unwrap();
    check(&file)
}

#[test]
fn what_is_wrong_fits_a_screen_and_the_mark_stands_below_the_mistake() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("mine.yaml");
    let long =
        MINE.replace("{metric: score, regex:", &format!("{{metric: score, section: {}, regexp:", "s".repeat(70)));
    fs::write(&file, long).unwrap();
    let said = Said::of(program().env("COLUMNS", "80").args(["check", file.to_str().unwrap()])).stdout;
    assert!(said.lines().all(|line| line.chars().count() <= 80 || !line.contains(' ')), "{said}");
    let lines: Vec<&str> = said.lines().collect();
    let mark = lines.iter().position(|line| line.trim_end().ends_with('^')).unwrap();
    assert!(lines[mark - 1][lines[mark].find('^').unwrap()..].starts_with("regexp"), "{said}");
    fs::write(&file, "root:x:0:0:root\n".repeat(1000)).unwrap();
    let said = run(&["check", file.to_str().unwrap()]).stdout;
    assert!(said.len() < 700 && said.contains("a map with the keys metadata, params, run and benchmark"), "{said}");
}

fn check(file: &Path) -> (i32, String) {
    let said = run(&["check", file.to_str().unwrap()]);
    assert_eq!(said.stderr, "");
    (said.code, said.stdout.replace(file.to_str().unwrap(), "FILE"))
}

#[test]
fn each_mistake_is_told_with_its_line_and_what_was_meant() {
    assert_eq!(checked("score 1", "score 1"), (0, "ok    FILE (no samples)\n".into()));
    for (from, to, expected) in [
        (
            "    - score\n",
            "    - score\n    - score\n",
            "FILE:15: benchmark.primary: `score` stands twice\n    15 |     - score\n",
        ),
        (
            "    - score\n",
            "    - scor\n",
            "FILE:14: benchmark.primary: metric `scor` is not declared\n    14 |     - scor\nhint: did you mean `score`?\n",
        ),
        (
            "  outputs:",
            "  primary: [score]\n  outputs:",
            "FILE:15: benchmark: duplicate field `primary`\n    15 |   primary: [score]\n",
        ),
        ("  schema: 1", "\tschema: 1", "FILE:8: a tab in the indentation"),
        ("  schema: 1", "  schema: 2", "FILE:8: benchmark.schema: 2: unknown (write 1)\n"),
        ("    - score\n", "    - points-a-second\n", "hint: there is `score`\n"),
        (
            "[lava-bench run mine]",
            "[lava-bench run main]",
            "hint: a step calls `lava-bench run main`: write the same name there and in metadata.name\n",
        ),
        ("[lava-bench run mine]", "[echo mine]", "hint: write a step with `lava-bench run mine` and its parameters\n"),
        (
            "run:\n  steps: [lava-bench run mine]\nbenchmark:\n",
            "params: {N: 1 2}\nrun:\n  steps: ['lava-bench run mine --param N=$N']\nbenchmark:\n  parameters: [{name: N, type: \
             integer, minimum: 1, maximum: 9, description: how many}]\n",
            "`1 2` is not a whole number from 1 to 9\n     5 | params: {N: 1 2}\nhint: for several values write `list: true`",
        ),
        (
            "(?P<value>\\d+)",
            "(?P<value>\\d+) (?P<op>\\w+)",
            "`score` has the label `op` here, and no label in benchmark.metrics\n",
        ),
        (
            "[0, 10]",
            "[10, 1]",
            "FILE:12: benchmark.metrics: `score`: range [10, 1]: the lowest number comes first (write [1, 10])\n",
        ),
        (
            "[0, 10]",
            "[0, .inf]",
            "FILE:12: benchmark.metrics: `score`: range [0, inf]: it must have two finite numbers\n",
        ),
        (
            "{metric: score,",
            "{metric: score, section: one,",
            "FILE:19: benchmark.outputs `one`: section `one` is not declared\n",
        ),
        (
            "      patterns:\n        - {metric: score,",
            "      sections: [{name: points, heading: '^x'}]\n      patterns:\n        - {metric: score, section: point,",
            "hint: did you mean `points`?\n",
        ),
        ("  schema: 1", "  schema: 1\n  timeout: 0s", "FILE:9: benchmark.timeout: `0s`: nothing ends in no time"),
        ("  schema: 1", "  schema: 1\n  measure: {elapsed: scores}", "hint: did you mean `score`?\n"),
        (
            "recognise: '^score'",
            "recognise: '^score'\n      parameters: {SIZE: '^x'}",
            "parameters: `SIZE` is not declared in benchmark.parameters\n",
        ),
        (
            "recognise: '^score'",
            "recognise: '^score'\n      parameters: {ITERATIONS: '^x'}",
            "`ITERATIONS`: no group `value`",
        ),
    ] {
        let (code, said) = checked(from, to);
        assert!(code == 2 && said.contains(expected), "{to}: {said}");
    }
}

#[test]
fn a_name_that_is_not_the_files_is_told_on_its_line() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("other.yaml");
    fs::write(&file, MINE).unwrap();
    let expected = "wrong FILE:3: metadata.name: `mine` is not the file's name `other`\n     3 |   name: mine\n";
    assert_eq!(check(&file), (2, expected.into()));
}

#[test]
fn a_version_that_nothing_matches_is_told() {
    let version = "{name: sh, version: {command: [sh, -c, echo sh 1.2], pattern: '^bash (?P<version>.+)$'}}";
    let (code, said) = checked("{name: sh}", version);
    assert_eq!(code, 0);
    assert!(said.ends_with("\n        note: version of sh: no line that `sh -c echo sh 1.2` prints fits benchmark.tool.version.pattern; it says: sh 1.2\n"), "{said}");
    assert_eq!(checked("{name: sh}", &version.replace("^bash", "^sh")).1, "ok    FILE (no samples)\n");
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("mine.yaml"), MINE.replace("{name: sh}", version)).unwrap();
    let folder = folder.path().to_str().unwrap();
    let said = run(&["--definitions", folder, "run", "mine", "--output", &format!("{folder}/out")]);
    assert!(said.code == 0 && said.stderr.contains("lava-bench: version of sh: no line that "), "{}", said.stderr);
}

#[test]
fn an_output_on_standard_error_alone_is_a_sample() {
    let folder = TempDir::new().unwrap();
    let output = "name: one, from: stderr";
    let file = definition(folder.path(), "mine", "echo score 1 >&2", "");
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("name: one", output)).unwrap();
    fs::create_dir_all(folder.path().join("samples/1")).unwrap();
    fs::write(folder.path().join("samples/1/one.stderr"), "score 1\n").unwrap();
    let (code, said) = check(&file);
    assert!(code == 2 && said.contains("samples/1/one.json: No such file"), "{said}");
    assert_eq!(run(&["check", "--accept", file.to_str().unwrap()]).code, 0);
    assert!(fs::read_to_string(folder.path().join("samples/1/one.json")).unwrap().contains("\"values\""));
    assert!(check(&file).1.starts_with("ok    FILE (1 sample)"));
}

#[test]
fn an_expectation_without_an_output_is_told_and_a_file_alone_is_a_sample() {
    let folder = TempDir::new().unwrap();
    let file = definition(folder.path(), "mine", "echo score 1 > out.json", "");
    let text = fs::read_to_string(&file).unwrap().replace("name: one", "name: one, from: {file: out.json}");
    fs::write(&file, text).unwrap();
    let samples = folder.path().join("samples/1");
    fs::create_dir_all(&samples).unwrap();
    fs::write(samples.join("one.out.json"), "score 1\n").unwrap();
    assert_eq!(run(&["check", "--accept", file.to_str().unwrap()]).code, 0);
    assert!(check(&file).1.starts_with("ok    FILE (1 sample)"), "{:?}", check(&file));
    fs::write(samples.join("two.json"), "{\"found\": []}").unwrap();
    let (code, said) = check(&file);
    assert!(code == 2 && said.contains("samples/1/two.json: no output of the tool with this name is there"), "{said}");
}

#[test]
fn a_word_that_lava_reads_as_another_one_is_told() {
    let (code, said) = checked("command: [sh, -c, 'echo score 1']", "command: [sh, -c, 'echo score 1', on]");
    let note = "note: line 10: LAVA takes `on` for another value, as in YAML 1.1: put it in quotes\n";
    assert!(code == 0 && said.ends_with(note), "{said}");
    assert_eq!(checked("'echo score 1'", "'echo score 1', 'on'").1, "ok    FILE (no samples)\n");
    let all = run(&["check", project("test-definitions").to_str().unwrap()]);
    assert!(all.code == 0 && !all.stdout.contains("YAML 1.1"), "{}", all.stdout);
}

#[test]
fn an_unknown_key_is_told_with_the_one_that_was_meant() {
    let (code, said) = checked("  command:", "  comand:");
    let expected = "wrong FILE:10: benchmark: unknown field `comand`\n    10 |   comand: [sh, -c, 'echo score 1']\n       |   ^\nhint: did you mean `command`?\n";
    assert_eq!((code, said.as_str()), (2, expected));
    assert!(checked("  command:", "  xyzzy:").1.contains("unknown field `xyzzy`, expected one of `schema`"));
}
