//! What exports in JSON have in common: items with fields, and objects whose members have an order.

use serde::{
    Deserialize,
    de::{DeserializeOwned, MapAccess, Visitor},
};
use serde_json::{Map, Value};
use std::{fmt, marker::PhantomData};

/// Why an export's item has no result.
#[derive(Debug, thiserror::Error)]
pub enum ItemError {
    /// It has no fields.
    #[error("not an object")]
    NotAnObject,
    /// A field that it needs is not there, or empty.
    #[error("no text `{0}`")]
    NoText(&'static str),
    /// A field holds something else than a number.
    #[error("`{0}` is not a number")]
    NotANumber(&'static str),
    /// The metric with this name has no number.
    #[error("metric `{0}`: not a number")]
    NoNumber(String),
}

/// The text of a field, if there is one.
pub(in crate::lab) fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    object.get(key)?.as_str().map(Into::into).filter(|text: &String| !text.is_empty())
}

/// The same of a field that must be there.
pub(in crate::lab) fn needed(object: &Map<String, Value>, key: &'static str) -> Result<String, ItemError> {
    text(object, key).ok_or(ItemError::NoText(key))
}

/// A number, or a text that is one.
pub(in crate::lab) fn number(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => text.parse::<f64>().ok().map(|_| text.clone()),
        value => value.as_f64().map(|number| number.to_string()),
    }
}

/// An object's members in their order, which a [`Value`] does not keep.
pub(in crate::lab) struct Ordered<T>(pub(in crate::lab) Vec<(String, T)>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);
        impl<'de, T: DeserializeOwned> Visitor<'de> for Members<T> {
            type Value = Ordered<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered<T>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Ordered(members))
            }
        }
        deserializer.deserialize_map(Members(PhantomData))
    }
}

/// The members of the object that `text` writes.
pub(in crate::lab) fn ordered<T: DeserializeOwned>(text: &[u8]) -> serde_json::Result<Vec<(String, T)>> {
    serde_json::from_slice::<Ordered<T>>(text).map(|Ordered(members)| members)
}
