//! Which commits a regression lies between, for a bisection and for regzbot.

use super::Input;
use crate::report::document::{Document, SideFields};
use serde::Serialize;

/// Where a regression came from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Origin {
    good: Option<String>,
    bad: Option<String>,
    /// `#regzbot introduced: good..bad`, where both are known.
    regzbot: Option<String>,
}

impl Origin {
    /// Of a report without a regression there is none.
    pub(super) fn of(input: &Input, regression: bool) -> Option<Origin> {
        let document = input.documents.iter().find(|document| document.summary.regression).or(input.documents.first());
        let document = document.filter(|_| regression)?;
        let given = |given: Option<&str>| given.map(String::from);
        let side = |side: fn(&Document) -> &SideFields| match &side(document).kernels[..] {
            [kernel] => commit(&kernel.name),
            _ => None,
        };
        let good = given(input.commits.0).or_else(|| side(|document| &document.base));
        let bad = given(input.commits.1).or_else(|| side(|document| &document.new));
        let regzbot = good.as_ref().zip(bad.as_ref()).map(|(good, bad)| format!("#regzbot introduced: {good}..{bad}"));
        Some(Origin { good, bad, regzbot })
    }
}

/// The commit or the tag that a build's name says: `v6.12-rc3-79-gabcdef000079`, `v6.12-rc1`, a hash. A distribution's own
/// number is none.
fn commit(build: &str) -> Option<String> {
    let name = build.split_whitespace().next()?;
    let name = name.strip_suffix("-dirty").unwrap_or(name);
    let hex = |text: &str| {
        (7..=40).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    if let Some((_, hash)) = name.rsplit_once("-g").filter(|(_, hash)| hex(hash)) {
        return Some(hash.into());
    }
    if hex(name) && name.len() >= 12 {
        return Some(name.into());
    }
    let tag = name.strip_prefix('v')?;
    let (numbers, candidate) =
        tag.split_once("-rc").map_or((tag, None), |(numbers, candidate)| (numbers, Some(candidate)));
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let release = (2..=3).contains(&numbers.split('.').count()) && numbers.split('.').all(number);
    (release && candidate.is_none_or(number)).then(|| name.to_string())
}

#[cfg(test)]
mod tests {
    use super::commit;

    #[test]
    fn a_build_says_its_commit_or_nothing() {
        for (build, told) in [
            ("v6.12-rc3-79-gabcdef000079", Some("abcdef000079")),
            ("6.13.0-rc1-00012-g0123456789ab-dirty", Some("0123456789ab")),
            ("v6.12", Some("v6.12")),
            ("v6.12.3-rc1", Some("v6.12.3-rc1")),
            ("adc218676eef25575469234709c2d87185ca223a", Some("adc218676eef25575469234709c2d87185ca223a")),
            ("6.1.0-56-arm64 #1 SMP Debian 6.1.192-2", None),
            ("v6.12\n#regzbot invalid: x", Some("v6.12")),
            ("nightly", None),
            ("", None),
        ] {
            assert_eq!(commit(build).as_deref(), told, "{build}");
        }
    }
}
