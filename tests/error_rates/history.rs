//! Histories of real benchmarks, from a folder.

use flate2::read::GzDecoder;
use serde_json::Value;
use std::{
    fs::{self, File},
    io::{BufReader, Read},
    path::Path,
};

/// One metric over time: one value a boot, in order.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) boots: Vec<f64>,
}

/// The series of a folder: its files `*.csv`, `*.json` and `*.json.gz`, by name. Folders in it are not entered.
pub(crate) fn read(folder: &Path) -> Vec<Series> {
    let mut files: Vec<_> =
        fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    let mut all = Vec::new();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".csv") {
            all.push(Series { boots: from_csv(&fs::read_to_string(&file).unwrap()), name });
        } else if name.ends_with(".json") || name.ends_with(".json.gz") {
            let reader = BufReader::new(File::open(&file).unwrap());
            let reader: Box<dyn Read> =
                if name.ends_with(".gz") { Box::new(GzDecoder::new(reader)) } else { Box::new(reader) };
            all.extend(from_json(&serde_json::from_reader(reader).unwrap()));
        }
    }
    all.retain(|series| !series.boots.is_empty());
    all
}

/// `NAME: [value, ...]` or `NAME: {"values": [value, ...]}` for each series.
fn from_json(document: &Value) -> Vec<Series> {
    let numbers = |value: &Value| Some(value.as_array()?.iter().filter_map(Value::as_f64).collect());
    let series = document.as_object().into_iter().flatten().filter_map(|(name, value)| {
        Some(Series { name: name.clone(), boots: numbers(value).or_else(|| numbers(value.get("values")?))? })
    });
    series.collect()
}

/// One value a line, the last column; the median of the lines of one build, which is the column before, is one boot. A
/// first line of names is passed over.
fn from_csv(text: &str) -> Vec<f64> {
    let mut boots: Vec<(String, Vec<f64>)> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let mut columns = line.rsplit(',').map(str::trim);
        let Some(value) = columns.next().and_then(|column| column.parse().ok()).filter(|value: &f64| value.is_finite())
        else {
            continue;
        };
        let build = columns.next().map_or_else(|| at.to_string(), str::to_string);
        match boots.iter_mut().rev().take(200).find(|(last, _)| *last == build) {
            Some((_, values)) => values.push(value),
            None => boots.push((build, vec![value])),
        }
    }
    boots.into_iter().map(|(_, mut values)| lava_bench::statistics::median(&mut values).unwrap()).collect()
}
