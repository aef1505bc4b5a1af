//! Captures, exports and addresses of LAVA and SQUAD -> a job's sources.

use super::scratch::Scratch;
use crate::{
    cli::{exit::Failure, terminal},
    lab::{
        self, Address, Client, Token,
        source::{self, Sink, SourceReport},
    },
};
use anyhow::Context;
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

/// How what an address names is fetched.
#[derive(Debug, Default, clap::Args)]
pub(in crate::cli) struct LabArgs {
    /// Keeps what is fetched from an address; what is there already is not fetched again
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// A file with the server's token, instead of LAVA_TOKEN or SQUAD_TOKEN
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl LabArgs {
    /// All addresses' jobs, and the folder that they are in where they are not kept.
    pub(in crate::cli) fn fetch(&self, addresses: &[&Path]) -> Result<(Vec<lab::Job>, Option<Scratch>), Failure> {
        let scratch = (!addresses.is_empty() && self.keep.is_none()).then(Scratch::new);
        let scratch = scratch.transpose().map_err(Failure::agent)?;
        let folder = self.keep.as_deref().or(scratch.as_ref().map(Scratch::path)).unwrap_or(Path::new("."));
        let mut jobs = Vec::new();
        for address in addresses {
            jobs.extend(self.fetch_one(address, folder)?);
        }
        Ok((jobs, scratch))
    }

    fn fetch_one(&self, address: &Path, folder: &Path) -> Result<Vec<lab::Job>, Failure> {
        let address: Address = address.to_str().unwrap_or_default().parse().map_err(Failure::input)?;
        let token = Token::find(self.token_file.as_deref(), address.token_variable()).map_err(Failure::input)?;
        let client = Client::new(address.server(), token, terminal::tell);
        let jobs = lab::fetch(&address, &client, &folder.join(address.host()))?;
        for job in &jobs {
            job.notes.iter().for_each(|note| terminal::tell(&format!("{}: {note}", job.name)));
        }
        Ok(jobs)
    }
}

/// Whether a source could be read to its end.
pub(in crate::cli) fn take_in(path: &Path, sink: &mut impl Sink) -> Result<bool, Failure> {
    let named = || path.display().to_string();
    let told = match path.to_str() {
        Some("-") => source::read(io::stdin().lock(), sink),
        _ => {
            let file = File::open(path).with_context(named).map_err(Failure::input)?;
            source::read(file, sink)
        }
    };
    Ok(say_report(&named(), told.with_context(named).map_err(Failure::input)?))
}

/// Says what a reader of a source should know; whether it could be read to its end.
pub(in crate::cli) fn say_report(name: &str, report: SourceReport) -> bool {
    let SourceReport { notes, damage, .. } = report;
    notes.iter().for_each(|note| terminal::tell(&format!("{name}: {note}")));
    if let Some(why) = &damage {
        terminal::tell(&format!("{name}: cut off or damaged, what was read is used: {why}"));
    }
    damage.is_none()
}
