//! `convert --to parquet`: records, one after the other -> tables in folders.

use super::{Args, check};
use crate::{
    cli::{exit::Failure, options::source},
    exchange::{Tables, Written},
    text::counted,
};
use anyhow::anyhow;
use std::io;

/// The format's name.
pub(super) const NAME: &str = "parquet";

/// Writes the tables.
pub(super) fn write(args: &Args) -> Result<(), Failure> {
    let no_folder = || anyhow!("-o is missing\nhint: name a new folder, such as samples");
    let folder = args.output.as_ref().ok_or_else(no_folder).map_err(Failure::input)?;
    let wrong = |error: io::Error| {
        let taken = error.kind() == io::ErrorKind::AlreadyExists;
        let error = anyhow!(error).context(folder.display().to_string());
        if taken { Failure::input(anyhow!("{error:#}\nhint: name a new folder")) } else { Failure::agent(error) }
    };
    let mut tables = Tables::create(folder).map_err(wrong)?;
    let selection = args.tree.selection(args.benchmark.clone());
    let mut unwritten = None;
    let done = source::each(&args.source, &selection, &args.lab, &mut |record| {
        check(&record)?;
        tables.add(&record).map_err(|error| {
            unwritten = Some(error);
            anyhow!("not written")
        })
    });
    if let Some(error) = unwritten {
        return Err(wrong(error));
    }
    done?;
    let Written { records, rows, files } = tables.finish().map_err(wrong)?;
    let [records, rows, files] = [(records, "record"), (rows, "sample"), (files, "file")].map(|(n, of)| counted(n, of));
    source::say(&format!("{}: {rows} of {records} in {files}", folder.display()));
    Ok(())
}
