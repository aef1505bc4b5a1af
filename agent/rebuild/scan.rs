//! Texts -> the signals and frames in them that prove themselves, and what is left of others.

use crate::{
    record::RecordId,
    signal::{FRAME_MARK, Frame, Name, SIGNAL_END, SIGNAL_MARK, Signal},
};
use memchr::memmem;

/// Something that a text holds.
#[derive(Debug)]
pub(super) enum Item {
    /// A frame whose CRC fits.
    Frame(Frame),
    /// A signal whose `CHECK` fits, and its record.
    Signal(RecordId, Signal),
    /// A frame that is cut or changed.
    DamagedFrame,
    /// A signal that is cut or changed, and its name, if that much is there.
    DamagedSignal(Option<Name>),
    /// A whole signal without a `CHECK`: another program's.
    Foreign,
}

/// The items of `text`.
pub(super) fn items(text: &str) -> impl Iterator<Item = Item> {
    let frames =
        memmem::find_iter(text.as_bytes(), FRAME_MARK.as_bytes()).filter_map(|at| Some(frame(text.get(at..)?)));
    let signals =
        memmem::find_iter(text.as_bytes(), SIGNAL_MARK.as_bytes()).filter_map(|at| Some(signal(text.get(at..)?)));
    frames.chain(signals).collect::<Vec<_>>().into_iter()
}

/// The most bytes that a signal or a frame has, with room for others' fields: so far is looked, however long the line is.
const REACH: usize = 4096;

fn frame(text: &str) -> Item {
    Frame::read(reach(text)).map_or(Item::DamagedFrame, |(frame, _)| Item::Frame(frame))
}

fn reach(text: &str) -> &str {
    &text[..text.floor_char_boundary(REACH)]
}

fn signal(text: &str) -> Item {
    let text = reach(text);
    if let Ok((id, signal, _)) = Signal::read(text) {
        return Item::Signal(id, signal);
    }
    let rest = &text[SIGNAL_MARK.len()..];
    if is_foreign(rest) {
        return Item::Foreign;
    }
    Item::DamagedSignal(rest.split_once(" RESULT=").and_then(|(name, _)| name.parse().ok()))
}

/// Whether a signal's text after its mark is whole, and none of ours.
fn is_foreign(rest: &str) -> bool {
    let Some((fields, _)) = rest.split_once(SIGNAL_END) else { return false };
    let mut words = fields.split(' ').skip(1);
    let field = |word: &str| {
        word.split_once('=').is_some_and(|(key, _)| key.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'))
    };
    fields.contains(" RESULT=") && !fields.contains(" CHECK") && words.all(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> String {
        let found: Vec<Item> = items(text).collect();
        assert_eq!(found.len(), 1, "{text}");
        match &found[0] {
            Item::DamagedSignal(name) => format!("damaged {}", name.as_ref().map_or_else(String::new, Name::to_string)),
            Item::Foreign => "foreign".into(),
            Item::DamagedFrame => "damaged frame".into(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn tells_damaged_from_foreign() {
        let whole = "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=sysbench-cpu.events-per-second.threads_4.0.0 RESULT=pass \
                     MEASUREMENT=4213.07 UNITS=events/s CHECK=0a1b2c3da5d5395b>";
        assert!(one(whole).starts_with("Signal"));
        for length in 35..whole.len() - 1 {
            let told = one(&whole[..length]);
            assert!(told.starts_with("damaged "), "{told}");
            let told = one(&format!("{} [ 1.5] usb <x>", &whole[..length]));
            assert!(told.starts_with("damaged "), "{told}");
        }
        assert_eq!(one(&whole[..100]), "damaged sysbench-cpu.events-per-second.threads_4.0.0");
        assert_eq!(one("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a RESULT=pass>"), "foreign");
        assert_eq!(one("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a/b RESULT=fail MEASUREMENT=1 UNITS=s>"), "foreign");
        assert_eq!(one("LBF1.0a1b2c3d.0.1.0."), "damaged frame");
    }
}
