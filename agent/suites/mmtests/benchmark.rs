//! What is known of MMTests' benchmarks: how its 2026 version summarises each, and what the numbers really are.
//!
//! MMTests has one direction a benchmark, and for some metrics it is the wrong one: `better` here is the true one.

use crate::record::Better;

/// Which values MMTests takes for better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Lower ones.
    Lower,
    /// Higher ones.
    Higher,
}

impl Direction {
    /// That of a type of data of the version of 2021.
    pub(super) fn of_data(kind: u64) -> Self {
        const LOWER: [u64; 14] = [1, 2, 3, 4, 5, 6, 22, 24, 25, 26, 27, 28, 29, 30];
        if LOWER.contains(&kind) { Self::Lower } else { Self::Higher }
    }
}

/// Which statistics summarise a benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Mean, spread and extremes.
    Multiops,
    /// The same with the 95th percentile.
    Normalisedops,
    /// The same with more percentiles.
    NormalisedLeftSkewops,
    /// The best value alone.
    Singleops,
    /// The mean of subsamples.
    Subselection,
    /// Many percentiles, in versions before June 2026.
    Variabletime,
}

impl Kind {
    /// The kind that MMTests calls `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "Multiops" => Some(Self::Multiops),
            "Normalisedops" => Some(Self::Normalisedops),
            "NormalisedLeftSkewops" => Some(Self::NormalisedLeftSkewops),
            "Singleops" => Some(Self::Singleops),
            "Subselection" => Some(Self::Subselection),
            "Variabletime" => Some(Self::Variabletime),
            _ => None,
        }
    }
}

/// One benchmark, or one of its alternative reports.
#[derive(Debug)]
pub struct Known {
    /// Its name, without a variant.
    pub name: &'static str,
    /// The alternative report.
    pub alternative: Option<&'static str>,
    /// How it is summarised.
    pub kind: Kind,
    /// The direction that MMTests takes.
    pub direction: Direction,
    /// How many decimals its table shows.
    pub decimals: usize,
    /// What its numbers are: the first whose `prefix` an operation's name has.
    pub metrics: &'static [Metric],
    /// What a sub-heading changes.
    pub sections: &'static [Section],
}

/// The true nature of some operations.
#[derive(Debug)]
pub struct Metric {
    /// What their names begin with; beginning with `-`, what is anywhere in them.
    pub prefix: &'static str,
    /// Their unit.
    pub unit: &'static str,
    /// Which values are better.
    pub better: Better,
}

/// A sub-heading that MMTests treats in its own way.
#[derive(Debug)]
pub struct Section {
    /// The sub-heading.
    pub name: &'static str,
    /// The direction under it.
    pub direction: Direction,
    /// How it is summarised under it.
    pub kind: Kind,
}

impl Known {
    /// The nature of the operation called `operation`.
    pub fn metric(&self, operation: &str) -> Option<&'static Metric> {
        let named = |metric: &&Metric| match metric.prefix.starts_with('-') {
            true => operation.contains(metric.prefix),
            false => operation.starts_with(metric.prefix),
        };
        self.metrics.iter().find(named)
    }
}

/// What is known of `benchmark`, which may carry variants (`hackbench-process-pipes`).
pub fn known(benchmark: &str, alternative: Option<&str>) -> Option<&'static Known> {
    let mut name = benchmark;
    loop {
        if let Some(found) = KNOWN.iter().find(|known| known.name == name && known.alternative == alternative) {
            return Some(found);
        }
        name = name.rsplit_once('-')?.0;
    }
}

use Direction::{Higher, Lower};
use Kind::{Multiops, NormalisedLeftSkewops, Normalisedops, Singleops, Subselection};

const fn low(prefix: &'static str, unit: &'static str) -> Metric {
    Metric { prefix, unit, better: Better::Lower }
}

const fn high(prefix: &'static str, unit: &'static str) -> Metric {
    Metric { prefix, unit, better: Better::Higher }
}

const fn row(
    name: &'static str,
    kind: Kind,
    direction: Direction,
    decimals: usize,
    metrics: &'static [Metric],
) -> Known {
    Known { name, alternative: None, kind, direction, decimals, metrics, sections: &[] }
}

const fn alternative(
    name: &'static str,
    alternative: &'static str,
    direction: Direction,
    decimals: usize,
    metrics: &'static [Metric],
) -> Known {
    Known { name, alternative: Some(alternative), kind: Multiops, direction, decimals, metrics, sections: &[] }
}

const fn under(known: Known, sections: &'static [Section]) -> Known {
    Known { sections, ..known }
}

const SECONDS: &[Metric] = &[low("", "s")];
const FILES: &[Metric] = &[high("tput", "MB/s"), low("", "ms")];
const FILE_SECTIONS: &[Section] = &[
    Section { name: "tput", direction: Higher, kind: NormalisedLeftSkewops },
    Section { name: "op", direction: Lower, kind: Singleops },
];
const MEMTIER_SECTIONS: &[Section] = &[
    Section { name: "ops/sec", direction: Higher, kind: Multiops },
    Section { name: "hits/sec", direction: Higher, kind: Multiops },
    Section { name: "misses/sec", direction: Higher, kind: Multiops },
    Section { name: "kb/sec", direction: Higher, kind: Multiops },
];

static KNOWN: &[Known] = &[
    row("aim9", Multiops, Higher, 2, &[high("", "ops/s")]),
    row("apachebench", Multiops, Lower, 2, &[low("", "ms")]),
    row("autonumabench", Multiops, Lower, 2, SECONDS),
    row("blogbench", Multiops, Higher, 2, &[high("", "score")]),
    Known {
        name: "bonniepp",
        alternative: Some("tput"),
        kind: Subselection,
        direction: Higher,
        decimals: 2,
        metrics: &[high("", "KB/s")],
        sections: &[],
    },
    row("bonniepp", Subselection, Lower, 4, &[low("", "latency")]),
    row("coremark", Multiops, Higher, 2, &[high("", "iterations/s")]),
    row("cyclictest", Multiops, Lower, 2, &[low("Overflow", "samples"), low("", "us")]),
    under(row("dbench", NormalisedLeftSkewops, Lower, 4, FILES), FILE_SECTIONS),
    under(row("dbench4", NormalisedLeftSkewops, Lower, 4, FILES), FILE_SECTIONS),
    alternative("easywave", "exectime", Lower, 2, SECONDS),
    row("easywave", Multiops, Lower, 2, SECONDS),
    row("ebizzy", Multiops, Higher, 2, &[high("", "records/s")]),
    alternative("fio", "latency", Lower, 4, &[low("", "us")]),
    row("fio", Multiops, Higher, 6, &[high("", "KiB/s")]),
    row("fsmark", Multiops, Higher, 2, &[high("", "files/s")]),
    row("futexbench", Multiops, Lower, 2, &[high("hash", "ops/s"), high("lock-pi", "ops/s"), low("", "ms")]),
    row("gitcheckout", Multiops, Lower, 2, SECONDS),
    row("gitsource", Multiops, Lower, 2, SECONDS),
    row("hackbench", Multiops, Lower, 4, SECONDS),
    row("io_uring", Multiops, Higher, 2, &[high("", "kIOPS")]),
    row("iperf3", Multiops, Higher, 2, &[high("", "Mbit/s")]),
    row("kernbench", Multiops, Lower, 2, SECONDS),
    row("kvmstart", Multiops, Lower, 2, SECONDS),
    row("libmicro", Singleops, Lower, 5, &[low("", "us/call")]),
    row("ltp", Singleops, Lower, 2, &[low("", "failures")]),
    row("nas", Multiops, Lower, 2, SECONDS),
    row(
        "netperf",
        Multiops,
        Higher,
        2,
        &[high("tcprr", "transactions/s"), high("udprr", "transactions/s"), high("", "Mbit/s")],
    ),
    row("pedsort", Multiops, Lower, 2, &[high("", "jobs/h/core")]),
    row("perffutexwake", Multiops, Lower, 2, &[low("", "us")]),
    row("perfnuma", Multiops, Lower, 4, &[low("converged", "s"), high("", "GB/s")]),
    row("perfpipe", Normalisedops, Lower, 4, &[low("", "us/op")]),
    row("perfsyscall", Multiops, Lower, 4, &[low("", "us/syscall")]),
    alternative("pgbench", "exectime", Lower, 2, SECONDS),
    row("pgbench", Multiops, Higher, 2, &[high("", "transactions/s")]),
    row("pistress", Singleops, Lower, 2, &[low("", "failures")]),
    row("pmqtest", Multiops, Lower, 2, &[low("", "us")]),
    row("poundsyscall", Multiops, Lower, 2, SECONDS),
    row("redis", Singleops, Lower, 2, &[high("-RPS-", "krequests/s"), low("", "us")]),
    under(
        row(
            "redis-memtier",
            Multiops,
            Lower,
            2,
            &[low("latency", "ms"), high("kb/sec", "KB/s"), low("misses", "misses/s"), high("", "ops/s")],
        ),
        MEMTIER_SECTIONS,
    ),
    row("rtmigration", Multiops, Lower, 2, &[low("", "us")]),
    row("saladfork", Multiops, Lower, 2, &[low("", "us")]),
    under(
        row("schbench", Normalisedops, Lower, 2, &[high("RPS", "requests/s"), low("", "us")]),
        &[Section { name: "RPS", direction: Higher, kind: Normalisedops }],
    ),
    row("sembench", Multiops, Higher, 2, &[high("", "burns/s")]),
    row("siege", Multiops, Higher, 2, &[high("", "transactions/s")]),
    alternative(
        "simoop",
        "rates",
        Higher,
        2,
        &[high("work", "works/s"), low("stalls", "stalls/s"), low("", "writes/s")],
    ),
    row("simoop", Multiops, Lower, 2, &[low("", "us")]),
    row("specjbb", Singleops, Higher, 2, &[high("", "ops/s")]),
    row("specjbb2015", Singleops, Higher, 2, &[high("", "jOPS")]),
    row("sqlite", Multiops, Higher, 2, &[high("", "transactions/s")]),
    row("sstartup", Multiops, Lower, 2, SECONDS),
    row("stockfish", Multiops, Lower, 2, SECONDS),
    row("stream", Multiops, Higher, 2, &[high("", "MB/s")]),
    row("stressng", Multiops, Lower, 2, &[high("", "bogo-ops/s")]),
    row("stutterp", Multiops, Lower, 4, &[low("", "us")]),
    alternative("sysbench", "exectime", Lower, 2, SECONDS),
    row("sysbench", Multiops, Higher, 2, &[high("", "transactions/s")]),
    row("sysbenchcpu", Multiops, Lower, 2, &[high("", "events/s")]),
    row("sysbenchmutex", Multiops, Lower, 2, &[low("", "ms")]),
    row(
        "sysjitter",
        Singleops,
        Lower,
        2,
        &[
            low("int_n_per_sec", "interruptions/s"),
            low("int_n", "interruptions"),
            low("int_total_%", "%"),
            low("", "ns"),
        ],
    ),
    under(row("tbench", NormalisedLeftSkewops, Lower, 4, FILES), FILE_SECTIONS),
    under(row("tbench4", NormalisedLeftSkewops, Lower, 4, FILES), FILE_SECTIONS),
    alternative("thpchallenge", "counts", Lower, 2, &[high("", "%")]),
    alternative("thpchallenge", "locality", Lower, 2, &[high("", "%")]),
    row("thpchallenge", Multiops, Lower, 2, &[low("", "us")]),
    row("time_unmap", Multiops, Lower, 2, SECONDS),
    row("trunc", Multiops, Lower, 4, SECONDS),
    row("unixbenchd", Multiops, Higher, 2, &[high("", "loops")]),
    row("usemem", Multiops, Lower, 2, SECONDS),
    row("wis", Multiops, Higher, 2, &[high("", "ops")]),
    row("xfsrepair", Multiops, Lower, 2, SECONDS),
    row("xfstests", Singleops, Lower, 2, &[low("", "failures")]),
    row("xsbench", Multiops, Higher, 2, &[high("", "lookups/s")]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_are_those_of_their_benchmark() {
        assert_eq!(known("hackbench-process-pipes", None).map(|known| known.name), Some("hackbench"));
        assert_eq!(known("redis-memtier", None).map(|known| known.name), Some("redis-memtier"));
        assert_eq!(known("fio", Some("latency")).map(|known| known.decimals), Some(4));
        assert!(known("nothing-such", None).is_none());
    }

    #[test]
    fn throughputs_are_higher_better_whatever_mmtests_says() {
        for (benchmark, operation) in
            [("sysbenchcpu", "events/sec-1"), ("schbench", "RPS-50.0th-1"), ("stressng", "bops-x-1")]
        {
            let known = known(benchmark, None).unwrap();
            assert_eq!(known.metric(operation).map(|metric| metric.better), Some(Better::Higher), "{benchmark}");
            assert_eq!(known.direction, Lower, "{benchmark}");
        }
    }

    #[test]
    fn units_are_units() {
        for metric in KNOWN.iter().flat_map(|known| known.metrics) {
            assert!(metric.unit.parse::<crate::record::Unit>().is_ok(), "{}", metric.unit);
        }
    }
}
