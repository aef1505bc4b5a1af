//! Metrics in tables: a header line + rows -> cells that are numbers and labels.

use super::{ExtractionBuilder, Problem, number};
use crate::{definition::Table, text::printable};
use std::collections::BTreeMap;

/// The most columns that a problem names.
const MAX_COLUMNS: usize = 12;

/// The lines below a table's header.
pub(super) struct Rows<'a> {
    table: &'a Table,
    /// The table's position in its format.
    pub(super) at: usize,
    columns: Vec<String>,
}

impl<'a> Rows<'a> {
    /// The rows below `header`, the header line of the format's table `at`.
    pub(super) fn below(table: &'a Table, at: usize, header: &[u8]) -> Self {
        let names = || cells(header, table.separator).iter().map(|cell| printable(cell)).collect();
        Self { table, at, columns: if table.columns.is_empty() { names() } else { table.columns.clone() } }
    }

    /// Whether `line` is the first one below the table.
    pub(super) fn end_at(&self, line: &[u8]) -> bool {
        line.trim_ascii().is_empty() || self.table.end.as_ref().is_some_and(|end| end.is_match(line))
    }

    /// Takes the numbers of a row.
    pub(super) fn take(&self, line: &[u8], taken: &mut ExtractionBuilder<'_>) {
        let cells = cells(line, self.table.separator);
        let expected = self.columns.len();
        if cells.len() != expected {
            return taken.problem(Problem::Row { row: printable(line), found: cells.len(), expected });
        }
        let cell = |column: &str| {
            let at = self.columns.iter().position(|name| name == column)?;
            Some(cells[at].as_slice())
        };
        // Each row of a table lacks what its header lacks.
        let lacks = |column: &String| Problem::Column { column: column.clone(), columns: in_words(&self.columns) };
        let mut labelled = self.table.labels.values();
        if let Some(column) = labelled.find(|column| cell(column).is_none()) {
            return taken.problem_once(lacks(column));
        }
        let label = |(key, column): (&'a crate::record::Ident, &String)| {
            (key.as_str(), printable(cell(column).unwrap_or_default()))
        };
        let mut labels: BTreeMap<&str, String> = self.table.labels.iter().map(label).collect();
        for (column, metric) in &self.table.values {
            match cell(column) {
                Some(text) => self.number(metric, &labels, text, taken),
                None => taken.problem_once(lacks(column)),
            }
        }
        let Some((metric, key)) = &self.table.others else { return };
        for (column, text) in self.columns.iter().zip(&cells).filter(|(column, _)| self.is_other(column)) {
            labels.insert(key.as_str(), column.clone());
            self.number(metric, &labels, text, taken);
        }
    }

    fn is_other(&self, column: &str) -> bool {
        let is_value = self.table.values.iter().any(|(name, _)| name == column);
        !is_value && column != "-" && !self.table.labels.values().any(|name| name == column)
    }

    fn number(
        &self,
        metric: &crate::record::Ident,
        labels: &BTreeMap<&str, String>,
        text: &[u8],
        taken: &mut ExtractionBuilder<'_>,
    ) {
        if self.table.missing.iter().any(|missing| missing.as_bytes() == text) {
            return;
        }
        let number = number::read(text, self.table.number).map(|number| self.table.factor.apply(number));
        taken.number((metric, &self.table.repeats), labels, text, number);
    }
}

fn in_words(columns: &[String]) -> String {
    let shown: Vec<String> = columns.iter().take(MAX_COLUMNS).map(|column| format!("`{column}`")).collect();
    let more = if columns.len() > MAX_COLUMNS { " and more" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// The cells of a line: its words, or what stands between separators, quoted or not.
fn cells(line: &[u8], separator: Option<u8>) -> Vec<Vec<u8>> {
    let Some(separator) = separator else {
        let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        return words.map(<[u8]>::to_vec).collect();
    };
    let mut reader = csv_core::ReaderBuilder::new().delimiter(separator).build();
    // A record is never longer than its line, and has at most one cell more than the line has bytes.
    let (mut text, mut ends) = (vec![0; line.len()], vec![0; line.len() + 1]);
    let (_, read, written, count) = reader.read_record(line, &mut text, &mut ends);
    // A second call with no input tells the reader that the line ends here.
    let (_, _, more, rest) = reader.read_record(&line[read..], &mut text[written..], &mut ends[count..]);
    let mut start = 0;
    let cell = |end: &usize| {
        let cell = text[start..*end].trim_ascii().to_vec();
        start = *end;
        cell
    };
    let _ = more;
    ends[..count + rest].iter().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str, separator: Option<u8>) -> Vec<String> {
        cells(line.as_bytes(), separator).into_iter().map(|cell| String::from_utf8(cell).unwrap()).collect()
    }

    #[test]
    fn cells_are_words_or_stand_between_separators() {
        assert_eq!(texts("  a  1.5\tb ", None), ["a", "1.5", "b"]);
        assert_eq!(texts("a, 1.5,,\"b, \"\"c\"\"\"", Some(b',')), ["a", "1.5", "", "b, \"c\""]);
        assert_eq!(texts("a;b", Some(b';')), ["a", "b"]);
        assert_eq!(texts("", Some(b',')), [] as [&str; 0]);
    }
}
