//! What the modules of each version do: asked of them, one by one, as their comparison loads them.

use crate::suites::mmtests::{Direction, Kind, Version};
use Kind::{Singleops, Subselection, Variabletime};

/// What a module does.
#[derive(Debug)]
pub(super) struct Module {
    /// The name of its file, behind `Extract`.
    pub(super) name: &'static str,
    pub(super) better: Says,
    pub(super) kind: Kind,
    pub(super) decimals: u64,
    /// The title of the one value of a benchmark with single ones.
    pub(super) title: &'static str,
    pub(super) width: u64,
}

/// How a module says which values are better.
#[derive(Clone, Copy, Debug)]
pub(super) enum Says {
    Preferred(Direction),
    /// By the type of the data, in November 2021.
    Data(u64),
}

impl Module {
    pub(super) fn direction(&self) -> Direction {
        match self.better {
            Says::Preferred(direction) => direction,
            Says::Data(kind) => Direction::of_data(kind),
        }
    }

    const fn kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    const fn decimals(self, decimals: u64) -> Self {
        Self { decimals, ..self }
    }

    const fn title(self, title: &'static str) -> Self {
        Self { title, ..self }
    }

    const fn width(self, width: u64) -> Self {
        Self { width, ..self }
    }
}

const fn module(name: &'static str, better: Says) -> Module {
    Module { name, better, kind: Kind::Multiops, decimals: 2, title: "Ops", width: 12 }
}

const fn data(kind: u64) -> Says {
    Says::Data(kind)
}

const HIGHER: Says = Says::Preferred(Direction::Higher);
const LOWER: Says = Says::Preferred(Direction::Lower);

/// The module of a benchmark, whose variants it reads where the table has a `*`.
pub(super) fn find(version: Version, benchmark: &str, report: &str) -> Option<&'static Module> {
    let modules = match version {
        Version::Head => return None,
        Version::Classic202601 => JANUARY_2026,
        Version::Classic202111 => NOVEMBER_2021,
    };
    let named = |name: &str| match name.strip_suffix('*') {
        Some(stem) => benchmark.strip_prefix(stem).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')),
        None => name == benchmark,
    };
    // What the other old version wrote has a module's name.
    let own = |module: &Module| report.is_empty() && module.name.eq_ignore_ascii_case(benchmark);
    let found = modules.iter().find(|(name, of, module)| (*of == report && named(name)) || own(module));
    found.map(|(_, _, module)| module)
}

/// A benchmark, its report, and the module.
type Row = (&'static str, &'static str, Module);

static JANUARY_2026: &[Row] = &[
    ("aim9", "", module("Aim9", HIGHER)),
    ("apachebench", "", module("Apachebench", LOWER)),
    ("autonumabench", "", module("Autonumabench", LOWER).title("Time")),
    ("blogbench", "", module("Blogbench", HIGHER)),
    ("bonniepp", "", module("Bonniepp", LOWER).kind(Subselection)),
    ("bonniepp", "tput", module("Bonniepptput", HIGHER)),
    ("coremark", "", module("Coremark", HIGHER).kind(Variabletime)),
    ("cyclictest*", "", module("Cyclictest", LOWER).kind(Singleops).title("Lat")),
    ("dbench", "", module("Dbench4", LOWER).kind(Subselection)),
    ("dbench4", "", module("Dbench4", LOWER).kind(Subselection)),
    ("ebizzy", "", module("Ebizzy", HIGHER)),
    ("fio", "", module("Fio", HIGHER)),
    ("fio", "latency", module("Fiolatency", LOWER).kind(Variabletime).width(16)),
    ("fsmark", "", module("Fsmark", HIGHER).kind(Variabletime)),
    ("futexbench-hash", "", module("Futexbenchhash", HIGHER)),
    ("futexbench-lock-pi", "", module("Futexbenchlockpi", LOWER)),
    ("futexbench-requeue", "", module("Futexbenchrequeue", LOWER)),
    ("futexbench-requeue-pi", "", module("Futexbenchrequeuepi", LOWER)),
    ("futexbench-wake", "", module("Futexbenchwake", LOWER)),
    ("futexbench-wake-parallel", "", module("Futexbenchwakeparallel", LOWER)),
    ("hackbench*", "", module("Hackbench", LOWER).decimals(4)),
    ("io_uring", "", module("Io_uring", HIGHER)),
    ("iperf3*", "", module("Iperf3", HIGHER)),
    ("kernbench", "", module("Kernbench", LOWER)),
    ("kvmstart", "", module("Kvmstart", LOWER)),
    ("libmicro*", "", module("Libmicro", LOWER).kind(Singleops).decimals(4).title("Time")),
    ("ltp", "", module("Ltp", LOWER).kind(Singleops).title("Test")),
    ("nas*", "", module("Nas", LOWER).title("Time")),
    ("netperf*", "", module("Netperf", HIGHER)),
    ("pedsort", "", module("Pedsort", HIGHER)),
    ("perffutexwake", "", module("Perffutexwake", LOWER).kind(Subselection).decimals(4)),
    ("perfnuma", "", module("Perfnuma", LOWER).width(34)),
    ("perfpipe", "", module("Perfpipe", LOWER).kind(Variabletime)),
    ("perfsyscall", "", module("Perfsyscall", LOWER).kind(Variabletime).decimals(4)),
    ("pgbench", "", module("Pgbench", HIGHER)),
    ("pgbench", "exectime", module("Pgbenchexectime", LOWER).kind(Singleops).title("ExecTime")),
    ("pistress", "", module("Pistress", LOWER).kind(Singleops).title("Test")),
    ("pmqtest*", "", module("Pmqtest", LOWER).kind(Singleops).title("Lat")),
    ("poundsyscall", "", module("Poundsyscall", LOWER)),
    ("redis", "", module("Redis", HIGHER)),
    ("redis-memtier", "", module("Redismemtier", HIGHER)),
    ("rtmigration", "", module("Rtmigration", LOWER)),
    ("saladfork", "", module("Saladfork", LOWER)),
    ("schbench", "", module("Schbench", LOWER).title("Lat")),
    ("sembench-futex", "", module("Sembenchfutex", LOWER)),
    ("sembench-nanosleep", "", module("Sembenchnanosleep", LOWER)),
    ("sembench-sem", "", module("Sembenchsem", HIGHER)),
    ("siege", "", module("Siege", HIGHER)),
    ("simoop", "", module("Simoop", LOWER).title("Time")),
    ("specjbb", "", module("Specjbb", HIGHER)),
    ("specjbb2015", "", module("Specjbb2015", HIGHER).kind(Singleops)),
    ("sqlite", "", module("Sqlite", HIGHER).kind(Variabletime)),
    ("sstartup", "", module("Sstartup", LOWER).kind(Variabletime)),
    ("stockfish", "", module("Stockfishtime", LOWER)),
    ("stream", "", module("Stream", HIGHER).kind(Singleops).title("GB/sec")),
    ("stressng", "", module("Stressng", HIGHER)),
    ("stutterp", "", module("Stutterp", LOWER).kind(Variabletime).decimals(4)),
    ("sysbench", "", module("Sysbench", HIGHER)),
    ("sysbench", "exectime", module("Sysbenchexectime", LOWER)),
    ("sysbenchcpu", "", module("Sysbenchcpu", HIGHER)),
    ("sysbenchmutex", "", module("Sysbenchmutex", LOWER)),
    ("sysjitter", "", module("Sysjitter", LOWER).kind(Singleops).title("Time").width(14)),
    ("tbench", "", module("Tbench4", LOWER).kind(Subselection)),
    ("tbench4", "", module("Tbench4", LOWER).kind(Subselection)),
    ("thpchallenge", "", module("Thpchallenge", LOWER)),
    ("thpchallenge", "counts", module("Thpchallengecounts", HIGHER).kind(Singleops).title("Percentage")),
    ("thpchallenge", "locality", module("Thpchallengelocality", HIGHER).kind(Singleops).title("Percentage")),
    ("time_unmap", "", module("Time_unmap", LOWER).kind(Variabletime)),
    ("trunc", "", module("Trunc", LOWER)),
    ("unixbenchd-dhry2reg", "", module("Unixbenchdhry2reg", HIGHER)),
    ("unixbenchd-execl", "", module("Unixbenchexecl", HIGHER)),
    ("unixbenchd-fsbuffer", "", module("Unixbenchfsbuffer", HIGHER)),
    ("unixbenchd-fsdisk", "", module("Unixbenchfsdisk", HIGHER)),
    ("unixbenchd-fstime", "", module("Unixbenchfstime", HIGHER)),
    ("unixbenchd-pipe", "", module("Unixbenchpipe", HIGHER)),
    ("unixbenchd-spawn", "", module("Unixbenchspawn", HIGHER)),
    ("unixbenchd-syscall", "", module("Unixbenchsyscall", LOWER)),
    ("usemem", "", module("Usemem", LOWER)),
    ("wis*", "", module("Wiscommon", HIGHER).width(16)),
    ("xfsrepair", "", module("Xfsrepair", LOWER)),
    ("xfstests", "", module("Xfstests", LOWER).kind(Singleops).title("Test")),
    ("xsbench", "", module("Xsbench", HIGHER).title("Lookups/Sec")),
];

static NOVEMBER_2021: &[Row] = &[
    ("aim9", "", module("Aim9", data(10))),
    ("apachebench", "", module("Apachebench", data(1))),
    ("autonumabench", "", module("Autonumabench", data(1)).title("Time")),
    ("blogbench", "", module("Blogbench", data(7))),
    ("bonniepp", "", module("Bonniepp", data(3)).kind(Subselection)),
    ("bonniepp", "tput", module("Bonniepptput", data(3)).kind(Subselection)),
    ("coremark", "", module("Coremark", data(10)).kind(Variabletime)),
    ("cyclictest*", "", module("Cyclictest", data(3)).kind(Singleops).title("Lat")),
    ("dbench", "", module("Dbench4", data(4)).kind(Subselection)),
    ("dbench4", "", module("Dbench4", data(4)).kind(Subselection)),
    ("ebizzy", "", module("Ebizzy", data(8))),
    ("fio", "", module("Fio", data(13))),
    ("fio", "latency", module("Fiolatency", data(2)).kind(Variabletime).width(16)),
    ("fsmark", "", module("Fsmark", data(10)).kind(Variabletime)),
    ("futexbench-hash", "", module("Futexbenchhash", data(10))),
    ("futexbench-requeue", "", module("Futexbenchrequeue", data(4))),
    ("futexbench-wake", "", module("Futexbenchwake", data(4))),
    ("gitcheckout", "", module("Gitcheckout", data(1))),
    ("gitsource", "", module("Gitsource", data(1))),
    ("hackbench*", "", module("Hackbench", data(1)).decimals(4)),
    ("kernbench", "", module("Kernbench", data(1))),
    ("kvmstart", "", module("Kvmstart", data(1))),
    ("libmicro*", "", module("Libmicro", data(3)).kind(Singleops).decimals(4).title("Time")),
    ("ltp", "", module("Ltp", data(6)).kind(Singleops).title("Test")),
    ("nas*", "", module("Nas", data(1)).title("Time")),
    ("netperf*", "", module("Netperf", data(15))),
    ("pedsort", "", module("Pedsort", data(11))),
    ("perfnuma", "", module("Perfnuma", data(1)).width(34)),
    ("perfpipe", "", module("Perfpipe", data(3)).kind(Variabletime)),
    ("perfsyscall", "", module("Perfsyscall", data(3)).kind(Variabletime).decimals(4)),
    ("pgbench", "", module("Pgbench", data(16))),
    ("pgbench", "exectime", module("Pgbenchexectime", data(1)).kind(Singleops).title("ExecTime")),
    ("pistress", "", module("Pistress", data(6)).kind(Singleops).title("Test")),
    ("poundsyscall", "", module("Poundsyscall", data(1))),
    ("redis", "", module("Redis", data(16))),
    ("rtmigration", "", module("Rtmigration", data(3))),
    ("schbench", "", module("Schbench", data(3)).kind(Singleops).title("Lat")),
    ("sembench-sem", "", module("Sembenchsem", data(10))),
    ("siege", "", module("Siege", data(16))),
    ("simoop", "", module("Simoop", data(2)).title("Time")),
    ("specjbb", "", module("Specjbb", data(10))),
    ("specjbb2015", "", module("Specjbb2015", data(7)).kind(Singleops)),
    ("sqlite", "", module("Sqlite", data(16))),
    ("sstartup", "", module("Sstartup", data(1)).kind(Variabletime)),
    ("stockfish", "", module("Stockfishtime", data(1))),
    ("stream", "", module("Stream", data(14)).kind(Singleops).title("MB/sec")),
    ("stressng", "", module("Stressng", data(10))),
    ("stutterp", "", module("Stutterp", data(4)).kind(Variabletime).decimals(4)),
    ("sysbench", "", module("Sysbench", data(16))),
    ("sysbench", "exectime", module("Sysbenchexectime", data(1))),
    ("sysbenchcpu", "", module("Sysbenchcpu", data(1))),
    ("sysjitter", "", module("Sysjitter", data(2)).kind(Singleops).title("Time").width(14)),
    ("tbench", "", module("Tbench4", data(14))),
    ("tbench4", "", module("Tbench4", data(14))),
    ("time_unmap", "", module("Time_unmap", data(3)).kind(Variabletime)),
    ("unixbenchd-dhry2reg", "", module("Unixbenchdhry2reg", data(10))),
    ("unixbenchd-execl", "", module("Unixbenchexecl", data(10))),
    ("unixbenchd-fsbuffer", "", module("Unixbenchfsbuffer", data(13))),
    ("unixbenchd-fsdisk", "", module("Unixbenchfsdisk", data(13))),
    ("unixbenchd-fstime", "", module("Unixbenchfstime", data(13))),
    ("unixbenchd-pipe", "", module("Unixbenchpipe", data(10))),
    ("unixbenchd-spawn", "", module("Unixbenchspawn", data(10))),
    ("unixbenchd-syscall", "", module("Unixbenchsyscall", data(2))),
    ("usemem", "", module("Usemem", data(1))),
    ("wis*", "", module("Wiscommon", data(10)).width(16)),
    ("xfsrepair", "", module("Xfsrepair", data(1))),
    ("xfstests", "", module("Xfstests", data(6)).kind(Singleops).title("Test")),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suites::mmtests::known;

    #[test]
    fn benchmarks_are_known_and_stand_once() {
        for modules in [JANUARY_2026, NOVEMBER_2021] {
            for (at, (name, report, _)) in modules.iter().enumerate() {
                let report = Some(*report).filter(|report| !report.is_empty());
                assert!(known(name.trim_end_matches('*'), report).is_some(), "{name} {report:?}");
                let twice = modules[..at]
                    .iter()
                    .any(|(other, of, _)| other == name && Some(*of).filter(|of| !of.is_empty()) == report);
                assert!(!twice, "{name}");
            }
        }
    }
}
