//! Machines for tests: folders with a few files of /proc and /sys.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;

/// A root folder that is removed with this value.
pub(super) struct Root(TempDir);

impl Root {
    pub(super) fn new(files: &[(&str, &str)]) -> Root {
        // A hundred small files for each case of a property test: in memory where there is a folder for it.
        let root = Root(tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap());
        for (path, text) in files {
            root.write(path, text.as_bytes());
        }
        root
    }

    pub(super) fn with(self, path: &str, text: &str) -> Root {
        self.with_bytes(path, text.as_bytes())
    }

    pub(super) fn with_bytes(self, path: &str, bytes: &[u8]) -> Root {
        self.write(path, bytes);
        self
    }

    pub(super) fn write(&self, path: &str, bytes: &[u8]) {
        let file = self.0.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Every file, so that a test can overwrite each.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let (mut files, mut folders) = (Vec::new(), vec![self.0.path().to_owned()]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files.sort();
        files
    }
}

pub(super) fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

pub(super) const MEMINFO: &str = "MemTotal: 8049728 kB\nMemFree: 100 kB\nMemAvailable: 6000000 kB\nBuffers: 1 kB\n\
    Cached: 1 kB\nSwapCached: 0 kB\nActive: 1 kB\nInactive: 1 kB\nSwapTotal: 1024 kB\nSwapFree: 1024 kB\nDirty: 0 kB\n\
    Writeback: 0 kB\nMapped: 1 kB\nSlab: 1 kB\nCommitted_AS: 1 kB\nVmallocTotal: 1 kB\nVmallocUsed: 1 kB\nVmallocChunk: 0 kB\n\
    HugePages_Total: 4\nHugePages_Free: 4\nHugepagesize: 2048 kB\n";

/// An Arm Juno: four Cortex-A53 (0, 3, 4, 5) and two Cortex-A57 (1, 2), on a kernel with everything readable.
pub(super) fn juno() -> Root {
    let mut cpuinfo = String::new();
    for (cpu, part, variant, revision) in
        [(0, 3, 0, 3), (1, 7, 1, 0), (2, 7, 1, 0), (3, 3, 0, 3), (4, 3, 0, 3), (5, 3, 0, 3)]
    {
        cpuinfo += &format!(
            "processor\t: {cpu}\nBogoMIPS\t: 100.00\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\n\
             CPU architecture: 8\nCPU variant\t: 0x{variant}\nCPU part\t: 0xd0{part}\nCPU revision\t: {revision}\n\n"
        );
    }
    let root = Root::new(&JUNO).with("proc/cpuinfo", &cpuinfo).with("proc/meminfo", MEMINFO);
    let root = root.with_bytes("proc/config.gz", &gzip("CONFIG_HZ=250\nCONFIG_PROVE_LOCKING=y\n"));
    for cpu in 0..6 {
        let big = cpu == 1 || cpu == 2;
        let folder = format!("sys/devices/system/cpu/cpu{cpu}");
        root.write(&format!("{folder}/cpu_capacity"), if big { b"1024\n" } else { b"446\n" });
        root.write(&format!("{folder}/topology/thread_siblings_list"), format!("{cpu}\n").as_bytes());
        root.write(&format!("{folder}/topology/physical_package_id"), b"0\n");
    }
    for (policy, cpus, khz) in [(0, "0 3 4 5", 950_000), (1, "1 2", 1_100_000)] {
        let folder = format!("sys/devices/system/cpu/cpufreq/policy{policy}");
        for (file, text) in
            [("affected_cpus", cpus), ("scaling_driver", "scpi-cpufreq"), ("scaling_governor", "schedutil")]
        {
            root.write(&format!("{folder}/{file}"), format!("{text}\n").as_bytes());
        }
        for (file, value) in [("scaling_min_freq", 450_000), ("scaling_max_freq", khz), ("cpuinfo_max_freq", khz)] {
            root.write(&format!("{folder}/{file}"), format!("{value}\n").as_bytes());
        }
        root.write(&format!("{folder}/scaling_cur_freq"), format!("{khz}\n").as_bytes());
    }
    root
}

const JUNO: [(&str, &str); 37] = [
    ("proc/sys/kernel/osrelease", "6.6.30\n"),
    ("proc/sys/kernel/version", "#1 SMP PREEMPT Mon\n"),
    ("proc/sys/kernel/arch", "aarch64\n"),
    ("proc/sys/kernel/tainted", "512\n"),
    ("proc/sys/kernel/printk", "7\t4\t1\t7\n"),
    ("proc/sys/kernel/printk_devkmsg", "off\n"),
    ("proc/cmdline", "console=ttyAMA0,115200n8 root=/dev/nfs\n"),
    ("proc/loadavg", "4.25 0.10 0.05 2/99 1234\n"),
    (
        "proc/stat",
        "cpu 10 0 10 900 0 0 0 5 0 0\ncpu0 10 0 10 900 0 0 0 5 0 0\nintr 7000 0 1\nctxt 800\nbtime 1\nprocesses 9\n",
    ),
    ("proc/vmstat", "nr_free_pages 1\npswpin 10\npswpout 20\n"),
    ("proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=100\n"),
    (
        "proc/pressure/memory",
        "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
    ),
    ("proc/pressure/io", "some avg10=0.00 avg60=0.00 avg300=0.00 total=300\n"),
    ("proc/device-tree/model", "ARM Juno development board (r1)\0"),
    ("proc/device-tree/compatible", "arm,juno-r1\0arm,juno\0arm,vexpress\0"),
    ("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n# ID=other\n"),
    ("sys/devices/system/cpu/online", "0-5\n"),
    ("sys/devices/system/cpu/possible", "0-5\n"),
    ("sys/devices/system/cpu/smt/active", "0\n"),
    ("sys/devices/system/cpu/cpu0/cache/index0/level", "1\n"),
    ("sys/devices/system/cpu/cpu0/cache/index0/type", "Data\n"),
    ("sys/devices/system/cpu/cpu0/cache/index0/size", "32K\n"),
    ("sys/devices/system/cpu/cpufreq/boost", "1\n"),
    ("sys/devices/system/cpu/vulnerabilities/meltdown", "Not affected\n"),
    ("sys/devices/system/cpu/vulnerabilities/spectre_v2", "Mitigation: Branch predictor hardening\n"),
    ("sys/devices/system/clocksource/clocksource0/current_clocksource", "arch_sys_counter\n"),
    ("sys/devices/system/clocksource/clocksource0/available_clocksource", "arch_sys_counter jiffies \n"),
    ("sys/devices/system/node/online", "0\n"),
    ("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"),
    ("sys/class/thermal/thermal_zone0/temp", "45000\n"),
    ("sys/class/thermal/thermal_zone1/temp", "-274000\n"),
    ("sys/class/thermal/cooling_device0/type", "cpufreq-cpu0\n"),
    ("sys/class/thermal/cooling_device0/cur_state", "0\n"),
    ("sys/class/thermal/cooling_device1/type", "pwm-fan\n"),
    ("sys/class/thermal/cooling_device1/cur_state", "1\n"),
    ("sys/devices/platform/soc/soc:firmware/get_throttled", "0\n"),
    ("sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count", "5\n"),
];
