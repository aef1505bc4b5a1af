//! The damage that nothing in an output can tell, and why.

use super::damage::Damage;

pub(super) const KNOWN: &[(&str, Damage, &str)] = &[];
