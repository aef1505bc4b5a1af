//! `report`: comparisons -> a page to look at, and a mail that a maintainer acts on.

use crate::{
    cli::{
        exit::{Code, Failure},
        options::{
            comparing::ComparingArgs,
            lab::LabArgs,
            many::NoRecord,
            report::{FaceArgs, boards, first_line, nothing_measured, over_time},
            source::{self, Gathered, TreeArgs},
        },
        terminal,
    },
    history::Changes,
    lab::{MailServer, NotSent},
    report::{self, Document, Input, Letter, Mail, Sources, Templates},
};
use anyhow::{Context, anyhow};
use lettre::Message;
use std::{
    env, fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// Writes a comparison as a page to look at and as a mail to act on
///
/// Sources are those of `compare`; of several kinds of machines each is compared with itself, and what they agree on is
/// said once. A SOURCE may also be what `compare --format json` wrote: several of them (boards, days) become one report.
///
/// The page is one file of HTML: each boot as a dot, the numbers over time with --history, and the iterations with their
/// conditions. The mail says the finding first, then how to measure it again. docs/report.md has an example of both.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  lava-bench report old/ --vs new/ --page report.html
  lava-bench report old/ --vs new/ --history nightly/ --page report.html \\
      --mail report.eml --from 'A Lab <lab@example.org>'
  lava-bench report board-1.json board-2.json --page report.html
  lava-bench report --print-template mail.txt")]
pub(in crate::cli) struct Args {
    /// The old side; or, without --vs, what `compare --format json` wrote. `-` is standard input
    #[arg(required_unless_present = "print_template", value_name = "SOURCE")]
    sources: Vec<PathBuf>,
    /// The new side
    #[arg(long, num_args = 1.., value_name = "SOURCE")]
    vs: Vec<PathBuf>,
    /// Past boots of the old side: they say how far numbers spread, and are drawn over time. Without --vs they are only drawn
    #[arg(long, value_name = "SOURCE")]
    history: Vec<PathBuf>,
    /// Where the page goes; `-` is standard output
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Where the mail goes: a file that mail programs open, and `git send-email` takes
    #[arg(long, value_name = "FILE")]
    mail: Option<PathBuf>,
    /// Sends the mail to this address too (repeatable)
    #[arg(long, value_name = "ADDRESS", requires = "mail")]
    send: Vec<String>,
    /// The server that mail goes through: smtp://HOST:PORT, with ?tls=required for STARTTLS, or smtps://HOST. Default:
    /// $LAVA_BENCH_SMTP, where a user and a password may stand before the host, else this machine
    #[arg(long, value_name = "URL", requires = "send")]
    smtp: Option<String>,
    #[command(flatten)]
    comparing: ComparingArgs,
    /// Shows a template of the page or the mail, to be changed and given back with --template
    #[arg(long, value_name = "NAME", conflicts_with_all = ["sources", "page", "mail"])]
    print_template: Option<String>,
    #[command(flatten)]
    lab: LabArgs,
    #[command(flatten)]
    tree: TreeArgs,
    #[command(flatten)]
    face: FaceArgs,
}

pub(in crate::cli) fn run(args: &Args) -> Result<Code, Failure> {
    if let Some(name) = &args.print_template {
        terminal::data(report::built_in(name).map_err(Failure::input)?)?;
        return Ok(Code::Done);
    }
    args.check()?;
    let (page, message) = args.faces().inspect_err(|_| args.tell_of_older())?;
    if let (Some(path), Some(page)) = (&args.page, page) {
        terminal::output(file(path), |out| out.write_all(page.as_bytes()))?;
    }
    if let (Some(path), Some(message)) = (&args.mail, message) {
        terminal::output(file(path), |out| out.write_all(&message.formatted()))?;
        args.send(path, &message)?;
    }
    Ok(Code::Done)
}

/// What a report is of.
#[derive(Default)]
struct Told {
    documents: Vec<Document>,
    history: Option<Changes>,
    /// Why there is no document.
    no_data: Option<String>,
}

/// Where mail is sent through, if neither an option nor the environment says it.
const THIS_MACHINE: &str = "smtp://localhost:25";
/// It may hold a password, which a command line would show to everybody on the machine.
const VARIABLE: &str = "LAVA_BENCH_SMTP";

impl Args {
    /// The page and the mail, where they are asked for.
    fn faces(&self) -> Result<(Option<String>, Option<Message>), Failure> {
        let templates = self.face.templates()?;
        let told = self.told()?;
        if let Some(why) = &told.no_data {
            source::say(&format!("no data: {why}"));
        }
        let input = Input {
            documents: &told.documents,
            no_data: told.no_data.as_deref(),
            history: told.history.as_ref(),
            all_series: false,
            links: &self.face.links,
            reporter: self.face.from.as_deref(),
            commits: (self.face.good.as_deref(), self.face.bad.as_deref()),
            made: SystemTime::now(),
        };
        let page = self.page.as_ref().map(|_| report::page(&input, &templates)).transpose().map_err(Failure::input)?;
        let message = self.mail.as_ref().map(|_| self.message(&input, &templates)).transpose()?;
        Ok((page, message))
    }

    fn message(&self, input: &Input, templates: &Templates) -> Result<Message, Failure> {
        let mail = Mail::of(input, templates).map_err(Failure::input)?;
        let letter = Letter { from: self.face.from.as_deref(), to: &self.send, made: input.made };
        mail.message(&letter).map_err(Failure::input)
    }

    /// Says of a file of an earlier report that it is not this one's.
    fn tell_of_older(&self) {
        for path in [&self.page, &self.mail].into_iter().flatten().filter(|path| path.is_file()) {
            source::say(&format!("{}: not written; what is in it is older", path.display()));
        }
    }

    /// Sends the mail, which is in its file.
    fn send(&self, path: &Path, message: &Message) -> Result<(), Failure> {
        if self.send.is_empty() {
            return Ok(());
        }
        let variable = env::var(VARIABLE).ok().filter(|url| !url.is_empty());
        let url = self.smtp.clone().or(variable).unwrap_or_else(|| THIS_MACHINE.into());
        let kept = format!("hint: the mail is in {}, and is not sent", path.display());
        let sent = MailServer::new(&url).and_then(|server| server.send(message));
        sent.map_err(|error| match error {
            error @ NotSent::Address { .. } => Failure::input(error),
            error => Failure::agent(anyhow!("{error}\n{kept}")),
        })?;
        source::say(&format!("sent to {}", self.send.join(", ")));
        Ok(())
    }

    /// What the arguments say together.
    fn check(&self) -> Result<(), Failure> {
        if self.page.is_none() && self.mail.is_none() {
            return Err(Failure::input(anyhow!(
                "report: no file is named for it\nhint: set --page FILE or --mail FILE"
            )));
        }
        if let (true, Some(option)) = (self.vs.is_empty(), self.comparing.given().first()) {
            return Err(Failure::input(anyhow!(
                "{option}: without --vs, the sources are comparisons that were made before\nhint: give it to `compare --format json`"
            )));
        }
        if !self.send.is_empty() && self.face.from.is_none() {
            return Err(Failure::input(anyhow!("--send: a mail needs a sender\nhint: --from 'NAME <ADDRESS>'")));
        }
        let secret = self.smtp.as_deref().and_then(|url| url.split_once("://")).map(|(_, rest)| rest);
        let host = secret.map(|rest| rest.split(['/', '?']).next().unwrap_or(rest));
        if host.and_then(|host| host.rsplit_once('@')).is_some_and(|(user, _)| user.contains(':')) {
            return Err(Failure::input(anyhow!(
                "--smtp: a password in it is seen by everybody on this machine\nhint: give the address in ${VARIABLE}"
            )));
        }
        Ok(())
    }

    /// The comparisons, and what changed over time where there is a history.
    fn told(&self) -> Result<Told, Failure> {
        let selection = self.comparing.selection(&self.tree);
        let with_disturbed = self.comparing.with_disturbed;
        let gather = |sources: &[PathBuf]| source::gather(sources, &selection, &self.lab, with_disturbed);
        let rules = self.comparing.rules_of_history();
        // A folder without a record is a finding: nothing was measured.
        let measured = |sources: &[PathBuf]| match gather(sources) {
            Err(failure) if sources.len() == 1 && failure.cause::<NoRecord>().is_some() => {
                Ok((Gathered::default(), failure.error().map(|error| first_line(&error))))
            }
            gathered => gathered.map(|gathered| (gathered, None)),
        };
        let (past, _) = measured(&self.history)?;
        if self.vs.is_empty() {
            let documents = self.sources.iter().map(read).collect::<Result<_, _>>()?;
            // Such a comparison has the boots of both sides as numbers: the drawing over time has those of the history alone.
            let sides = Sources { base: &[], new: &[] };
            let history = over_time(&past, sides, &rules, with_disturbed)?;
            return Ok(Told { documents, history, no_data: None });
        }
        let ((base, no_base), (new, no_new)) = (measured(&self.sources)?, measured(&self.vs)?);
        let sides = Sources { base: &base.records, new: &new.records };
        let history = over_time(&past, sides, &rules, with_disturbed)?;
        if let Some(why) = no_new.or(no_base) {
            return Ok(Told { history, no_data: Some(why), ..Told::default() });
        }
        match boards(&base, &new, &past.boots, &self.comparing.rules()) {
            Ok(documents) => Ok(Told { documents, history, no_data: None }),
            Err(error) => match nothing_measured(&error) {
                None => Err(Failure::input(error)),
                no_data => Ok(Told { history, no_data, ..Told::default() }),
            },
        }
    }
}

/// `-` is standard output.
fn file(path: &Path) -> Option<&Path> {
    Some(path).filter(|path| *path != Path::new("-"))
}

/// A comparison that was written before.
fn read(path: &PathBuf) -> Result<Document, Failure> {
    let bytes = match path.to_str() {
        Some("-") => std::io::read_to_string(std::io::stdin()).map(String::into_bytes),
        _ => fs::read(path),
    };
    let bytes = bytes.with_context(|| path.display().to_string()).map_err(Failure::input)?;
    if !Document::is_meant(&bytes) {
        return Err(Failure::input(anyhow!(
            "{}: not a comparison\nhint: name what `compare --format json` wrote, or both sides: report OLD... --vs NEW...",
            path.display()
        )));
    }
    Document::from_json(&bytes).with_context(|| path.display().to_string()).map_err(Failure::input)
}
