//! The mail over TLS, to a real server of SMTP (aiosmtpd): STARTTLS and smtps, with a certificate that is right, and one that is not.

use crate::{
    data::{Shape, one_worse, sides},
    smtp::{Server, TO, python},
    support::{Said, becomes_true, program, skipped},
};
use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// An authority, and a certificate for this machine.
const CERTIFICATES: &str = "set -e
key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
openssl req -x509 $key -keyout ca.key -out ca.pem -subj /CN=authority -days 2
openssl req $key -keyout key.pem -out request.pem -subj /CN=mail
echo subjectAltName=IP:127.0.0.1 >extensions
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out right.pem";

/// A server that writes what it gets into `mailbox`, and that speaks plainly until STARTTLS, or never.
const SERVER: &str = "import ssl, sys, time
from aiosmtpd.controller import Controller
class Keeping:
    async def handle_DATA(self, server, session, envelope):
        open('mailbox', 'wb').write(repr((server.transport.get_extra_info('sslcontext') is not None, envelope.rcpt_tos)).encode())
        return '250 OK'
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain('right.pem', 'key.pem')
tls = {'ssl_context': context} if sys.argv[1] == 'smtps' else {'tls_context': context, 'require_starttls': True}
if sys.argv[1] == 'plain': tls = {}
controller = Controller(Keeping(), hostname='127.0.0.1', port=int(sys.argv[2]), **tls)
controller.start()
time.sleep(300)
";

fn server(folder: &Path, kind: &str) -> Option<Server> {
    let made = Command::new("bash").args(["-c", CERTIFICATES]).current_dir(folder).output();
    let Some(python) = python().filter(|_| made.is_ok_and(|made| made.status.success())) else {
        skipped("no aiosmtpd or no openssl: apt-get install python3-aiosmtpd openssl");
        return None;
    };
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = Command::new(python);
    command
        .args(["-c", SERVER, kind, &port.to_string()])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let server = Server(command.spawn().unwrap(), port);
    assert!(becomes_true(|| TcpStream::connect(("127.0.0.1", port)).is_ok()), "the server does not start");
    Some(server)
}

/// Sends the mail; with `trusts`, the authority is one of this machine's.
fn send(folder: &Path, url: &str, trusts: bool) -> Said {
    let mut command = program();
    if trusts {
        command.env("SSL_CERT_FILE", folder.join("ca.pem"));
    }
    Said::of(command.current_dir(folder).arg("report").args(TO).args(["--smtp", url]))
}

#[test]
fn a_mail_goes_over_tls_to_a_server_whose_certificate_is_right_alone() {
    for (kind, url) in [("starttls", "smtp://127.0.0.1:PORT?tls=required"), ("smtps", "smtps://127.0.0.1:PORT")] {
        let folder = TempDir::new().unwrap();
        sides(folder.path(), 4, Shape(3, 1, 3), one_worse);
        let Some(server) = server(folder.path(), kind) else { return };
        let url = url.replace("PORT", &server.1.to_string());
        let said = send(folder.path(), &url, false);
        assert_eq!((said.code, folder.path().join("mailbox").exists()), (5, false), "{kind}: {said:?}");
        assert!(said.stderr.contains("the mail is in mail.eml, and is not sent"), "{kind}: {said:?}");
        let said = send(folder.path(), &url, true);
        assert_eq!(said.code, 0, "{kind}: {said:?}");
        let got = fs::read_to_string(folder.path().join("mailbox")).unwrap();
        assert_eq!(got, "(True, ['linux@example.org'])", "{kind}");
    }
}

#[test]
fn a_server_without_tls_gets_nothing_where_tls_is_required() {
    let folder = TempDir::new().unwrap();
    sides(folder.path(), 4, Shape(3, 1, 3), one_worse);
    let Some(server) = server(folder.path(), "plain") else { return };
    let said = send(folder.path(), &format!("smtp://127.0.0.1:{}?tls=required", server.1), true);
    assert_eq!((said.code, folder.path().join("mailbox").exists()), (5, false), "{said:?}");
}
