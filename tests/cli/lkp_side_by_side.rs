//! A test that was added to lkp-tests as an example of how one is added, and the same one as the definition in docs/lkp.md:
//! which outputs each of them takes for results.

use crate::support::{Said, program, project};
use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// What iostat printed of three seconds.
const OUTPUT: &str = "\
Linux 6.18.44 (vm) \t11/29/26 \t_x86_64_\t(2 CPU)


Device             tps    MB_read/s    MB_wrtn/s    MB_dscd/s    MB_read    MB_wrtn    MB_dscd
vda            9528.00       928.22         0.04         0.00        928          0          0


Device             tps    MB_read/s    MB_wrtn/s    MB_dscd/s    MB_read    MB_wrtn    MB_dscd
vda           10623.00      1036.62         0.00         0.00       1036          0          0


Device             tps    MB_read/s    MB_wrtn/s    MB_dscd/s    MB_read    MB_wrtn    MB_dscd
vda           10735.00      1047.56         0.00         0.00       1047          0          0


";

/// One report.
fn report(rates: &str) -> String {
    let header = "Device             tps    MB_read/s    MB_wrtn/s    MB_dscd/s    MB_read    MB_wrtn    MB_dscd";
    format!("{header}\nvda            {rates}         0.00        928          0          0\n\n\n")
}

/// Outputs that are no result, and what is wrong with each.
fn wrong() -> Vec<(&'static str, String)> {
    let cut = OUTPUT.rfind("47.56").unwrap();
    let lost = OUTPUT.rfind("Device").unwrap();
    let first = OUTPUT.find("Device").unwrap();
    let vmstat = "procs -----------memory---------- ---swap-- -----io---- -system-- -------cpu-------\n r  b   swpd   free   buff  \
                  cache   si   so    bi    bo   in   cs us sy id wa st gu\n 1  0      0 181244  59180 9316364    0    0   172   545 \
                  1234    3 10  4 86  1  0  0\n";
    let changed = |from: &str, to: &str| OUTPUT.replace(from, to);
    vec![
        ("in kB/s", changed("MB_", "kB_")),
        ("the average since boot among them", {
            OUTPUT[..first].to_string() + &report("205.73         2.47         7.97") + &OUTPUT[first..]
        }),
        ("cut in the last number", OUTPUT[..cut].into()),
        ("without the last report", OUTPUT[..lost].into()),
        ("a report twice", OUTPUT.to_string() + &OUTPUT[lost..]),
        ("a digit is lost", changed("928.22", "928.2")),
        ("a point is lost", changed("928.22", "92822")),
        ("two rows became one", changed("0          0\n\n\nDevice", "0          0 Device")),
        ("a kernel message in a row", changed("10623.00", "1062[   12.345678] usb 1-1: new device")),
        ("a comma for a point", OUTPUT.replace('.', ",")),
        ("no number", changed("928.22", "nan")),
        ("vmstat's output", vmstat.into()),
        ("an error alone", "iostat: Cannot find /proc/diskstats\n".into()),
        ("nothing", String::new()),
    ]
}

/// The definition in the page, in a folder.
fn definition() -> TempDir {
    let page = fs::read_to_string(project("docs/lkp.md")).unwrap();
    let (_, rest) = page.split_once("```yaml\n").unwrap();
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("s-bandwidth")).unwrap();
    fs::write(folder.path().join("s-bandwidth/s-bandwidth.yaml"), rest.split_once("```").unwrap().0).unwrap();
    folder
}

fn ours(folder: &Path, output: &str) -> Said {
    let file = folder.join("output");
    fs::write(&file, output).unwrap();
    let mut command = program();
    command.arg("--definitions").arg(folder).args(["parse", "s-bandwidth"]);
    for parameter in ["DURATION=3", "BLOCK_SIZE=100k", "TYPE=read"] {
        command.args(["--param", parameter]);
    }
    Said::of(command.arg(file))
}

#[test]
fn the_definition_takes_the_output_and_nothing_else() {
    let folder = definition();
    let said = ours(folder.path(), OUTPUT);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.contains("1047.56"), "{}", said.stdout);
    for (what, output) in wrong() {
        let said = ours(folder.path(), &output);
        assert_ne!(said.code, 0, "{what}: {}", said.stdout);
    }
}

/// What lkp's own parser of the example says of each: `LAVA_BENCH_LKP_EXAMPLE` names it, `stats/s-bandwidth` of commit
/// e4d4c0bfaacc. It needs Ruby, and `LKP_SRC`.
#[test]
#[expect(clippy::print_stdout, reason = "what it found is in docs/lkp.md")]
fn what_lkps_own_parser_takes() {
    let Some(parser) = env::var_os("LAVA_BENCH_LKP_EXAMPLE") else {
        println!("skipped: LAVA_BENCH_LKP_EXAMPLE names no parser");
        return;
    };
    let folder = TempDir::new().unwrap();
    let numbers = |output: &str| {
        let file = folder.path().join("output");
        fs::write(&file, output).unwrap();
        let mut command = Command::new("ruby");
        command.arg(&parser).stdin(fs::File::open(file).unwrap()).stderr(Stdio::null());
        Said::of(&mut command).stdout.lines().filter(|line| line.contains(": ")).count()
    };
    assert_eq!(numbers(OUTPUT), 21);
    let taken: Vec<(&str, usize)> = wrong().iter().map(|(what, output)| (*what, numbers(output))).collect();
    taken.iter().for_each(|(what, count)| println!("{what}: {count} numbers"));
    println!("taken: {} of {}", taken.iter().filter(|(_, count)| *count > 0).count(), taken.len());
}
