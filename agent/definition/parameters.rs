//! From the YAML's shape of parameters and matrix to checked ones.

use super::{
    Axis, Choice, ITERATIONS, Kind, MAX_ITERATIONS, MetricSpec, Parameter,
    check::{Checker, Result},
    reserved,
    wire::{self, ParameterKind, Scalar},
};

impl Checker<'_> {
    pub(super) fn parameters(
        &self,
        declared: Vec<wire::Parameter>,
        params: wire::Map<Scalar>,
    ) -> Result<Vec<Parameter>> {
        let mut parameters: Vec<Parameter> = Vec::new();
        for wire in declared {
            if parameters.iter().any(|earlier| earlier.name == wire.name) || wire.name == ITERATIONS {
                return Err(self.error(&wire.name, format!("benchmark.parameters: `{}` is declared twice", wire.name)));
            }
            let Some((_, Scalar(default))) = params.0.iter().find(|(name, _)| *name == wire.name) else {
                return Err(self.error(&wire.name, format!("params: no default for the parameter `{}`", wire.name)));
            };
            parameters.push(self.parameter(wire, default)?);
        }
        let default = params.0.iter().find(|(name, _)| name == ITERATIONS).map_or("1", |(_, Scalar(text))| text);
        parameters.push(Parameter {
            name: ITERATIONS.into(),
            description: "how many times each case is measured".into(),
            kind: Kind::Integer { minimum: 1, maximum: i64::from(MAX_ITERATIONS) },
            list: false,
            default: default.into(),
        });
        for (name, _) in &params.0 {
            if !parameters.iter().any(|parameter| parameter.name == *name) {
                let known = parameters.iter().map(|parameter| parameter.name.as_str());
                return Err(self
                    .error(name, format!("params.{name}: not declared in benchmark.parameters"))
                    .meant(name, known));
            }
        }
        for parameter in &parameters {
            if let Err(error) = parameter.values(&parameter.default, 1) {
                let message = format!("params.{}: {}", parameter.name, error.why());
                let error = self.error(&format!("{}:", parameter.name), message);
                return Err(error.hint(may_be_list(parameter)));
            }
        }
        Ok(parameters)
    }

    fn parameter(&self, wire: wire::Parameter, default: &str) -> Result<Parameter> {
        let wire::Parameter { name, kind, list, minimum, maximum, choices, description } = wire;
        self.parameter_name(&name)?;
        let choices: Vec<Choice> = match choices {
            wire::Choices::Names(names) => names.into_iter().map(|Scalar(name)| Choice { name, words: None }).collect(),
            wire::Choices::Words(words) => {
                let text = |words: Vec<Scalar>| words.into_iter().map(|Scalar(word)| word).collect();
                words.0.into_iter().map(|(name, words)| Choice { name, words: Some(text(words)) }).collect()
            }
        };
        if (kind == ParameterKind::Choice) == choices.is_empty() {
            return Err(self.error(&name, format!("benchmark.parameters: `{name}`: `choices` go with `type: choice`")));
        }
        let kind = match kind {
            // Beyond 2^53 a double is no whole number; no parameter is.
            ParameterKind::Integer => {
                Kind::Integer { minimum: minimum.unwrap_or(0.0) as i64, maximum: maximum.unwrap_or(9e15) as i64 }
            }
            ParameterKind::Number => {
                Kind::Number { minimum: minimum.unwrap_or(f64::MIN), maximum: maximum.unwrap_or(f64::MAX) }
            }
            ParameterKind::Text => Kind::Text,
            ParameterKind::Choice => Kind::Choice(choices),
        };
        Ok(Parameter { name, description, kind, list, default: default.into() })
    }

    /// A parameter is a variable of the script that LAVA runs.
    fn parameter_name(&self, name: &str) -> Result<()> {
        let shell = |c: char| c.is_ascii_uppercase() || c == '_';
        if !name.starts_with(shell) || !name.chars().all(|c| shell(c) || c.is_ascii_digit()) {
            return Err(
                self.error(name, format!("benchmark.parameters: `{name}` is no name for a shell variable (A-Z 0-9 _)"))
            );
        }
        match reserved::owner(name) {
            None => Ok(()),
            Some(owner) => Err(self
                .error(name, format!("benchmark.parameters: `{name}` is {owner}, which would set it too"))
                .hint(Some("put before it what it is of, as in RT_PRIORITY".into()))),
        }
    }

    pub(super) fn matrix(
        &self,
        axes: Vec<wire::Axis>,
        parameters: &[Parameter],
        metrics: &[MetricSpec],
    ) -> Result<Vec<Axis>> {
        let mut matrix: Vec<Axis> = Vec::new();
        for wire::Axis { label, parameter } in axes {
            let twice = matrix.iter().any(|axis| axis.label == label || axis.parameter == parameter);
            let taken = metrics.iter().any(|metric| metric.metric.labels.contains(&label));
            if twice || taken || label.is_reserved() {
                return Err(self.error(label.as_str(), format!("benchmark.matrix: label `{label}` is taken")));
            }
            if !parameters.iter().any(|known| known.name == parameter && known.list) {
                let lists = parameters.iter().filter(|known| known.list).map(|known| known.name.as_str());
                let message = format!("benchmark.matrix: `{parameter}` is not a parameter with `list: true`");
                return Err(self.error(&parameter, message).meant(&parameter, lists));
            }
            matrix.push(Axis { label, parameter });
        }
        match parameters.iter().find(|known| known.list && !matrix.iter().any(|axis| axis.parameter == known.name)) {
            Some(lonely) => {
                Err(self.error(&lonely.name, format!("benchmark.matrix: the list `{}` has no axis", lonely.name)))
            }
            None => Ok(matrix),
        }
    }
}

/// What to do where several values were given to a parameter that takes one.
fn may_be_list(parameter: &Parameter) -> Option<String> {
    let values: Vec<&str> = parameter.default.split([' ', ',']).filter(|value| !value.is_empty()).collect();
    let fits = |value: &&str| parameter.values(value, 1).is_ok();
    let several = !parameter.list && values.len() > 1 && values.iter().all(fits);
    several.then(|| "for several values write `list: true`, and make it an axis of `matrix`".into())
}
