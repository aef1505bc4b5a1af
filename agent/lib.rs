//! lava-bench: runs benchmarks on boards, sends the results through LAVA test signals, and rebuilds them on a host.

pub mod capture;
pub mod definition;
pub mod emit;
pub mod parse;
pub mod plan;
pub mod rebuild;
pub mod record;
pub mod run;
pub mod signal;
pub mod system;
pub mod workload;
