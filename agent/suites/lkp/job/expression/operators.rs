//! What operators and methods of an expression do with values.

use super::{super::node::Node, Value, token::foreign};
use crate::suites::lkp::job::{
    error::ExpressionError,
    parameter::{bytes, leading},
};
use regex::bytes::RegexBuilder;

/// The most memory of one regular expression.
const PATTERN_BYTES: usize = 1 << 16;

/// The most numbers that are counted up.
const MOST_NUMBERS: i64 = 10_000;

/// Whether a pattern is found in a text; in anything else it is not.
pub(super) fn matches(pattern: &str, value: &Node) -> Result<bool, ExpressionError> {
    let Some(text) = value.text() else { return Ok(false) };
    // What does not follow is the one look ahead that jobs have, and it stands at the end.
    let (pattern, not_followed) = match pattern.strip_suffix(')').and_then(|pattern| pattern.rsplit_once("(?!")) {
        Some((pattern, after)) => (pattern, Some(format!("^(?:{after})"))),
        None => (pattern, None),
    };
    let compiled = compile(pattern, true)?;
    let Some(after) = not_followed else { return Ok(compiled.is_match(text.as_bytes())) };
    let after = compile(&after, false)?;
    Ok(compiled.find_iter(text.as_bytes()).any(|found| !after.is_match(&text.as_bytes()[found.end()..])))
}

fn compile(pattern: &str, lines: bool) -> Result<regex::bytes::Regex, ExpressionError> {
    let compiled = RegexBuilder::new(pattern).unicode(false).multi_line(lines).size_limit(PATTERN_BYTES).build();
    compiled.map_err(|_| foreign(&format!("the pattern `{pattern}`")))
}

/// Whether two values are the same: 1 is 1.0.
pub(super) fn same(left: &Node, right: &Node) -> bool {
    match (number(left), number(right)) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

fn number(node: &Node) -> Option<f64> {
    match node {
        Node::Integer(number) => Some(*number as f64),
        Node::Float(number) => Some(*number),
        _ => None,
    }
}

pub(super) fn compare(sign: &str, left: &Node, right: &Node) -> Value {
    let order = match (left, right) {
        (Node::Text(left), Node::Text(right)) => Some(left.cmp(right)),
        _ => number(left).zip(number(right)).and_then(|(left, right)| left.partial_cmp(&right)),
    };
    let holds = match (sign, order) {
        ("==", _) => same(left, right),
        ("!=", _) => !same(left, right),
        ("<", Some(order)) => order.is_lt(),
        ("<=", Some(order)) => order.is_le(),
        (">", Some(order)) => order.is_gt(),
        (">=", Some(order)) => order.is_ge(),
        _ => return Err(foreign(&format!("`{left}` {sign} `{right}`"))),
    };
    Ok(Node::Bool(holds))
}

pub(super) fn add(sign: &str, left: &Node, right: &Node) -> Value {
    match (left, right) {
        (Node::Integer(left), Node::Integer(right)) => {
            let sum = if sign == "+" { left.checked_add(*right) } else { left.checked_sub(*right) };
            sum.map(Node::Integer).ok_or_else(|| foreign("a number that is too large"))
        }
        (Node::Text(left), Node::Text(right)) if sign == "+" => Ok(Node::Text(format!("{left}{right}"))),
        _ => match number(left).zip(number(right)) {
            Some((left, right)) => Ok(Node::Float(if sign == "+" { left + right } else { left - right })),
            None => Err(foreign(&format!("`{left}` {sign} `{right}`"))),
        },
    }
}

pub(super) fn multiply(sign: &str, left: &Node, right: &Node) -> Value {
    if let (Node::Integer(left), Node::Integer(right)) = (left, right) {
        if *right == 0 && sign != "*" {
            return Err(foreign("a division by 0"));
        }
        let product = match sign {
            "*" => left.checked_mul(*right),
            // As Ruby has it: down, also below 0.
            "/" => {
                left.checked_div_euclid(*right).map(|down| down - i64::from(*right < 0 && left.rem_euclid(*right) != 0))
            }
            _ => left.checked_rem(*right),
        };
        return product.map(Node::Integer).ok_or_else(|| foreign("a number that is too large"));
    }
    match (number(left).zip(number(right)), sign) {
        (Some((left, right)), "*") => Ok(Node::Float(left * right)),
        (Some((left, right)), "/") => Ok(Node::Float(left / right)),
        _ => Err(foreign(&format!("`{left}` {sign} `{right}`"))),
    }
}

/// `value[key]`; nothing where there is no such member.
pub(super) fn member(value: &Node, key: &Node) -> Node {
    let found = match (value, key) {
        (Node::Map(map), key) => map.get(&key.to_string()),
        (Node::List(list), Node::Integer(at)) => usize::try_from(*at).ok().and_then(|at| list.get(at)),
        _ => None,
    };
    found.cloned().unwrap_or_default()
}

/// `value.name(argument)`. Of a mapping it is a key.
pub(super) fn method(value: &Node, name: &str, argument: Option<&Node>) -> Value {
    match (value, name, argument) {
        (Node::Null, "nil?", _) => Ok(Node::Bool(true)),
        (_, "nil?", _) => Ok(Node::Bool(false)),
        (Node::Map(map), "include?" | "key?", Some(key)) => Ok(Node::Bool(map.contains(&key.to_string()))),
        // Everything of Ruby has a class, whatever keys a mapping has: it is none of the texts that it is compared with.
        (Node::Map(_), "class", None) => Ok(Node::Null),
        (Node::Map(map), name, None) => map.get(name).cloned().ok_or_else(|| ExpressionError::Unset(name.into())),
        (Node::List(list), "include?", Some(item)) => Ok(Node::Bool(list.contains(item))),
        (Node::List(list), "size" | "length", None) => Ok(Node::Integer(count(list.len()))),
        (Node::List(list), "first", None) => Ok(list.first().cloned().unwrap_or_default()),
        (Node::List(list), "last", None) => Ok(list.last().cloned().unwrap_or_default()),
        (Node::List(_), "to_a", None) => Ok(value.clone()),
        (Node::List(list), "join", Some(between)) => Ok(Node::Text(joined(list, &between.to_string()))),
        (Node::Integer(first), "upto", Some(Node::Integer(last))) => numbers(*first, *last),
        (Node::List(list), "empty?", None) => Ok(Node::Bool(list.is_empty())),
        (value, "to_s", None) => Ok(Node::Text(value.to_string())),
        (Node::Null, "to_i", None) => Ok(Node::Integer(0)),
        (Node::Integer(_) | Node::Text(_), "to_byte", None) => Ok(Node::Integer(bytes(value))),
        (Node::Integer(_), "to_i", None) => Ok(value.clone()),
        (Node::Text(text), name, argument) => of_text(text, name, argument),
        (value, name, _) => Err(foreign(&format!("`{name}` of `{value}`"))),
    }
}

fn joined(list: &[Node], between: &str) -> String {
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}

/// All numbers from one to another.
fn numbers(first: i64, last: i64) -> Value {
    if last.saturating_sub(first) >= MOST_NUMBERS {
        return Err(foreign(&format!("more than {MOST_NUMBERS} numbers")));
    }
    Ok(Node::List((first..=last).map(Node::Integer).collect()))
}

/// The parts of a text. Ruby leaves out empty ones at the end, and takes a blank for any white space.
fn parts(text: &str, between: &str) -> Node {
    let mut parts: Vec<&str> = match between {
        " " => text.split_whitespace().collect(),
        _ => text.split(between).collect(),
    };
    while parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    Node::List(parts.into_iter().map(|part| Node::Text(part.into())).collect())
}

fn of_text(text: &str, name: &str, argument: Option<&Node>) -> Value {
    let argument = argument.map(ToString::to_string);
    Ok(match (name, argument.as_deref()) {
        ("upcase", None) => Node::Text(text.to_ascii_uppercase()),
        ("downcase", None) => Node::Text(text.to_ascii_lowercase()),
        ("strip", None) => Node::Text(text.trim().into()),
        ("chomp", Some(end)) => Node::Text(text.strip_suffix(end).unwrap_or(text).into()),
        ("split", Some(between)) if !between.is_empty() => parts(text, between),
        ("to_i", None) => Node::Integer(leading(text)),
        ("size" | "length", None) => Node::Integer(count(text.chars().count())),
        ("empty?", None) => Node::Bool(text.is_empty()),
        ("include?", Some(part)) => Node::Bool(text.contains(part)),
        ("start_with?", Some(part)) => Node::Bool(text.starts_with(part)),
        ("end_with?", Some(part)) => Node::Bool(text.ends_with(part)),
        _ => return Err(foreign(&format!("`{name}` of a text"))),
    })
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
