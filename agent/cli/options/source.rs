//! Sources: a file, a folder, an address or standard input -> records or a suite's results, whatever they are in.

use super::{
    early,
    identity::record_id,
    lab::{LabArgs, say_report, take_in},
    many,
    query::Query,
};
use crate::{
    boots::{self, Boots, Collector},
    capture::unpack,
    cli::{exit::Failure, terminal},
    lab::{
        Address,
        source::{self, Job},
    },
    record::Record,
    report::Document,
    run::{JOURNAL, RECORD},
    suites::{self, Content, Input, IterationOrder, Selection, Version},
};
use anyhow::{Context, anyhow};
use clap::ValueEnum;
use std::{
    fs::File,
    io::{self, BufRead, Cursor, Read},
    path::{Path, PathBuf},
};

/// How a folder that MMTests wrote is read.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct TreeArgs {
    /// The alternative report of a folder's benchmark, such as fio's latency
    #[arg(long, value_name = "NAME")]
    report: Option<String>,
    /// Takes a folder's iterations in the order of their numbers, not MMTests' (iter-10 before iter-2)
    #[arg(long)]
    numeric_iterations: bool,
    /// Whose rules and titles, and whose reading of a folder's logs
    #[arg(long, value_enum, default_value_t = MmtestsVersion::Head, value_name = "VERSION")]
    pub(in crate::cli) mmtests_version: MmtestsVersion,
}

/// A version of MMTests, as it is named here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum MmtestsVersion {
    /// June 2026
    #[value(name = "2026-06", alias = "head")]
    Head,
    /// January 2026
    #[value(name = "classic-2026-01")]
    Classic202601,
    /// November 2021
    #[value(name = "2021-11", alias = "classic-2021-11")]
    Classic202111,
}

impl From<MmtestsVersion> for Version {
    fn from(version: MmtestsVersion) -> Self {
        match version {
            MmtestsVersion::Head => Self::Head,
            MmtestsVersion::Classic202601 => Self::Classic202601,
            MmtestsVersion::Classic202111 => Self::Classic202111,
        }
    }
}

impl TreeArgs {
    pub(in crate::cli) fn selection(&self, benchmark: Option<String>) -> Selection {
        let order = if self.numeric_iterations { IterationOrder::Numbers } else { IterationOrder::Bytes };
        Selection { benchmark, alternative: self.report.clone(), order, version: self.mmtests_version.into() }
    }
}

/// Reads a source, which is recognised by its content; `selection` is what is taken of MMTests' folders.
pub(in crate::cli) fn read(path: &Path, selection: &Selection, lab: &LabArgs) -> Result<Content, Failure> {
    let (source, query) = Query::split(path)?;
    let content = whole(&source, selection, lab)?;
    if query.is_empty() {
        return Ok(content);
    }
    let mut records = content.into_records(&record_id);
    records.retain(|record| query.wants(record));
    if records.is_empty() { Err(nothing_asked_for(path)) } else { Ok(Content::Records(records)) }
}

fn nothing_asked_for(path: &Path) -> Failure {
    Failure::input(anyhow!("{}: no record that was asked for", path.display()))
}

fn whole(path: &Path, selection: &Selection, lab: &LabArgs) -> Result<Content, Failure> {
    if path.to_str().is_some_and(Address::is_meant) {
        return of_address(path, lab);
    }
    let content = if path.is_dir() { folder(path, selection) } else { file(path, selection) };
    content.with_context(|| path.display().to_string()).map_err(Failure::input)
}

/// What sources measured.
#[derive(Default)]
pub(in crate::cli) struct Gathered {
    pub(in crate::cli) boots: Boots,
    /// The records, unless a folder has so many of them that only their boots are taken.
    pub(in crate::cli) records: Vec<Record>,
    /// Whether records are left out.
    pub(in crate::cli) is_large: bool,
}

impl Gathered {
    /// Of records.
    pub(in crate::cli) fn of(records: Vec<Record>, with_disturbed: bool) -> Gathered {
        Gathered { boots: boots::collect(&records, with_disturbed), records, is_large: false }
    }
}

/// Whether one of the sources is a folder of so many records that it is not read as a whole.
pub(in crate::cli) fn are_large<'a>(sources: impl IntoIterator<Item = &'a PathBuf>) -> Result<bool, Failure> {
    for source in sources {
        let (source, _) = Query::split(source)?;
        if many::indexed(&source).with_context(|| source.display().to_string()).map_err(Failure::input)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The boots of several sources. Of a folder with many records, these are taken one after the other.
pub(in crate::cli) fn gather(
    sources: &[PathBuf],
    selection: &Selection,
    lab: &LabArgs,
    with_disturbed: bool,
) -> Result<Gathered, Failure> {
    let mut collector = Collector::new(with_disturbed);
    let (mut records, mut is_large) = (Vec::new(), false);
    for path in sources {
        let named = || path.display().to_string();
        let (source, query) = Query::split(path)?;
        let Some(files) = many::indexed(&source).with_context(named).map_err(Failure::input)? else {
            let more = read(path, selection, lab)?.into_records(&record_id);
            more.iter().for_each(|record| collector.add(record));
            records.extend(more);
            continue;
        };
        is_large = true;
        let mut taken = 0;
        let mut take = |record: Record| {
            if query.wants(&record) {
                collector.add(&record);
                taken += 1;
            }
            Ok(())
        };
        many::each_condensed(&source, &files, &mut take).with_context(named).map_err(Failure::input)?;
        if taken == 0 {
            return Err(nothing_asked_for(path));
        }
    }
    if is_large {
        records.clear();
    }
    Ok(Gathered { boots: collector.finish(), records, is_large })
}

/// The records of several sources, in their order.
pub(in crate::cli) fn records(
    sources: &[PathBuf],
    selection: &Selection,
    lab: &LabArgs,
) -> Result<Vec<Record>, Failure> {
    let mut records = Vec::new();
    for path in sources {
        records.extend(read(path, selection, lab)?.into_records(&record_id));
    }
    Ok(records)
}

/// Gives each record of a source, in their order. A folder of records is never in memory as a whole.
#[cfg(feature = "parquet")]
pub(in crate::cli) fn each(
    path: &Path,
    selection: &Selection,
    lab: &LabArgs,
    take: &mut dyn FnMut(Record) -> anyhow::Result<()>,
) -> Result<(), Failure> {
    let (source, query) = Query::split(path)?;
    let several = source.is_dir() && many::is_meant(&source) && !suites::recognises(&Input::Folder(&source));
    let given = match several {
        true => many::each(&source, &mut |record| if query.wants(&record) { take(record) } else { Ok(()) }),
        false => read(path, selection, lab)?.into_records(&record_id).into_iter().try_for_each(take),
    };
    given.with_context(|| path.display().to_string()).map_err(Failure::input)
}

/// The records of the jobs at an address.
fn of_address(address: &Path, lab: &LabArgs) -> Result<Content, Failure> {
    let (jobs, _scratch) = lab.fetch(&[address])?;
    let mut records = Vec::new();
    for fetched in &jobs {
        let mut job = Job::default();
        for path in &fetched.files {
            take_in(path, &mut job)?;
        }
        let (rebuilt, _) = job.explained();
        records.extend(rebuilt.into_iter().map(|mut rebuilt| {
            rebuilt.add_lab(fetched.lab.as_ref());
            rebuilt.record
        }));
    }
    if records.is_empty() {
        let error = anyhow!("no signal and no frame of a record").context(address.display().to_string());
        return Err(Failure::input(error));
    }
    Ok(Content::Records(records))
}

/// A run's folder, a folder that a suite wrote, or a folder with records somewhere in it.
fn folder(path: &Path, selection: &Selection) -> anyhow::Result<Content> {
    let record = path.join(RECORD);
    if record.is_file() {
        return file(&record, selection).context(RECORD);
    }
    if path.join(JOURNAL).is_file() {
        return Ok(Content::Records(vec![early::record(path)?]));
    }
    if suites::recognises(&Input::Folder(path)) {
        return results(path, selection);
    }
    let mut records = Vec::new();
    many::each(path, &mut |record| {
        records.push(record);
        Ok(())
    })?;
    Ok(Content::Records(records))
}

/// A file or standard input: records, a suite's results, or a capture.
fn file(path: &Path, selection: &Selection) -> anyhow::Result<Content> {
    let source: Box<dyn Read> = match path.to_str() {
        Some("-") => Box::new(io::stdin()),
        _ => Box::new(File::open(path)?),
    };
    let mut source = unpack(source)?.source;
    let mut prefix = Vec::new();
    source.by_ref().take(PREFIX).read_to_end(&mut prefix)?;
    if prefix.trim_ascii().is_empty() {
        return Err(anyhow!("it is empty"));
    }
    if Document::is_meant(&prefix) {
        return Err(anyhow!(
            "it is a comparison, as `compare --format json` writes it, and no records\n\
             hint: `lava-bench report` reads it; to compare anew, name the records that it was made of"
        ));
    }
    let is_record = suites::is_record(&prefix);
    let is_suites = || suites::recognises(&Input::File(&prefix));
    if !is_record && !begins_a_document(&prefix) && !is_suites() {
        return capture(path, &mut Cursor::new(prefix).chain(source));
    }
    let mut bytes = prefix;
    source.read_to_end(&mut bytes)?;
    if is_record || suites::recognises(&Input::File(&bytes)) {
        return said(suites::read(&Input::File(&bytes), selection)?);
    }
    // An export of LAVA or SQUAD; what is neither is taken for a suite's file, which says what is wrong with it.
    capture(path, &mut &bytes[..]).or_else(|_| said(suites::read(&Input::File(&bytes), selection)?))
}

/// How much of a file is looked at to recognise it.
const PREFIX: u64 = 4096;

fn begins_a_document(prefix: &[u8]) -> bool {
    let text = prefix.strip_prefix(b"\xef\xbb\xbf").unwrap_or(prefix).trim_ascii_start();
    // A kernel's first line begins with `[` too.
    let rest = text.get(1..).unwrap_or_default().trim_ascii_start();
    text.starts_with(b"{") || (text.starts_with(b"[") && rest.starts_with(b"{"))
}

/// The records that a capture or an export holds.
fn capture(path: &Path, source: &mut impl BufRead) -> anyhow::Result<Content> {
    let mut job = Job::default();
    say_report(&path.display().to_string(), source::read(source, &mut job)?);
    let (rebuilt, _) = job.explained();
    if rebuilt.is_empty() {
        return Err(anyhow!("neither a record nor a suite's results, and no signal and no frame of a record in it"));
    }
    Ok(Content::Records(rebuilt.into_iter().map(|rebuilt| rebuilt.record).collect()))
}

/// A folder that a suite wrote.
pub(in crate::cli) fn results(folder: &Path, selection: &Selection) -> anyhow::Result<Content> {
    said(suites::read(&Input::Folder(folder), selection)?)
}

fn said(content: Content) -> anyhow::Result<Content> {
    if let Content::Results(results) = &content {
        results.notes().iter().for_each(|note| say(note));
    }
    Ok(content)
}

/// Says what a reader of results should know.
pub(in crate::cli) fn say(note: &str) {
    terminal::tell(&format!("lava-bench: {note}"));
}
