//! Folders of many records: read through an index, which changes nothing of what is said.

use super::support::{Said, run};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

const INDEX: &str = ".lava-bench-index";

/// The record of a boot: of one of 100 boards, each with a level of its own.
fn record(side: usize, boot: usize, change: f64) -> String {
    let (board, id) = (boot % 100, side * 100_000 + boot + 1);
    let value = change * (100.0 + board as f64) * (1.0 + (boot * 7 % 11) as f64 / 1000.0);
    format!(
        r#"{{"schema":"lava-bench-record/2","id":"{id:08x}","started":"2026-0{side}-01T{:02}:{:02}:00Z","lab":{{"device":"board-{board}","git_describe":"v{side}"}},"machine":{{"board":{{"model":"A board"}}}},"boots":[{{"id":"{id:012x}"}}],"benchmarks":[{{"name":"b","parameters":{{}},"metrics":[{{"name":"rate","unit":"events/s","better":"higher"}}],"cases":[{{"result":"pass","valid":true,"command":["a","long","command"],"series":[{{"metric":"rate","samples":[[{value}],[{value}]]}}]}}]}}]}}"#,
        boot / 60 % 24,
        boot % 60,
    )
}

/// Two folders of records of 100 boards, the second 5 % lower: enough for an index.
struct Sides {
    folder: TempDir,
}

impl Sides {
    fn new(boots: usize) -> Self {
        let sides = Self { folder: TempDir::new().unwrap() };
        for (side, change) in [(1, 1.0), (2, 0.95)] {
            for boot in 0..boots {
                let folder = sides.path(side).join(format!("board-{}", boot % 100));
                fs::create_dir_all(&folder).unwrap();
                fs::write(folder.join(format!("{boot}.json")), record(side, boot, change)).unwrap();
            }
        }
        sides
    }

    fn path(&self, side: usize) -> PathBuf {
        self.folder.path().join(side.to_string())
    }

    fn compare(&self, arguments: &[&str]) -> Said {
        let (base, new) = (self.path(1), self.path(2));
        run(&[&["compare", base.to_str().unwrap(), new.to_str().unwrap(), "--all"], arguments].concat())
    }
}

#[test]
fn what_the_index_says_is_what_the_records_say() {
    let sides = Sides::new(1200);
    let first = sides.compare(&[]);
    assert_eq!((first.code, first.stderr.as_str()), (0, ""), "{first:?}");
    assert!(
        first.stdout.starts_with("Regression: 1 metric is worse") && first.stdout.contains("and 92 more"),
        "{first:?}"
    );
    assert!(sides.path(1).join(INDEX).is_file() && sides.path(2).join(INDEX).is_file());
    let again = sides.compare(&[]);
    assert_eq!(again.stdout, first.stdout);
    // A file of all records has no index, and says the same.
    let lines = |side: usize, change: f64| (0..1200).map(|boot| record(side, boot, change) + "\n").collect::<String>();
    let [base, new] = [(1, 1.0), (2, 0.95)].map(|(side, change)| {
        let path = sides.folder.path().join(format!("{side}.jsonl"));
        fs::write(&path, lines(side, change)).unwrap();
        path.display().to_string()
    });
    let whole = run(&["compare", &base, &new, "--all"]);
    assert_eq!(whole.stdout, first.stdout);
    let of = |source: &str| run(&["history", source, "--all"]);
    assert_eq!(of(sides.path(1).to_str().unwrap()).stdout.lines().count(), of(&base).stdout.lines().count());
    // A page and the JSON too, without the iterations of so many records.
    let page = sides.folder.path().join("page.html");
    let folders = [sides.path(1), sides.path(2)].map(|path| path.display().to_string());
    let said =
        run(&["report", &folders[0], "--vs", &folders[1], "--history", &folders[0], "--page", page.to_str().unwrap()]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(fs::read_to_string(&page).unwrap().contains("1 metric is worse"));
    assert!(sides.compare(&["--format", "json"]).stdout.contains("\"evidence\":null"));
}

#[test]
fn a_record_that_changed_came_or_went_is_noticed() {
    let sides = Sides::new(1100);
    let boots = |said: &Said| {
        let line = said.stdout.split("new      v2\n").nth(1).and_then(|rest| rest.lines().next()).unwrap_or_default();
        line.split(',').next().unwrap_or_default().trim().to_string()
    };
    assert_eq!(boots(&sides.compare(&[])), "1100 boots");
    fs::write(sides.path(2).join("more.json"), record(2, 5000, 0.95)).unwrap();
    assert_eq!(boots(&sides.compare(&[])), "1101 boots");
    fs::remove_file(sides.path(2).join("board-7/7.json")).unwrap();
    fs::remove_file(sides.path(2).join("board-8/8.json")).unwrap();
    assert_eq!(boots(&sides.compare(&[])), "1099 boots");
    // The same size at the same time: the system knows that it changed.
    let path = sides.path(2).join("board-9/9.json");
    let (text, time) = (fs::read_to_string(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap());
    fs::write(&path, text.replace("\"pass\"", "\"fail\"")).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    let said = sides.compare(&[]);
    assert!(said.stdout.contains("fails in 1 of 1099 boots"), "{said:?}");
}

#[test]
fn a_damaged_index_is_made_again_and_a_folder_without_one_is_read() {
    let sides = Sides::new(1050);
    let first = sides.compare(&[]);
    let index = sides.path(1).join(INDEX);
    let whole = fs::read(&index).unwrap();
    for damaged in [&whole[..whole.len() / 2], b"something else", &[&whole[..900], b"\0\0\0\0", &whole[904..]].concat()]
    {
        fs::write(&index, damaged).unwrap();
        let said = sides.compare(&[]);
        assert!(said.stderr.contains("the index is damaged or of another version, and is made again"), "{said:?}");
        assert_eq!((said.code, &said.stdout), (0, &first.stdout));
        assert_eq!(sides.compare(&[]).stderr, "");
    }
    for side in [1, 2] {
        fs::remove_file(sides.path(side).join(INDEX)).unwrap();
    }
    writable(&sides.path(1), false);
    let said = sides.compare(&[]);
    writable(&sides.path(1), true);
    assert_eq!((said.code, &said.stdout), (0, &first.stdout));
    // Root may write everywhere.
    assert_eq!(said.stderr.contains("no index can be kept"), !index.is_file(), "{said:?}");
}

#[test]
fn a_source_may_ask_for_some_of_its_records() {
    let sides = Sides::new(1100);
    let ask = |side: usize, asked: &str| format!("{}/?{asked}", sides.path(side).display());
    let said = run(&["compare", &ask(1, "device=board-7&build=v1"), &ask(2, "device=board-7"), "--all"]);
    assert!(said.stdout.contains("11 boots, 22 iterations") && said.stdout.contains("(board-7)"), "{said:?}");
    let said = run(&["convert", &ask(1, "id=00018707"), "--to", "csv"]);
    assert_eq!((said.code, said.stdout.lines().count()), (0, 3), "{said:?}");
    let said = run(&["history", &ask(1, "device=board-8000")]);
    assert_eq!((said.code, said.stderr.contains("no record that was asked for")), (2, true), "{said:?}");
    let said = run(&["history", &ask(1, "board=7")]);
    assert_eq!((said.code, said.stderr.contains("hint: KEY=VALUE")), (2, true), "{said:?}");
}

fn writable(folder: &Path, is: bool) {
    fs::set_permissions(folder, fs::Permissions::from_mode(if is { 0o755 } else { 0o555 })).unwrap();
}
