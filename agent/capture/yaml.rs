//! YAML that somebody else wrote -> values, in bounded time.

use serde::de::DeserializeOwned;

/// How deep brackets may be nested in YAML: its parser takes quadratic time for them, and LAVA nests a handful.
const MAX_DEPTH: u32 = 100;

/// Why a text is no YAML of the form that is wanted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum YamlError {
    /// It would take too long to read.
    #[error("brackets are nested more than {MAX_DEPTH} deep")]
    Deep,
    /// It is none, or another form.
    #[error(transparent)]
    Form(#[from] serde_yaml::Error),
}

impl YamlError {
    /// The line, from 1.
    pub(crate) fn line(&self) -> usize {
        let Self::Form(error) = self else { return 1 };
        error.location().map_or(1, |location| location.line())
    }
}

/// Reads YAML that somebody else wrote.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, YamlError> {
    let (mut depth, mut deepest) = (0_u32, 0);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    if deepest > MAX_DEPTH { Err(YamlError::Deep) } else { Ok(serde_yaml::from_str(text)?) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_yaml::Value;

    #[test]
    fn reads_what_is_flat_enough() {
        assert!(read::<Value>(&format!("{}{}", "[".repeat(100), "]".repeat(100))).is_ok());
        let error = read::<Value>(&format!("a: '{}'", "[".repeat(101))).unwrap_err();
        assert_eq!((error.line(), error.to_string()), (1, "brackets are nested more than 100 deep".into()));
        assert_eq!(read::<Value>("a: 1\nb: [").unwrap_err().line(), 3);
    }
}
