//! Heads of columns: a run's name -> two lines.

/// The name in two lines: split at its first `-`, or after `-rc` and a digit. One without `-` loses its last character in
/// the first line and is whole in the second, as MMTests has it.
pub(super) fn lines(name: &str) -> [String; 2] {
    let characters: Vec<char> = name.chars().collect();
    let text = |from: usize, to: usize| -> String { characters.iter().take(to).skip(from).collect() };
    let Some(mut at) = characters.iter().position(|character| *character == '-') else {
        return [text(0, characters.len().saturating_sub(1)), name.into()];
    };
    let window: Vec<char> = characters.iter().skip(at).take(at + 3).copied().collect();
    let candidate = |four: &[char]| four[..3] == ['-', 'r', 'c'] && four[3].is_ascii_digit();
    if window.windows(4).any(candidate) {
        at += 4;
    }
    [text(0, at), text(at + 1, characters.len())]
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn names_are_split_as_mmtests_splits_them() {
        for (name, first, second) in [
            ("5.15.0", "5.15.", "5.15.0"),
            ("5.15.0-generic-x", "5.15.0", "generic-x"),
            ("6.1.0-rc3", "6.1.0-rc3", ""),
            ("6.1.0-rc3-fix-v2", "6.1.0-rc3", "fix-v2"),
            ("", "", ""),
            ("é", "", "é"),
        ] {
            assert_eq!(lines(name), [first, second], "{name}");
        }
    }
}
