//! Any files of a result root: they are read, compared with themselves and written again without a panic.
//!
//! The input is the files one after the other, each behind a line `=== NAME`.
#![no_main]
use lava_bench::{
    record::RecordId,
    suites::{self, Content, Input, Selection, TableOptions},
};
use std::{fs, path::Path};

/// Writes the files into two runs of two commits.
fn write(folder: &Path, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for part in text.split("=== ").skip(1) {
        let Some((name, content)) = part.split_once('\n') else { continue };
        let known = ["job.yaml", "stats.json", "last_state", "kmsg", "uptime.json"].contains(&name);
        if known {
            fs::write(folder.join(name), content).expect("a file");
        }
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::TempDir::new().expect("a folder");
    let run = folder.path().join("a/0");
    fs::create_dir_all(&run).expect("a folder");
    write(&run, bytes);
    let suite = suites::named("lkp").expect("the suite");
    let read = || suites::read(&Input::Folder(folder.path()), &Selection::default());
    let Ok(content @ Content::Results(_)) = read() else { return };
    let records = content.into_records(&|| RecordId(1));
    for record in &records {
        record.check().expect("a record of ours");
        let _ = suite.write_folder(std::slice::from_ref(record), &folder.path().join("written"));
    }
    let (_, format) = suites::tables().find(|(suite, _)| suite.name == "lkp").expect("its table");
    if let Ok(results) = read().map(|content| suite.results(content)) {
        let _ = results.map(|results| suite.compare(vec![results], format, &TableOptions::default()));
    }
});
