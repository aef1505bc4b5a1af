//! The values of one column of a row group -> its pages.

use super::{
    schema::{Cell, Kind},
    thrift::varint,
};
use flate2::{Compression, write::GzEncoder};
use std::{
    collections::HashMap,
    io::{self, Write},
};

/// The values of a column so far.
#[derive(Debug)]
pub(super) enum Values {
    /// Texts: each once, and for each row which one.
    Texts {
        known: HashMap<Box<str>, u32>,
        order: Vec<Box<str>>,
        rows: Vec<Option<u32>>,
        bytes: usize,
    },
    Booleans(Vec<Option<bool>>),
    Integers(Vec<Option<i32>>),
    Times(Vec<Option<i64>>),
    Doubles(Vec<Option<f64>>),
}

/// How the values of a page are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Plain = 0,
    Dictionary = 8,
}

/// One page before its header.
pub(super) struct Page {
    pub(super) is_dictionary: bool,
    pub(super) encoding: Encoding,
    pub(super) values: usize,
    pub(super) plain_size: usize,
    pub(super) compressed: Vec<u8>,
}

impl Values {
    pub(super) fn new(kind: Kind) -> Values {
        match kind {
            Kind::Text => Values::Texts { known: HashMap::new(), order: Vec::new(), rows: Vec::new(), bytes: 0 },
            Kind::Boolean => Values::Booleans(Vec::new()),
            Kind::Integer => Values::Integers(Vec::new()),
            Kind::Time => Values::Times(Vec::new()),
            Kind::Double => Values::Doubles(Vec::new()),
        }
    }

    /// Adds the value of a row. An empty text is not known.
    pub(super) fn add(&mut self, cell: Cell) {
        match (self, cell) {
            (Values::Texts { known, order, rows, bytes }, Cell::Text(text)) => {
                let at = known.get(text).copied().or_else(|| {
                    let at = u32::try_from(order.len()).ok().filter(|_| !text.is_empty())?;
                    known.insert(text.into(), at);
                    order.push(text.into());
                    *bytes += 2 * text.len() + 64;
                    Some(at)
                });
                rows.push(at);
            }
            (Values::Booleans(rows), Cell::Boolean(value)) => rows.push(value),
            (Values::Integers(rows), Cell::Integer(value)) => rows.push(Some(value)),
            (Values::Times(rows), Cell::Time(value)) => rows.push(value),
            (Values::Doubles(rows), Cell::Double(value)) => rows.push(value),
            // A column takes the values of its kind: the schema pairs them.
            _ => {}
        }
    }

    /// How much memory its values take, about.
    pub(super) fn size(&self) -> usize {
        match self {
            Values::Texts { rows, bytes, .. } => rows.len() * 8 + bytes,
            Values::Booleans(rows) => rows.len(),
            Values::Integers(rows) => rows.len() * 8,
            Values::Times(rows) => rows.len() * 16,
            Values::Doubles(rows) => rows.len() * 16,
        }
    }

    /// Its pages: of texts the dictionary first.
    ///
    /// # Errors
    /// Those of the compressor.
    pub(super) fn pages(&self) -> io::Result<Vec<Page>> {
        let page = |present: Vec<bool>, values: Vec<u8>| data(Encoding::Plain, &present, &values);
        Ok(match self {
            Values::Texts { order, rows, .. } => {
                let mut dictionary = Vec::new();
                for text in order {
                    dictionary.extend((text.len() as u32).to_le_bytes());
                    dictionary.extend(text.as_bytes());
                }
                let bits = (u32::BITS - (order.len().saturating_sub(1) as u32).leading_zeros()).max(1);
                let indices: Vec<u32> = rows.iter().flatten().copied().collect();
                let mut values = vec![bits as u8];
                hybrid(&indices, bits, &mut values);
                let first = Page {
                    is_dictionary: true,
                    encoding: Encoding::Plain,
                    values: order.len(),
                    plain_size: dictionary.len(),
                    compressed: compressed(&dictionary)?,
                };
                vec![first, data(Encoding::Dictionary, &present(rows), &values)?]
            }
            Values::Booleans(rows) => {
                let bits: Vec<u32> = rows.iter().flatten().map(|value| u32::from(*value)).collect();
                let mut values = Vec::new();
                pack(&bits, 1, &mut values);
                vec![page(present(rows), values)?]
            }
            Values::Integers(rows) => vec![page(present(rows), plain(rows, i32::to_le_bytes))?],
            Values::Times(rows) => vec![page(present(rows), plain(rows, i64::to_le_bytes))?],
            Values::Doubles(rows) => vec![page(present(rows), plain(rows, f64::to_le_bytes))?],
        })
    }
}

fn present<T>(rows: &[Option<T>]) -> Vec<bool> {
    rows.iter().map(Option::is_some).collect()
}

fn plain<T: Copy, const N: usize>(rows: &[Option<T>], bytes: fn(T) -> [u8; N]) -> Vec<u8> {
    rows.iter().flatten().flat_map(|value| bytes(*value)).collect()
}

/// A page of values: which rows have one, and then these.
fn data(encoding: Encoding, present: &[bool], values: &[u8]) -> io::Result<Page> {
    let mut levels = Vec::new();
    hybrid(&present.iter().map(|is| u32::from(*is)).collect::<Vec<_>>(), 1, &mut levels);
    let mut bytes = (levels.len() as u32).to_le_bytes().to_vec();
    bytes.extend(levels);
    bytes.extend(values);
    let (plain_size, compressed) = (bytes.len(), compressed(&bytes)?);
    Ok(Page { is_dictionary: false, encoding, values: present.len(), plain_size, compressed })
}

fn compressed(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Numbers of `bits` bits as runs of one number, and groups of eight that are packed.
fn hybrid(numbers: &[u32], bits: u32, out: &mut Vec<u8>) {
    let (mut at, mut packed) = (0, 0);
    while at < numbers.len() {
        let run = numbers[at..].iter().take_while(|number| **number == numbers[at]).count();
        // Packed groups hold eight numbers: a run begins where one ends.
        if run >= 8 && (at - packed).is_multiple_of(8) {
            groups(&numbers[packed..at], bits, out);
            varint((run as u64) << 1, out);
            out.extend(&numbers[at].to_le_bytes()[..bits.div_ceil(8) as usize]);
            at += run;
            packed = at;
        } else {
            at += 1;
        }
    }
    groups(&numbers[packed..], bits, out);
}

fn groups(numbers: &[u32], bits: u32, out: &mut Vec<u8>) {
    if !numbers.is_empty() {
        varint((numbers.len().div_ceil(8) as u64) << 1 | 1, out);
        let mut whole = numbers.to_vec();
        whole.resize(numbers.len().next_multiple_of(8), 0);
        pack(&whole, bits, out);
    }
}

/// Numbers one behind the other, the lowest bit first.
fn pack(numbers: &[u32], bits: u32, out: &mut Vec<u8>) {
    let (mut buffer, mut filled) = (0_u64, 0);
    for number in numbers {
        buffer |= u64::from(*number) << filled;
        filled += bits;
        while filled >= 8 {
            out.push(buffer as u8);
            buffer >>= 8;
            filled -= 8;
        }
    }
    if filled > 0 {
        out.push(buffer as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers that a reader of the format takes out again.
    fn read(bytes: &[u8], bits: u32, count: usize) -> Vec<u32> {
        let (mut at, mut numbers) = (0, Vec::new());
        while at < bytes.len() && numbers.len() < count {
            let (mut header, mut shift) = (0_u64, 0);
            loop {
                header |= u64::from(bytes[at] & 0x7f) << shift;
                shift += 7;
                at += 1;
                if bytes[at - 1] & 0x80 == 0 {
                    break;
                }
            }
            let width = bits.div_ceil(8) as usize;
            if header & 1 == 0 {
                let mut value = [0; 4];
                value[..width].copy_from_slice(&bytes[at..at + width]);
                at += width;
                numbers.extend(std::iter::repeat_n(u32::from_le_bytes(value), (header >> 1) as usize));
            } else {
                for index in 0..(header >> 1) as usize * 8 {
                    let bit = |bit: usize| u32::from(bytes[at + bit / 8] >> (bit % 8) & 1);
                    let first = index * bits as usize;
                    numbers.push((0..bits as usize).map(|of| bit(first + of) << of).sum());
                }
                at += (header >> 1) as usize * bits as usize;
            }
        }
        numbers.truncate(count);
        numbers
    }

    #[test]
    fn runs_and_groups_read_back() {
        let mut random = 7_u32;
        for bits in [1, 2, 3, 7, 8, 9, 13, 17, 24] {
            for length in [0, 1, 7, 8, 9, 40, 300] {
                let numbers: Vec<u32> = (0..length)
                    .flat_map(|at| {
                        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        std::iter::repeat_n(random >> 5 & ((1 << bits) - 1), if at % 9 == 0 { 20 } else { 1 })
                    })
                    .collect();
                let mut bytes = Vec::new();
                hybrid(&numbers, bits, &mut bytes);
                assert_eq!(read(&bytes, bits, numbers.len()), numbers, "{bits} bits, {length}");
            }
        }
    }

    #[test]
    fn an_empty_text_is_no_value() {
        let mut values = Values::new(Kind::Text);
        ["a", "", "b", "a"].iter().for_each(|text| values.add(Cell::Text(text)));
        let Values::Texts { order, rows, .. } = values else { panic!("texts") };
        assert_eq!((order.len(), rows), (2, vec![Some(0), None, Some(1), Some(0)]));
    }
}
