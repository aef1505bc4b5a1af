//! Who used CPU time and disks. In: /proc/PID/stat and io of every process, read before and after a measurement. Out: what other
//! processes and kernel threads used in between, and the other ones that used most.

use super::{
    files::{Folder, clean, numbered},
    is_this_machine,
};
use crate::record::{DiskUser, OtherProcess};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// The bound of one file of a process.
const STAT_BYTES: usize = 4096;

/// The bound of a process's name, in bytes; the kernel keeps 15, and 63 of a kernel thread.
const NAME_BYTES: usize = 64;

/// The flag of a kernel thread in /proc/PID/stat: PF_KTHREAD of the kernel's include/linux/sched.h.
const KERNEL_THREAD: u64 = 0x0020_0000;

/// The most generations of processes that ended together.
const GENERATIONS: usize = 64;

/// One tick in microseconds: the kernel gives times to programs in 1/100 s on every architecture that Rust knows.
pub(super) const TICK_US: u64 = 10_000;

/// A process as one reading saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Process {
    name: String,
    parent: u32,
    /// When it started, in ticks since the boot: tells it from an earlier one with the same number.
    started: u64,
    kernel: bool,
    /// What all its threads used.
    own_us: u64,
    /// What its first thread used, exactly, where it has no other one and the kernel says.
    exact_us: Option<u64>,
    /// What its children used that it has waited for.
    children_us: u64,
    /// What it and its children that it has waited for read from disks and wrote to them, where that may be read.
    disk_bytes: u64,
}

/// The processes of one reading, by number.
pub(super) type Processes = BTreeMap<u32, Process>;

/// What was used between two readings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Used {
    /// By processes that are neither the agent nor below it, with those that ended meanwhile.
    pub(super) others_us: u64,
    /// The one of these that used most.
    pub(super) busiest: Option<OtherProcess>,
    /// By kernel threads.
    pub(super) kernel_us: u64,
    /// What these processes read from disks and wrote to them.
    pub(super) others_disk_bytes: u64,
    /// The one of them that read and wrote most.
    pub(super) busiest_disk: Option<DiskUser>,
}

impl Used {
    /// Others did not use more than all CPUs were busy: what came from processes that changed their parent and ended is older.
    pub(super) fn cap(&mut self, busy_us: u64) {
        self.others_us = self.others_us.min(busy_us);
        if let Some(most) = &mut self.busiest {
            most.cpu_us = most.cpu_us.min(busy_us);
        }
    }
}

/// The processes of the machine below `root`; of more than 4,096 the first ones. None where /proc has other numbers than we
/// have, as in a container with its host's /proc: who is whose could not be told.
pub(super) fn processes(root: &Path) -> Processes {
    let own = || root.join("proc/self").read_link().ok()?.to_str()?.parse().ok();
    if is_this_machine(root) && own() != Some(std::process::id()) {
        return Processes::new();
    }
    let Some(proc) = Folder::open(root, "proc") else { return Processes::new() };
    let numbers = numbered(root, "proc", "").into_iter();
    numbers.filter_map(|(pid, _)| Some((pid, process(&proc, pid)?))).collect()
}

fn process(proc: &Folder, pid: u32) -> Option<Process> {
    let mut buffer = [0; STAT_BYTES];
    let mut process = parsed(proc.piece(&format!("{pid}/stat"), &mut buffer)?)?;
    if process.exact_us == Some(0) {
        process.exact_us = proc.piece(&format!("{pid}/schedstat"), &mut buffer).and_then(exact);
    }
    if !process.kernel {
        process.disk_bytes = proc.piece(&format!("{pid}/io"), &mut buffer).and_then(disk_bytes).unwrap_or(0);
    }
    Some(process)
}

/// A line of /proc/PID/stat. The name may hold anything, brackets and blanks too. `exact_us` is 0 where it is worth reading.
fn parsed(stat: &[u8]) -> Option<Process> {
    let opens = stat.iter().position(|byte| *byte == b'(')?;
    let closes = stat.iter().rposition(|byte| *byte == b')')?;
    let name = String::from_utf8_lossy(stat.get(opens + 1..closes)?);
    let rest = str::from_utf8(stat.get(closes + 1..)?).ok()?;
    // The first is field 3 of proc_pid_stat(5).
    let mut fields = [""; 20];
    fields.iter_mut().zip(rest.split_ascii_whitespace()).for_each(|(field, text)| *field = text);
    let field = |number: usize| fields.get(number - 3)?.parse::<i64>().ok();
    let ticks = |number: usize| u64::try_from(field(number)?).ok();
    let microseconds = |a, b| Some(ticks(a)?.saturating_add(ticks(b)?).saturating_mul(TICK_US));
    let kernel = ticks(9)? & KERNEL_THREAD != 0;
    Some(Process {
        name: clean(&name, NAME_BYTES).unwrap_or_default(),
        parent: u32::try_from(field(4)?).ok()?,
        started: ticks(22)?,
        kernel,
        own_us: microseconds(14, 15)?,
        exact_us: (!kernel && field(20)? == 1).then_some(0),
        children_us: microseconds(16, 17)?,
        disk_bytes: 0,
    })
}

/// What went to disks and came from them, of /proc/PID/io; written pages count when they are changed in memory.
fn disk_bytes(io: &[u8]) -> Option<u64> {
    let text = str::from_utf8(io).ok()?;
    let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
    Some(value("read_bytes:")?.saturating_add(value("write_bytes:")?))
}

/// The first number of /proc/PID/schedstat: nanoseconds of the process's first thread.
fn exact(schedstat: &[u8]) -> Option<u64> {
    let nanoseconds: u64 = str::from_utf8(schedstat).ok()?.split_ascii_whitespace().next()?.parse().ok()?;
    Some(nanoseconds / 1000)
}

/// What was used between two readings, `me` being the agent's number.
pub(super) fn used(before: &Processes, after: &Processes, me: u32) -> Used {
    let mut ours = family(before, me);
    ours.extend(family(after, me));
    let ended = ended(before, after, &ours);
    let mut used = Used::default();
    for (pid, process) in after.iter().filter(|(pid, _)| !ours.contains(pid)) {
        let known = before.get(pid).filter(|known| known.started == process.started);
        let old = ended.get(pid).copied().unwrap_or_default();
        let us = process.used_since(known, old.us);
        if process.kernel {
            used.kernel_us = used.kernel_us.saturating_add(us);
            continue;
        }
        used.others_us = used.others_us.saturating_add(us);
        let bytes =
            process.disk_bytes.saturating_sub(known.map_or(0, |known| known.disk_bytes)).saturating_sub(old.bytes);
        used.others_disk_bytes = used.others_disk_bytes.saturating_add(bytes);
        if bytes > used.busiest_disk.as_ref().map_or(0, |most| most.bytes) {
            used.busiest_disk = Some(DiskUser { name: process.name.clone(), pid: *pid, bytes });
        }
        if us > used.busiest.as_ref().map_or(0, |most| most.cpu_us) {
            used.busiest = Some(OtherProcess { name: process.name.clone(), pid: *pid, cpu_us: us });
        }
    }
    used
}

/// What processes that ended had used before.
#[derive(Clone, Copy, Debug, Default)]
struct Old {
    us: u64,
    bytes: u64,
}

/// What the processes that ended meanwhile had used before, by who gets it from them: the parent, or where that ended too, its
/// parent.
fn ended(before: &Processes, after: &Processes, ours: &BTreeSet<u32>) -> BTreeMap<u32, Old> {
    let mut ended = BTreeMap::new();
    let gone = |pid: &u32, process: &Process| after.get(pid).is_none_or(|now| now.started != process.started);
    for (_, process) in before.iter().filter(|(pid, process)| !ours.contains(pid) && gone(pid, process)) {
        let mut heir = process.parent;
        for _ in 0..GENERATIONS {
            match before.get(&heir).filter(|parent| gone(&heir, parent)) {
                Some(parent) => heir = parent.parent,
                None => break,
            }
        }
        let sum: &mut Old = ended.entry(heir).or_default();
        sum.us = sum.us.saturating_add(process.own_us).saturating_add(process.children_us);
        sum.bytes = sum.bytes.saturating_add(process.disk_bytes);
    }
    ended
}

/// `root` and all below it.
fn family(all: &Processes, root: u32) -> BTreeSet<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (pid, process) in all {
        children.entry(process.parent).or_default().push(*pid);
    }
    let (mut family, mut waiting) = (BTreeSet::new(), vec![root]);
    while let Some(pid) = waiting.pop() {
        if family.insert(pid) {
            waiting.extend(children.get(&pid).into_iter().flatten());
        }
    }
    family
}

impl Process {
    /// What it used since the reading `known`, or since its start; of what its children used, `old` was used before. A single
    /// tick is nothing: it may have been full but for a moment, and daemons would use one at random.
    fn used_since(&self, known: Option<&Self>, old: u64) -> u64 {
        let (own, children) = known.map_or((0, 0), |known| (known.own_us, known.children_us));
        let whole = |us: u64| if us > TICK_US { us } else { 0 };
        let children = whole(self.children_us.saturating_sub(children).saturating_sub(old));
        let ticks = self.own_us.saturating_sub(own);
        let exact = self.exact_us.and_then(|now| now.checked_sub(known.map_or(Some(0), |known| known.exact_us)?));
        // Threads that came and went are in the ticks alone. Each reading cuts two parts of a tick off.
        let own = exact.filter(|exact| exact.abs_diff(ticks) <= 2 * TICK_US).unwrap_or_else(|| whole(ticks));
        own.saturating_add(children)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::fixtures::Root;

    /// A process: its number, name, parent, flags, ticks of its own, ticks of its children, threads, start.
    fn stat(pid: u32, name: &str, parent: u32, flags: u64, ticks: (u64, u64), threads: u32) -> String {
        let (own, children) = ticks;
        format!(
            "{pid} ({name}) S {parent} 1 1 0 -1 {flags} 0 0 0 0 {own} 0 {children} 0 20 0 {threads} 0 {} 4096 1\n",
            pid + 100
        )
    }

    fn machine(processes: &[String]) -> Root {
        let root = Root::new(&[]);
        for text in processes {
            let pid = text.split(' ').next().unwrap();
            root.write(&format!("proc/{pid}/stat"), text.as_bytes());
        }
        root
    }

    fn busiest(name: &str, pid: u32, cpu_us: u64) -> Option<OtherProcess> {
        Some(OtherProcess { name: name.into(), pid, cpu_us })
    }

    #[test]
    fn others_are_told_from_ours_and_from_the_kernel() {
        let all = |more: u64| {
            machine(&[
                stat(1, "init", 0, 0, (500, 70), 1),
                stat(2, "kthreadd", 0, KERNEL_THREAD, (0, 0), 1),
                stat(3, "kworker/0:1", 2, KERNEL_THREAD, (10 + 2 * more, 0), 1),
                stat(50, "lava-bench", 1, 0, (5 + more, 100 * more), 1),
                stat(51, "server", 50, 0, (100 * more, 0), 4),
                stat(52, "of server", 51, 0, (100 * more, 0), 4),
                stat(60, "stress) (ng", 1, 0, (1000 + 3 * more, 0), 2),
                stat(61, "small", 1, 0, (more, 0), 1),
            ])
        };
        let (before, after) = (processes(all(0).path()), processes(all(10).path()));
        let expected = Used {
            others_us: 400_000,
            busiest: busiest("stress) (ng", 60, 300_000),
            kernel_us: 200_000,
            ..Used::default()
        };
        assert_eq!(used(&before, &after, 50), expected);
        assert_eq!(used(&before, &before, 50), Used::default());
    }

    #[test]
    fn what_came_and_went_is_its_parents() {
        let before = processes(
            machine(&[
                stat(1, "sh", 0, 0, (0, 20), 1),
                stat(7, "old", 1, 0, (5000, 1000), 1),
                stat(8, "other", 1, 0, (5, 0), 1),
            ])
            .path(),
        );
        // `old` ended: sh has its 6,000 ticks and 40 more. 8 is another process now.
        let mut after = processes(
            machine(&[
                stat(1, "sh", 0, 0, (0, 6065), 1),
                stat(8, "again", 1, 0, (9, 0), 1),
                stat(9, "new", 1, 0, (2, 3), 1),
            ])
            .path(),
        );
        after.get_mut(&8).unwrap().started += 1;
        let expected = Used { others_us: 540_000, busiest: busiest("sh", 1, 400_000), ..Used::default() };
        assert_eq!(used(&before, &after, 99), expected);
    }

    #[test]
    fn a_family_that_ended_leaves_all_to_who_is_left() {
        let before = processes(
            machine(&[
                stat(1, "sh", 0, 0, (0, 0), 1),
                stat(7, "make", 1, 0, (10, 0), 1),
                stat(8, "cc", 7, 0, (400, 0), 1),
                stat(9, "as", 8, 0, (50, 0), 1),
            ])
            .path(),
        );
        let after = processes(machine(&[stat(1, "sh", 0, 0, (0, 465), 1)]).path());
        let expected = Used { others_us: 50_000, busiest: busiest("sh", 1, 50_000), ..Used::default() };
        assert_eq!(used(&before, &after, 99), expected);
    }

    #[test]
    fn a_process_with_one_thread_is_known_exactly() {
        let at = |ticks: u64, nanoseconds: u64, threads| {
            let root = machine(&[stat(7, "busy", 1, 0, (ticks, 0), threads)]);
            root.write("proc/7/schedstat", format!("{nanoseconds} 5 6\n").as_bytes());
            processes(root.path())
        };
        let us = |before: &Processes, after: &Processes| used(before, after, 99).others_us;
        assert_eq!(us(&at(3, 30_500_000, 1), &at(4, 43_900_000, 1)), 13_400);
        assert_eq!(us(&at(3, 30_500_000, 2), &at(5, 43_900_000, 2)), 20_000, "of several threads one is not all");
        assert_eq!(us(&at(3, 30_500_000, 2), &at(4, 43_900_000, 2)), 0, "one tick is nothing");
        assert_eq!(us(&at(3, 30_500_000, 1), &at(9, 43_900_000, 1)), 60_000, "a thread came and went");
    }

    #[test]
    fn disks_are_used_by_somebody_too() {
        let io = |read: u64, written: u64| format!("rchar: 7\nwchar: 8\nread_bytes: {read}\nwrite_bytes: {written}\n");
        let all = |of_sh: (u64, u64)| {
            machine(&[stat(7, "dd", 1, 0, (0, 0), 1), stat(8, "sh", 1, 0, (0, 0), 1)])
                .with("proc/7/io", &io(1000, 500))
                .with("proc/8/io", &io(of_sh.0, of_sh.1))
        };
        let before = processes(all((0, 0)).path());
        let mut after = processes(all((3000, 1500)).path());
        let most = Some(DiskUser { name: "sh".into(), pid: 8, bytes: 4500 });
        let expected = Used { others_disk_bytes: 4500, busiest_disk: most, ..Used::default() };
        assert_eq!(used(&before, &after, 99), expected);
        // Its child ended.
        let mut before = before;
        before.get_mut(&7).unwrap().parent = 8;
        after.remove(&7);
        assert_eq!(used(&before, &after, 99).others_disk_bytes, 3000);
    }

    #[test]
    fn this_machine_has_processes_and_ours_are_not_others() {
        let root = Path::new("/");
        let me = std::process::id();
        let before = processes(root);
        assert!(before.contains_key(&me) && before.len() > 1);
        let mut child = std::process::Command::new("sh").args(["-c", "while :; do :; done"]).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(300));
        let after = processes(root);
        child.kill().unwrap();
        child.wait().unwrap();
        let named = |me| used(&before, &after, me).busiest.map(|busiest| busiest.pid);
        assert_ne!(named(me), Some(child.id()));
        let of_child = used(&before, &BTreeMap::from([(child.id(), after[&child.id()].clone())]), 0);
        assert!(of_child.others_us > 0, "{of_child:?}");
    }

    #[test]
    fn what_is_no_process_is_left_out() {
        let root =
            machine(&[]).with("proc/5/stat", "5 (x S 1").with("proc/6/stat", "6 (x) S 1 2\n").with("proc/7/x", "");
        assert!(processes(root.path()).is_empty());
    }
}
