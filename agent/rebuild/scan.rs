//! Texts -> the signals and frames in them that prove themselves.

use crate::{
    record::RecordId,
    signal::{FRAME_MARK, Frame, SIGNAL_MARK, Signal},
};
use memchr::memmem;

/// Something that a text holds whole.
#[derive(Debug)]
pub(super) enum Item {
    /// A frame whose CRC fits.
    Frame(Frame),
    /// A signal whose `CHECK` fits, and its record.
    Signal(RecordId, Signal),
}

/// The items of `text`. What does not prove itself is passed over: a foreign signal, a cut one, a changed one.
pub(super) fn items(text: &str) -> impl Iterator<Item = Item> {
    let frames = memmem::find_iter(text.as_bytes(), FRAME_MARK.as_bytes())
        .filter_map(|at| Frame::read(text.get(at..)?).map(|(frame, _)| Item::Frame(frame)));
    let signals = memmem::find_iter(text.as_bytes(), SIGNAL_MARK.as_bytes())
        .filter_map(|at| Signal::read(text.get(at..)?).ok().map(|(id, signal, _)| Item::Signal(id, signal)));
    frames.chain(signals).collect::<Vec<_>>().into_iter()
}
