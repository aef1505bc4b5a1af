//! A fault of the program, which is a panic -> words for people, the end of all commands, LAVA's signal, an exit code.
//!
//! The program ends where the fault is, and nothing is unwound: the tables for that are a quarter of the device build.

use crate::{emit, run};
use nix::unistd::alarm;
use std::{
    backtrace::{Backtrace, BacktraceStatus},
    io::{self, Write},
    panic::{self, PanicHookInfo},
    path::Path,
    process,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use super::Code;

/// After how many seconds the kernel ends a program that could not do what follows here: the fault may be where a lock is held.
const BOUND: u32 = 60;

/// From now on, a fault of any thread says so, ends all commands, calls `tell`, and ends the program with `code`.
pub(super) fn ends_with(code: Code, tell: impl Fn() + Send + Sync + 'static) {
    static ENDS: AtomicBool = AtomicBool::new(false);
    let end = move |fault: &PanicHookInfo<'_>| {
        if ENDS.swap(true, Ordering::SeqCst) {
            // Another thread ends the program.
            loop {
                thread::park();
            }
        }
        alarm::set(BOUND);
        let _ = io::stderr().write_all(words(fault).as_bytes());
        run::end_commands(Path::new("/"), &emit::guardian());
        tell();
        process::exit(code as i32);
    };
    panic::set_hook(Box::new(end));
}

/// What people are told of it.
fn words(fault: &PanicHookInfo<'_>) -> String {
    let place = fault.location().map(ToString::to_string).unwrap_or_default();
    let what = fault.payload_as_str().unwrap_or("unknown");
    let trace = Backtrace::capture();
    let trace = if trace.status() == BacktraceStatus::Captured { format!("{trace}\n") } else { String::new() };
    format!("lava-bench: a fault of its own, {place}: {what}\nhint: report it with `lava-bench --version`\n{trace}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{env, fs, process::Command, time::Duration};

    /// Where the program that has a fault writes the number of its command.
    const NUMBER: &str = "LAVA_BENCH_TEST_FAULT";

    /// Not a test: the program that has a fault.
    #[test]
    #[ignore = "a part of the test below"]
    #[expect(clippy::zombie_processes, reason = "the fault ends it")]
    fn has_a_fault() {
        let Some(file) = env::var_os(NUMBER) else { return };
        ends_with(Code::Agent, || {
            let _ = io::stdout().write_all(b"told\n");
        });
        let command = Command::new("sleep").arg("100").spawn().unwrap();
        fs::write(file, command.id().to_string()).unwrap();
        thread::spawn(|| panic!("of another thread")).join().unwrap();
    }

    #[test]
    fn a_fault_of_any_thread_ends_all_commands_and_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("number");
        let arguments = ["--exact", "cli::fault::tests::has_a_fault", "--ignored", "--nocapture"];
        let ended = Command::new(env::current_exe().unwrap()).args(arguments).env(NUMBER, &file).output().unwrap();
        let [output, errors] = [ended.stdout, ended.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(ended.status.code(), Some(5), "{errors}");
        assert!(output.lines().any(|line| line.ends_with("told")), "{output}");
        let said = errors.lines().find(|line| line.contains("a fault of its own")).unwrap_or(&errors);
        assert!(said.contains("agent/cli/fault.rs:") && said.ends_with(": of another thread"), "{errors}");
        let command = Path::new("/proc").join(fs::read_to_string(file).unwrap());
        for _ in 0..100 {
            if !command.exists() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("its command is still there");
    }
}
