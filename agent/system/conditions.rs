//! The conditions of a measurement. In: /proc and /sys, read before and after it. Out: the [`Conditions`] in between.

use std::{collections::BTreeMap, path::Path};

use procfs::{ExplicitSystemInfo, FromReadSI, KernelStats, LoadAverage};

use super::{
    cgroups::{Limited, limited},
    clocks::{Clocks, Passed, clocks},
    cputime::{Processes, TICK_US, processes, used},
    facts::meminfo,
    files::{lines, number, numbered, parsed, text},
};
use crate::record::{Change, Conditions, FrequencyFall};

/// The most frequency policies that are read: some kernels need 20 ms for each on a large x86 machine.
const POLICIES: usize = 16;

/// The most frequencies that are worth a place in the record.
const FREQUENCIES: usize = 8;

/// The highest frequency allowed of each policy, in kHz: the highest that a run has seen.
pub type FrequencyLimits = BTreeMap<u32, u64>;

/// One reading: levels, and counters since the machine started. What cannot be read is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    load_average_hundredths: Option<u32>,
    running_tasks: Option<u32>,
    frequency_khz: BTreeMap<u32, u64>,
    temperature_millicelsius: Option<i32>,
    throttle_events: Option<u64>,
    cooling: BTreeMap<u32, Cooling>,
    firmware_throttle: Option<u32>,
    cpu_stall_us: Option<u64>,
    memory_stall_us: Option<u64>,
    io_stall_us: Option<u64>,
    memory_available_bytes: Option<u64>,
    swapped_in_pages: Option<u64>,
    swapped_out_pages: Option<u64>,
    context_switches: Option<u64>,
    interrupts: Option<u64>,
    steal_ticks: Option<u64>,
    tainted: Option<u64>,
    memory_full_stall_us: Option<u64>,
    io_full_stall_us: Option<u64>,
    memory_available_percent: Option<u8>,
    idle: Option<Idle>,
    processes: Processes,
    limited: Limited,
    frequency_limit_khz: FrequencyLimits,
    clock_source: Option<String>,
    online_cpus: Option<String>,
    clocks: Option<Clocks>,
}

/// A cooling device that slows processors down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Cooling {
    /// 0 is full speed.
    state: u64,
    /// How often the state changed since the start, where the kernel counts.
    changes: Option<u64>,
}

impl Snapshot {
    /// The load average over the last minute, in hundredths.
    pub(super) fn load_average_hundredths(&self) -> Option<u32> {
        self.load_average_hundredths
    }

    /// The hottest thermal zone, in thousandths of a degree Celsius.
    pub(super) fn temperature_millicelsius(&self) -> Option<i32> {
        self.temperature_millicelsius
    }

    /// The memory available, in bytes.
    pub(super) fn memory_available_bytes(&self) -> Option<u64> {
        self.memory_available_bytes
    }

    /// The sum of the cooling states: above 0 the processors are held back now.
    pub(super) fn cooling_state(&self) -> u64 {
        self.cooling.values().fold(0, |sum, device| sum.saturating_add(device.state))
    }

    /// Compares the limits of frequencies with the highest that the run has seen, and remembers these in `highest`.
    pub fn compare_limits_with(&mut self, highest: &mut FrequencyLimits) {
        for (policy, khz) in &mut self.frequency_limit_khz {
            let known = highest.entry(*policy).or_insert(*khz);
            *known = (*known).max(*khz);
            *khz = *known;
        }
    }

    /// The bits of a Raspberry Pi's firmware.
    pub(super) fn firmware_throttle(&self) -> u32 {
        self.firmware_throttle.unwrap_or(0)
    }
}

/// Reads the conditions of the machine below `root`: some 20 to 50 small files, and one or two of each process.
#[must_use]
pub fn snapshot(root: &Path) -> Snapshot {
    // The processes last: that takes longest, and the command comes next.
    let reading = without_processes(root);
    Snapshot { processes: processes(root), ..reading }
}

/// The same, with the processes as `recent` has them, which must be a moment old: they are most of the work.
#[must_use]
pub fn snapshot_with_processes_of(recent: Snapshot, root: &Path) -> Snapshot {
    Snapshot { processes: recent.processes, ..without_processes(root) }
}

fn without_processes(root: &Path) -> Snapshot {
    let load: Option<LoadAverage> = parsed(root, "proc/loadavg");
    let stat = lines(root, "proc/stat").unwrap_or_default();
    let times = statistics(&stat);
    let [swapped_in_pages, swapped_out_pages] = swapped(root);
    let memory = meminfo(root);
    let available = memory.as_ref().and_then(|memory| memory.mem_available);
    let [cpu_stall, memory_stall, io_stall] = ["cpu", "memory", "io"].map(|resource| stall(root, resource));
    Snapshot {
        load_average_hundredths: load.as_ref().map(|load| hundredths(load.one)),
        running_tasks: load.as_ref().map(|load| load.cur),
        frequency_khz: frequencies(root, "scaling_cur_freq"),
        temperature_millicelsius: temperature(root),
        throttle_events: throttle_events(root),
        cooling: cooling(root),
        firmware_throttle: firmware_throttle(root),
        cpu_stall_us: cpu_stall.some_us,
        memory_stall_us: memory_stall.some_us,
        io_stall_us: io_stall.some_us,
        memory_available_bytes: available,
        swapped_in_pages,
        swapped_out_pages,
        context_switches: times.as_ref().map(|times| times.ctxt),
        // procfs leaves the interrupts out.
        interrupts: stat.lines().find_map(|line| line.strip_prefix("intr ")?.split(' ').next()?.parse().ok()),
        steal_ticks: times.as_ref().and_then(|times| times.total.steal),
        tainted: number(root, "proc/sys/kernel/tainted"),
        memory_full_stall_us: memory_stall.full_us,
        io_full_stall_us: io_stall.full_us,
        memory_available_percent: memory.zip(available).and_then(|(memory, left)| percent(left, memory.mem_total)),
        idle: times.as_ref().map(idle),
        processes: Processes::new(),
        limited: limited(root),
        frequency_limit_khz: frequencies(root, "scaling_max_freq"),
        clock_source: text(root, "sys/devices/system/clocksource/clocksource0/current_clocksource"),
        online_cpus: text(root, "sys/devices/system/cpu/online"),
        clocks: super::is_this_machine(root).then(clocks).flatten(),
    }
}

/// What happened from one reading to a later one of the same machine. A counter that is missing in either, or ran backwards,
/// did not move.
#[must_use]
pub fn between(before: &Snapshot, after: &Snapshot) -> Conditions {
    let moved = |count| moved(before, after, count);
    // The kernel gives these ticks to programs in units of 1/100 s on every architecture that Rust knows.
    let steal_ms = moved(|reading| reading.steal_ticks).saturating_mul(10);
    Conditions {
        load_average_hundredths: before.load_average_hundredths,
        running_tasks: before.running_tasks,
        frequency_khz: slowest(before, after),
        temperature_millicelsius: before.temperature_millicelsius.max(after.temperature_millicelsius),
        throttle_events: moved(|reading| reading.throttle_events),
        cooling_state: after.cooling_state(),
        cooling_changes: cooling_changes(before, after),
        firmware_throttle: before
            .firmware_throttle
            .zip(after.firmware_throttle)
            .map_or(0, |(before, after)| firmware_between(before, after)),
        cpu_stall_us: moved(|reading| reading.cpu_stall_us),
        memory_stall_us: moved(|reading| reading.memory_stall_us),
        io_stall_us: moved(|reading| reading.io_stall_us),
        memory_available_bytes: after.memory_available_bytes,
        swapped_in_pages: moved(|reading| reading.swapped_in_pages),
        swapped_out_pages: moved(|reading| reading.swapped_out_pages),
        context_switches: moved(|reading| reading.context_switches),
        interrupts: moved(|reading| reading.interrupts),
        steal_ms,
        taint_added: before.tainted.zip(after.tainted).map_or(0, |(before, after)| after & !before),
        ..others_between(before, after)
    }
}

fn moved(before: &Snapshot, after: &Snapshot, count: fn(&Snapshot) -> Option<u64>) -> u64 {
    let rose = || count(after)?.checked_sub(count(before)?);
    rose().unwrap_or(0)
}

/// What others did, and what was changed on the machine.
fn others_between(before: &Snapshot, after: &Snapshot) -> Conditions {
    let moved = |count| moved(before, after, count);
    let mut used = used(&before.processes, &after.processes, std::process::id());
    let passed = before.clocks.zip(after.clocks).map_or_else(Passed::default, |(before, after)| after.since(before));
    let busy_cpu_us = before.idle.zip(after.idle).map_or(0, |(before, after)| after.busy_us(before, passed.elapsed_us));
    if busy_cpu_us > 0 {
        used.cap(busy_cpu_us);
    }
    Conditions {
        memory_full_stall_us: moved(|reading| reading.memory_full_stall_us),
        io_full_stall_us: moved(|reading| reading.io_full_stall_us),
        memory_available_before_percent: before.memory_available_percent,
        busy_cpu_us,
        agent_cpu_us: passed.agent_us,
        others_cpu_us: used.others_us,
        busiest_other: used.busiest,
        others_disk_bytes: used.others_disk_bytes,
        busiest_disk_user: used.busiest_disk,
        kernel_cpu_us: used.kernel_us,
        quota_stall_us: moved(|reading| reading.limited.quota_stall_us),
        oom_kills: moved(|reading| reading.limited.oom_kills),
        frequency_limit_fell: fall(&before.frequency_limit_khz, &after.frequency_limit_khz),
        clock_source_changed: changed(before.clock_source.as_ref(), after.clock_source.as_ref()),
        online_cpus_changed: changed(before.online_cpus.as_ref(), after.online_cpus.as_ref()),
        clock_step_us: passed.step_us,
        suspended_us: passed.suspended_us,
        ..Conditions::default()
    }
}

/// The pages that came from swap and went to it: two of some 200 lines, of which procfs would keep all.
fn swapped(root: &Path) -> [Option<u64>; 2] {
    let counters = lines(root, "proc/vmstat").unwrap_or_default();
    ["pswpin ", "pswpout "].map(|name| counters.lines().find_map(|line| line.strip_prefix(name)?.parse().ok()))
}

/// A share that fits; nothing of nothing is unknown.
fn percent(part: u64, whole: u64) -> Option<u8> {
    u8::try_from(part.saturating_mul(100).checked_div(whole)?).ok()
}

/// CPUs, and how long they did nothing, alone or for a disk. The kernel measures this, while it counts the rest in samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Idle {
    cpus: u64,
    us: u64,
}

impl Idle {
    /// How long CPUs were not idle in the `elapsed_us` since `before`. Of CPUs that came or went nothing is known.
    fn busy_us(self, before: Self, elapsed_us: u64) -> u64 {
        if self.cpus != before.cpus {
            return 0;
        }
        self.cpus.saturating_mul(elapsed_us).saturating_sub(self.us.saturating_sub(before.us))
    }
}

fn idle(times: &KernelStats) -> Idle {
    let ticks = times.total.idle.saturating_add(times.total.iowait.unwrap_or(0));
    Idle { cpus: u64::try_from(times.cpu_time.len()).unwrap_or(u64::MAX), us: ticks.saturating_mul(TICK_US) }
}

/// The policy whose limit fell most, in proportion.
fn fall(before: &FrequencyLimits, after: &FrequencyLimits) -> Option<FrequencyFall> {
    let falls = before.iter().filter_map(|(policy, from)| {
        let to = after.get(policy).filter(|to| *to < from)?;
        Some(FrequencyFall { policy: *policy, from_khz: *from, to_khz: *to })
    });
    // Compared as fractions, without dividing.
    let deeper = |a: &FrequencyFall, b: &FrequencyFall| {
        let (a, b) = (u128::from(a.to_khz) * u128::from(b.from_khz), u128::from(b.to_khz) * u128::from(a.from_khz));
        a.cmp(&b)
    };
    falls.min_by(deeper)
}

fn changed(before: Option<&String>, after: Option<&String>) -> Option<Change> {
    let (from, to) = before.zip(after).filter(|(before, after)| before != after)?;
    Some(Change { from: from.clone(), to: to.clone() })
}

/// The kernel writes two decimals, so nothing is lost.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and makes 0 of what is not a number"
)]
fn hundredths(load: f32) -> u32 {
    (f64::from(load) * 100.0).round() as u32
}

fn statistics(stat: &str) -> Option<KernelStats> {
    // Of these only the ticks are used, and they only where procfs converts times, which is not asked of it here.
    let info = ExplicitSystemInfo { boot_time_secs: 0, ticks_per_second: 100, page_size: 4096, is_little_endian: true };
    KernelStats::from_read(stat.as_bytes(), &info).ok()
}

/// How long tasks were stalled, in microseconds.
#[derive(Default)]
struct Stall {
    /// Some task.
    some_us: Option<u64>,
    /// All tasks that had something to do.
    full_us: Option<u64>,
}

/// procfs parses the lines; its reader of the whole file fails on kernels before 5.13, which have no line `full` for the CPU, and
/// it panics on a line of 4 bytes.
fn stall(root: &Path, resource: &str) -> Stall {
    let Some(pressure) = lines(root, &format!("proc/pressure/{resource}")) else { return Stall::default() };
    let of = |whose: &str| {
        let record = pressure.lines().find(|line| line.starts_with(whose))?;
        Some(procfs::parse_pressure_record(record).ok()?.total)
    };
    Stall { some_us: of("some "), full_us: of("full ") }
}

fn frequencies(root: &Path, file: &str) -> BTreeMap<u32, u64> {
    let policies = numbered(root, "sys/devices/system/cpu/cpufreq", "policy").into_iter().take(POLICIES);
    policies.filter_map(|(policy, path)| Some((policy, number(root, &format!("{path}/{file}"))?))).collect()
}

/// A zone whose sensor is off or missing answers with nonsense such as -274000.
fn temperature(root: &Path) -> Option<i32> {
    let zones = numbered(root, "sys/class/thermal", "thermal_zone").into_iter();
    let sane = |degrees: &i32| (-60_000..=200_000).contains(degrees);
    zones.filter_map(|(_, path)| number(root, &format!("{path}/temp")).filter(sane)).max()
}

fn throttle_events(root: &Path) -> Option<u64> {
    let mut sum: Option<u64> = None;
    for (_, path) in numbered(root, "sys/devices/system/cpu", "cpu") {
        for name in ["core_throttle_count", "package_throttle_count"] {
            if let Some(count) = number::<u64>(root, &format!("{path}/thermal_throttle/{name}")) {
                sum = Some(sum.unwrap_or(0).saturating_add(count));
            }
        }
    }
    sum
}

/// Only what slows processors down: a fan that speeds up or a screen that dims does no harm.
fn cooling(root: &Path) -> BTreeMap<u32, Cooling> {
    let slows = |kind: &str| {
        let parts = ["cpufreq", "cpuidle", "powerclamp"];
        kind == "Processor" || kind.starts_with("idle-") || parts.iter().any(|part| kind.contains(part))
    };
    let device = |(index, path): (u32, String)| {
        text(root, &format!("{path}/type")).filter(|kind| slows(kind))?;
        // intel_powerclamp says -1 while it does nothing; that is not a level here, and there is no device.
        let state = number(root, &format!("{path}/cur_state"))?;
        Some((index, Cooling { state, changes: number(root, &format!("{path}/stats/total_trans")) }))
    };
    numbered(root, "sys/class/thermal", "cooling_device").into_iter().filter_map(device).collect()
}

/// A Raspberry Pi's firmware slows the processor down by itself, and only this file says so; hexadecimal without a prefix.
fn firmware_throttle(root: &Path) -> Option<u32> {
    let bits = text(root, "sys/devices/platform/soc/soc:firmware/get_throttled")?;
    u32::from_str_radix(bits.trim_start_matches("0x"), 16).ok()
}

/// The lower half is true now, so either reading counts; the upper half is true since the start, so only its rise does.
fn firmware_between(before: u32, after: u32) -> u32 {
    ((before | after) & 0xffff) | (after & !before & 0xffff_0000)
}

fn cooling_changes(before: &Snapshot, after: &Snapshot) -> u64 {
    let changes = |(index, now): (&u32, &Cooling)| {
        let then = before.cooling.get(index)?;
        let counted = now.changes.zip(then.changes).and_then(|(now, then)| now.checked_sub(then));
        Some(counted.unwrap_or_else(|| now.state.saturating_sub(then.state)))
    };
    after.cooling.iter().filter_map(changes).fold(0, u64::saturating_add)
}

fn slowest(before: &Snapshot, after: &Snapshot) -> BTreeMap<u32, u64> {
    let mut lower = after.frequency_khz.clone();
    for (policy, khz) in &before.frequency_khz {
        lower.entry(*policy).and_modify(|known| *known = (*known).min(*khz)).or_insert(*khz);
    }
    let mut slowest: Vec<(u32, u64)> = lower.into_iter().collect();
    slowest.sort_by_key(|(policy, khz)| (*khz, *policy));
    slowest.truncate(FREQUENCIES);
    slowest.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::fixtures::{Root, juno};

    #[test]
    fn a_quiet_board() {
        let board = juno();
        let reading = snapshot(board.path());
        let conditions = between(&reading, &reading);
        assert_eq!(conditions.load_average_hundredths, Some(425));
        assert_eq!(conditions.running_tasks, Some(2));
        assert_eq!(conditions.frequency_khz, BTreeMap::from([(0, 950_000), (1, 1_100_000)]));
        assert_eq!(conditions.temperature_millicelsius, Some(45_000));
        assert_eq!(conditions.memory_available_bytes, Some(6_000_000 << 10));
        let levels = serde_json::to_string(&conditions).unwrap();
        assert!(!levels.contains("stall") && !levels.contains("taint") && !levels.contains("cooling"), "{levels}");
    }

    #[test]
    fn what_happened_is_the_difference() {
        let board = juno();
        let before = snapshot(board.path());
        for (path, text) in [
            ("proc/stat", "cpu 20 0 10 900 0 0 0 8 0 0\nintr 7500 0 1\nctxt 900\nbtime 1\nprocesses 9\n"),
            ("proc/vmstat", "pswpin 11\npswpout 22\n"),
            ("proc/pressure/cpu", "some avg10=9.00 avg60=0.00 avg300=0.00 total=150\n"),
            ("proc/pressure/io", "some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n"),
            ("proc/sys/kernel/tainted", "4736\n"),
            ("sys/class/thermal/thermal_zone0/temp", "91000\n"),
            ("sys/class/thermal/cooling_device0/cur_state", "2\n"),
            ("sys/class/thermal/cooling_device1/cur_state", "4\n"),
            ("sys/devices/platform/soc/soc:firmware/get_throttled", "50000\n"),
            ("sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "6\n"),
            ("sys/devices/system/cpu/cpufreq/policy1/scaling_cur_freq", "450000\n"),
        ] {
            board.write(path, text.as_bytes());
        }
        let found = between(&before, &snapshot(board.path()));
        assert_eq!((found.context_switches, found.interrupts, found.steal_ms), (100, 500, 30));
        assert_eq!((found.swapped_in_pages, found.swapped_out_pages), (1, 2));
        assert_eq!((found.cpu_stall_us, found.io_stall_us), (50, 0));
        assert_eq!(found.taint_added, 4736 & !512);
        assert_eq!(found.temperature_millicelsius, Some(91_000));
        assert_eq!((found.cooling_state, found.cooling_changes), (2, 2), "the fan does not count");
        assert_eq!((found.throttle_events, found.firmware_throttle), (1, 0x50000));
        assert_eq!(found.frequency_khz[&1], 450_000);
        let text = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<Conditions>(&text).unwrap(), found);
    }

    #[test]
    fn a_cooling_that_came_and_went_is_counted_by_the_kernel() {
        let board = juno().with("sys/class/thermal/cooling_device0/stats/total_trans", "4\n");
        let before = snapshot(board.path());
        board.write("sys/class/thermal/cooling_device0/stats/total_trans", b"6\n");
        let found = between(&before, &snapshot(board.path()));
        assert_eq!((found.cooling_state, found.cooling_changes), (0, 2));
    }

    #[test]
    fn nothing_readable_is_nothing_said() {
        let reading = snapshot(Root::new(&[]).path());
        assert_eq!(reading, Snapshot::default());
        let counted = Conditions { load_average_hundredths: None, ..between(&reading, &snapshot(juno().path())) };
        let levels = ["frequency_khz", "temperature_millicelsius", "cooling_state", "memory_available_bytes"];
        let json = serde_json::to_value(&counted).unwrap();
        let counts: Vec<&String> =
            json.as_object().unwrap().keys().filter(|name| !levels.contains(&name.as_str())).collect();
        assert!(counts.is_empty(), "{counts:?}");
        assert_eq!(between(&reading, &reading), Conditions::default());
    }

    #[test]
    fn a_recent_reading_lends_its_processes_and_nothing_else() {
        let stat = |ticks| format!("7 (cron) S 1 7 7 0 -1 0 0 0 0 0 {ticks} 0 0 0 20 0 1 0 99 0\n");
        let board = juno().with("proc/7/stat", &stat(5)).with("proc/vmstat", "pswpin 1\npswpout 1\n");
        let recent = snapshot(board.path());
        board.write("proc/7/stat", stat(9).as_bytes());
        board.write("proc/vmstat", b"nr_x 1\npswpin 3\npswpout 1\n");
        let now = snapshot(board.path());
        assert_ne!((&now.processes, now.swapped_in_pages), (&recent.processes, recent.swapped_in_pages));
        assert_eq!(
            snapshot_with_processes_of(recent.clone(), board.path()),
            Snapshot { processes: recent.processes, ..now }
        );
    }

    #[test]
    fn firmware_bits_of_the_past_are_not_ours() {
        assert_eq!(firmware_between(0x50000, 0x50000), 0);
        assert_eq!(firmware_between(0x50005, 0x50000), 5);
        assert_eq!(firmware_between(0, 0x40000), 0x40000);
    }

    #[test]
    fn this_machine_counts() {
        let before = snapshot(Path::new("/"));
        let after = snapshot(Path::new("/"));
        assert!(before.context_switches <= after.context_switches);
        assert!(before.context_switches.is_some() && before.load_average_hundredths.is_some());
    }
}
