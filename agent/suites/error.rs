//! What suites say of their own files.

/// What a suite says of its own files that are wrong.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct SuiteError(Box<dyn std::error::Error + Send + Sync>);

impl SuiteError {
    /// What the suite says.
    pub fn new(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }
}
