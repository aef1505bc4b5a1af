//! Outputs that are cut, of another tool, or contradict each other: no wrong number passes.

/// What a form says of units, and outputs of tools that print the same lines.
mod forms {
    use crate::support::{definition, project, run};
    use std::fs;
    use tempfile::TempDir;

    #[test]
    fn one_unit_is_not_taken_for_all_numbers_of_a_line() {
        let folder = TempDir::new().unwrap();
        let path = definition(folder.path(), "units", "echo score 1", "");
        let text = fs::read_to_string(&path).unwrap();
        let (from, to) = (
            "{metric: score, regex: '^score (?P<value>\\d+)$'}",
            "{values: {a: score, b: time}, regex: '^score (?P<a>\\d+) in (?P<b>[\\d.]+) (?P<unit>\\w+)$', units: {s: 1000}}",
        );
        assert!(text.contains(from));
        let text = text
            .replace(from, to)
            .replace("metrics: [", "metrics: [{name: time, unit: s, better: lower, range: [0, 9]}, ");
        fs::write(&path, &text).unwrap();
        let said = run(&["check", path.to_str().unwrap()]);
        assert!(
            said.code == 2 && said.stdout.contains("`units` go with one value in a line, and this pattern has 2\n"),
            "{}",
            said.stdout
        );
        assert!(said.stdout.contains("\nhint: write one pattern for each value that has a unit"), "{}", said.stdout);
        // As the hint says.
        let both = "{metric: score, regex: '^score (?P<value>\\d+) in '}, {metric: time, regex: ' in (?P<value>[\\d.]+) (?P<unit>\\w+)$', units: {s: 1, ms: 1/1000}}";
        fs::write(&path, text.replace(to, both)).unwrap();
        let output = folder.path().join("output");
        fs::write(&output, "score 7 in 500 ms\n").unwrap();
        let name = folder.path().to_str().unwrap();
        let said = run(&["--definitions", name, "parse", "units", output.to_str().unwrap()]);
        assert!(
            said.code == 0 && said.stdout.contains("[[0.5]]") && said.stdout.contains("[[7.0]]"),
            "{}{}",
            said.stdout,
            said.stderr
        );
    }

    #[test]
    fn an_output_of_another_tool_that_prints_the_same_lines_is_refused() {
        for (sample, definition, parameters) in [
            ("zstd/samples/1.5.4/level-1", "lz4", &["LEVEL=1"][..]),
            ("lz4/samples/1.9.4/level-1", "zstd", &["LEVEL=1", "THREADS=1"]),
            ("xz/samples/5.4.1/threads-1", "pigz", &["THREADS=1"]),
            ("pigz/samples/2.6/threads-1", "xz", &["THREADS=1"]),
            ("sysbench-threads/samples/1.0.20/threads-1", "sysbench-mutex", &["THREADS=1"]),
            ("sysbench-mutex/samples/1.0.20/threads-1", "sysbench-threads", &["THREADS=1"]),
            ("tbench/samples/4.00/clients-2", "dbench", &["CLIENTS=2"]),
            ("dbench/samples/4.00/clients-2", "tbench", &["CLIENTS=2"]),
            ("hackbench/samples/2.4/threads", "hackbench-pipe", &["GROUPS=2", "MODE=process"]),
            ("hackbench-pipe/samples/2.4/process", "hackbench", &["GROUPS=2", "MODE=process"]),
        ] {
            let file = |end: &str| project("test-definitions").join(format!("{sample}.{end}"));
            let output = ["stdout", "stderr"]
                .map(file)
                .into_iter()
                .find(|file| fs::metadata(file).is_ok_and(|file| file.len() > 0));
            let output = output.unwrap();
            let mut arguments = vec!["parse", definition, output.to_str().unwrap()];
            arguments.extend(parameters.iter().flat_map(|parameter| ["--param", parameter]));
            let said = run(&arguments);
            assert_eq!(said.code, 1, "{sample} for {definition}: {}{}", said.stdout, said.stderr);
        }
    }
}
