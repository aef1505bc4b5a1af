//! HTTP: requests -> files and answers, again where a server or the network failed.
//!
//! A request is repeated after connection errors, cut-off bodies, 429 and 5xx, with pauses of 1, 2, 4, 8 and 16 s, or as
//! `Retry-After` says, as long as the waiting of one client has not come to its bound. A body that was cut off is continued
//! where the server takes `Range`. Certificates are checked against the system's authorities (`SSL_CERT_FILE` names others).
//! `HTTPS_PROXY` and its relatives are heeded.
//!
//! What a server sends has [`Bounds`], and the token goes to the addressed server alone, wherever it leads.

mod download;
mod error;
mod words;

pub use error::ServerError;

use super::{
    Token,
    bounds::Bounds,
    redirect::{REDIRECTIONS, is_same_server, target},
};
use serde::de::DeserializeOwned;
use std::{
    cell::Cell,
    fmt,
    fs::{self, File},
    io,
    path::Path,
    thread,
    time::{Duration, Instant},
};
use ureq::{
    Agent, AsSendBody, Body,
    http::{Response, StatusCode, header},
    tls::{RootCerts, TlsConfig},
};

/// How often a request is made that brings nothing new.
const TRIES: u32 = 6;

/// How often it is made in all.
const REQUESTS: u32 = 1000;

/// The longest pause that a server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// How long it may take to connect.
const CONNECTION: Duration = Duration::from_secs(20);

/// How long a server may think: LAVA takes 40 s for 10,000 test cases.
const ANSWER: Duration = Duration::from_secs(180);

/// How long it may be silent within an answer.
const SILENCE: Duration = Duration::from_secs(60);

/// One server, and how to talk to it.
pub struct Client {
    agent: Agent,
    server: String,
    token: Option<Token>,
    bounds: Bounds,
    /// How many bytes have come in all.
    received: Cell<u64>,
    /// How long it has waited in vain since something new came.
    waited: Cell<Duration>,
    tell: Box<dyn Fn(&str)>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("server", &self.server).field("token", &self.token).finish_non_exhaustive()
    }
}

/// How one try ended, where it may be repeated.
struct Again {
    why: String,
    /// How long the server wants us to wait.
    after: Option<Duration>,
    /// Whether more came than ever before.
    progress: bool,
}

enum Failed {
    Again(Again),
    Finally(ServerError),
}

impl Failed {
    fn again(why: impl ToString, progress: bool) -> Self {
        Self::Again(Again { why: why.to_string(), after: None, progress })
    }
}

impl From<ServerError> for Failed {
    fn from(error: ServerError) -> Self {
        Self::Finally(error)
    }
}

impl Client {
    /// A client of `server`; it calls `tell` to report what goes on.
    pub fn new(server: &str, token: Option<Token>, tell: impl Fn(&str) + 'static) -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .https_only(server.starts_with("https://"))
            .max_redirects(0)
            .user_agent(concat!("lava-bench/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECTION))
            .timeout_recv_response(Some(ANSWER))
            .timeout_per_read(Some(SILENCE));
        let agent = config.build().new_agent();
        if token.is_some() && exposes(server) {
            tell(&format!("warning: {server}: the token is sent unencrypted"));
        }
        let (bounds, received, waited) = (Bounds::default(), Cell::new(0), Cell::new(Duration::ZERO));
        Self { agent, server: server.into(), token, bounds, received, waited, tell: Box::new(tell) }
    }

    /// Whether it has a token to send.
    pub(in crate::lab) fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// The same with another first pause.
    #[must_use]
    pub fn with_pause(self, pause: Duration) -> Self {
        let bounds = Bounds { pause, ..self.bounds };
        self.with_bounds(bounds)
    }

    /// The same with other bounds.
    #[must_use]
    pub fn with_bounds(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }

    /// # Errors
    /// That a list has more than so many pages.
    pub(super) fn check_pages(&self, path: &str, pages: usize) -> Result<(), ServerError> {
        if pages < self.bounds.pages {
            return Ok(());
        }
        Err(ServerError::TooMuch {
            url: self.url(path),
            why: format!("a list of more than {} pages", self.bounds.pages),
        })
    }

    pub(super) fn tell(&self, text: &str) {
        (self.tell)(&self.masked(text));
    }

    /// What a server said, without our token in it.
    pub(super) fn masked(&self, text: &str) -> String {
        match &self.token {
            Some(token) => text.replace(token.secret(), "[the token]"),
            None => text.into(),
        }
    }

    /// The whole address of `path`.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server)
    }

    /// That the answer to `path` is not what it should be.
    pub(super) fn wrong(&self, path: &str, why: impl ToString) -> ServerError {
        ServerError::Answer { url: self.url(path), why: self.masked(&why.to_string()) }
    }

    /// The JSON document at `path`, by way of `file`; `wrong` says what is wrong with one that is another.
    pub(super) fn json<T: DeserializeOwned>(
        &self,
        path: &str,
        file: &Path,
        wrong: impl Fn(&serde_json::Error) -> String,
    ) -> Result<T, ServerError> {
        let mut tries = 0;
        loop {
            tries += 1;
            self.bring(path, file, self.bounds.document)?;
            let bytes = fs::read(file).map_err(ServerError::file(file))?;
            match serde_json::from_slice(&bytes) {
                Ok(document) => return Ok(document),
                // A body without a length looks like one that was cut off.
                Err(error) if error.is_eof() && tries < 3 => remove(file)?,
                Err(error) => {
                    remove(file)?;
                    let why = if error.is_data() { wrong(&error) } else { format!("not JSON: {error}") };
                    return Err(self.wrong(path, why));
                }
            }
        }
    }

    /// Brings what is at `path` into `file`; `file.part` holds it until it is whole.
    pub(super) fn download(&self, path: &str, file: &Path) -> Result<(), ServerError> {
        self.bring(path, file, self.bounds.file)
    }

    /// Sends what `body` makes, anew for each try, until it has an answer; a server's "no" is one too.
    pub(super) fn post<B: AsSendBody>(&self, path: &str, body: impl Fn() -> B) -> Result<(u16, String), ServerError> {
        self.persist(path, || {
            let mut request = self.agent.post(self.url(path));
            if let Some(token) = &self.token {
                request = request.header("Auth-Token", token.secret());
            }
            let mut response = request.send(body()).map_err(|error| self.broken(path, &error, false))?;
            let status = response.status();
            if let Some(again) = later(&response) {
                return Err(Failed::Again(again));
            }
            if let Some(other) = target(&self.url(path), &response) {
                let other = crate::text::printable(other.as_bytes());
                let hint = "hint: is --server right, with its scheme and prefix?";
                let why = format!("the server leads to another address ({}), {other}\n{hint}", status.as_u16());
                return Err(Failed::Finally(self.wrong(path, why)));
            }
            let text = response.body_mut().with_config().limit(1 << 16).lossy_utf8(true).read_to_string();
            Ok((status.as_u16(), self.masked(&text.unwrap_or_default())))
        })
    }

    /// Repeats what may succeed later.
    fn persist<T>(&self, path: &str, mut attempt: impl FnMut() -> Result<T, Failed>) -> Result<T, ServerError> {
        let (mut tries, mut requests, mut pause) = (0, 0, self.bounds.pause);
        loop {
            let begun = Instant::now();
            let again = match attempt() {
                Ok(done) => return Ok(done),
                Err(Failed::Finally(error)) => return Err(error),
                Err(Failed::Again(again)) => again,
            };
            self.waited.set(self.waited.get() + begun.elapsed());
            if again.progress {
                (tries, pause) = (0, self.bounds.pause);
                self.waited.set(Duration::ZERO);
            }
            tries += 1;
            requests += 1;
            let wait = again.after.unwrap_or(pause);
            let url = self.url(path);
            if wait > LONGEST_PAUSE {
                let why = format!("{}; it asks us to come back only in {} s", again.why, wait.as_secs());
                return Err(ServerError::GaveUp { url, why, tries: requests });
            }
            self.waited.set(self.waited.get() + wait);
            let patience = if again.after.is_some() { LONGEST_PAUSE } else { self.bounds.patience };
            if tries == TRIES || requests == REQUESTS || self.waited.get() > patience {
                return Err(ServerError::GaveUp { url, why: again.why, tries: requests });
            }
            self.tell(&format!("{url}: {}; again in {} s", again.why, wait.as_secs()));
            thread::sleep(wait);
            pause *= 2;
        }
    }

    /// The answer, wherever the server leads to; from `have` on, where it takes that.
    fn get(&self, path: &str, have: u64) -> Result<Response<Body>, Failed> {
        let mut url = self.url(path);
        for _ in 0..=REDIRECTIONS {
            let mut request = self.agent.get(&url);
            if let Some(token) = self.token.as_ref().filter(|_| is_same_server(&url, &self.server)) {
                request = request.header(header::AUTHORIZATION, format!("Token {}", token.secret()));
            }
            if have > 0 {
                request = request.header(header::RANGE, format!("bytes={have}-"));
            }
            let response = request.call().map_err(|error| self.broken(path, &error, false))?;
            match target(&url, &response) {
                None => return Ok(response),
                Some(next) => url = next,
            }
        }
        let why = format!(
            "the server redirects more than {REDIRECTIONS} times\nhint: is the address right, with its scheme and prefix?"
        );
        Err(Failed::Finally(self.wrong(path, why)))
    }

    /// An error of the connection: what the network does may be better next time, a certificate will not.
    fn broken(&self, path: &str, error: &ureq::Error, progress: bool) -> Failed {
        use ureq::Error;
        let why = self.masked(&words::why(error));
        if let Some(hint) = words::hint(error) {
            return Failed::Finally(self.wrong(path, format!("{why}\nhint: {hint}")));
        }
        match error {
            Error::Io(io) if io.kind() == io::ErrorKind::InvalidData => Failed::Finally(self.wrong(path, why)),
            Error::Io(_) | Error::Timeout(_) | Error::ConnectionFailed | Error::HostNotFound | Error::Protocol(_) => {
                Failed::again(why, progress)
            }
            _ => Failed::Finally(self.wrong(path, why)),
        }
    }

    fn refusal(&self, path: &str, status: StatusCode) -> ServerError {
        let url = self.url(path);
        match status.as_u16() {
            status @ (401 | 403) => {
                // LAVA's paths have a version in them, SQUAD's have none.
                let hint = match self.token {
                    Some(_) => "the token is wrong, or its user may not see this",
                    None if path.starts_with("/api/v") => {
                        "it needs a token\nhint: set LAVA_TOKEN in the environment, or --token-file FILE"
                    }
                    None => "it needs a token\nhint: set SQUAD_TOKEN in the environment, or --token-file FILE",
                };
                ServerError::Refused { url, status, hint }
            }
            404 => ServerError::Missing { url },
            status => ServerError::Answer { url, why: format!("HTTP status {status}") },
        }
    }
}

/// Whether others may read what is sent to `server`.
fn exposes(server: &str) -> bool {
    let Some(host) = server.strip_prefix("http://") else { return false };
    let name = host.split('/').next().unwrap_or_default();
    let name = name.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')).map_or(name, |(name, _)| name);
    !(name == "localhost" || name == "[::1]" || name.starts_with("127."))
}

/// Whether a status says that it may be better later.
fn later(response: &Response<Body>) -> Option<Again> {
    let status = response.status();
    let busy = status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error();
    busy.then(|| Again {
        why: format!("HTTP status {}", status.as_u16()),
        after: number(response, header::RETRY_AFTER).map(Duration::from_secs),
        progress: false,
    })
}

fn number(response: &Response<Body>, name: header::HeaderName) -> Option<u64> {
    response.headers().get(name)?.to_str().ok()?.trim().parse().ok()
}

fn remove(file: &Path) -> Result<(), ServerError> {
    fs::remove_file(file).map_err(ServerError::file(file))
}

/// Whether a file was fetched.
pub(super) fn exists(file: &Path) -> bool {
    File::open(file).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_where_a_token_can_be_read() {
        for safe in
            ["https://lab.example", "http://127.0.0.1:8050", "http://localhost/lava", "http://[::1]:80", "http://[::1]"]
        {
            assert!(!exposes(safe), "{safe}");
        }
        for unsafe_ in ["http://lab.example", "http://lab:8080/lava", "http://localhost.example", "http://[fe80::1]"] {
            assert!(exposes(unsafe_), "{unsafe_}");
        }
    }
}
