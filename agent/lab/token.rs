//! Tokens: an environment variable or a file -> a text that is sent and never shown.

use std::{env, fmt, fs, io, path::Path, path::PathBuf};

/// What a server knows us by. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// Why there is no token. It never holds the text.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file cannot be read.
    #[error("token file {0}: {1}")]
    File(PathBuf, io::Error),
    /// What should be a file may be the token.
    #[error(
        "--token-file: {0}\nhint: it takes the name of a file; what was given is not shown, as it may be the token"
    )]
    NoFile(io::Error),
    /// It holds no token.
    #[error("{0}: no token\nhint: one line of printable ASCII characters without blanks")]
    Form(String),
}

impl Token {
    /// The token in `file`, else in the environment's `variable`, if there is one.
    ///
    /// # Errors
    /// What [`TokenError`] says.
    pub fn find(file: Option<&Path>, variable: &str) -> Result<Option<Self>, TokenError> {
        if let Some(path) = file {
            let text = fs::read_to_string(path).map_err(|error| unread(path, error))?;
            return Self::read(&text)
                .map(Some)
                .ok_or_else(|| TokenError::Form(format!("token file {}", path.display())));
        }
        match env::var_os(variable).filter(|value| !value.is_empty()) {
            None => Ok(None),
            Some(text) => {
                let token = text.to_str().and_then(Self::read);
                token.map(Some).ok_or_else(|| TokenError::Form(format!("environment variable {variable}")))
            }
        }
    }

    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| Self(text.into()))
    }

    /// The text, to be sent.
    pub(super) fn secret(&self) -> &str {
        &self.0
    }
}

/// A name is shown where a folder shows that it is one.
fn unread(path: &Path, error: io::Error) -> TokenError {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match path.exists() || folder.is_some_and(Path::is_dir) {
        true => TokenError::File(path.into(), error),
        false => TokenError::NoFile(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_from_a_file_and_is_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        fs::write(&file, "s3cret\n").unwrap();
        let token = Token::find(Some(&file), "NO_SUCH_VARIABLE_7").unwrap().unwrap();
        assert_eq!((token.secret(), format!("{token:?}")), ("s3cret", "Token(..)".into()));
        assert_eq!(Token::find(None, "NO_SUCH_VARIABLE_7").unwrap(), None);
        for bad in ["", "two words", "tw\u{f6}"] {
            fs::write(&file, bad).unwrap();
            let error = Token::find(Some(&file), "X").unwrap_err().to_string();
            assert!(error.contains("no token") && (bad.is_empty() || !error.contains(bad)), "{error}");
        }
        let error = Token::find(Some(&folder.path().join("none")), "X").unwrap_err().to_string();
        assert!(error.starts_with("token file ") && error.contains("No such file"), "{error}");
        for given in ["0123456789s3cret", "s3/cret+base64=="] {
            let error = Token::find(Some(Path::new(given)), "X").unwrap_err().to_string();
            assert!(error.starts_with("--token-file: No such file") && !error.contains("cret"), "{error}");
        }
    }
}
