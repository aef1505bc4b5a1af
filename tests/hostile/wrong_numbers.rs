//! Outputs that are cut, of another tool, or contradict each other: no wrong number passes.
