//! Labels: the ordered `key: value` pairs that distinguish the points of a parameter matrix.

use super::Ident;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, MapAccess, Visitor},
    ser::SerializeMap,
};
use std::fmt;

/// Ordered labels, no key twice. In JSON a map; the order is the definition's.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Labels(Vec<(Ident, String)>);

/// A key that stands twice among labels.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("label `{0}`: appears twice")]
pub struct LabelTwice(Ident);

impl Labels {
    /// The labels of `pairs`, in their order.
    pub fn new(pairs: Vec<(Ident, String)>) -> Result<Self, LabelTwice> {
        for (at, (key, _)) in pairs.iter().enumerate() {
            if pairs[..at].iter().any(|(earlier, _)| earlier == key) {
                return Err(LabelTwice(key.clone()));
            }
        }
        Ok(Self(pairs))
    }

    /// The label of a benchmark's run in a job; the first one needs none.
    pub fn of_run(run: u32) -> Self {
        Self(if run > 1 { vec![(Ident::run(), run.to_string())] } else { Vec::new() })
    }

    /// The run that a name's labels are of, and the labels without it; `None` where it is not a number.
    pub fn split_run(&self) -> Option<(u32, Self)> {
        let key = Ident::run();
        let (run, others) = self.split(|other| *other == key);
        let run = run.get(key.as_str()).map_or(Some(1), |digits| digits.parse().ok())?;
        Some((run, others))
    }

    /// These labels, then `more`.
    pub fn then(&self, more: &Self) -> Result<Self, LabelTwice> {
        Self::new(self.iter().chain(more.iter()).cloned().collect())
    }

    /// The same, `-` and `number` after the last value.
    #[must_use]
    pub fn numbered(&self, number: usize) -> Self {
        let mut labels = self.clone();
        if let Some((_, value)) = labels.0.last_mut() {
            value.push_str(&format!("-{number}"));
        }
        labels
    }

    /// The pairs in order.
    pub fn iter(&self) -> std::slice::Iter<'_, (Ident, String)> {
        self.0.iter()
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find(|(k, _)| k.as_str() == key).map(|(_, value)| value.as_str())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The labels whose key `mine` says yes to, and the others, both in order.
    pub fn split(&self, mine: impl Fn(&Ident) -> bool) -> (Self, Self) {
        let (yes, no) = self.0.iter().cloned().partition(|(key, _)| mine(key));
        (Self(yes), Self(no))
    }
}

/// `threads=4 size=1M`, for people.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs: Vec<String> = self.iter().map(|(key, value)| format!("{key}={value}")).collect();
        f.pad(&pairs.join(" "))
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self.iter() {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Labels;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of labels")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Labels::new(pairs).map_err(A::Error::custom)
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keep_their_order_and_refuse_a_key_twice() {
        let labels: Labels = serde_json::from_str(r#"{"threads":"4","size":"1M"}"#).unwrap();
        assert_eq!(labels.to_string(), "threads=4 size=1M");
        assert_eq!(serde_json::to_string(&labels).unwrap(), r#"{"threads":"4","size":"1M"}"#);
        let error = serde_json::from_str::<Labels>(r#"{"a":"1","a":"2"}"#).unwrap_err();
        assert!(error.to_string().contains("label `a`: appears twice"), "{error}");
    }
}
