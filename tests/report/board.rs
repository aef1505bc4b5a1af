//! Two kernels of Debian on the emulated board -> a page and a mail, which stay in `target/report/two-kernels`, with the
//! records that they are made of and pictures of the page.
//!
//! It boots `scripts/board`, so it runs with `LAVA_BENCH_BOARD=1` alone. An emulator's numbers say nothing of kernels: what is
//! tested is that the report says of them what is so.

use crate::{
    browser::screenshot,
    mail, report,
    support::{PROGRAM, Said, clean, project, record, wanted},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Releases of Debian whose kernels boot, the older one first.
const KERNELS: [&str; 2] = ["bookworm", "trixie"];
/// Boots of each.
const BOOTS: usize = 3;
/// What a boot measures, in some seconds.
const RUN: &str = "lava-bench run sysbench-cpu --param TIME=1 --param ITERATIONS=3 --param THREADS=1 --signals none --output /mnt/host/";

/// Where all of it stays; what was there is removed.
fn outputs() -> PathBuf {
    let folder = project("target/report/two-kernels");
    let _ = fs::remove_dir_all(&folder);
    KERNELS.iter().for_each(|kernel| fs::create_dir_all(folder.join(kernel)).unwrap());
    folder
}

/// Boots a kernel, measures there, and keeps the record in `at`; the release that the kernel says of itself.
fn boot(folder: &Path, kernel: &str, at: usize) -> String {
    let share = folder.join(kernel);
    let mut command = clean(Command::new(project("scripts/board")));
    command.args(["--kernel", kernel, "--timeout", "180s", "--share"]).arg(&share);
    command.arg("--capture").arg(share.join(format!("{at}.log"))).args(["--", &format!("{RUN}{at}")]);
    let said = Said::of(&mut command);
    assert_eq!(said.code, 0, "{said:?}");
    record(&share.join(at.to_string())).machine.and_then(|machine| machine.kernel.release).unwrap()
}

#[test]
fn a_page_and_a_mail_of_two_kernels() {
    if !wanted("LAVA_BENCH_BOARD", "boots two kernels") {
        return;
    }
    let folder = outputs();
    let mut releases = [String::new(), String::new()];
    // In turns, so that what this machine does meanwhile is shared.
    for at in 1..=BOOTS {
        releases = KERNELS.map(|kernel| boot(&folder, kernel, at));
    }
    assert_ne!(releases[0], releases[1]);
    let sources = [KERNELS[0], "--vs", KERNELS[1]];
    let faces = ["--page", "page.html", "--mail", "mail.eml", "--from", "A Lab <lab@example.org>"];
    let said = report(&folder, &[&sources[..], &faces].concat());
    assert_eq!(said.code, 0, "{said:?}");
    let page = fs::read_to_string(folder.join("page.html")).unwrap();
    let mail = fs::read_to_string(folder.join("mail.eml")).unwrap();
    let text = mail::text(&mail);
    fs::write(folder.join("mail.txt"), &text).unwrap();
    says_what_was_measured(&folder, &page, &text, &releases);
    if screenshot(&folder.join("page.html"), "two-kernels/desktop.png", "1200,2400", &[]).is_some() {
        screenshot(&folder.join("page.html"), "two-kernels/narrow.png", "500,2400", &[]).unwrap();
    }
}

/// Whatever the numbers are: both kernels, every boot, what else differs, and the answer that `compare` gives.
fn says_what_was_measured(folder: &Path, page: &str, text: &str, releases: &[String; 2]) {
    let flat = text.replace(" \n", " ");
    for release in releases {
        assert!(page.contains(release.as_str()) && flat.contains(release.as_str()), "{release}\n{text}");
    }
    let counts = format!("{BOOTS} boots, {} iterations", BOOTS * 3);
    for part in [counts.as_str(), "  differs  ", "linux,dummy-virt"] {
        assert!(flat.contains(part), "{part}\n{text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 72), "{text}");
    let mut compare = clean(Command::new(PROGRAM));
    let said = Said::of(compare.current_dir(folder).args(["compare", KERNELS[0], "--vs", KERNELS[1]]));
    let answer = said.stdout.split("\n\n").next().unwrap().replace('\n', " ");
    assert!(said.code == 0 && flat.contains(answer.split_once(": ").unwrap().1), "{answer}\n{text}");
    // A distribution's release names no commit, and the mail makes none up.
    assert!(!flat.contains("#regzbot introduced"), "{text}");
}
