//! What of a job is expanded: the parameters of its programs, where their lists are, and how they stand in a path.

use super::{
    node::{Map, Node},
    tree::{Mark, Tree},
};
use std::collections::{BTreeMap, BTreeSet};

/// Keys whose lists are expanded in every job.
const AXES: [&str; 9] = [
    "kconfig",
    "commit",
    "rootfs",
    "ltp_commit",
    "nvml_commit",
    "blktests_commit",
    "qemu_commit",
    "perf_test_commit",
    "linux_commit",
];

/// What a job has of its programs.
#[derive(Clone, Debug, Default)]
pub(super) struct Programs {
    /// Program -> its parameters.
    pub(super) named: BTreeMap<String, BTreeSet<String>>,
    /// Parameter -> how it stands in a path.
    parameters: BTreeMap<String, Mark>,
}

impl Programs {
    pub(super) fn of(job: &Map, tree: &Tree) -> Self {
        let mut programs = Self::default();
        programs.parameters.insert("cluster".into(), Mark::Value);
        each_key(job, &mut |_, key, _| {
            if let Some(parameters) = tree.workloads.get(key) {
                let names = parameters.iter().map(|(name, _)| name.clone()).collect();
                programs.named.insert(key.into(), names);
                programs.parameters.extend(parameters.iter().cloned());
            }
        });
        for wrapper in ["wrapper", "dwrapper"] {
            programs.named.insert(wrapper.into(), Tree::of_all().map(|(name, _)| name.to_string()).collect());
        }
        programs.parameters.extend(Tree::of_all().map(|(name, mark)| (name.to_string(), mark)));
        programs
    }

    /// Whether the lists of a key are expanded.
    pub(super) fn expand(&self, key: &str) -> bool {
        AXES.contains(&key) || self.named.contains_key(key) || self.parameters.contains_key(key)
    }
}

/// Calls for each key of a mapping and of the mappings in it: the key around it, its own, and its value.
pub(super) fn each_key<'m>(map: &'m Map, call: &mut dyn FnMut(Option<&'m str>, &'m str, &'m Node)) {
    fn inside<'m>(around: Option<&'m str>, map: &'m Map, call: &mut dyn FnMut(Option<&'m str>, &'m str, &'m Node)) {
        for (key, node) in map.iter() {
            call(around, key, node);
            if let Node::Map(map) = node {
                inside(Some(key), map, call);
            }
        }
    }
    inside(None, map, call);
}

/// Where the first list or `{{ }}` is that is expanded: the positions on the way.
pub(super) fn first_axis(map: &Map, programs: &Programs) -> Option<Vec<usize>> {
    for (position, (key, node)) in map.iter().enumerate() {
        let late =
            matches!(node, Node::Text(text) if text.split_once("{{").is_some_and(|(_, rest)| rest.contains("}}")));
        if late || (matches!(node, Node::List(_)) && programs.expand(key)) {
            return Some(vec![position]);
        }
        if let Node::Map(inner) = node
            && let Some(mut path) = first_axis(inner, programs)
        {
            path.insert(0, position);
            return Some(path);
        }
    }
    None
}

pub(super) fn at<'m>(map: &'m mut Map, path: &[usize]) -> Option<&'m mut Node> {
    let (position, rest) = path.split_first()?;
    let node = map.iter_mut().nth(*position)?.1;
    match (rest.is_empty(), node) {
        (true, node) => Some(node),
        (false, Node::Map(map)) => at(map, rest),
        (false, _) => None,
    }
}

pub(super) fn key_at<'m>(map: &'m Map, path: &[usize]) -> &'m str {
    let Some((position, rest)) = path.split_first() else { return "" };
    match map.iter().nth(*position) {
        Some((key, _)) if rest.is_empty() => key,
        Some((_, Node::Map(map))) => key_at(map, rest),
        _ => "",
    }
}

/// The parameters of an atomic job as one part of a path.
pub(super) fn path(job: &Map, tree: &Tree) -> String {
    let programs = Programs::of(job, tree);
    let mut parts: Vec<(&str, String)> = Vec::new();
    each_key(job, &mut |around, key, node| {
        let mark = programs.parameters.get(key);
        let counts = mark.is_some() || tree.workloads.contains_key(key);
        if !counts || matches!(node, Node::Map(_)) || around.is_some_and(|around| tree.monitors.contains(around)) {
            return;
        }
        let value: String = node.to_string().chars().take(31).collect();
        match mark {
            Some(Mark::Named) if value.is_empty() => parts.push((key, key.into())),
            Some(Mark::Named) => parts.push((key, format!("{key}={value}"))),
            _ if node.is_true() => parts.push((key, value)),
            _ => {}
        }
    });
    if parts.is_empty() {
        return "defaults".into();
    }
    parts.sort_by(|left, right| left.0.cmp(right.0));
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '=' | ':' | '.' | '%');
    let joined = parts.into_iter().map(|(_, value)| value).collect::<Vec<_>>().join("-");
    joined.chars().map(|c| if allowed(c) { c } else { '_' }).collect()
}
