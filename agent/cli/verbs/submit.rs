//! `submit`: records -> a results server.

use crate::{
    cli::{
        exit::{Code, Failure},
        options::record::RecordFile,
        terminal,
    },
    lab::{Client, Sent, Slug, Submission, Token},
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

/// Sends a record to SQUAD, as one test run
///
/// Names are the ones that results have when SQUAD fetches them from LAVA, and each metric is sent with all its samples.
/// The record and a log with its signals and frames go along. A record is taken once: sending it again changes nothing.
/// SQUAD_TOKEN is the token of a user who may submit.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench submit squad record.json --server https://qa.example \\
    --group perf --project linux
  lava-bench submit squad record.json --server https://qa.example \\
    --group perf --project linux --build v6.12 --dry-run")]
struct Squad {
    #[command(flatten)]
    record: RecordFile,
    /// SQUAD's address
    #[arg(long, value_name = "URL", value_parser = server)]
    server: String,
    /// The group
    #[arg(long, value_name = "SLUG")]
    group: Slug,
    /// The project
    #[arg(long, value_name = "SLUG")]
    project: Slug,
    /// The build; without it, the record's label, or else the kernel's release
    #[arg(long, value_name = "SLUG")]
    build: Option<Slug>,
    /// The environment; without it, the board's model
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

/// An address without anything that must not stand on a command line.
fn server(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or("write https://HOST")?;
    if host.contains('@') {
        return Err("an address holds no user and no password; SQUAD_TOKEN is the token".into());
    }
    let plain = host.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'?' && byte != b'#');
    if host.is_empty() || !plain { Err("write https://HOST".into()) } else { Ok(text.trim_end_matches('/').into()) }
}

pub(in crate::cli) fn run(args: &Args) -> Result<Code, Failure> {
    match &args.server {
        Server::Squad(args) => squad(args),
    }
}

fn squad(args: &Squad) -> Result<Code, Failure> {
    let record = args.record.read()?;
    let missing = |what, option| {
        Failure::input(anyhow!("record {}: it does not say {what}\nhint: name it with {option} NAME", record.id))
    };
    let build = args.build.clone().or_else(|| Slug::of_build(&record)).ok_or_else(|| missing("a build", "--build"))?;
    let environment = args.environment.clone().or_else(|| Slug::of_environment(&record));
    let environment = environment.ok_or_else(|| missing("the board that is the environment", "--environment"))?;
    let log = args.log.as_deref().map(text).transpose()?;
    let submission = Submission::new(&record, log).map_err(Failure::input)?;
    if !record.losses.is_empty() {
        let lost = counted(record.losses.len(), "loss");
        terminal::tell(&format!("lava-bench: record {}: {lost}: SQUAD gets only what is not lost", record.id));
    }
    let Squad { server, group, project, .. } = args;
    let path = format!("/api/submit/{group}/{project}/{build}/{environment}");
    if args.dry_run {
        let mut preview = json!({"url": format!("{server}{path}")});
        if let (Some(preview), serde_json::Value::Object(parts)) = (preview.as_object_mut(), submission.preview()) {
            preview.extend(parts);
        }
        terminal::data(&format!("{preview:#}\n"))?;
        return Ok(Code::Done);
    }
    let token = Token::find(args.token_file.as_deref(), "SQUAD_TOKEN").map_err(Failure::input)?;
    let client = Client::new(server, token, terminal::tell);
    let page = format!("{server}/{group}/{project}/build/{build}");
    match submission.send(&client, &path)? {
        Sent::New(number) => terminal::data(&format!("{page}/testrun/{number}/\n"))?,
        Sent::There => terminal::tell(&format!("record {}: is there already, in {page}/", record.id)),
    }
    Ok(Code::Done)
}

fn text(path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).with_context(|| path.display().to_string()).map_err(Failure::input)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_address_holds_no_secret() {
        assert_eq!(super::server("https://qa.example/a/"), Ok("https://qa.example/a".into()));
        for bad in ["qa.example", "https://", "https://me:s3cret@qa.example", "https://qa.example/?token=s3cret"] {
            let error = super::server(bad).unwrap_err();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
