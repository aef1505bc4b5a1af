//! A configuration's text -> variables, and everything that is unknown or not done. Nothing that the shell would run is run.

use super::{Facts, Reason, expand, expand::Names};
use std::collections::BTreeMap;

/// What a configuration needs to know.
pub trait Surroundings {
    /// What MMTests would find out about the machine.
    fn facts(&self) -> &Facts;
    /// The text of another configuration, by the name that `source` has for it, and the name to show.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn config(&self, name: &str) -> Result<(String, String), Reason>;
    /// What a file of /proc or /sys says.
    fn kernel_file(&self, path: &str) -> Option<String>;
    /// Whether there is a file of this absolute path.
    fn exists(&self, path: &str) -> bool;
}

/// The variables of a configuration.
#[derive(Debug)]
pub struct Config {
    pub(super) facts: Facts,
    /// Each one's value, or where it became unknown.
    pub(super) variables: BTreeMap<String, Result<String, String>>,
    /// The text of each file that the shell would write, or why it is unknown.
    pub(super) files: BTreeMap<String, Result<String, Reason>>,
    /// The words that name these files.
    pub(super) file_words: Vec<String>,
    /// Where it ends before its last line, and what it says then.
    pub ended: Option<String>,
    /// Why variables may be set that are not among these.
    pub(super) lost: Option<String>,
    /// What was not understood or is not done, in the order of reading.
    pub problems: Vec<Problem>,
}

/// What a report says about some lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of thing it is.
    pub kind: ProblemKind,
    /// The file and the line.
    pub at: String,
    /// The first line's text.
    pub text: String,
    /// Why, and what follows.
    pub reason: String,
}

/// What is reported about lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// What it may set is unknown.
    NotUnderstood,
    /// It changes no variable; what it does otherwise is not done.
    NotDone,
    /// A variable that nothing sets, which the shell takes for empty.
    NotSet,
}

impl Config {
    /// The value of a variable, if it has one that is known.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.variables.get(name)?.as_deref().ok()
    }

    /// All variables that it sets, with their values, or where they became unknown.
    pub fn variables(&self) -> impl Iterator<Item = (&str, Result<&str, &str>)> {
        self.variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_ref().map(String::as_str).map_err(String::as_str)))
    }

    /// The text of the file that the shell would write under this name.
    ///
    /// # Errors
    /// Why it is unknown.
    pub fn file(&self, name: &str) -> Result<&str, Reason> {
        match self.files.get(name) {
            Some(text) => text.as_deref().map_err(Clone::clone),
            None => Err(format!("`{name}` is not a file that the configuration writes").into()),
        }
    }

    /// The words, with variables, that name the files which the shell would write.
    pub(super) fn file_words(&self) -> &[String] {
        &self.file_words
    }

    /// What a word of the table is. A variable that nothing sets is an error.
    pub(super) fn expand(&self, text: &str) -> Result<String, Reason> {
        expand::word(text, self)
    }

    /// Why a variable is unknown though something may set it; `None`: it is known, or nothing sets it.
    pub(super) fn unknown(&self, name: &str) -> Option<&str> {
        match self.variables.get(name) {
            Some(value) => value.as_ref().err().map(String::as_str),
            None => self.lost.as_deref(),
        }
    }
}

impl Names for Config {
    fn variable(&self, name: &str) -> Result<String, Reason> {
        match (self.variables.get(name), &self.lost) {
            (Some(value), _) => value.clone().map_err(|root| Reason::of(name, &root)),
            (None, Some(root)) => Err(Reason::of(name, root)),
            (None, None) => self.facts.variable(name).unwrap_or_else(|| Err(format!("`{name}` is not set").into())),
        }
    }

    fn is_set(&self, name: &str) -> Result<bool, Reason> {
        Ok(self.variables.contains_key(name) && !self.variable(name)?.is_empty())
    }

    fn printed(&self, _: &str) -> Result<String, Reason> {
        Err("it runs a command".into())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A machine with four processors.
    pub(in super::super) struct Here {
        facts: Facts,
        configs: BTreeMap<&'static str, &'static str>,
    }

    impl Here {
        pub(in super::super) fn new(configs: &[(&'static str, &'static str)]) -> Self {
            let facts = Facts {
                cpus: 4,
                online: 4,
                threads_per_core: 1,
                caches: 1,
                nodes: 1,
                threads_of_a_core: None,
                cores_of_a_cache: Some([0, 1]),
                memory_bytes: Some(8 << 30),
                architecture: "x86_64".into(),
                user: Some("root".into()),
            };
            Self { facts, configs: configs.iter().copied().collect() }
        }
    }

    impl Surroundings for Here {
        fn facts(&self) -> &Facts {
            &self.facts
        }

        fn config(&self, name: &str) -> Result<(String, String), Reason> {
            let text = self.configs.get(name).ok_or("there is no such file")?;
            Ok((format!("tree/{name}"), (*text).into()))
        }

        fn kernel_file(&self, path: &str) -> Option<String> {
            (path == "/proc/sys/vm/dirty_ratio").then(|| "20\n".into())
        }

        fn exists(&self, path: &str) -> bool {
            path == "/there"
        }
    }

    fn read(text: &str) -> Config {
        Config::read("config", text, &Here::new(&[]))
    }

    fn ended(text: &str) -> Option<String> {
        read(text).ended
    }

    fn problems(text: &str) -> Vec<(ProblemKind, String, String)> {
        read(text).problems.into_iter().map(|p| (p.kind, p.at, p.reason)).collect()
    }

    fn not_understood(at: &str, reason: &str) -> (ProblemKind, String, String) {
        (ProblemKind::NotUnderstood, format!("config:{at}"), reason.into())
    }

    #[test]
    fn assignments_are_what_the_shell_makes_of_them() {
        let text = "# a comment = nothing\nexport MMTESTS=\"wis-pread \\\n  wis-open\"\nexport ROWS=$((1048576/8))\n\
                    export SIZE=$((ROWS/52)) # what fits\nA='$x'\"b $ROWS\"c\nexport MAX=$(((NUMCPUS/NUM_NODES)-1))\n\
                    export HALF=${MEMTOTAL_BYTES} EMPTY=\nB=1; B+=2\nunset ROWS\nexport MAX\n";
        let config = read(text);
        assert_eq!(config.problems, []);
        assert_eq!(config.value("MMTESTS"), Some("wis-pread   wis-open"));
        assert_eq!(config.value("SIZE"), Some("2520"));
        assert_eq!(config.value("A"), Some("$xb 131072c"));
        assert_eq!((config.value("MAX"), config.value("B"), config.value("ROWS")), (Some("3"), Some("12"), None));
        assert_eq!((config.value("HALF"), config.value("EMPTY")), (Some("8589934592"), Some("")));
    }

    #[test]
    fn conditions_are_followed() {
        let text = "A=300\nif [ $A -gt 250 ]; then\n\tA=250\nfi\n[ $NUM_LLCS -lt 4 ] && export B=$A\n\
                    [ $A -lt 4 ] && C=1\nif [[ `uname -m` =~ i.86 ]]; then C=2; elif [ \"`whoami`\" = root ]; then C=3; \
                    else C=4; fi\ncase $C in\n1|2) D=1;;\n3)\n D=2 ;;\n*) die no\nesac\n[ -e /there ] || A=0\n\
                    export R=`cat /proc/sys/vm/dirty_ratio`\nif ! false && true; then E=1; fi\n[ x = y ]\n\
                    if [ $? -eq 0 ]; then E=2; fi\nif [ $E = 1 ]; then unset F; fi\nL=$(cat <<X\n a $A\nX\n)\n";
        let config = read(text);
        assert_eq!(config.problems, []);
        let values = ["A", "B", "C", "D", "E", "R", "L"].map(|name| config.value(name));
        let expected = ["250", "250", "3", "2", "1", "20", " a 250"].map(Some);
        assert_eq!(values, expected);
    }

    #[test]
    fn what_is_not_understood_is_told_with_its_line() {
        let text = "export A=1\nif probe; then\n  if true; then A=2; fi\n  export A=3\nfi\nexport B=`date`\n\
                    export D=$((B+1))\nexport E=${A[1]}\nF=(1 2)\nprobe && G=1\ncat >$B <<END\n[a]\nEND\n\
                    cat >job-$$ <<END\n[a]\nsize=$((C+1))\nEND\nfor i in 1 2; do H=1; done\n";
        let expected = [
            not_understood("2-5", "the condition is unknown: `probe` is not executed; it may set A"),
            not_understood("6", "it runs `date`"),
            not_understood("7", "`B` is unknown (config:6: it runs `date`)"),
            not_understood("8", "`${A[1]}` is not understood"),
            not_understood("9", "lists of words are not understood"),
            not_understood("10", "the condition is unknown: `probe` is not executed; it may set G"),
            not_understood("11-13", "`B` is unknown (config:6: it runs `date`)"),
            (ProblemKind::NotSet, "config:14-17".into(), "`C` is not set: it is empty, as in the shell".into()),
            not_understood("18", "loops are not followed; it may set H, i"),
        ];
        assert_eq!(problems(text), expected);
        let config = read(text);
        for name in ["A", "B", "D", "E", "F", "G", "H", "i"] {
            assert!(config.value(name).is_none() && config.unknown(name).is_some(), "{name}");
        }
        assert_eq!(config.file("job-$$"), Ok("[a]\nsize=1"));
        assert!(
            config.file("job").is_err_and(|why| why.to_string() == "`job` is not a file that the configuration writes")
        );
    }

    #[test]
    fn what_is_not_done_is_told() {
        let text = "cpupower frequency-set -g performance\ndisable_transhuge\necho always >/sys/kernel/x\nA=$MEMTOTAL_BYTES\n\
                    limit_memory $((16*1073741824))\nlimit_memory 1000\nB=$MEMTOTAL_BYTES\n. $SHELLPACK_INCLUDE/include-sizes.sh\n\
                    get_numa_details\nhook() {\n\tC=1\n}\nexport -f hook\n";
        let config = read(text);
        let told: Vec<(ProblemKind, &str)> = config.problems.iter().map(|p| (p.kind, p.at.as_str())).collect();
        let expected = [
            (ProblemKind::NotDone, "config:1"),
            (ProblemKind::NotDone, "config:2"),
            (ProblemKind::NotDone, "config:3"),
            (ProblemKind::NotDone, "config:6"),
            (ProblemKind::NotUnderstood, "config:7"),
            (ProblemKind::NotDone, "config:10-12"),
        ];
        assert_eq!(told, expected);
        assert_eq!((config.value("A"), config.value("B"), config.value("C")), (Some("8589934592"), None, None));
        assert_eq!(
            problems("hook() { C=1; }\nhook\n")[1],
            not_understood("2", "functions are not followed; it may set C")
        );
    }

    #[test]
    fn another_configuration_is_followed() {
        let here = Here::new(&[("configs/base", "A=1\nB=`x`\nsource configs/base\n")]);
        let config = Config::read("config", "source configs/base\nA=\"$A 2\"\n. ./gone\nC=$D\n", &here);
        assert_eq!(config.value("A"), Some("1 2"));
        let told: Vec<String> = config.problems.iter().map(|p| format!("{}: {}", p.at, p.reason)).collect();
        assert_eq!(told[0], "tree/configs/base:2: it runs `x`");
        assert!(told.iter().any(|text| text.contains("too many files in each other")), "{told:?}");
        assert!(told.iter().any(|text| text == "config:3: there is no such file; it may set any variable"), "{told:?}");
        assert!(config.unknown("D").is_some() && config.value("C").is_none());
    }

    #[test]
    fn it_may_end() {
        let text = "A=1\nif [ $NUM_NODES -eq 1 ]; then\n echo Not on one node\n exit $SHELLPACK_SUCCESS\nfi\nA=2\n";
        assert_eq!(ended(text).as_deref(), Some("config:4: the configuration ends: Not on one node"));
        assert_eq!(read(text).value("A"), Some("1"));
        assert_eq!(ended("die \"no $NUM_NODES\"\n").as_deref(), Some("config:1: the configuration ends: no 1"));
        assert_eq!(ended("exit -1\n").as_deref(), Some("config:1: the configuration ends"));
        let text = ended("if probe; then exit; fi\n");
        assert_eq!(
            text.as_deref(),
            Some("config:1: the configuration may end: the condition is unknown: `probe` is not executed")
        );
        assert_eq!(ended("f() { exit; }\n"), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "([a-z$(){}\"'`;&|<>=\\\\\n #]|if |then |fi|case |in |esac|[(][(]|<<E\n|E\n|A=|[$]A){0,60}") {
            read(&text);
        }
    }

    #[test]
    fn a_file_that_was_cut_is_no_panic() {
        let text =
            "export MMTESTS=\"a\nif x\n<<\n<<E\nexport =\nexport A=$((\nexport B=${C\nexport \u{e9}=\u{e9} $\u{e9}\n}";
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            read(&text[..end]);
            read(&text[end..]);
        }
        let many: String = (0..20).map(|i| format!("f{i}() {{ f{}; f{0}; f{0}; f{0}; }}\n", i + 1)).collect();
        assert!(ended(&format!("{many}f0\n")).is_some_and(|why| why.contains("too many commands")));
        let deep: String = (0..999).map(|i| format!("f{i}() {{ f{}; }}\n", i + 1)).collect();
        assert!(ended(&format!("{deep}f0\n")).is_some_and(|why| why.contains("too many commands")));
        let long: String = "A=$A$A\n".repeat(60);
        assert!(read(&format!("A=1\n{long}")).unknown("A").is_some_and(|why| why.contains("its text is too long")));
        let reason = "a quote is not closed; the shell stops here, too";
        assert_eq!(problems("A=1\nexport A=\"x\nexport B=1\n"), [not_understood("2", reason)]);
        assert!(read("A=\"x\n").unknown("MMTESTS").is_some());
        assert_eq!(read("export A=1; rm -rf x\n").value("A"), Some("1"));
    }
}
