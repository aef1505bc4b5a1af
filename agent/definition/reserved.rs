//! Names that are no parameter's: LAVA writes parameters as variables into the script that it runs, and labs fill them into
//! their jobs.

/// What the shell keeps for itself. `GROUPS=4` changes nothing where /bin/sh is bash: the script sees the user's group.
const SHELL: [&str; 36] = [
    "CDPATH",
    "COLUMNS",
    "DIRSTACK",
    "ENV",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "EUID",
    "FUNCNAME",
    "GROUPS",
    "HISTCMD",
    "HOME",
    "HOSTNAME",
    "HOSTTYPE",
    "IFS",
    "LANG",
    "LINENO",
    "LINES",
    "MACHTYPE",
    "OLDPWD",
    "OPTARG",
    "OPTERR",
    "OPTIND",
    "OSTYPE",
    "PATH",
    "PIPESTATUS",
    "POSIXLY_CORRECT",
    "PPID",
    "PWD",
    "RANDOM",
    "REPLY",
    "SECONDS",
    "SHELL",
    "SHELLOPTS",
    "SHLVL",
    "SRANDOM",
    "UID",
];

/// What LAVA's own script and helpers read.
const LAVA: [&str; 4] = ["CHARACTER_DELAY", "KMSG", "TESTRUN_ID", "UUID"];

/// Keys of a LAVA job. Generators of jobs fill a parameter and a key of the same name with one value: `PRIORITY: 98` for
/// cyclictest became the priority of the job.
const JOB: [&str; 13] = [
    "ACTIONS",
    "CONTEXT",
    "DEVICE_TYPE",
    "ENVIRONMENT",
    "JOB_NAME",
    "METADATA",
    "NOTIFY",
    "PRIORITY",
    "PROTOCOLS",
    "SECRETS",
    "TAGS",
    "TIMEOUTS",
    "VISIBILITY",
];

/// Whose name it is, if it is not free for a parameter.
pub(super) fn owner(name: &str) -> Option<&'static str> {
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    if SHELL.contains(&name) || begins(&["BASH", "LC_", "LD_"]) {
        return Some("a variable of the shell");
    }
    if LAVA.contains(&name) || begins(&["LAVA_"]) {
        return Some("a variable of LAVA's scripts");
    }
    JOB.contains(&name).then_some("a key of a LAVA job")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Store;

    #[test]
    fn names_that_somebody_else_has_are_known() {
        for name in ["GROUPS", "PRIORITY", "LAVA_JOB_ID", "BASH_ENV", "LC_ALL", "KMSG"] {
            assert!(owner(name).is_some(), "{name}");
        }
        for name in ["RT_PRIORITY", "GROUP_COUNT", "TIME", "THREADS", "ITERATIONS"] {
            assert_eq!(owner(name), None);
        }
    }

    #[test]
    fn a_definition_with_such_a_parameter_is_refused() {
        let text = Store::embedded().load("primes").unwrap().text.replace("THREADS", "PRIORITY");
        let error = crate::definition::Definition::read("a/primes.yaml", &text).unwrap_err().to_string();
        assert!(error.contains("`PRIORITY` is a key of a LAVA job"), "{error}");
    }
}
