//! placeholder until the system branch is merged
/// placeholder
pub fn cpus_allowed() -> usize { std::thread::available_parallelism().map_or(1, |n| n.get()) }
/// placeholder
pub fn memory_total() -> Option<u64> { None }
