//! The YAML's own shape. Nothing outside of `definition` sees it.

mod output;

pub(super) use output::*;

use crate::record::{Better, Ident, Unit};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, MapAccess, Visitor},
};
use std::{collections::HashSet, fmt};

/// The file: what LAVA reads, and `benchmark`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a map with the keys metadata, params, run and benchmark")]
#[expect(dead_code, reason = "what only LAVA reads is read here too, so that a wrong key or type is an error")]
pub(in crate::definition) struct File {
    pub(in crate::definition) metadata: Metadata,
    #[serde(default, alias = "parameters")]
    pub(in crate::definition) params: Map<Scalar>,
    #[serde(default)]
    pub(in crate::definition) install: Option<IgnoredAny>,
    pub(in crate::definition) run: Run,
    #[serde(default)]
    pub(in crate::definition) parse: Option<IgnoredAny>,
    #[serde(default)]
    pub(in crate::definition) expected: Option<IgnoredAny>,
    pub(in crate::definition) benchmark: Benchmark,
}

/// LAVA's description of the test.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "what only LAVA reads is read here too, so that a wrong key or type is an error")]
pub(in crate::definition) struct Metadata {
    pub(in crate::definition) format: String,
    pub(in crate::definition) name: Ident,
    pub(in crate::definition) description: String,
    #[serde(default)]
    pub(in crate::definition) maintainer: Vec<String>,
    #[serde(default)]
    pub(in crate::definition) os: Vec<String>,
    #[serde(default)]
    pub(in crate::definition) scope: Vec<String>,
    #[serde(default)]
    pub(in crate::definition) devices: Vec<String>,
    #[serde(default)]
    pub(in crate::definition) environment: Vec<String>,
    #[serde(default)]
    pub(in crate::definition) version: Option<Scalar>,
}

/// LAVA's steps.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct Run {
    pub(in crate::definition) steps: Vec<String>,
}

/// What the agent reads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::definition) struct Benchmark {
    pub(in crate::definition) schema: u32,
    pub(in crate::definition) suite: Option<String>,
    pub(in crate::definition) tool: Tool,
    #[serde(default)]
    pub(in crate::definition) needs: Needs,
    #[serde(default)]
    pub(in crate::definition) parameters: Vec<Parameter>,
    #[serde(default)]
    pub(in crate::definition) matrix: Vec<Axis>,
    #[serde(default)]
    pub(in crate::definition) warm_up: u32,
    #[serde(default)]
    pub(in crate::definition) iterates: bool,
    #[serde(default)]
    pub(in crate::definition) reboot: bool,
    #[serde(default)]
    pub(in crate::definition) retries: Option<String>,
    #[serde(default)]
    pub(in crate::definition) open_files: Option<u32>,
    #[serde(default)]
    pub(in crate::definition) timeout: Option<String>,
    #[serde(default)]
    pub(in crate::definition) environment: Map<Scalar>,
    #[serde(default)]
    pub(in crate::definition) prepare: Vec<Vec<Scalar>>,
    #[serde(default)]
    pub(in crate::definition) command: Option<Vec<Scalar>>,
    #[serde(default)]
    pub(in crate::definition) commands: Vec<Command>,
    #[serde(default)]
    pub(in crate::definition) cleanup: Vec<Vec<Scalar>>,
    #[serde(default)]
    pub(in crate::definition) background: Vec<Background>,
    #[serde(default)]
    pub(in crate::definition) exit_codes: Vec<u8>,
    #[serde(default)]
    pub(in crate::definition) metrics: Vec<Metric>,
    #[serde(default)]
    pub(in crate::definition) primary: Vec<Ident>,
    #[serde(default)]
    pub(in crate::definition) measure: Measure,
    #[serde(default)]
    pub(in crate::definition) verdict_labels: Vec<Ident>,
    #[serde(default)]
    pub(in crate::definition) outputs: Vec<Output>,
    #[serde(default)]
    pub(in crate::definition) envelope: Envelope,
    #[serde(default)]
    pub(in crate::definition) logs: Option<Logs>,
}

/// What a runner puts around the tool's outputs.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::definition) struct Envelope {
    pub(in crate::definition) command: Option<String>,
    pub(in crate::definition) begins: Option<String>,
    pub(in crate::definition) last: Option<String>,
    pub(in crate::definition) mark: Option<String>,
    pub(in crate::definition) others: Vec<String>,
    pub(in crate::definition) parameters: Map<String>,
}

/// A tree of logs that the command leaves.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct Logs {
    pub(in crate::definition) format: LogFormat,
    pub(in crate::definition) folder: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::definition) enum LogFormat {
    Mmtests,
    Lkp,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct Tool {
    pub(in crate::definition) name: String,
    #[serde(default)]
    pub(in crate::definition) builtin: bool,
    #[serde(default)]
    pub(in crate::definition) version: Option<ToolVersion>,
    #[serde(default)]
    pub(in crate::definition) packages: Map<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct ToolVersion {
    pub(in crate::definition) command: Vec<String>,
    pub(in crate::definition) pattern: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::definition) struct Needs {
    pub(in crate::definition) root: bool,
    pub(in crate::definition) programs: Vec<String>,
    pub(in crate::definition) memory: Option<Scalar>,
    pub(in crate::definition) cpus: Option<u32>,
    pub(in crate::definition) files: Vec<String>,
    pub(in crate::definition) modules: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct Parameter {
    pub(in crate::definition) name: String,
    #[serde(rename = "type")]
    pub(in crate::definition) kind: ParameterKind,
    #[serde(default)]
    pub(in crate::definition) list: bool,
    #[serde(default)]
    pub(in crate::definition) minimum: Option<f64>,
    #[serde(default)]
    pub(in crate::definition) maximum: Option<f64>,
    #[serde(default)]
    pub(in crate::definition) choices: Choices,
    pub(in crate::definition) description: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(in crate::definition) enum ParameterKind {
    Integer,
    Number,
    Text,
    Choice,
}

/// Choices, and for some parameters the words that each stands for in commands.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(in crate::definition) enum Choices {
    Names(Vec<Scalar>),
    Words(Map<Vec<Scalar>>),
}

impl Default for Choices {
    fn default() -> Self {
        Self::Names(Vec::new())
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct Axis {
    pub(in crate::definition) label: Ident,
    pub(in crate::definition) parameter: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct Command {
    #[serde(default)]
    pub(in crate::definition) versions: Option<String>,
    pub(in crate::definition) command: Vec<Scalar>,
}

/// A command that runs beside the measured ones.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct Background {
    pub(in crate::definition) command: Vec<Scalar>,
    #[serde(default)]
    pub(in crate::definition) when: Option<Scalar>,
    #[serde(default)]
    pub(in crate::definition) ready: Option<String>,
    #[serde(default)]
    pub(in crate::definition) within: Option<String>,
    // LAVA reads YAML 1.1, where `on` is a truth value, and writes it so into its copy of a definition.
    #[serde(default, alias = "true")]
    pub(in crate::definition) on: Option<String>,
    #[serde(default)]
    pub(in crate::definition) settle: Option<String>,
    #[serde(default)]
    pub(in crate::definition) lasts: bool,
}

/// Which metrics are measured on the command itself.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(in crate::definition) struct Measure {
    pub(in crate::definition) elapsed: Option<Ident>,
    pub(in crate::definition) user: Option<Ident>,
    pub(in crate::definition) system: Option<Ident>,
    pub(in crate::definition) max_rss: Option<Ident>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct Metric {
    pub(in crate::definition) name: Ident,
    pub(in crate::definition) unit: Unit,
    pub(in crate::definition) better: Better,
    pub(in crate::definition) range: (f64, f64),
    #[serde(default)]
    pub(in crate::definition) labels: Vec<Ident>,
    #[serde(default)]
    pub(in crate::definition) description: Option<String>,
}

/// A text, however YAML types it: `10`, `1.0`, `true` and `'10'` are what they look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::definition) struct Scalar(pub(in crate::definition) String);

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
pub(in crate::definition) struct Map<V>(pub(in crate::definition) Vec<(String, V)>);

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
                let (mut pairs, mut keys) = (Vec::new(), HashSet::new());
                while let Some((Scalar(key), value)) = map.next_entry::<Scalar, V>()? {
                    if !keys.insert(key.clone()) {
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
