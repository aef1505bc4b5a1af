//! Kernel logs with what lkp-tests finds in them: how much of it `kernel_log` finds (recall), and how much of what it finds is
//! there (precision). `docs/kernel-log.md` has the table.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support::{golden, project};
use lava_bench::{
    kernel_log::{Patterns, search},
    record::Fault,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

/// What an expectation of lkp-tests is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Meaning {
    /// A fault of this kind.
    Fault(&'static str),
    /// A line in the middle of a report, whose first line is the fault.
    Part,
    /// A line that a program wrote.
    Program,
    /// A message of the kernel that reports no fault.
    Message,
}

use Meaning::{Fault as Is, Message, Part, Program};

/// What each expectation means, by how its name begins; the first one that fits counts.
const MEANINGS: &[(&str, Meaning)] = &[
    ("calltrace:", Part),
    ("RIP:", Part),
    ("EIP", Part),
    ("Oops:", Part),
    ("Mem-Info", Part),
    ("warn_alloc_failed", Part),
    ("Next_obj:", Part),
    ("handlers", Part),
    ("usb_hcd_irq", Part),
    ("Disabling_IRQ", Part),
    ("arch/x86/include/asm/msr-trace.h:#suspicious_rcu", Part),
    ("WARNING:possible_recursive_locking_detected_", Part),
    ("WARNING:possible_circular_locking_dependency_detected_", Part),
    ("LKP:", Program),
    ("Kernel_tests:", Program),
    ("IP-Config:", Program),
    ("sanitizer.", Program),
    ("WARNING:lkp_", Program),
    ("genirq:Flags_mismatch", Message),
    ("sysctl_could_not", Message),
    ("usnic_verbs:", Message),
    ("segfault_at", Message),
    ("e1000", Message),
    ("NOTICE", Message),
    ("IOMMU_", Message),
    ("This_means_that", Message),
    ("system", Message),
    ("If_you_see", Message),
    ("report_this", Message),
    ("Kernel_panic", Is("panic")),
    ("kernel_BUG_at", Is("bug")),
    ("BUG:kernel_", Is("bug")),
    ("BUG:unable_to_handle", Is("oops")),
    ("general_protection_fault", Is("oops")),
    ("related_general_protection_fault", Is("oops")),
    ("divide_error", Is("oops")),
    ("invalid_opcode", Is("oops")),
    ("invoked_oom-killer", Is("oom-kill")),
    ("page_allocation_failure", Is("allocation-failure")),
    ("BUG:workqueue_lockup", Is("workqueue-lockup")),
    ("BUG:soft_lockup", Is("soft-lockup")),
    ("INFO:rcu", Is("rcu-stall")),
    ("INFO:task_blocked", Is("hung-task")),
    ("INFO:suspicious_RCU", Is("lockdep")),
    ("BUG:looking_up_invalid_subclass", Is("lockdep")),
    ("WARNING:possible_", Is("lockdep")),
    ("WARNING:at_", Is("warning")),
    ("BUG:sleeping_function", Is("atomic")),
    ("BUG:using_", Is("atomic")),
    ("BUG:workqueue_leaked", Is("atomic")),
    ("BUG:scheduling_while_atomic", Is("atomic")),
    ("BUG:spinlock", Is("memory-corruption")),
    ("BUG:Bad_", Is("memory-corruption")),
    ("Slab_corruption", Is("memory-corruption")),
    ("BUG:KASAN:", Is("kasan")),
    ("BUG:KFENCE:", Is("kfence")),
    ("BUG:KCSAN:", Is("kcsan")),
    ("UBSAN:", Is("ubsan")),
    ("CFI_failure", Is("cfi")),
    ("irq#:nobody_cared", Is("interrupt")),
];

/// What is there and lkp-tests does not list: read by hand, each is a fault.
const UNLISTED: [(&str, &str); 4] =
    [("dmesg/12", "oom-kill"), ("dmesg/irq:nobody_cared", "warning"), ("kmsg/06", "interrupt"), ("kmsg/21", "warning")];

/// The figures of a kind.
#[derive(Default)]
struct Row {
    expected: usize,
    found: usize,
    repeated: usize,
    extra: Vec<String>,
    missed: Vec<String>,
}

#[derive(Default)]
struct Figures {
    kinds: BTreeMap<String, Row>,
    others: BTreeMap<Meaning, usize>,
    logs: usize,
}

fn meaning(name: &str, all: &[(String, String)]) -> Meaning {
    let of_bug = all.iter().any(|(other, _)| other.starts_with("kernel_BUG_at"));
    if name.starts_with("invalid_opcode") && of_bug {
        return Part;
    }
    let found = MEANINGS.iter().find(|(start, _)| name.starts_with(start));
    found.map(|(_, meaning)| *meaning).unwrap_or_else(|| panic!("{name}: no meaning"))
}

/// The names that lkp-tests gives to what it finds, each with the line.
fn expectations(answer: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(answer).unwrap();
    let pair =
        |line: &str| line.strip_prefix("message:")?.split_once(": ").map(|(name, line)| (name.into(), line.into()));
    text.lines().filter_map(pair).collect()
}

/// Whether a fault begins with this line.
fn is_of(fault: &Fault, line: &str) -> bool {
    let first: String = fault.text.split("; ").next().unwrap_or_default().chars().take(100).collect();
    line.contains(&first)
}

impl Figures {
    fn take(&mut self, name: &str, log: &Path) {
        self.logs += 1;
        let mut found = search(Patterns::embedded(), &fs::read(log).unwrap()).faults;
        let all = expectations(&log.with_file_name(format!("{}.yaml", log.file_name().unwrap().to_string_lossy())));
        let mut listed = BTreeSet::new();
        for (expected, line) in &all {
            let kind = match meaning(expected, &all) {
                Is(kind) => kind,
                other => {
                    *self.others.entry(other).or_default() += 1;
                    continue;
                }
            };
            listed.insert(kind.to_string());
            let row = self.kinds.entry(kind.into()).or_default();
            row.expected += 1;
            match found.iter().position(|fault| fault.kind.as_str() == kind && is_of(fault, line)) {
                Some(at) => {
                    found.remove(at);
                    row.found += 1;
                }
                None => row.missed.push(format!("{name}: {expected}")),
            }
        }
        for fault in found {
            let row = self.kinds.entry(fault.kind.to_string()).or_default();
            // lkp-tests lists a name once.
            match listed.contains(fault.kind.as_str()) {
                true => row.repeated += 1,
                false => row.extra.push(name.into()),
            }
        }
    }

    fn sum(&self, of: impl Fn(&Row) -> usize) -> usize {
        self.kinds.values().map(of).sum()
    }

    /// The table of the document.
    fn table(&self) -> String {
        let mut text = String::from(
            "| kind | expected | found | missed | repeated | not listed by lkp-tests |\n|---|---|---|---|---|---|\n",
        );
        for (kind, Row { expected, found, repeated, extra, missed }) in &self.kinds {
            let (missed, extra) = (missed.len(), extra.len());
            let _ = writeln!(text, "| {kind} | {expected} | {found} | {missed} | {repeated} | {extra} |");
        }
        let (expected, found) = (self.sum(|row| row.expected), self.sum(|row| row.found));
        let (missed, repeated) = (self.sum(|row| row.missed.len()), self.sum(|row| row.repeated));
        let extra = self.sum(|row| row.extra.len());
        let _ = writeln!(text, "| all | {expected} | {found} | {missed} | {repeated} | {extra} |");
        text
    }
}

fn figures(folder: &Path) -> Figures {
    let mut figures = Figures::default();
    for part in ["dmesg", "kmsg"] {
        let mut logs: Vec<_> = fs::read_dir(folder.join(part)).unwrap().map(|entry| entry.unwrap().path()).collect();
        logs.retain(|log| log.extension().is_none_or(|end| end != "yaml"));
        logs.sort();
        for log in logs {
            figures.take(&format!("{part}/{}", log.file_name().unwrap().to_string_lossy()), &log);
        }
    }
    figures
}

#[test]
fn what_lkp_tests_finds_in_kernel_logs_is_found() {
    let Some(folder) = golden("lkp-spec") else { return };
    let figures = figures(&folder);
    let table = figures.table();
    let missed: Vec<&String> = figures.kinds.values().flat_map(|row| &row.missed).collect();
    let extra =
        |(kind, row): (&String, &Row)| row.extra.iter().map(|name| (name.clone(), kind.clone())).collect::<Vec<_>>();
    let extra: BTreeSet<(String, String)> = figures.kinds.iter().flat_map(extra).collect();
    let unlisted: BTreeSet<(String, String)> = UNLISTED.map(|(name, kind)| (name.into(), kind.into())).into();
    let count = |meaning| figures.others.get(&meaning).copied().unwrap_or_default();
    let others = format!(
        "{} logs; not faults to us: {} parts of reports, {} lines of programs, {} messages",
        figures.logs,
        count(Part),
        count(Program),
        count(Message)
    );
    eprintln!("{table}\n{others}\nmissed: {missed:#?}\nextra: {extra:#?}");
    assert_eq!(missed, Vec::<&String>::new());
    assert_eq!(extra, unlisted);
    let page = fs::read_to_string(project("docs/kernel-log.md")).unwrap();
    let lacking: Vec<&str> = table.lines().chain([others.as_str()]).filter(|line| !page.contains(line)).collect();
    assert!(lacking.is_empty(), "docs/kernel-log.md lacks:\n{}", lacking.join("\n"));
}

/// What a title of syzkaller's says, by how it begins: the kinds of ours that it may be. The first one that fits counts.
const TITLES: &[(&str, &[&str])] = &[
    ("KASAN", &["kasan"]),
    ("KMSAN", &["kmsan"]),
    ("KCSAN", &["kcsan"]),
    ("KFENCE", &["kfence"]),
    ("UBSAN", &["ubsan"]),
    ("general protection fault", &["oops", "kasan"]),
    ("BUG: unable to handle", &["oops"]),
    ("WARNING: refcount", &["memory-corruption", "warning"]),
    ("WARNING: ODEBUG", &["memory-corruption", "warning"]),
    ("WARNING: locking", &["lockdep", "warning"]),
    ("WARNING: suspicious RCU", &["lockdep"]),
    ("WARNING: bad unlock", &["lockdep"]),
    ("WARNING: lock held", &["lockdep"]),
    ("WARNING: still has locks", &["lockdep"]),
    ("WARNING: held lock", &["lockdep"]),
    ("WARNING: nested lock", &["lockdep"]),
    ("WARNING: possible", &["lockdep"]),
    ("INFO: suspicious RCU", &["lockdep"]),
    ("WARNING", &["warning"]),
    ("kernel BUG", &["bug"]),
    ("INFO: task", &["hung-task"]),
    ("INFO: rcu detected", &["rcu-stall"]),
    ("BUG: soft lockup", &["soft-lockup"]),
    ("BUG: workqueue lockup", &["workqueue-lockup"]),
    ("BUG: workqueue leaked", &["atomic"]),
    ("possible deadlock", &["lockdep"]),
    ("inconsistent lock", &["lockdep"]),
    ("INFO: trying to register", &["lockdep"]),
    ("BUG: bad unlock", &["lockdep"]),
    ("BUG: still has locks", &["lockdep"]),
    ("BUG: held lock freed", &["lockdep"]),
    ("BUG: lock held", &["lockdep"]),
    ("BUG: MAX_LOCK", &["lockdep"]),
    ("BUG: sleeping", &["atomic"]),
    ("BUG: scheduling", &["atomic"]),
    ("BUG: using", &["atomic"]),
    ("BUG: spinlock", &["memory-corruption"]),
    ("BUG: rwlock", &["memory-corruption"]),
    ("BUG: Bad", &["memory-corruption"]),
    ("BUG: bad usercopy", &["memory-corruption", "bug"]),
    ("BUG: Object already free", &["memory-corruption"]),
    ("BUG: corrupted list", &["memory-corruption", "bug"]),
    ("BUG: stack guard", &["memory-corruption"]),
    ("BUG", &["bug"]),
    ("kernel panic", &["panic"]),
    ("kernel stack overflow", &["memory-corruption", "panic"]),
    ("PANIC: double fault", &["oops"]),
    ("Internal error", &["oops"]),
    ("Unhandled fault", &["oops"]),
    ("Alignment trap", &["oops"]),
    ("attempt to", &["bug"]),
    ("VFS: Close", &["memory-corruption"]),
    ("divide error", &["oops"]),
    ("invalid opcode", &["oops"]),
    ("int3", &["oops"]),
    ("stack segment", &["oops"]),
    ("unregister_netdevice", &["network-timeout"]),
    ("VFS: Busy inodes", &["filesystem-error"]),
];

/// How titles begin that are not of the kernel: syzkaller's own programs, its own words for leaks, firmware, a restart.
const NOT_THE_KERNELS: [&str; 6] =
    ["SYZ", "go runtime", "memory leak", "trusty:", "unexpected kernel reboot", "INFO: corrupted"];

/// The title of one of syzkaller's reports, where it has one, and the log.
fn report(text: &str) -> (Option<&str>, &str) {
    let mut rest = text;
    while rest.starts_with('#') {
        rest = rest.split_once('\n').map_or("", |(_, after)| after);
    }
    let (head, log) =
        rest.split_once("\n\n").filter(|_| rest.starts_with(|c: char| c.is_ascii_uppercase())).unwrap_or(("", rest));
    let title = head.lines().find_map(|line| line.strip_prefix("TITLE: ")).map(str::trim);
    (title, log.split("\nREPORT:\n").next().unwrap_or_default())
}

/// `SYZKALLER_REPORTS` names the folder `pkg/report/testdata/linux/report` of syzkaller.
#[test]
fn what_syzkaller_finds_in_consoles_is_found() {
    let Some(folder) = std::env::var_os("SYZKALLER_REPORTS") else {
        crate::support::skipped("SYZKALLER_REPORTS is not set");
        return;
    };
    let (mut titled, mut same, mut lacking, mut untitled, mut silent) = (0, 0, Vec::new(), 0, Vec::new());
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let (title, log) = report(&text);
        let found: Vec<String> =
            search(Patterns::embedded(), log.as_bytes()).faults.iter().map(|fault| fault.kind.to_string()).collect();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let Some(title) = title else {
            untitled += 1;
            silent.extend((!found.is_empty()).then(|| format!("{name}: {found:?}")));
            continue;
        };
        if title.is_empty() || NOT_THE_KERNELS.iter().any(|start| title.starts_with(start)) {
            continue;
        }
        titled += 1;
        let kinds =
            TITLES.iter().find(|(start, _)| title.starts_with(start)).map(|(_, kinds)| *kinds).unwrap_or_default();
        match found.iter().any(|kind| kinds.contains(&kind.as_str())) {
            true => same += 1,
            false => lacking.push(format!("{name}: {title}: {found:?}")),
        }
    }
    eprintln!(
        "{lacking:#?}\n{titled} with a title, {same} of the same kind; {untitled} without, faults in {}: {silent:?}",
        silent.len()
    );
    assert!(titled > 600 && same * 100 >= titled * 93, "{same} of {titled}");
    assert!(silent.len() * 10 <= untitled, "{silent:?}");
}
