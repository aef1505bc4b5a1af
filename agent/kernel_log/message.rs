//! A message of the kernel's log, and how /dev/kmsg writes it.

use memchr::memchr;

/// One message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Who wrote it: 0 is the kernel, all others are programs; `None` where that is unknown.
    pub facility: Option<u32>,
    /// How urgent it is: 0, an emergency, to 7; `None` where that is unknown.
    pub level: Option<u8>,
    /// Its number since the boot, where it is known.
    pub sequence: Option<u64>,
    /// When it was written, in microseconds since the boot.
    pub microseconds: Option<u64>,
    /// The task (`T123`) or the CPU (`C1`) that wrote it, where the kernel says so.
    pub caller: Option<Vec<u8>>,
    /// What it says, without its end.
    pub text: Vec<u8>,
}

impl Message {
    /// One record of /dev/kmsg: `6,1234,7207337,-,caller=T12;text`, and behind it lines ` KEY=value`, which are left out.
    /// Bytes that are not printable stand in it as `\xNN`. `None` where it is no record.
    pub fn of_record(record: &[u8]) -> Option<Self> {
        let line = record.split(|byte| *byte == b'\n').next()?;
        let end = memchr(b';', line)?;
        let (head, text) = (line.get(..end)?, line.get(end.checked_add(1)?..)?);
        let mut fields = head.split(|byte| *byte == b',');
        let priority = u32::try_from(number(fields.next()?)?).ok()?;
        let sequence = number(fields.next()?)?;
        let microseconds = number(fields.next()?)?;
        let caller = fields.find_map(|field| field.strip_prefix(b"caller="));
        Some(Self {
            facility: Some(priority >> 3),
            level: Some((priority & 7) as u8),
            sequence: Some(sequence),
            microseconds: Some(microseconds),
            caller: caller.map(<[u8]>::to_vec),
            text: unescaped(text),
        })
    }

    /// Whether the kernel itself may have written it: what programs write into the log says nothing about the kernel.
    pub fn is_kernels(&self) -> bool {
        self.facility.is_none_or(|facility| facility == 0)
    }
}

/// A decimal number.
pub(super) fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// `text` with the bytes that `\xNN` stands for.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.strip_prefix(b"x").and_then(|after| after.split_at_checked(2));
        let byte = escaped.filter(|_| *first == b'\\').and_then(|(digits, after)| {
            let digits = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
            Some((u8::from_str_radix(digits, 16).ok()?, after))
        });
        let (byte, after) = byte.unwrap_or((*first, after));
        bytes.push(byte);
        rest = after;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_with_all_it_says() {
        let record = b"12,339,5140900,-,caller=T4;usb 1-1: \\x5c\\xe2 \\x x\n SUBSYSTEM=usb\n DEVICE=+usb:1-1\n";
        let message = Message::of_record(record).unwrap();
        assert_eq!((message.facility, message.level), (Some(1), Some(4)));
        assert_eq!((message.sequence, message.microseconds), (Some(339), Some(5_140_900)));
        assert_eq!(message.caller.as_deref(), Some(b"T4".as_slice()));
        assert_eq!(message.text, b"usb 1-1: \\\xe2 \\x x");
        assert!(!message.is_kernels());
        let old = Message::of_record(b"6,1,0,c;x; y").unwrap();
        assert_eq!((old.caller.clone(), old.text.as_slice()), (None, b"x; y".as_slice()));
        assert!(old.is_kernels());
    }

    #[test]
    fn what_is_no_record_is_none() {
        for record in [&b""[..], b"\n", b"6,1,2", b"a,1,2,-;x", b"6,-1,2,-;x", b"6,1;x", b"99999999999,1,2,-;x"] {
            assert_eq!(Message::of_record(record), None, "{record:?}");
        }
    }
}
