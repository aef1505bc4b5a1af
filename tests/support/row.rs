//! A row of the table that `scripts/hostile` prints: a line that begins with `HOSTILE`, its fields behind tabs.

use std::time::Instant;

/// What became of an attack.
pub(crate) struct Row<'a> {
    pub(crate) attack: &'a str,
    pub(crate) tried: u64,
    /// How many broke a promise.
    pub(crate) broken: u64,
    /// How many are known, and named with a reason.
    pub(crate) known: u64,
    /// When the attack began.
    pub(crate) begun: Instant,
}

impl Row<'_> {
    #[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
    pub(crate) fn print(&self) {
        let Self { attack, tried, broken, known, begun } = self;
        println!("\nHOSTILE\t{attack}\t{tried}\t{broken}\t{known}\t{:.0}", begun.elapsed().as_secs_f64());
    }
}
