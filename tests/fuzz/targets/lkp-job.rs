//! Any text is a job of lkp, with what it includes being itself or a part of it: nothing falls, and nothing grows.
#![no_main]

use lava_bench::{
    definition::Store,
    suites::lkp_job::{Board, File, Files, Host, Map, Node, Reason, Selector, known, plans, split},
};
use libfuzzer_sys::fuzz_target;

struct Parts<'a>(&'a str);

impl Files for Parts<'_> {
    fn include(&self, from: &str, name: &str) -> Result<File, Reason> {
        let text = self.0.get(self.0.len() / 2..).unwrap_or(self.0);
        Ok(File { name: format!("{from}/{name}"), text: text.into() })
    }
}

fuzz_target!(|text: &str| {
    let facts: Map =
        [("nr_cpu", Node::Integer(8)), ("memory", Node::Text("16G".into()))].map(|(key, node)| (key.into(), node)).into_iter().collect();
    let host = Host { name: "board-1".into(), architecture: "aarch64".into(), facts };
    let (tree, board, store) = (known(), Board { cpus: 8, nodes: 1, ..Board::default() }, Store::embedded());
    let file = File { name: "job.yaml".into(), text: text.into() };
    match split(&file, &Parts(text), &tree, &host) {
        Ok(jobs) => {
            let selector =
                Selector { tree: &tree, board: &board, store: &store, directory: None, output_is_there: false };
            let selected: Vec<_> = jobs.iter().take(100).map(|job| selector.select(job)).collect();
            assert!(selected.iter().all(|one| one.runs.as_ref().err().is_none_or(|why| !why.is_empty())));
            let runs: Vec<_> = selected.into_iter().filter_map(|one| one.runs.ok()).collect();
            assert!(plans(&runs, &store).len() <= runs.len());
        }
        Err(error) => assert!(!error.place.file.is_empty(), "{error}"),
    }
});
