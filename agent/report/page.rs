//! Comparisons and a history -> one page that needs no network: HTML with its style, its drawings and a little script in it.

use super::{
    templates::{TemplateError, Templates},
    view::{Input, View},
};

/// The page.
///
/// # Errors
/// Those of a lab's own templates.
pub fn page(input: &Input, templates: &Templates) -> Result<String, TemplateError> {
    templates.fill("page.html", View::of(input))
}
