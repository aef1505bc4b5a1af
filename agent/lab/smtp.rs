//! A mail -> a server that takes it (SMTP), with a bound on how long that may take.

use lettre::{Message, SmtpTransport, Transport, transport::smtp};
use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

/// How long a server may take for one answer.
const ANSWER: Duration = Duration::from_secs(20);
/// How long sending may take as a whole: a server may answer a byte at a time.
const WHOLE: Duration = Duration::from_secs(60);

/// A server of mail. What it shows never has a password in it.
#[derive(Clone)]
pub struct MailServer {
    transport: SmtpTransport,
    shown: String,
}

/// Why a mail is not sent.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// The address is none.
    #[error("{shown}: {why}\nhint: smtp://HOST:PORT, smtp://HOST:PORT?tls=required or smtps://HOST")]
    Address {
        /// The address, without a password.
        shown: String,
        /// What is wrong.
        why: String,
    },
    /// The server is away, refuses, or says something else.
    #[error("{shown}: {why}")]
    Refused {
        /// The server.
        shown: String,
        /// What it said.
        why: String,
    },
    /// It does not come to an end.
    #[error("{shown}: it took longer than {} s", WHOLE.as_secs())]
    Slow {
        /// The server.
        shown: String,
    },
}

impl MailServer {
    /// The server at `smtp://HOST:PORT`, `smtp://HOST:PORT?tls=required` (STARTTLS) or `smtps://HOST`; a user and a password
    /// may stand before the host.
    ///
    /// # Errors
    /// Other addresses.
    pub fn new(url: &str) -> Result<MailServer, NotSent> {
        let shown = without_password(url);
        let wrong = |why: String| NotSent::Address { shown: shown.clone(), why };
        if !url.starts_with("smtp://") && !url.starts_with("smtps://") {
            return Err(wrong("not the address of a mail server".into()));
        }
        let transport =
            SmtpTransport::from_url(url).map_err(|error| wrong(told(&error)))?.timeout(Some(ANSWER)).build();
        Ok(MailServer { transport, shown })
    }

    /// Sends a mail.
    ///
    /// # Errors
    /// A server that is away, refuses, or is slow.
    pub fn send(&self, message: &Message) -> Result<(), NotSent> {
        let (transport, message) = (self.transport.clone(), message.clone());
        let (done, waited) = mpsc::channel();
        // It is not waited for beyond the bound: the program ends, and it with it.
        thread::spawn(move || drop(done.send(transport.send(&message).map(drop))));
        let shown = || self.shown.clone();
        match waited.recv_timeout(WHOLE) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(NotSent::Refused { shown: shown(), why: told(&error) }),
            Err(RecvTimeoutError::Timeout) => Err(NotSent::Slow { shown: shown() }),
            Err(RecvTimeoutError::Disconnected) => {
                Err(NotSent::Refused { shown: shown(), why: "sending failed".into() })
            }
        }
    }
}

/// What went wrong, in one line that a terminal can show.
fn told(error: &smtp::Error) -> String {
    let mut all = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        let text = error.to_string();
        if !all.contains(&text) {
            all.push_str(&format!(": {text}"));
        }
        source = error.source();
    }
    crate::text::visible(all.trim_end()).into_owned()
}

fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return crate::text::visible(url).into_owned() };
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    crate::text::visible(&format!("{scheme}://{host}{path}")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for url in ["smtp://user:secret@host:25", "ftp://user:secret@host", "smtp://user:secret@host:99999?x=1"] {
            let shown = MailServer::new(url).map_or_else(|error| error.to_string(), |server| server.shown);
            assert!(!shown.contains("secret"), "{shown}");
        }
        assert_eq!(without_password("smtps://a%40b:c@host/x"), "smtps://host/x");
    }
}
