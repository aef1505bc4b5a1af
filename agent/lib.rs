//! lava-bench: runs benchmarks on boards, sends the results through LAVA test signals, and rebuilds them on a host.

pub mod definition;
pub mod parse;
pub mod record;
pub mod signal;
pub mod system;
