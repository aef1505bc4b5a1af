//! What pairs with what: machines into groups, and the ways to run a benchmark.

use super::{
    Difference, NotComparable, Rules, Topic,
    differences::of_circumstances,
    lone::{self, Group, LoneBoard},
};
use crate::{
    boots::{Boot, Boots, CaseKey, Circumstances, SeriesKey},
    record::{Ident, Verdict},
};
use std::collections::{BTreeMap, BTreeSet};

/// Two sides and a history, of which it is known what pairs with what.
pub(super) struct Pairing<'a> {
    pub(super) base: &'a Boots,
    pub(super) new: &'a Boots,
    pub(super) past: &'a Boots,
    /// The groups of machines with boots on both sides; of one without parts all boots are of one group.
    groups: Option<BTreeMap<Group, usize>>,
    by_device: bool,
    /// The ways in which each benchmark was run, over both sides.
    ways: Ways<'a>,
    /// The benchmarks whose ways to run are not told apart, and those that are not compared.
    pooled: BTreeSet<Ident>,
    blocked: BTreeSet<Ident>,
    /// What differs, and was allowed to.
    pub(super) allowed: Vec<Difference>,
    /// What keeps benchmarks from being compared.
    pub(super) refused: Vec<Difference>,
    pub(super) notes: Vec<String>,
    /// How many new boots are on the base too.
    pub(super) shared_boots: usize,
    rules: &'a Rules,
}

impl<'a> Pairing<'a> {
    pub(super) fn new(
        base: &'a Boots,
        new: &'a Boots,
        past: &'a Boots,
        rules: &'a Rules,
    ) -> Result<Self, NotComparable> {
        let mut pairing = Pairing {
            base,
            new,
            past,
            groups: None,
            ways: Ways::new(),
            by_device: [base, new].iter().flat_map(|side| &side.boots).all(|boot| boot.device.is_some()),
            pooled: BTreeSet::new(),
            blocked: BTreeSet::new(),
            allowed: Vec::new(),
            refused: Vec::new(),
            notes: Vec::new(),
            shared_boots: 0,
            rules,
        };
        pairing.check_names()?;
        pairing.group_machines()?;
        pairing.pair_benchmarks();
        pairing.look_for_shared_boots();
        Ok(pairing)
    }

    fn check_names(&self) -> Result<(), NotComparable> {
        let both = || self.base.series.keys().chain(self.new.series.keys());
        let benchmarks: BTreeSet<&str> = both().map(|key| key.case.benchmark.as_str()).collect();
        let metrics: BTreeSet<&str> = both().map(|key| key.metric.as_str()).collect();
        for (option, asked, known) in
            [("--benchmark", &self.rules.benchmarks, benchmarks), ("--metric", &self.rules.metrics, metrics)]
        {
            if let Some(name) = asked.iter().find(|name| !known.contains(name.as_str())) {
                let all: Vec<&str> = known.iter().take(8).copied().collect();
                let known = format!("there is {}", all.join(", "));
                return Err(NotComparable::NoSuch { option, name: name.clone(), known });
            }
        }
        Ok(())
    }

    fn group(&self, boot: &Boot) -> Group {
        (boot.kind.clone(), boot.device.clone().filter(|_| self.by_device))
    }

    /// Finds the groups of machines with boots on both sides.
    fn group_machines(&mut self) -> Result<(), NotComparable> {
        let groups = |side: &Boots| side.boots.iter().map(|boot| self.group(boot)).collect::<BTreeSet<Group>>();
        let (base, new) = (groups(self.base), groups(self.new));
        let common: Vec<Group> = base.intersection(&new).cloned().collect();
        if !common.is_empty() {
            self.notes.extend(lone::notes(&base, &new));
            let kinds = common.iter().map(|(kind, _)| kind).collect::<BTreeSet<_>>().len();
            if kinds > 1 {
                self.notes.push(format!(
                    "{kinds} kinds of machines are taken together: each change is one for all of them, \
                     and `lava-bench report` compares each kind by itself"
                ));
            }
            self.groups = Some(common.into_iter().zip(0..).collect());
            return Ok(());
        }
        let unknown = |groups: &BTreeSet<Group>| groups.iter().all(|(kind, _)| kind.is_unknown());
        let side = match (unknown(&base), unknown(&new)) {
            (true, true) => Some("neither side says"),
            (true, false) => Some("the base does not say"),
            (false, true) => Some("the new side does not say"),
            (false, false) => None,
        };
        if let Some(side) = side {
            self.notes.push(format!("{side} what machine it is: whether both are of one kind is unknown"));
            return Ok(());
        }
        let found = of_machines(&base, &new);
        if !self.rules.allow_different {
            return Err(NotComparable::Different(found));
        }
        self.allowed.extend(found);
        Ok(())
    }

    /// Finds the benchmarks that were run in the same way on both sides, and those that were not.
    fn pair_benchmarks(&mut self) {
        let (base, new) = (ways(self.base), ways(self.new));
        for (benchmark, ways) in base.iter().chain(&new) {
            self.ways.entry(benchmark).or_default().extend(ways.iter().copied());
        }
        for (benchmark, old) in &base {
            let Some(now) = new.get(benchmark) else { continue };
            let common = old.intersection(now).count();
            if common == old.len() && common == now.len() {
                continue;
            }
            let (Some(first), Some(second)) = (old.difference(now).next(), now.difference(old).next()) else {
                continue;
            };
            if common > 0 {
                continue;
            }
            let found = of_circumstances(benchmark, first, second);
            if self.rules.allow_different {
                self.allowed.extend(found);
                self.pooled.insert((*benchmark).clone());
            } else if self.is_asked_for(benchmark) {
                self.refused.extend(found);
                self.blocked.insert((*benchmark).clone());
            }
        }
    }

    /// Two kernels do not run in one boot.
    fn look_for_shared_boots(&mut self) {
        let keys: BTreeSet<_> = self.base.boots.iter().map(|boot| &boot.key).collect();
        let shared = self.new.boots.iter().filter(|boot| keys.contains(&boot.key)).count();
        self.shared_boots = shared;
        if shared > 0 {
            let boots = match (shared, self.new.boots.len()) {
                (1, 1) => "the new boot is".into(),
                (_, all) if all == shared => format!("all {all} new boots are"),
                (1, all) => format!("1 of {all} new boots is"),
                (_, all) => format!("{shared} of {all} new boots are"),
            };
            self.notes.push(format!("{boots} on the base side too: what differs between boots is not seen"));
        }
    }

    /// The group that a boot is of, by its position; `None` if it does not count.
    pub(super) fn group_of(&self, boot: &Boot) -> Option<usize> {
        match &self.groups {
            None => Some(0),
            Some(groups) => groups.get(&self.group(boot)).copied(),
        }
    }

    pub(super) fn group_count(&self) -> usize {
        self.groups.as_ref().map_or(1, BTreeMap::len)
    }

    fn is_asked_for(&self, benchmark: &Ident) -> bool {
        let asked = &self.rules.benchmarks;
        asked.is_empty() || asked.iter().any(|name| name == benchmark.as_str())
    }

    /// The key of a case, without what was allowed to differ; `None` if it is not compared.
    pub(super) fn case(&self, key: &CaseKey) -> Option<CaseKey> {
        if self.blocked.contains(&key.benchmark) || !self.is_asked_for(&key.benchmark) {
            return None;
        }
        let mut key = key.clone();
        if self.pooled.contains(&key.benchmark) {
            key.circumstances = Circumstances::default();
        }
        Some(key)
    }

    /// The key of a series, likewise.
    pub(super) fn series(&self, key: &SeriesKey) -> Option<SeriesKey> {
        let asked = &self.rules.metrics;
        if !asked.is_empty() && !asked.iter().any(|name| name == key.metric.as_str()) {
            return None;
        }
        Some(SeriesKey { case: self.case(&key.case)?, ..key.clone() })
    }

    /// Whether a side has a case, by its key without what was allowed to differ.
    pub(super) fn has_case(&self, side: &Boots, key: &CaseKey) -> bool {
        if self.pooled.contains(&key.benchmark) {
            let same = |other: &&CaseKey| other.benchmark == key.benchmark && other.labels == key.labels;
            return side.cases.keys().any(|other| same(&other));
        }
        side.cases.contains_key(key)
    }

    /// The parameters that tell a way to run a benchmark from the others.
    pub(super) fn telling(&self, key: &CaseKey) -> BTreeMap<String, String> {
        let Some(all) = self.ways.get(&key.benchmark) else { return BTreeMap::new() };
        if all.len() < 2 || self.pooled.contains(&key.benchmark) {
            return BTreeMap::new();
        }
        let told = |name: &str, value: &String| all.iter().any(|other| other.parameters.get(name) != Some(value));
        let parameters = key.circumstances.parameters.iter().filter(|(name, value)| told(name, value));
        parameters.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The boards of the base that passed a case which is asked for, and that are not compared.
    pub(super) fn lone_boards(&self) -> BTreeSet<LoneBoard> {
        let compared = self.groups_of(self.base);
        if compared.iter().all(Option::is_some) {
            return BTreeSet::new();
        }
        let mut passed: BTreeSet<usize> = BTreeSet::new();
        for (_, outcomes) in self.base.cases.iter().filter(|(key, _)| self.case(key).is_some()) {
            let lone = outcomes.iter().filter(|one| one.result == Verdict::Pass && compared[one.boot].is_none());
            passed.extend(lone.map(|one| one.boot));
        }
        let new = self.new.boots.iter().map(|boot| self.group(boot)).collect::<BTreeSet<Group>>();
        let board = |at: usize| LoneBoard::of(&self.group(&self.base.boots[at]), &new);
        passed.into_iter().filter_map(board).collect()
    }

    /// The group of each boot of a side.
    pub(super) fn groups_of(&self, side: &Boots) -> Vec<Option<usize>> {
        side.boots.iter().map(|boot| self.group_of(boot)).collect()
    }
}

/// The ways in which each benchmark was run.
type Ways<'a> = BTreeMap<&'a Ident, BTreeSet<&'a Circumstances>>;

fn ways(side: &Boots) -> Ways<'_> {
    let mut ways = Ways::new();
    for key in side.cases.keys() {
        ways.entry(&key.benchmark).or_default().insert(&key.circumstances);
    }
    ways
}

/// What machines differ in of which none is on both sides.
fn of_machines(base: &BTreeSet<Group>, new: &BTreeSet<Group>) -> Vec<Difference> {
    let (Some(old), Some(now)) = (base.first(), new.first()) else { return Vec::new() };
    let mut found: Vec<Difference> = old
        .0
        .differences(&now.0)
        .into_iter()
        .map(|(what, old, new)| Difference::new(Topic::Machine, what, old, new))
        .collect();
    if found.is_empty() {
        let devices = |groups: &BTreeSet<Group>| {
            groups.iter().filter_map(|(_, device)| device.clone()).collect::<Vec<_>>().join(" or ")
        };
        found.push(Difference::new(Topic::Machine, "device", Some(&devices(base)), Some(&devices(new))));
    }
    found
}
