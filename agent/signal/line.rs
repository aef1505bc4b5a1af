//! Signals on the wire: `<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=... CHECK=...>` <-> [`Signal`].

use super::{Name, NameError};
use crate::record::{NotAUnit, RecordId, Unit, Value, Verdict};
use std::fmt;

/// What every signal of ours begins with.
pub const SIGNAL_MARK: &str = "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=";

/// What every signal ends with.
pub const SIGNAL_END: char = '>';

/// The name of the field that proves a line whole: LAVA ignores fields it does not know.
const CHECK: &str = " CHECK=";

/// One LAVA test case.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Its name.
    pub name: Name,
    /// Its result.
    pub result: Verdict,
    /// Its measurement and units.
    pub measurement: Option<(Value, Unit)>,
}

/// Why a line is not a signal of ours.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SignalError {
    /// No `CHECK` field: another program's signal.
    #[error("no CHECK field")]
    Foreign,
    /// The check does not fit: bytes were lost or changed.
    #[error("the check does not fit")]
    Damaged,
    /// The check fits, but the fields are not ours.
    #[error("field {0} is malformed")]
    Field(&'static str),
    /// The name does not decode.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The unit is not valid.
    #[error(transparent)]
    Unit(#[from] NotAUnit),
}

impl Signal {
    /// A signal without a measurement.
    pub fn verdict(name: Name, result: Verdict) -> Self {
        Self { name, result, measurement: None }
    }

    /// A passed signal with a measurement.
    pub fn value(name: Name, value: Value, unit: &Unit) -> Self {
        Self { name, result: Verdict::Pass, measurement: Some((value, unit.clone())) }
    }

    /// The line, without its end, for the record `id`. At most 300 characters: LAVA's limit is about 2,000.
    pub fn to_line(&self, id: RecordId) -> String {
        let body = format!("{self}{CHECK}{id}");
        let check = crc32fast::hash(body.as_bytes());
        format!("<LAVA_SIGNAL_{body}{check:08x}>")
    }

    /// The signal that begins at the start of `text`, its record, and how many bytes it has.
    pub fn read(text: &str) -> Result<(RecordId, Self, usize), SignalError> {
        let end = text.find(SIGNAL_END).ok_or(SignalError::Damaged)?;
        let body = text[..end].strip_prefix("<LAVA_SIGNAL_").ok_or(SignalError::Damaged)?;
        let (fields, check) = body.rsplit_once(CHECK).ok_or(SignalError::Foreign)?;
        let (id, crc) = check.split_at_checked(8).ok_or(SignalError::Damaged)?;
        let covered = body.len() - crc.len();
        if format!("{:08x}", crc32fast::hash(&body.as_bytes()[..covered])) != crc {
            return Err(SignalError::Damaged);
        }
        let id = id.parse().map_err(|_| SignalError::Field("CHECK"))?;
        Ok((id, Self::from_fields(fields)?, end + 1))
    }

    fn from_fields(fields: &str) -> Result<Self, SignalError> {
        let mut words = fields.split(' ');
        let mut field = |key: &'static str| {
            let word = words.next().and_then(|word| word.strip_prefix(key));
            word.ok_or(SignalError::Field(key))
        };
        field("TESTCASE")?;
        let name = field("TEST_CASE_ID=")?.parse()?;
        let result = field("RESULT=")?.parse().map_err(|_| SignalError::Field("RESULT="))?;
        let measurement = match words.clone().next() {
            None => None,
            Some(_) => {
                let mut field = |key: &'static str| {
                    let word = words.next().and_then(|word| word.strip_prefix(key));
                    word.ok_or(SignalError::Field(key))
                };
                let value = field("MEASUREMENT=")?.parse().map_err(|_| SignalError::Field("MEASUREMENT="))?;
                Some((value, field("UNITS=")?.parse()?))
            }
        };
        if words.next().is_some() { Err(SignalError::Field("UNITS=")) } else { Ok(Self { name, result, measurement }) }
    }
}

/// The fields that LAVA reads, without the brackets.
impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TESTCASE TEST_CASE_ID={} RESULT={}", self.name, self.result.as_str())?;
        match &self.measurement {
            Some((value, unit)) => write!(f, " MEASUREMENT={value} UNITS={unit}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> Signal {
        let name: Name = "sysbench-cpu.events-per-second.threads_4.0.0".parse().unwrap();
        Signal::value(name, "4213.07".parse().unwrap(), &"events/s".parse().unwrap())
    }

    #[test]
    fn is_what_lava_reads_and_a_check() {
        let line = sample().to_line(RecordId(0x0a1b_2c3d));
        assert_eq!(
            line,
            "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=sysbench-cpu.events-per-second.threads_4.0.0 RESULT=pass \
             MEASUREMENT=4213.07 UNITS=events/s CHECK=0a1b2c3da5d5395b>"
        );
        assert!(line.starts_with(SIGNAL_MARK) && line.ends_with(SIGNAL_END));
    }

    #[test]
    fn knows_a_foreign_signal() {
        let foreign = "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a.b.0.0 RESULT=pass MEASUREMENT=1 UNITS=s>";
        assert_eq!(Signal::read(foreign), Err(SignalError::Foreign));
    }

    proptest! {
        #[test]
        fn reads_back_and_notices_any_changed_byte(id in any::<u32>(), at in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f) {
            let line = sample().to_line(RecordId(id));
            prop_assert_eq!(Signal::read(&line), Ok((RecordId(id), sample(), line.len())));
            let mut bytes = line.clone().into_bytes();
            let at = at.index(bytes.len());
            if bytes[at] != byte {
                bytes[at] = byte;
                prop_assert!(Signal::read(&String::from_utf8(bytes).unwrap()).is_err());
            }
        }

        #[test]
        fn any_text_is_a_signal_or_an_error(text in "\\PC{0,80}") {
            let _ = Signal::read(&text);
            let _ = Signal::read(&format!("{SIGNAL_MARK}{text}>"));
        }
    }
}
