//! The shell's arithmetic: `SIZE*2/(ROWS+1)` and what its names are -> a number.

use super::Reason;

/// The value of `text`. Names may have a `$`.
pub(super) fn evaluate(text: &str, value: &dyn Fn(&str) -> Result<String, Reason>) -> Result<i64, Reason> {
    let mut parser = Parser { rest: text, value, depth: 0 };
    let result = parser.sum()?;
    match parser.rest.trim() {
        "" => Ok(result),
        rest => Err(format!("`{rest}` is more than + - * / %").into()),
    }
}

/// How deep parentheses may be: a damaged file must not use up the stack.
const DEEPEST: usize = 50;

struct Parser<'a> {
    rest: &'a str,
    value: &'a dyn Fn(&str) -> Result<String, Reason>,
    depth: usize,
}

impl Parser<'_> {
    fn take(&mut self, wanted: &[char]) -> Option<char> {
        self.rest = self.rest.trim_start();
        let next = self.rest.chars().next().filter(|next| wanted.contains(next))?;
        self.rest = &self.rest[1..];
        Some(next)
    }

    fn sum(&mut self) -> Result<i64, Reason> {
        let mut result = self.product()?;
        while let Some(operator) = self.take(&['+', '-']) {
            let right = self.product()?;
            let sum = if operator == '+' { result.checked_add(right) } else { result.checked_sub(right) };
            result = sum.ok_or("a number is too large")?;
        }
        Ok(result)
    }

    fn product(&mut self) -> Result<i64, Reason> {
        let mut result = self.factor()?;
        while let Some(operator) = self.take(&['*', '/', '%']) {
            let right = self.factor()?;
            let product = match operator {
                '*' => result.checked_mul(right).ok_or("a number is too large"),
                '/' => result.checked_div(right).ok_or("it divides by zero"),
                _ => result.checked_rem(right).ok_or("it divides by zero"),
            };
            result = product?;
        }
        Ok(result)
    }

    fn factor(&mut self) -> Result<i64, Reason> {
        if self.take(&['(']).is_some() {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err("it has too many parentheses".into());
            }
            let result = self.sum()?;
            self.depth -= 1;
            return self.take(&[')']).map(|_| result).ok_or_else(|| "a parenthesis is not closed".into());
        }
        if self.take(&['-']).is_some() {
            return self.word().and_then(|number| number.checked_neg().ok_or_else(|| "a number is too large".into()));
        }
        self.word()
    }

    fn word(&mut self) -> Result<i64, Reason> {
        self.rest = self.rest.trim_start();
        let bare = self.rest.strip_prefix('$').unwrap_or(self.rest);
        let (bare, braced) = bare.strip_prefix('{').map_or((bare, false), |inner| (inner, true));
        let end = bare.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(bare.len());
        let (word, rest) = bare.split_at(end);
        self.rest = if braced { rest.strip_prefix('}').ok_or("a brace is not closed")? } else { rest };
        if word.is_empty() {
            return Err(format!("`{}` is not a number", self.rest).into());
        }
        let text = if word.starts_with(|c: char| c.is_ascii_digit()) { word.into() } else { (self.value)(word)? };
        if text.trim().is_empty() {
            return Ok(0);
        }
        // A leading zero is octal to the shell.
        let number = text.trim().parse().ok().filter(|_| text == "0" || !text.starts_with('0'));
        number.ok_or_else(|| format!("`{text}` is not a number").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_calculates_as_the_shell_does() {
        let value = |name: &str| match name {
            "CPUS" => Ok("4".into()),
            "EMPTY" => Ok(String::new()),
            _ => Err(format!("`{name}` is unknown").into()),
        };
        let evaluate = |text| evaluate(text, &value);
        assert_eq!(evaluate("CPUS*2+1"), Ok(9));
        assert_eq!(evaluate(" ( $CPUS - 1 ) * (${CPUS}/3) % 2"), Ok(1));
        assert_eq!(evaluate("7/2-10"), Ok(-7));
        assert_eq!((evaluate("-CPUS"), evaluate("EMPTY+1")), (Ok(-4), Ok(1)));
        assert_eq!(evaluate("NODES+1"), Err("`NODES` is unknown".into()));
        for bad in ["1/0", "1<<2", "(1", "", "9223372036854775807+1", "010", "${CPUS", &"(".repeat(1000)] {
            assert!(evaluate(bad).is_err(), "{bad}");
        }
    }
}
