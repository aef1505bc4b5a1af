//! What `report` is given that it cannot use: each is told with a line that says what to do.

use crate::{
    data::{OLD, PI, Shape, boot, one_worse, sides, write},
    mail, report,
    support::{Said, program},
};
use serde_json::Value;
use std::fs;
use tempfile::TempDir;

#[test]
fn what_is_no_comparison_is_refused_with_a_hint() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    sides(at, 3, Shape(1, 1, 1), one_worse);
    fs::write(at.join("other.json"), "{\"schema\":\"lava-bench-comparison/1\",\"base\":1}\n").unwrap();
    fs::write(at.join("points.json"), "").unwrap();
    for (arguments, told) in [
        (&["old"][..], "report: no file is named for it\nhint: set --page FILE or --mail FILE\n"),
        (&["old", "--page", "p.html"], "old: Is a directory"),
        (
            &["points.json", "--page", "p.html"],
            "points.json: not a comparison\nhint: name what `compare --format json` wrote",
        ),
        (&["other.json", "--page", "p.html"], "other.json: invalid type: integer `1`"),
        (&["absent.json", "--page", "p.html"], "absent.json: No such file or directory"),
        (
            &["old", "--vs", "new", "--mail", "m.eml", "--send", "a@b.org"],
            "--send: a mail needs a sender\nhint: --from",
        ),
        (
            &["old", "--vs", "new", "--mail", "m.eml", "--from", "A <a@b.org>\n"],
            "address A <a@b.org>\\u{a}: it has a character",
        ),
        (&["old", "--vs", "new", "--mail", "m.eml", "--from", "nobody"], "address nobody: "),
        (
            &[
                "old",
                "--vs",
                "new",
                "--mail",
                "m.eml",
                "--from",
                "a@b.org",
                "--send",
                "c@d.org",
                "--smtp",
                "smtp://u:secret@h",
            ],
            "--smtp: a password in it is seen by everybody on this machine\nhint: give the address in $LAVA_BENCH_SMTP",
        ),
    ] {
        let said = report(at, arguments);
        assert!(said.code == 2 && said.stderr.contains(told), "{arguments:?}: {said:?}");
        assert!(!said.stderr.contains("secret"));
    }
    assert!(!at.join("p.html").exists());
}

#[test]
fn a_template_with_an_error_is_told_with_its_file_and_line() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    sides(at, 3, Shape(1, 1, 1), one_worse);
    fs::create_dir(at.join("own")).unwrap();
    let said = report(at, &["old", "--vs", "new", "--page", "p.html", "--template", "own"]);
    assert!(
        said.code == 2 && said.stderr.contains("own: no template in it\nhint: it may have page.html, "),
        "{said:?}"
    );
    for (text, told) in [
        ("<p>\n{{ headline }}\n{% if %}\n", "page.html:3: "),
        ("<p>\n\n\n{{ nonsense }}\n", "page.html:4: "),
        ("{% for one in comparisons %}\n{{ one.nonsense }}\n{% endfor %}", "page.html:2: "),
        ("{% include 'absent.html' %}", "page.html:1: "),
        ("{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}", "page.html:1: "),
    ] {
        fs::write(at.join("own/page.html"), text).unwrap();
        let said = report(at, &["old", "--vs", "new", "--page", "p.html", "--template", "own"]);
        assert!(said.code == 2 && said.stderr.contains(told), "{text}: {said:?}");
        assert!(said.stderr.contains("hint: docs/report.md has what templates get"), "{said:?}");
    }
    fs::write(at.join("own/page.html"), "<p>{{ lead }}\n").unwrap();
    for (name, told) in [("mail.txt", "mail.txt:3: "), ("mail.html", "mail.html:3: "), ("table.txt", "table.txt:3: ")] {
        fs::write(at.join("own").join(name), "\n\n{{ nonsense }}\n").unwrap();
        let said = report(at, &["old", "--vs", "new", "--mail", "m.eml", "--template", "own"]);
        assert!(said.code == 2 && said.stderr.contains(told) && !at.join("m.eml").exists(), "{said:?}");
        fs::remove_file(at.join("own").join(name)).unwrap();
    }
    fs::write(at.join("own/page.html"), "<p>{{ lead }} <b>{{ '<' }}</b>\n").unwrap();
    fs::write(at.join("own/subject.txt"), "[lab] {{ subject }}\nBcc: x\n").unwrap();
    let said = report(at, &["old", "--vs", "new", "--page", "p.html", "--mail", "m.eml", "--template", "own"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(fs::read_to_string(at.join("p.html")).unwrap().ends_with("<b>&lt;</b>\n"));
    let mail = fs::read_to_string(at.join("m.eml")).unwrap();
    assert!(mail.contains("\r\nSubject: [lab] ") && !mail.contains("\nBcc:"), "{mail}");
}

#[test]
fn every_template_can_be_shown_and_given_back() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    sides(at, 3, Shape(2, 1, 1), one_worse);
    fs::create_dir(at.join("own")).unwrap();
    for name in ["page.html", "page.css", "page.js", "mail.txt", "mail.html", "subject.txt", "table.txt"] {
        let said = report(at, &["--print-template", name]);
        assert_eq!(said.code, 0, "{said:?}");
        fs::write(at.join("own").join(name), said.stdout).unwrap();
    }
    for (page, more) in [("a.html", &[][..]), ("b.html", &["--template", "own"])] {
        let said = report(at, &[&["old", "--vs", "new", "--page", page][..], more].concat());
        assert_eq!(said.code, 0, "{said:?}");
    }
    assert_eq!(fs::read(at.join("a.html")).unwrap(), fs::read(at.join("b.html")).unwrap());
    let said = report(at, &["--print-template", "absent"]);
    assert!(
        said.code == 2
            && said.stderr.contains("template absent: there is no such template\nhint: there is page.html, "),
        "{said:?}"
    );
}

#[test]
fn a_value_of_a_boot_that_is_not_listed_is_refused_and_an_older_document_is_read() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    sides(at, 3, Shape(1, 1, 2), |_, _| 0.8);
    let mut command = program();
    let said = Said::of(command.current_dir(at).args(["compare", "old", "--vs", "new", "--format", "json"]));
    let document: Value = serde_json::from_str(&said.stdout).unwrap();
    let saved = |document: &Value| {
        let text = document.to_string();
        let rest = text.replace(",\"schema\":\"lava-bench-comparison/1\"", "");
        fs::write(at.join("it.json"), format!("{{\"schema\":\"lava-bench-comparison/1\",{}", &rest[1..])).unwrap();
        report(at, &["it.json", "--page", "p.html"])
    };
    assert_eq!(saved(&document).code, 0);
    let mut forged = document.clone();
    forged["metrics"][0]["points"]["new"][0][0] = 99.into();
    let said = saved(&forged);
    assert!(said.code == 2 && said.stderr.contains("a value of a boot that the document does not list"), "{said:?}");
    // Of the time before pages: it has no points, and says so by having no drawing.
    let mut older = document;
    for field in ["boots", "headline"] {
        older.as_object_mut().unwrap().remove(field);
    }
    for field in ["points", "evidence", "name", "interval_words"] {
        older["metrics"][0].as_object_mut().unwrap().remove(field);
    }
    let said = saved(&older);
    assert_eq!(said.code, 0, "{said:?}");
    let page = fs::read_to_string(at.join("p.html")).unwrap();
    assert!(
        page.contains("Worse (1)") && page.contains("sysbench-cpu") && !page.contains("<svg class=\"lanes\""),
        "{page}"
    );
}

#[test]
fn a_report_of_a_written_comparison_draws_a_history_that_is_given_again() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    sides(at, 3, Shape(1, 1, 2), |_, _| 0.8);
    let night = |number: u64| boot(OLD, number, PI, Shape(1, 1, 2), |_, _| 1.0);
    write(&at.join("nights"), (0..20).map(night));
    let mut command = program();
    let arguments = ["compare", "old", "--vs", "new", "--history", "nights", "--format", "json", "-o", "it.json"];
    assert_eq!(Said::of(command.current_dir(at).args(arguments)).code, 0);
    for (more, drawn) in [(&[][..], false), (&["--history", "nights"], true)] {
        let said = report(at, &[&["it.json", "--page", "p.html"][..], more].concat());
        assert_eq!(said.code, 0, "{said:?}");
        let page = fs::read_to_string(at.join("p.html")).unwrap();
        assert_eq!(page.contains("<h2>Over time</h2>"), drawn);
        // The numbers of the past boots are in the comparison.
        assert!(page.contains("20 past boots: median ") && page.contains("<dd>20 past boots</dd>"), "{page}");
    }
    for option in [&["--metric", "rate"][..], &["--margin", "10%"], &["--allow-different"]] {
        let said = report(at, &[&["it.json", "--page", "q.html"][..], option].concat());
        let told =
            format!("{}: without --vs, the sources are comparisons that were made before\nhint: give it to", option[0]);
        assert!(said.code == 2 && said.stderr.contains(&told), "{said:?}");
    }
    assert!(!at.join("q.html").exists());
}

#[test]
fn a_mail_of_thousands_of_findings_is_short() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    sides(at, 3, Shape(500, 10, 1), |_, _| 0.8);
    assert_eq!(report(at, &["old", "--vs", "new", "--mail", "m.eml"]).code, 0);
    let mail = fs::read_to_string(at.join("m.eml")).unwrap();
    let text = mail::text(&mail);
    assert!(text.contains("\nWorse (5000):\n") && text.contains("\n  and 4990 more in the attached table\n"), "{text}");
    assert!(text.lines().count() < 150, "{}", text.lines().count());
}

#[test]
fn nothing_that_counts_makes_a_mail_and_a_page_that_say_so() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    sides(at, 3, Shape(1, 1, 2), one_worse);
    let disturbed = |number: u64| {
        let mut record = boot(OLD, number, PI, Shape(1, 1, 2), |_, _| 1.0);
        let case = &mut record["benchmarks"][0]["cases"][0];
        case["valid"] = false.into();
        for execution in case["executions"].as_array_mut().unwrap() {
            execution["disturbances"] = serde_json::json!(["the processor was throttled"]);
        }
        record
    };
    write(&at.join("disturbed"), (20..23).map(disturbed));
    fs::create_dir(at.join("empty")).unwrap();
    write(&at.join("disturbed-too"), (30..33).map(disturbed));
    for (old, new, told) in [
        (
            "disturbed",
            "disturbed-too",
            "No data: no iteration counts that both sides have: the machine was disturbed in 6 iterations of",
        ),
        ("old", "empty", "No data: empty: no record in it, and no run of MMTests or lkp."),
    ] {
        for name in ["m.eml", "p.html"] {
            fs::write(at.join(name), "of yesterday").unwrap();
        }
        let said = report(at, &[old, "--vs", new, "--mail", "m.eml", "--page", "p.html"]);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(said.stderr.contains("lava-bench: no data: "), "{said:?}");
        let mail = fs::read_to_string(at.join("m.eml")).unwrap();
        let flat = crate::mail::text(&mail).replace(" \n", " ");
        assert!(flat.contains(told) && mail.contains("\r\nSubject: No data: "), "{mail}");
        let page = fs::read_to_string(at.join("p.html")).unwrap();
        assert!(page.contains("<h1>No data.</h1>") && page.contains(told) && !page.contains("o regression"), "{page}");
    }
}

#[test]
fn a_file_of_an_earlier_report_is_never_left_without_a_word() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    sides(at, 1, Shape(1, 1, 1), one_worse);
    fs::write(at.join("m.eml"), "of yesterday").unwrap();
    let said = report(at, &["old", "--vs", "absent", "--mail", "m.eml", "--page", "p.html"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.stderr.contains("m.eml: not written; what is in it is older\n"), "{said:?}");
    assert!(!said.stderr.contains("p.html") && fs::read(at.join("m.eml")).unwrap() == b"of yesterday");
}
