//! Real histories as records, through the whole of `history`.

use crate::{history::Series, sap_hana, small_2021};
use lava_bench::{
    boots,
    history::{Changes, Rules, history, shape::Kind},
    record::Record,
};

/// A record for each boot.
fn records(series: &Series) -> Vec<Record> {
    let record = |(at, value): (usize, &f64)| {
        let json = format!(
            r#"{{"schema":"lava-bench-record/2","id":"{:08x}","label":"v{at}","boots":[{{"id":"{at:012x}"}}],"benchmarks":[
            {{"name":"hana","parameters":{{}},"metrics":[{{"name":"elapsed","unit":"s","better":"lower"}}],"cases":[
            {{"result":"pass","valid":true,"series":[{{"metric":"elapsed","samples":[[{value:?}]]}}]}}]}}]}}"#,
            at + 1
        );
        Record::from_json(json.as_bytes()).unwrap()
    };
    series.boots.iter().enumerate().map(record).collect()
}

fn told(series: &Series) -> Changes {
    let found = history(&boots::collect(&records(series), false), &Rules::default()).unwrap();
    assert_eq!((found.series.len(), found.boots), (1, series.boots.len()), "{}", series.name);
    found
}

#[test]
fn the_small_set_as_records_has_its_five_regressions_and_nothing_else() {
    let Some(folder) = sap_hana() else { return };
    let (quiet, regressions) = small_2021(&folder);
    assert_eq!((quiet.len(), regressions.len()), (20, 5));
    for series in &regressions {
        let found = told(series);
        let changes: Vec<_> = found.series[0].changes.iter().map(|change| (change.kind, change.word)).collect();
        assert_eq!(changes, [(Kind::Step, "worse")], "{}", series.name);
    }
    for series in &quiet {
        assert_eq!(told(series).series[0].changes, [], "{}", series.name);
    }
}
