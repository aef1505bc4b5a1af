//! Comparisons and a history -> a mail: plain text that a mail program may wrap anew, the same in HTML, and the whole table as
//! an attached text.

mod flowed;

use super::{
    templates::{TemplateError, Templates},
    view::{Input, View},
};
use lettre::{
    Message,
    message::{
        Attachment, Body, Mailbox, MultiPart, SinglePart, SinglePartBuilder,
        header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue},
    },
};
use std::time::SystemTime;

/// The longest subject.
const LONGEST_SUBJECT: usize = 200;
/// The longest line that goes over the wire as it is (RFC 5322), its end not counted.
const LONGEST_LINE: usize = 998;

/// What a mail says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// In one line.
    pub subject: String,
    /// The text, wrapped.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// The attached table.
    pub table: String,
}

/// Who sends it to whom, and when.
#[derive(Clone, Debug)]
pub struct Letter<'a> {
    /// NAME <ADDRESS>; without one, the program itself.
    pub from: Option<&'a str>,
    /// Who gets it.
    pub to: &'a [String],
    /// When.
    pub made: SystemTime,
}

/// Why a mail has no form.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// A lab's own templates.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// An address.
    #[error("address {address}: {what}\nhint: write it as NAME <USER@HOST>, or USER@HOST")]
    Address {
        /// As it was given.
        address: String,
        /// What is wrong.
        what: String,
    },
    /// A header or a part.
    #[error("the mail: {0}")]
    Form(#[from] lettre::error::Error),
}

impl Mail {
    /// The mail of a report.
    ///
    /// # Errors
    /// Those of a lab's own templates.
    pub fn of(input: &Input, templates: &Templates) -> Result<Mail, TemplateError> {
        let view = View::of(input);
        let subject: Vec<String> = templates.fill("subject.txt", &view)?.split_whitespace().map(String::from).collect();
        Ok(Mail {
            subject: subject.join(" ").chars().take(LONGEST_SUBJECT).collect(),
            text: flowed::wrapped(&templates.fill("mail.txt", &view)?),
            html: templates.fill("mail.html", &view)?,
            table: templates.fill("table.txt", &view)?,
        })
    }

    /// The message, as a file and as a server takes it.
    ///
    /// # Errors
    /// Addresses that are none.
    pub fn message(&self, letter: &Letter) -> Result<Message, MailError> {
        let mut message = Message::builder()
            .from(mailbox(letter.from.unwrap_or("lava-bench <lava-bench@localhost>"))?)
            .date(letter.made)
            .message_id(None)
            .header(Agent)
            .subject(self.subject.clone());
        for to in letter.to {
            message = message.to(mailbox(to)?);
        }
        // Without a receiver it is a draft: whoever sends it says to whom.
        if letter.to.is_empty() {
            let nobody = mailbox("undisclosed-recipients <lava-bench@localhost>")?;
            message = message.envelope(lettre::address::Envelope::new(Some(nobody.email.clone()), vec![nobody.email])?);
        }
        let flowed: ContentType = "text/plain; charset=utf-8; format=flowed".parse().unwrap_or(ContentType::TEXT_PLAIN);
        let both = MultiPart::alternative()
            .singlepart(encoded(SinglePart::builder().header(flowed), flowed::stuffed(&self.text)))
            .singlepart(SinglePart::html(self.html.clone()));
        let table = Attachment::new("table.txt".into()).body(self.table.clone(), ContentType::TEXT_PLAIN);
        Ok(message.multipart(MultiPart::mixed().multipart(both).singlepart(table))?)
    }
}

/// The text as it is where a server takes it so: people read the file, and lists keep it. Otherwise each line is broken for
/// the way, and is whole again for the reader.
fn encoded(part: SinglePartBuilder, text: String) -> SinglePart {
    match text.is_ascii() && text.lines().all(|line| line.len() <= LONGEST_LINE) {
        true => part.body(Body::dangerous_pre_encoded(text.into_bytes(), ContentTransferEncoding::SevenBit)),
        false => part.header(ContentTransferEncoding::QuotedPrintable).body(text),
    }
}

/// An address, of which nothing becomes another header.
fn mailbox(address: &str) -> Result<Mailbox, MailError> {
    let shown = crate::text::visible(address);
    let wrong = |what: String| MailError::Address { address: shown.to_string(), what };
    if shown != address {
        return Err(wrong("it has a character that no address has".into()));
    }
    // What the parser says of it (`Invalid input`) helps nobody.
    address.parse().map_err(|_: lettre::address::AddressError| wrong("not the address of a mail".into()))
}

/// The program that wrote the mail.
#[derive(Clone)]
struct Agent;

impl Header for Agent {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("User-Agent")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Agent)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), concat!("lava-bench/", env!("CARGO_PKG_VERSION")).into())
    }
}
