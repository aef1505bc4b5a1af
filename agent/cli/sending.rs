//! The options of all verbs that send: arguments -> what is sent.

use super::{Signals, Switch};
use crate::{emit::Wanted, signal::Redundancy};

/// How a record is sent.
#[derive(Debug, clap::Args)]
pub(super) struct Sending {
    /// Whether the whole record is sent in frames; without it, wherever signals are
    #[arg(long, value_enum, value_name = "WHETHER")]
    stream: Option<Switch>,
    /// How many more frames are sent than are needed, of 100: any as many as are needed give the record back (0 to 400)
    #[arg(long, default_value = "25", value_parser = redundancy, value_name = "PERCENT")]
    redundancy: Redundancy,
}

impl Sending {
    /// What is sent.
    pub(super) fn wanted(&self, signals: Signals) -> Wanted {
        let signals = signals.budget();
        let frames = self.stream.map_or(signals.is_some(), |stream| stream == Switch::On);
        Wanted { signals, frames: frames.then_some(self.redundancy) }
    }
}

fn redundancy(text: &str) -> Result<Redundancy, String> {
    let percent =
        text.strip_suffix('%').unwrap_or(text).parse().map_err(|_| "write a whole number of percent, as 25")?;
    Redundancy::percent(percent)
}
