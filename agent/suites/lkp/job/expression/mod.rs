//! The expressions of a job: the part of Ruby that job files use in `{{ }}` and in lines of ERB -> values. Nothing is
//! executed, and nothing is assigned.

mod operators;
mod token;

use super::{
    error::ExpressionError,
    node::{Map, Node},
};
use operators::{add, compare, method, multiply, same};
use token::{Token, foreign, tokens};

/// How deep an expression may be nested.
const DEEPEST: usize = 40;

/// Where names get their values.
pub(super) trait Names {
    /// The value of a name; `None`: it is not set.
    fn get(&self, name: &str) -> Option<Node>;
    /// The job itself.
    fn job(&self) -> Map;
}

impl Names for Map {
    fn get(&self, name: &str) -> Option<Node> {
        Self::get(self, name).cloned()
    }

    fn job(&self) -> Map {
        self.clone()
    }
}

/// The value of an expression: that of its last statement.
///
/// # Errors
/// A name that is not set, or what is not evaluated here.
pub(super) fn evaluate(text: &str, names: &dyn Names) -> Result<Node, ExpressionError> {
    within(text, names, 0)
}

fn within(text: &str, names: &dyn Names, depth: usize) -> Result<Node, ExpressionError> {
    let mut reader = Reader { tokens: tokens(text)?, at: 0, names, depth };
    let value = reader.statements(true)?;
    match reader.peek() {
        None => Ok(value),
        Some(token) => Err(reader.odd(&token.clone())),
    }
}

struct Reader<'a> {
    tokens: Vec<Token>,
    at: usize,
    names: &'a dyn Names,
    depth: usize,
}

type Value = Result<Node, ExpressionError>;

/// The words that end a list of statements.
const ENDS: [&str; 4] = ["end", "else", "elsif", "when"];

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn sign(&mut self, sign: &'static str) -> bool {
        self.take(&Token::Sign(sign))
    }

    fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(found)) if found == word);
        self.at += usize::from(found);
        found
    }

    fn ends(&mut self) {
        while self.take(&Token::End) {}
    }

    fn need(&mut self, found: bool, what: &str) -> Result<(), ExpressionError> {
        if found { Ok(()) } else { Err(foreign(&format!("`{what}` is missing"))) }
    }

    fn odd(&self, token: &Token) -> ExpressionError {
        match token {
            Token::Word(word) => foreign(&format!("`{word}`")),
            Token::Sign(sign) => foreign(&format!("`{sign}`")),
            Token::Text { text, .. } | Token::Pattern(text) => foreign(&format!("`{text}`")),
            Token::Integer(number) => foreign(&format!("`{number}`")),
            Token::Float(number) => foreign(&format!("`{number}`")),
            Token::End => foreign("the end of a line"),
        }
    }

    /// Statements up to a word or a bracket that ends them. What does not count is read and not evaluated.
    fn statements(&mut self, counts: bool) -> Value {
        let mut value = Node::Null;
        loop {
            self.ends();
            match self.peek() {
                None | Some(Token::Sign(")")) => return Ok(value),
                Some(Token::Word(word)) if ENDS.contains(&word.as_str()) => return Ok(value),
                Some(_) => value = self.statement(counts)?,
            }
            if !matches!(self.peek(), None | Some(Token::End | Token::Sign(")"))) {
                let ended = matches!(self.peek(), Some(Token::Word(word)) if ENDS.contains(&word.as_str()));
                if !ended {
                    return Ok(value);
                }
            }
        }
    }

    fn statement(&mut self, counts: bool) -> Value {
        let deeper = self.depth + 1;
        if deeper > DEEPEST {
            return Err(foreign("it is nested too deeply"));
        }
        let before = std::mem::replace(&mut self.depth, deeper);
        let value = self.low(counts);
        self.depth = before;
        value
    }

    /// `not`, `and`, `or`.
    fn low(&mut self, counts: bool) -> Value {
        let mut value = self.negated(counts)?;
        loop {
            if self.word("and") {
                let right = self.negated(counts && value.is_true())?;
                value = if value.is_true() { right } else { value };
            } else if self.word("or") {
                let right = self.negated(counts && !value.is_true())?;
                value = if value.is_true() { value } else { right };
            } else {
                return Ok(value);
            }
        }
    }

    fn negated(&mut self, counts: bool) -> Value {
        let mut times = 0;
        while self.word("not") {
            times += 1;
        }
        let value = self.choice(counts)?;
        Ok(if times == 0 { value } else { Node::Bool(value.is_true() == (times % 2 == 0)) })
    }

    /// `a ? b : c`.
    fn choice(&mut self, counts: bool) -> Value {
        let condition = self.either(counts)?;
        if !self.sign("?") {
            return Ok(condition);
        }
        let holds = condition.is_true();
        let first = self.statement(counts && holds)?;
        let colon = self.sign(":");
        self.need(colon, ":")?;
        let second = self.statement(counts && !holds)?;
        Ok(if holds { first } else { second })
    }

    fn either(&mut self, counts: bool) -> Value {
        let mut value = self.both(counts)?;
        while self.sign("||") {
            let right = self.both(counts && !value.is_true())?;
            value = if value.is_true() { value } else { right };
        }
        Ok(value)
    }

    fn both(&mut self, counts: bool) -> Value {
        let mut value = self.unlike(counts)?;
        while self.sign("&&") {
            let right = self.unlike(counts && value.is_true())?;
            value = if value.is_true() { right } else { value };
        }
        Ok(value)
    }

    fn unlike(&mut self, counts: bool) -> Value {
        let mut times = 0;
        while self.sign("!") {
            times += 1;
        }
        let value = self.comparison(counts)?;
        Ok(if times == 0 { value } else { Node::Bool(value.is_true() == (times % 2 == 0)) })
    }

    fn comparison(&mut self, counts: bool) -> Value {
        let left = self.sum(counts)?;
        let Some(Token::Sign(sign @ ("==" | "!=" | "=~" | "!~" | "<" | "<=" | ">" | ">="))) = self.peek() else {
            return Ok(left);
        };
        let sign = *sign;
        self.at += 1;
        if let ("=~" | "!~", Some(Token::Pattern(pattern))) = (sign, self.peek()) {
            let pattern = pattern.clone();
            self.at += 1;
            let found = counts && operators::matches(&pattern, &left)?;
            return Ok(Node::Bool(found == (sign == "=~")));
        }
        let right = self.sum(counts)?;
        if counts { compare(sign, &left, &right) } else { Ok(Node::Null) }
    }

    fn sum(&mut self, counts: bool) -> Value {
        let mut value = self.product(counts)?;
        while let Some(Token::Sign(sign @ ("+" | "-"))) = self.peek() {
            let sign = *sign;
            self.at += 1;
            let right = self.product(counts)?;
            value = if counts { add(sign, &value, &right)? } else { Node::Null };
        }
        Ok(value)
    }

    fn product(&mut self, counts: bool) -> Value {
        let mut value = self.single(counts)?;
        while let Some(Token::Sign(sign @ ("*" | "/" | "%"))) = self.peek() {
            let sign = *sign;
            self.at += 1;
            let right = self.single(counts)?;
            value = if counts { multiply(sign, &value, &right)? } else { Node::Null };
        }
        Ok(value)
    }

    /// A value, and what is asked of it: `job['a']`, `a.b`, `a.upcase`.
    fn single(&mut self, counts: bool) -> Value {
        let mut value = self.value(counts)?;
        loop {
            if self.sign(".") || self.sign("&.") {
                let Some(Token::Word(name)) = self.peek().cloned() else { return Err(foreign("`.`")) };
                self.at += 1;
                let argument = if self.sign("(") { Some(self.argument(counts)?) } else { None };
                value = if counts { method(&value, &name, argument.as_ref())? } else { Node::Null };
            } else if self.sign("[") {
                let key = self.statement(counts)?;
                let closed = self.sign("]");
                self.need(closed, "]")?;
                value = if counts { operators::member(&value, &key) } else { Node::Null };
            } else {
                return Ok(value);
            }
        }
    }

    fn argument(&mut self, counts: bool) -> Value {
        if self.sign(")") {
            return Ok(Node::Null);
        }
        let value = self.statement(counts)?;
        let closed = self.sign(")");
        self.need(closed, ")")?;
        Ok(value)
    }

    fn value(&mut self, counts: bool) -> Value {
        let Some(token) = self.peek().cloned() else { return Err(foreign("a value is missing")) };
        self.at += 1;
        match token {
            Token::Integer(number) => Ok(Node::Integer(number)),
            Token::Float(number) => Ok(Node::Float(number)),
            Token::Text { text, filled } if filled && counts => self.filled(&text),
            Token::Text { text, .. } => Ok(Node::Text(text)),
            Token::Sign("(") => {
                let value = self.statement(counts)?;
                let closed = self.sign(")");
                self.need(closed, ")")?;
                Ok(value)
            }
            Token::Sign("-") => {
                let value = self.single(counts)?;
                if counts { add("-", &Node::Integer(0), &value) } else { Ok(Node::Null) }
            }
            Token::Sign("[") => self.list(counts),
            Token::Word(word) => self.named(&word, counts),
            token => Err(self.odd(&token)),
        }
    }

    fn named(&mut self, word: &str, counts: bool) -> Value {
        match word {
            "nil" => Ok(Node::Null),
            "true" => Ok(Node::Bool(true)),
            "false" => Ok(Node::Bool(false)),
            "if" => self.condition(counts, true),
            "unless" => self.condition(counts, false),
            "case" => self.cases(counts),
            _ if !counts => Ok(Node::Null),
            "job" | "self" => Ok(Node::Map(self.names.job())),
            _ => self.names.get(word).ok_or_else(|| ExpressionError::Unset(word.into())),
        }
    }

    fn list(&mut self, counts: bool) -> Value {
        let mut list = Vec::new();
        while !self.sign("]") {
            list.push(self.statement(counts)?);
            if !self.sign(",") {
                let closed = self.sign("]");
                self.need(closed, "]")?;
                break;
            }
        }
        Ok(Node::List(list))
    }

    /// `if a ... elsif b ... else ... end`, its first word read.
    fn condition(&mut self, counts: bool, wanted: bool) -> Value {
        let (mut wanted, mut value, mut done) = (wanted, Node::Null, false);
        loop {
            let holds = self.statement(counts && !done)?.is_true() == wanted;
            self.word("then");
            let taken = counts && !done && holds;
            let inside = self.statements(taken)?;
            if taken {
                (value, done) = (inside, true);
            }
            wanted = true;
            if !self.word("elsif") {
                break;
            }
        }
        self.rest(counts, done, value)
    }

    /// `case a when b, c then ... else ... end`, its first word read.
    fn cases(&mut self, counts: bool) -> Value {
        let subject = self.statement(counts)?;
        let (mut value, mut done) = (Node::Null, false);
        self.ends();
        while self.word("when") {
            let mut found = self.is_case(&subject, counts && !done)?;
            while self.sign(",") {
                found |= self.is_case(&subject, counts && !done)?;
            }
            self.word("then");
            let taken = counts && !done && found;
            let inside = self.statements(taken)?;
            if taken {
                (value, done) = (inside, true);
            }
        }
        self.rest(counts, done, value)
    }

    fn is_case(&mut self, subject: &Node, counts: bool) -> Result<bool, ExpressionError> {
        if let Some(Token::Pattern(pattern)) = self.peek() {
            let pattern = pattern.clone();
            self.at += 1;
            return Ok(counts && operators::matches(&pattern, subject)?);
        }
        let value = self.statement(counts)?;
        Ok(counts && same(&value, subject))
    }

    /// `else ... end` of an `if` or a `case`.
    fn rest(&mut self, counts: bool, done: bool, value: Node) -> Value {
        let mut value = value;
        if self.word("else") {
            let inside = self.statements(counts && !done)?;
            value = if done { value } else { inside };
        }
        let ended = self.word("end");
        self.need(ended, "end")?;
        Ok(value)
    }

    /// A text with its `#{...}` replaced.
    fn filled(&mut self, text: &str) -> Value {
        let (mut filled, mut rest) = (String::new(), text);
        while let Some((before, behind)) = rest.split_once("#{") {
            let (inside, after) = behind.split_once('}').ok_or_else(|| foreign("`#{` without its end"))?;
            if self.depth >= DEEPEST {
                return Err(foreign("it is nested too deeply"));
            }
            filled.push_str(before);
            filled.push_str(&within(inside, self.names, self.depth + 1)?.to_string());
            rest = after;
        }
        Ok(Node::Text(filled + rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> Map {
        crate::text::yaml::read::<Node>("fs: btrfs\nfs2:\nnr: 8\naim7: {test: disk_rw}\n'if-x': {a: 1}\n___: Raid5\n")
            .unwrap()
            .map()
            .unwrap()
            .clone()
    }

    fn shown(text: &str) -> String {
        match evaluate(text, &job()) {
            Ok(node) => format!("{node:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn expressions_of_jobs_have_values() {
        let cases = [
            ("fs =~ /ext4|xfs/ ? '1000n' : '4000n'", "Text(\"4000n\")"),
            (
                "\n  if fs == 'btrfs'\n    if aim7.test == 'disk_src' || aim7.test == 'disk_rw'\n      500\n    else\n      1500\n    end\n  else\n    3000\n  end\n",
                "Integer(500)",
            ),
            ("case fs\nwhen 'xfs' then 10\nwhen 'f2fs', 'btrfs' then 200\nelse 600\nend", "Integer(200)"),
            (
                "case fs\nwhen 'ext4' then fs2 == 'x' ? '50M' : '100M'\nelse fs2 == 'nfsv4' ? '200M' : '400M'\nend",
                "Text(\"400M\")",
            ),
            ("fs == 'f2fs' ? nil : 'disk_src'", "Text(\"disk_src\")"),
            ("job['if-x'] && job['if-x']['a'] == 1", "Bool(true)"),
            ("!job['arch'] or job['arch'] =~ /x86|i*86/", "Bool(true)"),
            ("job['nr_vm'] and job['nr_vm'] > 1", "Null"),
            (
                "case ___\n when 'JBOD'\n when /^raid[456]$/\n 'a'\n else \"need_kconfig: MD_#{___.upcase}\"\n end",
                "Text(\"need_kconfig: MD_RAID5\")",
            ),
            ("___.downcase", "Text(\"raid5\")"),
            ("30000 * nr / 16 + 1", "Integer(15001)"),
            ("-nr + 2", "Integer(-6)"),
            ("[1, 'a']", "List([Integer(1), Text(\"a\")])"),
            ("'16d'.to_i", "Integer(16)"),
            (
                "'205-207'.split('-').first.to_i.upto('205-207'.split('-').last.to_i).to_a.join(' ')",
                "Text(\"205 206 207\")",
            ),
            ("'a--b--'.split('-')", "List([Text(\"a\"), Text(\"\"), Text(\"b\")])"),
            ("2.upto(1).to_a", "List([])"),
            ("fs.start_with?('bt') && !fs.empty?", "Bool(true)"),
            ("aim7.class == 'security' || aim7.test == 'disk_rw'", "Bool(true)"),
            ("unless fs == 'xfs'\n 1\nelse\n 2\nend", "Integer(1)"),
        ];
        for (text, value) in cases {
            assert_eq!(shown(text), value, "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_named() {
        assert_eq!(shown("nothing == 1"), "`nothing` is not set");
        assert_eq!(shown("aim7.load"), "`load` is not set");
        assert_eq!(shown("`rm -rf /`"), "``rm`");
        assert_eq!(shown("fs.system('x')"), "`system` of a text");
        assert_eq!(shown("if fs == 'a'"), "`end` is missing");
        assert_eq!(shown("1 / 0"), "a division by 0");
        assert_eq!(shown("1.upto(100000)"), "more than 10000 numbers");
        assert_eq!(shown(&"(".repeat(10_000)), "it is too long");
        assert_eq!(shown(&"(".repeat(1000)), "it is nested too deeply");
        // What is not taken is not evaluated.
        assert_eq!(shown("fs == 'xfs' ? nothing : 1"), "Integer(1)");
    }

    #[test]
    fn a_pattern_may_end_with_what_does_not_follow() {
        let job: Map = [("___".to_string(), Node::Text("syscalls-ipc".into()))].into_iter().collect();
        assert_eq!(evaluate("___ =~ /^syscalls(?!-ipc)/", &job), Ok(Node::Bool(false)));
        assert_eq!(evaluate("___ =~ /^syscalls(?!-ip5)/", &job), Ok(Node::Bool(true)));
    }
}
