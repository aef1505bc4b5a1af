//! From the YAML's shape to a checked definition.

mod metrics;

use super::{
    AGENT, BackgroundSpec, CommandSpec, Definition, DefinitionError, Expected, Kind, MAX_ITERATIONS, Needs, Origin,
    OutputFormat, Parameter, Template, ToolSpec, Versions,
    wire::{self, File, LogFormat, Scalar},
};
use crate::{
    record::Ident,
    text::{duration, nearest, yaml},
};
use regex::bytes::{Regex, RegexBuilder};
use std::{
    path::{Component, PathBuf},
    time::Duration,
};

/// How long a command may take where a definition does not say.
const DEFAULT_TIMEOUT: &str = "10m";

/// The format that LAVA asks for.
const FORMAT: &str = "Lava-Test Test Definition 1.0";

pub(super) type Result<T> = std::result::Result<T, DefinitionError>;

/// Reads `text`; `origin` says where it stands.
pub(super) fn read(origin: Origin, text: &str) -> Result<Definition> {
    let file = origin.to_string();
    let wire: File = yaml::read(text).map_err(|error| DefinitionError::yaml(&file, text, &error))?;
    Checker { file: &file, text }.definition(wire, origin)
}

pub(super) struct Checker<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Checker<'_> {
    fn definition(&self, file: File, origin: Origin) -> Result<Definition> {
        let File { metadata, params, benchmark: wire, run, .. } = file;
        self.head(&metadata, &params, &run, wire.schema)?;
        let parameters = self.parameters(wire.parameters, params)?;
        let mut metrics = self.metrics(wire.metrics)?;
        self.primary(&wire.primary, &mut metrics)?;
        self.verdict_labels(&wire.verdict_labels, &wire.matrix, &metrics)?;
        let outputs =
            wire.outputs.into_iter().map(|output| self.output(output, &parameters, &metrics, &wire.verdict_labels));
        let definition = Definition {
            matrix: self.matrix(wire.matrix, &parameters, &metrics)?,
            timeout: self.timeout(wire.timeout, &parameters)?,
            tool: self.tool(wire.tool)?,
            needs: self.needs(wire.needs)?,
            environment: self.environment(wire.environment)?,
            prepare: self.all_words("prepare", wire.prepare)?,
            commands: self.commands(wire.command, wire.commands)?,
            background: self.all_background(wire.background, &parameters)?,
            cleanup: self.all_words("cleanup", wire.cleanup)?,
            exit_codes: exit_codes(wire.exit_codes),
            iterates: wire.iterates,
            reboot: wire.reboot,
            open_files: wire.open_files,
            retries: self.retries(wire.retries, &parameters)?,
            envelope: self.envelope(wire.envelope, &parameters)?,
            logs: wire.logs.map(|logs| self.logs(logs)).transpose()?,
            measure: self.measure(wire.measure, &metrics)?,
            outputs: outputs.collect::<Result<_>>()?,
            verdict_labels: wire.verdict_labels,
            name: metadata.name,
            description: metadata.description.trim().into(),
            suite: wire.suite,
            warm_up: self.warm_up(wire.warm_up)?,
            text: self.text.into(),
            origin,
            parameters,
            metrics,
        };
        self.placeholders(&definition).map(|()| definition)
    }

    fn all_background(&self, all: Vec<wire::Background>, parameters: &[Parameter]) -> Result<Vec<BackgroundSpec>> {
        all.into_iter().map(|background| self.background(background, parameters)).collect()
    }

    fn retries(&self, retries: Option<String>, parameters: &[Parameter]) -> Result<Option<String>> {
        let whole = |name: &String| {
            parameters
                .iter()
                .any(|known| known.name == *name && !known.list && matches!(known.kind, Kind::Integer { .. }))
        };
        match retries {
            Some(name) if !whole(&name) => {
                let known = parameters.iter().map(|known| known.name.as_str());
                let message = format!("benchmark.retries: `{name}` is not a parameter of the type integer");
                Err(self.error(&name, message).meant(&name, known))
            }
            retries => Ok(retries),
        }
    }

    fn warm_up(&self, runs: u32) -> Result<u32> {
        match runs {
            0..=MAX_ITERATIONS => Ok(runs),
            _ => Err(self.error("warm-up:", format!("benchmark.warm-up: {runs} runs (at most {MAX_ITERATIONS})"))),
        }
    }

    fn logs(&self, wire::Logs { format, folder }: wire::Logs) -> Result<super::Logs> {
        let format = match format {
            LogFormat::Mmtests => "mmtests",
            LogFormat::Lkp => "lkp",
        };
        let path = PathBuf::from(&folder);
        match !folder.is_empty() && path.components().all(|part| matches!(part, Component::Normal(_))) {
            true => Ok(super::Logs { format, folder: path }),
            false => {
                Err(self.error(&folder, format!("benchmark.logs: `{folder}` is no folder in the working directory")))
            }
        }
    }

    fn background(&self, background: wire::Background, parameters: &[Parameter]) -> Result<BackgroundSpec> {
        let wire::Background { command, when, ready, within, settle, lasts, on } = background;
        if let Some(name) = on.as_ref().filter(|on| !parameters.iter().any(|parameter| parameter.name == **on)) {
            let known = parameters.iter().map(|known| known.name.as_str());
            let message = format!("benchmark.background: on: there is no parameter `{name}`");
            return Err(self.error(name, message).meant(name, known));
        }
        let read = |text: Option<String>, default: &str| {
            let text = text.unwrap_or_else(|| default.into());
            duration::read(&text).map_err(|error| {
                self.error(&text, format!("benchmark.background: `{text}` is no duration (write 10s): {error}"))
            })
        };
        let within = read(within, "10s")?;
        if within.is_zero() {
            return Err(self.error("within:", "benchmark.background: within: nothing is ready in no time (write 10s)"));
        }
        Ok(BackgroundSpec {
            words: self.words("background", &command)?,
            when: when.map(|when| self.template("background", &when)).transpose()?,
            ready: ready.map(|ready| self.regex("benchmark.background", &ready)).transpose()?,
            within,
            settle: read(settle, "0s")?,
            lasts,
            on,
        })
    }

    /// An error about the one of the list `key` of `benchmark` that is called `name`, and has so many of this name before it.
    fn in_list(&self, key: &str, name: &Ident, before: usize, message: String) -> DefinitionError {
        DefinitionError::in_list(self.file, self.text, (key, name.as_str()), before, message)
    }

    pub(super) fn error(&self, near: &str, message: impl Into<String>) -> DefinitionError {
        DefinitionError::at(self.file, self.text, near, message.into())
    }

    fn head(&self, metadata: &wire::Metadata, params: &wire::Map<Scalar>, run: &wire::Run, schema: u32) -> Result<()> {
        if metadata.format != FORMAT {
            let message = format!("metadata.format: `{}` is not `{FORMAT}`", metadata.format);
            return Err(self.error(&metadata.format, message));
        }
        if schema != 1 {
            return Err(self.error("schema:", format!("benchmark.schema: {schema}: unknown (write 1)")));
        }
        let call = format!("lava-bench run {}", metadata.name);
        if !run.steps.iter().any(|step| step.contains(&call)) {
            let error = self.error("steps:", format!("run.steps: no step calls `{call}`"));
            return Err(error.hint(Some(called_otherwise(&run.steps, &call))));
        }
        // LAVA's parameters are shell variables that are not exported.
        let passed = |name: &str| run.steps.iter().any(|step| step.contains(&format!("{name}=${name}")));
        match params.0.iter().find(|(name, _)| !passed(name)) {
            Some((name, _)) => {
                let message = format!("run.steps: `{name}` is not passed on (write `--param \"{name}=${name}\"`)");
                Err(self.error("steps:", message))
            }
            None => Ok(()),
        }
    }

    pub(super) fn tool(&self, tool: wire::Tool) -> Result<ToolSpec> {
        let version = match tool.version {
            None => None,
            Some(version) => {
                let regex = self.regex("benchmark.tool.version.pattern", &version.pattern)?;
                if !regex.capture_names().flatten().any(|group| group == "version") {
                    let message = "benchmark.tool.version.pattern: no group `version` (write `(?P<version>...)`)";
                    return Err(self.error(&version.pattern, message));
                }
                Some((self.templates("tool.version", &version.command)?, regex))
            }
        };
        let packages = tool.packages.0.into_iter().collect();
        let name = self.template("tool.name", &Scalar(tool.name))?;
        Ok(ToolSpec { name, builtin: tool.builtin, version, packages })
    }

    pub(super) fn needs(&self, needs: wire::Needs) -> Result<Needs> {
        let memory = needs.memory.map(|Scalar(text)| {
            bytes(&text)
                .ok_or_else(|| self.error(&text, format!("benchmark.needs.memory: `{text}` is no size (write 64M)")))
        });
        let wire::Needs { root, programs, cpus, files, modules, .. } = needs;
        let programs = self.templates("needs.programs", &programs)?;
        let files = self.templates("needs.files", &files)?;
        let is_module = |name: &&String| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        };
        if let Some(name) = modules.iter().find(|name| !is_module(name)) {
            let message = format!("benchmark.needs.modules: `{name}` is not a name of a kernel module");
            return Err(self.error(name, message));
        }
        Ok(Needs { root, programs, memory: memory.transpose()?, cpus, files, modules })
    }

    fn templates(&self, field: &str, texts: &[String]) -> Result<Vec<Template>> {
        texts.iter().map(|text| self.template(field, &Scalar(text.clone()))).collect()
    }

    fn timeout(&self, timeout: Option<String>, parameters: &[Parameter]) -> Result<Template> {
        let text = timeout.unwrap_or_else(|| DEFAULT_TIMEOUT.into());
        let template = self.template("timeout", &Scalar(text.clone()))?;
        let defaults = parameters.iter().filter_map(|parameter| {
            let value = parameter.values(&parameter.default, 1).ok()?.into_iter().next()?;
            Some((parameter.name.clone(), value))
        });
        match template.fill(&defaults.collect()).map(|filled| duration::read(&filled)) {
            Ok(Ok(Duration::ZERO)) => {
                Err(self.error(&text, format!("benchmark.timeout: `{text}`: nothing ends in no time (write 90s, 5m)")))
            }
            // An unknown placeholder is told with all others.
            Err(_) | Ok(Ok(_)) => Ok(template),
            Ok(Err(error)) => {
                Err(self.error(&text, format!("benchmark.timeout: `{text}` is no duration (write 90s, 5m): {error}")))
            }
        }
    }

    fn environment(&self, environment: wire::Map<Scalar>) -> Result<std::collections::BTreeMap<String, Template>> {
        let pairs = environment.0.into_iter();
        pairs.map(|(name, text)| Ok((name, self.template("environment", &text)?))).collect()
    }

    pub(super) fn template(&self, field: &str, Scalar(text): &Scalar) -> Result<Template> {
        Template::parse(text).map_err(|error| self.error(text, format!("benchmark.{field}: {error}")))
    }

    fn words(&self, field: &str, words: &[Scalar]) -> Result<Vec<Template>> {
        if words.is_empty() {
            return Err(self.error(field, format!("benchmark.{field}: an empty command")));
        }
        words.iter().map(|word| self.template(field, word)).collect()
    }

    fn all_words(&self, field: &str, commands: Vec<Vec<Scalar>>) -> Result<Vec<Vec<Template>>> {
        commands.iter().map(|words| self.words(field, words)).collect()
    }

    fn commands(&self, one: Option<Vec<Scalar>>, several: Vec<wire::Command>) -> Result<Vec<CommandSpec>> {
        if one.is_some() != several.is_empty() {
            return Err(self.error("benchmark:", "benchmark: either `command` or `commands` must be given"));
        }
        if let Some(words) = one {
            return Ok(vec![CommandSpec { versions: Versions::default(), words: self.words("command", &words)? }]);
        }
        let check = |command: wire::Command| {
            let range = command.versions.unwrap_or_default();
            let versions = if range.is_empty() { Ok(Versions::default()) } else { range.parse::<Versions>() };
            let versions = versions.map_err(|error| self.error(&range, format!("benchmark.commands: {error}")))?;
            Ok(CommandSpec { versions, words: self.words("commands", &command.command)? })
        };
        several.into_iter().map(check).collect()
    }

    pub(super) fn regex(&self, field: &str, source: &str) -> Result<Regex> {
        let built = RegexBuilder::new(source).unicode(false).size_limit(1 << 20).build();
        built.map_err(|error| {
            let error = error.to_string();
            let last = error.lines().last().unwrap_or("").trim_start_matches("error: ").to_string();
            self.error(source, format!("{field}: pattern `{source}`: {last}"))
        })
    }

    /// The texts that say what the machine must have. It has it for all cases or for none.
    fn of_the_machine<'d>(&self, definition: &'d Definition) -> Result<Vec<&'d Template>> {
        let Definition { tool, needs, .. } = definition;
        let version = tool.version.iter().flat_map(|(words, _)| words);
        let all: Vec<&Template> =
            [&tool.name].into_iter().chain(version).chain(&needs.programs).chain(&needs.files).collect();
        let is_list = |name: &&str| definition.parameter(name).is_some_and(|parameter| parameter.list);
        match all.iter().flat_map(|template| template.names()).find(is_list) {
            Some(name) => {
                let message = format!("benchmark: `{{{name}}}`: a list has no place in `tool` and `needs`");
                Err(self.error(&format!("{{{name}}}"), message))
            }
            None => Ok(all),
        }
    }

    fn placeholders(&self, definition: &Definition) -> Result<()> {
        let counts = definition.outputs.iter().flat_map(expected).filter_map(|expected| match expected {
            Expected::Exactly(count) => Some(count),
            Expected::Some | Expected::Each | Expected::Any => None,
        });
        let commands = definition.commands.iter().map(|command| &command.words);
        let background = definition.background.iter().map(|background| &background.words);
        let words = commands.chain(&definition.prepare).chain(background).chain(&definition.cleanup).flatten();
        let conditions = definition.background.iter().filter_map(|background| background.when.as_ref());
        let others = definition.environment.values().chain(counts).chain([&definition.timeout]).chain(conditions);
        for template in words.chain(others).chain(self.of_the_machine(definition)?) {
            for name in template.names() {
                if name != AGENT && definition.parameter(name).is_none() {
                    let known = definition.parameters.iter().map(|parameter| parameter.name.as_str()).chain([AGENT]);
                    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                    let brace = || (!is_name).then(|| "a brace that is meant as one is written `{{` or `}}`".into());
                    let hint = nearest(name, known).map(|name| format!("did you mean `{{{name}}}`?")).or_else(brace);
                    let message = format!("benchmark: placeholder `{{{name}}}`: no such parameter");
                    return Err(self.error(&format!("{{{name}}}"), message).hint(hint));
                }
            }
        }
        Ok(())
    }
}

/// What is expected of the parts of an output.
fn expected(output: &OutputFormat) -> impl Iterator<Item = &Expected> {
    let patterns = output.patterns.iter().flat_map(|pattern| [&pattern.expected, &pattern.repeats]);
    let tables = output.tables.iter().flat_map(|table| [&table.expected, &table.repeats]);
    let verdicts = output.verdicts.iter().map(|verdict| &verdict.expected);
    let paths = output.document.iter().flat_map(|document| {
        let verdicts = document.verdicts.iter().map(|verdict| &verdict.expected);
        document.patterns.iter().flat_map(|pattern| [&pattern.expected, &pattern.repeats]).chain(verdicts)
    });
    patterns.chain(tables).chain(verdicts).chain(paths)
}

/// What to do where no step has `call`: the name may be wrong there, or in `metadata`.
fn called_otherwise(steps: &[String], call: &str) -> String {
    let words = steps.iter().map(|step| step.split_ascii_whitespace().collect::<Vec<_>>());
    let called = words.filter_map(|words| {
        let at = words.windows(2).position(|two| two[0].ends_with("lava-bench") && two[1] == "run")?;
        words.get(at + 2).map(|name| (*name).to_string())
    });
    match called.into_iter().next() {
        Some(name) => format!("a step calls `lava-bench run {name}`: write the same name there and in metadata.name"),
        None => format!("write a step with `{call}` and its parameters"),
    }
}

fn exit_codes(codes: Vec<u8>) -> Vec<i32> {
    if codes.is_empty() { vec![0] } else { codes.into_iter().map(i32::from).collect() }
}

/// `64K`, `16M`, `2G` or plain bytes.
fn bytes(text: &str) -> Option<u64> {
    let (digits, factor) = match text.trim().split_at_checked(text.trim().len().saturating_sub(1)) {
        Some((digits, "K")) => (digits, 1 << 10),
        Some((digits, "M")) => (digits, 1 << 20),
        Some((digits, "G")) => (digits, 1 << 30),
        _ => (text.trim(), 1),
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}
