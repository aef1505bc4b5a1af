//! How processors, caches and memory are laid out, as MMTests counts them. In: /sys below a root. Out: [`Layout`].

use super::{
    cpus,
    files::{numbered, text},
};
use std::{collections::BTreeSet, path::Path};

const CPU: &str = "sys/devices/system/cpu";

/// The numbers of parts of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The processors, those that are switched off too.
    pub cpus: usize,
    /// The processors that run.
    pub online: usize,
    /// The threads of a core.
    pub threads_per_core: usize,
    /// The caches of the last level; 0 if the kernel does not say.
    pub caches: usize,
    /// The nodes of memory; a kernel that does not say has one.
    pub nodes: usize,
}

/// How a machine is laid out. What the kernel does not say is as the processors that this program may use.
#[must_use]
pub fn layout(root: &Path) -> Layout {
    let list = |path: &str| text(root, path).and_then(|list| cpus::parse(&list).ok()).filter(|list| !list.is_empty());
    let online = list(&format!("{CPU}/online")).unwrap_or_else(cpus::allowed);
    let all: Vec<String> = numbered(root, CPU, "cpu").into_iter().map(|(_, path)| path).collect();
    let first = online.first().copied().unwrap_or(0);
    let siblings = list(&format!("{CPU}/cpu{first}/topology/thread_siblings_list"));
    Layout {
        cpus: if all.is_empty() { online.len() } else { all.len() },
        online: online.len(),
        threads_per_core: siblings.map_or(1, |siblings| siblings.len()),
        caches: caches(root, &all),
        nodes: list("sys/devices/system/node/online").map_or(1, |nodes| nodes.len()),
    }
}

/// How many different caches have the highest number.
fn caches(root: &Path, cpus: &[String]) -> usize {
    let indices = |cpu: &String| numbered(root, &format!("{cpu}/cache"), "index");
    let Some(last) = cpus.iter().flat_map(indices).map(|(index, _)| index).max() else { return 0 };
    let maps = cpus.iter().filter_map(|cpu| text(root, &format!("{cpu}/cache/index{last}/shared_cpu_map")));
    maps.collect::<BTreeSet<String>>().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn parts_are_counted() {
        let folder = tempfile::TempDir::new().unwrap();
        let put = |path: &str, text: &str| {
            let path = folder.path().join("sys/devices/system").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        for (cpu, map) in [(0, "3"), (1, "3"), (2, "c"), (3, "c")] {
            put(&format!("cpu/cpu{cpu}/cache/index0/shared_cpu_map"), "1\n");
            put(&format!("cpu/cpu{cpu}/cache/index1/shared_cpu_map"), map);
        }
        put("cpu/online", "0-2\n");
        put("cpu/cpu0/topology/thread_siblings_list", "0-1\n");
        put("node/online", "0,2\n");
        let expected = Layout { cpus: 4, online: 3, threads_per_core: 2, caches: 2, nodes: 2 };
        assert_eq!(layout(folder.path()), expected);
        let nothing = layout(&folder.path().join("nothing"));
        assert_eq!((nothing.cpus, nothing.caches, nothing.nodes), (cpus::allowed().len(), 0, 1));
    }
}
