//! Compressed bytes -> bytes: gzip, xz and zstd, of several members too, and one within another.

use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::{
    BlockDecodingStrategy, FrameDecoder,
    errors::{FrameDecoderError, ReadFrameHeaderError},
};
use std::io::{self, BufRead, BufReader, Cursor, Error, ErrorKind, Read};

/// How many times something may be compressed.
const MAX_LAYERS: usize = 3;

/// The most memory that a decompressor may ask for, in bytes: `xz -9` and `zstd -19 --long=27` need less.
const MAX_WINDOW: u32 = 160 << 20;

type Source<'a> = Box<dyn BufRead + 'a>;

/// A source without its compression.
pub(crate) struct Unpacked<'a> {
    pub(crate) source: Source<'a>,
    /// Whether it had one.
    pub(crate) compressed: bool,
}

/// Takes off all compressions.
pub(crate) fn unpack<'a>(source: Box<dyn Read + 'a>) -> io::Result<Unpacked<'a>> {
    let mut source: Source<'a> = Box::new(BufReader::with_capacity(1 << 16, source));
    for layer in 0..=MAX_LAYERS {
        let mut head = Vec::new();
        let whole: Source<'a> = match source.by_ref().take(6).read_to_end(&mut head) {
            Err(error) if layer == 0 => return Err(error),
            // A decompressor does not say it twice.
            Err(error) => Box::new(Cursor::new(head.clone()).chain(BufReader::new(Broken(Some(error))))),
            Ok(_) => Box::new(Cursor::new(head.clone()).chain(source)),
        };
        let inner: Box<dyn Read + 'a> = match head.as_slice() {
            [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(whole)),
            [0xfd, b'7', b'z', b'X', b'Z', 0] => Box::new(XzReader::new_mem_limit(whole, true, MAX_WINDOW >> 10)),
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Box::new(Zstd::new(whole)),
            _ => return Ok(Unpacked { source: whole, compressed: layer > 0 }),
        };
        source = Box::new(BufReader::with_capacity(1 << 16, inner));
    }
    Err(Error::new(ErrorKind::InvalidData, format!("it is compressed more than {MAX_LAYERS} times")))
}

/// A source that cannot be read.
struct Broken(Option<Error>);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// The frames of a zstd source, one after another. The decoder reads one, and leaves it to us to compare its checksum.
struct Zstd<R> {
    source: R,
    decoder: FrameDecoder,
    /// Whether `decoder` is in a frame.
    within: bool,
}

impl<R: BufRead> Zstd<R> {
    fn new(source: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(u64::from(MAX_WINDOW));
        Self { source, decoder, within: false }
    }

    /// Begins the next frame; `false` at the end of the source.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.init(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    let length = u64::from(length);
                    if io::copy(&mut self.source.by_ref().take(length), &mut io::sink())? < length {
                        return Err(ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(invalid(error)),
            }
        }
        Ok(false)
    }

    /// Ends a frame.
    fn end(&self) -> io::Result<()> {
        match (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum()) {
            (Some(told), Some(right)) if told != right => Err(invalid("the checksum of a zstd frame does not fit")),
            _ => Ok(()),
        }
    }
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::InvalidData, error)
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.within {
                self.within = self.begin()?;
                if !self.within {
                    return Ok(0);
                }
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decoder.decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1)).map_err(invalid)?;
            }
            match self.decoder.read(buffer)? {
                0 => {
                    self.end()?;
                    self.within = false;
                }
                read => return Ok(read),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const TEXT: &[u8] = b"one\ntwo\n";

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// `printf 'one\ntwo\n' | xz`
    const XZ: &str = "fd377a585a000004e6d6b4460200210116000000742fe5a30100076f6e650a74776f0a0051ab9eaf\
        5775704900012008bb19d9bb1fb6f37d010000000004595a";
    /// `printf 'one\ntwo\n' | zstd`
    const ZSTD: &str = "28b52ffd04584100006f6e650a74776f0ae6a60e40";

    fn hex(text: &str) -> Vec<u8> {
        data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
    }

    fn read(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        unpack(Box::new(bytes))?.source.read_to_end(&mut text)?;
        Ok(text)
    }

    /// What each compression makes of the text.
    fn compressed() -> [Vec<u8>; 3] {
        [gzip(TEXT), hex(XZ), hex(ZSTD)]
    }

    #[test]
    fn takes_off_compressions_of_several_members_and_layers() {
        assert_eq!(read(TEXT).unwrap(), TEXT);
        assert_eq!(read(b"").unwrap(), b"");
        for bytes in compressed() {
            assert_eq!(read(&bytes).unwrap(), TEXT);
            assert_eq!(read(&[bytes.clone(), bytes.clone()].concat()).unwrap(), [TEXT, TEXT].concat());
            assert_eq!(read(&gzip(&gzip(&bytes))).unwrap(), TEXT);
            let error = read(&gzip(&gzip(&gzip(&bytes)))).unwrap_err();
            assert!(error.to_string().contains("more than 3 times"), "{error}");
        }
    }

    #[test]
    fn skips_what_zstd_skips() {
        let skippable = [&hex("542a4d18")[..], &[3, 0, 0, 0], b"abc", &hex(ZSTD)].concat();
        assert_eq!(read(&skippable).unwrap(), TEXT);
        assert!(read(&skippable[..9]).is_err());
    }

    #[test]
    fn notices_each_cut_and_each_changed_byte_of_the_content() {
        for bytes in compressed() {
            for end in 6..bytes.len() {
                assert!(read(&bytes[..end]).is_err(), "{} of {bytes:02x?}", end);
            }
            let at = bytes.windows(3).position(|three| three == b"one").unwrap_or(bytes.len() - 9);
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(read(&changed).is_err(), "{bytes:02x?}");
        }
    }

    #[test]
    fn refuses_a_window_that_it_would_have_to_allocate() {
        // A frame that asks for a window of 3.75 TiB; an xz block with a dictionary of 4 GiB - 1.
        let zstd = hex("28b52ffd04ff4100006f6e650a74776f0ae6a60e40");
        assert!(read(&zstd).unwrap_err().to_string().to_lowercase().contains("window"));
        let mut xz = hex(XZ);
        xz[16] = 40;
        let crc = crc32fast::hash(&xz[12..20]).to_le_bytes();
        xz[20..24].copy_from_slice(&crc);
        let error = read(&xz).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutOfMemory, "{error}");
    }
}
