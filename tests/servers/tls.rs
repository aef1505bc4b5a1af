//! HTTPS with certificates of an authority of the tests' own: taken where they are right, and told why where they are not.

use super::{
    TOKEN, example_of_job_7, lava,
    support::{
        Said, program,
        server::{Answer, Fake},
        skipped,
    },
};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::Command,
    sync::Arc,
    thread,
    time::Duration,
};
use tempfile::TempDir;

/// Runs `openssl` in `folder`; whether there is one.
fn openssl(folder: &Path, arguments: &str) -> bool {
    let output = Command::new("openssl").current_dir(folder).args(arguments.split(' ')).output();
    let Ok(output) = output.map(Said::from) else { return false };
    assert!(output.code == 0, "openssl {arguments}: {}", output.stderr);
    true
}

/// An authority, and certificates: one for this machine, one for another, one that is not valid any more.
fn certificates() -> Option<TempDir> {
    let folder = TempDir::new().unwrap();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    if !openssl(folder.path(), &format!("req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=authority -days 2")) {
        skipped("there is no openssl to make certificates with");
        return None;
    }
    openssl(folder.path(), &format!("req {key} -keyout key.pem -out request.pem -subj /CN=lab"));
    for (name, host, days) in
        [("right", "IP:127.0.0.1", 2), ("other", "DNS:other.example", 2), ("old", "IP:127.0.0.1", 0)]
    {
        fs::write(folder.path().join("extensions"), format!("subjectAltName={host}\n")).unwrap();
        let sign = format!(
            "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days {days} -extfile extensions -out {name}.pem"
        );
        openssl(folder.path(), &sign);
    }
    // Its end is the second in which it was made.
    thread::sleep(Duration::from_secs(2));
    Some(folder)
}

/// A TLS server with one of the certificates before a plain one; its address.
fn encrypted(plain: &Fake, folder: &Path, certificate: &str) -> String {
    let chain = vec![CertificateDer::from_pem_file(folder.join(format!("{certificate}.pem"))).unwrap()];
    let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(versions.with_no_client_auth().with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let behind = plain.url.trim_start_matches("http://").to_owned();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            // A client may refuse the certificate.
            let _ = pass_on(StreamOwned::new(connection, stream.unwrap()), &behind);
        }
    });
    url
}

fn pass_on(mut tls: StreamOwned<ServerConnection, TcpStream>, behind: &str) -> std::io::Result<()> {
    let (mut request, mut byte) = (Vec::new(), [0]);
    while !request.ends_with(b"\r\n\r\n") {
        tls.read_exact(&mut byte)?;
        request.push(byte[0]);
    }
    let mut plain = TcpStream::connect(behind)?;
    plain.write_all(&request)?;
    let mut answer = Vec::new();
    plain.read_to_end(&mut answer)?;
    tls.write_all(&answer)?;
    tls.conn.send_close_notify();
    tls.flush()
}

fn rebuild(url: &str, authority: Option<&Path>) -> Said {
    let mut command = program();
    command.envs(authority.map(|path| ("SSL_CERT_FILE", path)));
    Said::of(command.args(["rebuild", &format!("lava+{url}/scheduler/job/7")]).env("LAVA_TOKEN", TOKEN))
}

#[test]
fn a_certificate_is_taken_if_it_is_right_and_told_why_it_is_not() {
    let Some(folder) = certificates() else { return };
    let authority = folder.path().join("ca.pem");
    let fake = Fake::new(|request, _| lava(request));
    let url = encrypted(&fake, folder.path(), "right");
    let output = rebuild(&url, Some(&authority));
    assert_eq!((output.code, output.stdout), (0, example_of_job_7(&url)), "{}", output.stderr);
    let asked = fake.requests().len();
    for (certificate, authority, why) in [
        ("right", None, "UnknownIssuer"),
        ("other", Some(authority.as_path()), "not valid for name"),
        ("old", Some(authority.as_path()), "expired"),
    ] {
        let output = rebuild(&encrypted(&fake, folder.path(), certificate), authority);
        let said = output.stderr;
        assert_eq!(output.code, 2, "{said}");
        assert!(said.contains(why) && said.contains("\nhint: "), "{certificate}: {said}");
        assert!(!said.contains("again in"), "it is not asked again: {said}");
    }
    assert_eq!(fake.requests().len(), asked, "nothing is sent to a server that has not proved who it is");
}

#[test]
fn no_redirection_leads_away_from_encryption() {
    let Some(folder) = certificates() else { return };
    let plain = Fake::new(|request, _| lava(request));
    let to = plain.url.clone();
    let fake = Fake::new(move |request, _| Answer::status(302, "").with(&format!("Location: {to}{}", request.path)));
    let output = rebuild(&encrypted(&fake, folder.path(), "right"), Some(&folder.path().join("ca.pem")));
    let said = output.stderr;
    assert_eq!((output.code, plain.requests().len()), (2, 0), "{said}");
    assert!(said.contains("without encryption"), "{said}");
}
