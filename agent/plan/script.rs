//! The script that LAVA makes of a definition + a plan -> the job's parameters that reach nothing. Pure.
//!
//! LAVA writes the parameters of a job before the steps, as shell variables that are not exported:
//!
//! ```text
//! ###test parameters from job submission###
//! THREADS='4'
//! ######
//! ```

use super::Plan;
use crate::text::nearest;

/// The line before the job's parameters.
const BEGIN: &str = "###test parameters from job submission###\n";

/// The line behind them.
const END: &str = "######\n";

/// A parameter that the job sets and that no step uses.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unused {
    /// It resembles one of the benchmark's parameters.
    #[error("parameter `{name}`: the LAVA job sets it, and nothing uses it\nhint: did you mean `{near}`?")]
    Misspelt {
        /// The parameter.
        name: String,
        /// The one of the benchmark.
        near: String,
    },
    /// The benchmark has it, and the step does not pass it on.
    #[error(
        "parameter `{name}`: the LAVA job sets it, and the definition's step does not pass it on\n\
         hint: write --param \"{name}=${name}\" behind `lava-bench run`"
    )]
    NotPassedOn {
        /// The parameter.
        name: String,
    },
    /// It resembles nothing: a job's template may set it for other tests.
    #[error("parameter `{name}`: the LAVA job sets it, and nothing uses it")]
    Foreign {
        /// The parameter.
        name: String,
    },
}

/// The parameters of the job that neither the steps in `script` nor those in `installation` use, in the job's order.
pub fn unused(script: &str, installation: &str, plan: &Plan) -> Vec<Unused> {
    let Some((names, steps)) = parameters(script) else { return Vec::new() };
    let others = parameters(installation).map_or("", |(_, steps)| steps);
    let definitions = plan.benchmarks.iter().map(|planned| &planned.definition);
    let all: Vec<&str> =
        definitions.flat_map(|definition| &definition.parameters).map(|parameter| parameter.name.as_str()).collect();
    // Whoever sets one does not mean it with another name.
    let free: Vec<&str> = all.iter().copied().filter(|name| !names.contains(name)).collect();
    let useless = names.iter().filter(|name| !uses(steps, name) && !uses(others, name));
    let why = |name: &&str| match nearest(name, free.iter().copied()) {
        _ if all.contains(name) => Unused::NotPassedOn { name: (*name).into() },
        Some(near) => Unused::Misspelt { name: (*name).into(), near: near.into() },
        None => Unused::Foreign { name: (*name).into() },
    };
    useless.map(why).collect()
}

/// The names of the job's parameters in a script of LAVA's, and what stands behind them.
fn parameters(script: &str) -> Option<(Vec<&str>, &str)> {
    let (_, mut rest) = script.split_once(BEGIN)?;
    let mut names = Vec::new();
    while !rest.starts_with(END) {
        let (assignment, after) = rest.split_at_checked(end_of_word(rest)?)?;
        names.extend(assignment.split_once('=').map(|(name, _)| name).filter(|name| is_name(name)));
        rest = after;
    }
    Some((names, rest.strip_prefix(END)?))
}

/// Where the first line feed is that no quotes are around, and behind it. LAVA quotes a value, and no quotes in it.
fn end_of_word(text: &str) -> Option<usize> {
    let (mut quote, mut escaped) = (None, false);
    for (at, character) in text.char_indices() {
        match (quote, character) {
            _ if escaped => escaped = false,
            (None, '\n') => return at.checked_add(1),
            (Some(open), _) if open == character => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None | Some('"'), '\\') => escaped = true,
            _ => {}
        }
    }
    None
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn is_name(text: &str) -> bool {
    text.chars().all(is_of_a_name) && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// Whether a shell that runs `steps` uses the variable: as `$NAME` and the like, or by its name alone, as `export NAME` does.
fn uses(steps: &str, name: &str) -> bool {
    steps.match_indices(name).any(|(at, _)| {
        let (before, after) = (steps.get(..at).unwrap_or_default(), steps.get(at + name.len()..).unwrap_or_default());
        let whole = !before.ends_with(is_of_a_name) && !after.starts_with(is_of_a_name);
        whole && (before.ends_with(['$', '{', '!', '#']) || !after.starts_with('='))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{definition::Store, plan::Settings};

    fn of(job: &str, steps: &str) -> Vec<String> {
        let definition = Store::embedded().load("sysbench-cpu").unwrap();
        let plan = Plan::new(vec![definition], &Settings { cpus: 1, ..Settings::default() }).unwrap();
        let script = format!(
            "###default parameters from test definition###\nTIME='10'\n######\n{BEGIN}{job}{END}set -e\ncd /lava-1\n{steps}\n"
        );
        unused(&script, "", &plan).iter().map(|unused| unused.to_string().replace('\n', " ")).collect()
    }

    const STEP: &str = "lava-bench run sysbench-cpu --param \"MAX_PRIME=$MAX_PRIME\" --param \"TIME=${TIME}\"";

    #[test]
    fn what_the_steps_use_is_right() {
        assert_eq!(of("MAX_PRIME='20000'\nTIME='2'\n", STEP), [""; 0]);
        let own = "export LEVEL\necho \"${#WORDS}\" $KEY\n";
        assert_eq!(of("LEVEL='1'\nWORDS='a b'\nKEY='x'\n", &format!("{own}{STEP}")), [""; 0]);
        let install = format!("{BEGIN}PACKAGE='x'\n{END}apt-get install $PACKAGE\n");
        let plan = Plan::default();
        assert_eq!(unused(&format!("{BEGIN}PACKAGE='x'\n{END}true\n"), &install, &plan), []);
    }

    #[test]
    fn a_misspelt_one_names_the_nearest() {
        let wrong = |name: &str, near: &str| {
            format!("parameter `{name}`: the LAVA job sets it, and nothing uses it hint: did you mean `{near}`?")
        };
        assert_eq!(of("MAX_PRMIE='20000'\n", STEP), [wrong("MAX_PRMIE", "MAX_PRIME")]);
        assert_eq!(of("threads='2'\nTIME='1'\n", STEP), [wrong("threads", "THREADS")]);
        assert_eq!(
            of("SKIP_INSTALL='true'\n", STEP),
            ["parameter `SKIP_INSTALL`: the LAVA job sets it, and nothing uses it"]
        );
        // The one that it resembles is set itself.
        assert_eq!(of("TIME='2'\nTIMES='3'\n", STEP), ["parameter `TIMES`: the LAVA job sets it, and nothing uses it"]);
    }

    #[test]
    fn one_that_the_step_does_not_pass_on_is_named() {
        let said = of("MAX_PRIME='20000'\n", "lava-bench run sysbench-cpu --param MAX_PRIME=10000");
        assert_eq!(said.len(), 1);
        assert!(said[0].contains("does not pass it on hint: write --param \"MAX_PRIME=$MAX_PRIME\" "), "{said:?}");
    }

    #[test]
    fn a_value_may_look_like_a_parameter_or_the_end() {
        assert_eq!(of("TIME='2\nMAX_PRMIE=3\n######\n'\n", STEP), [""; 0]);
        assert_eq!(of("TIME='it'\\''s'\nKEY='\"'\n", &format!("{STEP} $KEY")), [""; 0]);
        // A script that is cut, or is not LAVA's.
        let plan = Plan::default();
        assert_eq!(unused(&format!("{BEGIN}TIME='2"), "", &plan), []);
        assert_eq!(unused("echo hello\n", "", &plan), []);
    }
}
