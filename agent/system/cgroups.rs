//! The control groups that the agent is in. In: /proc/self/cgroup, /proc/self/mountinfo and the files of these groups. Out:
//! where they are, and what their limits did.

use super::files::lines;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// The most groups above each other that are looked at.
const DEPTH: usize = 32;

/// Counters of all groups that the agent is in, since these were made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Limited {
    /// How long a quota of CPU time was used up, in microseconds, summed over groups and CPUs.
    pub(super) quota_stall_us: Option<u64>,
    /// Processes that were killed because memory ran out.
    pub(super) oom_kills: Option<u64>,
}

/// What limits did to the groups that the agent is in, from its own up to the root.
pub(super) fn limited(root: &Path) -> Limited {
    let mut limited = Limited::default();
    let add = |sum: &mut Option<u64>, count: Option<u64>| {
        if let Some(count) = count {
            *sum = Some(sum.unwrap_or(0).saturating_add(count));
        }
    };
    for folder in folders(root, &["", "cpu"]) {
        let stat = lines(root, &format!("{folder}/cpu.stat")).unwrap_or_default();
        // Microseconds of version 2, nanoseconds of version 1.
        let us = value(&stat, "throttled_usec").or_else(|| value(&stat, "throttled_time").map(|ns| ns / 1000));
        add(&mut limited.quota_stall_us, us);
        let events = lines(root, &format!("{folder}/memory.events")).unwrap_or_default();
        add(&mut limited.oom_kills, value(&events, "oom_kill"));
    }
    limited
}

/// The agent's own group of version 2, and where its file system is mounted; `None` without one.
pub fn own_group(root: &Path) -> Option<(PathBuf, PathBuf)> {
    let (mount, group) = places(root, "")?;
    Some((root.join(mount), root.join(group)))
}

/// A line `name value` of `text`.
fn value(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
}

/// The folders of the groups that the agent is in, for each of `controllers`; the one of version 2 is called "".
fn folders(root: &Path, controllers: &[&str]) -> BTreeSet<String> {
    let mut folders = BTreeSet::new();
    for (mount, group) in controllers.iter().filter_map(|controller| places(root, controller)) {
        let mut folder = group;
        for _ in 0..DEPTH {
            folders.insert(folder.clone());
            match folder.rsplit_once('/') {
                Some((above, _)) if above.len() >= mount.len() => folder = above.to_string(),
                _ => break,
            }
        }
    }
    folders
}

/// Where the hierarchy of `controller` is mounted, and the agent's own group in it: paths below the root, without a slash in
/// front.
fn places(root: &Path, controller: &str) -> Option<(String, String)> {
    let of_controller = |line: &str| {
        let (_, rest) = line.split_once(':')?;
        let (names, path) = rest.split_once(':')?;
        names.split(',').any(|name| name == controller).then(|| path.to_string())
    };
    let path = lines(root, "proc/self/cgroup")?.lines().find_map(of_controller)?;
    let mounts = lines(root, "proc/self/mountinfo")?;
    let (top, mount) = mounts.lines().find_map(|line| mounted(line, controller))?;
    // What is above the mounted group cannot be seen, and neither can a group outside of it.
    let below = path.strip_prefix(top.trim_end_matches('/'))?;
    let inside = (below.is_empty() || below.starts_with('/')) && !below.split('/').any(|part| part == "..");
    let mount = mount.trim_matches('/').to_string();
    inside.then(|| (mount.clone(), format!("{mount}{}", below.trim_end_matches('/'))))
}

/// The group that a line of mountinfo mounts, and where, if it has the hierarchy of `controller`.
fn mounted(line: &str, controller: &str) -> Option<(String, String)> {
    let (front, back) = line.split_once(" - ")?;
    let mut front = front.split(' ').skip(3);
    let mut back = back.split(' ');
    let (kind, options) = (back.next()?, back.nth(1)?);
    let right = match controller {
        "" => kind == "cgroup2",
        controller => kind == "cgroup" && options.split(',').any(|option| option == controller),
    };
    right.then_some((front.next()?.to_string(), front.next()?.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::fixtures::Root;

    const MOUNTS: &str = "\
        31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n\
        32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n\
        41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

    #[test]
    fn every_group_above_counts_in_both_versions() {
        let root = Root::new(&[
            ("proc/self/mountinfo", MOUNTS),
            ("proc/self/cgroup", "4:cpu,cpuacct:/a/b\n1:name=systemd:/x\n0::/c/d\n"),
            ("sys/fs/cgroup/unified/c/d/cpu.stat", "usage_usec 7\nthrottled_usec 1000\n"),
            ("sys/fs/cgroup/unified/c/cpu.stat", "usage_usec 7\nnr_throttled 5\nthrottled_usec 200\n"),
            ("sys/fs/cgroup/unified/c/memory.events", "oom 9\noom_kill 3\n"),
            ("sys/fs/cgroup/unified/other/cpu.stat", "throttled_usec 7777\n"),
            ("sys/fs/cgroup/cpu,cpuacct/a/cpu.stat", "nr_periods 4\nthrottled_time 30000\n"),
        ]);
        assert_eq!(limited(root.path()), Limited { quota_stall_us: Some(1230), oom_kills: Some(3) });
        let mount = root.path().join("sys/fs/cgroup/unified");
        assert_eq!(own_group(root.path()), Some((mount.clone(), mount.join("c/d"))));
    }

    #[test]
    fn a_container_sees_its_own_group_as_the_mount() {
        let mounts = "9 8 0:2 /docker/1 /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n";
        let of = |group: &str| {
            let root = Root::new(&[("proc/self/mountinfo", mounts), ("proc/self/cgroup", group)]);
            own_group(root.path()).map(|(_, group)| group.strip_prefix(root.path()).unwrap().to_path_buf())
        };
        assert_eq!(of("0::/docker/1/x\n"), Some("sys/fs/cgroup/x".into()));
        assert_eq!(of("0::/docker/1\n"), Some("sys/fs/cgroup".into()));
        assert_eq!(of("0::/docker/12\n"), None);
        assert_eq!(of("0::/docker/1/../2\n"), None);
        assert_eq!(limited(Root::new(&[]).path()), Limited::default());
    }
}
