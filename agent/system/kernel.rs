//! The kernel's own facts. In: /proc, /sys and /boot below a root. Out: [`Kernel`] and the preemption model.

use std::{collections::BTreeMap, io::Read, path::Path};

use data_encoding::HEXLOWER;
use flate2::read::GzDecoder;
use nix::sys::utsname::uname;
use sha2::{Digest, Sha256};

use super::{
    files::{TEXT_BYTES, bytes, chosen, clean, lines, number, text},
    is_this_machine,
};
use crate::record::{Kernel, KernelConfig};

/// The bound of the command line: the largest COMMAND_LINE_SIZE of the kernel's architectures.
const COMMAND_LINE_BYTES: usize = 4096;

/// The bound of a configuration, uncompressed. A distribution's has 300 KiB; more is a bomb.
const CONFIG_BYTES: usize = 4 << 20;

/// The options that change performance, without `CONFIG_`. Those that are set get into the record.
const OPTIONS: &[&str] = &[
    // The compiler, and its settings for speed and protection.
    "CC_VERSION_TEXT",
    "CC_OPTIMIZE_FOR_SIZE",
    "LTO_CLANG_FULL",
    "LTO_CLANG_THIN",
    "AUTOFDO_CLANG",
    "CFI",
    "CFI_CLANG",
    "SHADOW_CALL_STACK",
    "INIT_STACK_ALL_ZERO",
    "INIT_STACK_ALL_PATTERN",
    "INIT_ON_ALLOC_DEFAULT_ON",
    "INIT_ON_FREE_DEFAULT_ON",
    "CPU_MITIGATIONS",
    "SPECULATION_MITIGATIONS",
    "MITIGATION_PAGE_TABLE_ISOLATION",
    "UNMAP_KERNEL_AT_EL0",
    // Ticks, preemption and scheduling.
    "HZ",
    "HZ_PERIODIC",
    "NO_HZ_IDLE",
    "NO_HZ_FULL",
    "PREEMPT",
    "PREEMPT_NONE",
    "PREEMPT_VOLUNTARY",
    "PREEMPT_LAZY",
    "PREEMPT_DYNAMIC",
    "PREEMPT_RT",
    "SCHED_SMT",
    "SCHED_MC",
    "SCHED_CLUSTER",
    "SCHED_CORE",
    "SCHED_AUTOGROUP",
    "SCHED_CLASS_EXT",
    "UCLAMP_TASK",
    "NUMA",
    "NUMA_BALANCING",
    // Memory.
    "ARM64_4K_PAGES",
    "ARM64_16K_PAGES",
    "ARM64_64K_PAGES",
    "TRANSPARENT_HUGEPAGE_ALWAYS",
    "TRANSPARENT_HUGEPAGE_MADVISE",
    "SLUB_TINY",
    // Debugging: the cheap that are often on, then those that spoil a measurement.
    "FTRACE",
    "FUNCTION_TRACER",
    "SLUB_DEBUG",
    "SLUB_DEBUG_ON",
    "DEBUG_LIST",
    "DEBUG_VM",
    "DEBUG_PREEMPT",
    "DEBUG_OBJECTS",
    "DEBUG_PAGEALLOC",
    "DEBUG_KMEMLEAK",
    "DEBUG_ATOMIC_SLEEP",
    "DEBUG_SPINLOCK",
    "DEBUG_MUTEXES",
    "DEBUG_LOCK_ALLOC",
    "LOCK_STAT",
    "LOCKDEP",
    "PROVE_LOCKING",
    "GCOV_KERNEL",
    "KCOV",
    "KFENCE",
    "UBSAN",
    "KASAN",
    "KASAN_GENERIC",
    "KASAN_SW_TAGS",
    "KASAN_HW_TAGS",
    "KCSAN",
    "KMSAN",
];

/// The kernel's facts.
pub(super) fn kernel(root: &Path) -> Kernel {
    let mut kernel = Kernel {
        release: text(root, "proc/sys/kernel/osrelease"),
        version: text(root, "proc/sys/kernel/version"),
        architecture: text(root, "proc/sys/kernel/arch"),
        command_line: lines(root, "proc/cmdline").and_then(|line| clean(&line, COMMAND_LINE_BYTES)),
        config: None,
        tainted: number(root, "proc/sys/kernel/tainted"),
    };
    // The system call answers where /proc is not mounted; and the file of the architecture is new in Linux 6.1.
    if is_this_machine(root)
        && let Ok(names) = uname()
    {
        let fact = |name: &std::ffi::OsStr| clean(&name.to_string_lossy(), TEXT_BYTES);
        kernel.release = fact(names.release()).or(kernel.release);
        kernel.version = fact(names.version()).or(kernel.version);
        kernel.architecture = fact(names.machine()).or(kernel.architecture);
    }
    kernel.config = config(root, kernel.release.as_deref());
    kernel
}

/// The text of the running kernel's configuration.
pub fn kernel_config(root: &Path) -> Option<String> {
    let release = kernel(root).release;
    let (text, _) = config_text(root, release.as_deref())?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// The configuration of the running kernel.
fn config(root: &Path, release: Option<&str>) -> Option<KernelConfig> {
    let (text, source) = config_text(root, release)?;
    let sha256 = HEXLOWER.encode(&Sha256::digest(&text));
    Some(KernelConfig { sha256, source, options: options(&String::from_utf8_lossy(&text)) })
}

/// Its text and where that stands: from the kernel itself or from where distributions put it.
fn config_text(root: &Path, release: Option<&str>) -> Option<(Vec<u8>, String)> {
    let from_kernel = || {
        let text = inflated(&bytes(root, "proc/config.gz", CONFIG_BYTES)?)?;
        Some((text, "/proc/config.gz".to_owned()))
    };
    let from_boot = || {
        let source = format!("boot/config-{}", release.filter(|release| !release.contains('/'))?);
        Some((bytes(root, &source, CONFIG_BYTES)?, format!("/{source}")))
    };
    from_kernel().or_else(from_boot)
}

fn inflated(compressed: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let bound = u64::try_from(CONFIG_BYTES).ok()?;
    GzDecoder::new(compressed).take(bound + 1).read_to_end(&mut text).ok()?;
    (text.len() <= CONFIG_BYTES).then_some(text)
}

/// The lines `CONFIG_X=value` that are in [`OPTIONS`]. procfs has a parser too, which keeps all 6,000 of them in memory.
fn options(config: &str) -> BTreeMap<String, String> {
    config
        .lines()
        .filter_map(|line| {
            let (name, value) = line.strip_prefix("CONFIG_")?.split_once('=')?;
            let value = clean(value.trim().trim_matches('"'), TEXT_BYTES)?;
            OPTIONS.contains(&name).then(|| (name.to_owned(), value))
        })
        .collect()
}

/// The preemption model, from the surest source that answers.
pub(super) fn preemption(root: &Path, kernel: &Kernel) -> Option<String> {
    let version = kernel.version.as_deref().unwrap_or_default();
    let has = |flavour: &str| version.split_whitespace().any(|word| word == flavour);
    if has("PREEMPT_RT") || number(root, "sys/kernel/realtime") == Some(1) {
        return Some("rt".to_owned());
    }
    // Only root may read it, and only where debugfs is mounted.
    let debug = text(root, "sys/kernel/debug/sched/preempt");
    if let Some(model) = debug.as_deref().and_then(chosen) {
        return Some(model.to_owned());
    }
    if has("PREEMPT_DYNAMIC") {
        let words = kernel.command_line.as_deref().unwrap_or_default().split_whitespace();
        // Of several the last counts. What stands after `--` is for init.
        let asked = words.take_while(|word| *word != "--").filter_map(|word| word.strip_prefix("preempt=")).last();
        return Some(asked.or_else(|| configured(kernel)).unwrap_or("dynamic").to_owned());
    }
    if has("PREEMPT") { Some("full".to_owned()) } else { configured(kernel).map(str::to_owned) }
}

/// The model that the kernel was built for, and starts with where it can switch.
fn configured(kernel: &Kernel) -> Option<&'static str> {
    const MODELS: [(&str, &str); 4] =
        [("PREEMPT", "full"), ("PREEMPT_LAZY", "lazy"), ("PREEMPT_VOLUNTARY", "voluntary"), ("PREEMPT_NONE", "none")];
    let options = &kernel.config.as_ref()?.options;
    MODELS.into_iter().find(|(option, _)| options.contains_key(*option)).map(|(_, model)| model)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::fixtures::{Root, gzip};

    #[test]
    fn the_configuration_is_a_digest_and_a_few_options() {
        let text = "# CONFIG_KASAN is not set\nCONFIG_HZ=250\nCONFIG_CC_VERSION_TEXT=\"gcc 12\"\nCONFIG_USB=y\n";
        let root = Root::new(&[("proc/sys/kernel/osrelease", "6.1\n")]).with_bytes("proc/config.gz", &gzip(text));
        let config = kernel(root.path()).config.unwrap();
        assert_eq!(config.source, "/proc/config.gz");
        assert_eq!(config.sha256, HEXLOWER.encode(&Sha256::digest(text)));
        let options: Vec<_> = config.options.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(options, [("CC_VERSION_TEXT", "gcc 12"), ("HZ", "250")]);

        let root = Root::new(&[("proc/sys/kernel/osrelease", "6.1\n"), ("boot/config-6.1", text)]);
        assert_eq!(kernel(root.path()).config, Some(KernelConfig { source: "/boot/config-6.1".to_owned(), ..config }));
    }

    #[test]
    fn a_configuration_that_is_cut_or_a_bomb_is_none() {
        let whole = gzip("CONFIG_HZ=250\n");
        let cut = Root::new(&[]).with_bytes("proc/config.gz", &whole[..whole.len() - 4]);
        assert_eq!(kernel(cut.path()).config, None);
        let bomb = Root::new(&[]).with_bytes("proc/config.gz", &gzip(&"#".repeat(CONFIG_BYTES + 1)));
        assert_eq!(kernel(bomb.path()).config, None);
        let outside = Root::new(&[("proc/sys/kernel/osrelease", "../../boot/x"), ("boot/x", "CONFIG_HZ=1")]);
        assert_eq!(kernel(outside.path()).config, None);
    }

    #[test]
    fn preemption_is_found_in_each_of_its_places() {
        let model = |files: &[(&str, &str)]| {
            let root = Root::new(files);
            preemption(root.path(), &kernel(root.path()))
        };
        let dynamic = ("proc/sys/kernel/version", "#1 SMP PREEMPT_DYNAMIC Mon");
        assert_eq!(model(&[dynamic]).as_deref(), Some("dynamic"));
        let built = ("boot/config-6.1", "CONFIG_PREEMPT_VOLUNTARY=y\n");
        let release = ("proc/sys/kernel/osrelease", "6.1");
        assert_eq!(model(&[dynamic, release, built]).as_deref(), Some("voluntary"));
        assert_eq!(model(&[release, ("boot/config-6.1", "CONFIG_PREEMPT_NONE=y\n")]).as_deref(), Some("none"));
        let asked = ("proc/cmdline", "preempt=none preempt=full quiet -- preempt=x");
        assert_eq!(model(&[dynamic, asked]).as_deref(), Some("full"));
        let debug = ("sys/kernel/debug/sched/preempt", "none (voluntary) full\n");
        assert_eq!(model(&[dynamic, asked, debug]).as_deref(), Some("voluntary"));
        assert_eq!(model(&[("proc/sys/kernel/version", "#1 SMP PREEMPT_RT Mon")]).as_deref(), Some("rt"));
        assert_eq!(model(&[("proc/sys/kernel/version", "#1 PREEMPT Mon")]).as_deref(), Some("full"));
        assert_eq!(model(&[("proc/sys/kernel/version", "#1 SMP Mon")]), None);
    }
}
