//! Control groups of version 2: a group for each command, below the agent's own -> what all processes of the command used, and
//! nothing of it that outlives it. Without them, where the agent may not make groups, commands run as they are.

use crate::{
    record::{GroupUsage, Tuned},
    system::{cpus, memory_total, own_group},
};
use std::{
    cell::Cell,
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    process, thread,
    time::{Duration, Instant},
};

/// What the name of the agent's folder begins with; its number follows.
const PREFIX: &str = "lava-bench.";

/// Controllers that count and bound. The one for CPUs stays off: it changes how tasks take turns.
const CONTROLLERS: [&str; 2] = ["memory", "io"];

/// The controller that keeps tasks on some CPUs, and what it is called in the record.
pub const CPUSET: &str = "cpuset";

/// The share of the machine's memory from which on a command is slowed down, in per cent.
const MEMORY_HIGH: u64 = 90;

/// How long a group has to be empty after its processes were killed, before it is left.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often it is looked whether it is empty.
const GLANCE: Duration = Duration::from_millis(2);

/// The most levels of groups that a command may have made itself, and the most groups of one level, that are removed.
const LEVELS: usize = 8;
const GROUPS: usize = 4096;

/// The agent's folder of groups. It is removed with the value.
#[derive(Debug)]
pub struct Cgroups {
    own: PathBuf,
    folder: PathBuf,
    /// Controllers that are on because of us.
    added: Vec<&'static str>,
    made: Cell<u32>,
}

/// Why commands cannot be kept on some CPUs.
#[derive(Debug, thiserror::Error)]
pub enum CpusetError {
    /// The controller cannot be switched on.
    #[error("--cpuset: {file}: {error}\nhint: `taskset --cpu-list {cpus} lava-bench run ...` needs no control group")]
    Unavailable {
        /// The file that was written.
        file: String,
        /// What the kernel said.
        error: io::Error,
        /// What was wanted.
        cpus: String,
    },
    /// The kernel uses other ones.
    #[error(
        "--cpuset: of the CPUs {wanted} the kernel gives {given}\nhint: /sys/devices/system/cpu/online names those that there are"
    )]
    Others {
        /// What was wanted.
        wanted: String,
        /// What the commands would run on.
        given: String,
    },
}

/// The group of one command.
#[derive(Clone, Debug)]
pub struct Cgroup(PathBuf);

impl Cgroups {
    /// Makes a folder in the agent's own group on the machine below `root`; `None` where that is not possible. What agents
    /// left that were killed is removed.
    ///
    /// Nothing is made outside of the agent's own group, so whatever limits somebody has set hold for the commands too.
    #[must_use]
    pub fn make(root: &Path) -> Option<Self> {
        let (_, own) = own_group(root)?;
        remove_stale(root, &own);
        let folder = own.join(format!("{PREFIX}{}", process::id()));
        fs::create_dir(&folder).ok()?;
        // Below a group with processes in it there are no controllers, unless it is the root.
        let is_on =
            |controller: &&&str| read(&own, "cgroup.subtree_control").split_whitespace().any(|on| on == **controller);
        let off = CONTROLLERS.iter().filter(|controller| !is_on(controller));
        let added = off.copied().filter(|controller| switch(&own, '+', controller).is_ok()).collect();
        CONTROLLERS.iter().for_each(|controller| drop(switch(&folder, '+', controller)));
        if let Some(total) = memory_total(root) {
            let _ = write(&folder, "memory.high", &(total / 100 * MEMORY_HIGH).to_string());
        }
        Some(Self { own, folder, added, made: Cell::new(0) })
    }

    /// Keeps all commands on `wanted`, which are sorted: what was set, as the record has it.
    ///
    /// # Errors
    /// That the kernel has no such controller here, or that it does not give all of these CPUs.
    pub fn keep_on(&mut self, wanted: &[usize]) -> Result<Tuned, CpusetError> {
        let wanted = cpus::print(wanted);
        let tried = |file: &Path, result: io::Result<()>| {
            let file = file.display().to_string();
            result.map_err(|error| CpusetError::Unavailable { file, error, cpus: wanted.clone() })
        };
        if !read(&self.own, "cgroup.subtree_control").split_whitespace().any(|on| on == CPUSET) {
            tried(&self.own.join("cgroup.subtree_control"), switch(&self.own, '+', CPUSET))?;
            self.added.push(CPUSET);
        }
        let before = read(&self.folder, "cpuset.cpus.effective").trim().to_string();
        let file = self.folder.join("cpuset.cpus");
        tried(&file, write(&self.folder, "cpuset.cpus", &wanted))?;
        let given = read(&self.folder, "cpuset.cpus.effective").trim().to_string();
        if given != wanted {
            return Err(CpusetError::Others { wanted, given });
        }
        let path = Some(file.display().to_string());
        // The group goes with the run, and what it set goes with it.
        Ok(Tuned { knob: CPUSET.into(), path, before: Some(before), during: Some(given), restored: true })
    }

    /// Removes what this program has made, where nothing is dropped any more.
    pub(super) fn remove(root: &Path) {
        if let Some((_, own)) = own_group(root) {
            end(&own.join(format!("{PREFIX}{}", process::id())));
        }
    }

    /// A group for a command.
    #[must_use]
    pub fn group(&self) -> Option<Cgroup> {
        let number = self.made.get();
        self.made.set(number.wrapping_add(1));
        let folder = self.folder.join(number.to_string());
        fs::create_dir(&folder).ok()?;
        Some(Cgroup(folder))
    }
}

impl Drop for Cgroups {
    fn drop(&mut self) {
        end(&self.folder);
        self.added.iter().for_each(|controller| drop(switch(&self.own, '-', controller)));
    }
}

impl Cgroup {
    /// What a process writes 0 to, to be in the group.
    pub(super) fn door(&self) -> io::Result<File> {
        OpenOptions::new().write(true).open(self.0.join("cgroup.procs"))
    }

    /// What its processes used so far; `None` where none was in it.
    pub(super) fn usage(&self) -> Option<GroupUsage> {
        let cpu_us = value(&read(&self.0, "cpu.stat"), "usage_usec").filter(|us| *us > 0)?;
        let stall = |resource, whose| stall(&read(&self.0, &format!("{resource}.pressure")), whose).unwrap_or(0);
        let disks = read(&self.0, "io.stat");
        let has_disks = self.0.join("io.stat").exists();
        let moved = |name: &str| has_disks.then(|| disk_bytes(&disks, name));
        Some(GroupUsage {
            cpu_us,
            cpu_stall_us: stall("cpu", "some "),
            cpu_full_stall_us: stall("cpu", "full "),
            memory_stall_us: stall("memory", "some "),
            io_stall_us: stall("io", "some "),
            memory_peak_bytes: read(&self.0, "memory.peak").trim().parse().ok(),
            read_bytes: moved("rbytes="),
            written_bytes: moved("wbytes="),
        })
    }

    /// Kills whatever is in it.
    pub(super) fn kill(&self) {
        kill(&self.0);
    }

    /// Removes it. What cannot be killed keeps it, until the agent's folder is removed.
    pub(super) fn remove(&self) {
        end(&self.0);
    }
}

/// Removes the folders of agents that are gone, and one with our own number: it is of an earlier process.
fn remove_stale(root: &Path, own: &Path) {
    for folder in groups_in(own) {
        let name = folder.file_name().and_then(|name| name.to_str());
        let Some(pid) = name.and_then(|name| name.strip_prefix(PREFIX)?.parse::<u32>().ok()) else { continue };
        if pid == process::id() || !root.join(format!("proc/{pid}")).exists() {
            end(&folder);
        }
    }
}

/// Kills what is in the group `folder`, and removes it with the groups in it.
fn end(folder: &Path) {
    let begun = Instant::now();
    while !removed(folder, LEVELS) && begun.elapsed() < PATIENCE {
        kill(folder);
        thread::sleep(GLANCE);
    }
}

/// Whether the group `folder` is gone now, with the groups in it.
fn removed(folder: &Path, levels: usize) -> bool {
    match fs::remove_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            levels > 0
                && groups_in(folder).iter().filter(|group| removed(group, levels - 1)).count() > 0
                && fs::remove_dir(folder).is_ok()
        }
        _ => true,
    }
}

/// Kills what is in the group `folder` and below it. Kernels before 5.14 do not do that at once.
fn kill(folder: &Path) {
    if write(folder, "cgroup.kill", "1").is_ok() {
        return;
    }
    let pids = read(folder, "cgroup.procs");
    for pid in pids.lines().filter_map(|line| line.parse().ok()).filter(|pid| *pid > 0) {
        let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL);
    }
}

fn groups_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let folders = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.take(GROUPS).map(|entry| entry.path()).collect()
}

fn switch(folder: &Path, sign: char, controller: &str) -> io::Result<()> {
    write(folder, "cgroup.subtree_control", &format!("{sign}{controller}"))
}

/// Writes to a file of a group that is there already.
fn write(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    io::Write::write_all(&mut OpenOptions::new().write(true).open(folder.join(name))?, text.as_bytes())
}

/// A file of a group; the kernel makes none larger than some pages.
fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_default()
}

/// A line `name value`.
fn value(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

/// The total of the line of a file *.pressure that begins with `whose`.
fn stall(pressure: &str, whose: &str) -> Option<u64> {
    let line = pressure.lines().find(|line| line.starts_with(whose))?;
    line.rsplit_once("total=")?.1.parse().ok()
}

/// The sum over all disks of io.stat.
fn disk_bytes(disks: &str, name: &str) -> u64 {
    let words = disks.split_whitespace().filter_map(|word| word.strip_prefix(name)?.parse().ok());
    words.fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{os::unix::process::CommandExt, process::Command};

    /// A folder that looks like a group with processes in it that used something.
    fn used() -> (tempfile::TempDir, Cgroup) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("cpu.stat", "usage_usec 1500\nuser_usec 1000\n"),
            (
                "cpu.pressure",
                "some avg10=0.00 avg60=0.00 avg300=0.00 total=70\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=60\n",
            ),
            ("memory.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n"),
            ("memory.peak", "8192\n"),
            ("io.stat", "8:0 rbytes=100 wbytes=7 rios=1\n8:16 rbytes=11 wbytes=0\n"),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let cgroup = Cgroup(folder.path().into());
        (folder, cgroup)
    }

    #[test]
    fn what_a_group_used_is_read_from_its_files() {
        let (folder, cgroup) = used();
        let expected = GroupUsage {
            cpu_us: 1500,
            cpu_stall_us: 70,
            cpu_full_stall_us: 60,
            memory_stall_us: 5,
            io_stall_us: 0,
            memory_peak_bytes: Some(8192),
            read_bytes: Some(111),
            written_bytes: Some(7),
        };
        assert_eq!(cgroup.usage(), Some(expected));
        fs::remove_file(folder.path().join("io.stat")).unwrap();
        fs::remove_file(folder.path().join("memory.peak")).unwrap();
        let expected = GroupUsage { memory_peak_bytes: None, read_bytes: None, written_bytes: None, ..expected };
        assert_eq!(cgroup.usage(), Some(expected));
        fs::write(folder.path().join("cpu.stat"), "usage_usec 0\n").unwrap();
        assert_eq!(cgroup.usage(), None, "nothing was in it");
    }

    /// A machine whose group of the agent is an ordinary folder.
    fn machine() -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::tempdir().unwrap();
        let own = root.path().join("cg/job");
        fs::create_dir_all(&own).unwrap();
        fs::create_dir_all(root.path().join("proc/self")).unwrap();
        fs::write(root.path().join("proc/self/cgroup"), "0::/job\n").unwrap();
        fs::write(root.path().join("proc/self/mountinfo"), "9 8 0:2 / /cg rw - cgroup2 cgroup2 rw\n").unwrap();
        (root, own)
    }

    #[test]
    fn groups_are_made_below_the_agents_own_and_removed() {
        let (root, own) = machine();
        fs::create_dir_all(own.join("lava-bench.4194304/0/made by the command")).unwrap();
        fs::create_dir_all(own.join("another")).unwrap();
        let cgroups = Cgroups::make(root.path()).unwrap();
        assert!(!own.join("lava-bench.4194304").exists(), "that agent is gone");
        let (one, two) = (cgroups.group().unwrap(), cgroups.group().unwrap());
        assert!(one.0.starts_with(own.join(format!("lava-bench.{}", process::id()))) && one.0 != two.0);
        one.remove();
        assert!(!one.0.exists() && two.0.exists());
        drop(cgroups);
        let left: Vec<PathBuf> = groups_in(&own);
        assert_eq!(left, [own.join("another")]);
    }

    #[test]
    fn commands_are_kept_on_the_cpus_that_the_kernel_gives() {
        let (root, own) = machine();
        let mut cgroups = Cgroups::make(root.path()).unwrap();
        let error = cgroups.keep_on(&[1]).unwrap_err().to_string();
        assert!(
            error.contains("cgroup.subtree_control: No such file") && error.contains("taskset --cpu-list 1 "),
            "{error}"
        );
        fs::write(own.join("cgroup.subtree_control"), "").unwrap();
        fs::write(cgroups.folder.join("cpuset.cpus"), "\n").unwrap();
        fs::write(cgroups.folder.join("cpuset.cpus.effective"), "0-2\n").unwrap();
        let tuned = cgroups.keep_on(&[0, 1, 2]).unwrap();
        assert_eq!((tuned.knob.as_str(), tuned.during.as_deref(), tuned.restored), ("cpuset", Some("0-2"), true));
        assert_eq!(fs::read_to_string(cgroups.folder.join("cpuset.cpus")).unwrap(), "0-2");
        let error = cgroups.keep_on(&[2, 3]).unwrap_err().to_string();
        assert!(error.contains("of the CPUs 2-3 the kernel gives 0-2"), "{error}");
        fs::remove_dir_all(&cgroups.folder).unwrap();
    }

    #[test]
    fn without_version_2_there_are_none() {
        assert!(Cgroups::make(tempfile::tempdir().unwrap().path()).is_none());
    }

    #[test]
    #[expect(clippy::print_stderr, reason = "a test that skips says so")]
    fn what_leaves_its_process_group_does_not_leave_its_control_group() {
        let Some(cgroups) = Cgroups::make(Path::new("/")) else {
            eprintln!("skipped: no cgroup of version 2 that may be written");
            return;
        };
        let cgroup = cgroups.group().unwrap();
        let door = cgroup.door().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "setsid sh -c 'while :; do :; done' & sleep 0.2"]);
        let enter = move || io::Write::write_all(&mut &door, b"0");
        // SAFETY: between fork and exec only write(2) is called.
        unsafe { command.pre_exec(enter) };
        assert!(command.status().unwrap().success());
        let used = cgroup.usage().unwrap();
        assert!(used.cpu_us > 0, "{used:?}");
        assert!(!read(&cgroup.0, "cgroup.procs").is_empty(), "the loop is there still");
        cgroup.kill();
        cgroup.remove();
        assert!(!cgroup.0.exists());
        let folder = cgroups.folder.clone();
        drop(cgroups);
        assert!(!folder.exists());
    }
}
