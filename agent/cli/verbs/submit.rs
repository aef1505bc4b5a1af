//! `submit`: records -> a results server.

use crate::{
    cli::{
        exit::{Code, Failure},
        options::{many, record},
        terminal,
    },
    lab::{Client, Place, Sent, ServerError, Slug, Submission, Token},
    record::Record,
    text::counted,
};
use anyhow::{Context, anyhow};
use clap::Subcommand;
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Sends records to a results server
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench submit squad record.json --server https://qa.example \\
    --group perf --project linux
  lava-bench submit squad record.json --server https://qa.example \\
    --group perf --project linux --build v6.12 --dry-run")]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    server: Server,
}

#[derive(Debug, Subcommand)]
enum Server {
    Squad(Squad),
}

/// Sends records to SQUAD, each as one test run
///
/// Names are the ones that results have when SQUAD fetches them from LAVA, and each metric is sent with all its samples.
/// The record and a log with its signals and frames go along. A record is taken once: sending it again changes nothing, and
/// if the server has other results under its id, the exit code is 2. SQUAD_TOKEN is the token of a user who may submit.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench submit squad record.json --server https://qa.example \\
    --group perf --project linux
  lava-bench submit squad records/v6.12 --server https://qa.example \\
    --group perf --project linux --build v6.12 --dry-run")]
struct Squad {
    /// Files of records, runs' folders, folders of records, or `-` for standard input
    #[arg(required = true, value_name = "RECORD")]
    records: Vec<PathBuf>,
    /// SQUAD's address
    #[arg(long, value_name = "URL")]
    server: String,
    /// The group
    #[arg(long, value_name = "SLUG")]
    group: Slug,
    /// The project
    #[arg(long, value_name = "SLUG")]
    project: Slug,
    /// The build; without it, each record's label, or else its kernel's release
    #[arg(long, value_name = "SLUG")]
    build: Option<Slug>,
    /// The environment; without it, each board's model
    #[arg(long, value_name = "SLUG")]
    environment: Option<Slug>,
    /// What the board said; without it, the record's signals and frames
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// A file with the token, instead of SQUAD_TOKEN
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Shows what would be sent
    #[arg(long)]
    dry_run: bool,
}

/// An address without anything that must not stand on a command line. An error does not repeat what may be a password.
fn server(text: &str) -> anyhow::Result<String> {
    let form = || anyhow!("--server: not the address of a server\nhint: write https://HOST");
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or_else(form)?;
    if host.contains('@') {
        return Err(anyhow!("--server: an address holds no user and no password\nhint: SQUAD_TOKEN is the token"));
    }
    let plain = host.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'?' && byte != b'#');
    if host.is_empty() || !plain { Err(form()) } else { Ok(text.trim_end_matches('/').into()) }
}

pub(in crate::cli) fn run(args: &Args) -> Result<Code, Failure> {
    match &args.server {
        Server::Squad(args) => squad(args),
    }
}

/// A record, and where it goes.
struct Parcel {
    /// What it is called in messages.
    name: String,
    place: Place,
    submission: Submission,
}

fn squad(args: &Squad) -> Result<Code, Failure> {
    let server = server(&args.server).map_err(Failure::input)?;
    let records = records(&args.records)?;
    if args.log.is_some() && records.len() > 1 {
        let what = counted(records.len(), "record");
        return Err(Failure::input(anyhow!(
            "--log: it is of one board, and there are {what}\nhint: send one at a time"
        )));
    }
    let parcels = records.iter().map(|record| args.parcel(record)).collect::<Result<Vec<_>, _>>()?;
    if args.dry_run {
        parcels.iter().try_for_each(|parcel| preview(parcel, &server))?;
        return Ok(Code::Done);
    }
    let token = Token::find(args.token_file.as_deref(), "SQUAD_TOKEN").map_err(Failure::input)?;
    let client = Client::new(&server, token, terminal::tell);
    let mut code = Code::Done;
    for (at, parcel) in parcels.iter().enumerate() {
        match parcel.submission.send(&client, &parcel.place) {
            Ok(sent) => {
                if tell(parcel, &sent, &server)? != Code::Done {
                    code = Code::Invalid;
                }
            }
            // What is wrong with one record is not wrong with the next one.
            Err(ServerError::Answer { url, why }) if parcels.len() > 1 => {
                terminal::tell(&format!("lava-bench: {}: {url}: {why}", parcel.name));
                code = Code::Invalid;
            }
            Err(error) => {
                if parcels.len() > 1 {
                    let left = counted(parcels.len() - at, "record");
                    terminal::tell(&format!("{left} of {} not sent, from {} on", parcels.len(), parcel.name));
                }
                return Err(error.into());
            }
        }
    }
    Ok(code)
}

impl Squad {
    fn parcel(&self, record: &Record) -> Result<Parcel, Failure> {
        let name = format!("record {}", record.id);
        let missing = |what, option| Failure::input(anyhow!("{name}: {what}\nhint: name it with {option} NAME"));
        let build = self.build.clone().or_else(|| Slug::of_build(record));
        let build = build.ok_or_else(|| missing("it has no label and no kernel to name the build after", "--build"))?;
        let own = record.label.is_some().then(|| Slug::of_build(record)).flatten();
        if let Some(own) = own.filter(|own| *own != build) {
            terminal::tell(&format!("warning: {name}: its label is {own}, and it is sent as build {build}"));
        }
        let environment = self.environment.clone().or_else(|| Slug::of_environment(record));
        let why = "it has no board's model to name the environment after";
        let environment = environment.ok_or_else(|| missing(why, "--environment"))?;
        let log = self.log.as_deref().map(text).transpose()?;
        let submission = Submission::new(record, log).map_err(Failure::input)?;
        if !record.losses.is_empty() {
            let lost = counted(record.losses.len(), "loss");
            terminal::tell(&format!("lava-bench: {name}: {lost}: SQUAD gets only what is not lost"));
        }
        let place = Place { group: self.group.clone(), project: self.project.clone(), build, environment };
        Ok(Parcel { name, place, submission })
    }
}

fn preview(parcel: &Parcel, server: &str) -> Result<(), Failure> {
    let mut preview = json!({"url": format!("{server}{}", parcel.place.path())});
    if let (Some(preview), serde_json::Value::Object(parts)) = (preview.as_object_mut(), parcel.submission.preview()) {
        preview.extend(parts);
    }
    terminal::data(&format!("{preview:#}\n"))
}

/// Says where a record is that was sent.
fn tell(Parcel { name, place, .. }: &Parcel, sent: &Sent, server: &str) -> Result<Code, Failure> {
    let page = format!("{server}{}", place.page());
    match sent {
        Sent::New(number) => terminal::data(&format!("{page}testrun/{number}/\n"))?,
        Sent::There => terminal::tell(&format!("{name}: is there already, in {page}")),
        Sent::Unclear(why) => terminal::tell(&format!(
            "{name}: is there already, in {page}; whether with the same results is unknown ({why})"
        )),
        Sent::Other(number) => {
            let hint = "hint: delete that test run on the server and send this one again, or name another --build";
            let there = format!("{page}testrun/{number}/");
            terminal::tell(&format!("lava-bench: {name}: other results are there under its id, in {there}\n{hint}"));
            return Ok(Code::Invalid);
        }
    }
    Ok(Code::Done)
}

/// The records of all sources.
fn records(sources: &[PathBuf]) -> Result<Vec<Record>, Failure> {
    let mut records = Vec::new();
    for path in sources {
        let read = if path.is_dir() && many::is_meant(path) {
            many::each(path, &mut |record| {
                records.push(record);
                Ok(())
            })
        } else {
            record::several(path).map(|more| records.extend(more))
        };
        read.with_context(|| path.display().to_string()).map_err(Failure::input)?;
    }
    Ok(records)
}

fn text(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).with_context(|| path.display().to_string()).map_err(Failure::input)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_address_holds_no_secret() {
        assert_eq!(super::server("https://qa.example/a/").unwrap(), "https://qa.example/a");
        for bad in ["qa.example", "https://", "https://me:s3cret@qa.example", "https://qa.example/?token=s3cret"] {
            let error = super::server(bad).unwrap_err().to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
