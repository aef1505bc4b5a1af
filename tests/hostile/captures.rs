//! Hostile captures and exports, on the real program with a bounded memory: each ends, is refused with a reason or rebuilt
//! with its losses named, and what an honest board said is not harmed where it can be told apart.
use data_encoding::BASE64URL_NOPAD;
use lava_bench::{
    record::RecordId,
    signal::{Redundancy, frames},
};
use std::{
    fs,
    io::{self, Write},
    path::Path,
    process::{Command, Output, Stdio},
    thread,
};

/// What the program may have, in KiB: its address space. A real rebuild of any size takes 10 MiB.
const MEMORY: u32 = 1_500_000;

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Rebuilds what `write` writes.
fn rebuild(arguments: &[&str], write: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static) -> Output {
    let mut child = Command::new("sh")
        .args([
            "-c",
            &format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\""),
            env!("CARGO_BIN_EXE_lava-bench"),
            "rebuild",
            "-",
        ])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdin = child.stdin.take().unwrap();
    let writer = thread::spawn(move || {
        let mut buffered = io::BufWriter::with_capacity(1 << 16, stdin);
        // The program may have refused it before its end.
        let _ = write(&mut buffered).and_then(|()| buffered.flush());
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn example() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/example-record.json");
    fs::read_to_string(path).unwrap().trim_end().to_owned()
}

/// What an honest board says.
fn honest() -> String {
    let frames = frames(RecordId(0x0a1b_2c3d), &example(), Redundancy::default()).unwrap();
    frames.iter().map(|frame| format!("{frame}\n")).collect()
}

/// A signal with a right check.
fn signal(id: u32, name: &str, rest: &str) -> String {
    let body = format!("TESTCASE TEST_CASE_ID={name} RESULT=pass{rest} CHECK={id:08x}");
    format!("<LAVA_SIGNAL_{body}{:08x}>\n", crc32fast::hash(body.as_bytes()))
}

/// A frame with a right CRC.
fn frame(id: u32, (index, data, parity): (u32, u32, u32), shard: &[u8]) -> String {
    let (head, shard) = (format!("LBF1.{id:08x}.{index}.{data}.{parity}."), BASE64URL_NOPAD.encode(shard));
    format!("{head}{:08x}.{shard}.\n", crc32fast::hash(format!("{head}{shard}").as_bytes()))
}

/// The honest record's JSON is among the records, byte for byte.
fn has_honest(output: &Output) -> bool {
    String::from_utf8_lossy(&output.stdout).lines().any(|line| line == example())
}

#[test]
fn millions_of_forged_signals_are_refused() {
    let output = rebuild(&[], |to| {
        to.write_all(honest().as_bytes())?;
        (0..2_000_000)
            .try_for_each(|n| to.write_all(signal(1, &format!("a.b.c_{n}.0.0"), " MEASUREMENT=1 UNITS=s").as_bytes()))
    });
    assert_eq!(code(&output), 2, "{}", errors(&output));
    assert!(
        errors(&output).contains("-: more than 256 MiB of signals, frames and results\nhint: "),
        "{}",
        errors(&output)
    );
}

#[test]
fn many_forged_signals_of_other_cases_benchmarks_and_metrics_take_no_quadratic_time() {
    let output = rebuild(&[], |to| {
        to.write_all(honest().as_bytes())?;
        (0..30_000).try_for_each(|n| {
            let value = " MEASUREMENT=1 UNITS=s";
            to.write_all(signal(1, &format!("a.b.c_{n}.0.0"), value).as_bytes())?;
            to.write_all(signal(1, &format!("a._case.c_{n}"), "").as_bytes())?;
            to.write_all(signal(1, &format!("a{n}.b.0.0"), value).as_bytes())?;
            to.write_all(signal(1, &format!("a._metric.name_m{n}.better_higher.unit_s"), "").as_bytes())
        })
    });
    assert_eq!(code(&output), 4, "{}", errors(&output));
    assert!(has_honest(&output));
}

#[test]
fn forged_positions_allocate_nothing() {
    let output = rebuild(&[], |to| {
        to.write_all(honest().as_bytes())?;
        to.write_all(signal(1, "a._metric.name_b.better_higher.unit_s", "").as_bytes())?;
        (0..2000).try_for_each(|n| {
            to.write_all(signal(1, &format!("a.b.c_{n}.4000000000.4000000000"), " MEASUREMENT=1 UNITS=s").as_bytes())?;
            to.write_all(signal(1, &format!("a._case.c_{n}"), "").as_bytes())?;
            to.write_all(signal(1, &format!("a._metric.name_b{n}.better_higher.unit_s.labels_c"), "").as_bytes())?;
            to.write_all(signal(1, &format!("a.b{n}.c_{n}.999999.999999"), " MEASUREMENT=1 UNITS=s").as_bytes())
        })
    });
    assert_eq!(code(&output), 4, "{}", errors(&output));
    assert!(has_honest(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("too far from the others' to be believed"));
}

#[test]
fn millions_of_records_of_one_frame_are_refused() {
    let output =
        rebuild(&[], |to| (0..2_000_000).try_for_each(|id| to.write_all(frame(id, (0, 2, 0), &[0; 2]).as_bytes())));
    assert_eq!(code(&output), 2, "{}", errors(&output));
    assert!(errors(&output).contains("more than 256 MiB"), "{}", errors(&output));
}

#[test]
fn many_records_and_damaged_signals_take_no_quadratic_time() {
    let output = rebuild(&["--explain"], |to| {
        (0..50_000).try_for_each(|id| {
            to.write_all(signal(id, &format!("a{id}._case"), "").as_bytes())?;
            writeln!(to, "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a{id}._valid RESULT=pass CHECK=")
        })
    });
    assert_eq!(code(&output), 4, "{}", errors(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("cut or changed in the log: 50000 signals"));
}

#[test]
fn frames_that_say_they_are_many_allocate_nothing() {
    let output = rebuild(&[], |to| {
        to.write_all(honest().as_bytes())?;
        for at in [(0, 32_768, 32_768), (65_535, 32_768, 32_768), (65_536, 32_768, 32_768), (4_294_967_295, 1, 1)] {
            (0..1000).try_for_each(|id| to.write_all(frame(id, at, &[7; 660]).as_bytes()))?;
        }
        Ok(())
    });
    assert_eq!(code(&output), 4, "{}", errors(&output));
    assert!(has_honest(&output) && errors(&output).contains("record 000003e7: "), "{}", errors(&output));
}

#[test]
fn records_that_inflate_without_end_are_refused_and_an_honest_one_is_not() {
    // Some 60 MiB each, of the smallest frames and with the most of allocations.
    let id = |n: u32| RecordId(0x1000_0000 + n);
    let bomb = move |n| {
        let losses = "{\"what\":\"\",\"reason\":\"\"},".repeat(2_400_000);
        let losses = losses.trim_end_matches(',');
        format!("{{\"schema\":\"lava-bench-record/1\",\"id\":\"{}\",\"benchmarks\":[],\"losses\":[{losses}]}}", id(n))
    };
    let output = rebuild(&["--explain"], move |to| {
        for n in 0..6 {
            frames(id(n), &bomb(n), Redundancy::percent(0).unwrap())?
                .iter()
                .try_for_each(|frame| writeln!(to, "{frame}"))?;
        }
        to.write_all(honest().as_bytes())
    });
    assert_eq!(code(&output), 4, "{}", errors(&output));
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("the records of one rebuild would have more than 128 MiB"), "{told}");
    assert!(told.contains("record 0a1b2c3d\n  frames: 10 found, 3 needed, 10 sent; 0 repaired"), "{told}");
}

#[test]
fn forged_frames_that_can_be_tried_in_many_ways_take_no_endless_time() {
    let output = rebuild(&["--explain"], |to| {
        // None of these gives what its SHA-256 says, whatever is left out.
        for id in 0..4 {
            for index in 1000..5000 {
                to.write_all(frame(id, (index, 2000, 4000), &[u8::try_from(index % 251).unwrap(); 660]).as_bytes())?;
            }
        }
        to.write_all(honest().as_bytes())
    });
    assert_eq!(code(&output), 4, "{}", errors(&output));
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("too much had to be tried for forged frames"), "{told}");
    assert!(told.contains("record 0a1b2c3d\n  frames: 10 found, 3 needed, 10 sent; 0 repaired"), "{told}");
}

#[test]
fn long_lines_full_of_beginnings_take_no_quadratic_time() {
    for beginning in [
        "[",
        "[ ",
        "\x1b]",
        "\x1b[",
        "LBF1.",
        "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=",
        "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a RESULT=pass ",
        "LBF1.0a1b2c3d.0.1.0.00000000.",
        "[1.000000] ",
        "LBF1.[1.000000] ",
        "{lvl: [",
        "{\"lvl\": [",
        "{lvl: {",
        "{a: ",
        "- ",
        "2026-11-24 ",
        "lvl",
    ] {
        for start in ["", "{lvl: ", "- {\"lvl\": "] {
            let output = rebuild(&[], move |to| {
                to.write_all(honest().as_bytes())?;
                write!(to, "{start}")?;
                let block = beginning.repeat((1 << 16) / beginning.len());
                (0..32).try_for_each(|_| to.write_all(block.as_bytes()))?;
                to.write_all(b"\n")
            });
            assert_eq!((code(&output), has_honest(&output)), (0, true), "{start}{beginning}: {}", errors(&output));
        }
    }
}

#[test]
fn escapes_in_a_forged_record_do_not_reach_the_terminal() {
    let json = "{\"schema\":\"lava-bench-record/1\",\"id\":\"00000001\",\"benchmarks\":[],\"losses\":[{\"what\":\"\\u001b]0;a\\u0007\",\"reason\":\"\\u009b2J\\r<LAVA_SIGNAL_TESTCASE \"}]}";
    let odd = "{\"schema\":\"lava-bench-record/1\",\"id\":\"00000002\",\"\\u001b[2J\":1}";
    for (id, json) in [(1, json), (2, odd)] {
        for arguments in [&[][..], &["--explain"]] {
            let output = rebuild(arguments, move |to| {
                frames(RecordId(id), json, Redundancy::default())?.iter().try_for_each(|frame| writeln!(to, "{frame}"))
            });
            assert_eq!(code(&output), 4, "{}", errors(&output));
            let said = [output.stdout.as_slice(), &output.stderr].concat();
            let said = String::from_utf8(said).unwrap();
            assert!(!said.contains(|c: char| c.is_control() && c != '\n'), "{said:?}");
            assert!(!errors(&output).contains("<LAVA_SIGNAL"), "{said}");
        }
    }
}

#[test]
fn exports_without_end_are_refused() {
    let row = |n: u32| format!("7,0_a,pass,1.5,s,a.b.c_{n}.0.0\n");
    let output = rebuild(&[], move |to| {
        to.write_all(b"job,suite,result,measurement,unit,name\n")?;
        (0..1_000_000).try_for_each(|n| to.write_all(row(n).as_bytes()))
    });
    assert_eq!(code(&output), 2, "{}", errors(&output));
    assert!(errors(&output).contains("more than 256 MiB of signals, frames and results"), "{}", errors(&output));
    let output = rebuild(&[], |to| {
        to.write_all(b"{\"results\": [{\"name\": \"a\", \"status\": \"pass\"}, [0")?;
        (0..12_000_000).try_for_each(|_| to.write_all(b",0"))?;
        to.write_all(b"]]}")
    });
    assert_eq!(code(&output), 2, "{}", errors(&output));
    assert!(errors(&output).contains("a JSON document of more than 5000000 values"), "{}", errors(&output));
}

#[test]
fn many_results_of_many_benchmarks_take_no_quadratic_time() {
    let output = rebuild(&[], move |to| {
        to.write_all(b"job,suite,result,measurement,unit,name\n")?;
        (0..40_000).try_for_each(|n| writeln!(to, "7,0_a,pass,,,a{n}._case\n7,0_a,pass,,,a._case.c_{n}"))
    });
    assert_eq!(code(&output), 4, "{}", errors(&output));
}

#[test]
fn many_benchmarks_with_a_sample_too_many_take_no_endless_time() {
    let output = rebuild(&[], move |to| {
        to.write_all(b"job,suite,result,measurement,unit,name\n")?;
        (0..20).try_for_each(|n| {
            writeln!(to, "7,0_a,pass,1,crc32,a{n}._crc32\n7,0_a,pass,1899,signals,a{n}._signals")?;
            (0..1900).try_for_each(|sample| writeln!(to, "7,0_a,pass,1.5,s,a{n}.b.0.{sample}"))
        })
    });
    assert_eq!(code(&output), 4, "{}", errors(&output));
}

#[test]
fn what_unpacks_without_end_takes_no_memory() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(honest().as_bytes()).unwrap();
    (0..2048).for_each(|_| packed.write_all(&[b'x'; 1 << 20]).unwrap());
    let packed = packed.finish().unwrap();
    let output = rebuild(&[], move |to| to.write_all(&packed));
    assert_eq!((code(&output), has_honest(&output)), (0, true), "{}", errors(&output));
}

#[test]
fn two_whole_records_with_one_id_are_a_conflict_and_one_twice_is_none() {
    let other = example().replace("4213.07", "9999.25");
    assert_ne!(other, example());
    for percent in [0, 25, 50] {
        let second = frames(RecordId(0x0a1b_2c3d), &other, Redundancy::percent(percent).unwrap()).unwrap();
        let second: String = second.iter().map(|frame| format!("{frame}\n")).collect();
        let log = honest() + &second;
        for arguments in [&[][..], &["--explain"]] {
            let log = log.clone();
            let output = rebuild(arguments, move |to| to.write_all(log.as_bytes()));
            assert_eq!(code(&output), 4, "{}", errors(&output));
            let said = errors(&output);
            let loss = "record: 2 whole records with this id and different contents were found";
            assert_eq!(said.matches(loss).count(), 2, "{said}");
            let told = String::from_utf8_lossy(&output.stdout);
            if arguments.is_empty() {
                assert!(told.contains("4213.07") && told.contains("9999.25") && told.lines().count() == 2, "{told}");
                assert_eq!(told.matches("2 whole records with this id").count(), 2, "{told}");
            } else {
                assert!(told.contains("in conflict: they give 2 different records"), "{told}");
            }
        }
        let again = frames(RecordId(0x0a1b_2c3d), &example(), Redundancy::percent(percent).unwrap()).unwrap();
        let again: String = again.iter().map(|frame| format!("{frame}\n")).collect();
        let output = rebuild(&[], move |to| to.write_all((honest() + &again).as_bytes()));
        assert_eq!((code(&output), has_honest(&output)), (0, true), "{}", errors(&output));
    }
}

#[test]
fn signals_that_contradict_whole_frames_are_a_loss() {
    // Of another record with the same id, whose frames did not arrive: its values are lost.
    let other = |rest: &str| signal(0x0a1b_2c3d, "sysbench-cpu.events-per-second.threads_4.0.0", rest);
    let same = other(" MEASUREMENT=4213.07 UNITS=events/s");
    let output = rebuild(&[], move |to| to.write_all((honest() + &same).as_bytes()));
    assert_eq!((code(&output), has_honest(&output)), (0, true), "{}", errors(&output));
    let further = signal(0x0a1b_2c3d, "sysbench-cpu.events-per-second.threads_4.7.0", " MEASUREMENT=1 UNITS=events/s");
    for line in [other(" MEASUREMENT=4213.5 UNITS=events/s"), other(" MEASUREMENT=4213.07 UNITS=s"), further] {
        for explain in [false, true] {
            let log = honest() + &line;
            let arguments = if explain { &["--explain"][..] } else { &[] };
            let output = rebuild(arguments, move |to| to.write_all(log.as_bytes()));
            let why = "signals: 1 signals with this id tell samples that are not those of the frames";
            assert!(code(&output) == 4 && errors(&output).contains(why), "{line}{}", errors(&output));
            let told = String::from_utf8_lossy(&output.stdout);
            assert!(
                told.contains(if explain { "; 1 tell other samples than the frames" } else { "4213.07" }),
                "{told}"
            );
        }
    }
}
