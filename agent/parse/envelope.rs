//! A file that a runner wrote -> the tool's outputs in it, each with the command line that gave it. Pure.
//!
//! lkp's runners write a line with the time before each command that they start, `Iteration: 1` before each iteration, and
//! `Instance: 1` and `PATH=` at the beginning. Only a file with such a command line of the definition's tool is taken apart; every
//! other one is the output that it is, and no line of it is left out.

use crate::definition::{Choice, Definition, Envelope, Kind, Parameter};
use regex::bytes::Regex;
use std::{collections::BTreeMap, path::Path};

/// One output in a runner's file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enveloped {
    /// The command line, as the runner wrote it.
    pub command: Option<String>,
    /// Which of several that ran at the same time it is, from 1.
    pub instance: Option<u32>,
    /// What the tool wrote.
    pub output: Vec<u8>,
}

/// The most outputs of one file.
const MOST: usize = 100_000;

/// The most lines of one command, as where its input stands in it.
const COMMAND_LINES: usize = 1000;

/// The tool's outputs in a file: none where it has no envelope, no line of others and no second output.
pub fn enveloped(definition: &Definition, file: &[u8]) -> Option<Vec<Enveloped>> {
    let mut parts = parts(definition, file);
    if parts.iter().all(|part| !part.is_of_the_tool()) {
        return among_others(&definition.envelope, file);
    }
    parts.retain(Part::is_of_the_tool);
    let outputs = parts.into_iter().flat_map(|part| part.outputs(definition));
    Some(outputs.take(MOST).collect())
}

/// The outputs in a file without commands.
fn among_others(envelope: &Envelope, file: &[u8]) -> Option<Vec<Enveloped>> {
    let own = file.split_inclusive(|byte| *byte == b'\n').filter(|line| !is_of_others(envelope, line.trim_ascii_end()));
    let own: Vec<u8> = own.flatten().copied().collect();
    let outputs = split(envelope, &own);
    let changed = own.len() < file.len() || outputs.len() > 1;
    let marked = |output: Vec<u8>| Enveloped { output: [mark(envelope), output].concat(), ..Enveloped::default() };
    changed.then(|| outputs.into_iter().map(marked).collect())
}

fn is_of_others(envelope: &Envelope, line: &[u8]) -> bool {
    envelope.others.iter().any(|other| other.is_match(line))
}

/// The line that the definition's own command prints before the tool's.
fn mark(envelope: &Envelope) -> Vec<u8> {
    envelope.mark.as_ref().map(|mark| format!("{mark}\n").into_bytes()).unwrap_or_default()
}

/// What a command line says of the parameters that the tool was run with: as the definition says it, or as its own command
/// has it.
pub fn said_by(definition: &Definition, command: &str) -> BTreeMap<String, String> {
    let mut said = BTreeMap::new();
    let words: Vec<&str> = command.split_ascii_whitespace().collect();
    let own = definition.commands.iter().flat_map(|command| command.words.windows(2).map(|pair| (&pair[0], &pair[1])));
    for (before, template) in own {
        let (Some(name), before) = (template.only_name(), before.filled(&BTreeMap::new())) else { continue };
        let value = words.windows(2).find(|pair| before.starts_with('-') && pair[0] == before).map(|pair| pair[1]);
        take(definition, &mut said, name, value.or_else(|| chosen(definition.parameter(name), &words)));
    }
    for template in definition.commands.iter().flat_map(|command| &command.words) {
        let Some((prefix, name)) = template.ends_with_name().filter(|(prefix, _)| prefix.starts_with('-')) else {
            continue;
        };
        let parameter = definition.parameter(name);
        let is_choice = matches!(parameter.map(|one| &one.kind), Some(Kind::Choice(_)));
        // `-{NAME}` of a number would be any option.
        let values = words.iter().filter_map(|word| word.strip_prefix(prefix)).filter(|value| !value.is_empty());
        let mut right = values.filter(|_| is_choice || !prefix.trim_start_matches('-').is_empty());
        take(definition, &mut said, name, right.find(|value| is_one(parameter, value)));
    }
    for (name, regex) in &definition.envelope.parameters {
        let value = regex.captures(command.as_bytes()).and_then(|captures| captures.name("value"));
        let value = value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        if let Some(value) = value {
            said.remove(name);
            take(definition, &mut said, name, Some(value.as_str()));
        }
    }
    said
}

/// The choice that a command's words are.
fn chosen<'p>(parameter: Option<&'p Parameter>, words: &[&str]) -> Option<&'p str> {
    let Kind::Choice(choices) = &parameter?.kind else { return None };
    let has = |choice: &&Choice| match &choice.words {
        Some(own) => !own.is_empty() && own.iter().all(|own| words.contains(&own.as_str())),
        None => words.contains(&choice.name.as_str()),
    };
    let mut said = choices.iter().filter(has);
    let without = choices.iter().find(|choice| choice.words.as_ref().is_some_and(Vec::is_empty));
    match (said.next(), said.next()) {
        (Some(one), None) => Some(&one.name),
        // The one that needs no word.
        (None, _) => without.map(|choice| choice.name.as_str()),
        (Some(_), Some(_)) => None,
    }
}

fn is_one(parameter: Option<&Parameter>, value: &str) -> bool {
    parameter.is_some_and(|parameter| parameter.values(value, 1).is_ok_and(|values| values.len() == 1))
}

fn take(definition: &Definition, said: &mut BTreeMap<String, String>, name: &str, value: Option<&str>) {
    if let Some(value) = value.filter(|value| is_one(definition.parameter(name), value)) {
        said.entry(name.to_string()).or_insert_with(|| value.to_string());
    }
}

/// The commands that ran at the same time, and what they wrote together.
#[derive(Default)]
struct Part {
    /// The tool's command lines; none of another program's.
    commands: Vec<String>,
    /// Whether they go on in the background.
    is_open: bool,
    instance: Option<u32>,
    text: Vec<u8>,
}

impl Part {
    fn is_of_the_tool(&self) -> bool {
        !self.commands.is_empty()
    }

    /// The output of each command. One that wrote nothing has an empty one, so that it is not missed.
    fn outputs(self, definition: &Definition) -> Vec<Enveloped> {
        let together = self.commands.len();
        let mut outputs = split(&definition.envelope, &self.text);
        while outputs.len() < together {
            outputs.push(Vec::new());
        }
        let mark = mark(&definition.envelope);
        let last = self.commands.last().cloned();
        let mut commands = self.commands.into_iter();
        let enveloped = |(at, output): (u32, Vec<u8>)| Enveloped {
            command: commands.next().or_else(|| last.clone()),
            instance: if together > 1 { Some(at) } else { self.instance },
            output: [mark.clone(), output].concat(),
        };
        (1..).zip(outputs).map(enveloped).collect()
    }
}

/// The outputs of which each has one first line, or one last line. What is before the first one is part of it.
fn split(envelope: &Envelope, text: &[u8]) -> Vec<Vec<u8>> {
    let is = |pattern: &Option<Regex>, line: &[u8]| pattern.as_ref().is_some_and(|pattern| pattern.is_match(line));
    let mut outputs: Vec<Vec<u8>> = vec![Vec::new()];
    let (mut begun, mut ended) = (false, false);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let plain = line.trim_ascii_end();
        let begins = is(&envelope.begins, plain);
        if (begins && begun || ended && !plain.is_empty()) && outputs.len() < MOST {
            outputs.push(Vec::new());
            ended = false;
        }
        begun |= begins;
        ended |= is(&envelope.last, plain);
        if let Some(output) = outputs.last_mut() {
            output.extend_from_slice(line);
        }
    }
    outputs
}

/// The commands of a file, in their order.
fn parts(definition: &Definition, file: &[u8]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut instance = None;
    let mut lines = file.split_inclusive(|byte| *byte == b'\n');
    while let Some(line) = lines.next() {
        let plain = line.trim_ascii_end();
        if let Some(first) = command(plain) {
            let whole = whole_command(first, &mut lines);
            take_command(definition, &mut parts, whole, instance);
        } else if let Some(number) = counted(plain, &[b"Instance: "]) {
            instance = Some(number);
        } else if counted(plain, &[b"Iteration: ", b"Iterations: "]).is_some() || plain.starts_with(b"PATH=") {
            // The runner's own.
        } else if let Some(part) = parts.last_mut()
            && !is_of_others(&definition.envelope, plain)
        {
            part.text.extend_from_slice(line);
        }
    }
    parts
}

/// Begins a part, or goes on with one whose commands are in the background.
fn take_command(definition: &Definition, parts: &mut Vec<Part>, command: String, instance: Option<u32>) {
    let open = parts.last_mut().filter(|part| part.is_open);
    let in_background = command.trim_end().ends_with('&');
    match (is_of(definition, &command), open) {
        (true, Some(part)) if in_background => part.commands.push(command),
        // What they write stands behind the command that waits for them.
        (false, Some(part)) if command.trim() == "wait" => part.is_open = false,
        (is_tool, _) => {
            let commands = if is_tool { vec![command] } else { Vec::new() };
            parts.push(Part { is_open: in_background && is_tool, commands, instance, text: Vec::new() });
        }
    }
}

/// What stands behind the time: `2026-11-23 18:30:58 dbench 2`.
fn command(line: &[u8]) -> Option<&[u8]> {
    let shape = b"0000-00-00 00:00:00 ";
    let (time, rest) = line.split_at_checked(shape.len())?;
    let fits = |(shape, byte): (&u8, &u8)| if *shape == b'0' { byte.is_ascii_digit() } else { shape == byte };
    (shape.iter().zip(time).all(fits) && !rest.trim_ascii().is_empty()).then_some(rest)
}

/// The command with the lines on which a quoted text of it goes on.
fn whole_command<'l>(first: &[u8], lines: &mut impl Iterator<Item = &'l [u8]>) -> String {
    let mut whole = first.to_vec();
    let mut left = COMMAND_LINES;
    while whole.iter().filter(|byte| **byte == b'\'').count() % 2 == 1 && left > 0 {
        let Some(line) = lines.next() else { break };
        whole.push(b'\n');
        whole.extend_from_slice(line.trim_ascii_end());
        left -= 1;
    }
    String::from_utf8_lossy(&whole).trim().to_string()
}

/// The number behind a runner's word.
fn counted(line: &[u8], words: &[&[u8]]) -> Option<u32> {
    let digits = words.iter().find_map(|word| line.strip_prefix(*word))?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Whether a command line is one of the tool.
fn is_of(definition: &Definition, command: &str) -> bool {
    if let Some(regex) = &definition.envelope.command {
        return regex.is_match(command.as_bytes());
    }
    let tool = definition.tool.name.filled(&definition.defaults());
    let name = |path: &str| Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned());
    // `LC_ALL=C tool` sets a variable first.
    let program = command.split_ascii_whitespace().find(|word| !word.contains('='));
    program.and_then(name).is_some_and(|program| Some(program) == name(&tool))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Store;

    fn load(name: &str) -> Definition {
        Store::embedded().load(name).unwrap()
    }

    fn of(name: &str, file: &str) -> Vec<(Option<String>, Option<u32>, String)> {
        let all = enveloped(&load(name), file.as_bytes()).unwrap_or_default();
        all.into_iter()
            .map(|one| (one.command, one.instance, String::from_utf8_lossy(&one.output).into_owned()))
            .collect()
    }

    #[test]
    fn outputs_are_what_stands_behind_the_tools_commands() {
        let file = "Instance: 1\nPATH=/bin\nIterations: 1\n2026-11-23 18:29:49 hackbench -g 2 -f 20 --threads -l 500 -s 100\nRunning\nTime: 1\n\
            Iterations: 2\n2026-11-23 18:29:50 hackbench -g 2 -f 20 --threads -l 500 -s 100\nTime: 2\n2026-11-23 18:29:51 killall x\nkilled\n";
        let plain = "hackbench -g 2 -f 20 --threads -l 500 -s 100";
        let command = Some(plain.to_string());
        assert_eq!(
            of("hackbench", file),
            [(command.clone(), Some(1), "Running\nTime: 1\n".into()), (command.clone(), Some(1), "Time: 2\n".into())]
        );
        let said = said_by(&load("hackbench"), plain);
        let said: Vec<String> = said.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(said, ["FDS=20", "GROUP_COUNT=2", "LOOPS=500", "MODE=threads", "SIZE=100"]);
    }

    #[test]
    fn outputs_of_commands_that_ran_together_are_told_apart() {
        let file = "2026-11-23 18:42:32 netperf -l 3 &\n2026-11-23 18:42:32 netperf -l 3 &\n2026-11-23 18:42:32 wait\nMIGRATED A TEST from\n1\nMIGRATED B TEST from\n2\n";
        let command = Some("netperf -l 3 &".to_string());
        assert_eq!(
            of("netperf", file),
            [
                (command.clone(), Some(1), "MIGRATED A TEST from\n1\n".into()),
                (command.clone(), Some(2), "MIGRATED B TEST from\n2\n".into())
            ]
        );
        // One that wrote nothing is not missed.
        let file = "2026-11-23 18:42:32 netperf -l 3 &\n2026-11-23 18:42:32 netperf -l 3 &\n2026-11-23 18:42:32 wait\nMIGRATED A TEST from\n1\n";
        assert_eq!(of("netperf", file)[1].2, "");
    }

    #[test]
    fn a_file_without_a_command_of_the_tool_is_an_output_as_it_is() {
        for file in [
            "",
            "Iterations: 1\nTime: 1\n",
            "2026-11-23 18:29:49 sleep 1\nTime: 1\n",
            "2026-11-23 18:29:49 \n",
            "2026-11-23 18:29:49",
        ] {
            assert_eq!(of("hackbench", file), [], "{file}");
        }
    }

    #[test]
    fn a_command_may_have_several_lines() {
        let file = "2026-11-23 18:30:15 echo '[global]\nbs=4k\n' | fio -\n{\n}\n";
        assert_eq!(of("hackbench", file), []);
        let parts = parts(&load("fio"), file.as_bytes());
        assert_eq!((parts.len(), parts[0].text.as_slice()), (1, b"{\n}\n".as_slice()));
    }
}
