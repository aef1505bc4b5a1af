//! Any log of any benchmark of MMTests: `BENCHMARK FILE` in the first line, and its text. What is read of it is a record.
#![no_main]
use lava_bench::suites::mmtests::{Extract, Selection, from_tree, read, read_run, write};
use std::{env, fs, path::PathBuf, process, sync::LazyLock};

static FOLDER: LazyLock<PathBuf> =
    LazyLock::new(|| env::temp_dir().join(format!("lava-bench-fuzz-{}", process::id())).join("run"));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return };
    let Ok(name) = std::str::from_utf8(&bytes[..end]) else { return };
    let Some((benchmark, file)) = name.split_once(' ') else { return };
    let plain = |name: &str| !name.is_empty() && name.len() < 100 && name != "." && name != ".." && !name.contains('\0');
    if !plain(benchmark) || benchmark.contains('/') || !file.split('/').all(plain) {
        return;
    }
    let logs = FOLDER.join("iter-0").join(benchmark).join("logs");
    let path = logs.join(file);
    fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
    fs::write(&path, &bytes[end + 1..]).expect("it can be written");
    let tree = read_run(&FOLDER, &Selection::default());
    fs::remove_dir_all(&*FOLDER).expect("it was made");
    let Ok(tree) = tree else { return };
    from_tree(&tree, "0a1b2c3d".parse().expect("an id")).check().expect("a record");
    let runs: Vec<Extract> = tree.benchmarks.into_iter().map(|(run, _)| run).collect();
    let mut json = Vec::new();
    write(&runs, &mut json).expect("memory can be written");
    if !runs.is_empty() {
        let mut again = Vec::new();
        write(&read(&json).expect("our own JSON"), &mut again).expect("memory can be written");
        assert_eq!(json, again);
    }
});
