//! An error of the connection -> what happened and what to do, in words for people who do not know the library.

use super::{ANSWER, CONNECTION, SILENCE};
use ureq::{Error, Timeout};

/// What happened.
pub(super) fn why(error: &Error) -> String {
    let text = error.to_string();
    match error {
        Error::Timeout(Timeout::Connect | Timeout::Resolve) => format!("no connection in {} s", CONNECTION.as_secs()),
        Error::Timeout(Timeout::RecvResponse) => format!("no answer in {} s", ANSWER.as_secs()),
        Error::Timeout(_) => format!("the server said nothing for {} s", SILENCE.as_secs()),
        _ if text.contains("InvalidContentType") => "the server speaks no TLS at this address".into(),
        _ if text.contains("Peer disconnected") => "the server closed the connection without an answer".into(),
        Error::Io(_) => text.strip_prefix("io: ").unwrap_or(&text).into(),
        _ => text,
    }
}

/// What to do about an error that will be the same next time: of a certificate, or of where a server leads.
pub(super) fn hint(error: &Error) -> Option<&'static str> {
    if let Error::RequireHttpsOnly(_) = error {
        return Some("the server leads to an address without encryption, which is not followed");
    }
    let text = error.to_string();
    let has = |word: &str| text.contains(word);
    match () {
        () if has("InvalidContentType") => Some("is its address http://, or is its port another one?"),
        () if has("UnknownIssuer") => Some("SSL_CERT_FILE names a file with the lab's own authority"),
        () if has("not valid for name") => Some("the server's certificate is another host's: is the address right?"),
        () if has("expired") || has("not valid yet") => {
            Some("the server's certificate is out of date, or this machine's clock is wrong")
        }
        () if has("invalid peer certificate") => Some("the server's certificate is not one that is trusted here"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn people_read_what_happened() {
        let io = |kind, text: &str| Error::Io(io::Error::new(kind, text.to_string()));
        for (error, said) in [
            (Error::Timeout(Timeout::PerRead), "the server said nothing for 60 s"),
            (Error::Timeout(Timeout::RecvResponse), "no answer in 180 s"),
            (Error::Timeout(Timeout::Connect), "no connection in 20 s"),
            (
                io(io::ErrorKind::UnexpectedEof, "Peer disconnected"),
                "the server closed the connection without an answer",
            ),
            (io(io::ErrorKind::ConnectionRefused, "Connection refused"), "Connection refused"),
        ] {
            assert_eq!(why(&error), said);
        }
        let plain = io(io::ErrorKind::InvalidData, "received corrupt message of type InvalidContentType");
        assert_eq!(why(&plain), "the server speaks no TLS at this address");
        assert!(hint(&plain).is_some_and(|hint| hint.contains("http://")));
    }
}
