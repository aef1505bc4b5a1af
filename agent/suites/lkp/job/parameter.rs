//! Parameters whose values have a unit: parts of the processors and the memory, times, counts, devices.

use super::{
    error::ExpressionError,
    node::{Map, Node},
};

/// What a parameter's value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// `50%` of the processors, or a count with any letters behind it.
    Processors,
    /// `10%` of the memory, or bytes.
    Memory,
    /// Bytes.
    Bytes,
    /// Seconds.
    Time,
    /// Seconds, where the unit may stand anywhere.
    Period,
    /// `10x`.
    Count,
    /// `all` processors or nodes, as a list.
    All(&'static str),
    /// `1HDD`, `2BRD_48G`.
    Disks,
    /// A mapping with one key and the value.
    Inside(&'static str),
    /// The same, in lower case.
    Level,
}

fn unit(key: &str) -> Option<Unit> {
    Some(match key {
        "agent_threads" | "master_threads" | "message_threads" | "nr_instances" | "nr_processes" | "nr_task"
        | "nr_threads" | "worker_threads" => Unit::Processors,
        "mapsize"
        | "memcached_memsize"
        | "memory.high"
        | "memory.limit_in_bytes"
        | "memory.low"
        | "memory.max"
        | "memory.memsw.limit_in_bytes"
        | "memory.soft_limit_in_bytes"
        | "setsize"
        | "test_memory_size"
        | "total_setsize" => Unit::Memory,
        "eatmem_size" | "ramdisk_size" | "size" | "unit_size" => Unit::Bytes,
        "runtime" | "testtime" => Unit::Time,
        "period" => Unit::Period,
        "iterations" => Unit::Count,
        "cpuset.cpus" => Unit::All("nr_cpu"),
        "cpuset.mems" => Unit::All("nr_node"),
        "disk" => Unit::Disks,
        "fs" | "fs1" | "fs2" => Unit::Inside("fs"),
        "iosched" => Unit::Inside("iosched"),
        "mytest" => Unit::Inside("mytest"),
        "md" => Unit::Level,
        _ => return None,
    })
}

/// The value of a parameter in its base unit; `None`: it stays as it is. `job` has the machine's facts.
pub(super) fn converted(key: &str, value: &str, job: &Map) -> Option<Result<Node, ExpressionError>> {
    let unit = unit(key)?;
    let share = |of: fn(&Map) -> Option<i64>, fact: &str| {
        let whole = of(job).ok_or_else(|| ExpressionError::Unset(fact.into()));
        Some(whole.and_then(|whole| portion(value, whole)))
    };
    match unit {
        Unit::Processors if value.ends_with('%') => share(|job| fact(job, "nr_cpu"), "nr_cpu"),
        Unit::Processors => {
            let digits = value.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0)?;
            value[digits..].bytes().all(|byte| byte.is_ascii_lowercase()).then(|| Ok(Node::Integer(leading(value))))
        }
        Unit::Memory if value.ends_with('%') => share(|job| job.get("memory").map(bytes), "memory"),
        Unit::Memory => {
            let digits = value.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0)?;
            value[digits..].starts_with(|c: char| c.is_ascii_alphabetic()).then(|| Ok(sized(value)))
        }
        Unit::Bytes => Some(Ok(sized(value))),
        Unit::Time => Some(Ok(Node::Integer(seconds(value)))),
        Unit::Period => value.ends_with(['s', 'm', 'h', 'd']).then(|| Ok(Node::Integer(seconds(value)))),
        Unit::Count => value.ends_with('x').then(|| Ok(Node::Integer(leading(value)))),
        Unit::All(counted) if value == "all" => {
            let count = fact(job, counted).ok_or_else(|| ExpressionError::Unset(counted.into()));
            Some(count.map(|count| Node::Text(format!("0-{}", count - 1))))
        }
        Unit::All(_) => None,
        Unit::Disks => disks(value).map(Ok),
        Unit::Inside(name) => Some(Ok(one(name, Node::Text(value.into())))),
        Unit::Level => Some(Ok(one("raid_level", Node::Text(value.to_lowercase())))),
    }
}

fn fact(job: &Map, name: &str) -> Option<i64> {
    match job.get(name)? {
        Node::Integer(number) => Some(*number),
        Node::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn one(name: &str, node: Node) -> Node {
    Node::Map([(name.to_string(), node)].into_iter().collect())
}

/// A part in percent, rounded down.
fn portion(value: &str, whole: i64) -> Result<Node, ExpressionError> {
    let percent: f64 = value
        .trim_end_matches('%')
        .trim()
        .parse()
        .map_err(|_| ExpressionError::Foreign(format!("`{value}` is not a percentage")))?;
    Ok(Node::Integer((percent * whole as f64 / 100.0) as i64))
}

/// `2BRD_48G` and the like: how many disks of which kind.
fn disks(value: &str) -> Option<Node> {
    let mut map = Map::default();
    for (name, key) in [("HDD", "nr_hdd"), ("SSD", "nr_ssd"), ("BRD", "nr_brd"), ("SRD", "nr_srd"), ("pmem", "nr_pmem")]
    {
        if let Some(number) = value.find(name).and_then(|at| number_before(&value[..at])) {
            map.set(key, Node::Integer(number));
        }
    }
    if value.contains("SCSI_RAM") {
        map.set("scsi_ram", Node::Integer(1));
    }
    if let Some(size) =
        value.split('_').find(|part| part.ends_with('G') && number_before(&part[..part.len() - 1]).is_some())
    {
        map.set("ramdisk_size", sized(size));
    }
    (!map.is_empty()).then_some(Node::Map(map))
}

fn number_before(text: &str) -> Option<i64> {
    let digits = text.len() - text.bytes().rev().take_while(u8::is_ascii_digit).count();
    text[digits..].parse().ok()
}

/// The number that a text begins with, or 0.
pub(super) fn leading(text: &str) -> i64 {
    let text = text.trim_start();
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse::<i64>().map_or(0, |number| sign * number)
}

/// `5m`, `300s`, `1h` in seconds.
fn seconds(text: &str) -> i64 {
    let unit = match text.trim_end().chars().next_back() {
        Some('y') => 365 * 86_400,
        Some('w') => 7 * 86_400,
        Some('d') => 86_400,
        Some('h') => 3600,
        Some('m') => 60,
        _ => 1,
    };
    leading(text).saturating_mul(unit)
}

/// `16G` as bytes, or the text as it is.
fn sized(text: &str) -> Node {
    byte_count(text).map_or_else(|| Node::Text(text.into()), Node::Integer)
}

fn byte_count(text: &str) -> Option<i64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0)?;
    let unit = text[digits..].to_ascii_uppercase();
    let shift = match unit.strip_suffix('B').unwrap_or(&unit) {
        "P" => 50,
        "T" => 40,
        "G" => 30,
        "M" => 20,
        "K" => 10,
        _ => return None,
    };
    leading(text).checked_mul(1_i64 << shift)
}

/// The bytes that a size of a job stands for.
pub(super) fn bytes(node: &Node) -> i64 {
    match node {
        Node::Integer(number) => *number,
        Node::Text(text) => byte_count(text).unwrap_or_else(|| leading(text)),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_converted() {
        let job: Map = [("nr_cpu".to_string(), Node::Integer(8)), ("memory".to_string(), Node::Text("16G".into()))]
            .into_iter()
            .collect();
        let cases = [
            ("nr_threads", "50%", "4"),
            ("nr_threads", "12.5%", "1"),
            ("nr_threads", "64t", "64"),
            ("nr_task", "1600%", "128"),
            ("runtime", "5m", "300"),
            ("runtime", "300s", "300"),
            ("runtime", "60", "60"),
            ("testtime", "1h", "3600"),
            ("period", "2m", "120"),
            ("iterations", "10x", "10"),
            ("size", "16G", "17179869184"),
            ("size", "9B", "9B"),
            ("test_memory_size", "50%", "8589934592"),
            ("memory.high", "4M", "4194304"),
            ("cpuset.cpus", "all", "0-7"),
            ("disk", "1BRD_48G", "{nr_brd: 1, ramdisk_size: 51539607552}"),
            ("disk", "1HDD", "{nr_hdd: 1}"),
            ("fs", "ext4", "{fs: ext4}"),
            ("md", "RAID0", "{raid_level: raid0}"),
        ];
        for (key, value, wanted) in cases {
            assert_eq!(converted(key, value, &job).unwrap().unwrap().to_string(), wanted, "{key}: {value}");
        }
        for (key, value) in [("nr_threads", "8"), ("mode", "process"), ("memory.max", "max"), ("disk", "/dev/sdb")] {
            assert_eq!(converted(key, value, &job), None, "{key}: {value}");
        }
        assert_eq!(converted("nr_threads", "50%", &Map::default()), Some(Err(ExpressionError::Unset("nr_cpu".into()))));
    }
}
