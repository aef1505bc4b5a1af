//! Simple commands: assignments, what the shell has by itself, and the few programs whose answer is known without them.

use super::{
    Reason, condition, expand,
    expand::Names,
    reader::{Reader, Status},
    shell::{self, Command, Entry, Redirection, Simple},
    variables::ProblemKind,
};

/// Functions of MMTests, and the variables that they set.
const FUNCTIONS: [(&str, &[&str]); 6] = [
    ("get_numa_details", &["MMTESTS_NODE_SIZE", "MMTESTS_NODE_ID_BY_SIZE"]),
    ("getpagesize", &["PAGESIZE"]),
    ("getwordsize", &["WORDSIZE"]),
    ("gethugepagesize", &["HUGE_PAGESIZE"]),
    ("getmemtotals", &["MEMTOTAL_PAGES", "MEMTOTAL_HUGEPAGES", "PAGESIZE", "HUGE_PAGESIZE"]),
    ("get_dirtiable_fraction", &["DIRTY_RATIO_PPM"]),
];

impl Reader<'_> {
    pub(super) fn simple(&mut self, simple: &Simple) -> Status {
        let count = simple.words.iter().take_while(|word| assignment(word).is_some()).count();
        let (before, words) = simple.words.split_at(count);
        let Some((name, arguments)) = words.split_first() else {
            before.iter().for_each(|word| self.assign(word));
            return Ok(true);
        };
        match name.as_str() {
            "export" | "declare" | "typeset" | "readonly" | "local" => self.declare(arguments),
            "unset" => self.forget(arguments),
            "source" | "." => self.source(arguments),
            "[" | "test" => self.bracket(name, arguments),
            "true" | ":" => Ok(true),
            "false" => Ok(false),
            "exit" | "die" | "return" => {
                let said = self.texts(arguments).map(|words| words.join(" ")).unwrap_or_default();
                let said = if name == "die" { said } else { self.said.clone() };
                self.end(&said);
                Ok(name != "die")
            }
            "cat" if arguments.is_empty() => self.cat(&simple.redirections),
            "echo" | "printf" if simple.redirections.is_empty() => {
                self.said = self.texts(arguments).map(|words| words.join(" ")).unwrap_or_default();
                Ok(true)
            }
            "limit_memory" => self.limit_memory(arguments),
            _ => self.other(name),
        }
    }

    fn texts(&self, words: &[String]) -> Result<Vec<String>, Reason> {
        let mut texts = Vec::new();
        for word in words {
            texts.extend(expand::fields(word, self)?);
        }
        Ok(texts)
    }

    fn assign(&mut self, word: &str) {
        let Some((name, more, text)) = assignment(word) else { return };
        let value = match text.strip_prefix('(') {
            Some(_) => Err("lists of words are not understood".into()),
            None => expand::word(text, self),
        };
        let before = if more && self.is_set(name).unwrap_or(true) { self.variable(name) } else { Ok(String::new()) };
        self.set(name, before.and_then(|before| Ok(before + &value?)));
    }

    fn declare(&mut self, arguments: &[String]) -> Status {
        let array = arguments.iter().any(|word| word.starts_with('-') && word.contains(['a', 'A']));
        for word in arguments.iter().filter(|word| !word.starts_with('-')) {
            match assignment(word) {
                Some((name, ..)) if array => self.set(name, Err("lists of words are not understood".into())),
                Some(_) => self.assign(word),
                // A name alone is known to others from here on, and keeps its value.
                None if word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)) => {}
                None => self.tell(ProblemKind::NotUnderstood, &format!("`{word}` is not an assignment")),
            }
        }
        Ok(true)
    }

    fn forget(&mut self, arguments: &[String]) -> Status {
        arguments.iter().filter(|word| !word.starts_with('-')).for_each(|name| self.unset(name));
        Ok(true)
    }

    fn source(&mut self, arguments: &[String]) -> Status {
        let word = arguments.first().map_or("", String::as_str).replace(['"', '{', '}'], "");
        // These files of MMTests define functions, and set nothing by themselves.
        if ["$SHELLPACK_INCLUDE/include-sizes.sh", "$SCRIPTDIR/shellpacks/include-sizes.sh"].contains(&word.as_str()) {
            return Ok(true);
        }
        match arguments.first().map(|word| expand::word(word, self)) {
            Some(Ok(name)) if !name.is_empty() => self.follow(&name),
            Some(Err(reason)) => {
                let reason = format!("{reason}; it may set any variable");
                self.config.lost.get_or_insert(format!("{}: {reason}", self.at()));
                self.tell(ProblemKind::NotUnderstood, &reason);
                Err(reason.into())
            }
            _ => {
                self.tell(ProblemKind::NotUnderstood, "it names no file");
                Ok(false)
            }
        }
    }

    fn bracket(&mut self, name: &str, arguments: &[String]) -> Status {
        let words = match (name, arguments.split_last()) {
            ("[", Some((last, words))) if last == "]" => words,
            ("[", _) => return Err("`]` is missing".into()),
            _ => arguments,
        };
        condition::single(&self.texts(words)?, &|path| Ok(self.around.exists(path)))
    }

    /// `cat >FILE <<WORD`: the text of a file.
    fn cat(&mut self, redirections: &[Redirection]) -> Status {
        let (word, here) = match redirections {
            [Redirection::File(operator, word), Redirection::Here(here)]
            | [Redirection::Here(here), Redirection::File(operator, word)]
                if operator == ">" =>
            {
                (word, here)
            }
            _ => return self.other("cat"),
        };
        let text = if here.plain { Ok(here.text.clone()) } else { expand::lines(&here.text, self) };
        let name = expand::word(word, self);
        if let Some(reason) = name.as_ref().err().or(text.as_ref().err()) {
            self.tell(ProblemKind::NotUnderstood, &reason.to_string());
        }
        if let Ok(name) = name {
            self.write(word, name, text);
        }
        Ok(true)
    }

    /// MMTests switches memory off where there is more.
    fn limit_memory(&mut self, arguments: &[String]) -> Status {
        let limit = arguments.first().ok_or_else(|| Reason::from("no limit")).and_then(|word| expand::word(word, self));
        let limit =
            limit.and_then(|text| text.parse::<u64>().map_err(|_| Reason::from(format!("`{text}` is not a number"))));
        match (limit, self.config.facts.memory_bytes) {
            (Ok(limit), Some(memory)) if memory <= limit => {}
            (Ok(limit), _) => {
                self.tell(
                    ProblemKind::NotDone,
                    &format!("memory is not switched off; boot with mem={}M instead", limit >> 20),
                );
                let root = Reason::from(format!("memory is limited to {limit} bytes"));
                self.config.variables.insert("MEMTOTAL_BYTES".into(), Err(root.root(&self.at())));
            }
            (Err(reason), _) => self.set("MEMTOTAL_BYTES", Err(reason)),
        }
        Ok(true)
    }

    fn other(&mut self, name: &str) -> Status {
        if let Some((_, names)) = FUNCTIONS.iter().find(|(known, _)| *known == name) {
            let root = format!("{}: `{name}` is not called", self.at());
            names.iter().for_each(|name| drop(self.config.variables.insert((*name).into(), Err(root.clone()))));
            return Ok(true);
        }
        // Taken out: a function may call itself.
        if let Some(body) = self.functions.remove(name) {
            self.in_doubt("functions are not followed", |reader| reader.list(&body));
            self.functions.insert(name.into(), body);
        } else {
            self.tell(ProblemKind::NotDone, "commands are not executed");
        }
        Err(format!("`{name}` is not executed").into())
    }

    /// What a command prints, where that is known without it.
    pub(super) fn output(&self, command: &str) -> Result<String, Reason> {
        let script = shell::parse(command);
        let runs = || Reason::from(format!("it runs `{}`", command.trim()));
        let [Entry { first, rest, .. }] = script.list.as_slice() else { return Err(runs()) };
        let [Command::Simple(simple)] = first.commands.as_slice() else { return Err(runs()) };
        if script.broken.is_some() || !rest.is_empty() {
            return Err(runs());
        }
        let words = self.texts(&simple.words)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match (words.as_slice(), simple.redirections.as_slice()) {
            (["cat"], [Redirection::Here(here)]) if here.plain => Ok(here.text.clone()),
            (["cat"], [Redirection::Here(here)]) => expand::lines(&here.text, self),
            (["uname", "-m"], []) => Ok(self.config.facts.architecture.clone()),
            (["whoami"], []) => self.config.facts.user.clone().ok_or_else(runs),
            (["echo", texts @ ..], []) if !texts.iter().any(|text| text.starts_with('-')) => Ok(texts.join(" ")),
            (["cat", path], []) if path.starts_with("/proc/") || path.starts_with("/sys/") => {
                self.around.kernel_file(path).ok_or_else(|| format!("{path} cannot be read").into())
            }
            _ => Err(runs()),
        }
    }
}

/// `NAME=value` or `NAME+=value` -> the name, whether it is added, and the value.
fn assignment(word: &str) -> Option<(&str, bool, &str)> {
    let (name, value) = word.split_once('=')?;
    let (name, more) = name.strip_suffix('+').map_or((name, false), |name| (name, true));
    let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (letters && !name.is_empty() && !name.as_bytes()[0].is_ascii_digit()).then_some((name, more, value))
}
