//! A text -> the shell's tokens. Words keep their quotes; the lines of a `<<` are a token after it.

use super::{Here, SyntaxError};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word(String),
    Operator(String),
    Here(Here),
    Newline,
    /// The text cannot be read from here on.
    Broken(SyntaxError),
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// From 1.
    pub(super) line: usize,
}

/// How deep quotes, parentheses and braces may be: a damaged file must not use up the stack.
const DEEPEST: usize = 30;

/// Operators, the longest first.
const OPERATORS: [&str; 19] =
    ["&>>", "<<<", "<<-", ";;", "&&", "||", "&>", ">>", "<<", ">&", "<&", ">|", "|&", ";", "&", "|", "<", ">", "("];

pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0, line: 1, tokens: Vec::new(), pending: Vec::new() };
    while lexer.at < text.len() {
        if let Err(reason) = lexer.token() {
            lexer.push(Kind::Broken(reason));
            break;
        }
    }
    lexer.here();
    lexer.tokens
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    tokens: Vec<Token>,
    /// The tokens whose lines come after this one, their end, and whether tabs before them count.
    pending: Vec<(usize, String, bool)>,
}

impl Lexer<'_> {
    fn push(&mut self, kind: Kind) {
        self.tokens.push(Token { kind, line: self.line });
    }

    fn token(&mut self) -> Result<(), SyntaxError> {
        let rest = &self.text[self.at..];
        match rest.as_bytes()[0] {
            b'\n' => {
                self.push(Kind::Newline);
                self.at += 1;
                self.line += 1;
                self.here();
            }
            b' ' | b'\t' | b'\r' => self.at += 1,
            b'\\' if rest.starts_with("\\\n") => {
                self.at += 2;
                self.line += 1;
            }
            b'#' => self.at += rest.find('\n').unwrap_or(rest.len()),
            b')' => {
                self.push(Kind::Operator(")".into()));
                self.at += 1;
            }
            _ => match OPERATORS.iter().find(|operator| rest.starts_with(**operator)) {
                Some(operator) => self.operator(operator)?,
                None => self.word()?,
            },
        }
        Ok(())
    }

    fn operator(&mut self, operator: &str) -> Result<(), SyntaxError> {
        self.at += operator.len();
        if operator != "<<" && operator != "<<-" {
            self.push(Kind::Operator(operator.into()));
            return Ok(());
        }
        let blanks = self.text[self.at..].len() - self.text[self.at..].trim_start_matches([' ', '\t']).len();
        let start = self.at + blanks;
        self.at = word_end(self.text, start, 0)?;
        let word = &self.text[start..self.at];
        if word.is_empty() {
            return Err("nothing behind `<<`".into());
        }
        let end: String = word.chars().filter(|c| !['\'', '"', '\\'].contains(c)).collect();
        self.pending.push((self.tokens.len(), end, operator == "<<-"));
        self.push(Kind::Here(Here { text: String::new(), plain: word.contains(['\'', '"', '\\']) }));
        Ok(())
    }

    fn word(&mut self) -> Result<(), SyntaxError> {
        let end = word_end(self.text, self.at, 0)?;
        let word = &self.text[self.at..end];
        let number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        let next = self.text[end..].chars().next();
        if number && matches!(next, Some('<' | '>')) {
            // A number before a redirection says whose it is; all are the same here but standard input.
            self.at = end;
            return Ok(());
        }
        self.push(Kind::Word(word.into()));
        self.line += word.matches('\n').count();
        self.at = end;
        Ok(())
    }

    /// The lines that the words after `<<` of the last line wait for.
    fn here(&mut self) {
        for (token, end, tabs) in std::mem::take(&mut self.pending) {
            self.tokens[token].kind = match self.lines(&end, tabs) {
                Some(text) => {
                    let plain = matches!(&self.tokens[token].kind, Kind::Here(Here { plain: true, .. }));
                    Kind::Here(Here { text, plain })
                }
                None => Kind::Broken(format!("the text up to `{end}` does not end").into()),
            };
        }
    }

    /// The lines to `end`.
    fn lines(&mut self, end: &str, tabs: bool) -> Option<String> {
        let mut lines = Vec::new();
        while self.at < self.text.len() {
            let line = self.text[self.at..].split('\n').next().unwrap_or_default();
            self.at = (self.at + line.len() + 1).min(self.text.len());
            self.line += 1;
            let line = if tabs { line.trim_start_matches('\t') } else { line };
            if line == end {
                return Some(lines.join("\n"));
            }
            lines.push(line);
        }
        None
    }
}

/// Where the word that begins at `start` ends.
pub(super) fn word_end(text: &str, start: usize, depth: usize) -> Result<usize, SyntaxError> {
    let mut at = start;
    while let Some(next) = text[at..].chars().next() {
        match next {
            // A list of words is one, as in `NAMES=(a b)`.
            '(' if text[start..at].ends_with('=') => at = closed(text, at + 1, b')', depth + 1)?,
            ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')' => break,
            _ => at = piece_end(text, at, depth)?,
        }
    }
    Ok(at)
}

/// Where a quote, an expansion or a character ends.
fn piece_end(text: &str, at: usize, depth: usize) -> Result<usize, SyntaxError> {
    if depth > DEEPEST {
        return Err("it has too many quotes and parentheses in each other".into());
    }
    let rest = &text[at..];
    let width = rest.chars().next().map_or(0, char::len_utf8);
    match rest.as_bytes().first() {
        Some(b'\\') => Ok(at + 1 + rest[1..].chars().next().map_or(0, char::len_utf8)),
        Some(b'\'') => rest[1..].find('\'').map(|end| at + end + 2).ok_or_else(|| "a quote is not closed".into()),
        Some(b'"') => closed(text, at + 1, b'"', depth + 1),
        Some(b'`') => closed(text, at + 1, b'`', depth + 1),
        Some(b'$') if rest.starts_with("$(") => closed(text, at + 2, b')', depth + 1),
        Some(b'$') if rest.starts_with("${") => closed(text, at + 2, b'}', depth + 1),
        _ => Ok(at + width),
    }
}

/// Behind the `end` that closes what begins before `at`.
fn closed(text: &str, mut at: usize, end: u8, depth: usize) -> Result<usize, SyntaxError> {
    while let Some(next) = text.as_bytes().get(at).copied() {
        at = match next {
            _ if next == end => return Ok(at + 1),
            // Within quotes these are characters as others are.
            b'\'' if end == b'"' || end == b'`' => at + 1,
            b'(' if end == b')' => closed(text, at + 1, b')', depth + 1)?,
            _ => piece_end(text, at, depth)?,
        };
        if depth > DEEPEST {
            return Err("it has too many quotes and parentheses in each other".into());
        }
    }
    Err(match end {
        b'"' | b'`' => "a quote is not closed".into(),
        _ => format!("`{}` is missing", char::from(end)).into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let show = |token: Token| match token.kind {
            Kind::Word(word) => word,
            Kind::Operator(operator) => format!("<{operator}>"),
            Kind::Here(here) => format!("<<{}{}", here.text, if here.plain { "|plain" } else { "" }),
            Kind::Newline => "NL".into(),
            Kind::Broken(reason) => format!("broken at {}: {reason}", token.line),
        };
        tokens(text).into_iter().map(show).collect()
    }

    #[test]
    fn words_keep_their_quotes() {
        let text = "A=\"b c\"'d e'$((1+(2)))`x y` # no\nB=$(cat <<E\n\"x\n\"E\n) C=(1 2)";
        assert_eq!(shown(text), ["A=\"b c\"'d e'$((1+(2)))`x y`", "NL", "B=$(cat <<E\n\"x\n\"E\n)", "C=(1 2)"]);
        assert_eq!(shown("x 2>&1 &>f;;a\\\n b"), ["x", "<>&>", "1", "<&>>", "f", "<;;>", "a\\\n", "b"]);
    }

    #[test]
    fn lines_of_a_file_are_one_token() {
        assert_eq!(
            shown("cat >f <<-'E'; y\n\ta $x\n\tE\nz"),
            ["cat", "<>>", "f", "<<a $x|plain", "<;>", "y", "NL", "z"]
        );
        assert_eq!(shown("a\ncat <<E\nb")[3], "broken at 2: the text up to `E` does not end");
        assert_eq!(shown("a\n\"").last().map(String::as_str), Some("broken at 2: a quote is not closed"));
        assert_eq!(shown("$(a").last().map(String::as_str), Some("broken at 1: `)` is missing"));
    }

    #[test]
    fn damage_is_no_panic() {
        let text = "A=\"$(b '\u{e9}' \"${c}\")\"\ncat <<E\n\u{e9}\nE\n\\\u{e9} `x`";
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            tokens(&text[..end]);
            tokens(&text[end..]);
        }
        tokens(&"$(".repeat(10_000));
        tokens(&"\"".repeat(9_999));
    }
}
