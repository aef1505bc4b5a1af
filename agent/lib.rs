//! lava-bench: runs benchmarks on boards, sends the results through LAVA test signals, and rebuilds them on a host.
//!
//! The map, in the order of the flow. The record stands in the middle: everything is a way into it or out of it.
//!
//! | room | in -> out |
//! |---|---|
//! | `text` | printable and bounded text, YAML with limits: what several rooms need |
//! | [`record`] | -> the document, its versions, its invariants |
//! | [`definition`] | YAML -> a checked definition |
//! | [`samples`] | a definition's own proof: saved outputs and what must be found in them |
//! | [`plan`] | definitions and parameters -> cases in their order |
//! | [`system`] | /proc and /sys -> facts, conditions, findings |
//! | [`kernel_log`] | the kernel's log -> the faults that it reports |
//! | [`validity`] | what was observed of an iteration -> why it does not count |
//! | [`workload`] | parameters -> rounds: the benchmark inside the program |
//! | [`run`] | a plan -> a record, with events on the way |
//! | [`parse`] | a definition and an output -> an extraction |
//! | [`signal`], [`emit`] | a record <-> signals and frames; lines -> the console |
//! | `capture`, `rebuild` | bytes of any log -> lines -> records |
//! | [`suites`] | other suites' results <-> records; their jobs -> what runs |
//! | `statistics` | numbers -> numbers |
//! | `archive` | a folder of many records -> what boots are made of, with an index |
//! | `boots`, `compare` | records -> one number a boot; two sides -> verdicts |
//! | `history` | records over time -> change points |
//! | `bisect` | boots of both sides and of a build -> which side it is of |
//! | `exchange` | records -> CSV, JUnit, Parquet |
//! | `report` | a comparison -> text, JSON, CSV, JUnit, Markdown, a page of HTML, a mail |
//! | `lab` | addresses -> files; exports -> results; a record -> SQUAD; a mail -> SMTP |
//! | [`cli`] | arguments -> an exit code |
//!
//! `capture`, `rebuild`, `archive`, `boots`, `bisect`, `compare`, `history`, `exchange`, `statistics`, `report` and `lab` are what only a host needs (feature `host`).

pub mod record;
mod text;

pub mod definition;
pub mod samples;

pub mod kernel_log;
pub mod plan;
pub mod system;
pub mod validity;
pub mod workload;

pub mod parse;
pub mod run;

pub mod emit;
pub mod signal;

#[cfg(feature = "host")]
pub mod capture;
#[cfg(feature = "host")]
pub mod rebuild;

pub mod statistics;
pub mod suites;

#[cfg(feature = "host")]
pub mod archive;
#[cfg(feature = "host")]
pub mod bisect;
#[cfg(feature = "host")]
pub mod boots;
#[cfg(feature = "host")]
pub mod compare;
#[cfg(feature = "host")]
pub mod exchange;
#[cfg(feature = "host")]
pub mod history;
#[cfg(feature = "host")]
pub mod report;

#[cfg(feature = "host")]
pub mod lab;

pub mod cli;
