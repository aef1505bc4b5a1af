//! An atomic job -> the shell script that a tree of lkp on the board runs, as `lkp compile` would make one: the job's values as
//! variables, then the servers and the programs that measure. Setups and monitors are not in it. Pure.

use super::{
    error::Reason,
    node::{Map, Node},
    tree::Tree,
};
use std::fmt::Write as _;

/// What a program of the tree is started with.
#[derive(Default)]
struct Started {
    /// Its own variables.
    variables: Vec<(String, String)>,
    arguments: Vec<String>,
}

/// The script of a job whose values are converted; `more` are variables that a setup would have set.
///
/// # Errors
/// What of the job cannot be said to a program.
pub(super) fn script(job: &Map, tree: &Tree, more: &[(&str, String)]) -> Result<String, Reason> {
    let mut script = String::from("#!/bin/sh\nrun_job()\n{\n");
    for library in ["http.sh", "job.sh", "env.sh"] {
        let _ = writeln!(script, ". \"$LKP_SRC/lib/{library}\"");
    }
    variables(job, tree, &mut script);
    let servers = started(job, &|name| tree.daemons.contains(name))?;
    if !servers.is_empty() {
        // Both roles are this machine: its servers run in the background, and end with the job.
        script.push_str("export cluster='cs-localhost' node_roles='server client'\n");
    }
    for (name, value) in more {
        let _ = writeln!(script, "export {name}={}", quoted(value));
    }
    for (name, server) in &servers {
        line(&mut script, "start_daemon", "run-daemon", name, server);
    }
    for (name, test) in &started(job, &|name| tree.tests.contains(name))? {
        line(&mut script, "run_test", "run-test", name, test);
    }
    script.push_str("}\n\"$@\"\n");
    Ok(script)
}

/// What of a job its result root says: the programs that ran, and the values that may have counted.
pub(super) fn kept(job: &Map, tree: &Tree) -> Map {
    let mut kept = job.clone();
    kept.retain(|key, _| {
        let runs = tree.tests.contains(key) || tree.daemons.contains(key);
        let is_program = tree.workloads.contains_key(key) || tree.monitors.contains(key);
        (runs || !is_program) && !is_of_the_scheduler(key)
    });
    kept
}

/// Whether a key says where a job may run, and who is told of it: no program asks for it.
fn is_of_the_scheduler(key: &str) -> bool {
    key.starts_with("need_") || key.starts_with("mail_") || key.ends_with("_hw") || key == "job_origin"
}

/// The servers that the script of a job starts.
pub(super) fn servers<'j>(keys: impl Iterator<Item = &'j str>, tree: &Tree) -> Vec<&'j str> {
    keys.filter(|key| tree.daemons.contains(*key)).collect()
}

/// What lkp's programs find in their environment: the values that are no program's.
fn variables(job: &Map, tree: &Tree, script: &mut String) {
    for (key, node) in job.iter() {
        let is_variable = !key.is_empty()
            && !key.starts_with(|c: char| c.is_ascii_digit())
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !is_of_the_scheduler(key);
        let is_program = tree.workloads.contains_key(key) || tree.monitors.contains(key);
        match node {
            Node::Map(inside) if key.starts_with("if role") => variables(inside, tree, script),
            Node::Map(_) => {}
            _ if is_variable && !is_program => {
                let _ = writeln!(script, "export {key}={}", quoted(&text(node)));
            }
            _ => {}
        }
    }
}

/// The programs of one kind, in the order of the job.
fn started(job: &Map, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<(String, Started)>, Reason> {
    let mut all = Vec::new();
    for (key, node) in job.iter() {
        match node {
            Node::Map(inside) if key.starts_with("if role") => all.extend(started(inside, wanted)?),
            _ if wanted(key) => all.push((key.to_string(), Started::of(key, node)?)),
            _ => {}
        }
    }
    Ok(all)
}

impl Started {
    fn of(program: &str, node: &Node) -> Result<Self, Reason> {
        let mut started = Self::default();
        match node {
            Node::Null => {}
            Node::Map(map) => started.take(map),
            // What quotes mean is for a shell to say.
            Node::Text(text) if text.contains(['\'', '"', '\\']) => {
                return Err(format!("{program}: its arguments `{text}` are quoted").into());
            }
            node => started.arguments.extend(text(node).split_whitespace().map(str::to_string)),
        }
        Ok(started)
    }

    /// A value that was converted may be a mapping of its own: its keys are variables then.
    fn take(&mut self, map: &Map) {
        for (key, node) in map.iter() {
            match node {
                Node::Map(inside) => self.take(inside),
                node => self.variables.push((variable(key), text(node))),
            }
        }
    }
}

fn line(script: &mut String, function: &str, wrapper: &str, program: &str, started: &Started) {
    let variables = started.variables.iter().map(|(name, value)| format!(" {name}={}", quoted(value)));
    let arguments = started.arguments.iter().map(|argument| format!(" {}", quoted(argument)));
    let (variables, arguments): (String, String) = (variables.collect(), arguments.collect());
    let _ = writeln!(script, "{function}{variables} \"$LKP_SRC/bin/{wrapper}\" {}{arguments}", quoted(program));
}

/// The variable that a parameter is: `memory.high` is `memory_46_high`.
fn variable(key: &str) -> String {
    let of =
        |c: char| if c.is_ascii_alphanumeric() || c == '_' { c.to_string() } else { format!("_{}_", u32::from(c)) };
    key.chars().map(of).collect()
}

/// A list is a line for each value.
fn text(node: &Node) -> String {
    match node {
        Node::List(list) => list.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        node => node.to_string(),
    }
}

/// One word of a shell, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::yaml;

    fn tree() -> Tree {
        let mut tree = Tree::default();
        tree.add("bench", "size runtime", true);
        tree.add("served", "port", false);
        tree.daemons.insert("served".into());
        tree.add("fs", "", false);
        tree.add_monitor("vmstat");
        tree
    }

    fn of(job: &str) -> Result<String, String> {
        let job = yaml::read::<Node>(job).unwrap().map().cloned().unwrap();
        script(&job, &tree(), &[("mount_points", "/mnt/a b".into())]).map_err(|why| why.to_string())
    }

    #[test]
    fn values_are_variables_and_programs_are_started_in_their_order() {
        let text = of("suite: it's\nnr_cpu: 2\nvmstat:\nfs: ext4\nlist: [a, b]\nneed_cpu: 2\nscript tests/x: text\n\
                       if role server:\n  served: {port: 5}\nbench:\n  size: 1G\n  memory.high: 90%\n  deep: {one: 1}\n")
        .unwrap();
        let lines: Vec<&str> = text.lines().skip(6).collect();
        assert_eq!(
            lines,
            [
                r"export suite='it'\''s'",
                "export nr_cpu='2'",
                "export list='a",
                "b'",
                "export cluster='cs-localhost' node_roles='server client'",
                "export mount_points='/mnt/a b'",
                r#"start_daemon port='5' "$LKP_SRC/bin/run-daemon" 'served'"#,
                r#"run_test size='1G' memory_46_high='90%' one='1' "$LKP_SRC/bin/run-test" 'bench'"#,
                "}",
                r#""$@""#,
            ]
        );
    }

    #[test]
    fn arguments_are_words_and_quoted_ones_are_not_guessed() {
        assert!(of("bench: 20000 $(reboot)\n").unwrap().contains("run-test\" 'bench' '20000' '$(reboot)'\n"));
        assert!(of("bench: 5\n").unwrap().contains("run-test\" 'bench' '5'\n"));
        assert_eq!(of("bench: sh -c 'a b'\n"), Err("bench: its arguments `sh -c 'a b'` are quoted".into()));
    }
}
