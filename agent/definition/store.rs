//! The definitions there are: the embedded ones, and those of folders that the user names.

use super::{Definition, DefinitionError, Origin, Outline, check, wire::Scalar};
use crate::text::{nearest, yaml};
use flate2::read::DeflateDecoder;
use serde::{Deserialize, de::IgnoredAny};
use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    io::{self, Read},
    ops::Range,
    path::{Path, PathBuf},
    sync::LazyLock,
};

/// Names in a pack, with the lengths of their texts.
type Names = [(&'static str, usize)];

/// The embedded definitions, in packs of which each is deflated as one; the build script writes it.
const EMBEDDED: &[(&Names, &[u8])] = include!(concat!(env!("OUT_DIR"), "/definitions.rs"));

/// The longest text of a definition, in bytes.
const MAX_TEXT: u64 = 1 << 20;

/// A line of JSON for each of them: see the build script.
static OUTLINES: LazyLock<String> =
    LazyLock::new(|| inflated(include_bytes!(concat!(env!("OUT_DIR"), "/outlines.deflate"))));

/// A text that the build script deflated.
fn inflated(deflated: &[u8]) -> String {
    let mut text = String::new();
    // The build script wrote it.
    let _ = DeflateDecoder::new(deflated).read_to_string(&mut text);
    text
}

/// The text of a file, without the mark that editors of other systems put before UTF-8.
fn text_of(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.take(MAX_TEXT + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_TEXT {
        return Err(io::Error::other(format!("more than {} MiB", MAX_TEXT >> 20)));
    }
    Ok(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_string))
}

/// Definitions by name.
#[derive(Clone, Debug, Default)]
pub struct Store(BTreeMap<String, Entry>);

/// A definition that has not been read yet.
#[derive(Clone, Debug)]
enum Entry {
    /// In the binary: a pack, and where the text stands in it.
    Embedded(&'static [u8], Range<usize>),
    /// The text of a file.
    File(PathBuf, String),
    /// The text of LAVA's dump.
    Lava(PathBuf, String),
    /// A file that cannot be read, and why: an error when it is asked for, so that it spoils no other.
    Unreadable(PathBuf, String),
}

/// What tells a dump of LAVA's that holds a definition of ours.
#[derive(Deserialize)]
struct Dump {
    metadata: DumpMetadata,
    benchmark: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct DumpMetadata {
    name: Scalar,
}

impl Entry {
    /// Where it stands, and its text.
    fn text(&self, name: &str) -> Result<(Origin, String), DefinitionError> {
        match self {
            Self::Embedded(pack, place) => {
                let text = inflated(pack).get(place.clone()).unwrap_or_default().to_string();
                Ok((Origin::Embedded(name.into()), text))
            }
            Self::File(path, text) => Ok((Origin::File(path.clone()), text.clone())),
            Self::Lava(path, text) => Ok((Origin::Lava(path.clone()), text.clone())),
            Self::Unreadable(path, why) => Err(DefinitionError::whole(path.display(), why)),
        }
    }
}

impl Store {
    /// The embedded definitions.
    pub fn embedded() -> Self {
        let entries = EMBEDDED.iter().flat_map(|(names, pack)| {
            let mut end = 0;
            names.iter().map(move |(name, length)| {
                let start = end;
                end += length;
                ((*name).into(), Entry::Embedded(pack, start..end))
            })
        });
        Self(entries.collect())
    }

    /// These, and those of `folder`: `NAME/NAME.yaml` or `NAME.yaml`. One of a name that is there already replaces it.
    ///
    /// # Errors
    /// A folder that cannot be read, or one without a definition. A file that cannot be read is an error when it is loaded.
    pub fn with_folder(mut self, folder: &Path) -> Result<Self, DefinitionError> {
        let failed = |path: &Path, message: String| DefinitionError::whole(path.display(), message);
        let entries = fs::read_dir(folder).map_err(|error| failed(folder, format!("cannot be read: {error}")))?;
        let mut found = false;
        for entry in entries.filter_map(Result::ok) {
            let path = entry.path();
            let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()).map(String::from) else { continue };
            let file = if path.is_dir() { path.join(format!("{stem}.yaml")) } else { path };
            if file.extension().is_some_and(|extension| extension == "yaml") && file.exists() {
                // A FIFO or a device is not opened: nobody may write to it, or it may have no end.
                let text = if file.is_file() { text_of(&file) } else { Err(io::Error::other("not a file")) };
                let entry = match text {
                    Ok(text) => Entry::File(file, text),
                    Err(error) => Entry::Unreadable(file, format!("cannot be read: {error}")),
                };
                self.0.insert(stem, entry);
                found = true;
            }
        }
        if found { Ok(self) } else { Err(failed(folder, "no definition in it (NAME/NAME.yaml or NAME.yaml)".into())) }
    }

    /// These, and the definition that LAVA runs, where `dump`, LAVA's copy of it, is there and has a `benchmark`. It replaces one
    /// of its name.
    ///
    /// # Errors
    /// A dump that cannot be read. What is wrong with the definition in it is an error when it is loaded.
    pub fn with_lava(mut self, dump: &Path) -> Result<Self, DefinitionError> {
        if !dump.is_file() {
            return Ok(self);
        }
        let file = Origin::Lava(dump.into());
        let text = text_of(dump).map_err(|error| DefinitionError::whole(&file, format!("cannot be read: {error}")))?;
        match yaml::read::<Dump>(&text) {
            Ok(Dump { metadata: DumpMetadata { name: Scalar(name) }, benchmark: Some(_) }) => {
                self.0.insert(name, Entry::Lava(dump.into(), text));
                Ok(self)
            }
            // A definition that calls the program need not be one of ours.
            Err(error) if text.lines().any(|line| line.starts_with("benchmark:")) => {
                Err(DefinitionError::yaml(&file.to_string(), &text, &error))
            }
            _ => Ok(self),
        }
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The definition called `name`.
    ///
    /// # Errors
    /// An unknown name, with the nearest one as a hint; or what is wrong with the definition.
    pub fn load(&self, name: &str) -> Result<Definition, DefinitionError> {
        let Some(entry) = self.0.get(name) else {
            let is_suite = self.outlines().flatten().any(|outline| outline.suite.as_deref() == Some(name));
            let hint = match nearest(name, self.names()) {
                _ if is_suite => format!("it is a suite: `lava-bench list --suite {name}` shows its benchmarks"),
                Some(near) => format!("did you mean `{near}`?"),
                None => "`lava-bench list` shows what there is".into(),
            };
            return Err(DefinitionError::whole(format!("benchmark `{name}`"), "unknown").hint(Some(hint)));
        };
        let (origin, text) = entry.text(name)?;
        called(check::read(origin, &text)?, name)
    }

    /// The outlines of all, in the order of their names.
    ///
    /// # Errors
    /// As [`load`](Self::load); of the embedded ones only what stands in outlines is looked at.
    pub fn outlines(&self) -> impl Iterator<Item = Result<Outline, DefinitionError>> {
        let lines: BTreeMap<&str, &str> =
            EMBEDDED.iter().flat_map(|(names, _)| names.iter()).map(|(name, _)| *name).zip(OUTLINES.lines()).collect();
        self.0.iter().map(move |(name, entry)| match (entry, lines.get(name.as_str())) {
            (Entry::Embedded(..), Some(json)) => Outline::read(Origin::Embedded(name.clone()), json),
            _ => self.load(name).map(Outline::from),
        })
    }

    /// The definition in one file.
    ///
    /// # Errors
    /// A file that cannot be read, what is wrong with the definition, or a definition with another name than the file's.
    pub fn load_file(path: &Path) -> Result<Definition, DefinitionError> {
        let text = text_of(path)
            .map_err(|error| DefinitionError::whole(path.display(), format!("cannot be read: {error}")))?;
        let definition = check::read(Origin::File(path.into()), &text)?;
        match path.extension().and(path.file_stem()).and_then(OsStr::to_str) {
            // What comes through a pipe, as `<(...)`, has no name.
            Some(stem) if path.is_file() => called(definition, stem),
            _ => Ok(definition),
        }
    }
}

/// `definition`, if it is called `name`, as its file is.
fn called(definition: Definition, name: &str) -> Result<Definition, DefinitionError> {
    if definition.name.as_str() == name {
        return Ok(definition);
    }
    let Definition { name: other, origin, text, .. } = &definition;
    let message = format!("metadata.name: `{other}` is not the file's name `{name}`");
    let error = |near: &str| DefinitionError::at(&origin.to_string(), text, near, message.clone());
    // The same word may stand in the description.
    let exact = error(&format!("name: {other}"));
    Err(if exact.place.is_some() { exact } else { error("name:") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn altered(from: &str, to: &str) -> DefinitionError {
        let text = Store::embedded().load("sysbench-cpu").unwrap().text;
        assert!(text.contains(from), "{from}");
        check::read(Origin::Embedded("sysbench-cpu".into()), &text.replacen(from, to, 1)).unwrap_err()
    }

    #[test]
    fn every_embedded_definition_is_right() {
        let store = Store::embedded();
        assert!(store.names().count() >= 2);
        for name in store.names() {
            store.load(name).unwrap_or_else(|error| panic!("{error}"));
        }
    }

    #[test]
    fn outlines_are_what_the_definitions_say() {
        let store = Store::embedded();
        let mut count = 0;
        for (outline, name) in store.outlines().zip(store.names()) {
            let (mut outline, mut whole) = (outline.unwrap(), Outline::from(store.load(name).unwrap()));
            // It is no parameter that must be declared, and a list asks for no version.
            outline.defaults.entry("ITERATIONS".into()).or_insert_with(|| "1".into());
            whole.tool.version = None;
            assert_eq!(format!("{outline:?}"), format!("{whole:?}"));
            count += 1;
        }
        assert_eq!(count, store.names().count());
    }

    #[test]
    fn an_unknown_name_tells_the_nearest() {
        let hint = |name: &str| Store::embedded().load(name).unwrap_err().hint.unwrap();
        assert_eq!(hint("sysbench_cpu"), "did you mean `sysbench-cpu`?");
        assert_eq!(hint("sysb"), "did you mean `sysbench-cpu`?");
        assert_eq!(hint("zzzzzzzz"), "`lava-bench list` shows what there is");
    }

    #[test]
    fn a_wrong_field_is_named_with_file_and_line() {
        for (from, to, expected) in [
            ("better: higher", "beter: higher", "unknown field `beter`"),
            ("unit: events/s", "unit: events per s", "unit `events per s`: not a unit"),
            ("name: events-per-second", "name: Events", "name `Events`: not a name"),
            ("schema: 1", "schema: 2", "benchmark.schema: 2: unknown"),
            ("{metric: total-time", "{metric: total-tim", "metric `total-tim` is not declared"),
            (
                "{metric: total-time,",
                "{metric: total-time, expect: THREADS,",
                "expect `THREADS`: write a number, some, any, or '{THREADS}'",
            ),
            ("--threads={THREADS}", "--threads={THREAD}", "placeholder `{THREAD}`: no such parameter"),
            (r"(?P<value>\d+\.\d{2})$", r"(?P<value>\d+\.\d{2}$", "unclosed group"),
            ("  MAX_PRIME: '10000'", "  MAX_PRIMES: '10000'", "`MAX_PRIMES` is not passed on"),
            ("  TIME: '10'", "  TIME: '0'", "params.TIME: `0` is not a whole number from 1 to 86400"),
            ("  THREADS: '1 nproc'", "  THREADS: '1'\n  THREADS: '2'", "key `THREADS` stands twice"),
            ("timeout: '{TIME}s 1m'", "timeout: soon", "benchmark.timeout: `soon` is no duration"),
            ("timeout: '{TIME}s 1m'", "timeout: '{TIMES}s'", "placeholder `{TIMES}`: no such parameter"),
            ("range: [0.01, 1.0e9]", "range: [2, 1]", "range [2, 1]: the lowest number comes first (write [1, 2])"),
            ("timeout: '{TIME}s 1m'", "timeout: 0s", "benchmark.timeout: `0s`: nothing ends in no time"),
            ("versions: '<0.5'", "versions: '0.5'", "begins with none of"),
            ("TIME: '10'", "TIME: 10.5", "quote a number with a decimal point"),
            ("format: Lava-Test Test Definition 1.0", "format: Lava 1", "metadata.format"),
        ] {
            let error = altered(from, to);
            let text = error.to_string();
            assert!(text.contains(expected) && text.starts_with("embedded:sysbench-cpu.yaml:"), "{to}: {text}");
            let place = error.place.unwrap_or_else(|| panic!("{to}: no line"));
            let near = to.lines().next().unwrap().trim();
            let elsewhere =
                ["stands twice", "not passed on", "not declared"].iter().any(|why| error.message.contains(why));
            assert!(place.text.contains(near) || elsewhere, "{to}: {}", place.text);
        }
    }

    #[test]
    fn a_folder_adds_and_replaces() {
        let folder = tempfile::tempdir().unwrap();
        let text = Store::embedded().load("primes").unwrap().text;
        fs::create_dir(folder.path().join("mine")).unwrap();
        let mine = text.replace("name: primes", "name: mine").replace("run primes", "run mine");
        fs::write(folder.path().join("mine/mine.yaml"), mine).unwrap();
        fs::write(folder.path().join("primes.yaml"), text.replace("A workload", "My workload")).unwrap();
        let store = Store::embedded().with_folder(folder.path()).unwrap();
        assert_eq!(store.load("mine").unwrap().name.as_str(), "mine");
        assert!(store.load("primes").unwrap().description.starts_with("My workload"));
        assert!(store.load("sysbench-cpu").is_ok());
    }
}
