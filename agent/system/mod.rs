//! placeholder until the system branch is merged
use crate::record::{Conditions, Machine};
use std::path::Path;
/// placeholder
pub fn cpus_allowed() -> usize { std::thread::available_parallelism().map_or(1, |n| n.get()) }
/// placeholder
pub fn allowed_cpus() -> Vec<usize> { Vec::new() }
/// placeholder
pub fn memory_total() -> Option<u64> { None }
/// placeholder
pub fn machine(_: &Path) -> Machine { Machine {} }
/// placeholder
pub fn during(work: &mut dyn FnMut()) -> (Conditions, Vec<String>) { work(); (Conditions {}, Vec::new()) }
/// placeholder
pub struct Finding { 
/// x
    pub subject: String, 
/// x
    pub severity: String, 
/// x
    pub message: String, 
/// x
    pub hint: String }
/// placeholder
pub fn examine(_: &Path) -> Vec<Finding> { Vec::new() }
