//! The header of MMTests' JSON: all fields but `_ResultData`.
//!
//! Any version of MMTests leaves fields out, writes numbers as texts, and has fields of its own. All is kept as it stands.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use serde_json::{Map, Number, Value};

/// What an extraction says of a benchmark.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Header {
    /// Whether a sub-heading is the end of an operation's name, behind a `-`.
    #[serde(rename = "_ClientSubheading", skip_serializing_if = "Field::is_absent")]
    pub client_sub_heading: Field<Count>,
    /// The commands of the first iteration.
    #[serde(rename = "_Cmd", skip_serializing_if = "Field::is_absent")]
    pub commands: Field<Vec<Label>>,
    /// How many iterations were read.
    #[serde(rename = "_CurrentIteration", skip_serializing_if = "Field::is_absent")]
    pub current_iteration: Field<Count>,
    /// The type of the data in the version of 2021, by its number there.
    #[serde(rename = "_DataType", skip_serializing_if = "Field::is_absent")]
    pub data_type: Field<Count>,
    /// That the operations are a definition's own: this program writes it, and MMTests reads over it.
    #[serde(rename = "_Definitions", skip_serializing_if = "Field::is_absent")]
    pub definitions: Field<String>,
    /// Whether a sub-heading is the whole name of an operation.
    #[serde(rename = "_ExactSubheading", skip_serializing_if = "Field::is_absent")]
    pub exact_sub_heading: Field<Count>,
    /// How many characters a column of the table has.
    #[serde(rename = "_FieldLength", skip_serializing_if = "Field::is_absent")]
    pub field_length: Field<Count>,
    /// The operations, in the order in which they were read.
    #[serde(rename = "_GeneratedOperations", skip_serializing_if = "Field::is_absent")]
    pub generated_operations: Field<Vec<Label>>,
    /// `null` for each operation.
    #[serde(rename = "_LastSample", skip_serializing_if = "Field::is_absent")]
    pub last_sample: Field<Map<String, Value>>,
    /// The module that reads the logs.
    #[serde(rename = "_ModuleName", skip_serializing_if = "Field::is_absent")]
    pub module_name: Field<String>,
    /// The operations, in the order that the module gives.
    #[serde(rename = "_Operations", skip_serializing_if = "Field::is_absent")]
    pub operations: Field<Vec<Label>>,
    /// 1 for each operation.
    #[serde(rename = "_OperationsSeen", skip_serializing_if = "Field::is_absent")]
    pub operations_seen: Field<Map<String, Value>>,
    /// The title of a benchmark's one value.
    #[serde(rename = "_Opname", skip_serializing_if = "Field::is_absent")]
    pub value_title: Field<String>,
    /// The unit, as plots show it.
    #[serde(rename = "_PlotYaxis", skip_serializing_if = "Field::is_absent")]
    pub plot_axis: Field<String>,
    /// How many decimals the table shows.
    #[serde(rename = "_Precision", skip_serializing_if = "Field::is_absent")]
    pub precision: Field<Count>,
    /// `Higher` or `Lower`.
    #[serde(rename = "_PreferredVal", skip_serializing_if = "Field::is_absent")]
    pub preferred: Field<String>,
    /// How ratios are compared.
    #[serde(rename = "_RatioCompareOp", skip_serializing_if = "Field::is_absent")]
    pub ratio_comparison: Field<String>,
    /// The operations of the ratio table.
    #[serde(rename = "_RatioOperations", skip_serializing_if = "Field::is_absent")]
    pub ratio_operations: Field<Vec<Label>>,
    /// The statistics of the ratio table.
    #[serde(rename = "_RatioSummaryStat", skip_serializing_if = "Field::is_absent")]
    pub ratio_statistics: Field<Vec<Label>>,
    /// The file of the alternative report: `.../shellpack-NAME.yaml`.
    #[serde(rename = "_ShellpackConfig", skip_serializing_if = "Field::is_absent")]
    pub shellpack_config: Field<String>,
    /// The statistics of the table.
    #[serde(rename = "_SummaryStats", skip_serializing_if = "Field::is_absent")]
    pub statistics: Field<Vec<Label>>,
    /// The type of the summary.
    #[serde(rename = "_Summarytype", skip_serializing_if = "Field::is_absent")]
    pub summary_type: Field<String>,
    /// The run's name, such as a kernel's.
    #[serde(rename = "_TestName", skip_serializing_if = "Field::is_absent")]
    pub test_name: Field<String>,
    /// Fields that nothing here asks for.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

impl Header {
    /// The header that has these fields.
    ///
    /// # Errors
    /// What serde says; any value is a field's.
    pub fn from_map(fields: Map<String, Value>) -> Result<Self, serde_json::Error> {
        serde_json::from_value(Value::Object(fields))
    }

    /// All fields, by their names' bytes, as they are written.
    pub fn to_map(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        }
    }
}

/// A field of the header.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Field<T> {
    /// It is not there.
    #[default]
    Absent,
    /// It is there.
    Given(T),
    /// Something of another type stands there.
    Otherwise(Value),
}

impl<T> Field<T> {
    /// Whether it is not there.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The value, if it is there and of its type.
    pub fn get(&self) -> Option<&T> {
        if let Self::Given(value) = self { Some(value) } else { None }
    }
}

impl Field<String> {
    /// The text.
    pub fn text(&self) -> Option<&str> {
        self.get().map(String::as_str)
    }
}

impl Field<Count> {
    /// The number.
    pub fn number(&self) -> Option<u64> {
        match self.get()? {
            Count::Number(number) => Some(*number),
            Count::Text(text) => text.parse().ok(),
        }
    }
}

impl Field<Vec<Label>> {
    /// The texts of a list.
    pub fn texts(&self) -> Option<Vec<String>> {
        Some(self.get()?.iter().map(Label::text).collect())
    }
}

impl<T> From<T> for Field<T> {
    fn from(value: T) -> Self {
        Self::Given(value)
    }
}

impl From<&str> for Field<String> {
    fn from(text: &str) -> Self {
        Self::Given(text.into())
    }
}

impl From<u64> for Field<Count> {
    fn from(number: u64) -> Self {
        Self::Given(Count::Number(number))
    }
}

impl FromIterator<String> for Field<Vec<Label>> {
    fn from_iter<I: IntoIterator<Item = String>>(texts: I) -> Self {
        Self::Given(texts.into_iter().map(Label::Text).collect())
    }
}

impl<T: Serialize> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent => serializer.serialize_none(),
            Self::Given(value) => value.serialize(serializer),
            Self::Otherwise(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(T::deserialize(&value).map_or(Self::Otherwise(value), Self::Given))
    }
}

/// A whole number, or a text that may be one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Count {
    /// A number.
    Number(u64),
    /// A text.
    Text(String),
}

/// The text of an operation in a list: a module that computed a name made it a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Label {
    /// A text.
    Text(String),
    /// A number.
    Number(Number),
}

impl Label {
    /// The text.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number
                .as_f64()
                .filter(|n| n.fract() == 0.0)
                .map_or_else(|| number.to_string(), |whole| format!("{whole}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_written_as_it_stood() {
        let json = r#"{"_A":{"b":null},"_CurrentIteration":"03","_FieldLength":18.0,"_GeneratedOperations":["x",1,2.5],"_LastSample":{"x":null},"_ModuleName":null,"_Operations":[null],"_Opname":7,"_Precision":"4","_TestName":"a"}"#;
        let fields: Map<String, Value> = serde_json::from_str(json).unwrap();
        let header = Header::from_map(fields).unwrap();
        assert_eq!(serde_json::to_string(&header.to_map()).unwrap(), json);
        assert_eq!((header.current_iteration.number(), header.precision.number()), (Some(3), Some(4)));
        assert_eq!((header.field_length.number(), header.value_title.text()), (None, None));
        assert_eq!(header.generated_operations.texts().unwrap(), ["x", "1", "2.5"]);
        assert!(header.operations.texts().is_none() && !header.module_name.is_absent() && header.data_type.is_absent());
        assert_eq!(header.others.len(), 1);
    }
}
