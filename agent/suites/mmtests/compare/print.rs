//! Tables: a comparison -> text or HTML, with MMTests' columns.

use super::{Comparison, View, header};
use crate::text::{left, right};

/// A table of cells that have their width already.
pub(super) struct Table {
    head: Vec<Vec<String>>,
    body: Vec<Vec<Text>>,
}

/// A cell, and whether it is marked as a significant gain or loss.
struct Text {
    text: String,
    gain: Option<bool>,
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self { text, gain: None }
    }
}

/// `%W.Pf` of C: nan and inf as Perl spells them.
fn fixed(number: f64, width: usize, decimals: usize) -> String {
    let text = plain(number, decimals);
    right(&text, width)
}

fn plain(number: f64, decimals: usize) -> String {
    match number {
        _ if number.is_nan() => "NaN".into(),
        f64::INFINITY => "Inf".into(),
        f64::NEG_INFINITY => "-Inf".into(),
        _ => format!("{number:.decimals$}"),
    }
}

/// `%+.2f` of C.
fn signed(number: f64) -> String {
    let text = plain(number, 2);
    if text.starts_with('-') || number.is_nan() { text } else { format!("+{text}") }
}

impl Comparison {
    pub(super) fn full_table(&self, view: View) -> Table {
        let (width, decimals) = (self.rules.width, self.rules.decimals);
        let longest = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0);
        let title = longest(&mut self.rows.iter().map(|row| row.title.chars().count()));
        let operation = longest(&mut self.operations.iter().map(|name| name.chars().count()));
        let line =
            |head: &str, name: &str| vec![left(head, title).into(), format!(" {}", left(name, operation)).into()];
        let percent = |percent: f64| format!(" ({}%)", fixed(percent, 7, 2));
        let mut body = Vec::new();
        for row in &self.rows {
            let mut cells: Vec<Text> = line(&row.title, &self.operations[row.operation]);
            for cell in &row.cells {
                cells.push(fixed(cell.value, width, decimals).into());
                if !view.no_compare {
                    cells.push(Text { text: percent(cell.percent), gain: cell.marked.then_some(cell.percent > 0.0) });
                }
            }
            body.push(cells);
        }
        if view.significance {
            for (name, runs) in self.operations.iter().zip(&self.significance) {
                let mut cells: Vec<Text> = line("Significant", name);
                for (significant, ratio) in runs {
                    cells.push(fixed(f64::from(u8::from(*significant)), width, decimals).into());
                    if !view.no_compare {
                        cells.push(percent(*ratio).into());
                    }
                }
                cells.push(" ".repeat(width).into());
                body.push(cells);
            }
        }
        Table { head: self.head(title + operation + 1, if view.no_compare { width } else { width + 11 }), body }
    }

    pub(super) fn ratio_table(&self) -> Table {
        let (width, decimals) = (self.rules.width, self.rules.decimals);
        let names = || self.ratios.operations.iter().map(|at| self.operations[*at].as_str());
        let label = names().map(|name| name.chars().count()).max().unwrap_or(0) + 6;
        // MMTests makes formats for as many runs as there are operations, and one more.
        let formats = self.ratios.operations.len() + 1;
        let mut body = Vec::new();
        for (name, row) in names().zip(&self.ratios.cells) {
            let mut cells: Vec<Text> = vec![left(&format!("Ratio {name}"), label).into()];
            for (run, cell) in row.iter().enumerate() {
                cells.push(fixed(cell.ratio, width, decimals).into());
                if run < formats {
                    cells.push(format!(" ({}%)", plain(cell.percent, 2)).into());
                    cells.push(format!(" ({}s)", signed(cell.difference)).into());
                } else {
                    cells.push(fixed(cell.percent, width, decimals).into());
                    cells.push(fixed(cell.difference, width, decimals).into());
                }
            }
            body.push(cells);
        }
        let mut total = |title: &str, numbers: Vec<f64>| {
            let head = left(&format!("{title:<5} {}", self.ratios.direction), label);
            let mut cells: Vec<Text> = vec![head.into()];
            for (run, number) in numbers.into_iter().enumerate() {
                cells.push(fixed(number, width, decimals).into());
                let blank = if run < formats { [8, 9] } else { [width, width] };
                cells.extend(blank.map(|width| Text::from(" ".repeat(width))));
            }
            body.push(cells);
        };
        if let Some(differences) = &self.ratios.differences {
            for (at, title) in ["Dmean", "Dmin", "Dmax"].into_iter().enumerate() {
                total(title, differences.iter().map(|run| run[at]).collect());
            }
        }
        total("Gmean", self.ratios.geometric_means.clone());
        Table { head: self.head(label, width + 11), body }
    }

    /// Two lines: nothing over the rows' names, then each run's name.
    fn head(&self, names: usize, width: usize) -> Vec<Vec<String>> {
        let runs: Vec<[String; 2]> = self.runs.iter().map(|run| header::lines(run)).collect();
        let line = |at: usize| {
            let runs = runs.iter().map(|lines| right(&lines[at], width));
            std::iter::once(" ".repeat(names)).chain(runs).collect()
        };
        vec![line(0), line(1)]
    }
}

impl Table {
    /// Lines of cells side by side; a marked one has asterisks for its parentheses.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.head {
            text.extend(line.iter().map(String::as_str));
            text.push('\n');
        }
        for line in &self.body {
            for cell in line {
                match cell.gain {
                    Some(_) => text.push_str(&cell.text.replace(['(', ')'], "*")),
                    None => text.push_str(&cell.text),
                }
            }
            text.push('\n');
        }
        text
    }

    /// An HTML table; a marked cell is green for a gain and red for a loss.
    pub(super) fn html(&self) -> String {
        let mut html = String::from("<table class=\"resultsTable\">\n");
        for line in &self.head {
            let cells: String = line.iter().map(|cell| format!("<th colspan=\"2\" >{}</th>", escape(cell))).collect();
            html.push_str(&format!("<tr>{cells}</tr>\n"));
        }
        for line in &self.body {
            let cells = line.iter().map(|cell| {
                let colour =
                    cell.gain.map_or("", |gain| if gain { " bgcolor=\"#A0FFA0\"" } else { " bgcolor=\"#FFA0A0\"" });
                format!("<td{}>{}</td>", if colour.is_empty() { " " } else { colour }, escape(&cell.text))
            });
            let cells: String = cells.collect();
            html.push_str(&format!("<tr>{cells}</tr>\n"));
        }
        html.push_str("</table>\n");
        html
    }
}

/// What HTML would take for the begin of its own. A `>` stands for itself, as MMTests writes it.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
