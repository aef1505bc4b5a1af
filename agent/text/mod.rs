//! Texts that others write, with bounds: what several rooms need, and no room owns.

pub(crate) mod duration;
pub(crate) mod yaml;
