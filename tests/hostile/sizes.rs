//! Inputs that are huge, nested or repeated: time and memory have bounds.
