//! How processors, caches and memory are laid out, as MMTests counts them. In: /sys below a root. Out: [`Layout`].

use super::{
    cpus,
    files::{numbered, text},
};
use std::{collections::BTreeSet, path::Path};

const CPU: &str = "sys/devices/system/cpu";

/// The parts of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// The first processor of the first node, and the next thread of its core.
    pub threads_of_a_core: Option<[usize; 2]>,
    /// The same processor, and the next one of another core: of its last cache, else of its node.
    pub cores_of_a_cache: Option<[usize; 2]>,
}

/// How a machine is laid out. What the kernel does not say is as the processors that this program may use.
#[must_use]
pub fn layout(root: &Path) -> Layout {
    let list = |path: &str| text(root, path).and_then(|list| cpus::parse(&list).ok()).filter(|list| !list.is_empty());
    let online = list(&format!("{CPU}/online")).unwrap_or_else(cpus::allowed);
    let all: Vec<String> = numbered(root, CPU, "cpu").into_iter().map(|(_, path)| path).collect();
    let first = online.first().copied().unwrap_or(0);
    let siblings = list(&format!("{CPU}/cpu{first}/topology/thread_siblings_list"));
    let node = list("sys/devices/system/node/node0/cpulist").unwrap_or_else(|| online.clone());
    let pairs = node.first().map(|cpu| pairs(*cpu, &node, &list)).unwrap_or_default();
    Layout {
        cpus: if all.is_empty() { online.len() } else { all.len() },
        online: online.len(),
        threads_per_core: siblings.map_or(1, |siblings| siblings.len()),
        caches: caches(root, &all),
        nodes: list("sys/devices/system/node/online").map_or(1, |nodes| nodes.len()),
        threads_of_a_core: pairs.0,
        cores_of_a_cache: pairs.1,
    }
}

/// A processor and the next thread of its core, and the processor and the next one of another core.
fn pairs(
    cpu: usize,
    node: &[usize],
    list: &dyn Fn(&str) -> Option<Vec<usize>>,
) -> (Option<[usize; 2]>, Option<[usize; 2]>) {
    let threads = list(&format!("{CPU}/cpu{cpu}/topology/thread_siblings_list")).unwrap_or_default();
    // The cache that MMTests asks for has this number, whether it is the last one or not.
    let cache = list(&format!("{CPU}/cpu{cpu}/cache/index3/shared_cpu_list")).unwrap_or_default();
    let other_core = |other: &&usize| **other != cpu && !threads.contains(other) && node.contains(other);
    let core = cache.iter().find(other_core).or_else(|| node.iter().find(other_core));
    (threads.iter().find(|thread| **thread != cpu).map(|thread| [cpu, *thread]), core.map(|core| [cpu, *core]))
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
        let (threads_of_a_core, cores_of_a_cache) = (Some([0, 1]), Some([0, 2]));
        let expected = Layout {
            cpus: 4,
            online: 3,
            threads_per_core: 2,
            caches: 2,
            nodes: 2,
            threads_of_a_core,
            cores_of_a_cache,
        };
        assert_eq!(layout(folder.path()), expected);
        // MMTests takes cores of the node only, and those of the cache first.
        put("node/node0/cpulist", "0-1\n");
        assert_eq!(layout(folder.path()).cores_of_a_cache, None);
        put("node/node0/cpulist", "0-3\n");
        put("cpu/cpu0/cache/index3/shared_cpu_list", "0-1,3\n");
        assert_eq!(layout(folder.path()).cores_of_a_cache, Some([0, 3]));
        let nothing = layout(&folder.path().join("nothing"));
        assert_eq!((nothing.cpus, nothing.caches, nothing.nodes), (cpus::allowed().len(), 0, 1));
    }
}
