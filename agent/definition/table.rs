//! Tables: a header line, and rows of cells below it.

use super::{Expected, Factor, NumberFormat};
use crate::record::Ident;
use regex::bytes::Regex;
use std::collections::BTreeMap;

/// A table in an output. It ends at a blank line, at `end`, at another header and at a section's heading.
#[derive(Clone, Debug)]
pub struct Table {
    /// Matches the header line.
    pub header: Regex,
    /// The columns' names; without any, they are the cells of the header line.
    pub columns: Vec<String>,
    /// What stands between cells; `None`: blanks. Cells between separators may be quoted, as in CSV.
    pub separator: Option<u8>,
    /// The first line below the table.
    pub end: Option<Regex>,
    /// Which column is which metric.
    pub values: Vec<(String, Ident)>,
    /// The metric of all columns that are neither values nor labels nor called `-`, and the label that their names are.
    pub others: Option<(Ident, Ident)>,
    /// Labels, each the cell of a column.
    pub labels: BTreeMap<Ident, String>,
    /// How a number is written.
    pub number: NumberFormat,
    /// What every number is multiplied with.
    pub factor: Factor,
    /// Cells that say that there is no number.
    pub missing: Vec<String>,
    /// How many rows one execution has.
    pub expected: Expected,
    /// How many values one series has: those of a metric with the same labels.
    pub repeats: Expected,
}
