//! The names of Arm processors. In: implementer and part of /proc/cpuinfo (the register MIDR_EL1). Out: what people call them.
//!
//! Only parts that are met on boards and servers: a number that is not here is shown as a number, which is no less exact.

/// Who an implementer number stands for.
pub(super) fn implementer(number: u32) -> Option<&'static str> {
    Some(match number {
        0x41 => "Arm",
        0x42 => "Broadcom",
        0x43 => "Cavium",
        0x46 => "Fujitsu",
        0x48 => "HiSilicon",
        0x4e => "NVIDIA",
        0x50 => "Applied Micro",
        0x51 => "Qualcomm",
        0x53 => "Samsung",
        0x56 => "Marvell",
        0x61 => "Apple",
        0x6d => "Microsoft",
        0xc0 => "Ampere",
        _ => return None,
    })
}

/// The name of a part.
pub(super) fn part(implementer: u32, part: u32) -> Option<&'static str> {
    match implementer {
        0x41 => arm(part),
        0x43 => Some(match part {
            0x0a1 => "ThunderX",
            0x0af => "ThunderX2",
            0x0b8 => "ThunderX3",
            _ => return None,
        }),
        0x46 => (part == 0x001).then_some("A64FX"),
        0x48 => (part == 0xd01).then_some("TaiShan v110"),
        0x4e => Some(match part {
            0x000 | 0x003 => "Denver",
            0x004 => "Carmel",
            0x010 => "Olympus",
            _ => return None,
        }),
        0x50 => (part == 0x000).then_some("X-Gene"),
        0x51 => qualcomm(part),
        0x6d => (part == 0xd49).then_some("Azure Cobalt 100"),
        0xc0 => Some(match part {
            0xac3 => "Ampere-1",
            0xac4 => "Ampere-1A",
            0xac5 => "Ampere-1B",
            _ => return None,
        }),
        _ => None,
    }
}

/// Arm's own parts.
const ARM: [(u32, &str); 52] = [
    (0xb76, "ARM1176"),
    (0xc05, "Cortex-A5"),
    (0xc07, "Cortex-A7"),
    (0xc08, "Cortex-A8"),
    (0xc09, "Cortex-A9"),
    (0xc0d, "Cortex-A17"),
    (0xc0e, "Cortex-A17"),
    (0xc0f, "Cortex-A15"),
    (0xd01, "Cortex-A32"),
    (0xd02, "Cortex-A34"),
    (0xd03, "Cortex-A53"),
    (0xd04, "Cortex-A35"),
    (0xd05, "Cortex-A55"),
    (0xd06, "Cortex-A65"),
    (0xd07, "Cortex-A57"),
    (0xd08, "Cortex-A72"),
    (0xd09, "Cortex-A73"),
    (0xd0a, "Cortex-A75"),
    (0xd0b, "Cortex-A76"),
    (0xd0c, "Neoverse-N1"),
    (0xd0d, "Cortex-A77"),
    (0xd0e, "Cortex-A76AE"),
    (0xd0f, "AEM-v8"),
    (0xd40, "Neoverse-V1"),
    (0xd41, "Cortex-A78"),
    (0xd42, "Cortex-A78AE"),
    (0xd43, "Cortex-A65AE"),
    (0xd44, "Cortex-X1"),
    (0xd46, "Cortex-A510"),
    (0xd47, "Cortex-A710"),
    (0xd48, "Cortex-X2"),
    (0xd49, "Neoverse-N2"),
    (0xd4a, "Neoverse-E1"),
    (0xd4b, "Cortex-A78C"),
    (0xd4c, "Cortex-X1C"),
    (0xd4d, "Cortex-A715"),
    (0xd4e, "Cortex-X3"),
    (0xd4f, "Neoverse-V2"),
    (0xd80, "Cortex-A520"),
    (0xd81, "Cortex-A720"),
    (0xd82, "Cortex-X4"),
    (0xd83, "Neoverse-V3AE"),
    (0xd84, "Neoverse-V3"),
    (0xd85, "Cortex-X925"),
    (0xd87, "Cortex-A725"),
    (0xd88, "Cortex-A520AE"),
    (0xd89, "Cortex-A720AE"),
    (0xd8b, "C1-Pro"),
    (0xd8c, "C1-Ultra"),
    (0xd8e, "Neoverse-N3"),
    (0xd8f, "Cortex-A320"),
    (0xd90, "C1-Premium"),
];

fn arm(part: u32) -> Option<&'static str> {
    ARM.iter().find(|(number, _)| *number == part).map(|(_, name)| *name)
}

/// Qualcomm's cores that are called after Arm's are derived from them.
fn qualcomm(part: u32) -> Option<&'static str> {
    Some(match part {
        0x001 => "Oryon",
        0x06f => "Krait",
        0x201 | 0x205 | 0x211 => "Kryo",
        0x800 => "Kryo 2xx Gold (Cortex-A73)",
        0x801 => "Kryo 2xx Silver (Cortex-A53)",
        0x802 => "Kryo 3xx Gold (Cortex-A75)",
        0x803 => "Kryo 3xx Silver (Cortex-A55)",
        0x804 => "Kryo 4xx Gold (Cortex-A76)",
        0x805 => "Kryo 4xx Silver (Cortex-A55)",
        0xc00 => "Falkor",
        0xc01 => "Saphira",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_parts_have_names() {
        assert_eq!(part(0x41, 0xd07), Some("Cortex-A57"));
        assert_eq!(part(0x41, 0xd0c), Some("Neoverse-N1"));
        assert_eq!(part(0x51, 0x804), Some("Kryo 4xx Gold (Cortex-A76)"));
        assert_eq!(part(0x41, 0xfff), None);
        assert_eq!(part(0x99, 0xd07), None);
        assert_eq!(implementer(0x41), Some("Arm"));
        assert_eq!(implementer(0x99), None);
    }
}
