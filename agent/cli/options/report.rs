//! What the faces of a report share: templates, links, who reports; and how records of several boards become comparisons.

use crate::{
    boots::{Kind, collect},
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
    base: &[Record],
    new: &[Record],
    past: &[Record],
    rules: &Rules,
    with_disturbed: bool,
) -> Result<Vec<Document>, Failure> {
    let kinds = |records: &[Record]| records.iter().map(kind).collect::<BTreeSet<Kind>>();
    let common: Vec<Kind> = kinds(base).intersection(&kinds(new)).cloned().collect();
    let one = |base: &[Record], new: &[Record], past: &[Record]| {
        let boots = |records: &[Record]| collect(records, with_disturbed);
        let comparison = compare(&boots(base), &boots(new), &boots(past), rules)?;
        Ok::<_, NotComparable>(Document::of(&comparison).with_evidence(Sources { base, new }))
    };
    if common.len() < 2 {
        return Ok(vec![one(base, new, past).map_err(Failure::input)?]);
    }
    let of = |records: &[Record], wanted: &Kind| {
        records.iter().filter(|one| kind(one) == *wanted).cloned().collect::<Vec<_>>()
    };
    let mut documents = Vec::new();
    let mut first = None;
    for wanted in &common {
        match one(&of(base, wanted), &of(new, wanted), &of(past, wanted)) {
            Ok(document) => documents.push(document),
            Err(error) => {
                super::source::say(&format!("{wanted}: {}", error.to_string().lines().next().unwrap_or_default()));
                first.get_or_insert(error);
            }
        }
    }
    match first.filter(|_| documents.is_empty()) {
        Some(error) => Err(Failure::input(error)),
        None => Ok(documents),
    }
}

/// What changed over time; a history in which nothing was measured is none.
pub(in crate::cli) fn changes(
    records: &[Record],
    rules: &history::Rules,
    with_disturbed: bool,
) -> Result<Option<Changes>, Failure> {
    match history::history(&collect(records, with_disturbed), rules) {
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
    let input = Input { documents, history, all_series, links: &[], reporter: None, commits: (None, None), made };
    report::page(&input, &templates).map_err(Failure::agent)
}

fn kind(record: &Record) -> Kind {
    record.machine.as_ref().map(Kind::of).unwrap_or_default()
}
