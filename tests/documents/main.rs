//! The documents say what the code does: their examples are read by it, and their tables are compared with its types.

#![expect(clippy::disallowed_methods, reason = "what is read is the project's own")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

mod pages;
mod record;
mod tree;
mod validity;
mod versions;

use std::fs;

/// The text of a document, by its path in the project.
fn document(path: &str) -> String {
    fs::read_to_string(support::project(path)).unwrap()
}

/// The texts of the blocks of the document `path` that are fenced with three backticks and `language`.
fn blocks(path: &str, language: &str) -> Vec<String> {
    let (text, mut blocks, mut fence) = (document(path), Vec::new(), None);
    for line in text.lines() {
        match (&mut fence, line.strip_prefix("```")) {
            (None, Some(language)) => fence = Some((language.to_string(), String::new())),
            (None, None) => {}
            (Some((_, block)), None) => {
                block.push_str(line);
                block.push('\n');
            }
            (Some(_), Some(_)) => blocks.extend(fence.take()),
        }
    }
    assert!(fence.is_none(), "{path}: a block does not end");
    blocks.into_iter().filter(|(of, _)| of == language).map(|(_, block)| block).collect()
}
