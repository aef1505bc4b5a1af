//! A server that says what a test tells it to, one connection at a time.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// A request, as far as tests ask.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    /// `name: value` in lower case, values as they are.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// An answer; `cut` says how many bytes less than promised are sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<String>,
    pub(crate) body: Vec<u8>,
    pub(crate) cut: usize,
    /// The connection is closed without a word.
    pub(crate) silent: bool,
}

impl Answer {
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::status(200, body)
    }

    pub(crate) fn status(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, body: body.into(), ..Self::default() }
    }

    pub(crate) fn with(mut self, header: &str) -> Self {
        self.headers.push(header.into());
        self
    }
}

/// Runs until the test's process ends.
pub(crate) struct Fake {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Fake {
    /// A server that answers with what `answer` makes of a request and of how many there were of that path before.
    pub(crate) fn new(mut answer: impl FnMut(&Request, usize) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Arc::new(Mutex::new(Vec::<Request>::new()));
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Some((request, stream)) = stream.ok().and_then(read) else { continue };
                let mut seen = seen.lock().expect("no test panics here");
                let before = seen.iter().filter(|earlier| earlier.path == request.path).count();
                seen.push(request.clone());
                drop(seen);
                // A client may have gone.
                let _ = write(stream, &answer(&request, before));
            }
        });
        Self { url, requests }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no test panics here").clone()
    }
}

fn read(stream: TcpStream) -> Option<(Request, TcpStream)> {
    let mut lines = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    lines.read_line(&mut line).ok()?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    loop {
        line.clear();
        lines.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let mut request = Request { method, path, headers, body: Vec::new() };
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    request.body.resize(length, 0);
    lines.read_exact(&mut request.body).ok()?;
    Some((request, stream))
}

fn write(mut stream: TcpStream, answer: &Answer) -> std::io::Result<()> {
    if answer.silent {
        return Ok(());
    }
    let headers: String = answer.headers.iter().map(|header| format!("{header}\r\n")).collect();
    let length = answer.body.len();
    write!(stream, "HTTP/1.1 {} X\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n", answer.status)?;
    stream.write_all(&answer.body[..length - answer.cut])
}
