//! The shell's tokens -> commands.

use super::{
    Command, Entry, Joint, List, Pipeline, Redirection, Script, Simple, SyntaxError,
    lexer::{Kind, Token, tokens},
};

/// How deep commands may be in each other: a damaged file must not use up the stack.
const DEEPEST: usize = 30;

/// Reads a text, as far as it is shell.
pub(crate) fn parse(text: &str) -> Script {
    let mut parser = Parser { tokens: tokens(text), at: 0, depth: 0 };
    let mut script = Script::default();
    loop {
        parser.blanks();
        if parser.at == parser.tokens.len() {
            return script;
        }
        let line = parser.line();
        match parser.entry() {
            Ok(entry) => script.list.push(entry),
            Err(reason) => {
                script.broken = Some((line, reason));
                return script;
            }
        }
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn kind(&self) -> Option<&Kind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    fn line(&self) -> usize {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |token| token.line)
    }

    fn word(&self) -> Option<&str> {
        match self.kind()? {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// Takes a word or an operator that has this text.
    fn take(&mut self, text: &str) -> bool {
        let found = matches!(self.kind(), Some(Kind::Word(found) | Kind::Operator(found)) if found == text);
        self.at += usize::from(found);
        found
    }

    fn wants(&mut self, text: &str) -> Result<(), SyntaxError> {
        if self.take(text) { Ok(()) } else { Err(self.unexpected(&format!(", where `{text}` is missing"))) }
    }

    fn unexpected(&self, more: &str) -> SyntaxError {
        let what = match self.kind() {
            Some(Kind::Broken(reason)) => return reason.clone(),
            Some(Kind::Word(text) | Kind::Operator(text)) => format!("`{text}` is not understood{more}"),
            Some(Kind::Here(_)) => format!("`<<` is not understood{more}"),
            Some(Kind::Newline) => format!("the end of line {} is not understood{more}", self.line()),
            None => format!("the end of the file is not understood{more}"),
        };
        what.into()
    }

    fn newlines(&mut self) {
        while matches!(self.kind(), Some(Kind::Newline)) {
            self.at += 1;
        }
    }

    fn blanks(&mut self) {
        while matches!(self.kind(), Some(Kind::Newline)) || self.take(";") {
            self.newlines();
        }
    }

    /// Commands to one of these words, which is left.
    fn list(&mut self, ends: &[&str]) -> Result<List, SyntaxError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("it has too many commands in each other".into());
        }
        let mut list = List::new();
        loop {
            self.newlines();
            let ended =
                |kind: &Kind| matches!(kind, Kind::Word(text) | Kind::Operator(text) if ends.contains(&text.as_str()));
            match self.kind() {
                None => return Err(format!("`{}` is missing", ends.join("` or `")).into()),
                Some(kind) if ended(kind) => break,
                Some(_) => list.push(self.entry()?),
            }
        }
        self.depth -= 1;
        Ok(list)
    }

    fn entry(&mut self) -> Result<Entry, SyntaxError> {
        let (start, from) = (self.line(), self.at);
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            let joint = if self.take("&&") {
                Joint::And
            } else if self.take("||") {
                Joint::Or
            } else {
                break;
            };
            self.newlines();
            rest.push((joint, self.pipeline()?));
        }
        let end = self.tokens[from..self.at].iter().map(last_line).max().unwrap_or(start);
        let background = self.take("&");
        let ended = background || self.take(";") || self.kind().is_none_or(|kind| *kind == Kind::Newline);
        let closes = matches!(self.kind(), Some(Kind::Operator(text)) if text == ")" || text == ";;");
        if ended || closes {
            Ok(Entry { lines: (start, end), first, rest, background })
        } else {
            Err(self.unexpected(""))
        }
    }

    fn pipeline(&mut self) -> Result<Pipeline, SyntaxError> {
        let negated = self.take("!");
        let mut commands = vec![self.command()?];
        while self.take("|") || self.take("|&") {
            self.newlines();
            commands.push(self.command()?);
        }
        Ok(Pipeline { negated, commands })
    }

    fn command(&mut self) -> Result<Command, SyntaxError> {
        let command = match self.word() {
            Some("if") => self.condition()?,
            Some("case") => self.case()?,
            Some("for" | "while" | "until") => self.repeated()?,
            Some("[[") => self.test()?,
            Some("{") => self.group("}")?,
            Some("function") => {
                self.at += 1;
                self.function()?
            }
            Some(_) if self.tokens.get(self.at + 1).is_some_and(|token| token.kind == Kind::Operator("(".into())) => {
                self.function()?
            }
            None if matches!(self.kind(), Some(Kind::Operator(text)) if text == "(") => self.group(")")?,
            _ => return self.simple(),
        };
        // What a compound command's redirections do is nothing to its variables.
        self.redirections()?;
        Ok(command)
    }

    fn group(&mut self, end: &str) -> Result<Command, SyntaxError> {
        self.at += 1;
        let body = self.list(&[end])?;
        self.at += 1;
        Ok(Command::Group(body))
    }

    fn condition(&mut self) -> Result<Command, SyntaxError> {
        let mut branches = Vec::new();
        let mut otherwise = List::new();
        while self.take("if") || self.take("elif") {
            let condition = self.list(&["then"])?;
            self.wants("then")?;
            branches.push((condition, self.list(&["elif", "else", "fi"])?));
        }
        if self.take("else") {
            otherwise = self.list(&["fi"])?;
        }
        self.wants("fi")?;
        Ok(Command::If { branches, otherwise })
    }

    fn case(&mut self) -> Result<Command, SyntaxError> {
        self.at += 1;
        let word = self.word().map(Into::into).ok_or_else(|| self.unexpected(""))?;
        self.at += 1;
        self.newlines();
        self.wants("in")?;
        let mut arms = Vec::new();
        loop {
            self.newlines();
            if self.take("esac") {
                return Ok(Command::Case { word, arms });
            }
            self.take("(");
            let mut patterns = Vec::new();
            loop {
                patterns.push(self.word().map(Into::into).ok_or_else(|| self.unexpected(""))?);
                self.at += 1;
                if !self.take("|") {
                    break;
                }
            }
            self.wants(")")?;
            let body = self.list(&[";;", "esac"])?;
            self.take(";;");
            arms.push((patterns, body));
        }
    }

    fn repeated(&mut self) -> Result<Command, SyntaxError> {
        let each = self.take("for");
        let variable = if each { self.word().map(Into::into) } else { None };
        if each {
            while !matches!(self.kind(), None | Some(Kind::Newline | Kind::Broken(_))) && self.word() != Some("do") {
                self.at += 1;
            }
            self.blanks();
        }
        let mut body = if each {
            List::new()
        } else {
            self.at += 1;
            self.list(&["do"])?
        };
        self.wants("do")?;
        body.extend(self.list(&["done"])?);
        self.wants("done")?;
        Ok(Command::Loop { variable, body })
    }

    fn test(&mut self) -> Result<Command, SyntaxError> {
        self.at += 1;
        let mut words = Vec::new();
        while !self.take("]]") {
            match self.kind() {
                Some(Kind::Word(text) | Kind::Operator(text)) => words.push(text.clone()),
                _ => return Err("`]]` is missing".into()),
            }
            self.at += 1;
        }
        Ok(Command::Test(words))
    }

    fn function(&mut self) -> Result<Command, SyntaxError> {
        let name: String = self.word().map(Into::into).ok_or_else(|| self.unexpected(""))?;
        self.at += 1;
        if self.take("(") {
            self.wants(")")?;
        }
        self.newlines();
        if self.word() != Some("{") {
            return Err(self.unexpected(", where the `{` of a function is missing"));
        }
        match self.group("}")? {
            Command::Group(body) => Ok(Command::Function { name, body }),
            other => Ok(other),
        }
    }

    fn simple(&mut self) -> Result<Command, SyntaxError> {
        let mut simple = Simple { words: Vec::new(), redirections: self.redirections()? };
        while let Some(word) = self.word() {
            simple.words.push(word.into());
            self.at += 1;
            simple.redirections.extend(self.redirections()?);
        }
        let nothing = simple.words.is_empty() && simple.redirections.is_empty();
        let closing = ["then", "do", "done", "fi", "elif", "else", "esac", "}", "in"];
        match simple.words.first() {
            _ if nothing || matches!(self.kind(), Some(Kind::Broken(_))) => Err(self.unexpected("")),
            Some(word) if closing.contains(&word.as_str()) => Err(format!("`{word}` is not understood").into()),
            _ => Ok(Command::Simple(simple)),
        }
    }

    fn redirections(&mut self) -> Result<Vec<Redirection>, SyntaxError> {
        let mut found = Vec::new();
        loop {
            match self.kind() {
                Some(Kind::Here(here)) => found.push(Redirection::Here(here.clone())),
                Some(Kind::Operator(operator)) if operator.contains(['<', '>']) => {
                    let operator = operator.clone();
                    self.at += 1;
                    let word = self.word().map(Into::into).ok_or_else(|| self.unexpected(""))?;
                    found.push(Redirection::File(operator, word));
                }
                _ => return Ok(found),
            }
            self.at += 1;
        }
    }
}

fn last_line(token: &Token) -> usize {
    token.line
        + match &token.kind {
            Kind::Word(word) => word.matches('\n').count(),
            Kind::Here(here) => here.text.lines().count() + 1,
            _ => 0,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str) -> Option<(usize, String)> {
        parse(text).broken.map(|(line, reason)| (line, reason.to_string()))
    }

    #[test]
    fn compound_commands_are_read() {
        let script = parse("if [ a ] && b; then\n c\nelif d; then e; else\nf; fi\n[ x ] && export A=1\n");
        assert!(script.broken.is_none());
        assert_eq!(script.list.len(), 2);
        assert_eq!((script.list[0].lines, script.list[1].lines), ((1, 4), (5, 5)));
        let Command::If { branches, otherwise } = &script.list[0].first.commands[0] else { panic!("{script:?}") };
        assert_eq!((branches.len(), otherwise.len(), branches[0].0[0].rest.len()), (2, 1, 1));
        let script = parse(
            "case $A in\n(x|y)\n a;;\n*) b\nesac\nf-g () {\n local x\n}\nwhile a; do b; done >f\nfor i in 1 2; do c; done\n",
        );
        assert!(script.broken.is_none(), "{:?}", script.broken);
        let Command::Case { arms, .. } = &script.list[0].first.commands[0] else { panic!("{script:?}") };
        assert_eq!((arms[0].0.as_slice(), arms.len()), (&["x".to_string(), "y".to_string()][..], 2));
        assert!(matches!(&script.list[1].first.commands[0], Command::Function { name, .. } if name == "f-g"));
        assert!(matches!(&script.list[3].first.commands[0], Command::Loop { variable: Some(name), .. } if name == "i"));
        let script = parse("[[ `uname -m` =~ i.86 ]] || x\n! grep -q a <f | b 2>/dev/null &\n");
        assert!(script.broken.is_none() && script.list[1].background && script.list[1].first.negated);
    }

    #[test]
    fn what_is_no_shell_is_told_with_its_line() {
        assert_eq!(broken("a\nif b; then\nc\n"), Some((2, "`elif` or `else` or `fi` is missing".into())));
        assert_eq!(broken("a\nfi\n"), Some((2, "`fi` is not understood".into())));
        assert_eq!(broken("A=1; B=\"\n"), Some((1, "a quote is not closed".into())));
        assert_eq!(broken("a )\n"), Some((1, "`)` is not understood".into())));
        assert_eq!(broken("cat <<E\n"), Some((1, "the text up to `E` does not end".into())));
        for text in
            ["case", "case x in", "case x in y", "f()", "{", "((", "[[ a", "a &&", "| a", "for", "for i", "while", "! "]
        {
            assert!(broken(text).is_some(), "{text}");
        }
        assert!(broken(&"{ ".repeat(10_000)).is_some() && broken(&"if ".repeat(10_000)).is_some());
    }
}
