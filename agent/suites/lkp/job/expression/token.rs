//! The text of an expression -> tokens.

use super::super::error::ExpressionError;

/// One token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A word: a name or a keyword.
    Word(String),
    Integer(i64),
    Float(f64),
    /// A text, with what stands in `#{}` if it has double quotes.
    Text {
        text: String,
        filled: bool,
    },
    /// A regular expression.
    Pattern(String),
    /// An operator or a bracket.
    Sign(&'static str),
    /// The end of a line, or `;`.
    End,
}

/// The longest first.
const SIGNS: [&str; 27] = [
    "&&", "||", "==", "!=", "=~", "!~", "<=", ">=", "<<", "**", "&.", "!", "<", ">", "+", "-", "*", "/", "%", "(", ")",
    "[", "]", "?", ":", ".", ",",
];

/// The most tokens of one expression.
const MOST: usize = 4_000;

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, ExpressionError> {
    let (mut tokens, mut rest) = (Vec::new(), text);
    while let Some(first) = rest.chars().next() {
        if tokens.len() >= MOST {
            return Err(foreign("it is too long"));
        }
        if first == '#' {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if matches!(first, '\n' | ';') {
            tokens.push(Token::End);
            rest = &rest[1..];
        } else if first.is_whitespace() {
            rest = &rest[first.len_utf8()..];
        } else {
            let (token, length) = one(rest, begins(tokens.last()))?;
            tokens.push(token);
            rest = &rest[length..];
        }
    }
    Ok(tokens)
}

/// Whether a value begins after this token: a `/` is then a regular expression.
fn begins(before: Option<&Token>) -> bool {
    match before {
        None | Some(Token::End) => true,
        Some(Token::Sign(sign)) => !matches!(*sign, ")" | "]"),
        Some(Token::Word(word)) => {
            matches!(word.as_str(), "if" | "elsif" | "unless" | "when" | "and" | "or" | "not" | "case" | "then")
        }
        Some(_) => false,
    }
}

fn one(rest: &str, begins: bool) -> Result<(Token, usize), ExpressionError> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let length = |is: &dyn Fn(char) -> bool| rest.find(|c| !is(c)).unwrap_or(rest.len());
    match rest.chars().next() {
        Some(quote @ ('\'' | '"')) => {
            let (text, length) = quoted(rest, quote)?;
            Ok((Token::Text { text, filled: quote == '"' }, length))
        }
        Some('/') if begins => {
            let (text, length) = quoted(rest, '/')?;
            let flags = rest[length..].find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len() - length);
            match &rest[length..length + flags] {
                "" => Ok((Token::Pattern(text), length)),
                "i" => Ok((Token::Pattern(format!("(?i){text}")), length + 1)),
                flags => Err(foreign(&format!("`/{flags}`"))),
            }
        }
        Some('0'..='9') => number(rest),
        Some(c) if word(c) || c == '$' => {
            let mut end = 1 + rest[1..].find(|c| !word(c)).unwrap_or(rest.len() - 1);
            // `empty?`, but not the `?` of a choice.
            if rest[end..].starts_with('?') && !rest[end + 1..].starts_with([' ', '\t', '\n']) {
                end += 1;
            }
            Ok((Token::Word(rest[..end].into()), end))
        }
        _ => {
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
            let odd = || foreign(&format!("`{}`", &rest[..length(&|c| !c.is_whitespace())]));
            sign.map(|sign| (Token::Sign(sign), sign.len())).ok_or_else(odd)
        }
    }
}

fn number(rest: &str) -> Result<(Token, usize), ExpressionError> {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let mut end = digits(rest);
    let fraction = rest[end..].strip_prefix('.').map_or(0, digits);
    let wrong = |_| foreign(&format!("`{}`", &rest[..end]));
    if fraction > 0 {
        end += 1 + fraction;
        return Ok((Token::Float(rest[..end].parse().map_err(|_| foreign("a number"))?), end));
    }
    Ok((Token::Integer(rest[..end].parse().map_err(wrong)?), end))
}

/// What stands between two of `quote`, and the length with them. A backslash stays before what it does not quote.
fn quoted(rest: &str, quote: char) -> Result<(String, usize), ExpressionError> {
    let (mut text, mut escaped) = (String::new(), false);
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => {
                if c != quote && !(c == '\\' && quote != '/') {
                    text.push('\\');
                }
                text.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            c if c == quote => return Ok((text, at + c.len_utf8())),
            c => text.push(c),
        }
    }
    Err(foreign(&format!("a {quote} without its end")))
}

pub(super) fn foreign(what: &str) -> ExpressionError {
    ExpressionError::Foreign(what.into())
}
