//! Embeds the definitions: `test-definitions/<name>/<name>.yaml` -> `$OUT_DIR/definitions.rs`, a list of packs: the sorted
//! names in it with the lengths of their texts, and the texts, deflated as one. The binary for the board is small, and texts
//! that stand together take little more than half as much. And `$OUT_DIR/outlines.deflate`: in the same
//! order, a line of JSON with the outline of each. And what is known of MMTests' benchmarks, `agent/suites/mmtests/benchmarks/*.yaml`:
//! `$OUT_DIR/mmtests-benchmarks.rs`, a sorted list of names and lengths, and all texts in `$OUT_DIR/mmtests-benchmarks.deflate`.
//! And what is looked for in the kernel's log: `$OUT_DIR/kernel-log.deflate`. And what is known of lkp's programs and
//! statistics: `$OUT_DIR/lkp-programs.deflate`, `$OUT_DIR/lkp-names.deflate`.

use flate2::{Compression, write::DeflateEncoder};
use serde_yaml::Value;
use std::{env, fmt::Write as _, fs, io::Write as _, path::Path, process::Command};

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let folder = Path::new(&root).join("test-definitions");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut names: Vec<String> = fs::read_dir(&folder)
        .expect("test-definitions is readable")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| folder.join(name).join(format!("{name}.yaml")).is_file())
        .collect();
    names.sort();
    pack_definitions(&folder, &names, Path::new(&out));
    pack_benchmarks(Path::new(&root), Path::new(&out));
    let path = Path::new(&root).join("agent/kernel_log/patterns.yaml");
    println!("cargo::rerun-if-changed={}", path.display());
    let text = fs::read(path).expect("the patterns of the kernel's log are readable");
    fs::write(Path::new(&out).join("kernel-log.deflate"), deflated(&patterns(&text))).expect("OUT_DIR is writable");
    for (file, packed) in [("programs.yaml", "lkp-programs.deflate"), ("names/names.yaml", "lkp-names.deflate")] {
        let path = Path::new(&root).join("agent/suites/lkp").join(file);
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read(path).expect("what is known of lkp is readable");
        fs::write(Path::new(&out).join(packed), deflated(&text)).expect("OUT_DIR is writable");
    }
    let target = env::var("TARGET").expect("cargo sets TARGET");
    let build = if env::var_os("CARGO_FEATURE_HOST").is_some() { "host build" } else { "device build" };
    let commit = commit(Path::new(&root)).map(|commit| format!("commit {commit}, ")).unwrap_or_default();
    println!("cargo::rustc-env=LAVA_BENCH_TARGET={target}");
    println!("cargo::rustc-env=LAVA_BENCH_BUILD={commit}{target}, {build}");
}

/// The commit that this is built from, where `root` is a git tree and not a folder in somebody else's.
fn commit(root: &Path) -> Option<String> {
    let top = git(root, &["rev-parse", "--show-toplevel"])?;
    if fs::canonicalize(top).ok()? != fs::canonicalize(root).ok()? {
        return None;
    }
    // The log of HEAD grows whenever HEAD moves. A file that is not there would build it anew each time.
    for name in ["HEAD", "logs/HEAD"] {
        let path = git(root, &["rev-parse", "--git-path", name]).map(|path| root.join(path));
        if let Some(path) = path.filter(|path| path.exists()) {
            println!("cargo::rerun-if-changed={}", path.display());
        }
    }
    git(root, &["rev-parse", "--short=12", "HEAD"])
}

/// What git says, in one line.
fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(root).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_string();
    (output.status.success() && !text.is_empty()).then_some(text)
}

/// How many definitions are one pack: whoever wants one inflates those before it, some 60 kB at most.
const PACK: usize = 16;

fn pack_definitions(folder: &Path, names: &[String], out: &Path) {
    let (mut list, mut outlines) = (String::from("&[\n"), String::new());
    for (number, names) in names.chunks(PACK).enumerate() {
        let (mut entries, mut texts) = (String::new(), Vec::new());
        for name in names {
            let text = fs::read(folder.join(name).join(format!("{name}.yaml"))).expect("a definition is readable");
            outlines.push_str(&outline(&text));
            outlines.push('\n');
            write!(entries, "({name:?}, {}), ", text.len()).expect("a string takes all that is written");
            texts.extend(text);
        }
        let packed = out.join(format!("definitions-{number}.deflate"));
        fs::write(&packed, deflated(&texts)).expect("OUT_DIR is writable");
        writeln!(list, "    (&[{entries}], include_bytes!({packed:?})),").expect("a string takes all that is written");
    }
    list.push_str("]\n");
    fs::write(out.join("definitions.rs"), list).expect("OUT_DIR is writable");
    fs::write(out.join("outlines.deflate"), deflated(outlines.as_bytes())).expect("OUT_DIR is writable");
}

/// Many short files that resemble each other deflate better as one.
fn pack_benchmarks(root: &Path, out: &Path) {
    let folder = root.join("agent/suites/mmtests/benchmarks");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut names: Vec<String> = fs::read_dir(&folder)
        .expect("the benchmarks' folder is readable")
        .filter_map(|entry| Some(entry.ok()?.file_name().into_string().ok()?.strip_suffix(".yaml")?.to_string()))
        .collect();
    names.sort();
    let (mut list, mut texts) = (String::from("&[\n"), Vec::new());
    for name in names {
        let text = fs::read(folder.join(format!("{name}.yaml"))).expect("a benchmark's file is readable");
        writeln!(list, "    ({name:?}, {}),", text.len()).expect("a string takes all that is written");
        texts.extend(text);
    }
    list.push_str("]\n");
    fs::write(out.join("mmtests-benchmarks.rs"), list).expect("OUT_DIR is writable");
    fs::write(out.join("mmtests-benchmarks.deflate"), deflated(&texts)).expect("OUT_DIR is writable");
}

fn deflated(text: &[u8]) -> Vec<u8> {
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
    deflate.write_all(text).expect("memory takes all that is written");
    deflate.finish().expect("memory takes all that is written")
}

/// What is looked for in the kernel's log, without the samples that prove it: a board does not need these.
fn patterns(text: &[u8]) -> Vec<u8> {
    #[expect(clippy::disallowed_methods, reason = "the project's own patterns")]
    let mut value: Value = serde_yaml::from_slice(text).expect("the patterns of the kernel's log are YAML");
    retain(&mut value, &["kinds", "details"]);
    let kinds = value.get_mut("kinds").and_then(Value::as_sequence_mut);
    kinds.into_iter().flatten().for_each(|kind| retain(kind, &["kind", "what", "rules"]));
    serde_yaml::to_string(&value).expect("what was read is written").into_bytes()
}

/// What a list shows of a definition, in a line of JSON. An error in its YAML is reported when it is read.
fn outline(text: &[u8]) -> String {
    #[expect(clippy::disallowed_methods, reason = "the project's own definitions")]
    let mut value: Value = serde_yaml::from_slice(text).unwrap_or_default();
    retain(&mut value, &["metadata", "params", "parameters", "benchmark"]);
    if let Some(benchmark) = value.get_mut("benchmark") {
        retain(benchmark, &["suite", "tool", "needs", "metrics", "primary"]);
        if let Some(tool) = benchmark.get_mut("tool") {
            retain(tool, &["name", "builtin", "packages"]);
        }
        let metrics = benchmark.get_mut("metrics").and_then(Value::as_sequence_mut);
        metrics.into_iter().flatten().for_each(|metric| retain(metric, &["name"]));
    }
    serde_json::to_string(&value).expect("what YAML has is JSON, too")
}

/// Takes all but `keys` out of a map.
fn retain(value: &mut Value, keys: &[&str]) {
    if let Some(map) = value.as_mapping_mut() {
        map.retain(|key, _| key.as_str().is_some_and(|key| keys.contains(&key)));
    }
}
