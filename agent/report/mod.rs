//! The report: a comparison -> text for people and for programs. Pure.

mod sentence;
mod text;

pub use text::text;

pub fn markdown(_: &crate::compare::Comparison, _: bool) -> String {
    String::new()
}
pub fn json(_: &crate::compare::Comparison) -> String {
    String::new()
}
pub fn csv(_: &crate::compare::Comparison) -> String {
    String::new()
}
pub fn junit(_: &crate::compare::Comparison) -> String {
    String::new()
}
