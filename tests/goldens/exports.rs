//! What two real LAVAs and tuxrun exported of one and the same test definition.

use crate::support::golden;
use lava_bench::{
    lab::source::{self, Content, Sink},
    rebuild::DatabaseResult,
};
use std::{
    fs,
    io::{self, BufRead},
};

/// What a source gave.
#[derive(Default)]
struct Results(Vec<DatabaseResult>);

impl Sink for Results {
    fn lines(&mut self, _: &mut dyn BufRead) -> io::Result<()> {
        Ok(())
    }

    fn result(&mut self, result: DatabaseResult) -> io::Result<()> {
        self.0.push(result);
        Ok(())
    }
}

#[test]
fn exports_of_lava_and_tuxrun_are_known_by_their_content() {
    let Some(folder) = golden("lava") else { return };
    let export = |file: &str| {
        let (mut results, file) = (Results::default(), fs::File::open(folder.join(file)).expect("a golden"));
        let told = source::read(file, &mut results).expect("it can be read");
        (told.content, results.0)
    };
    for version in ["2023.01", "2026.07"] {
        for (file, content) in [
            ("rest_jobs_N_tests", Content::LavaTests),
            ("rest_jobs_N_suites_S_tests", Content::LavaTests),
            ("rest_jobs_N_csv", Content::LavaCsv),
            ("rest_jobs_N_suites_S_csv", Content::LavaCsv),
            ("rest_jobs_N_yaml", Content::LavaYaml),
            ("rest_jobs_N_suites_S_yaml", Content::LavaYaml),
        ] {
            let (is, results) = export(&format!("{version}/{file}"));
            assert_eq!((is, results.len()), (content, 11), "{version}/{file}");
            let first = &results[0];
            let told = (first.name.as_str(), first.measurement.as_deref(), first.units.as_deref());
            assert_eq!(told, ("api-pass", Some("1.5"), Some("s")), "{version}/{file}");
            assert_eq!(results.iter().filter(|result| result.measurement.is_some()).count(), 3);
        }
        assert_eq!(export(&format!("{version}/rest_jobs_N_junit")).0, Content::LavaJunit);
        assert_eq!(export(&format!("{version}/rest_jobs_N_logs")).0, Content::Capture);
    }
    let (is, results) = export("tuxrun/results.json");
    assert_eq!((is, results.len()), (Content::Tuxrun, 8));
    assert!(results.iter().any(|result| result.name == "unk" && result.result == "unknown"));
}
