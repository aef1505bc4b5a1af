//! The page in a real browser (Debian's Chromium): screenshots, which stay in `target/report`, and what axe-core finds.
//!
//! `LAVA_BENCH_CHROMIUM` names another browser; axe-core is looked for in `target/npm/node_modules`, where `scripts/test`
//! puts it. Where one is missing, the test says that it skips.

use crate::{
    data::{JUNO, NEW, OLD, PI, ROCK, Shape, boot, one_worse, write},
    report,
    support::{project, skipped},
};
use serde_json::Value;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};
use tempfile::TempDir;

/// Where screenshots stay.
fn outputs() -> PathBuf {
    let folder = project("target/report");
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn browser() -> Option<&'static str> {
    static FOUND: OnceLock<Option<String>> = OnceLock::new();
    let works = |name: &String| {
        let mut command = Command::new(name);
        command.args(["--version", "--no-sandbox"]).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let found = FOUND.get_or_init(|| {
        let named = env::var("LAVA_BENCH_CHROMIUM").ok();
        named.into_iter().chain(["chromium", "chromium-browser"].map(String::from)).find(works)
    });
    if found.is_none() {
        skipped("no browser: apt-get install chromium");
    }
    found.as_deref()
}

/// Runs the browser on a page, in a new profile and without a network.
fn browse(page: &Path, arguments: &[&str]) -> Option<String> {
    let profile = TempDir::new().unwrap();
    let mut command = Command::new(browser()?);
    command
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg("--host-resolver-rules=MAP * ~NOTFOUND")
        .arg("--allow-file-access-from-files")
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(arguments)
        .arg(format!("file://{}", page.display()))
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

const DARK: &str = "--blink-settings=preferredColorScheme=0";

/// A page with everything: a regression on two of three boards, a history with a step, something unknown.
fn page() -> &'static Path {
    static PAGE: OnceLock<PathBuf> = OnceLock::new();
    PAGE.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let wild = |at: u64| [1.0, 1.3, 0.8, 1.1][at as usize % 4];
        for (number, board) in [PI, ROCK, JUNO].into_iter().enumerate() {
            let first = 300 + 1008 * number as u64;
            for at in 0..4 {
                let slower = |case: usize, metric: usize| match (case, metric) {
                    (3, 1) => wild(at),
                    _ if board.1 == JUNO.1 => 1.0,
                    _ => one_worse(case, metric),
                };
                let still = |case: usize, metric: usize| if (case, metric) == (3, 1) { wild(at + 1) } else { 1.0 };
                write(&folder.path().join("old"), [boot(OLD, first + at, board, Shape(4, 3, 5), still)]);
                write(&folder.path().join("new"), [boot(NEW, first + 10 + at, board, Shape(4, 3, 5), slower)]);
            }
        }
        let night = |at: u64| {
            let level = move |case: usize, metric: usize| if (case, metric) == (0, 0) && at > 25 { 0.96 } else { 1.0 };
            boot(&format!("v6.11-rc{}-{at}-g{:012x}", 1 + at / 10, at * 7919), at, PI, Shape(4, 3, 2), level)
        };
        write(&folder.path().join("nights"), (0..60).map(night));
        let page = outputs().join("report.html");
        let shown = page.to_str().unwrap();
        let said = report(folder.path(), &["old", "--vs", "new", "--history", "nights", "--page", shown]);
        assert_eq!(said.code, 0, "{said:?}");
        page
    })
}

/// A page beside it in which `from` stands as `to`.
fn changed(name: &str, change: impl FnOnce(String) -> String) -> PathBuf {
    let path = outputs().join(name);
    fs::write(&path, change(fs::read_to_string(page()).unwrap())).unwrap();
    path
}

pub(crate) fn screenshot(page: &Path, name: &str, size: &str, more: &[&str]) -> Option<()> {
    let file = outputs().join(name);
    let _ = fs::remove_file(&file);
    let (shot, size) = (format!("--screenshot={}", file.display()), format!("--window-size={size}"));
    browse(page, &[&[shot.as_str(), size.as_str()][..], more].concat())?;
    let bytes = fs::read(&file).unwrap();
    assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 20_000, "{name}: {} bytes", bytes.len());
    Some(())
}

/// A page that shows the other one in a frame as narrow as a phone, and then says how wide its content is.
fn in_a_phone() -> PathBuf {
    let path = outputs().join("phone.html");
    let frame = "<!doctype html><meta charset=utf-8><body style='margin:0'>\
        <iframe id=f src='report.html' style='width:360px;height:9000px;border:0'></iframe><pre id=w></pre>\
        <script>onload = function () { var e = document.getElementById('f').contentDocument.documentElement;\
        document.getElementById('w').textContent = 'width ' + e.scrollWidth + ' of ' + e.clientWidth; }</script>";
    fs::write(&path, frame).unwrap();
    path
}

#[test]
fn screenshots_of_a_desktop_a_phone_the_dark_and_paper() {
    let page = page();
    if screenshot(page, "desktop.png", "1200,5600", &[]).is_none() {
        return;
    }
    screenshot(page, "dark.png", "1200,5600", &[DARK]).unwrap();
    let still = changed("no-script.html", |page| {
        let (from, to) = (page.rfind("<script>").unwrap(), page.rfind("</script>").unwrap());
        page[..from].to_string() + &page[to..]
    });
    screenshot(&still, "no-script.png", "1200,5600", &[]).unwrap();
    screenshot(&in_a_phone(), "phone.png", "500,9000", &[]).unwrap();
    let paper = changed("paper.html", |page| page.replace("@media print", "@media all"));
    screenshot(&paper, "print.png", "800,6400", &[]).unwrap();
    let pdf = outputs().join("report.pdf");
    browse(page, &["--no-pdf-header-footer", &format!("--print-to-pdf={}", pdf.display())]).unwrap();
    assert!(fs::read(&pdf).unwrap().starts_with(b"%PDF"));
}

#[test]
fn nothing_is_wider_than_a_phone() {
    let page = {
        page();
        in_a_phone()
    };
    let Some(shown) = browse(&page, &["--dump-dom", "--virtual-time-budget=5000"]) else { return };
    assert!(shown.contains(">width 360 of 360<"), "{}", &shown[shown.len().saturating_sub(400)..]);
}

/// Everything that a person reads is there without a script: what the script adds is a filter and buttons.
#[test]
fn the_script_sorts_and_filters_and_takes_nothing_away() {
    let test = "<pre id=t></pre><script>addEventListener('load', function () {\
        var rows = function () { return Array.prototype.filter.call(document.querySelectorAll('#all tbody tr'), function (r) { return !r.hidden; }); };\
        var said = [rows().length];\
        document.querySelector('#all th:nth-child(5) button').click();\
        said.push(rows()[0].cells[4].getAttribute('data-v'));\
        document.querySelector('#all th:nth-child(5) button').click();\
        said.push(rows()[0].cells[4].getAttribute('data-v'));\
        var word = document.querySelector('#tools select'); word.value = 'worse'; word.dispatchEvent(new Event('input'));\
        said.push(rows().length);\
        var text = document.querySelector('#tools input'); text.value = 'RATE-1'; text.dispatchEvent(new Event('input'));\
        said.push(rows().length);\
        document.getElementById('t').textContent = 'said ' + said.join(' | ');\
        });</script></body>";
    let page = changed("sorted.html", |page| page.replace("</body>", test));
    let Some(shown) = browse(&page, &["--dump-dom", "--virtual-time-budget=5000"]) else { return };
    let said = shown.split("<pre id=\"t\">said ").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
    let parts: Vec<&str> = said.split(" | ").collect();
    let number = |at: usize| parts[at].parse::<f64>().unwrap();
    assert_eq!((parts[0], parts[3], parts[4]), ("36", "2", "0"), "{said}");
    assert!(number(1) < -4.0 && number(2) > 4.0, "{said}");
}

#[test]
fn axe_finds_nothing() {
    let axe = env::var("LAVA_BENCH_AXE")
        .map_or_else(|_| project("target/npm/node_modules/axe-core/axe.min.js"), PathBuf::from);
    let Ok(axe) = fs::read_to_string(&axe) else {
        skipped(format_args!("no axe-core at {}: npm install --prefix target/npm axe-core", axe.display()));
        return;
    };
    let run = format!(
        "<script>{}</script><script>document.querySelectorAll('details').forEach(function (one) {{ one.open = true; }});\
         axe.run(document, {{resultTypes: ['violations']}}).then(function (found) {{\
         var pre = document.createElement('pre'); pre.id = 'axe';\
         pre.textContent = JSON.stringify({{passes: found.passes.length, violations: found.violations.map(function (one) {{\
           return {{id: one.id, help: one.help, nodes: one.nodes.slice(0, 3).map(function (node) {{ return node.html + ' ' + node.failureSummary; }})}}; }})}});\
         document.body.appendChild(pre); }});</script></body>",
        axe.replace("</script", "<\\/script")
    );
    for (name, more, size) in
        [("light", &[][..], "1200,2000"), ("dark", &[DARK], "1200,2000"), ("narrow", &[], "500,2000")]
    {
        let page = changed(&format!("axe-{name}.html"), |page| page.replace("</body>", &run));
        let size = format!("--window-size={size}");
        let arguments = [&["--dump-dom", "--virtual-time-budget=60000", size.as_str()][..], more].concat();
        let Some(shown) = browse(&page, &arguments) else { return };
        let result = shown.rsplit("<pre id=\"axe\">").next().and_then(|rest| rest.split("</pre>").next()).unwrap();
        let result = result.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
        let result: Value =
            serde_json::from_str(&result).unwrap_or_else(|error| panic!("{name}: {error}: {result:.300}"));
        fs::write(outputs().join(format!("axe-{name}.json")), format!("{result:#}")).unwrap();
        assert!(result["passes"].as_u64().unwrap() > 15, "{result:#}");
        assert_eq!(result["violations"], Value::Array(Vec::new()), "{name}: {result:#}");
        fs::remove_file(page).unwrap();
    }
}
