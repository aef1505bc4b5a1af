//! The facts of a machine. In: a root folder with /proc, /sys and /etc. Out: the [`Machine`] of a record.

use std::{collections::BTreeMap, path::Path};

use procfs::{FromRead, Meminfo};

use super::{
    files::{TEXT_BYTES, bytes, chosen, clean, lines, text},
    is_this_machine, kernel,
    processor::processor,
};
use crate::record::{Board, Distribution, Machine, Memory};

/// The bound of a property of the device tree.
const PROPERTY_BYTES: usize = 4096;

/// The most vulnerabilities, and the most names that a board is compatible with.
const ENTRIES: usize = 64;

const CLOCK: &str = "sys/devices/system/clocksource/clocksource0";

/// What `root` says about the machine that it belongs to. Reads a few dozen small files; never fails: what cannot be read is
/// absent.
#[must_use]
pub fn machine(root: &Path) -> Machine {
    let kernel = kernel::kernel(root);
    let board = board(root);
    let clock_sources = text(root, &format!("{CLOCK}/available_clocksource")).unwrap_or_default();
    let clock_sources: Vec<String> = clock_sources.split(' ').filter(|s| !s.is_empty()).map(str::to_owned).collect();
    Machine {
        processor: processor(root),
        memory: memory(root),
        distribution: distribution(root),
        clock_source: text(root, &format!("{CLOCK}/current_clocksource")),
        mitigations: mitigations(root),
        preemption: kernel::preemption(root, &kernel),
        transparent_hugepage: text(root, "sys/kernel/mm/transparent_hugepage/enabled")
            .and_then(|modes| chosen(&modes).map(str::to_owned)),
        numa_nodes: text(root, "sys/devices/system/node/online"),
        virtualization: virtualization(root, &board, &clock_sources),
        clock_sources_available: clock_sources,
        board,
        kernel,
    }
}

/// /proc/meminfo as procfs reads it, from those lines that cannot make it panic: it cuts the last byte of a name without
/// looking, multiplies by 1024 without looking, and gives up the whole file for one line that it does not understand.
pub(super) fn meminfo(root: &Path) -> Option<Meminfo> {
    let sound = |line: &&str| {
        let mut words = line.split_ascii_whitespace();
        let (name, value, unit) = (words.next().unwrap_or_default(), words.next().unwrap_or_default(), words.next());
        let digits = value.bytes().all(|byte| byte.is_ascii_digit());
        name.ends_with(':') && digits && (1..=15).contains(&value.len()) && matches!(unit, None | Some("kB"))
    };
    let text = lines(root, "proc/meminfo")?;
    Meminfo::from_read(text.lines().filter(sound).collect::<Vec<_>>().join("\n").as_bytes()).ok()
}

/// As the C library knows it, which needs no /proc for that.
fn page_size() -> Option<u64> {
    let size = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE).ok()??;
    u64::try_from(size).ok()
}

fn memory(root: &Path) -> Memory {
    // A page's size is in no file.
    let page_size_bytes = is_this_machine(root).then(page_size).flatten();
    let Some(info) = meminfo(root) else { return Memory { page_size_bytes, ..Memory::default() } };
    Memory {
        total_bytes: Some(info.mem_total),
        swap_total_bytes: Some(info.swap_total),
        page_size_bytes,
        huge_pages_total: info.hugepages_total,
        huge_page_size_bytes: info.hugepagesize,
    }
}

/// The device tree knows the board; without one, the tables of a PC's firmware do.
fn board(root: &Path) -> Board {
    let tree = ["proc/device-tree", "sys/firmware/devicetree/base"];
    let strings = |property: &str| {
        let property = tree.iter().find_map(|tree| bytes(root, &format!("{tree}/{property}"), PROPERTY_BYTES));
        let strings = property.unwrap_or_default();
        let strings = strings.split(|byte| *byte == 0).take(ENTRIES);
        strings.filter_map(|string| clean(&String::from_utf8_lossy(string), TEXT_BYTES)).collect::<Vec<String>>()
    };
    // What a vendor that did not care leaves there.
    let filler = |text: &String| {
        let text = text.to_lowercase();
        ["default string", "system manufacturer", "system product name", "none"].contains(&text.as_str())
            || text.starts_with("to be filled")
    };
    let table = |name: &str| text(root, &format!("sys/class/dmi/id/{name}")).filter(|text| !filler(text));
    Board {
        model: strings("model").into_iter().next().or_else(|| table("product_name")),
        vendor: table("sys_vendor"),
        firmware: table("bios_version"),
        compatible: strings("compatible"),
    }
}

/// os-release: lines `KEY=value`, the value perhaps in quotes and with backslashes before characters that a shell would take.
pub fn distribution(root: &Path) -> Distribution {
    let release = lines(root, "etc/os-release").or_else(|| lines(root, "usr/lib/os-release")).unwrap_or_default();
    let value = |key: &str| {
        let value = release.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='))?.trim();
        let quoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
        clean(&unescaped(quoted.unwrap_or(value)), TEXT_BYTES)
    };
    Distribution { id: value("ID"), version_id: value("VERSION_ID"), pretty_name: value("PRETTY_NAME") }
}

fn unescaped(value: &str) -> String {
    let mut characters = value.chars();
    let mut text = String::new();
    while let Some(character) = characters.next() {
        text.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    text
}

fn mitigations(root: &Path) -> BTreeMap<String, String> {
    let folder = "sys/devices/system/cpu/vulnerabilities";
    let Ok(entries) = root.join(folder).read_dir() else { return BTreeMap::new() };
    let mitigation = |name: String| {
        let answer = text(root, &format!("{folder}/{name}")).filter(|answer| answer != "Not affected")?;
        Some((clean(&name, TEXT_BYTES)?, answer))
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter_map(mitigation).take(ENTRIES).collect()
}

/// A guest's hints, the most telling first. A machine that hides them is taken for real.
fn virtualization(root: &Path, board: &Board, clock_sources: &[String]) -> Option<String> {
    let tree = || text(root, "proc/device-tree/hypervisor/compatible");
    let by_tree = || tree().map(|name| if name.contains("xen") { "xen".to_owned() } else { "kvm".to_owned() });
    let by_clock = || {
        let known = [("kvm-clock", "kvm"), ("xen", "xen"), ("hyperv_clocksource_tsc_page", "hyper-v")];
        known
            .iter()
            .find(|(clock, _)| clock_sources.iter().any(|source| source == clock))
            .map(|(_, name)| name.to_string())
    };
    let by_board = || {
        let made_of = |name: &str| board.compatible.iter().chain(&board.vendor).any(|text| text == name);
        (made_of("linux,dummy-virt") || made_of("QEMU")).then(|| "qemu".to_owned())
    };
    let by_flag = || {
        let info = lines(root, "proc/cpuinfo")?;
        let flags = info.lines().find(|line| line.starts_with("flags"))?;
        flags.split_whitespace().any(|flag| flag == "hypervisor").then(|| "hypervisor".to_owned())
    };
    text(root, "sys/hypervisor/type").or_else(by_tree).or_else(by_clock).or_else(by_board).or_else(by_flag)
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::Index};

    use super::*;
    use crate::system::fixtures::{MEMINFO, Root, juno};

    fn back(machine: &Machine) -> Machine {
        serde_json::from_str(&serde_json::to_string(machine).unwrap()).unwrap()
    }

    /// A server of 1,024 CPUs, each with a frequency of its own: the record stays as small as a board's.
    #[test]
    fn a_thousand_processors_are_described_and_watched() {
        let root = juno();
        let (mut cpuinfo, mut stat) = (String::new(), String::from("cpu 10 0 10 900 0 0 0 5 0 0\n"));
        for cpu in 0..1024 {
            cpuinfo +=
                &format!("processor\t: {cpu}\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\nCPU revision\t: 1\n\n");
            stat += &format!("cpu{cpu} 10 0 10 900 0 0 0 5 0 0\n");
            let folder = format!("sys/devices/system/cpu/cpufreq/policy{cpu}");
            root.write(&format!("{folder}/affected_cpus"), format!("{cpu}\n").as_bytes());
            root.write(&format!("{folder}/scaling_cur_freq"), b"2000000\n");
        }
        stat += "intr 7000 0 1\nctxt 800\nbtime 1\nprocesses 9\n";
        let root = root.with("proc/cpuinfo", &cpuinfo).with("proc/stat", &stat);
        let root = root.with("sys/devices/system/cpu/online", "0-1023\n");
        let machine = machine(root.path());
        assert_eq!((machine.processor.online.as_deref(), machine.processor.threads), (Some("0-1023"), Some(1024)));
        assert_eq!(back(&machine), machine);
        let reading = crate::system::snapshot(root.path());
        let conditions = crate::system::between(&reading, &reading);
        let size = |json: serde_json::Result<String>| json.unwrap().len();
        assert!(size(serde_json::to_string(&conditions)) < 2000, "{conditions:?}");
        assert!(size(serde_json::to_string(&machine)) < 20_000, "{machine:?}");
    }

    #[test]
    fn a_board_is_described() {
        let machine = machine(juno().path());
        assert_eq!(machine.kernel.release.as_deref(), Some("6.6.30"));
        assert_eq!(machine.kernel.architecture.as_deref(), Some("aarch64"));
        assert_eq!(machine.kernel.command_line.as_deref(), Some("console=ttyAMA0,115200n8 root=/dev/nfs"));
        assert_eq!(machine.kernel.tainted, Some(512));
        assert_eq!(machine.memory.total_bytes, Some(8_049_728 << 10));
        assert_eq!((machine.memory.huge_pages_total, machine.memory.huge_page_size_bytes), (Some(4), Some(2 << 20)));
        assert_eq!(machine.board.model.as_deref(), Some("ARM Juno development board (r1)"));
        assert_eq!(machine.board.compatible, ["arm,juno-r1", "arm,juno", "arm,vexpress"]);
        assert_eq!(machine.distribution.id.as_deref(), Some("debian"));
        assert_eq!(machine.distribution.pretty_name.as_deref(), Some("Debian GNU/Linux 12 (bookworm)"));
        assert_eq!(machine.clock_sources_available, ["arch_sys_counter", "jiffies"]);
        assert_eq!(machine.mitigations.keys().collect::<Vec<_>>(), ["spectre_v2"]);
        assert_eq!(machine.preemption.as_deref(), Some("full"));
        assert_eq!(machine.transparent_hugepage.as_deref(), Some("madvise"));
        assert_eq!(machine.virtualization, None);
        assert_eq!(back(&machine), machine);
    }

    #[test]
    fn an_empty_root_is_an_empty_object() {
        let machine = machine(Root::new(&[]).path());
        assert_eq!(machine, Machine::default());
        assert_eq!(serde_json::to_string(&machine).unwrap(), "{}");
        assert_eq!(back(&machine), machine);
    }

    #[test]
    fn a_pc_is_named_by_its_firmware() {
        let root = Root::new(&[("sys/class/dmi/id/product_name", "To be filled by O.E.M.\n")]);
        assert_eq!(board(root.path()), Board::default());
        let root =
            root.with("sys/class/dmi/id/product_name", "Standard PC\n").with("sys/class/dmi/id/sys_vendor", "QEMU\n");
        let machine = machine(root.path());
        assert_eq!(machine.board.model.as_deref(), Some("Standard PC"));
        assert_eq!(machine.virtualization.as_deref(), Some("qemu"));
    }

    #[test]
    fn one_bad_line_of_meminfo_costs_only_itself() {
        for line in ["é 1 kB", "Bad", "Huge: 18446744073709551615 kB", "X: 1 zB", "\u{fffd}: x"] {
            let root = Root::new(&[("proc/meminfo", &format!("{line}\n{MEMINFO}"))]);
            assert_eq!(memory(root.path()).swap_total_bytes, Some(1 << 20), "{line}");
        }
    }

    #[test]
    fn os_release_quotes_like_a_shell() {
        let root = Root::new(&[("usr/lib/os-release", "ID='poky'\nPRETTY_NAME=\"a \\\"b\\\"\"\nVERSION_ID=\n")]);
        let distribution = distribution(root.path());
        assert_eq!(distribution.id.as_deref(), Some("poky"));
        assert_eq!(distribution.pretty_name.as_deref(), Some("a \"b\""));
        assert_eq!(distribution.version_id, None);
    }

    #[test]
    fn this_machine_has_what_any_linux_has() {
        let machine = machine(Path::new("/"));
        assert!(machine.kernel.release.is_some() && machine.kernel.version.is_some());
        assert!(machine.kernel.architecture.is_some());
        assert!(machine.processor.threads.is_some_and(|threads| threads >= 1));
        assert!(machine.memory.total_bytes.is_some_and(|bytes| bytes > 16 << 20));
        assert!(machine.memory.page_size_bytes.is_some_and(|bytes| bytes >= 4096 && bytes.is_power_of_two()));
        assert_eq!(back(&machine), machine);
        assert!(serde_json::to_string(&machine).unwrap().len() < 8192);
    }

    #[test]
    fn text_of_a_device_tree_is_harmless() {
        let root = Root::new(&[]).with_bytes("proc/device-tree/model", b"\x1b[2J<LAVA>\xff\n\x07board\0");
        assert_eq!(machine(root.path()).board.model.as_deref(), Some("[2J<LAVA>\u{fffd} board"));
    }

    /// What may be wrong with a file.
    #[derive(Debug, Clone)]
    enum Damage {
        Other(Vec<u8>),
        Cut(Index),
        Edit(Vec<(Index, u8)>),
        Insert(Index, String),
    }

    impl Damage {
        fn to(&self, file: &Path) {
            let mut bytes = std::fs::read(file).unwrap();
            match self {
                Damage::Other(other) => bytes.clone_from(other),
                Damage::Cut(place) => bytes.truncate(place.index(bytes.len() + 1)),
                Damage::Insert(place, text) => {
                    let place = place.index(bytes.len() + 1);
                    bytes.splice(place..place, text.bytes());
                }
                Damage::Edit(edits) => {
                    // An empty file has no byte to change.
                    let edits = if bytes.is_empty() { &[][..] } else { edits };
                    for (place, byte) in edits {
                        let place = place.index(bytes.len());
                        bytes[place] = *byte;
                    }
                }
            }
            std::fs::write(file, bytes).unwrap();
        }
    }

    fn damage() -> impl Strategy<Value = Damage> {
        // What the parsers look for, numbers at their limits, and characters of several bytes.
        let pieces =
            "(some|full|cpu|intr |ctxt |MemTotal:|processor\t:|CPU part: 0x|[0-9]{1,21}|[ :=,\n-]|kB|é|\\PC){0,24}";
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..64).prop_map(Damage::Other),
            pieces.prop_map(|text| Damage::Other(text.into_bytes())),
            (any::<Index>(), pieces).prop_map(|(place, text)| Damage::Insert(place, text)),
            any::<Index>().prop_map(Damage::Cut),
            prop::collection::vec(any::<(Index, u8)>(), 1..8).prop_map(Damage::Edit),
        ]
    }

    #[test]
    fn no_content_of_any_file_panics() {
        let whole = juno();
        let reading = crate::system::snapshot(whole.path());
        proptest!(|(damages in prop::collection::vec(damage(), 97))| {
            let board = juno();
            for (file, damage) in board.files().iter().zip(damages.iter().cycle()) {
                damage.to(file);
            }
            let found = machine(board.path());
            prop_assert_eq!(back(&found), found);
            let conditions = crate::system::between(&reading, &crate::system::snapshot(board.path()));
            let text = serde_json::to_string(&conditions).unwrap();
            prop_assert_eq!(serde_json::from_str::<crate::record::Conditions>(&text).unwrap(), conditions);
            let _ = crate::system::examine(board.path());
        });
    }
}
