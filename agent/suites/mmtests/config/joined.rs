//! What measures each benchmark -> one run for each definition, as far as one run can have just their cases.

use super::choice::{Choice, Left};
use std::collections::{BTreeMap, BTreeSet};

/// A benchmark's choice, with the parameters that it has values of its own for; the others of its definition share the rest.
pub(super) struct Member {
    pub(super) choice: Choice,
    pub(super) own: BTreeMap<String, String>,
}

/// The runs, in the order of the first benchmark of each, and the benchmarks that fit into none.
pub(super) fn join(members: Vec<Member>) -> (Vec<Choice>, Vec<Left>) {
    let mut groups: Vec<Vec<Member>> = Vec::new();
    for member in members {
        let same = |group: &&mut Vec<Member>| group[0].choice.definition == member.choice.definition;
        match groups.iter_mut().find(same) {
            None => groups.push(vec![member]),
            Some(group) if group.iter().any(|known| known.choice.benchmarks == member.choice.benchmarks) => {}
            Some(group) => group.push(member),
        }
    }
    let (mut choices, mut left) = (Vec::new(), Vec::new());
    for group in groups {
        let all: Vec<&Member> = group.iter().collect();
        if let Some(choice) = one_run(&all) {
            choices.push(choice);
            continue;
        }
        let mut kept = vec![&group[0]];
        for member in &group[1..] {
            let with: Vec<&Member> = kept.iter().copied().chain([member]).collect();
            if one_run(&with).is_some() {
                kept = with;
            }
        }
        let names = |members: &[&Member]| {
            members.iter().flat_map(|member| member.choice.benchmarks.clone()).collect::<Vec<_>>()
        };
        let before =
            format!("the definition {} runs for {} already", group[0].choice.definition, names(&kept).join(" "));
        let reason = |benchmark: &str| format!("{before}; a copy with `export MMTESTS={benchmark}` runs it");
        let others: Vec<&Member> =
            all.into_iter().filter(|member| !kept.iter().any(|known| std::ptr::eq(*known, *member))).collect();
        left.extend(names(&others).into_iter().map(|benchmark| Left { reason: reason(&benchmark), benchmark }));
        choices.extend(one_run(&kept));
    }
    (choices, left)
}

/// One run with the cases of all members and no others: it has every combination of its parameters' values.
fn one_run(members: &[&Member]) -> Option<Choice> {
    let (first, others) = members.split_first()?;
    let mut choice = first.choice.clone();
    if !others.is_empty() {
        let shared = |member: &Member| -> BTreeMap<String, String> {
            let all = member.choice.parameters.clone();
            all.into_iter().filter(|(name, _)| !member.own.contains_key(name)).collect()
        };
        let alike = |member: &&Member| member.own.keys().eq(first.own.keys()) && shared(member) == shared(first);
        if first.own.is_empty() || !others.iter().all(alike) {
            return None;
        }
    }
    let mut combinations: BTreeSet<Vec<&str>> = BTreeSet::new();
    let mut lists: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for member in members {
        let mut own = vec![Vec::new()];
        for (name, values) in &member.own {
            let list = lists.entry(name).or_default();
            values.split(' ').for_each(|value| {
                if !list.contains(&value) {
                    list.push(value)
                }
            });
            own = own
                .iter()
                .flat_map(|before| values.split(' ').map(|value| [before.as_slice(), &[value]].concat()))
                .collect();
        }
        combinations.extend(own);
    }
    if lists.values().map(Vec::len).product::<usize>() != combinations.len() {
        return None;
    }
    choice.parameters.extend(lists.into_iter().map(|(name, list)| (name.to_string(), list.join(" "))));
    choice.benchmarks.extend(others.iter().flat_map(|member| member.choice.benchmarks.clone()));
    Some(choice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(benchmark: &str, own: &[(&str, &str)]) -> Member {
        let own: BTreeMap<String, String> = own.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let mut parameters = own.clone();
        parameters.insert("LOOPS".into(), "3".into());
        let choice =
            Choice { benchmarks: vec![benchmark.into()], definition: "a".into(), parameters, differs: Vec::new() };
        Member { choice, own }
    }

    #[test]
    fn a_run_has_just_the_cases_of_its_benchmarks() {
        let all = ["pa", "pb", "qa", "qb"].map(|name| (name, [("X", &name[..1]), ("Y", &name[1..])]));
        let members = |names: &[&str]| -> Vec<Member> {
            all.iter().filter(|(name, _)| names.contains(name)).map(|(name, own)| member(name, own)).collect()
        };
        let (choices, left) = join(members(&["pa", "pb", "qa", "qb"]));
        assert_eq!((choices.len(), left.len()), (1, 0));
        assert_eq!(choices[0].benchmarks, ["pa", "pb", "qa", "qb"]);
        assert_eq!([&choices[0].parameters["X"], &choices[0].parameters["Y"]], ["p q", "a b"]);
        let (choices, left) = join(members(&["pa", "qb"]));
        assert_eq!(
            (choices[0].benchmarks.as_slice(), choices[0].parameters["X"].as_str()),
            (&["pa".to_string()][..], "p")
        );
        assert_eq!(
            (left[0].benchmark.as_str(), left[0].reason.as_str()),
            ("qb", "the definition a runs for pa already; a copy with `export MMTESTS=qb` runs it")
        );
        let (choices, left) = join(members(&["pa", "pb", "qa"]));
        assert_eq!((choices[0].benchmarks.join(" ").as_str(), left[0].benchmark.as_str()), ("pa pb", "qa"));
    }

    #[test]
    fn benchmarks_without_values_of_their_own_do_not_share_a_run() {
        let (choices, left) = join(vec![member("one", &[]), member("two", &[]), member("one", &[])]);
        assert_eq!((choices.len(), left.len(), left[0].benchmark.as_str()), (1, 1, "two"));
    }
}
