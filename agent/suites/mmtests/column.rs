//! Columns: JSON lists of numbers as MMTests writes them <-> doubles, and how each was spelled.
//!
//! MMTests' numbers are Perl's: one read from a log stays a text (`"0.0050"`), one that was computed is a JSON number. The
//! comparison needs the doubles alone; a conversion gives back every character. A list of 1, 2, 3 ... takes no memory.

use super::number::{self, Numeral};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{SeqAccess, Visitor},
    ser::SerializeSeq,
};
use std::{fmt, iter::repeat_n};

/// A list of numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    numbers: Numbers,
    spelling: Vec<(u32, Spelling)>,
}

#[derive(Clone, Debug)]
enum Numbers {
    /// 1, 2, 3 and so on.
    Counted(usize),
    Listed(Vec<f64>),
}

impl Default for Numbers {
    fn default() -> Self {
        Self::Counted(0)
    }
}

/// Bit by bit: nan is itself.
impl PartialEq for Numbers {
    fn eq(&self, other: &Self) -> bool {
        let bits = |numbers: &Self| -> Vec<u64> {
            match numbers {
                Self::Counted(count) => (1..=*count).map(|number| (number as f64).to_bits()).collect(),
                Self::Listed(list) => list.iter().map(|number| number.to_bits()).collect(),
            }
        };
        bits(self) == bits(other)
    }
}

/// How a number is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// A JSON number; a whole one without a fraction.
    Number,
    /// A JSON number; a whole one with `.0`.
    Real,
    /// A text: the shortest decimal.
    Text,
    /// A text with this many decimals.
    Fixed(u8),
    /// This JSON.
    Exact(Box<str>),
}

/// The largest whole number up to which every one is a double.
const WHOLE: f64 = 9_007_199_254_740_992.0;

impl Spelling {
    /// The short code of it, as the record's parameters carry it: `n`, `r`, `t`, a count of decimals, or `=` and the JSON.
    pub fn code(&self) -> String {
        match self {
            Self::Number => "n".into(),
            Self::Real => "r".into(),
            Self::Text => "t".into(),
            Self::Fixed(decimals) => decimals.to_string(),
            Self::Exact(json) => format!("={json}"),
        }
    }

    /// The spelling of a [`Self::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "n" => Some(Self::Number),
            "r" => Some(Self::Real),
            "t" => Some(Self::Text),
            _ => match code.strip_prefix('=') {
                Some(json) => serde_json::from_str::<serde_json::Value>(json).ok().map(|_| Self::Exact(json.into())),
                None => code.parse().ok().map(Self::Fixed),
            },
        }
    }

    /// The number that is in the spelling itself.
    pub fn own_number(&self) -> Option<f64> {
        let Self::Exact(json) = self else { return None };
        match serde_json::from_str(json).ok()? {
            serde_json::Value::String(text) => number::parse(&text),
            serde_json::Value::Number(number) => number.as_f64(),
            _ => Some(f64::NAN),
        }
    }

    /// The spelling of this very `number`.
    pub fn exact(&self, number: f64) -> Self {
        let mut column = Column::default();
        column.push(number, self.clone());
        let json = serde_json::to_string(&column).unwrap_or_default();
        Self::Exact(json.trim_start_matches('[').trim_end_matches(']').into())
    }
}

impl Column {
    /// How many numbers there are.
    pub fn len(&self) -> usize {
        match &self.numbers {
            Numbers::Counted(count) => *count,
            Numbers::Listed(list) => list.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers in their order.
    pub fn iter(&self) -> Box<dyn Iterator<Item = f64> + '_> {
        match &self.numbers {
            Numbers::Counted(count) => Box::new((1..=*count).map(|number| number as f64)),
            Numbers::Listed(list) => Box::new(list.iter().copied()),
        }
    }

    /// The numbers without those that are written as `null`, which MMTests takes for none.
    pub fn given(&self) -> Box<dyn Iterator<Item = f64> + '_> {
        let null = |spelling: &Spelling| matches!(spelling, Spelling::Exact(json) if &**json == "null");
        if !self.spelling.iter().any(|(_, spelling)| null(spelling)) {
            return self.iter();
        }
        let given = self.spelling.iter().flat_map(move |(count, how)| repeat_n(!null(how), *count as usize));
        Box::new(self.iter().zip(given).filter(|(_, given)| *given).map(|(number, _)| number))
    }

    /// Whether they are 1, 2, 3 and so on.
    pub fn is_counted(&self) -> bool {
        matches!(self.numbers, Numbers::Counted(_))
    }

    /// How they are spelled: runs of equally spelled numbers.
    pub fn spelling(&self) -> &[(u32, Spelling)] {
        &self.spelling
    }

    /// Adds `number`, spelled so.
    pub fn push(&mut self, number: f64, spelling: Spelling) {
        match &mut self.numbers {
            Numbers::Counted(count) if (*count + 1) as f64 == number => *count += 1,
            Numbers::Counted(count) => {
                let list = (1..=*count).map(|number| number as f64).chain([number]).collect();
                self.numbers = Numbers::Listed(list);
            }
            Numbers::Listed(list) => list.push(number),
        }
        match self.spelling.last_mut() {
            Some((count, last)) if *last == spelling => *count += 1,
            _ => self.spelling.push((1, spelling)),
        }
    }

    /// Adds the number that `text` is, spelled as it is; says whether it is one.
    #[must_use]
    pub fn push_text(&mut self, text: &str) -> bool {
        Numeral::read(text).map(|numeral| self.push_numeral(&numeral)).is_some()
    }

    /// Adds the number, spelled as its text is.
    pub(super) fn push_numeral(&mut self, numeral: &Numeral) {
        let spelling = match (numeral.decimals, self.spelling.last()) {
            (Some(decimals), Some((_, last))) if *last == Spelling::Fixed(decimals) => Spelling::Fixed(decimals),
            (Some(decimals), _) if decimals > 0 && numeral.text.ends_with('0') => Spelling::Fixed(decimals),
            (Some(_), _) => Spelling::Text,
            (None, _) => Spelling::Exact(serde_json::Value::from(numeral.text).to_string().into()),
        };
        self.push(numeral.number, spelling);
    }

    fn push_whole(&mut self, number: f64, exact: bool, json: impl fmt::Display) {
        let spelling = if exact { Spelling::Number } else { Spelling::Exact(json.to_string().into()) };
        self.push(number, spelling);
    }
}

impl Serialize for Column {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.len()))?;
        let mut numbers = self.iter();
        for (count, spelling) in &self.spelling {
            for number in numbers.by_ref().take(*count as usize) {
                match spelling {
                    Spelling::Number if number.fract() == 0.0 && number.abs() <= WHOLE => {
                        list.serialize_element(&(number as i64))?;
                    }
                    Spelling::Number | Spelling::Real => list.serialize_element(&number)?,
                    Spelling::Text => list.serialize_element(&format_args!("{number}"))?,
                    Spelling::Fixed(decimals) => match number::plain_text(number, *decimals, &mut [0; 18]) {
                        Some(text) => list.serialize_element(text)?,
                        None => list.serialize_element(&format_args!("{number:.*}", usize::from(*decimals)))?,
                    },
                    Spelling::Exact(json) => {
                        let json: serde_json::Value = serde_json::from_str(json).map_err(serde::ser::Error::custom)?;
                        list.serialize_element(&json)?;
                    }
                }
            }
        }
        list.end()
    }
}

impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Column;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of numbers")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Column, A::Error> {
                let mut column = Column::default();
                while list.next_element_seed(Push(&mut column))?.is_some() {}
                Ok(column)
            }
        }
        deserializer.deserialize_seq(List)
    }
}

/// One number of a list: a JSON number, a text that Perl takes for a number, or `null`.
struct Push<'a>(&'a mut Column);

impl<'de> serde::de::DeserializeSeed<'de> for Push<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Push<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or a text that is one")
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.0.push_whole(number as f64, number as f64 <= WHOLE, number);
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.0.push_whole(number as f64, (number as f64).abs() <= WHOLE, number);
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        let spelling = if number.fract() == 0.0 { Spelling::Real } else { Spelling::Number };
        self.0.push(number, spelling);
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.push(f64::NAN, Spelling::Exact("null".into()));
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        if self.0.push_text(text) { Ok(()) } else { Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(json: &str) -> Column {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn give_back_every_character() {
        for json in [
            "[]",
            r#"["1",2,3]"#,
            r#"["6518.45","6518.40","6518.5"]"#,
            r#"["0.0050","0.0770",0.333333333333333,1.0,-7,1e-9]"#,
            r#"["1e-09"," 5 ","inf","nan","1000000000000.0","+3","-0.00","00.5",null]"#,
            "[18446744073709551615,9007199254740992,-0.0]",
        ] {
            let column = column(json);
            let back = serde_json::to_string(&column).unwrap();
            let values = |json: &str| serde_json::from_str::<Vec<serde_json::Value>>(json).unwrap();
            assert_eq!(values(&back), values(json), "{json}");
        }
        assert!(
            column(r#"[1,null,"nan",null,4]"#).given().map(f64::to_bits).eq([1.0, f64::NAN, 4.0].map(f64::to_bits))
        );
        assert!(serde_json::from_str::<Column>(r#"["abc"]"#).is_err());
        assert!(serde_json::from_str::<Column>("[[1]]").is_err());
    }

    #[test]
    fn counted_numbers_take_no_memory() {
        let counted = column(r#"["1",2,3]"#);
        assert!(counted.is_counted() && counted.iter().eq([1.0, 2.0, 3.0]));
        assert_eq!(counted.spelling(), [(1, Spelling::Text), (2, Spelling::Number)]);
        let listed = column(r#"["1",2,2]"#);
        assert!(!listed.is_counted() && listed.iter().eq([1.0, 2.0, 2.0]));
        assert_eq!((counted.len(), listed.len()), (3, 3));
    }

    #[test]
    fn codes_are_read_back() {
        for spelling in
            [Spelling::Number, Spelling::Real, Spelling::Text, Spelling::Fixed(4), Spelling::Exact("\"nan\"".into())]
        {
            assert_eq!(Spelling::from_code(&spelling.code()), Some(spelling));
        }
        for bad in ["", "x", "-1", "=", "=[1", "300"] {
            assert_eq!(Spelling::from_code(bad), None, "{bad}");
        }
    }
}
