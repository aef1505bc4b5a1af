//! The mail through a real server of SMTP (aiosmtpd), and to servers that are away, refuse, or say nothing.

use crate::{
    data::{Shape, one_worse, sides},
    report,
    support::{becomes_true, skipped},
};
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};
use tempfile::TempDir;

/// A Python that has aiosmtpd.
pub(crate) fn python() -> Option<&'static str> {
    let has = |python: &&str| {
        let mut command = Command::new(python);
        command.args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    ["python3", "/usr/bin/python3"].into_iter().find(has)
}

pub(crate) struct Server(pub(crate) Child, pub(crate) u16);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server that writes what it gets into a file; with `refuses` it takes nothing.
fn server(file: &Path, refuses: bool) -> Option<Server> {
    let Some(python) = python() else {
        skipped("no aiosmtpd: apt-get install python3-aiosmtpd");
        return None;
    };
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let program = format!(
        "import sys, time, asyncio\nfrom aiosmtpd.controller import Controller\n\n\
         class Keeping:\n    async def handle_DATA(self, server, session, envelope):\n\
         \x20       open(sys.argv[1], 'wb').write(repr((envelope.mail_from, envelope.rcpt_tos)).encode() + b'\\n' + envelope.original_content)\n\
         \x20       return '250 OK'\n\
         class Refusing:\n    async def handle_RCPT(self, server, session, envelope, address, options):\n        return '550 5.1.1 no such\\u202euser here'\n\
         handler = Refusing() if {} else Keeping()\n\
         controller = Controller(handler, hostname='127.0.0.1', port={port})\ncontroller.start()\ntime.sleep(300)\n",
        if refuses { "True" } else { "False" }
    );
    let child = Command::new(python).arg("-c").arg(program).arg(file).stdout(Stdio::null()).spawn().unwrap();
    let server = Server(child, port);
    assert!(becomes_true(|| TcpStream::connect(("127.0.0.1", port)).is_ok()), "the server does not start");
    Some(server)
}

pub(crate) const TO: [&str; 8] = [
    "old",
    "--vs",
    "new",
    "--mail",
    "mail.eml",
    "--from",
    "A Lab <lab@example.org>",
    "--send=Linux <linux@example.org>",
];

fn send(folder: &Path, port: u16) -> crate::support::Said {
    let url = format!("smtp://127.0.0.1:{port}");
    report(folder, &[&TO[..], &["--smtp", &url]].concat())
}

#[test]
fn a_server_gets_the_mail_that_the_file_has() {
    let folder = TempDir::new().unwrap();
    let mailbox = folder.path().join("mailbox");
    sides(folder.path(), 4, Shape(3, 1, 3), one_worse);
    let Some(server) = server(&mailbox, false) else { return };
    let said = send(folder.path(), server.1);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.stderr.contains("sent to Linux <linux@example.org>"), "{said:?}");
    let got = fs::read_to_string(mailbox).unwrap();
    let (envelope, got) = got.split_once('\n').unwrap();
    assert_eq!(envelope, "('lab@example.org', ['linux@example.org'])");
    assert_eq!(got.trim_end(), fs::read_to_string(folder.path().join("mail.eml")).unwrap().trim_end());
}

#[test]
fn a_server_that_refuses_or_is_away_leaves_the_mail_as_a_file() {
    let folder = TempDir::new().unwrap();
    sides(folder.path(), 4, Shape(3, 1, 3), one_worse);
    let kept = |said: &crate::support::Said| {
        assert_eq!(said.code, 5, "{said:?}");
        assert!(said.stderr.contains("\nhint: the mail is in mail.eml, and is not sent\n"), "{said:?}");
        let mail = fs::read_to_string(folder.path().join("mail.eml")).unwrap();
        assert!(mail.contains("\r\nTo: Linux <linux@example.org>\r\n"), "{mail}");
        fs::remove_file(folder.path().join("mail.eml")).unwrap();
    };
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let said = send(folder.path(), free);
    assert!(
        said.stderr.contains(&format!("smtp://127.0.0.1:{free}: ")) && said.stderr.contains("onnection refused"),
        "{said:?}"
    );
    kept(&said);
    if let Some(server) = server(&folder.path().join("mailbox"), true) {
        let said = send(folder.path(), server.1);
        assert!(said.stderr.contains("no such") && !said.stderr.contains('\u{202e}'), "{said:?}");
        kept(&said);
    }
}

#[test]
fn a_server_that_says_nothing_or_nonsense_is_left() {
    let greetings: [&[u8]; 3] = [b"", b"\xff\xfe nonsense\r\n", b"220 \r\n"];
    thread::scope(|scope| greetings.iter().for_each(|greeting| drop(scope.spawn(|| is_left(greeting)))));
}

/// How a server is slow.
#[derive(Clone, Copy)]
enum Slow {
    /// Every answer is right and comes 15 s after its line: none is too late by itself.
    Late,
    /// The greeting comes a byte at a time, and never ends.
    Dripping,
}

#[test]
fn a_server_that_is_slow_is_left_after_a_minute_whatever_it_says() {
    thread::scope(|scope| {
        [Slow::Late, Slow::Dripping].into_iter().for_each(|how| drop(scope.spawn(move || is_bounded(how))))
    });
}

/// The whole has a bound, although no single answer takes as long as one may.
fn is_bounded(how: Slow) {
    let folder = TempDir::new().unwrap();
    sides(folder.path(), 4, Shape(3, 1, 3), one_worse);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            thread::spawn(move || drop(slowly(stream, how)));
        }
    });
    let said = send(folder.path(), port);
    assert_eq!(said.code, 5, "{said:?}");
    let told =
        format!("lava-bench: smtp://127.0.0.1:{port}: it took longer than 60 s\nhint: the mail is in mail.eml, ");
    assert!(said.stderr.contains(&told), "{said:?}");
    let mail = fs::read_to_string(folder.path().join("mail.eml")).unwrap();
    assert!(mail.contains("\r\nSubject: Regression: ") && mail.ends_with("--\r\n"), "{mail}");
}

fn slowly(mut stream: TcpStream, how: Slow) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let mut answer: &[u8] = b"220 here\r\n";
    loop {
        match how {
            Slow::Dripping => {
                thread::sleep(Duration::from_secs(1));
                stream.write_all(b"2")?;
            }
            Slow::Late => {
                thread::sleep(Duration::from_secs(15));
                stream.write_all(answer)?;
                answer = b"250 all is well\r\n";
                lines.next().transpose()?;
            }
        }
    }
}

/// A server that begins so, takes everything, and answers nothing.
fn is_left(greeting: &'static [u8]) {
    let folder = TempDir::new().unwrap();
    sides(folder.path(), 4, Shape(3, 1, 3), one_worse);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            thread::spawn(move || {
                let _ = stream.write_all(greeting);
                let _ = stream.read_to_end(&mut Vec::new());
            });
        }
    });
    let said = send(folder.path(), port);
    assert_eq!(said.code, 5, "{said:?}");
    assert!(said.stderr.contains("the mail is in mail.eml, and is not sent"), "{said:?}");
}
