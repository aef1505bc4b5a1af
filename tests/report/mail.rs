//! The mail as its lines: what it says first, how wide it is, what three mail programs make of it, and what it never lets in.

use crate::{
    data::{HOSTILE, NEW, OLD, PI, Shape, boot, one_worse, sides, write},
    report,
};
use std::{fs, path::Path};
use tempfile::TempDir;

/// The mail's file.
fn mail(folder: &Path, arguments: &[&str]) -> String {
    let said = report(folder, &[arguments, &["--mail", "mail.eml"]].concat());
    assert_eq!(said.code, 0, "{said:?}");
    fs::read_to_string(folder.join("mail.eml")).unwrap()
}

/// The text part, as a mail program has it: no blank that was put before a line for the way.
pub(crate) fn text(mail: &str) -> String {
    let from = mail.find("format=flowed").unwrap();
    let begin = from + mail[from..].find("\r\n\r\n").unwrap() + 4;
    // A boundary, and not the mark of the signature.
    let ends = |at: &usize| !mail[begin + at..].starts_with("\r\n-- ");
    let end = begin + mail[begin..].match_indices("\r\n--").map(|(at, _)| at).find(ends).unwrap();
    let mut lines =
        mail[begin..end].split("\r\n").map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>();
    // The end of the signature's mark is a boundary's beginning too.
    if lines.last() == Some(&"") {
        lines.pop();
    }
    lines.join("\n")
}

/// The text as a program shows it that wraps paragraphs at `width`.
fn shown(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut paragraph = String::new();
    let mut flows = false;
    for line in text.lines() {
        paragraph.push_str(line);
        if line.ends_with(' ') && line != "-- " {
            flows = true;
            continue;
        }
        let whole = std::mem::take(&mut paragraph);
        // A paragraph of one line is as wide as a program's window too: no line of a list is.
        if !std::mem::take(&mut flows) && (whole.starts_with(' ') || whole.chars().count() <= width) {
            lines.push(whole);
            continue;
        }
        let mut row = String::new();
        for word in whole.split(' ') {
            if !row.is_empty() && row.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut row));
            }
            if !row.is_empty() {
                row.push(' ');
            }
            row.push_str(word);
        }
        lines.push(row);
    }
    lines
}

#[test]
fn the_finding_stands_first_and_then_how_to_measure_it_again() {
    let folder = TempDir::new().unwrap();
    sides(folder.path(), 4, Shape(4, 2, 5), one_worse);
    let mail = mail(
        folder.path(),
        &["old", "--vs", "new", "--from", "A Lab <lab@example.org>", "--link", "https://lab.example.org/report/7"],
    );
    let head = &mail[..mail.find("\r\n\r\n").unwrap()];
    let unfolded = head.replace("\r\n ", " ");
    assert!(
        unfolded.contains("\r\nSubject: Regression: sysbench-cpu n=2 threads=4: events-per-second: ")
            && unfolded.contains("% fewer events/s with v6.12-rc3-79-gabcdef000079"),
        "{head}"
    );
    assert!(
        unfolded.contains("From: \"A Lab\" <lab@example.org>") || unfolded.contains("From: A Lab <lab@example.org>"),
        "{head}"
    );
    let text = text(&mail);
    let flat = text.replace(" \n", " ");
    assert!(flat.starts_with("Hello,\n\nsysbench-cpu n=2 threads=4: events-per-second: "), "{text}");
    for part in [
        "\nIn all, 1 metric is worse, 1 metric is better, 6 metrics are the same.\n",
        "\n  good     v6.11-rc7-12-g0123456789ab\n",
        "\n  bad      v6.12-rc3-79-gabcdef000079\n",
        "\n  machine  Raspberry Pi 4 Model B, 4 x Cortex-A72 (rpi4-03)\n",
        "\nWorse (1):\n\n  sysbench-cpu n=2 threads=4: events-per-second\n",
        "\n  boot    v6.11-rc7...456789ab  v6.12-rc3...ef000079\n  1  ",
        "\n  lava-bench run sysbench-cpu ",
        "\n  # in 4 boots of each kernel: old/1, old/2, ... new/1, ...\n",
        " --output old/1\n",
        "\n  lava-bench compare old/ --vs new/\n",
        "\nThe test's own command, without lava-bench:\n\n  sysbench cpu --threads=3 ",
        "\nReported-by: A Lab <lab@example.org>\n",
        "\nLink: https://lab.example.org/report/7\nLink: https://lava.example.org/scheduler/job/4200 # bad\n",
        "\nLink: https://lava.example.org/scheduler/job/4203 # bad\nLink: https://lava.example.org/scheduler/job/4100 # good\n",
        "/job/4103 # good\n#regzbot introduced: ",
        "\n#regzbot introduced: 0123456789ab..abcdef000079\n",
    ] {
        assert!(flat.contains(part), "{part}\n{text}");
    }
    assert!(
        mail.contains("Content-Type: text/html; charset=utf-8") && mail.contains("attachment; filename=\"table.txt\""),
        "{mail}"
    );
}

#[test]
fn a_workload_of_the_program_itself_has_no_command_without_it() {
    let folder = TempDir::new().unwrap();
    let own = |kernel: &str, number: u64, factor: f64| {
        let mut record = boot(kernel, number, PI, Shape(1, 1, 2), |_, _| factor);
        record["benchmarks"][0]["tool"]["name"] = "lava-bench".into();
        record
    };
    write(&folder.path().join("old"), (1..5).map(|at| own(OLD, at, 1.0)));
    write(&folder.path().join("new"), (11..15).map(|at| own(NEW, at, 0.9)));
    let text = text(&mail(folder.path(), &["old", "--vs", "new"]));
    assert!(text.contains("\n  lava-bench run sysbench-cpu ") && !text.contains("without lava-bench"), "{text}");
}

#[test]
fn three_mail_programs_show_every_table_whole() {
    let folder = TempDir::new().unwrap();
    sides(folder.path(), 6, Shape(6, 6, 2), |case, _| if case % 2 == 0 { 0.9 } else { 1.0 });
    let text = text(&mail(folder.path(), &["old", "--vs", "new"]));
    assert!(text.lines().all(|line| line.chars().count() <= 72), "{text}");
    assert!(text.contains("\n  and 8 more in the attached table\n") && !text.contains("\\u{"), "{text}");
    let fixed: Vec<&str> = text.lines().filter(|line| line.starts_with("  ")).collect();
    assert!(
        fixed.len() > 30 && fixed.iter().all(|line| line.chars().count() <= 60 && !line.ends_with(' ')),
        "{fixed:#?}"
    );
    let words: Vec<&str> = text.split_whitespace().collect();
    for width in [60, 72, 100] {
        let lines = shown(&text, width);
        assert!(lines.iter().all(|line| line.chars().count() <= width.max(60)), "{width}: {lines:#?}");
        let table: Vec<&str> = lines.iter().map(String::as_str).filter(|line| line.starts_with("  ")).collect();
        assert_eq!(table, fixed, "{width}");
        assert_eq!(lines.iter().flat_map(|line| line.split_whitespace()).collect::<Vec<_>>(), words, "{width}");
    }
}

#[test]
fn no_data_and_no_finding_are_not_good_news() {
    let folder = TempDir::new().unwrap();
    sides(folder.path(), 1, Shape(1, 1, 1), |_, _| 1.0);
    let text = self::text(&mail(folder.path(), &["old", "--vs", "new"]));
    assert!(text.contains("Nothing is decided: 1 metric is unknown") && !text.contains("No regression"), "{text}");
    assert!(!text.contains("#regzbot") && !text.contains("Reported-by"), "{text}");
    let folder = TempDir::new().unwrap();
    sides(folder.path(), 4, Shape(2, 1, 3), |_, _| 1.0);
    let mail = mail(folder.path(), &["old", "--vs", "new", "--from", "A Lab <lab@example.org>"]);
    let text = self::text(&mail);
    assert!(
        mail.replace("\r\n ", " ").contains("\r\nSubject: No regression: 2 metrics are the same with v6.12"),
        "{mail}"
    );
    assert!(text.starts_with("Hello,\n\nNo regression: 2 metrics are the same.\n"), "{text}");
    assert!(
        text.contains("  base     v6.11") && text.contains("job/4200 # new\n") && text.contains("job/4100 # base\n")
    );
    assert!(!text.contains("#regzbot") && !text.contains("Reported-by") && !text.contains("good"), "{text}");
}

#[test]
fn a_hostile_name_adds_no_header_no_line_and_no_direction() {
    let folder = TempDir::new().unwrap();
    let hostile = |number: u64, kernel: &str, factor: f64| {
        let mut record = boot(kernel, number, PI, Shape(1, 1, 2), |_, _| factor);
        record["machine"]["board"]["model"] = HOSTILE.into();
        record["lab"]["device"] = HOSTILE.into();
        record["lab"]["git_describe"] = HOSTILE.into();
        record["benchmarks"][0]["cases"][0]["labels"]["n"] = format!("{} {HOSTILE}", "x".repeat(90)).into();
        record["benchmarks"][0]["cases"][0]["command"][2] = HOSTILE.into();
        record
    };
    write(&folder.path().join("old"), (1..5).map(|at| hostile(at, OLD, 1.0)));
    write(&folder.path().join("new"), (11..15).map(|at| hostile(at, NEW, 0.9)));
    let mail = mail(folder.path(), &["old", "--vs", "new"]);
    let head = &mail[..mail.find("\r\n\r\n").unwrap()];
    let names: Vec<&str> =
        head.split("\r\n").filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(':').next()).collect();
    assert!(!names.contains(&"Bcc") && names.contains(&"Subject"), "{head}");
    assert!(!mail.contains(['\u{202e}', '\u{2066}', '\u{200f}']) && !mail.contains("\nBcc:"), "{mail}");
    assert!(mail.contains("Content-Transfer-Encoding: quoted-printable"));
}

/// The text part of a mail whose lines are broken for the way, as its reader gets it.
fn decoded(mail: &str) -> String {
    let Some(from) = mail.find("Content-Transfer-Encoding: quoted-printable\r\n\r\n") else { return text(mail) };
    assert!(mail[..from].contains("format=flowed"), "another part is meant");
    let joined = mail.replace("=\r\n", "");
    let mut plain = String::new();
    let mut rest = joined.as_str();
    while let Some((before, after)) = rest.split_once('=') {
        plain.push_str(before);
        match after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => plain.push(char::from(byte)),
            None => plain.push_str(&format!("={}", after.get(..2).unwrap_or_default())),
        }
        rest = after.get(2..).unwrap_or_default();
    }
    text(&(plain + rest))
}

#[test]
fn a_link_and_a_word_of_a_command_are_whole_whatever_their_length() {
    for length in [67, 68, 69, 75, 300, 997, 998, 1200] {
        let folder = TempDir::new().unwrap();
        let path = format!("/srv/{}", "p".repeat(length - 5));
        let server = format!("https://{}", "h".repeat(length - 8));
        let long = |number: u64, kernel: &str, factor: f64| {
            let mut record = boot(kernel, number, PI, Shape(1, 1, 2), |_, _| factor);
            record["lab"]["server"] = server.as_str().into();
            record["benchmarks"][0]["cases"][0]["command"][2] = path.as_str().into();
            record["benchmarks"][0]["parameters"]["FILE"] = path.as_str().into();
            record
        };
        write(&folder.path().join("old"), (1..5).map(|at| long(at, OLD, 1.0)));
        write(&folder.path().join("new"), (11..15).map(|at| long(at, NEW, 0.9)));
        let link = format!("https://{}", "l".repeat(length - 8));
        let mail = mail(folder.path(), &["old", "--vs", "new", "--link", &link]);
        assert!(mail.split("\r\n").all(|line| line.len() <= 998), "{length}: what SMTP takes");
        let text = decoded(&mail);
        let words: Vec<&str> = text.split_whitespace().collect();
        let parameter = format!("FILE={path}");
        let job = format!("{server}/scheduler/job/4011");
        for word in [link.as_str(), path.as_str(), parameter.as_str(), job.as_str()] {
            assert!(words.contains(&word), "{length}: {word}\n{text}");
        }
    }
}
