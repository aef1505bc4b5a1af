//! Values -> Thrift's compact protocol, as far as Parquet's metadata needs it.

/// Types of fields and of lists' items.
pub(super) const I32: u8 = 5;
pub(super) const BINARY: u8 = 8;
pub(super) const STRUCT: u8 = 12;
const TRUE: u8 = 1;
const FALSE: u8 = 2;
const I64: u8 = 6;
const LIST: u8 = 9;

/// A struct that is written field by field, by rising numbers.
#[derive(Debug, Default)]
pub(super) struct Struct {
    bytes: Vec<u8>,
    last: u8,
}

impl Struct {
    fn header(mut self, field: u8, kind: u8) -> Self {
        self.bytes.push((field - self.last) << 4 | kind);
        self.last = field;
        self
    }

    pub(super) fn bool(self, field: u8, value: bool) -> Self {
        self.header(field, if value { TRUE } else { FALSE })
    }

    pub(super) fn i32(self, field: u8, value: i32) -> Self {
        let mut this = self.header(field, I32);
        zigzag(i64::from(value), &mut this.bytes);
        this
    }

    pub(super) fn i64(self, field: u8, value: i64) -> Self {
        let mut this = self.header(field, I64);
        zigzag(value, &mut this.bytes);
        this
    }

    pub(super) fn text(self, field: u8, value: &str) -> Self {
        let mut this = self.header(field, BINARY);
        binary(value.as_bytes(), &mut this.bytes);
        this
    }

    pub(super) fn inner(self, field: u8, value: Struct) -> Self {
        let mut this = self.header(field, STRUCT);
        this.bytes.extend(value.end());
        this
    }

    /// A list of items that are written already, such as structs that ended.
    pub(super) fn list(self, field: u8, kind: u8, items: &[Vec<u8>]) -> Self {
        let mut this = self.header(field, LIST);
        match u8::try_from(items.len()) {
            Ok(count @ 0..15) => this.bytes.push(count << 4 | kind),
            _ => {
                this.bytes.push(0xf0 | kind);
                varint(items.len() as u64, &mut this.bytes);
            }
        }
        items.iter().for_each(|item| this.bytes.extend(item));
        this
    }

    /// The whole struct.
    pub(super) fn end(mut self) -> Vec<u8> {
        self.bytes.push(0);
        self.bytes
    }
}

/// An item of a list of numbers.
pub(super) fn number(value: i32) -> Vec<u8> {
    let mut bytes = Vec::new();
    zigzag(i64::from(value), &mut bytes);
    bytes
}

/// An item of a list of texts.
pub(super) fn text(value: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    binary(value.as_bytes(), &mut bytes);
    bytes
}

fn binary(value: &[u8], bytes: &mut Vec<u8>) {
    varint(value.len() as u64, bytes);
    bytes.extend(value);
}

fn zigzag(value: i64, bytes: &mut Vec<u8>) {
    varint((value << 1 ^ value >> 63) as u64, bytes);
}

/// Seven bits a byte, the lowest first.
pub(super) fn varint(mut value: u64, bytes: &mut Vec<u8>) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_struct_has_the_bytes_of_the_protocol() {
        let inner = Struct::default().bool(1, true).text(2, "ab");
        let all = Struct::default().i32(1, -1).i64(3, 150).inner(4, inner).list(5, I32, &[number(1), number(-2)]);
        let expected = [0x15, 1, 0x26, 0xac, 2, 0x1c, 0x11, 0x18, 2, b'a', b'b', 0, 0x19, 0x25, 2, 3, 0];
        assert_eq!(all.end(), expected);
        let long = Struct::default().list(1, I32, &vec![number(0); 15]).end();
        assert_eq!(long[..3], [0x19, 0xf5, 15]);
    }
}
