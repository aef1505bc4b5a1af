//! Texts of arguments -> values: `NAME=VALUE`, `@FILE`, durations.

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
        Err(error) => Err(format!("{path}: {error}")),
    }
}

/// A whole number of 1 or more.
pub(in crate::cli) fn count(text: &str) -> Result<u32, String> {
    text.parse().ok().filter(|count| *count > 0).ok_or_else(|| "write a whole number from 1 to 4294967295".into())
}

/// `90s`, `5m`.
pub(in crate::cli) fn duration(text: &str) -> Result<std::time::Duration, String> {
    crate::text::duration::read(text).map_err(|error| format!("{error}; write 90s or 5m"))
}

/// `5%` or `0.05`: more than nothing, and less than all.
#[cfg(feature = "host")]
pub(in crate::cli) fn share(text: &str) -> Result<f64, String> {
    let (number, unit) = text.strip_suffix('%').map_or((text, 1.0), |number| (number.trim_end(), 100.0));
    let share = number.parse::<f64>().map(|number| number / unit);
    share.ok().filter(|share| *share > 0.0 && *share < 1.0).ok_or_else(|| "write 5% or 0.05".into())
}
