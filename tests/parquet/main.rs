//! `convert --to parquet`: what pandas, pyarrow and DuckDB read is what the records have.
//!
//! The Python packages are installed into `target/python` once; where that is not possible, these tests are skipped with a line.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on fails, and says what it left out"
)]

#[path = "../support/mod.rs"]
mod support;

use serde_json::Value;
use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use support::{project, run};
use tempfile::TempDir;

/// An interpreter with the packages, if they can be had.
fn python() -> Option<PathBuf> {
    let folder = project("target/python");
    let python = folder.join("bin/python");
    let has = || {
        let mut command = Command::new(&python);
        command.args(["-c", "import duckdb, pandas, pyarrow"]).output().is_ok_and(|output| output.status.success())
    };
    if has() {
        return Some(python);
    }
    let script = format!("python3 -m venv {0} && {0}/bin/pip install --quiet duckdb pandas pyarrow", folder.display());
    let installed = Command::new("bash").args(["-c", &script]).output().is_ok_and(|output| output.status.success());
    if !installed || !has() {
        eprintln!("skipped: pip cannot install duckdb, pandas and pyarrow");
        return None;
    }
    Some(python)
}

/// A record with two series, of which one has a lost value, and a case that was disturbed.
fn record(number: usize) -> String {
    let device = ["rpi4", "a/b = 50 %"][number % 2];
    let started =
        if number % 5 == 4 { String::new() } else { format!(r#""started":"2026-11-2{}T02:28:25.5Z","#, number % 5) };
    let value = 100.0 + number as f64 / 7.0;
    format!(
        r#"{{"schema":"lava-bench-record/2","id":"{number:08x}","label":"6.12, \"odd\" é",{started}"lab":{{"device":"board-{number}","device_type":"{device}"}},"machine":{{"kernel":{{"release":"6.12.{number}"}},"board":{{"model":"Pi | 4"}}}},"boots":[{{"id":"{number:012x}"}}],"benchmarks":[{{"name":"b","run":2,"tool":{{"name":"tool","version":"1.2"}},"parameters":{{"N":"4"}},"metrics":[{{"name":"rate","unit":"events/s","better":"higher","labels":["op"],"primary":true}},{{"name":"time","unit":"s","better":"neither"}}],"cases":[{{"labels":{{"k":"a,b"}},"result":"pass","valid":false,"executions":[{{"iteration":0,"elapsed_seconds":1.25,"exit":{{"code":0}}}},{{"iteration":1,"elapsed_seconds":2.0,"exit":{{"code":0}},"disturbances":["throttled"]}}],"series":[{{"metric":"rate","labels":{{"op":"read"}},"samples":[[{value},null],[2e-7,10000.0,3.0]]}},{{"metric":"time","samples":[[],[0.25]]}}]}},{{"labels":{{"k":"bad"}},"result":"fail","reasons":["exit status 1"],"series":[]}}]}}]}}"#
    )
}

/// A folder of so many records, a file each, and the folder of their tables.
fn converted(folder: &Path, count: usize) -> PathBuf {
    let (records, tables) = (folder.join("records"), folder.join("tables"));
    fs::create_dir(&records).unwrap();
    for number in 0..count {
        fs::write(records.join(format!("{number:05}.json")), record(number)).unwrap();
    }
    let said = run(&["convert", records.to_str().unwrap(), "--to", "parquet", "-o", tables.to_str().unwrap()]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.stderr.contains(&format!("{} samples of {count} records in ", 6 * count)), "{said:?}");
    tables
}

/// What a script prints as JSON, with the folder as `TABLES`.
fn asked(python: &Path, tables: &Path, script: &str) -> Value {
    let script = format!("import json, sys\nTABLES = sys.argv[1]\n{script}");
    let output = Command::new(python).args(["-c", &script]).arg(tables).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The table as `convert --to csv` has it, sorted: an empty field is what is not known.
fn as_csv(folder: &Path) -> Vec<BTreeMap<String, String>> {
    let mut lines = String::new();
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder.join("records")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().for_each(|path| writeln!(lines, "{}", fs::read_to_string(path).unwrap()).unwrap());
    let all = folder.join("all.json");
    fs::write(&all, lines).unwrap();
    let said = run(&["convert", all.to_str().unwrap(), "--to", "csv"]);
    csv::Reader::from_reader(said.stdout.as_bytes()).deserialize().collect::<Result<_, _>>().unwrap()
}

/// Texts of a row, the same for all readers.
const TEXTS: &str = "
def text(name, value):
    if value is None or value != value: return ''
    if name == 'started': return value.strftime('%Y-%m-%dT%H:%M:%S.%f').rstrip('0') + 'Z'
    if isinstance(value, bool): return 'true' if value else 'false'
    if isinstance(value, float): return repr(float('%r' % value))
    return str(value)
";

fn number(text: &str) -> String {
    text.parse::<f64>().map_or_else(|_| text.into(), |number| format!("{number:?}"))
}

#[test]
fn every_reader_reads_what_the_csv_table_has() {
    let Some(python) = python() else { return };
    let folder = TempDir::new().unwrap();
    let tables = converted(folder.path(), 23);
    let expected = as_csv(folder.path());
    assert_eq!(expected.len(), 6 * 23);
    for (reader, script) in [
        (
            "pyarrow",
            "import pyarrow.dataset as d\nrows = d.dataset(TABLES, partitioning='hive').to_table().to_pylist()",
        ),
        ("pandas", "import pandas\nrows = pandas.read_parquet(TABLES).astype(object).to_dict('records')"),
        (
            "duckdb",
            "import duckdb\nrows = duckdb.sql(f\"set timezone = 'UTC'\") or duckdb.sql(f\"select * from read_parquet('{TABLES}/**/*.parquet', hive_partitioning = true)\")\nrows = [dict(zip(rows.columns, r)) for r in rows.fetchall()]",
        ),
    ] {
        let end = "print(json.dumps([{k: text(k, v) for k, v in r.items()} for r in rows]))";
        let mut rows: Vec<BTreeMap<String, String>> =
            serde_json::from_value(asked(&python, &tables, &format!("{script}\n{TEXTS}\n{end}"))).unwrap();
        let key = |row: &BTreeMap<String, String>| {
            ["record", "metric", "iteration", "position"].map(|name| row[name].clone())
        };
        rows.sort_by_key(key);
        let mut wanted = expected.clone();
        wanted.sort_by_key(key);
        assert_eq!(rows.len(), wanted.len(), "{reader}");
        for (row, wanted) in rows.iter().zip(&wanted) {
            for (name, value) in wanted {
                let (found, value) = match name.as_str() {
                    "value" => (number(&row[name]), number(value)),
                    _ => (row[name].clone(), value.clone()),
                };
                assert_eq!(found, value, "{reader}: {name} of {wanted:?}");
            }
            assert_eq!(
                row["device"],
                format!("board-{}", u32::from_str_radix(&wanted["record"], 16).unwrap()),
                "{reader}"
            );
            let kind =
                if row["record"].ends_with(['1', '3', '5', '7', '9', 'b', 'd', 'f']) { "a/b = 50 %" } else { "rpi4" };
            assert_eq!(row["device_type"], kind, "{reader}");
            let day = wanted["started"].get(..10).unwrap_or_default();
            assert!(
                row["date"].starts_with(day) && (!day.is_empty() || !row["date"].starts_with('2')),
                "{reader}: {row:?}"
            );
        }
    }
}

#[test]
fn a_folder_that_is_there_stays_as_it_is() {
    let folder = TempDir::new().unwrap();
    let tables = converted(folder.path(), 2);
    let records = folder.path().join("records");
    let again =
        |tables: &Path| run(&["convert", records.to_str().unwrap(), "--to", "parquet", "-o", tables.to_str().unwrap()]);
    let said = again(&tables);
    assert_eq!(
        (said.code, said.stderr.contains("it is there, and not empty\nhint: name a new folder")),
        (2, true),
        "{said:?}"
    );
    let file = folder.path().join("file");
    fs::write(&file, "mine").unwrap();
    assert_eq!((again(&file).code, fs::read_to_string(&file).unwrap()), (2, "mine".into()));
    assert_eq!(run(&["convert", records.to_str().unwrap(), "--to", "parquet"]).code, 2);
    // No record: said, as for the other formats.
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let said =
        run(&["convert", empty.to_str().unwrap(), "--to", "parquet", "-o", folder.path().join("t").to_str().unwrap()]);
    assert_eq!((said.code, said.stderr.contains("no record in it")), (2, true), "{said:?}");
}
