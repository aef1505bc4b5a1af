//! What the faces of a report share: templates, links, who reports; and how records of several boards become comparisons.

use super::source::Gathered;
use crate::{
    boots::{Boots, Kind, collect},
    cli::exit::Failure,
    compare::{NotComparable, Rules, compare},
    history::{self, Changes, NoHistory},
    record::Record,
    report::{self, Document, Input, Sources, Templates},
};
use anyhow::{Context, anyhow};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    time::SystemTime,
};

/// The largest template.
const MOST_BYTES: u64 = 1 << 20;

/// How a page and a mail look, and what they name.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "The page and the mail")]
pub(in crate::cli) struct FaceArgs {
    /// A folder with templates of your own: page.html, page.css, page.js, mail.txt, mail.html, subject.txt, table.txt
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) template: Option<PathBuf>,
    /// An address that a reader may want, such as a dashboard's (repeatable)
    #[arg(long = "link", value_name = "URL")]
    pub(in crate::cli) links: Vec<String>,
    /// Who reports: NAME <ADDRESS>
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) from: Option<String>,
    /// The last good commit, where the builds' names do not say it
    #[arg(long, value_name = "COMMIT")]
    pub(in crate::cli) good: Option<String>,
    /// The first bad commit
    #[arg(long, value_name = "COMMIT")]
    pub(in crate::cli) bad: Option<String>,
}

impl FaceArgs {
    /// The built-in templates, and instead of them those in the folder.
    pub(in crate::cli) fn templates(&self) -> Result<Templates, Failure> {
        let mut replaced = BTreeMap::new();
        if let Some(folder) = &self.template {
            for name in report::names() {
                let path = folder.join(name);
                let Ok(metadata) = fs::metadata(&path) else { continue };
                if !metadata.is_file() || metadata.len() > MOST_BYTES {
                    return Err(Failure::input(anyhow!("{}: not a file of 1 MiB or less", path.display())));
                }
                let text =
                    fs::read_to_string(&path).with_context(|| path.display().to_string()).map_err(Failure::input)?;
                replaced.insert(name.to_string(), text);
            }
            if replaced.is_empty() {
                let names = report::names().join(", ");
                return Err(Failure::input(anyhow!(
                    "{}: no template in it\nhint: it may have {names}",
                    folder.display()
                )));
            }
        }
        Templates::new(replaced).map_err(Failure::input)
    }
}

/// The comparison of each kind of machine that is on both sides; of none, of all records together.
pub(in crate::cli) fn boards(
    base: &Gathered,
    new: &Gathered,
    past: &Boots,
    rules: &Rules,
) -> Result<Vec<Document>, NotComparable> {
    let kinds = |side: &Gathered| side.boots.boots.iter().map(|boot| boot.kind.clone()).collect::<BTreeSet<Kind>>();
    let common: Vec<Kind> = kinds(base).intersection(&kinds(new)).cloned().collect();
    if common.len() < 2 {
        let sources = Sources { base: &base.records, new: &new.records };
        let document = one(&base.boots, &new.boots, past, rules)?;
        return Ok(vec![document.with_evidence(sources)]);
    }
    let records = |side: &Gathered, wanted: &Kind| {
        side.records.iter().filter(|one| kind(one) == *wanted).cloned().collect::<Vec<_>>()
    };
    let mut documents = Vec::new();
    let mut first = None;
    for wanted in &common {
        let of = |boots: &Boots| boots.only(|boot| boot.kind == *wanted);
        match one(&of(&base.boots), &of(&new.boots), &of(past), rules) {
            Ok(document) => {
                let (base, new) = (records(base, wanted), records(new, wanted));
                documents.push(document.with_evidence(Sources { base: &base, new: &new }));
            }
            Err(error) => {
                super::source::say(&format!("{wanted}: {}", first_line(&error)));
                first.get_or_insert(error);
            }
        }
    }
    match first.filter(|_| documents.is_empty()) {
        Some(error) => Err(error),
        None => Ok(documents),
    }
}

/// Why there is nothing to compare, where that is so: nothing was measured, or nothing that counts. Other errors are of what
/// was asked for.
pub(in crate::cli) fn nothing_measured(error: &NotComparable) -> Option<String> {
    use NotComparable::{Empty, NothingCounts, NothingInCommon};
    let is_nothing = matches!(error, Empty(_) | NothingInCommon { .. } | NothingCounts { .. });
    is_nothing.then(|| first_line(error))
}

/// Without its hint.
pub(in crate::cli) fn first_line(error: &impl ToString) -> String {
    error.to_string().lines().next().unwrap_or_default().into()
}

fn one(base: &Boots, new: &Boots, past: &Boots, rules: &Rules) -> Result<Document, NotComparable> {
    Ok(Document::of(&compare(base, new, past, rules)?))
}

/// What changed over time, the sides' boots included where their records are there; nothing where there is no history, or where
/// nothing was measured in it.
pub(in crate::cli) fn over_time(
    past: &Gathered,
    sides: Sources,
    rules: &history::Rules,
    with_disturbed: bool,
) -> Result<Option<Changes>, Failure> {
    let boots = match past.is_large {
        true => past.boots.clone(),
        false if past.records.is_empty() => return Ok(None),
        false => collect(&[&past.records, sides.base, sides.new].concat(), with_disturbed),
    };
    match history::history(&boots, rules) {
        Ok(changes) => Ok(Some(changes)),
        Err(NoHistory::NothingMeasured { .. }) => Ok(None),
        Err(error) => Err(Failure::input(error)),
    }
}

/// The page with the built-in templates, as `compare` and `history` write it.
pub(in crate::cli) fn plain_page(
    documents: &[Document],
    history: Option<&Changes>,
    all_series: bool,
) -> Result<String, Failure> {
    let templates = Templates::new(BTreeMap::new()).map_err(Failure::agent)?;
    let made = SystemTime::now();
    let input = Input {
        documents,
        no_data: None,
        history,
        all_series,
        links: &[],
        reporter: None,
        commits: (None, None),
        made,
    };
    report::page(&input, &templates).map_err(Failure::agent)
}

fn kind(record: &Record) -> Kind {
    record.machine.as_ref().map(Kind::of).unwrap_or_default()
}
