//! HTTP: requests -> files and answers, again where a server or the network failed.
//!
//! A request is repeated after connection errors, cut-off bodies, 429 and 5xx, with pauses of 1, 2, 4, 8 and 16 s, or as
//! `Retry-After` says. A body that was cut off is continued where the server takes `Range`. Certificates are checked
//! against the system's authorities (`SSL_CERT_FILE` names others). `HTTPS_PROXY` and its relatives are heeded.

use super::Token;
use serde_json::Value;
use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};
use ureq::{
    Agent, Body,
    config::RedirectAuthHeaders,
    http::{Response, StatusCode, header},
    tls::{RootCerts, TlsConfig},
};

/// How often a request is made in all.
const TRIES: u32 = 6;

/// The longest pause that a server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// How long a server may think: LAVA takes 40 s for 10,000 test cases.
const ANSWER: Duration = Duration::from_secs(180);

/// How long it may be silent within an answer.
const SILENCE: Duration = Duration::from_secs(60);

/// How often progress is told.
const PROGRESS: Duration = Duration::from_secs(5);

/// Why a server's answer is none.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// It was asked again and again.
    #[error("{url}: {why} (asked {tries} times)")]
    GaveUp {
        /// What was asked for.
        url: String,
        /// What happened last.
        why: String,
        /// How often it was asked.
        tries: u32,
    },
    /// It does not want us.
    #[error("{url}: the server refuses ({status}): {hint}")]
    Refused {
        /// What was asked for.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What to do.
        hint: &'static str,
    },
    /// It has no such thing.
    #[error(
        "{url}: the server has no such thing (404)\nhint: what is private looks as if it were not there: is a token needed?"
    )]
    Missing {
        /// What was asked for.
        url: String,
    },
    /// It says something else than it should.
    #[error("{url}: {why}")]
    Answer {
        /// What was asked for.
        url: String,
        /// What is wrong.
        why: String,
    },
    /// A file on our side.
    #[error("{path}: {error}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        error: io::Error,
    },
}

/// One server, and how to talk to it.
pub struct Client {
    agent: Agent,
    server: String,
    token: Option<Token>,
    pause: Duration,
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
    /// Whether some of the body came.
    progress: bool,
}

enum Failed {
    Again(Again),
    Finally(ServerError),
}

impl From<ServerError> for Failed {
    fn from(error: ServerError) -> Self {
        Self::Finally(error)
    }
}

impl Client {
    /// A client of `server`; `tell` is told what goes on.
    pub fn new(server: &str, token: Option<Token>, tell: impl Fn(&str) + 'static) -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .https_only(server.starts_with("https://"))
            .redirect_auth_headers(RedirectAuthHeaders::SameHost)
            .user_agent(concat!("lava-bench/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(Duration::from_secs(20)))
            .timeout_recv_response(Some(ANSWER))
            .timeout_per_read(Some(SILENCE));
        let agent = config.build().new_agent();
        if token.is_some() && exposes(server) {
            tell(&format!("warning: {server}: the token is sent unencrypted"));
        }
        Self { agent, server: server.into(), token, pause: Duration::from_secs(1), tell: Box::new(tell) }
    }

    /// The same with another first pause.
    #[must_use]
    pub fn with_pause(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    pub(super) fn tell(&self, text: &str) {
        (self.tell)(text);
    }

    /// The whole address of `path`.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server)
    }

    /// The JSON document at `path`, by way of `file`.
    pub(super) fn json(&self, path: &str, file: &Path) -> Result<Value, ServerError> {
        let mut tries = 0;
        loop {
            tries += 1;
            self.download(path, file)?;
            let bytes = fs::read(file).map_err(|error| ServerError::File { path: file.into(), error })?;
            match serde_json::from_slice(&bytes) {
                Ok(document) => return Ok(document),
                // A body without a length cannot be told from one that was cut off.
                Err(error) if error.is_eof() && tries < 3 => remove(file)?,
                Err(error) => {
                    remove(file)?;
                    return Err(ServerError::Answer { url: self.url(path), why: format!("not JSON: {error}") });
                }
            }
        }
    }

    /// Brings what is at `path` into `file`; `file.part` holds it until it is whole.
    pub(super) fn download(&self, path: &str, file: &Path) -> Result<(), ServerError> {
        let part = file.with_added_extension("part");
        self.persist(path, || self.try_download(path, &part))?;
        fs::rename(&part, file).map_err(|error| ServerError::File { path: file.into(), error })
    }

    /// Sends `body` once; a server's "no" is an answer too.
    pub(super) fn post(&self, path: &str, kind: &str, body: &[u8]) -> Result<(u16, String), ServerError> {
        self.persist(path, || {
            let mut request = self.agent.post(self.url(path)).config().max_redirects(0).build();
            request = request.header(header::CONTENT_TYPE, kind);
            if let Some(token) = &self.token {
                request = request.header("Auth-Token", token.secret());
            }
            let mut response = request.send(body).map_err(|error| self.broken(path, &error, false))?;
            let status = response.status();
            if let Some(again) = later(&response) {
                return Err(Failed::Again(again));
            }
            let text = response.body_mut().with_config().limit(1 << 16).lossy_utf8(true).read_to_string();
            Ok((status.as_u16(), text.unwrap_or_default()))
        })
    }

    /// Repeats what may succeed later.
    fn persist<T>(&self, path: &str, mut attempt: impl FnMut() -> Result<T, Failed>) -> Result<T, ServerError> {
        let (mut tries, mut pause) = (0, self.pause);
        loop {
            let again = match attempt() {
                Ok(done) => return Ok(done),
                Err(Failed::Finally(error)) => return Err(error),
                Err(Failed::Again(again)) => again,
            };
            if again.progress {
                (tries, pause) = (0, self.pause);
            }
            tries += 1;
            let wait = again.after.unwrap_or(pause);
            let url = self.url(path);
            if wait > LONGEST_PAUSE {
                let why = format!("{}; it wants us back in {} s only", again.why, wait.as_secs());
                return Err(ServerError::GaveUp { url, why, tries });
            }
            if tries == TRIES {
                return Err(ServerError::GaveUp { url, why: again.why, tries });
            }
            self.tell(&format!("{url}: {}; again in {} s", again.why, wait.as_secs()));
            thread::sleep(wait);
            pause *= 2;
        }
    }

    fn try_download(&self, path: &str, part: &Path) -> Result<(), Failed> {
        let have = fs::metadata(part).map_or(0, |metadata| metadata.len());
        let mut request = self.agent.get(self.url(path));
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Token {}", token.secret()));
        }
        if have > 0 {
            request = request.header(header::RANGE, format!("bytes={have}-"));
        }
        let response = request.call().map_err(|error| self.broken(path, &error, false))?;
        if let Some(again) = later(&response) {
            return Err(Failed::Again(again));
        }
        match response.status() {
            StatusCode::OK => self.save(path, response, part, 0),
            StatusCode::PARTIAL_CONTENT if begins_at(&response, have) => self.save(path, response, part, have),
            // The part is none of what the server has now.
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE if have > 0 => {
                remove(part)?;
                Err(Failed::Again(Again { why: "the file has changed".into(), after: None, progress: false }))
            }
            status => Err(Failed::Finally(self.refusal(path, status))),
        }
    }

    /// Appends a body to the first `have` bytes of `part`.
    fn save(&self, path: &str, response: Response<Body>, part: &Path, have: u64) -> Result<(), Failed> {
        let wrong = |error| ServerError::File { path: part.into(), error };
        let length = number(&response, header::CONTENT_LENGTH);
        let mut file = OpenOptions::new()
            .create(true)
            .append(have > 0)
            .write(true)
            .truncate(have == 0)
            .open(part)
            .map_err(wrong)?;
        let mut body = response.into_body().into_reader();
        let mut progress = Progress { url: self.url(path), done: have, told: Instant::now() };
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = match body.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) => return Err(self.broken(path, &ureq::Error::Io(error), progress.done > have)),
            };
            file.write_all(&buffer[..read]).map_err(wrong)?;
            progress.add(read as u64, &self.tell);
        }
        file.flush().map_err(wrong)?;
        match length {
            Some(length) if progress.done - have < length => {
                let why = format!("the answer was cut off after {} of {} bytes", progress.done, have + length);
                Err(Failed::Again(Again { why, after: None, progress: progress.done > have }))
            }
            _ => Ok(()),
        }
    }

    /// An error of the connection: what the network does may be better next time, a certificate will not.
    fn broken(&self, path: &str, error: &ureq::Error, progress: bool) -> Failed {
        use ureq::Error;
        let why = error.to_string();
        if let Some(hint) = hint(error) {
            return Failed::Finally(ServerError::Answer { url: self.url(path), why: format!("{why}\nhint: {hint}") });
        }
        match error {
            Error::Io(io) if io.kind() == io::ErrorKind::InvalidData => {
                Failed::Finally(ServerError::Answer { url: self.url(path), why })
            }
            Error::Io(_) | Error::Timeout(_) | Error::ConnectionFailed | Error::HostNotFound | Error::Protocol(_) => {
                Failed::Again(Again { why, after: None, progress })
            }
            _ => Failed::Finally(ServerError::Answer { url: self.url(path), why }),
        }
    }

    fn refusal(&self, path: &str, status: StatusCode) -> ServerError {
        let url = self.url(path);
        match status.as_u16() {
            status @ (401 | 403) => {
                let hint = match self.token {
                    Some(_) => "the token is wrong, or its user may not see this",
                    None => {
                        "it wants a token\nhint: LAVA_TOKEN or SQUAD_TOKEN in the environment, or --token-file FILE"
                    }
                };
                ServerError::Refused { url, status, hint }
            }
            404 => ServerError::Missing { url },
            status => ServerError::Answer { url, why: format!("HTTP status {status}") },
        }
    }
}

/// What to do about an error that will be the same next time: of a certificate, or of where a server leads.
fn hint(error: &ureq::Error) -> Option<&'static str> {
    if let ureq::Error::RequireHttpsOnly(_) = error {
        return Some("the server leads to an address without encryption, which is not followed");
    }
    let text = error.to_string();
    let has = |word: &str| text.contains(word);
    match () {
        () if has("UnknownIssuer") => Some("SSL_CERT_FILE names a file with the lab's own authority"),
        () if has("not valid for name") => Some("the server's certificate is another host's: is the address right?"),
        () if has("expired") || has("not valid yet") => {
            Some("the server's certificate is out of date, or this machine's clock is wrong")
        }
        () if has("invalid peer certificate") => Some("the server's certificate is not one that is trusted here"),
        () => None,
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

/// Whether a partial answer is the one that was asked for.
fn begins_at(response: &Response<Body>, have: u64) -> bool {
    let range = response.headers().get(header::CONTENT_RANGE).and_then(|range| range.to_str().ok());
    range.is_some_and(|range| range.starts_with(&format!("bytes {have}-")))
}

fn remove(file: &Path) -> Result<(), ServerError> {
    fs::remove_file(file).map_err(|error| ServerError::File { path: file.into(), error })
}

struct Progress {
    url: String,
    done: u64,
    told: Instant,
}

impl Progress {
    fn add(&mut self, bytes: u64, tell: &dyn Fn(&str)) {
        self.done += bytes;
        if self.told.elapsed() >= PROGRESS {
            self.told = Instant::now();
            tell(&format!("{}: {:.1} MB", self.url, self.done as f64 / 1e6));
        }
    }
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
