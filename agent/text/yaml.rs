//! YAML that somebody else wrote -> values, in bounded time and memory.
//!
//! The reader itself ends at 128 levels, but only after it has taken quadratic time for the brackets, and it follows aliases
//! a hundred times as often as the document has parts, however long the text is that each of them repeats.

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use std::{cell::Cell, fmt};

/// How deep brackets may be nested, those in texts counted too: definitions and LAVA nest a handful.
const MAX_DEPTH: u32 = 100;

/// The longest text in bytes: its values take some fifty times as much memory.
const MAX_TEXT: usize = 4 << 20;

/// The most bytes of all values, each as often as aliases repeat it.
const MAX_VALUES: usize = 16 << 20;

/// What a value takes in addition to its text.
const VALUE: usize = 16;

/// Why a text is not YAML of the form that is wanted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum YamlError {
    /// It would take too long to read.
    #[error("brackets are nested more than {MAX_DEPTH} deep")]
    Deep,
    /// It would take too much memory.
    #[error("more than {} MiB of YAML", MAX_TEXT >> 20)]
    Long,
    /// What its aliases repeat would take too much memory.
    #[error("aliases repeat more than {} MiB", MAX_VALUES >> 20)]
    Repeated,
    /// It is not YAML, or has another form.
    #[error(transparent)]
    Form(#[from] serde_yaml::Error),
}

impl YamlError {
    /// The line, from 1.
    pub(crate) fn line(&self) -> usize {
        let Self::Form(error) = self else { return 1 };
        error.location().map_or(1, |location| location.line())
    }
}

/// Reads YAML that somebody else wrote.
///
/// # Errors
/// A text that is over a bound, or is not YAML of this form.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, YamlError> {
    if text.len() > MAX_TEXT {
        return Err(YamlError::Long);
    }
    if depth(text) > MAX_DEPTH {
        return Err(YamlError::Deep);
    }
    // Without an anchor and an alias nothing is repeated.
    if text.contains('&') && text.contains('*') {
        weigh(text)?;
    }
    Ok(parse(text)?)
}

#[expect(clippy::disallowed_methods, reason = "this is where its bounds are checked")]
fn parse<T: DeserializeOwned>(text: &str) -> Result<T, serde_yaml::Error> {
    serde_yaml::from_str(text)
}

/// How deep brackets are nested, at most.
fn depth(text: &str) -> u32 {
    let (mut depth, mut deepest) = (0_u32, 0);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => depth = depth.saturating_add(1),
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Goes through all values of `text`, as often as aliases repeat them, and keeps none.
fn weigh(text: &str) -> Result<(), YamlError> {
    let left = Cell::new(MAX_VALUES);
    let weighed = Weight { left: &left }.deserialize(serde_yaml::Deserializer::from_str(text));
    match weighed {
        Err(_) if left.get() == 0 => Err(YamlError::Repeated),
        weighed => Ok(weighed?),
    }
}

/// Takes what values weigh from what is left.
#[derive(Clone, Copy)]
struct Weight<'c> {
    left: &'c Cell<usize>,
}

impl Weight<'_> {
    fn take<E: serde::de::Error>(self, bytes: usize) -> Result<(), E> {
        let left = self.left.get().saturating_sub(bytes.saturating_add(VALUE));
        self.left.set(left);
        if left == 0 { Err(E::custom("too much")) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for Weight<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Weight<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        self.take(0)
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        self.take(0)
    }

    fn visit_i128<E: serde::de::Error>(self, _: i128) -> Result<(), E> {
        self.take(0)
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        self.take(0)
    }

    fn visit_u128<E: serde::de::Error>(self, _: u128) -> Result<(), E> {
        self.take(0)
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.take(0)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.take(text.len())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.take(0)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<(), E> {
        self.take(0)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.take(0)?;
        while items.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        self.take(0)?;
        while members.next_key_seed(self)?.is_some() {
            members.next_value_seed(self)?;
        }
        Ok(())
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<(), A::Error> {
        let ((), value) = tagged.variant_seed(self).map_err(A::Error::custom)?;
        value.newtype_variant_seed(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_yaml::Value;

    #[test]
    fn reads_what_is_flat_enough() {
        assert!(read::<Value>(&format!("{}{}", "[".repeat(100), "]".repeat(100))).is_ok());
        let error = read::<Value>(&format!("a: '{}'", "[".repeat(101))).unwrap_err();
        assert_eq!((error.line(), error.to_string()), (1, "brackets are nested more than 100 deep".into()));
        assert_eq!(read::<Value>("a: 1\nb: [").unwrap_err().line(), 3);
    }

    #[test]
    fn reads_what_aliases_repeat_up_to_a_bound() {
        assert_eq!(read::<Value>("a: &a [1, !t x, ~]\nb: *a").unwrap()["b"][0], Value::from(1));
        let long = format!("a: &a '{}'\nb: [{}1]", "x".repeat(1 << 20), "*a, ".repeat(16));
        assert_eq!(read::<Value>(&long).unwrap_err().to_string(), "aliases repeat more than 16 MiB");
        let nested: String =
            (1..9).map(|n| format!("a{n}: &a{n} [{}1]\n", format!("*a{}, ", n - 1).repeat(9))).collect();
        assert!(read::<Value>(&format!("a0: &a0 '{}'\n{nested}", "x".repeat(1000))).is_err());
        let endless = format!("'{}'", "x".repeat(MAX_TEXT));
        assert_eq!(read::<Value>(&endless).unwrap_err().to_string(), "more than 4 MiB of YAML");
    }
}
