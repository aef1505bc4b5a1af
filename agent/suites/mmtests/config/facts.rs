//! What configurations ask of the machine: the variables that MMTests sets before it reads them.

use super::Reason;

/// A machine, as MMTests counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// How many processors there are, those that are switched off too.
    pub cpus: usize,
    /// How many processors run.
    pub online: usize,
    /// How many threads a core has.
    pub threads_per_core: usize,
    /// How many caches of the last level there are; 0 if the kernel does not say.
    pub caches: usize,
    /// How many nodes of memory there are.
    pub nodes: usize,
    /// The first processor of the first node, and the next thread of its core.
    pub threads_of_a_core: Option<[usize; 2]>,
    /// The same processor, and the next one of another core of its cache, or of its node.
    pub cores_of_a_cache: Option<[usize; 2]>,
    /// The memory, if it is known.
    pub memory_bytes: Option<u64>,
    /// What `uname -m` says.
    pub architecture: String,
    /// The user's name, if it is known.
    pub user: Option<String>,
}

/// Variables of MMTests, the shell and the session whose values are unknown here.
const UNKNOWN: [&str; 21] = [
    "SCRIPTDIR",
    "MMTESTS_ROOT",
    "PROFILE_PATH",
    "LINUX_GIT",
    "WEBROOT",
    "SSHROOT",
    "LLC_INDEX",
    "MMTESTS_NODE_SIZE",
    "MMTESTS_NODE_ID_BY_SIZE",
    "RUNNAME",
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "HOSTNAME",
    "PWD",
    "OLDPWD",
    "LANG",
    "RANDOM",
    "SECONDS",
];

impl Facts {
    /// The value of a variable that MMTests or the shell sets by itself; `None`: there is no such variable.
    pub(super) fn variable(&self, name: &str) -> Option<Result<String, Reason>> {
        let divided = |by: usize, what: &str| match self.cpus.checked_div(by) {
            Some(weight) => Ok(weight.to_string()),
            None => Err(Reason::from(format!("`{name}` is unknown: the kernel does not report the {what}"))),
        };
        Some(match name {
            "NUM_LOGICAL_CPUS" => Ok(self.cpus.to_string()),
            "NUMCPUS" => Ok(self.online.to_string()),
            "NUM_NODES" | "NUMNODES" => Ok(self.nodes.to_string()),
            "NUM_LLCS" | "NUMLLCS" => Ok(self.caches.to_string()),
            "SMT_WEIGHT" | "SMT_LEVEL" => Ok(self.threads_per_core.to_string()),
            "LLC_WEIGHT" => divided(self.caches, "caches"),
            "NODE_WEIGHT" => divided(self.nodes, "nodes"),
            // MMTests has no variables for these: its shell packs find them out.
            "THREADS_OF_A_CORE" => pair(self.threads_of_a_core, "cores of this machine have one thread each"),
            "CORES_OF_A_CACHE" => pair(self.cores_of_a_cache, "no cache of this machine has two cores"),
            "MEMTOTAL_BYTES" => {
                let bytes = self.memory_bytes.map(|bytes| bytes.to_string());
                bytes.ok_or_else(|| "the memory of this machine is unknown".into())
            }
            "LONG_BIT" => Ok(usize::BITS.to_string()),
            "MMTESTS_LIBDIR" => Ok(if usize::BITS == 64 { "lib64" } else { "lib" }.into()),
            "SHELLPACK_SUCCESS" => Ok("0".into()),
            "SHELLPACK_ERROR" | "SHELLPACK_FAILURE" => Ok("-1".into()),
            "MMTESTS_HOST_PORT" => Ok("1234".into()),
            "MMTESTS_GUEST_PORT" => Ok("4321".into()),
            "NUMCORES" | "NUM_CORES" => Err(format!("`{name}` is unknown: versions of MMTests differ in it").into()),
            _ if UNKNOWN.contains(&name) || name.starts_with("SHELLPACK_") || name.starts_with("BASH") => {
                Err(format!("`{name}` is unknown without MMTests").into())
            }
            _ => return None,
        })
    }
}

/// The two processors as `taskset` takes them.
fn pair(pair: Option<[usize; 2]>, without: &str) -> Result<String, Reason> {
    pair.map(|[one, other]| format!("{one},{other}")).ok_or_else(|| without.into())
}
