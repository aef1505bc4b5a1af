//! Texts of arguments -> values: `NAME=VALUE`, `@FILE`, durations.

use crate::{cli::exit::Failure, definition::MAX_ITERATIONS, system::cpus, text::duration::DurationError};
use anyhow::anyhow;
use std::{collections::BTreeMap, time::Duration};

/// `KEY=VALUE`.
pub(in crate::cli) fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.into(), value.into())),
        _ => Err("write NAME=VALUE".into()),
    }
}

/// `NAME=VALUE`, or `NAME=@FILE`: the text of a file, without the end of its last line.
pub(in crate::cli) fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) = key_value(text)?;
    let Some(path) = value.strip_prefix('@') else { return Ok((name, value)) };
    match std::fs::read_to_string(path) {
        Ok(text) => Ok((name, text.trim_end_matches('\n').into())),
        Err(error) => Err(format!("{path}: {error}; @ means the text of a file")),
    }
}

/// A whole number of 1 or more.
pub(in crate::cli) fn count(text: &str) -> Result<u32, String> {
    text.parse().ok().filter(|count| *count > 0).ok_or_else(|| "write a whole number from 1 to 4294967295".into())
}

/// How many times a case is measured.
pub(in crate::cli) fn iterations(text: &str) -> Result<u32, String> {
    let count = text.parse().ok().filter(|count| (1..=MAX_ITERATIONS).contains(count));
    count.ok_or_else(|| format!("write a whole number from 1 to {MAX_ITERATIONS}"))
}

/// A list of CPUs as the kernel writes it: sorted, each once.
pub(in crate::cli) fn cpu_list(text: &str) -> Result<CpuList, String> {
    match cpus::parse(text) {
        Ok(cpus) if cpus.is_empty() => Err("name CPUs, such as 0-3,8".into()),
        Ok(cpus) => Ok(CpuList(cpus)),
        Err(error) => Err(error.to_string()),
    }
}

/// The CPUs of a list: clap would take a `Vec` for several values.
#[derive(Clone, Debug)]
pub(in crate::cli) struct CpuList(pub(in crate::cli) Vec<usize>);

/// Refuses parameters of which one is set twice: nothing says which value counts.
pub(in crate::cli) fn once(parameters: &[(String, String)]) -> Result<(), Failure> {
    let mut known: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, value) in parameters {
        if let Some(first) = known.insert(name, value) {
            let hint =
                format!("hint: set it once; several values of a list go into one text, as in --param {name}='1 2'");
            return Err(Failure::input(anyhow!(
                "parameter `{name}`: set twice, to `{first}` and to `{value}`\n{hint}"
            )));
        }
    }
    Ok(())
}

/// `90s`, `5m`: some time.
pub(in crate::cli) fn time_limit(text: &str) -> Result<Duration, String> {
    match crate::text::duration::read(text) {
        Ok(limit) if !limit.is_zero() => Ok(limit),
        Ok(_) => Err("nothing ends in no time; write 90s or 5m".into()),
        Err(long @ DurationError::Long) => Err(format!("{long}; write 90s or 5m")),
        // What the reader says of it counts characters, and helps nobody.
        Err(DurationError::Form(_)) => Err("write a number with its unit, as 90s or 5m".into()),
    }
}

/// `5%` or `0.05`: more than nothing, and less than all.
pub(in crate::cli) fn share(text: &str) -> Result<f64, String> {
    let (number, unit) = text.strip_suffix('%').map_or((text, 1.0), |number| (number.trim_end(), 100.0));
    let share = number.parse::<f64>().map(|number| number / unit);
    share
        .ok()
        .filter(|share| *share > 0.0 && *share < 1.0)
        .ok_or_else(|| "write a share above 0 % and below 100 %, as 5% or 0.05".into())
}
