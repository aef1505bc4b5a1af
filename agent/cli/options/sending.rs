//! The options of all verbs that send: arguments -> what is sent.

use crate::{
    cli::{exit::Failure, terminal},
    emit::{Console, Manner, Unsent, Wanted},
    signal::{Budget, DEFAULT_BUDGET, Redundancy, TooLong},
};
use anyhow::anyhow;
use clap::ValueEnum;
use std::{num::NonZeroU32, path::Path};

/// Which signals are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Signals {
    /// All under LAVA or where standard output is no terminal, none for a person at a terminal
    Auto,
    /// A signal for each sample (at most 1,000 a benchmark), charts' values, verdicts
    All,
    /// The same of primary metrics alone: a short list
    Primary,
    /// Charts' values and verdicts
    Summary,
    /// None
    None,
}

/// Whether the frames are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Switch {
    /// The whole record, compressed, in log lines
    On,
    /// No frames
    Off,
}

impl Signals {
    /// Which samples have signals; `None`: there are no signals.
    fn budget(self) -> Option<Budget> {
        let all =
            self == Self::All || (self == Self::Auto && (terminal::under_lava() || !terminal::stdout_is_terminal()));
        match self {
            Self::Summary => Some(Budget::all(0)),
            Self::Primary => Some(Budget::primary(DEFAULT_BUDGET)),
            _ => all.then_some(Budget::all(DEFAULT_BUDGET)),
        }
    }
}

/// How a record is sent.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Sending {
    /// Whether frames are sent, which hold the whole record. Without it: where signals are sent
    #[arg(long, value_enum, value_name = "on|off")]
    stream: Option<Switch>,
    /// How many frames are sent in addition, in percent of those needed (0 to 400): so many may be lost
    #[arg(long, default_value = "25", value_parser = redundancy, value_name = "PERCENT")]
    redundancy: Redundancy,
    /// The speed of the serial line: lines are written as fast as it sends them, no faster
    #[arg(long, value_name = "BITS/S", value_parser = baud)]
    baud: Option<NonZeroU32>,
    /// Whether the kernel's messages wait while lines are written to its console
    #[arg(long, value_enum, default_value_t = QuietKernel::Auto, value_name = "auto|off")]
    quiet_kernel: QuietKernel,
}

/// What is done about kernel messages between the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum QuietKernel {
    /// They wait, on the kernel's own console and where this user may ask for it
    Auto,
    /// They do not wait
    Off,
}

impl Sending {
    /// What is sent.
    pub(in crate::cli) fn wanted(&self, signals: Signals) -> Wanted {
        let signals = signals.budget();
        let frames = self.stream.map_or(signals.is_some(), |stream| stream == Switch::On);
        Wanted { signals, frames: frames.then_some(self.redundancy) }
    }

    /// Whether frames are asked for.
    pub(in crate::cli) fn asks_for_frames(&self) -> bool {
        self.stream == Some(Switch::On)
    }

    /// Where it is sent.
    pub(in crate::cli) fn console(&self) -> Console {
        Console::from_environment(Manner { baud: self.baud, loud_kernel: self.quiet_kernel == QuietKernel::Off })
    }
}

/// Why a record has no frames, if that is why not all was sent.
fn too_long(unsent: &Unsent) -> Option<&TooLong> {
    let Unsent::Failed(error) = unsent else { return None };
    error.get_ref()?.downcast_ref()
}

/// What gets out what a run could not send: its record is in the file `record`.
pub(in crate::cli) fn hint(unsent: &Unsent, record: &Path) -> String {
    let record = record.display();
    match too_long(unsent) {
        Some(TooLong { redundancy: Some(percent) }) => {
            format!("hint: `lava-bench emit {record} --redundancy {percent}` sends its frames")
        }
        Some(TooLong { redundancy: None }) => {
            format!("hint: its signals were sent; only a copy of {record} has the rest")
        }
        // Other signals of the same record than those that were sent would contradict them; frames never do.
        None => format!("hint: `lava-bench emit {record} --signals none --stream on` sends the whole record"),
    }
}

/// Not all of the record `named` could be sent.
pub(in crate::cli) fn failure(unsent: Unsent, named: &str) -> Failure {
    let hint = match too_long(&unsent) {
        None => return Failure::unsent(unsent),
        Some(TooLong { redundancy: Some(percent) }) => format!("--redundancy {percent}, or less"),
        Some(TooLong { redundancy: None }) => "--stream off sends its signals alone".into(),
    };
    Failure::input(anyhow!("{named}: {unsent}\nhint: {hint}"))
}

fn baud(text: &str) -> Result<NonZeroU32, String> {
    text.parse().map_err(|_| "write a number of bits a second, as 115200".into())
}

fn redundancy(text: &str) -> Result<Redundancy, String> {
    let percent = text.strip_suffix('%').unwrap_or(text).parse().ok();
    let redundancy = percent.and_then(|percent| Redundancy::percent(percent).ok());
    redundancy.ok_or_else(|| "write a whole number of percent from 0 to 400, as 25".into())
}
