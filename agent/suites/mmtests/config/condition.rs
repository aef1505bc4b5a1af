//! Conditions: the words of `[ ... ]` and `[[ ... ]]`, with their variables' values -> whether they hold.

use super::Reason;
use regex::bytes::RegexBuilder;

/// Whether `[ ... ]` holds; `exists` says it of a file.
pub(super) fn single(words: &[String], exists: &dyn Fn(&str) -> Result<bool, Reason>) -> Result<bool, Reason> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // `-o` binds less than `-a`, but a comparison may have any word on its sides.
    if let Some(at) = joint(&words, "-o") {
        return Ok(simple(&words[..at], exists)? || single_of(&words[at + 1..], exists)?);
    }
    if let Some(at) = joint(&words, "-a") {
        return Ok(simple(&words[..at], exists)? && single_of(&words[at + 1..], exists)?);
    }
    simple(&words, exists)
}

fn single_of(words: &[&str], exists: &dyn Fn(&str) -> Result<bool, Reason>) -> Result<bool, Reason> {
    single(&words.iter().map(|word| (*word).to_string()).collect::<Vec<_>>(), exists)
}

fn joint(words: &[&str], operator: &str) -> Option<usize> {
    let at = words.iter().position(|word| *word == operator)?;
    (2..=4).contains(&at).then_some(at)
}

fn simple(words: &[&str], exists: &dyn Fn(&str) -> Result<bool, Reason>) -> Result<bool, Reason> {
    match words {
        ["!", rest @ ..] if !rest.is_empty() => Ok(!simple(rest, exists)?),
        [] => Ok(false),
        [word] => Ok(!word.is_empty()),
        ["-z", word] => Ok(word.is_empty()),
        ["-n", word] => Ok(!word.is_empty()),
        ["-e" | "-f" | "-d" | "-x" | "-r", path] if path.starts_with('/') => exists(path),
        [left, "=" | "==", right] => Ok(left == right),
        [left, "!=", right] => Ok(left != right),
        [left, operator, right] => number(left, operator, right),
        _ => Err(not_understood(words)),
    }
}

/// Whether `[[ ... ]]` holds. The last word is a pattern where it is one, as it is written.
pub(super) fn double(words: &[String], exists: &dyn Fn(&str) -> Result<bool, Reason>) -> Result<bool, Reason> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [left, "=~", pattern] => matches(left, pattern),
        [left, "=" | "==", pattern] => glob(left, pattern),
        [left, "!=", pattern] => Ok(!glob(left, pattern)?),
        words if words.iter().any(|word| ["&&", "||", "(", ")", "<", ">"].contains(word)) => Err(not_understood(words)),
        words => simple(words, exists),
    }
}

fn not_understood(words: &[&str]) -> Reason {
    format!("the condition `{}` is not understood", words.join(" ")).into()
}

fn number(left: &str, operator: &str, right: &str) -> Result<bool, Reason> {
    let read = |text: &str| text.trim().parse::<i64>().map_err(|_| Reason::from(format!("`{text}` is not a number")));
    let compare: fn(&i64, &i64) -> bool = match operator {
        "-eq" => i64::eq,
        "-ne" => i64::ne,
        "-lt" => i64::lt,
        "-le" => i64::le,
        "-gt" => i64::gt,
        "-ge" => i64::ge,
        _ => return Err(not_understood(&[left, operator, right])),
    };
    Ok(compare(&read(left)?, &read(right)?))
}

/// Whether a text is what a pattern of the shell says: `*` and `?`.
pub(super) fn glob(text: &str, pattern: &str) -> Result<bool, Reason> {
    if pattern.contains(['[', '\\']) {
        return Err(format!("the pattern `{pattern}` is not understood").into());
    }
    let pattern = regex::escape(pattern).replace("\\*", ".*").replace("\\?", ".");
    matches(text, &format!("^(?s:{pattern})$"))
}

fn matches(text: &str, pattern: &str) -> Result<bool, Reason> {
    let regex = RegexBuilder::new(pattern).unicode(false).size_limit(1 << 20).build();
    let regex = regex.map_err(|_| Reason::from(format!("the pattern `{pattern}` is not understood")))?;
    Ok(regex.is_match(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        text.split(' ').map(Into::into).collect()
    }

    fn exists(path: &str) -> Result<bool, Reason> {
        Ok(path == "/proc")
    }

    #[test]
    fn conditions_hold_as_they_do_in_the_shell() {
        let of = |text: &str| single(&split(text), &exists);
        for right in ["3 -gt 2", "2 -le 2", "a = a", "a != b", "x", "-n x", "! -z x", "-e /proc", "1 -eq 2 -o 2 -eq 2"]
        {
            assert_eq!(of(right), Ok(true), "{right}");
        }
        for wrong in ["3 -lt 2", "-e /nothing", "a == b", "1 -eq 1 -a 1 -eq 2"] {
            assert_eq!(of(wrong), Ok(false), "{wrong}");
        }
        assert_eq!(single(&[], &exists), Ok(false));
        for bad in ["a -gt 2", " -gt 2", "-gt 2", "a b c d", "-e here", "1 -xx 2"] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn patterns_are_the_shells() {
        let of = |text: &str| double(&split(text), &exists);
        assert_eq!((of("i686 =~ i.86"), of("x86_64 =~ i.86")), (Ok(true), Ok(false)));
        assert_eq!((of("abc == a*"), of("abc != ?bc"), of("a.c == abc")), (Ok(true), Ok(false), Ok(false)));
        assert_eq!((of("-n x"), of("2 -ge 3")), (Ok(true), Ok(false)));
        assert!(of("a == b && c == d").is_err() && of("a == [ab]").is_err() && of("a =~ (").is_err());
        assert_eq!((glob("C", "C"), glob("anything", "*")), (Ok(true), Ok(true)));
    }
}
