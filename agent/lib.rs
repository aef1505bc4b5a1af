//! lava-bench: runs benchmarks on boards, sends the results through LAVA test signals, and rebuilds them on a host.

#[cfg(feature = "host")]
pub mod capture;
pub mod cli;
#[cfg(feature = "host")]
pub mod compare;
pub mod definition;
pub mod emit;
pub mod formats;
pub mod mmtests;
pub mod parse;
pub mod plan;
pub mod proof;
#[cfg(feature = "host")]
pub mod rebuild;
pub mod record;
pub mod run;
#[cfg(feature = "host")]
pub mod server;
pub mod signal;
#[cfg(feature = "host")]
pub mod source;
#[cfg(feature = "host")]
pub mod statistics;
pub mod system;
mod text;
pub mod workload;
