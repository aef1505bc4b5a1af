//! What a runner puts around a tool's outputs, as far as it depends on the tool.

use regex::bytes::Regex;

/// How the tool's own outputs are found in a file that a runner wrote.
#[derive(Clone, Debug, Default)]
pub struct Envelope {
    /// The command lines whose outputs these are; without it, those of the tool's own name.
    pub command: Option<Regex>,
    /// The first line of an output, where several follow each other.
    pub begins: Option<Regex>,
    /// The last line of an output, where several follow each other.
    pub last: Option<Regex>,
    /// The line that the definition's own command prints before the tool's.
    pub mark: Option<String>,
    /// Lines that others wrote into the file meanwhile.
    pub others: Vec<Regex>,
    /// What a command line says of a parameter: its name, and a pattern whose group `value` is its value.
    pub parameters: Vec<(String, Regex)>,
}
