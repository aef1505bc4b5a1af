//! Standard output for data, standard error for people.

#[cfg(feature = "host")]
use crate::run::WholeFile;
use crate::{
    cli::{exit::Failure, wrap::wrap},
    emit::{Outlet, Patience},
    signal::FRAME_MARK,
};
use clap::ValueEnum;
use std::{
    env,
    io::{self, IsTerminal, Write},
    os::fd::{AsFd, AsRawFd, BorrowedFd},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};
#[cfg(feature = "host")]
use std::{
    fs::{self, File},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// When standard error gets colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

static COLOR: OnceLock<bool> = OnceLock::new();

static PATIENT: Mutex<Option<Patient>> = Mutex::new(None);

/// Standard output and standard error of a verb that has taken the signals over: a reader who takes nothing would hold it
/// for ever.
struct Patient {
    output: Outlet,
    errors: Outlet,
    patience: Patience,
}

/// From now on readers are waited for with `patience`. Without it, a signal ends the program while it waits; so it is where
/// this user may start no thread.
pub(super) fn be(patience: Patience) -> io::Result<()> {
    let mut patient = patient();
    match &mut *patient {
        Some(patient) => patient.patience = patience,
        None => {
            let outlet = |to: BorrowedFd<'_>| match Outlet::new(to) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
                outlet => outlet.map(Some),
            };
            let both = outlet(io::stdout().as_fd())?.zip(outlet(io::stderr().as_fd())?);
            *patient = both.map(|(output, errors)| Patient { output, errors, patience });
        }
    }
    Ok(())
}

fn patient() -> MutexGuard<'static, Option<Patient>> {
    PATIENT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether LAVA runs us: its test shell sets these.
pub(super) fn under_lava() -> bool {
    ["LAVA_JOB_ID", "LAVA_RESULT_DIR"].into_iter().any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Whether a person sees standard output.
pub(super) fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// How wide a terminal is that does not say it: a serial console.
const COLUMNS: usize = 80;

/// What is narrower is taken for this wide: less holds no table.
const NARROWEST: usize = 40;

/// How many characters a line of standard output may have: `$COLUMNS`, else the terminal's width, else 80.
pub(super) fn width() -> usize {
    width_of(io::stdout().as_fd())
}

/// The same of standard error.
pub(super) fn error_width() -> usize {
    width_of(io::stderr().as_fd())
}

fn width_of(to: BorrowedFd<'_>) -> usize {
    set_width().or_else(|| columns(to)).unwrap_or(COLUMNS).max(NARROWEST)
}

/// `$COLUMNS`.
fn set_width() -> Option<usize> {
    env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|columns| *columns > 0)
}

/// What the terminal says; a serial line says 0.
fn columns(to: BorrowedFd<'_>) -> Option<usize> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the descriptor is open, and the kernel writes one `winsize`.
    let done = unsafe { libc::ioctl(to.as_raw_fd(), libc::TIOCGWINSZ, &raw mut size) };
    (done == 0 && size.ws_col > 0).then(|| usize::from(size.ws_col))
}

/// Decides once whether standard error gets colours.
pub(super) fn set_color(color: Color) {
    let capable = || {
        let term = env::var("TERM").unwrap_or_default();
        // A serial console is a terminal too, but says `dumb`, `vt100`, `vt102`, `linux` or nothing.
        let plain = ["", "dumb", "vt100", "vt102", "vt220", "linux"].contains(&term.as_str());
        io::stderr().is_terminal() && !plain && env::var_os("NO_COLOR").is_none()
    };
    let on = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => capable(),
    };
    COLOR.get_or_init(|| on);
}

/// A word on standard error in a colour that fits it.
pub(super) fn colored(word: &str) -> String {
    let color = match word {
        "pass" => 32,
        "fail" | "problem" => 31,
        "skip" | "unknown" | "warning" => 33,
        _ => return word.into(),
    };
    if COLOR.get().is_some_and(|on| *on) { format!("\x1b[{color}m{word}\x1b[0m") } else { word.into() }
}

/// Writes data to standard output, as it is.
pub(super) fn data(text: &str) -> Result<(), Failure> {
    if let Some(Patient { output, patience, .. }) = &mut *patient() {
        return output.write(text.into(), false, *patience).map_err(Failure::unsent);
    }
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(Failure::output)
}

/// A writer that remembers whether its reader went away: a writer of a format may tell that as an error of its own.
#[cfg(feature = "host")]
struct Watched<'a, W> {
    to: W,
    closed: &'a mut bool,
}

#[cfg(feature = "host")]
impl<W: Write> Write for Watched<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write(bytes).inspect_err(|error| *self.closed |= error.kind() == io::ErrorKind::BrokenPipe)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush().inspect_err(|error| *self.closed |= error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Writes to standard output, or to the file instead, what `content` writes. A file is there as a whole, or as it was.
#[cfg(feature = "host")]
pub(super) fn output(
    file: Option<&Path>,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let Some(path) = file else {
        let mut closed = false;
        let mut stdout = io::BufWriter::new(Watched { to: io::stdout().lock(), closed: &mut closed });
        let written = content(&mut stdout).and_then(|()| stdout.flush());
        // What is left in the buffer is not tried again.
        drop(stdout.into_parts());
        return written.map_err(|error| Failure::output(if closed { io::ErrorKind::BrokenPipe.into() } else { error }));
    };
    to_file(path, content)
        .map_err(|error| Failure::agent(anyhow::Error::new(error).context(path.display().to_string())))
}

#[cfg(feature = "host")]
fn to_file(path: &Path, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let whole = replaceable(path)?.map(|file| WholeFile::begin(&file)).transpose();
    match whole {
        Ok(Some(mut whole)) => content(&mut whole).and_then(|()| whole.keep()),
        // Somebody may write this file, and none beside it.
        Err(error) if error.kind() != io::ErrorKind::PermissionDenied || !path.exists() => Err(error),
        Ok(None) | Err(_) => {
            let mut file = io::BufWriter::new(File::create(path)?);
            content(&mut file).and_then(|()| file.flush())
        }
    }
}

/// The file that another one may take the place of, wherever links lead: one of those that this user may write, or one to
/// come. Devices and FIFOs are written to, and so is what this program has as its standard output or error.
#[cfg(feature = "host")]
fn replaceable(path: &Path) -> io::Result<Option<PathBuf>> {
    if ["/dev", "/proc"].iter().any(|folder| path.starts_with(folder)) {
        return Ok(None);
    }
    let Ok(found) = fs::metadata(path) else {
        let is_link = fs::symlink_metadata(path).is_ok();
        return Ok((!is_link).then(|| path.into()));
    };
    let is_open = |to: BorrowedFd<'_>| {
        nix::sys::stat::fstat(to).is_ok_and(|open| (open.st_dev, open.st_ino) == (found.dev(), found.ino()))
    };
    if !found.is_file() || is_open(io::stdout().as_fd()) || is_open(io::stderr().as_fd()) {
        return Ok(None);
    }
    File::options().write(true).open(path)?;
    fs::canonicalize(path).map(Some)
}

/// Tells people something in lines that fit, where a person sees them. A log keeps each sentence in one line, so that it can
/// be searched.
pub(super) fn tell(text: &str) {
    if set_width().is_some() || io::stderr().is_terminal() { say_wrapped(text) } else { say(text) }
}

/// Sentences for standard output, in the same way.
pub(super) fn fitted(text: &str) -> String {
    if is_seen() { wrap(text, width(), 2) } else { text.into() }
}

/// A command for standard output, in the same way: where it is broken, a shell reads on.
pub(super) fn fitted_command(line: &str) -> String {
    const READS_ON: &str = " \\\n";
    match is_seen() {
        true if line.chars().count() > width() => wrap(line, width() - 2, 2).replace('\n', READS_ON),
        _ => line.into(),
    }
}

/// Whether a person sees standard output, as far as that can be known.
fn is_seen() -> bool {
    set_width().is_some() || stdout_is_terminal()
}

/// Tells people something in lines that fit their terminal.
pub(super) fn say_wrapped(text: &str) {
    // What is written in more characters than it has is so before the line is measured.
    say(&wrap(&harmless(text), error_width(), 2));
}

/// Tells people something: whole lines, one write. A standard error that is closed or takes nothing is nobody's loss.
///
/// On a board it is the same console that LAVA reads: nothing that is told can be taken for a signal or a frame, whoever
/// wrote it first.
pub(super) fn say(text: &str) {
    let harmless = harmless(text).replace("<LAVA", "\\x3cLAVA").replace(FRAME_MARK, "\\x4cBF1.");
    let line = format!("{harmless}\n");
    let _ = match &mut *patient() {
        Some(Patient { errors, patience, .. }) => errors.write(line.into(), false, *patience).is_ok(),
        None => io::stderr().write_all(line.as_bytes()).is_ok(),
    };
}

/// `text` without what would drive a terminal, but for the colours of this program: others' words may be in it.
pub(super) fn harmless(text: &str) -> String {
    const COLORS: [&str; 4] = ["\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"];
    let colored = |at: usize| COLORS.iter().any(|color| text[at..].starts_with(color));
    let mut harmless = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        match character {
            '\n' | '\t' => harmless.push(character),
            '\x1b' if colored(at) => harmless.push(character),
            _ if character.is_control() => harmless.extend(character.escape_unicode()),
            _ => harmless.push(character),
        }
    }
    harmless
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn nothing_drives_a_terminal_but_our_colours() {
        assert_eq!(harmless("a\tb\n\x1b[32mpass\x1b[0m é"), "a\tb\n\x1b[32mpass\x1b[0m é");
        assert_eq!(
            harmless("\x1b]0;title\x07\x1b[2J\r\u{9b}1m\0"),
            "\\u{1b}]0;title\\u{7}\\u{1b}[2J\\u{d}\\u{9b}1m\\u{0}"
        );
    }
}
