//! CPUs as numbers. In: the kernel's CPU list format. Out: sorted numbers, and back. And the CPUs that the agent may use.

use nix::{
    sched::{CpuSet, sched_getaffinity},
    unistd::Pid,
};
use thiserror::Error;

/// The largest CPU number that a list may hold. Kernels have 8192 CPUs at most; a damaged list must not ask for memory.
const LAST: usize = 65_535;

/// Why a text is no CPU list.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CpuListError {
    /// Something that is neither a number nor two numbers with a dash between.
    #[error("cpu list: `{0}` is neither a number nor a range such as 0-3")]
    Malformed(String),
    /// A range whose end is before its start.
    #[error("cpu list: the range `{0}` runs backwards")]
    Backwards(String),
    /// A number that no kernel has.
    #[error("cpu list: `{0}` is beyond cpu {LAST}")]
    TooLarge(String),
}

/// The CPUs of a list such as `0-3,8`: sorted, each once. The empty list is no CPU; white space around numbers is accepted.
///
/// # Errors
/// [`CpuListError`] if an entry is neither a number nor a range, runs backwards, or is beyond CPU 65535.
pub fn parse(list: &str) -> Result<Vec<usize>, CpuListError> {
    if list.trim().is_empty() {
        return Ok(Vec::new());
    }
    // Not a list of numbers: one that repeats a wide range would grow without bound.
    let mut listed = vec![false; LAST + 1];
    for entry in list.split(',').map(str::trim) {
        let (first, last) = entry.split_once('-').unwrap_or((entry, entry));
        let (first, last) = (number(first, entry)?, number(last, entry)?);
        if last < first {
            return Err(CpuListError::Backwards(entry.to_owned()));
        }
        listed[first..=last].fill(true);
    }
    Ok(listed.iter().enumerate().filter_map(|(cpu, listed)| listed.then_some(cpu)).collect())
}

fn number(text: &str, entry: &str) -> Result<usize, CpuListError> {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(CpuListError::Malformed(entry.to_owned()));
    }
    // All digits: what does not fit is too large.
    text.parse().ok().filter(|cpu| *cpu <= LAST).ok_or_else(|| CpuListError::TooLarge(entry.to_owned()))
}

/// The list of some CPUs in the kernel's format: ascending, neighbours joined, `0-3,8`. Order and repetition do not matter.
#[must_use]
pub fn print(cpus: &[usize]) -> String {
    let mut sorted = cpus.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for cpu in sorted {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(cpu) => *last = cpu,
            _ => ranges.push((cpu, cpu)),
        }
    }
    let entry = |(first, last): (usize, usize)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    ranges.into_iter().map(entry).collect::<Vec<_>>().join(",")
}

/// The CPUs that the agent, and so what it starts, may use: ascending, never empty.
///
/// Where the kernel does not answer (more than 1024 CPUs), as many as the standard library believes, from 0 on.
#[must_use]
pub fn allowed() -> Vec<usize> {
    let set = sched_getaffinity(Pid::from_raw(0)).unwrap_or_default();
    let cpus: Vec<usize> = (0..CpuSet::count()).filter(|cpu| set.is_set(*cpu).unwrap_or(false)).collect();
    if !cpus.is_empty() {
        return cpus;
    }
    (0..std::thread::available_parallelism().map_or(1, Into::into)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lists_are_read() {
        assert_eq!(parse("0-3,8\n").unwrap(), [0, 1, 2, 3, 8]);
        assert_eq!(parse(" 8 , 1 - 2,2").unwrap(), [1, 2, 8]);
        assert_eq!(parse("").unwrap(), Vec::<usize>::new());
        assert_eq!(parse("65535").unwrap(), [65_535]);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["x", "1,", "-1", "1-", "1-2-3", "0x1", "+1", "0-3:1/2", "1;2"] {
            assert!(matches!(parse(text), Err(CpuListError::Malformed(_))), "{text}");
        }
        assert_eq!(parse("3-1"), Err(CpuListError::Backwards("3-1".to_owned())));
        assert_eq!(parse("65536"), Err(CpuListError::TooLarge("65536".to_owned())));
        assert_eq!(parse("0-99999999999999999999"), Err(CpuListError::TooLarge("0-99999999999999999999".to_owned())));
    }

    #[test]
    fn lists_are_written_as_the_kernel_does() {
        assert_eq!(print(&[8, 3, 2, 1, 0, 2]), "0-3,8");
        assert_eq!(print(&[0, 1]), "0-1");
        assert_eq!(print(&[5]), "5");
        assert_eq!(print(&[]), "");
    }

    #[test]
    fn this_process_may_run_somewhere() {
        let cpus = allowed();
        assert!(!cpus.is_empty());
        assert_eq!(parse(&print(&cpus)).unwrap(), cpus);
    }

    proptest! {
        #[test]
        fn printing_and_parsing_are_inverse(cpus in prop::collection::btree_set(0..=LAST, 0..50)) {
            let cpus: Vec<usize> = cpus.into_iter().collect();
            prop_assert_eq!(parse(&print(&cpus)).unwrap(), cpus);
        }

        #[test]
        fn no_text_panics(text in "[0-9,\\- ]{0,20}|.{0,20}") {
            let _ = parse(&text);
        }
    }
}
