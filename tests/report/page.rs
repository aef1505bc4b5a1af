//! The page as its text: what it says, that it loads nothing, how large it is, and what a hostile name becomes in it.

use crate::{
    data::{HOSTILE, JUNO, NEW, OLD, PI, ROCK, Shape, boot, one_worse, sides, write},
    report,
    support::{Said, program},
};
use serde_json::Value;
use std::fs;
use tempfile::TempDir;

fn page(folder: &TempDir, arguments: &[&str]) -> String {
    let said = report(folder.path(), &[arguments, &["--page", "page.html"]].concat());
    assert_eq!(said.code, 0, "{said:?}");
    fs::read_to_string(folder.path().join("page.html")).unwrap()
}

/// What a reader sees: no markup, no style, no script.
fn text(page: &str) -> String {
    let body = &page[page.find("<body>").unwrap()..page.rfind("<script>").unwrap()];
    let mut text = String::new();
    let mut inside = false;
    for letter in body.chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => text.push(letter),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn it_says_the_finding_first_and_shows_each_boot() {
    let folder = TempDir::new().unwrap();
    sides(folder.path(), 4, Shape(4, 3, 5), one_worse);
    let page = page(&folder, &["old", "--vs", "new"]);
    let text = text(&page);
    assert!(text.starts_with("Skip to the findings Regression: 1 metric is worse, "), "{text}");
    for part in [
        "sysbench-cpu n=2 threads=4: events-per-second: ",
        "% fewer events/s (",
        " with v6.12-rc3-79-gabcdef000079 than with v6.11-rc7-12-g0123456789ab, on Raspberry Pi 4 Model B, 4 x Cortex-A72 (rpi4-03).",
        "Worse (1)",
        "Better (1)",
        "4 base boots: median 2",
        "90 % interval of the change: ",
        "temperature, \u{b0}C",
        "power, W",
        "--param MAX_PRIME=10000",
        "sysbench cpu --threads=3 --cpu-max-prime=10000",
        "https://lava.example.org/scheduler/job/4200",
        "All metrics (12)",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(text.find("Worse (1)") < text.find("Better (1)") && text.find("Better (1)") < text.find("All metrics"));
    assert_eq!(page.matches(r#"<svg class="lanes""#).count(), 2);
    assert_eq!(page.matches("<svg class=strip").count(), 12);
}

#[test]
fn it_loads_nothing() {
    let folder = TempDir::new().unwrap();
    sides(folder.path(), 3, Shape(2, 2, 3), |_, _| 0.9);
    let page = page(&folder, &["old", "--vs", "new"]);
    assert!(page.contains(r#"content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'""#));
    for from in ["src=", "@import", "url(", "<link", "<iframe", "fetch(", "XMLHttpRequest", "xlink"] {
        assert!(!page.contains(from), "{from}");
    }
    // Addresses are those of jobs, for a person to follow.
    assert_eq!(page.matches("http").count(), page.matches("https://lava.example.org/scheduler/job/").count() + 1);
    assert_eq!(page.matches("http-equiv").count(), 1);
}

#[test]
fn five_hundred_metrics_of_twenty_boots_are_less_than_300_kb() {
    let folder = TempDir::new().unwrap();
    sides(folder.path(), 10, Shape(50, 10, 1), |case, metric| if metric == 0 && case % 10 == 3 { 0.9 } else { 1.0 });
    let page = page(&folder, &["old", "--vs", "new"]);
    assert!(text(&page).contains("All metrics (500)"));
    assert!(page.len() < 300_000, "{}", page.len());
}

#[test]
fn five_thousand_findings_are_a_page_too() {
    let folder = TempDir::new().unwrap();
    sides(folder.path(), 3, Shape(500, 10, 1), |_, _| 0.8);
    let page = page(&folder, &["old", "--vs", "new"]);
    let text = text(&page);
    assert!(
        text.contains("Worse (5000)") && text.contains("and 4970 more: the table below has them"),
        "{}",
        &text[..2000]
    );
    assert_eq!(page.matches("<svg class=strip").count(), 5000);
    assert_eq!(page.matches(r#"<svg class="lanes""#).count(), 30);
    assert!(page.len() < 3_000_000, "{}", page.len());
}

#[test]
fn one_boot_a_side_decides_nothing_and_the_page_says_what_would() {
    let folder = TempDir::new().unwrap();
    sides(folder.path(), 1, Shape(1, 1, 3), |_, _| 0.5);
    let text = text(&page(&folder, &["old", "--vs", "new"]));
    assert!(text.contains("Nothing is decided: 1 metric is unknown."), "{text}");
    assert!(text.contains("one boot a side decides nothing: take 2 more on each, or give --history"), "{text}");
    assert!(!text.contains("No regression"));
}

#[test]
fn without_a_finding_the_page_is_calm_and_without_data_it_says_so() {
    let folder = TempDir::new().unwrap();
    sides(folder.path(), 4, Shape(2, 1, 3), |_, _| 1.0);
    let same = page(&folder, &["old", "--vs", "new"]);
    assert!(text(&same).contains("No regression: 2 metrics are the same."), "{same}");
    assert!(!same.contains("<h2>Worse") && !same.contains("<h2>Unknown"));
    let folder = TempDir::new().unwrap();
    let fails = |number: u64, kernel: &str| {
        let mut record = boot(kernel, number, PI, Shape(1, 1, 2), |_, _| 1.0);
        record["benchmarks"][0]["cases"][0]["result"] = "fail".into();
        record["benchmarks"][0]["cases"][0]["reasons"] = vec!["exit status 1"].into();
        record
    };
    write(&folder.path().join("old"), [fails(1, OLD)]);
    write(&folder.path().join("new"), [fails(2, NEW)]);
    let text = text(&page(&folder, &["old", "--vs", "new"]));
    assert!(text.contains("No data: no metric has a valid value on both sides"), "{text}");
    assert!(text.contains("fails on both: sysbench-cpu n=0 threads=1") && text.contains("exit status 1"), "{text}");
    assert!(!text.contains("No regression"));
}

#[test]
fn boards_that_agree_are_said_once() {
    let folder = TempDir::new().unwrap();
    for (at, board) in [PI, ROCK, JUNO].into_iter().enumerate() {
        let first = 1000 * at as u64;
        let slower = |case: usize, metric: usize| if board.1 == JUNO.1 { 1.0 } else { one_worse(case, metric) };
        write(&folder.path().join("old"), (1..5).map(|at| boot(OLD, first + at, board, Shape(3, 1, 3), |_, _| 1.0)));
        write(&folder.path().join("new"), (11..15).map(|at| boot(NEW, first + at, board, Shape(3, 1, 3), slower)));
    }
    let from_records = page(&folder, &["old", "--vs", "new"]);
    let shown = text(&from_records);
    assert!(
        shown.contains(
            "Regression in 2 of 3 comparisons: 1 metric is worse (1 in more than one comparison), 2 metrics are the same."
        ),
        "{shown}"
    );
    assert!(shown.contains("worse in 2 of 3 comparisons; same on Juno r2, 4 x Cortex-A72"), "{shown}");
    assert_eq!(shown.matches("Worse (1)").count(), 1);
    // The same from comparisons that were written before, of one board each.
    let mut sources = Vec::new();
    for (at, board) in [PI, ROCK, JUNO].into_iter().enumerate() {
        let name = format!("board-{at}");
        for side in ["old", "new"] {
            let own = folder.path().join(&name).join(side);
            fs::create_dir_all(&own).unwrap();
            for entry in fs::read_dir(folder.path().join(side)).unwrap() {
                let path = entry.unwrap().path();
                if fs::read_to_string(&path).unwrap().contains(board.1) {
                    fs::copy(&path, own.join(path.file_name().unwrap())).unwrap();
                }
            }
        }
        let json = folder.path().join(format!("{name}.json"));
        let mut command = program();
        command.current_dir(folder.path()).args(["compare", &format!("{name}/old"), "--vs", &format!("{name}/new")]);
        let said = Said::of(command.args(["--format", "json", "-o"]).arg(&json));
        assert_eq!(said.code, 0, "{said:?}");
        let document: Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
        let first = &document["metrics"][0];
        assert_eq!(first["points"]["new"].as_array().unwrap().len(), 4);
        assert_eq!(document["boots"]["new"].as_array().unwrap().len(), 4);
        sources.push(json.to_str().unwrap().to_string());
    }
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let again = text(&page(&folder, &sources));
    let finding = |text: &str| text[text.find("Worse (1)").unwrap()..text.find("All metrics").unwrap()].to_string();
    assert_eq!(finding(&again), finding(&shown));
}

#[test]
fn compare_and_history_write_the_same_page() {
    let folder = TempDir::new().unwrap();
    sides(folder.path(), 4, Shape(3, 2, 3), one_worse);
    let nights =
        |at: u64| boot(&format!("v6.11-rc1-{at}"), at, PI, Shape(1, 1, 3), |_, _| if at < 30 { 1.0 } else { 0.9 });
    write(&folder.path().join("nights"), (0..60).map(nights));
    let own = page(&folder, &["old", "--vs", "new"]);
    let mut command = program();
    let said = Said::of(command.current_dir(folder.path()).args(["compare", "old", "--vs", "new", "--format", "html"]));
    assert_eq!((said.code, text(&said.stdout)), (0, text(&own).replace(&job_links(&own), &job_links(&said.stdout))));
    let mut command = program();
    let said = Said::of(command.current_dir(folder.path()).args(["history", "nights", "--format", "html"]));
    let shown = text(&said.stdout);
    assert_eq!(said.code, 0);
    assert!(shown.contains("1 series got worse over time."), "{shown}");
    assert!(shown.contains("step from v6.11-rc1-29 (boot 30, ") && shown.contains("% fewer events/s"), "{shown}");
    assert!(said.stdout.contains(r#"<path class="change""#));
    let with_history = text(&page(&folder, &["old", "--vs", "new", "--history", "nights"]));
    assert!(with_history.contains("Over time") && with_history.contains("68 boots of 62 builds"), "{with_history}");
}

fn job_links(page: &str) -> String {
    let text = text(page);
    let from = text.find("Where it was measured").unwrap();
    text[from..text.find("A boot is one number").unwrap()].to_string()
}

#[test]
fn a_history_of_one_point_and_of_100_000() {
    let folder = TempDir::new().unwrap();
    write(&folder.path().join("one"), [boot(OLD, 1, PI, Shape(1, 1, 1), |_, _| 1.0)]);
    let mut command = program();
    let said = Said::of(command.current_dir(folder.path()).args(["history", "one", "--format", "html", "--all"]));
    assert_eq!(said.code, 0, "{said:?}");
    let shown = text(&said.stdout);
    assert!(shown.contains("No data: 1 series with fewer than 16 boots each"), "{shown}");
    assert!(shown.contains("no data: 1 boot are too few") || shown.contains("no data: 1 boot"), "{shown}");
    let mut all = String::new();
    for at in 0..100_000u64 {
        let value = 1000.0 + (at * 7919 % 101) as f64 / 10.0 + if at < 50_000 { 0.0 } else { 100.0 };
        all.push_str(&format!(
            "{{\"schema\":\"lava-bench-record/2\",\"id\":\"{at:08x}\",\"boots\":[{{\"id\":\"{at:012x}\"}}],\"benchmarks\":[{{\"name\":\"b\",\"parameters\":{{}},\"metrics\":[{{\"name\":\"t\",\"unit\":\"s\",\"better\":\"lower\",\"primary\":true}}],\"cases\":[{{\"result\":\"pass\",\"valid\":true,\"series\":[{{\"metric\":\"t\",\"samples\":[[{value}]]}}]}}]}}]}}\n"
        ));
    }
    fs::write(folder.path().join("long.jsonl"), all).unwrap();
    let mut command = program();
    let said = Said::of(command.current_dir(folder.path()).args(["history", "long.jsonl", "--format", "html"]));
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(text(&said.stdout).contains("1 series got worse over time."), "{}", text(&said.stdout));
    assert!(said.stdout.len() < 60_000, "{}", said.stdout.len());
}

#[test]
fn a_hostile_name_is_text_and_turns_nothing_around() {
    let folder = TempDir::new().unwrap();
    let hostile = |number: u64, kernel: &str, factor: f64| {
        let mut record = boot(kernel, number, PI, Shape(2, 1, 2), |_, _| factor);
        record["machine"]["board"]["model"] = HOSTILE.into();
        record["lab"]["device"] = HOSTILE.into();
        record["lab"]["git_describe"] = format!("{kernel} {HOSTILE}").into();
        record["benchmarks"][0]["parameters"]["NOTE"] = HOSTILE.into();
        for case in 0..2 {
            record["benchmarks"][0]["cases"][case]["labels"]["n"] = format!("{case} {HOSTILE}").into();
            record["benchmarks"][0]["cases"][case]["command"][2] = HOSTILE.into();
        }
        record
    };
    write(&folder.path().join("old"), (1..5).map(|at| hostile(at, OLD, 1.0)));
    write(&folder.path().join("new"), (11..15).map(|at| hostile(at, NEW, 0.9)));
    let page = page(&folder, &["old", "--vs", "new"]);
    assert_eq!(page.matches("<script>").count(), 1, "only the page's own");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;") && page.contains("\\u{202e}gnp.exe"), "{page}");
    assert!(
        !page.contains(['\u{202e}', '\u{2066}', '\u{200f}', '\r'])
            && !page.contains("\nBcc:")
            && !page.contains(" 49 ")
    );
    let junit =
        Said::of(program().current_dir(folder.path()).args(["compare", "old", "--vs", "new", "--format", "junit"]));
    assert_eq!(junit.code, 0, "{junit:?}");
    assert!(
        !junit.stdout.contains(['\u{202e}', '\u{2066}', '\u{200f}']) && !junit.stdout.contains("<script>"),
        "{}",
        junit.stdout
    );
}
