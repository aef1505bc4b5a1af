//! Files that a configuration lets the shell write: `cat >FILE <<WORD` and the lines to WORD.

/// A statement that writes a file.
pub(super) struct Written<'a> {
    /// The word that names the file.
    pub(super) file: &'a str,
    /// The file's lines.
    body: &'a [&'a str],
    /// Whether the word behind `<<` has quotes: then the lines are what they look like.
    plain: bool,
}

impl<'a> Written<'a> {
    /// What `lines`, a statement with a `<<`, write; `None`: something else than `cat` does something else with them.
    pub(super) fn of(lines: &'a [&'a str]) -> Option<Self> {
        let (first, rest) = lines.split_first()?;
        let redirections = first.trim().strip_prefix("cat")?.trim_start();
        let (file, word) = match redirections.strip_prefix("<<") {
            Some(rest) => rest.split_once('>').map(|(word, file)| (file, word))?,
            None => redirections.strip_prefix('>')?.split_once("<<")?,
        };
        let (file, word) = (file.trim(), word.trim());
        let single = |text: &str| !text.is_empty() && !text.contains([' ', '\t', ';', '|', '&', '<', '>', '-']);
        let last = word.trim_matches(['"', '\'']);
        let (end, body) = rest.split_last()?;
        let named = !file.is_empty() && !file.contains([' ', ';', '|', '&', '<', '>']);
        (named && single(word) && *end == last).then_some(Self { file, body, plain: last != word })
    }

    /// The file's text; `variable` takes what stands behind a `$`, adds its value and gives the rest.
    pub(super) fn text<F>(&self, variable: F) -> Result<String, String>
    where
        F: for<'t> Fn(&'t str, &mut String) -> Result<&'t str, String>,
    {
        let joined = self.body.join("\n");
        if self.plain {
            return Ok(joined);
        }
        let (mut text, mut rest) = (String::new(), joined.as_str());
        while let Some(at) = rest.find(['$', '\\', '`']) {
            text.push_str(&rest[..at]);
            let (mark, after) = rest[at..].split_at(1);
            rest = match (mark, after.chars().next()) {
                ("`", _) => return Err("it runs a command".into()),
                ("$", _) => variable(after, &mut text)?,
                (_, Some('\n')) => &after[1..],
                (_, Some(next @ ('$' | '\\' | '`'))) => {
                    text.push(next);
                    &after[1..]
                }
                _ => {
                    text.push('\\');
                    after
                }
            };
        }
        text.push_str(rest);
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Result<(String, String), String>> {
        let lines: Vec<&str> = text.lines().collect();
        let written = Written::of(&lines)?;
        Some(written.text(in_brackets).map(|text| (written.file.to_string(), text)))
    }

    fn in_brackets<'t>(rest: &'t str, text: &mut String) -> Result<&'t str, String> {
        text.push_str(&format!("[{rest}]"));
        Ok("")
    }

    #[test]
    fn the_shells_rules_hold_for_the_lines() {
        let right = |file: &str, text: &str| Some(Ok((file.to_string(), text.to_string())));
        assert_eq!(read("cat >$F <<END\n[a]\nb='c'\nEND"), right("$F", "[a]\nb='c'"));
        assert_eq!(read("cat <<'END' > f\n$x \\$\nEND"), right("f", "$x \\$"));
        assert_eq!(read("cat > f <<END\n\\$x \\\\ \\n\\\ny\nEND"), right("f", "$x \\ \\ny"));
        assert_eq!(read("cat > f <<END\na$x\nEND"), right("f", "a[x]"));
        assert_eq!(read("cat > f <<END\n`date`\nEND"), Some(Err("it runs a command".into())));
        for other in
            ["cat >f <<END\nno end", "tee f <<END\nEND", "cat >>f <<END\nEND", "cat >f <<END | sh\nEND", "cat <<END"]
        {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
