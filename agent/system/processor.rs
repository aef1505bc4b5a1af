//! The processors. In: /proc/cpuinfo and /sys/devices/system/cpu below a root. Out: [`Processor`].

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use procfs::CpuInfo;

use super::{
    arm, cpus,
    files::{TEXT_BYTES, clean, number, numbered, parsed, text},
};
use crate::record::{Cache, CpuGroup, FrequencyPolicy, Processor};

const CPU: &str = "sys/devices/system/cpu";

/// The most kinds of CPUs or frequency policies that are worth a place in the record.
const KINDS: usize = 16;

/// The processors' facts.
pub(super) fn processor(root: &Path) -> Processor {
    let info: Option<CpuInfo> = parsed(root, "proc/cpuinfo");
    let listed = info.as_ref().map(Listed::new).unwrap_or_default();
    let online = cpu_list(root, "online").unwrap_or_else(|| listed.models.keys().copied().collect());
    let (cores, packages) = topology(root, &online);
    Processor {
        model: listed.model(),
        vendor: listed.vendor.clone(),
        revision: listed.revision.clone(),
        microcode: listed.microcode.clone(),
        online: (!online.is_empty()).then(|| cpus::print(&online)),
        possible: cpu_list(root, "possible").map(|cpus| cpus::print(&cpus)),
        threads: count(online.len()),
        cores,
        packages,
        smt_active: flag(root, &format!("{CPU}/smt/active")),
        groups: groups(root, &online, &listed.models),
        caches: caches(root, online.first().copied().unwrap_or(0)),
        frequency: frequency(root),
        boost: boost(root),
    }
}

fn count(number: usize) -> Option<u32> {
    u32::try_from(number).ok().filter(|number| *number > 0)
}

fn flag(root: &Path, path: &str) -> Option<bool> {
    match number::<u8>(root, path)? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

fn cpu_list(root: &Path, name: &str) -> Option<Vec<usize>> {
    cpus::parse(&text(root, &format!("{CPU}/{name}"))?).ok().filter(|cpus| !cpus.is_empty())
}

/// What /proc/cpuinfo says.
#[derive(Default)]
struct Listed {
    models: BTreeMap<usize, String>,
    vendor: Option<String>,
    revision: Option<String>,
    microcode: Option<String>,
}

impl Listed {
    fn new(info: &CpuInfo) -> Listed {
        // procfs puts what all CPUs have in common into `fields`.
        let common = |key: &str| info.fields.get(key).map(String::as_str);
        let text = |key: &str| clean(common(key)?, TEXT_BYTES);
        let arm_vendor = || arm::implementer(hex(common("CPU implementer")?)?).map(str::to_owned);
        let x86_revision = || {
            let (family, model, stepping) = (text("cpu family")?, text("model")?, text("stepping")?);
            Some(format!("family {family} model {model} stepping {stepping}"))
        };
        let arm_revision = || {
            let variant = hex(common("CPU variant")?)?;
            Some(format!("r{variant}p{}", common("CPU revision")?.parse::<u32>().ok()?))
        };
        let models = (0..info.num_cores()).filter_map(|index| {
            let cpu = info.get_field(index, "processor")?.parse().ok()?;
            Some((cpu, model(info, index)?))
        });
        Listed {
            models: models.collect(),
            vendor: text("vendor_id").or_else(arm_vendor),
            revision: x86_revision().or_else(arm_revision),
            microcode: text("microcode"),
        }
    }

    /// The models, each once, in the order of their first CPU.
    fn model(&self) -> Option<String> {
        let mut kinds: Vec<&str> = Vec::new();
        for model in self.models.values() {
            if !kinds.contains(&model.as_str()) && kinds.len() < KINDS {
                kinds.push(model);
            }
        }
        clean(&kinds.join(" + "), TEXT_BYTES)
    }
}

/// The model of the CPU at an index of /proc/cpuinfo. 32-bit Arm kernels have a `model name` that only tells the
/// architecture, so implementer and part come first.
fn model(info: &CpuInfo, index: usize) -> Option<String> {
    let field = |key| info.get_field(index, key);
    if let (Some(implementer), Some(part)) = (field("CPU implementer").and_then(hex), field("CPU part").and_then(hex)) {
        let name = arm::part(implementer, part).map(str::to_owned);
        return Some(name.unwrap_or_else(|| format!("implementer {implementer:#04x} part {part:#05x}")));
    }
    // x86 and s390, LoongArch, RISC-V, MIPS, POWER.
    let keys = ["model name", "Model Name", "uarch", "cpu model", "cpu"];
    keys.into_iter().find_map(|key| clean(field(key)?, TEXT_BYTES))
}

fn hex(text: &str) -> Option<u32> {
    u32::from_str_radix(text.trim().strip_prefix("0x")?, 16).ok()
}

/// Cores and packages. A core is a set of siblings: `core_id` alone repeats in each cluster of an Arm system.
fn topology(root: &Path, online: &[usize]) -> (Option<u32>, Option<u32>) {
    let distinct = |name: &str| {
        let values = online.iter().map(|cpu| text(root, &format!("{CPU}/cpu{cpu}/topology/{name}")));
        // One CPU that does not say makes the number wrong.
        count(values.collect::<Option<BTreeSet<String>>>()?.len())
    };
    (distinct("thread_siblings_list"), distinct("physical_package_id"))
}

/// CPUs by model and capacity, if there is more than one kind.
fn groups(root: &Path, online: &[usize], models: &BTreeMap<usize, String>) -> Vec<CpuGroup> {
    let mut kinds = Vec::new();
    for cpu in online {
        let kind = (models.get(cpu), number(root, &format!("{CPU}/cpu{cpu}/cpu_capacity")));
        add(&mut kinds, kind, &[*cpu]);
    }
    if kinds.len() < 2 {
        return Vec::new();
    }
    kinds
        .into_iter()
        .map(|((model, capacity), members)| CpuGroup { cpus: cpus::print(&members), model: model.cloned(), capacity })
        .collect()
}

/// Adds CPUs to their kind, and a kind to the kinds while there is place.
fn add<K: PartialEq>(kinds: &mut Vec<(K, Vec<usize>)>, kind: K, members: &[usize]) {
    match kinds.iter().position(|(known, _)| *known == kind) {
        Some(place) => kinds[place].1.extend(members),
        None if kinds.len() < KINDS => kinds.push((kind, members.to_vec())),
        None => {}
    }
}

fn caches(root: &Path, cpu: usize) -> Vec<Cache> {
    let folder = format!("{CPU}/cpu{cpu}/cache");
    let cache = |(_, path): (u32, String)| {
        Some(Cache {
            level: number(root, &format!("{path}/level"))?,
            kind: text(root, &format!("{path}/type"))?.to_lowercase(),
            size_bytes: size(&text(root, &format!("{path}/size"))?)?,
        })
    };
    numbered(root, &folder, "index").into_iter().take(KINDS).filter_map(cache).collect()
}

/// A size such as `32K`. The kernel always writes KiB; a larger unit costs nothing to accept.
fn size(text: &str) -> Option<u64> {
    let (digits, unit) = match text.strip_suffix('K') {
        Some(digits) => (digits, 1 << 10),
        None => text.strip_suffix('M').map_or((text, 1), |digits| (digits, 1 << 20)),
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

/// The frequency policies; those that differ only in their CPUs are one.
fn frequency(root: &Path) -> Vec<FrequencyPolicy> {
    let mut kinds = Vec::new();
    for (first, path) in numbered(root, &format!("{CPU}/cpufreq"), "policy") {
        let file = |name: &str| format!("{path}/{name}");
        let allowed = number::<u64>(root, &file("scaling_max_freq"));
        let policy = FrequencyPolicy {
            cpus: String::new(),
            driver: text(root, &file("scaling_driver")),
            governor: text(root, &file("scaling_governor")),
            min_frequency_khz: number(root, &file("scaling_min_freq")),
            max_frequency_khz: allowed,
            hardware_max_frequency_khz: number(root, &file("cpuinfo_max_freq")).filter(|max| Some(*max) > allowed),
        };
        // Separated by blanks, unlike all other lists of CPUs.
        let affected = text(root, &file("affected_cpus")).unwrap_or_default().replace(' ', ",");
        let members = cpus::parse(&affected).ok().filter(|cpus| !cpus.is_empty());
        add(&mut kinds, policy, &members.unwrap_or_else(|| usize::try_from(first).into_iter().collect()));
    }
    kinds.into_iter().map(|(policy, members)| FrequencyPolicy { cpus: cpus::print(&members), ..policy }).collect()
}

fn boost(root: &Path) -> Option<bool> {
    let intel = || Some(!flag(root, &format!("{CPU}/intel_pstate/no_turbo"))?);
    flag(root, &format!("{CPU}/cpufreq/boost")).or_else(intel)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::fixtures::{Root, juno};

    #[test]
    fn a_big_little_board() {
        let board = juno();
        let processor = processor(board.path());
        assert_eq!(processor.model.as_deref(), Some("Cortex-A53 + Cortex-A57"));
        assert_eq!(processor.vendor.as_deref(), Some("Arm"));
        assert_eq!(processor.revision, None, "the two kinds differ");
        assert_eq!((processor.threads, processor.cores, processor.packages), (Some(6), Some(6), Some(1)));
        assert_eq!((processor.smt_active, processor.boost), (Some(false), Some(true)));
        let groups: Vec<_> = processor.groups.iter().map(|group| (group.cpus.as_str(), group.capacity)).collect();
        assert_eq!(groups, [("0,3-5", Some(446)), ("1-2", Some(1024))]);
        assert_eq!(processor.groups[1].model.as_deref(), Some("Cortex-A57"));
        assert_eq!(processor.caches, [Cache { level: 1, kind: "data".to_owned(), size_bytes: 32 << 10 }]);
        let max: Vec<_> =
            processor.frequency.iter().map(|policy| (policy.cpus.as_str(), policy.max_frequency_khz)).collect();
        assert_eq!(max, [("0,3-5", Some(950_000)), ("1-2", Some(1_100_000))]);
        assert_eq!(processor.frequency[0].governor.as_deref(), Some("schedutil"));
        assert_eq!(processor.frequency[0].hardware_max_frequency_khz, None);
    }

    #[test]
    fn a_raspberry_pi_4_has_one_kind() {
        let cpu = |number: u32| {
            format!(
                "processor\t: {number}\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\n\
                 CPU part\t: 0xd08\nCPU revision\t: 3\n\n"
            )
        };
        let tail = "Hardware\t: BCM2835\nRevision\t: c03111\nSerial\t\t: 10000000deadbeef\nModel\t\t: Raspberry Pi 4\n";
        let info = format!("{}{}{tail}", cpu(0), cpu(1));
        let processor = processor(Root::new(&[("proc/cpuinfo", &info)]).path());
        assert_eq!(processor.model.as_deref(), Some("Cortex-A72"));
        assert_eq!(processor.revision.as_deref(), Some("r0p3"));
        assert_eq!((processor.online.as_deref(), processor.threads), (Some("0-1"), Some(2)));
        assert!(processor.groups.is_empty());
    }

    #[test]
    fn an_x86_with_two_threads_on_a_core() {
        let cpu = |number: u32| {
            format!(
                "processor\t: {number}\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 158\n\
                 model name\t: Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz\nstepping\t: 10\nmicrocode\t: 0xf0\n\n"
            )
        };
        let mut root = Root::new(&[("proc/cpuinfo", &format!("{}{}", cpu(0), cpu(1)))])
            .with("sys/devices/system/cpu/online", "0-1\n")
            .with("sys/devices/system/cpu/smt/active", "1\n")
            .with("sys/devices/system/cpu/intel_pstate/no_turbo", "0\n");
        for number in 0..2 {
            let folder = format!("sys/devices/system/cpu/cpu{number}/topology");
            root = root.with(&format!("{folder}/thread_siblings_list"), "0-1\n");
            let policy = format!("sys/devices/system/cpu/cpufreq/policy{number}");
            root = root.with(&format!("{policy}/scaling_governor"), "powersave\n");
            root = root.with(&format!("{policy}/scaling_max_freq"), "3200000\n");
            root = root.with(&format!("{policy}/cpuinfo_max_freq"), "4600000\n");
        }
        let processor = processor(root.path());
        assert_eq!(processor.model.as_deref(), Some("Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz"));
        assert_eq!(processor.revision.as_deref(), Some("family 6 model 158 stepping 10"));
        assert_eq!(processor.microcode.as_deref(), Some("0xf0"));
        assert_eq!((processor.threads, processor.cores, processor.packages), (Some(2), Some(1), None));
        assert_eq!((processor.smt_active, processor.boost), (Some(true), Some(true)));
        assert_eq!(processor.frequency.len(), 1);
        assert_eq!(processor.frequency[0].cpus, "0-1");
        assert_eq!(processor.frequency[0].hardware_max_frequency_khz, Some(4_600_000));
    }

    #[test]
    fn an_unknown_part_keeps_its_number() {
        let info = "processor: 0\nCPU implementer: 0x41\nCPU part: 0xdff\n";
        let processor = processor(Root::new(&[("proc/cpuinfo", info)]).path());
        assert_eq!(processor.model.as_deref(), Some("implementer 0x41 part 0xdff"));
        assert_eq!(super::processor(Root::new(&[]).path()), Processor::default());
    }

    #[test]
    fn sizes_have_a_unit() {
        assert_eq!(size("32K"), Some(32 << 10));
        assert_eq!(size("8M"), Some(8 << 20));
        assert_eq!(size("64"), Some(64));
        assert_eq!(size("99999999999999999999K"), None);
        assert_eq!(size("18446744073709551615K"), None);
        assert_eq!(size("K"), None);
    }
}
