//! Addresses: text -> which job on which server. What a browser shows is one, too: a page's path says which server it is.

use std::str::FromStr;

/// A job or a build on a server, by the address that its page has in a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A job of LAVA.
    Lava {
        /// The server, without `/` at its end.
        server: String,
        /// The job's number.
        job: u64,
    },
    /// A build of SQUAD.
    Squad {
        /// The server, without `/` at its end.
        server: String,
        /// The group's slug.
        group: String,
        /// The project's slug.
        project: String,
        /// The build's version.
        build: String,
        /// One test run of it; otherwise all are meant.
        test_run: Option<u64>,
    },
}

/// Why a text is not an [`Address`]. It never repeats what may be a password.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NotAnAddress {
    /// A user or password in it.
    #[error(
        "an address holds no user and no password\nhint: give a token in LAVA_TOKEN or SQUAD_TOKEN, or with --token-file"
    )]
    User,
    /// Anything else.
    #[error(
        "`{0}`: not the page of a job\nhint: type lava+https://HOST/scheduler/job/N, or \
         squad+https://HOST/GROUP/PROJECT/build/VERSION[/testrun/N]"
    )]
    Form(String),
}

impl Address {
    /// Whether `text` is meant to be one.
    pub fn is_meant(text: &str) -> bool {
        ["lava+", "squad+", "https://", "http://"].iter().any(|prefix| text.starts_with(prefix))
    }

    /// The server that it is on.
    pub fn server(&self) -> &str {
        match self {
            Self::Lava { server, .. } | Self::Squad { server, .. } => server,
        }
    }

    /// A folder's name for its server.
    pub fn host(&self) -> String {
        let host = self.server().split("://").nth(1).unwrap_or_default();
        host.replace(|c: char| !c.is_ascii_alphanumeric() && !".-".contains(c), "_")
    }

    /// The environment variable for its server's token.
    pub fn token_variable(&self) -> &'static str {
        match self {
            Self::Lava { .. } => "LAVA_TOKEN",
            Self::Squad { .. } => "SQUAD_TOKEN",
        }
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let form = || NotAnAddress::Form(text.into());
        let (start, rest) = text.split_once("://").ok_or_else(form)?;
        let (kind, scheme) = start.split_once('+').map_or((None, start), |(kind, scheme)| (Some(kind), scheme));
        let rest = rest.split('#').next().unwrap_or_default();
        let (host, path) = rest.split_once('/').ok_or_else(form)?;
        if host.contains('@') {
            return Err(NotAnAddress::User);
        }
        let plain =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && !b"?<>\"\\".contains(&b));
        if !matches!(scheme, "http" | "https") || !plain(host) || !plain(path) {
            return Err(form());
        }
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let server = |prefix: &[&str]| [&[&*format!("{scheme}://{host}")], prefix].concat().join("/");
        let number = |digits: &str| digits.parse::<u64>().map_err(|_| form());
        match (kind, segments.as_slice()) {
            (
                Some("lava") | None,
                [prefix @ .., "scheduler", "job", job] | [prefix @ .., "api", "v0.2", "jobs", job],
            )
            | (Some("lava") | None, [prefix @ .., "results" | "job", job]) => {
                Ok(Self::Lava { server: server(prefix), job: number(job)? })
            }
            (Some("squad") | None, [prefix @ .., group, project, "build", build]) => {
                squad(server(prefix), group, project, build, None)
            }
            (Some("squad") | None, [prefix @ .., group, project, "build", build, "testrun", run]) => {
                squad(server(prefix), group, project, build, Some(number(run)?))
            }
            _ => Err(form()),
        }
    }
}

fn squad(
    server: String,
    group: &str,
    project: &str,
    build: &str,
    test_run: Option<u64>,
) -> Result<Address, NotAnAddress> {
    let decode = |text: &str| {
        let bytes = percent_encoding::percent_decode_str(text);
        bytes.decode_utf8().map(|text| text.into_owned()).map_err(|_| NotAnAddress::Form(text.into()))
    };
    Ok(Address::Squad { server, group: decode(group)?, project: decode(project)?, build: decode(build)?, test_run })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_addresses_of_pages() {
        let lava = |server: &str| Ok(Address::Lava { server: server.into(), job: 7 });
        for path in ["scheduler/job/7", "scheduler/job/7#L12", "results/7/", "api/v0.2/jobs/7/", "job/7"] {
            assert_eq!(format!("lava+https://lab.example/{path}").parse(), lava("https://lab.example"), "{path}");
            assert_eq!(format!("lava+http://lab:8080/a/b/{path}").parse(), lava("http://lab:8080/a/b"), "{path}");
            assert_eq!(format!("https://lab.example/{path}").parse(), lava("https://lab.example"), "{path}");
        }
        let squad = |test_run| {
            let (group, project, build) = ("~me".into(), "linux".into(), "v6.1+x".into());
            Ok(Address::Squad { server: "https://qa.example".into(), group, project, build, test_run })
        };
        assert_eq!("squad+https://qa.example/~me/linux/build/v6.1%2Bx/".parse(), squad(None));
        assert_eq!("squad+https://qa.example/~me/linux/build/v6.1+x/testrun/5/".parse(), squad(Some(5)));
        assert_eq!("https://qa.example/~me/linux/build/v6.1+x/testrun/5/".parse(), squad(Some(5)));
    }

    #[test]
    fn refuses_others_and_keeps_a_password_to_itself() {
        for bad in [
            "lava+https://lab.example",
            "https://lab.example/index.html",
            "other+https://lab.example/job/7",
            "lava+https://lab.example/",
            "lava+ftp://lab.example/job/7",
            "lava+https://lab.example/job/x",
            "lava+https://lab.example/job/7?token=x",
            "lava+https:///job/7",
            "squad+https://qa.example/linux/build/1",
            "squad+https://qa.example/g/p/build/%ff",
            "lava+https://lab example/job/7",
        ] {
            assert!(matches!(bad.parse::<Address>(), Err(NotAnAddress::Form(_))), "{bad}");
        }
        let error = "lava+https://me:secret@lab.example/job/7".parse::<Address>().unwrap_err();
        assert!(error == NotAnAddress::User && !error.to_string().contains("secret"));
    }
}
