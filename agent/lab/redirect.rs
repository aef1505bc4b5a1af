//! Where a server leads to, and who may have its token.

use ureq::{
    Body,
    http::{Response, Uri, header},
};

/// How often a server may lead on.
pub(super) const REDIRECTIONS: usize = 10;

/// The address that an answer to `url` leads to.
pub(super) fn target(url: &str, response: &Response<Body>) -> Option<String> {
    let leads = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers().get(header::LOCATION).filter(|_| leads)?.to_str().ok()?;
    Some(resolve(url, location))
}

/// RFC 3986, without `.` and `..`.
fn resolve(url: &str, location: &str) -> String {
    let location = location.split('#').next().unwrap_or_default();
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = path.split_once("://").unwrap_or(("http", path));
    let authority = rest.split('/').next().unwrap_or_default();
    let head = location.split(['/', '?']).next().unwrap_or_default();
    match location {
        whole if head.contains(':') => whole.into(),
        other_host if location.starts_with("//") => format!("{scheme}:{other_host}"),
        other_path if location.starts_with('/') => format!("{scheme}://{authority}{other_path}"),
        query if location.starts_with('?') => format!("{path}{query}"),
        beside => {
            let folder = rest.rsplit_once('/').map_or(authority, |(folder, _)| folder);
            format!("{scheme}://{folder}/{beside}")
        }
    }
}

/// Whether both are on one server: the same scheme, host and port.
pub(super) fn is_same_server(one: &str, other: &str) -> bool {
    origin(one).is_some_and(|origin_of_one| origin(other) == Some(origin_of_one))
}

/// `None` where that is not clear.
fn origin(url: &str) -> Option<(String, String, u16)> {
    let uri: Uri = url.parse().ok()?;
    let scheme = uri.scheme_str()?.to_ascii_lowercase();
    let port = match scheme.as_str() {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'))?;
    Some((scheme, authority.host().to_ascii_lowercase(), authority.port_u16().unwrap_or(port)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_what_a_location_says() {
        let url = "https://lab:8443/a/b/?x=1";
        for (location, expected) in [
            ("https://other/c", "https://other/c"),
            ("//other/c", "https://other/c"),
            ("/c?y=2#f", "https://lab:8443/c?y=2"),
            ("c", "https://lab:8443/a/b/c"),
            ("?y=2", "https://lab:8443/a/b/?y=2"),
            ("c?to=http://x/", "https://lab:8443/a/b/c?to=http://x/"),
            ("file:/etc/passwd", "file:/etc/passwd"),
        ] {
            assert_eq!(resolve(url, location), expected, "{location}");
        }
    }

    #[test]
    fn one_server_has_one_scheme_host_and_port() {
        for same in ["https://lab/x", "https://LAB:443/", "HTTPS://lab?y"] {
            assert!(is_same_server("https://lab/a/b", same), "{same}");
        }
        for other in
            ["http://lab/x", "https://lab:8443/x", "https://lab.example/", "https://me@lab/", "https://lab@x/", "x"]
        {
            assert!(!is_same_server("https://lab/a/b", other), "{other}");
        }
        assert!(is_same_server("http://[::1]:80/a", "http://[::1]/"));
    }
}
