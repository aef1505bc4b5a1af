//! The shell's words -> what it makes of them: quotes, variables, arithmetic. Commands are left to who knows of them.

use super::{Reason, arithmetic};

/// What a word may ask for.
pub(super) trait Names {
    /// The value of a variable; one that is not set is an error or the empty text, as who answers sees it.
    fn variable(&self, name: &str) -> Result<String, Reason>;
    /// Whether a variable is set, and not to the empty text.
    fn is_set(&self, name: &str) -> Result<bool, Reason>;
    /// What a command prints.
    fn printed(&self, command: &str) -> Result<String, Reason>;
}

/// How deep expansions may be in each other, and how long a text may become: a damaged file must use up neither the stack
/// nor the memory.
const DEEPEST: usize = 30;
const LONGEST: usize = 1 << 16;

/// What stands around the part of a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Nothing,
    Quotes,
    /// The lines of a file.
    Lines,
}

/// What the shell makes of a word.
pub(super) fn word(text: &str, names: &dyn Names) -> Result<String, Reason> {
    word_in(text, names, 0)
}

fn word_in(text: &str, names: &dyn Names, depth: usize) -> Result<String, Reason> {
    let (mut value, mut rest, mut quoted) = (String::new(), text, false);
    while let Some(next) = rest.chars().next() {
        let after = &rest[next.len_utf8()..];
        rest = match next {
            '"' => {
                quoted = !quoted;
                after
            }
            '\'' if !quoted => {
                let (inner, after) = after.split_once('\'').ok_or("a quote is not closed")?;
                value.push_str(inner);
                after
            }
            '~' if !quoted && rest.len() == text.len() => {
                return Err("`~` is unknown here".into());
            }
            _ => {
                let within = if quoted { Within::Quotes } else { Within::Nothing };
                Special { within, names, depth }.add(next, after, &mut value)?
            }
        };
    }
    if quoted { Err("a quote is not closed".into()) } else { Ok(value) }
}

/// What the shell makes of the lines after `<<`.
pub(super) fn lines(text: &str, names: &dyn Names) -> Result<String, Reason> {
    lines_in(text, names, 0)
}

fn lines_in(text: &str, names: &dyn Names, depth: usize) -> Result<String, Reason> {
    let special = Special { within: Within::Lines, names, depth };
    let (mut value, mut rest) = (String::new(), text);
    while let Some(next) = rest.chars().next() {
        rest = special.add(next, &rest[next.len_utf8()..], &mut value)?;
    }
    Ok(value)
}

/// The words that a word becomes: without quotes, what a variable holds is split at blanks, and an empty result gives no word.
pub(super) fn fields(text: &str, names: &dyn Names) -> Result<Vec<String>, Reason> {
    let value = word(text, names)?;
    if text.contains(['"', '\'', '\\']) || !text.contains(['$', '`']) {
        return Ok(vec![value]);
    }
    Ok(value.split_whitespace().map(Into::into).collect())
}

/// The characters that may stand for something else.
struct Special<'a> {
    within: Within,
    names: &'a dyn Names,
    depth: usize,
}

impl Special<'_> {
    /// Adds what `next` and what follows stand for; the rest of the text.
    fn add<'t>(&self, next: char, after: &'t str, value: &mut String) -> Result<&'t str, Reason> {
        match next {
            '$' => {
                if self.depth > DEEPEST {
                    return Err("it nests too many expansions".into());
                }
                let rest = self.dollar(after, value)?;
                if value.len() > LONGEST { Err("its text is too long".into()) } else { Ok(rest) }
            }
            '`' => {
                let (command, after) = after.split_once('`').ok_or("a quote is not closed")?;
                value.push_str(self.names.printed(command)?.trim_end_matches('\n'));
                Ok(after)
            }
            '\\' => Ok(self.backslash(after, value)),
            _ => {
                value.push(next);
                Ok(after)
            }
        }
    }

    fn backslash<'t>(&self, after: &'t str, value: &mut String) -> &'t str {
        let following = after.chars().next();
        let (character, rest) = after.split_at(following.map_or(0, char::len_utf8));
        match (self.within, following) {
            (_, Some('\n')) => rest,
            (Within::Nothing, _) | (_, Some('$' | '`' | '\\')) | (Within::Quotes, Some('"')) => {
                value.push_str(character);
                rest
            }
            _ => {
                value.push('\\');
                after
            }
        }
    }

    /// Adds what stands after a `$`; the rest of the text.
    fn dollar<'t>(&self, text: &'t str, value: &mut String) -> Result<&'t str, Reason> {
        if let Some(inner) = text.strip_prefix("((") {
            let end = closing(inner, '(', ')').filter(|end| inner[end + 1..].starts_with(')'));
            let end = end.ok_or("`$((` is not closed")?;
            let expression = lines_in(&inner[..end], self.names, self.depth + 1)?;
            value.push_str(&arithmetic::evaluate(&expression, &|name| self.names.variable(name))?.to_string());
            return Ok(&inner[end + 2..]);
        }
        if let Some(inner) = text.strip_prefix('(') {
            let end = closing(inner, '(', ')').ok_or("`$(` is not closed")?;
            value.push_str(self.names.printed(&inner[..end])?.trim_end_matches('\n'));
            return Ok(&inner[end + 1..]);
        }
        if let Some(inner) = text.strip_prefix('{') {
            let end = closing(inner, '{', '}').ok_or("a brace is not closed")?;
            value.push_str(&self.braced(&inner[..end])?);
            return Ok(&inner[end + 1..]);
        }
        // The number of the shell's process: there is no process, and any number does, if it is the same everywhere.
        if let Some(after) = text.strip_prefix('$') {
            value.push_str("$$");
            return Ok(after);
        }
        let end = match text.chars().next() {
            Some(single) if single.is_ascii_digit() || "?#*@!-".contains(single) => 1,
            _ => name_end(text),
        };
        match &text[..end] {
            "" => value.push('$'),
            name => value.push_str(&self.names.variable(name)?),
        }
        Ok(&text[end..])
    }

    /// What `${...}` is.
    fn braced(&self, inner: &str) -> Result<String, Reason> {
        let (name, operation) = inner.split_at(name_end(inner));
        let otherwise = || Reason::from(format!("`${{{inner}}}` is not understood"));
        let word = |text: &str| word_in(text, self.names, self.depth + 1);
        match (name, operation, operation.strip_prefix(":-"), operation.strip_prefix(":+")) {
            ("", ..) => Err(otherwise()),
            (_, "", ..) => self.names.variable(name),
            (_, _, Some(_), _) if self.names.is_set(name)? => self.names.variable(name),
            (_, _, Some(text), _) => word(text),
            (_, _, _, Some(text)) if self.names.is_set(name)? => word(text),
            (_, _, _, Some(_)) => Ok(String::new()),
            _ => Err(otherwise()),
        }
    }
}

fn name_end(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
}

/// Where the parenthesis or brace is closed that is open before `text`.
fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, next) in text.char_indices() {
        match quote {
            Some(end) if next == end => quote = None,
            Some(_) => {}
            None if next == '"' || next == '\'' => quote = Some(next),
            None if next == open => depth += 1,
            None if next == close && depth == 0 => return Some(at),
            None if next == close => depth -= 1,
            None => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl Names for Fixed {
        fn variable(&self, name: &str) -> Result<String, Reason> {
            match name {
                "A" => Ok("a b".into()),
                "N" => Ok("3".into()),
                "E" => Ok(String::new()),
                _ => Err(Reason::of(name, "line 1: it is not there")),
            }
        }

        fn is_set(&self, name: &str) -> Result<bool, Reason> {
            Ok(["A", "N"].contains(&name))
        }

        fn printed(&self, command: &str) -> Result<String, Reason> {
            Ok(format!("<{command}>\n\n"))
        }
    }

    #[test]
    fn words_are_the_shells() {
        let right = [
            ("x\"$A\"'$A'", "xa b$A"),
            ("${A}s$((N*(2+1)))", "a bs9"),
            ("$(((N-1)/2))$N", "13"),
            ("a\\ b\\\nc", "a bc"),
            ("\"\\$A \\x \\\"\"", "$A \\x \""),
            ("`uname -m`x$(id (1) \")\")", "<uname -m>x<id (1) \")\">"),
            ("${E:-$N}${A:-x}${A:+y}${E:+z}", "3a by"),
            ("/tmp/$$ $", "/tmp/$$ $"),
            ("a~b", "a~b"),
        ];
        for (text, expected) in right {
            assert_eq!(word(text, &Fixed), Ok(expected.into()), "{text}");
        }
        assert_eq!(lines("'$N' \\$N \\n \\\n\"", &Fixed), Ok("'3' $N \\n \"".into()));
        assert_eq!(fields("$A", &Fixed), Ok(vec!["a".into(), "b".into()]));
        assert_eq!((fields("$E", &Fixed), fields("\"$E\"", &Fixed)), (Ok(vec![]), Ok(vec![String::new()])));
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        let wrong = [
            ("$X", "`X` is unknown (line 1: it is not there)"),
            ("$((X+1))", "`X` is unknown (line 1: it is not there)"),
            ("${A[0]}", "`${A[0]}` is not understood"),
            ("${A%b}", "`${A%b}` is not understood"),
            ("${", "a brace is not closed"),
            ("$((1", "`$((` is not closed"),
            ("~/x", "`~` is unknown here"),
            ("\"", "a quote is not closed"),
            (&format!("{}1{}", "$((".repeat(90), "))".repeat(90)), "it nests too many expansions"),
            (&format!("{}1{}", "${E:-".repeat(90), "}".repeat(90)), "it nests too many expansions"),
            (&"${A}".repeat(1 << 19), "its text is too long"),
        ];
        for (text, reason) in wrong {
            assert_eq!(word(text, &Fixed).map_err(|error| error.to_string()), Err(reason.into()), "{text}");
        }
    }
}
