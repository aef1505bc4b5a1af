//! What a job needs of the machine, answered.

use super::{
    node::{Map, Node},
    parameter::bytes,
};

/// A machine, as jobs ask for it.
#[derive(Clone, Debug, Default)]
pub struct Board {
    /// Its processors.
    pub cpus: i64,
    /// Its nodes of memory.
    pub nodes: i64,
    /// The memory that programs may take, in bytes, if it is known.
    pub available: Option<u64>,
    /// The kernel's release.
    pub release: String,
    /// The kernel's command line, if it is known.
    pub command_line: Option<String>,
    /// The kernel's configuration, if it is known.
    pub config: Option<String>,
}

/// What a machine lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lacks {
    /// What the job cannot run without.
    pub(super) refused: Vec<String>,
    /// What lkp itself does not check where it runs by itself.
    pub(super) named: Vec<String>,
}

/// Needs that are not answered here.
const UNANSWERED: [&str; 4] = ["need_cpuid", "need_cpu_model", "need_physical_tbox", "constraints"];

pub(super) fn lacks(job: &Map, board: &Board) -> Lacks {
    let mut lacks = Lacks::default();
    let refused = [memory(job, board), cpus(job, board), nodes(job, board)].into_iter().flatten();
    lacks.refused.extend(refused.chain(versions(job, board)).chain(command_line(job, board)));
    lacks.named.extend(options(job, board));
    let unanswered =
        UNANSWERED.iter().filter_map(|key| job.get(key).map(|node| format!("{key}: {node}: it is not checked")));
    lacks.named.extend(unanswered);
    lacks
}

fn memory(job: &Map, board: &Board) -> Option<String> {
    let need = job.get("need_memory")?;
    let text = need.to_string();
    // So many percent are so many hundredths of a GiB for each processor.
    let wanted = match text.strip_suffix('%').and_then(|percent| percent.trim().parse::<i64>().ok()) {
        Some(percent) => (board.cpus.saturating_mul(percent) / 100).saturating_mul(1 << 30),
        None => bytes(need),
    };
    let available = board.available?;
    let lacks = u64::try_from(wanted).is_ok_and(|wanted| wanted > available);
    lacks.then(|| format!("need_memory: {text}: {} MiB are available", available >> 20))
}

fn cpus(job: &Map, board: &Board) -> Option<String> {
    let need = job.get("need_cpu")?.to_string().trim().parse::<i64>().ok()?;
    let lacks = if need < 0 { board.cpus > -need } else { board.cpus < need };
    let most = if need < 0 { format!("at most {}", -need) } else { need.to_string() };
    lacks.then(|| format!("need_cpu: {most}: there are {}", board.cpus))
}

fn nodes(job: &Map, board: &Board) -> Option<String> {
    let need = job.get("need_node")?.to_string().trim().parse::<i64>().ok()?;
    (need > board.nodes).then(|| format!("need_node: {need}: there are {}", board.nodes))
}

/// `>= v4.17, gcc`: only gcc's kernels are judged.
fn versions(job: &Map, board: &Board) -> Vec<String> {
    let needs = job.get("need_kernel_version").map(Node::values).unwrap_or_default();
    let texts = needs.iter().map(ToString::to_string).filter(|text| !text.contains("clang"));
    let unmet = |text: &String| text.split(',').next().and_then(|need| satisfied(need, &board.release)) == Some(false);
    texts.filter(unmet).map(|text| format!("need_kernel_version: {text}: the kernel is {}", board.release)).collect()
}

/// Whether a release satisfies `>= v5.4`; `None`: it is not understood.
fn satisfied(need: &str, release: &str) -> Option<bool> {
    let (sign, version) = need.split_once('v')?;
    let order = number(release)?.cmp(&number(version)?);
    Some(match sign.trim() {
        "==" => order.is_eq(),
        "!=" => order.is_ne(),
        ">" => order.is_gt(),
        // A kernel between two releases counts as the older one, so lkp excludes the border.
        "<" | "<=" => order.is_lt(),
        "" | ">=" => order.is_ge(),
        _ => return None,
    })
}

/// The version, the patch level and the sublevel of a kernel, and its release candidate.
fn number(release: &str) -> Option<[u64; 4]> {
    let release = release.trim();
    let candidate = release.split_once("-rc").map_or(999, |(_, rest)| leading(rest));
    let mut parts = release.split('.');
    let version = parts.next()?.parse().ok()?;
    Some([version, leading(parts.next()?), parts.next().map_or(0, leading), candidate])
}

fn leading(text: &str) -> u64 {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().unwrap_or(0)
}

/// The options of the kernel's configuration that are not as they are wanted.
fn options(job: &Map, board: &Board) -> Vec<String> {
    let needs = job.get("need_kconfig").map(Node::values).unwrap_or_default();
    let Some(config) = &board.config else {
        return (!needs.is_empty())
            .then(|| "need_kconfig: the kernel's configuration is unknown".into())
            .into_iter()
            .collect();
    };
    let mut unmet = Vec::new();
    for need in needs {
        let pairs: Vec<(String, String)> = match need {
            Node::Map(map) => map.iter().map(|(name, node)| (name.to_string(), wanted(node))).collect(),
            node => {
                let text = node.to_string();
                let (name, value) = text.split_once('=').unwrap_or((&text, ""));
                vec![(name.into(), value.into())]
            }
        };
        for (name, value) in pairs {
            let name = name.strip_prefix("CONFIG_").unwrap_or(&name).to_string();
            let found = option(config, &name);
            let is_on = matches!(found, Some("y" | "m"));
            let met = match value.as_str() {
                "n" => !is_on,
                "" | "y" | "m" => is_on,
                value => found.is_some_and(|found| found.trim_matches('"') == value),
            };
            if !met {
                let value = if value.is_empty() { "y" } else { &value };
                unmet.push(format!("need_kconfig: {name}={value}: the kernel has {}", found.unwrap_or("n")));
            }
        }
    }
    unmet
}

/// The value of an option; what names versions and architectures beside it is left out.
fn wanted(node: &Node) -> String {
    let is_value = |text: &&String| !text.contains('.') && !matches!(text.as_str(), "x86_64" | "i386");
    let texts: Vec<String> = node.values().iter().map(ToString::to_string).collect();
    texts.iter().find(is_value).cloned().unwrap_or_default()
}

fn option<'c>(config: &'c str, name: &str) -> Option<&'c str> {
    config.lines().find_map(|line| line.strip_prefix("CONFIG_")?.strip_prefix(name)?.strip_prefix('='))
}

/// What the kernel should have been booted with.
fn command_line(job: &Map, board: &Board) -> Vec<String> {
    let Some(line) = &board.command_line else { return Vec::new() };
    let mut wanted: Vec<String> = Vec::new();
    if let Some(text) = job.get("kernel_cmdline").and_then(Node::text) {
        wanted.extend(text.split_whitespace().map(str::to_string));
    }
    if let Some(map) = job.get("boot_params").and_then(Node::map) {
        for (key, node) in map.iter().filter(|(key, _)| key.starts_with("bp")) {
            let name = key.split_once('_').map_or(key, |(_, name)| name);
            wanted.push(if *node == Node::Null { name.into() } else { format!("{name}={node}") });
        }
    }
    let is_missing = |word: &String| !line.split_whitespace().any(|given| given == word);
    wanted.into_iter().filter(is_missing).map(|word| format!("the kernel was not booted with `{word}`")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacking(job: &str) -> Lacks {
        let board = Board {
            cpus: 2,
            nodes: 1,
            available: Some(4 << 30),
            release: "6.1.0-rc3-v8+".into(),
            command_line: Some("console=ttyS0 quiet".into()),
            config: Some("CONFIG_MEMCG=y\nCONFIG_BLK_DEV_RAM=m\nCONFIG_HZ=250\n# CONFIG_EXPERT is not set\n".into()),
        };
        lacks(crate::text::yaml::read::<Node>(job).unwrap().map().unwrap(), &board)
    }

    #[test]
    fn what_the_board_has_is_enough() {
        let job = "need_memory: 4G\nneed_cpu: 2\nneed_node: 1\nneed_kernel_version: ['>= v5.4, gcc', '>= v9.0, clang']\n\
                   need_kconfig: [MEMCG, BLK_DEV_RAM: m, EXPERT: n, HZ: 250, CMA: [n, x86_64]]\nkernel_cmdline: quiet\n";
        assert_eq!(lacking(job), Lacks::default());
    }

    #[test]
    fn what_the_board_lacks_is_named() {
        let refused = |job: &str| lacking(job).refused.join("; ");
        assert_eq!(refused("need_memory: 300%"), "need_memory: 300%: 4096 MiB are available");
        assert_eq!(refused("need_cpu: 4"), "need_cpu: 4: there are 2");
        assert_eq!(refused("need_cpu: -1"), "need_cpu: at most 1: there are 2");
        assert_eq!(refused("need_node: 2"), "need_node: 2: there are 1");
        assert!(refused("need_kernel_version: ['>= v6.1-rc4, gcc']").contains("the kernel is 6.1.0-rc3-v8+"));
        assert_eq!(refused("boot_params: {bp1_memmap: 16G!4G}"), "the kernel was not booted with `memmap=16G!4G`");
        let named = lacking("need_kconfig: [EXPERT: y, MEMCG: n, HZ: 100]\nneed_cpuid: 3").named;
        assert_eq!(named[0], "need_kconfig: EXPERT=y: the kernel has n");
        assert_eq!(named[1], "need_kconfig: MEMCG=n: the kernel has y");
        assert_eq!(named[2], "need_kconfig: HZ=100: the kernel has 250");
        assert_eq!(named[3], "need_cpuid: 3: it is not checked");
    }
}
