//! The header of MMTests' JSON: all fields but `_ResultData`.
//!
//! Any version of MMTests leaves fields out, writes numbers as texts, and has fields of its own. All is kept as it stands.

use serde_json::{Map, Number, Value};

/// Declares the fields: each with its type and its name in the JSON.
macro_rules! header {
    ($($(#[$doc:meta])* $field:ident: $type:ty = $name:literal,)*) => {
        /// What an extraction says of a benchmark.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Header {
            $($(#[$doc])* pub $field: Field<$type>,)*
            /// Fields that nothing here asks for.
            pub others: Map<String, Value>,
        }

        impl Header {
            /// The header that has these fields; any value is a field's.
            pub fn from_map(mut fields: Map<String, Value>) -> Self {
                Self { $($field: Field::read(fields.remove($name)),)* others: fields }
            }

            /// All fields, by their names' bytes, as they are written.
            pub fn to_map(&self) -> Map<String, Value> {
                let mut fields = self.others.clone();
                $(self.$field.write($name, &mut fields);)*
                fields
            }
        }
    };
}

header! {
    /// Whether a sub-heading is the end of an operation's name, after a `-`.
    client_sub_heading: Count = "_ClientSubheading",
    /// The commands of the first iteration.
    commands: Vec<Label> = "_Cmd",
    /// How many iterations were read.
    current_iteration: Count = "_CurrentIteration",
    /// The type of the data in the version of 2021, by its number there.
    data_type: Count = "_DataType",
    /// That the operations are a definition's own: this program writes it, and MMTests reads over it.
    definitions: String = "_Definitions",
    /// Whether a sub-heading is the whole name of an operation.
    exact_sub_heading: Count = "_ExactSubheading",
    /// How many characters a column of the table has.
    field_length: Count = "_FieldLength",
    /// The operations, in the order in which they were read.
    generated_operations: Vec<Label> = "_GeneratedOperations",
    /// `null` for each operation.
    last_sample: Map<String, Value> = "_LastSample",
    /// The module that reads the logs.
    module_name: String = "_ModuleName",
    /// The operations, in the order that the module gives.
    operations: Vec<Label> = "_Operations",
    /// 1 for each operation.
    operations_seen: Map<String, Value> = "_OperationsSeen",
    /// The title of a benchmark's one value.
    value_title: String = "_Opname",
    /// The unit, as plots show it.
    plot_axis: String = "_PlotYaxis",
    /// How many decimals the table shows.
    precision: Count = "_Precision",
    /// `Higher` or `Lower`.
    preferred: String = "_PreferredVal",
    /// How ratios are compared.
    ratio_comparison: String = "_RatioCompareOp",
    /// The operations of the ratio table.
    ratio_operations: Vec<Label> = "_RatioOperations",
    /// The statistics of the ratio table.
    ratio_statistics: Vec<Label> = "_RatioSummaryStat",
    /// The file of the alternative report: `.../shellpack-NAME.yaml`.
    shellpack_config: String = "_ShellpackConfig",
    /// The statistics of the table.
    statistics: Vec<Label> = "_SummaryStats",
    /// The type of the summary.
    summary_type: String = "_Summarytype",
    /// The run's name, such as a kernel's.
    test_name: String = "_TestName",
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

impl<T: FieldValue> Field<T> {
    fn read(value: Option<Value>) -> Self {
        let Some(value) = value else { return Self::Absent };
        T::read(&value).map_or(Self::Otherwise(value), Self::Given)
    }

    fn write(&self, name: &str, fields: &mut Map<String, Value>) {
        let value = match self {
            Self::Absent => return,
            Self::Given(value) => value.written(),
            Self::Otherwise(value) => value.clone(),
        };
        fields.insert(name.into(), value);
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

/// What a field may be.
pub trait FieldValue: Sized {
    /// The value, if it is of this type.
    fn read(value: &Value) -> Option<Self>;

    /// The value as it stood.
    fn written(&self) -> Value;
}

impl FieldValue for String {
    fn read(value: &Value) -> Option<Self> {
        value.as_str().map(Into::into)
    }

    fn written(&self) -> Value {
        self.as_str().into()
    }
}

impl FieldValue for Count {
    fn read(value: &Value) -> Option<Self> {
        value.as_u64().map(Self::Number).or_else(|| Some(Self::Text(value.as_str()?.into())))
    }

    fn written(&self) -> Value {
        match self {
            Self::Number(number) => (*number).into(),
            Self::Text(text) => text.as_str().into(),
        }
    }
}

impl FieldValue for Vec<Label> {
    fn read(value: &Value) -> Option<Self> {
        let label = |value: &Value| match value {
            Value::String(text) => Some(Label::Text(text.clone())),
            Value::Number(number) => Some(Label::Number(number.clone())),
            _ => None,
        };
        value.as_array()?.iter().map(label).collect()
    }

    fn written(&self) -> Value {
        let value = |label: &Label| match label {
            Label::Text(text) => Value::String(text.clone()),
            Label::Number(number) => Value::Number(number.clone()),
        };
        self.iter().map(value).collect()
    }
}

impl FieldValue for Map<String, Value> {
    fn read(value: &Value) -> Option<Self> {
        value.as_object().cloned()
    }

    fn written(&self) -> Value {
        Value::Object(self.clone())
    }
}

/// A whole number, or a text that may be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Count {
    /// A number.
    Number(u64),
    /// A text.
    Text(String),
}

/// The text of an operation in a list: a module that computed a name made it a number.
#[derive(Clone, Debug, PartialEq)]
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
        let header = Header::from_map(fields);
        assert_eq!(serde_json::to_string(&header.to_map()).unwrap(), json);
        assert_eq!((header.current_iteration.number(), header.precision.number()), (Some(3), Some(4)));
        assert_eq!((header.field_length.number(), header.value_title.text()), (None, None));
        assert_eq!(header.generated_operations.texts().unwrap(), ["x", "1", "2.5"]);
        assert!(header.operations.texts().is_none() && !header.module_name.is_absent() && header.data_type.is_absent());
        assert_eq!(header.others.len(), 1);
    }
}
