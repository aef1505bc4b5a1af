//! The YAML's own shape. Nothing outside of `definition` sees it.

use crate::record::{Better, Ident, Unit};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, MapAccess, Visitor},
};
use std::fmt;

/// The file: what LAVA reads, and `benchmark`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "what only LAVA reads is read here too, so that a wrong key or type is an error")]
pub(super) struct File {
    pub(super) metadata: Metadata,
    #[serde(default, alias = "parameters")]
    pub(super) params: Map<Scalar>,
    #[serde(default)]
    pub(super) install: Option<IgnoredAny>,
    pub(super) run: Run,
    #[serde(default)]
    pub(super) parse: Option<IgnoredAny>,
    #[serde(default)]
    pub(super) expected: Option<IgnoredAny>,
    pub(super) benchmark: Benchmark,
}

/// LAVA's description of the test.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "what only LAVA reads is read here too, so that a wrong key or type is an error")]
pub(super) struct Metadata {
    pub(super) format: String,
    pub(super) name: Ident,
    pub(super) description: String,
    #[serde(default)]
    pub(super) maintainer: Vec<String>,
    #[serde(default)]
    pub(super) os: Vec<String>,
    #[serde(default)]
    pub(super) scope: Vec<String>,
    #[serde(default)]
    pub(super) devices: Vec<String>,
    #[serde(default)]
    pub(super) environment: Vec<String>,
    #[serde(default)]
    pub(super) version: Option<Scalar>,
}

/// LAVA's steps.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Run {
    pub(super) steps: Vec<String>,
}

/// What the agent reads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Benchmark {
    pub(super) schema: u32,
    pub(super) suite: Option<String>,
    pub(super) tool: Tool,
    #[serde(default)]
    pub(super) needs: Needs,
    #[serde(default)]
    pub(super) parameters: Vec<Parameter>,
    #[serde(default)]
    pub(super) matrix: Vec<Axis>,
    #[serde(default)]
    pub(super) warm_up: u32,
    #[serde(default)]
    pub(super) timeout: Option<String>,
    #[serde(default)]
    pub(super) environment: Map<Scalar>,
    #[serde(default)]
    pub(super) prepare: Vec<Vec<Scalar>>,
    #[serde(default)]
    pub(super) command: Option<Vec<Scalar>>,
    #[serde(default)]
    pub(super) commands: Vec<Command>,
    #[serde(default)]
    pub(super) cleanup: Vec<Vec<Scalar>>,
    pub(super) metrics: Vec<Metric>,
    pub(super) outputs: Vec<Output>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tool {
    pub(super) name: String,
    #[serde(default)]
    pub(super) builtin: bool,
    #[serde(default)]
    pub(super) version: Option<ToolVersion>,
    #[serde(default)]
    pub(super) packages: Map<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ToolVersion {
    pub(super) command: Vec<String>,
    pub(super) pattern: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Needs {
    pub(super) root: bool,
    pub(super) programs: Vec<String>,
    pub(super) memory: Option<Scalar>,
    pub(super) cpus: Option<u32>,
    pub(super) files: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameter {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: ParameterKind,
    #[serde(default)]
    pub(super) list: bool,
    #[serde(default)]
    pub(super) minimum: Option<f64>,
    #[serde(default)]
    pub(super) maximum: Option<f64>,
    #[serde(default)]
    pub(super) choices: Vec<String>,
    pub(super) description: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum ParameterKind {
    Integer,
    Number,
    Text,
    Choice,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Axis {
    pub(super) label: Ident,
    pub(super) parameter: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Command {
    #[serde(default)]
    pub(super) versions: Option<String>,
    pub(super) command: Vec<Scalar>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Metric {
    pub(super) name: Ident,
    pub(super) unit: Unit,
    pub(super) better: Better,
    pub(super) range: (f64, f64),
    #[serde(default)]
    pub(super) labels: Vec<Ident>,
    #[serde(default)]
    pub(super) description: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Output {
    pub(super) name: String,
    pub(super) recognise: String,
    #[serde(default)]
    pub(super) from: From,
    #[serde(default)]
    pub(super) failures: Vec<String>,
    #[serde(default)]
    pub(super) ignore: Vec<String>,
    #[serde(default)]
    pub(super) strict: bool,
    #[serde(default)]
    pub(super) sections: Vec<Section>,
    #[serde(default)]
    pub(super) patterns: Vec<Pattern>,
    #[serde(default)]
    pub(super) json: Vec<JsonPattern>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum From {
    #[default]
    Stdout,
    Stderr,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    pub(super) name: String,
    pub(super) heading: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pattern {
    #[serde(default)]
    pub(super) metric: Option<Ident>,
    #[serde(default)]
    pub(super) values: Map<Ident>,
    pub(super) regex: String,
    #[serde(default)]
    pub(super) section: Option<String>,
    #[serde(default)]
    pub(super) labels: Map<Scalar>,
    #[serde(default)]
    pub(super) number: Number,
    #[serde(default)]
    pub(super) units: Map<Scalar>,
    #[serde(default)]
    pub(super) expect: Option<Scalar>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JsonPattern {
    pub(super) metric: Ident,
    pub(super) path: String,
    #[serde(default)]
    pub(super) labels: Map<Scalar>,
    #[serde(default)]
    pub(super) factor: Option<Scalar>,
    #[serde(default)]
    pub(super) expect: Option<Scalar>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Number {
    #[default]
    Plain,
    Grouped,
    Decimal,
    Binary,
    Duration,
    Hexadecimal,
}

/// A text, however YAML types it: `10`, `1.0`, `true` and `'10'` are what they look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scalar(pub(super) String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a number")
            }

            fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar(text.into()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
                Ok(Scalar(number.to_string()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
                Ok(Scalar(number.to_string()))
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Scalar, E> {
                Ok(Scalar(flag.to_string()))
            }

            // 1.10 would become 1.1: the writer must say what is meant.
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Scalar, E> {
                Err(E::custom(format!("{number}: quote a number with a decimal point")))
            }
        }
        deserializer.deserialize_any(Text)
    }
}

/// A map in which no key stands twice (libyaml's family keeps the last without a word).
#[derive(Debug)]
pub(super) struct Map<V>(pub(super) Vec<(String, V)>);

impl<V> Default for Map<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Map<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs<V>(std::marker::PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Pairs<V> {
            type Value = Map<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Map<V>, A::Error> {
                let mut pairs: Vec<(String, V)> = Vec::new();
                while let Some((Scalar(key), value)) = map.next_entry::<Scalar, V>()? {
                    if pairs.iter().any(|(earlier, _)| *earlier == key) {
                        return Err(A::Error::custom(format!("key `{key}` stands twice")));
                    }
                    pairs.push((key, value));
                }
                Ok(Map(pairs))
            }
        }
        deserializer.deserialize_map(Pairs(std::marker::PhantomData))
    }
}
