//! Our series -> the statistic of lkp that has the same numbers.

use crate::{
    record::{Labels, Series, Verdict},
    suites::lkp::names::{Row, Rows},
};
use std::collections::BTreeMap;

/// The statistic's name without the program, and its row. What lkp has in the name, and we in the labels of the case, is
/// taken from those.
pub(super) fn theirs<'n>(rows: &'n Rows, series: &Series, case: &Labels) -> Option<(String, &'n Row)> {
    let ours = match series.labels.is_empty() {
        true => series.metric.to_string(),
        false => format!("{} {}", series.metric, series.labels),
    };
    rows.rows().iter().find_map(|row| {
        let mut groups = groups(row.ours.as_deref()?, &ours)?;
        for (label, value) in case.iter() {
            groups.entry(label.to_string()).or_insert_with(|| word(value));
        }
        let name = written(row.theirs.text(), &groups).filter(|name| row.theirs.matches(name))?;
        Some((name, row))
    })
}

/// The name of a verdict on a test, without the program.
pub(super) fn theirs_of_test(rows: &Rows, test: &Labels, result: Verdict) -> Option<String> {
    let ours = format!("verdict {test}");
    rows.rows().iter().find_map(|row| {
        let mut groups = groups(row.ours.as_deref()?, &ours)?;
        groups.values_mut().for_each(|value| *value = word(value));
        groups.insert("verdict".into(), result.as_str().into());
        written(row.theirs.text(), &groups).filter(|name| row.theirs.matches(name))
    })
}

/// A part of a statistic's name: lkp refuses blanks.
pub(super) fn word(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() { c } else { '_' }).collect()
}

/// What stands for each `$group` of a template in a text, if it is one that the template makes.
fn groups(template: &str, text: &str) -> Option<BTreeMap<String, String>> {
    let mut groups = BTreeMap::new();
    let mut parts = template.split('$');
    let mut rest = text.strip_prefix(parts.next()?)?;
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(part.len());
        let (group, literal) = part.split_at_checked(end)?;
        let at = if literal.is_empty() { rest.len() } else { rest.find(literal)? };
        let (value, after) = rest.split_at_checked(at)?;
        groups.insert(group.to_string(), value.to_string());
        rest = after.strip_prefix(literal)?;
    }
    rest.is_empty().then_some(groups)
}

/// The shortest name that a pattern matches with these groups; none where it leaves something open.
fn written(pattern: &str, groups: &BTreeMap<String, String>) -> Option<String> {
    let mut name = String::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        if let Some(inner) = rest.strip_prefix("(?P<") {
            let (group, after) = inner.split_once('>')?;
            name.push_str(groups.get(group)?);
            rest = behind(after)?;
        } else if c == '(' {
            let after = behind(rest.get(1..)?)?;
            // What may be missing is left out.
            rest = after.strip_prefix('?')?;
        } else if let Some(escaped) = rest.strip_prefix('\\') {
            let next = escaped.chars().next().filter(|c| !c.is_alphanumeric())?;
            name.push(next);
            rest = escaped.get(next.len_utf8()..)?;
        } else if c == '|' {
            // The first of several names.
            break;
        } else if ".*+?[{".contains(c) {
            return None;
        } else {
            name.push(c);
            rest = rest.get(c.len_utf8()..)?;
        }
    }
    Some(name)
}

/// What stands behind the bracket that closes the open one.
fn behind(text: &str) -> Option<&str> {
    let mut depth = 1_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return text.get(at + 1..);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_from_patterns() {
        let groups = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        assert_eq!(
            written(r"(?P<direction>read|write)_bw_MBps", &groups(&[("direction", "read")])),
            Some("read_bw_MBps".into())
        );
        assert_eq!(written(r"Throughput(Both)?_Mbps", &groups(&[])), Some("Throughput_Mbps".into()));
        assert_eq!(written(r"latency_ms\.95th", &groups(&[])), Some("latency_ms.95th".into()));
        assert_eq!(written(r"(?P<p>(a|b)c)_x", &groups(&[("p", "ac")])), Some("ac_x".into()));
        assert_eq!(written("a_ms|b_ms", &groups(&[])), Some("a_ms".into()));
        assert_eq!(written(r"[\w-]+\.ops", &groups(&[])), None);
        assert_eq!(
            super::groups("$direction-latency-p$p", "read-latency-p99"),
            Some(groups(&[("direction", "read"), ("p", "99")]))
        );
        assert_eq!(
            super::groups("bandwidth kernel=$kernel", "bandwidth kernel=copy"),
            Some(groups(&[("kernel", "copy")]))
        );
        assert_eq!(super::groups("latency", "latency-max"), None);
    }
}
