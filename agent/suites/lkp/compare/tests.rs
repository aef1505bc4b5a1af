use super::*;
use crate::suites::lkp::{names::names, root};
use std::fs;

/// The runs of two commits, three each, of which `stats` gives the numbers by commit and run.
fn roots(stats: &dyn Fn(usize, usize) -> String) -> (tempfile::TempDir, Vec<Root>) {
    let folder = tempfile::TempDir::new().unwrap();
    for (at, commit) in ["v6.1", "v6.2"].iter().enumerate() {
        for run in 0..3 {
            let own = folder.path().join(commit).join(run.to_string());
            fs::create_dir_all(&own).unwrap();
            let job = format!(
                "suite: hackbench\ntestcase: hackbench\ncategory: benchmark\nnr_threads: 4\nhackbench:\n  mode: process\n  ipc: pipe\n\
                 tbox_group: board7\nrootfs: debian\nkconfig: defconfig\ncompiler: gcc-12\ncommit: {commit}\n"
            );
            fs::write(own.join("job.yaml"), job).unwrap();
            fs::write(own.join("stats.json"), stats(at, run)).unwrap();
        }
    }
    let roots = root::read_all(folder.path(), names()).unwrap();
    (folder, roots)
}

#[test]
fn the_table_has_tests_first_and_failures_before_numbers() {
    let numbers = |commit: usize, run: usize| {
        let (fast, load) = ([100.0, 80.0][commit] + run as f64 / 2.0, 10 + run);
        let failed = if commit == 1 { r#", "last_state.is_soft_timeout": 1"# } else { "" };
        format!(
            r#"{{"hackbench.throughput": {fast}, "custom.my_metric": {}, "mpstat.cpu.all.idle%": {load}{failed}}}"#,
            fast * 2.0
        )
    };
    let (_folder, all) = roots(&numbers);
    let (text, notes) = table(&all, names(), View { all: true, kpi: false }).unwrap();
    assert_eq!(notes.len(), 0);
    let wanted = "=========================================================================================
compiler/ipc/kconfig/mode/nr_threads/rootfs/tbox_group/testcase:
  gcc-12/pipe/defconfig/process/4/debian/board7/hackbench

commit: 
  v6.1
  v6.2

            v6.1                        v6.2 
---------------- --------------------------- 
       fail:runs  %reproduction    fail:runs
           |             |             |    
           :3          100%           3:3     last_state.is_soft_timeout
         %stddev     %change         %stddev
             \\          |                \\  
    100.50           -19.9%      80.50        hackbench.throughput
    201.00           -19.9%     161.00        custom.my_metric
     11.00 ±  7%      +0.0       11.00 ±  7%  mpstat.cpu.all.idle%

";
    assert_eq!(text, wanted);
    let (text, _) = table(&all, names(), View { all: true, kpi: true }).unwrap();
    assert!(text.contains("hackbench.throughput") && !text.contains("custom"), "{text}");
    // What did not change is not shown.
    let (text, _) = table(&all, names(), View::default()).unwrap();
    assert!(text.contains("custom.my_metric") && !text.contains("mpstat"), "{text}");
}

#[test]
fn one_commit_and_runs_without_numbers_are_not_compared() {
    let (_folder, all) = roots(&|_, _| r#"{"hackbench.throughput": 1.0}"#.into());
    let (text, _) = table(&all, names(), View::default()).unwrap();
    assert_eq!(text, "");
    assert!(table(&all[..3], names(), View::default()).is_err());
    let (_folder, cut) = roots(&|_, _| r#"{"hackbench.throughput": 1.0"#.into());
    assert!(table(&cut, names(), View::default()).is_err());
}
