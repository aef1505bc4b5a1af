//! Messages -> faults. A report of many lines, such as an oops, is one fault: its first line says which.

use super::{
    Message, Patterns,
    patterns::{Kind, Rule},
};
use crate::{
    record::{Fault, Ident},
    text::printable,
};

/// The most faults of one kind that are kept, and of all kinds together.
const MAX_OF_KIND: usize = 8;
const MAX_FAULTS: usize = 64;

/// The most lines of a report that its fault's text has, the first one included.
const MAX_PARTS: usize = 4;

/// The most lines between a report's first line and one that belongs to it: an OOM kill lists all tasks.
const MAX_REPORT: usize = 5000;

/// How far the line that names a warning's place may be from the line that says why.
const NEAR: usize = 3;

/// Within how many microseconds a line of the same kind repeats the one before it, instead of being a fault of its own.
const REPEATS: u64 = 1_000_000;

/// The most tasks and CPUs whose reports are followed at the same time.
const MAX_OPEN: usize = 16;

/// What begins and ends a warning, an oops, a panic.
const CUT: &[u8] = b"------------[ cut here ]------------";
const END: &[u8] = b"---[ end ";

/// The faults that were found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults {
    /// The faults in their order, at most 8 of a kind and 64 in all.
    pub faults: Vec<Fault>,
    kinds: Vec<Counted>,
}

/// How many faults of a kind there were.
#[derive(Clone, Debug, PartialEq)]
struct Counted {
    kind: Ident,
    what: String,
    count: usize,
}

impl Faults {
    /// How many there were, those that were left out included.
    pub fn count(&self) -> usize {
        self.kinds.iter().map(|counted| counted.count).sum()
    }

    /// What samples that were taken meanwhile suffer from: one reason for each kind, in the order in which they came.
    pub fn disturbances(&self) -> Vec<String> {
        let reason = |Counted { kind, what, count }: &Counted| {
            let said = self.faults.iter().find(|fault| fault.kind == *kind).map(|fault| format!(": {}", fault.text));
            let more = count.saturating_sub(1);
            let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
            format!("the kernel reported {what}{more}{}", said.unwrap_or_default())
        };
        self.kinds.iter().map(reason).collect()
    }
}

/// Looks for faults in one message after the other.
#[derive(Debug)]
pub struct Search<'p> {
    patterns: &'p Patterns,
    found: Faults,
    open: Vec<Report>,
}

/// A report that may go on.
#[derive(Debug)]
struct Report {
    caller: Option<Vec<u8>>,
    kind: Option<Ident>,
    /// Where its fault is, if that was kept, and how many lines its text has.
    fault: Option<usize>,
    parts: usize,
    /// Whether a line said that a warning or a BUG begins.
    cut: bool,
    /// How many lines came since the last one that was of some kind, and since the first one.
    since: usize,
    lines: usize,
    /// When the last line of some kind was written.
    microseconds: u64,
}

impl<'p> Search<'p> {
    /// A search that has seen nothing.
    pub fn new(patterns: &'p Patterns) -> Self {
        Self { patterns, found: Faults::default(), open: Vec::new() }
    }

    /// Takes in the next message. What programs write is passed over.
    pub fn take(&mut self, message: &Message) {
        if message.is_kernels() {
            message.text.split(|byte| *byte == b'\n').for_each(|line| self.line(message, line.trim_ascii_end()));
        }
    }

    /// What was found.
    pub fn end(self) -> Faults {
        self.found
    }

    fn line(&mut self, message: &Message, line: &[u8]) {
        let at = self.open.iter().position(|report| report.caller == message.caller);
        if line.starts_with(END) {
            at.into_iter().for_each(|at| drop(self.open.swap_remove(at)));
            return;
        }
        if line == CUT {
            return self.cut(message, at);
        }
        let (patterns, time) = (self.patterns, message.microseconds.unwrap_or_default());
        let found = patterns.find(line);
        let report = at.and_then(|at| self.open.get_mut(at));
        match (report, found) {
            (None, None) => {}
            (None, Some((kind, _))) => self.begin(message, kind, line, false),
            (Some(report), None) => {
                report.lines = report.lines.saturating_add(1);
                report.since = report.since.saturating_add(1);
                let ends = report.lines > MAX_REPORT;
                if patterns.detail(line) {
                    self.found.add(report, line);
                }
                if ends {
                    self.open.retain(|report| report.caller != message.caller);
                }
            }
            (Some(report), Some((kind, rule))) if report.takes(kind, rule, time) => {
                (report.since, report.microseconds) = (0, time);
                if report.kind.as_ref() != Some(&kind.name) || !rule.part_of.is_empty() {
                    self.found.add(report, line);
                }
            }
            (Some(report), Some((kind, _))) => {
                let cut = report.cut && report.kind.is_none();
                self.begin(message, kind, line, cut);
            }
        }
    }

    /// A warning or a BUG begins. If the line before it was of some kind, that line says why.
    fn cut(&mut self, message: &Message, at: Option<usize>) {
        match at.and_then(|at| self.open.get_mut(at)) {
            Some(report) if report.kind.is_some() && report.since == 0 => report.cut = true,
            _ => self.open(Report { cut: true, ..Report::new(message, None, None) }),
        }
    }

    /// A report begins with `line`.
    fn begin(&mut self, message: &Message, kind: &Kind, line: &[u8], cut: bool) {
        let fault = self.found.begin(message, kind, line);
        self.open(Report { cut, ..Report::new(message, Some(kind.name.clone()), fault) });
    }

    /// A task or a CPU has one report at a time.
    fn open(&mut self, report: Report) {
        self.open.retain(|other| other.caller != report.caller);
        if self.open.len() >= MAX_OPEN {
            self.open.remove(0);
        }
        self.open.push(report);
    }
}

impl Report {
    fn new(message: &Message, kind: Option<Ident>, fault: Option<usize>) -> Self {
        let (caller, microseconds) = (message.caller.clone(), message.microseconds.unwrap_or_default());
        Self { caller, kind, fault, parts: 1, cut: false, since: 0, lines: 0, microseconds }
    }

    /// Whether a line of `kind` at this time belongs to it: its rule says so, or it repeats the line before it, or it stands
    /// right at the beginning of a warning.
    fn takes(&self, kind: &Kind, rule: &Rule, microseconds: u64) -> bool {
        let Some(own) = &self.kind else { return false };
        let repeats = self.since == 0 && microseconds.saturating_sub(self.microseconds) < REPEATS;
        rule.part_of.contains(own) || (kind.name == *own && repeats) || (self.cut && self.since < NEAR)
    }
}

impl Faults {
    /// A fault begins; where it stands, if it is kept.
    fn begin(&mut self, message: &Message, kind: &Kind, line: &[u8]) -> Option<usize> {
        let counted = match self.kinds.iter_mut().find(|counted| counted.kind == kind.name) {
            Some(counted) => counted,
            None => {
                let (name, what) = (kind.name.clone(), kind.what.clone());
                self.kinds.push(Counted { kind: name, what, count: 0 });
                self.kinds.last_mut()?
            }
        };
        counted.count = counted.count.saturating_add(1);
        if counted.count > MAX_OF_KIND || self.faults.len() >= MAX_FAULTS {
            return None;
        }
        let (text, seconds) = (printable(line.trim_ascii()), message.microseconds.unwrap_or_default() as f64 / 1e6);
        self.faults.push(Fault { kind: kind.name.clone(), text, seconds });
        self.faults.len().checked_sub(1)
    }

    /// A line says more of a report.
    fn add(&mut self, report: &mut Report, line: &[u8]) {
        let Some(fault) = report.fault.and_then(|at| self.faults.get_mut(at)) else { return };
        let line = printable(line.trim_ascii());
        if report.parts < MAX_PARTS && !fault.text.contains(&line) {
            report.parts = report.parts.saturating_add(1);
            fault.text.push_str("; ");
            fault.text.push_str(&line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel_log::search;
    use proptest::prelude::*;

    fn found(log: &str) -> Vec<(String, String)> {
        let faults = search(Patterns::embedded(), log.as_bytes()).faults;
        faults.into_iter().map(|fault| (fault.kind.to_string(), fault.text)).collect()
    }

    fn kinds(log: &str) -> Vec<String> {
        found(log).into_iter().map(|(kind, _)| kind).collect()
    }

    #[test]
    fn an_oops_is_one_fault_with_its_place() {
        let log = "\
[  103.000001] BUG: kernel NULL pointer dereference, address: 0000000000000010
[  103.000002] #PF: supervisor read access in kernel mode
[  103.000003] Oops: 0000 [#1] PREEMPT SMP
[  103.000004] CPU: 1 PID: 99 Comm: cat Not tainted 6.12.0 #1
[  103.000005] RIP: 0010:foo_read+0x12/0x80
[  103.000006] RIP: 0033:0x7f1234
[  103.000007] ---[ end trace 0000000000000000 ]---
[  103.000008] Kernel panic - not syncing: Fatal exception
";
        let oops = "BUG: kernel NULL pointer dereference, address: 0000000000000010; Oops: 0000 [#1] PREEMPT SMP; RIP: \
                    0010:foo_read+0x12/0x80";
        let panic = "Kernel panic - not syncing: Fatal exception";
        let pair = |kind: &str, text: &str| (kind.to_string(), text.to_string());
        assert_eq!(found(log), [pair("oops", oops), pair("panic", panic)]);
        let arm = "\
[   12.000000] Unable to handle kernel paging request at virtual address dead000000000108
[   12.000001] Mem abort info:
[   12.000002] Internal error: Oops: 0000000096000044 [#1] SMP
[   12.000003] pc : bar+0x1c/0x40
[   12.000004] lr : baz+0x8/0x40
[   12.000005] ---[ end trace 0000000000000000 ]---
";
        assert_eq!(kinds(arm), ["oops"]);
        assert!(found(arm)[0].1.ends_with("; Internal error: Oops: 0000000096000044 [#1] SMP; pc : bar+0x1c/0x40"));
    }

    #[test]
    fn a_warning_and_what_it_says_are_one_fault() {
        let newer = "\
[    1.000000] ------------[ cut here ]------------
[    1.000001] refcount_t: underflow; use-after-free.
[    1.000002] WARNING: CPU: 0 PID: 1 at lib/refcount.c:28 refcount_warn_saturate+0xba/0x110
[    1.000003] ---[ end trace 0000000000000000 ]---
[    1.000004] WARNING: CPU: 0 PID: 1 at lib/foo.c:2 foo+0x1/0x2
";
        assert_eq!(kinds(newer), ["memory-corruption", "warning"]);
        let older = "\
[    1.000000] ------------[ cut here ]------------
[    1.000001] WARNING: CPU: 0 PID: 0 at net/sched/sch_generic.c:466 dev_watchdog+0x1/0x2
[    1.000002] NETDEV WATCHDOG: eth0 (e1000e): transmit queue 0 timed out
";
        assert_eq!(kinds(older), ["warning"]);
        let list = "\
[    1.000000] list_del corruption. prev->next should be ffff, but was dead
[    1.000001] ------------[ cut here ]------------
[    1.000002] kernel BUG at lib/list_debug.c:62!
[    1.000003] Oops: invalid opcode: 0000 [#1] SMP
[    1.000004] ---[ end trace 0000000000000000 ]---
";
        assert_eq!(kinds(list), ["memory-corruption"]);
    }

    #[test]
    fn reports_of_two_tasks_are_told_apart() {
        let log = "\
[    1.000000][   T1] a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
[    1.000001][   T2] INFO: task b:7 blocked for more than 120 seconds.
[    1.000002][   T1] Out of memory: Killed process 9 (a) total-vm:1kB
";
        let faults = found(log);
        assert_eq!((faults.len(), faults[0].0.as_str(), faults[1].0.as_str()), (2, "oom-kill", "hung-task"));
        assert!(faults[0].1.ends_with("; Out of memory: Killed process 9 (a) total-vm:1kB"), "{}", faults[0].1);
    }

    #[test]
    fn what_programs_write_is_not_the_kernels() {
        assert_eq!(kinds("<12>[    1.000000] Kernel panic - not syncing: no\n"), Vec::<String>::new());
        assert_eq!(kinds("[    1.000000] hello\nKernel panic - not syncing: no\n"), Vec::<String>::new());
        assert_eq!(kinds("Kernel panic - not syncing: yes\n"), ["panic"]);
    }

    #[test]
    fn a_flood_is_counted_and_bounded() {
        let line = |number: usize| {
            format!("[    1.000000] INFO: task a:{number} blocked for more than 120 seconds.\n[    1.000000] x\n")
        };
        let log: String = (0..1000).map(line).collect();
        let faults = search(Patterns::embedded(), log.as_bytes());
        assert_eq!((faults.count(), faults.faults.len()), (1000, MAX_OF_KIND));
        let reason =
            "the kernel reported a hung task (and 999 more): INFO: task a:0 blocked for more than 120 seconds.";
        assert_eq!(faults.disturbances(), [reason]);
        let repeated: String =
            (0..1000).map(|at| format!("[    1.000000] I/O error, dev sda, sector {at} op 0x0\n")).collect();
        assert_eq!(kinds(&repeated), ["io-error"]);
        let later = "[    1.000000] sched: RT throttling activated\n[    2.500000] sched: RT throttling activated\n";
        assert_eq!(kinds(later).len(), 2);
    }

    proptest! {
        #[test]
        fn any_bytes_give_bounded_faults(bytes in proptest::collection::vec(any::<u8>(), 0..2000), picks in proptest::collection::vec((0..40_usize, 0..12_usize, any::<bool>()), 0..60)) {
            let patterns = &Patterns::parse(include_str!("patterns.yaml")).unwrap();
            let mut log = bytes;
            for (kind, sample, timed) in picks {
                log.extend(if timed { &b"\n[    1.000000] "[..] } else { b"\n" });
                let kind = &patterns.kinds()[kind % patterns.kinds().len()];
                log.extend(kind.samples[sample % kind.samples.len()].as_bytes());
            }
            let faults = search(patterns, &log);
            prop_assert!(faults.faults.len() <= MAX_FAULTS && faults.count() >= faults.faults.len());
            for fault in &faults.faults {
                prop_assert!(fault.text.len() <= MAX_PARTS * 170 && fault.text.bytes().all(|b| (0x20..0x7f).contains(&b)));
                prop_assert!(!fault.text.contains('<') && fault.seconds.is_finite());
            }
            let _ = Message::of_record(&log);
        }
    }
}
