//! placeholder
use serde::{Deserialize, Serialize};
/// placeholder
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Default)]
pub struct Machine {}
