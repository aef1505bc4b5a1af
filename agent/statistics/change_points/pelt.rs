//! The split of a series into segments of constant level that costs least (PELT: Killick, Fearnhead and Eckley 2012).

/// The longest segment.
pub(super) const LONGEST: usize = 1000;
/// So many candidates are looked at, and dropped, together: the processor takes several at once.
const BLOCK: usize = 16;

/// Where the cuts are: each is the number of values before it. Segments have `shortest` to 1,000 values.
///
/// Minimises the sum of squares about the means of the segments, plus `penalty` for each cut. Of equal splits the one
/// with the earliest last cut counts. No cut where the values are fewer than two of the shortest segments.
pub(super) fn cuts(values: &[f64], penalty: f64, shortest: usize) -> Vec<usize> {
    let count = values.len();
    if count < 2 * shortest {
        return Vec::new();
    }
    let mut candidates = Candidates::new(values);
    candidates.add(0, -penalty);
    let mut costs = vec![f64::INFINITY; count + 1];
    let mut previous = vec![0; count + 1];
    for end in shortest..=count {
        let (least, at) = candidates.least(end);
        costs[end] = penalty + least;
        previous[end] = at;
        candidates.drop_losers(end, costs[end]);
        let next = end + 1 - shortest;
        if next >= shortest {
            candidates.add(next, costs[next]);
        }
    }
    let back = std::iter::successors(Some(previous[count]), |cut| Some(previous[*cut]));
    let mut cuts: Vec<usize> = back.take_while(|cut| *cut > 0).collect();
    cuts.reverse();
    cuts
}

/// The candidates for the last cut.
struct Candidates {
    /// What the best split before each candidate costs; infinite where the candidate does not count: too near or too far.
    /// The sum of all squares is left out: it is the same for every split.
    costs: Vec<[f64; BLOCK]>,
    /// The sum of the values before each candidate.
    sums: Vec<[f64; BLOCK]>,
    /// The blocks that can still win, in order, and the least cost that was last seen in each.
    alive: Vec<(usize, f64)>,
    /// 1 / length of the segment, the longest first; zeros for candidates behind the end.
    reciprocals: Vec<f64>,
}

impl Candidates {
    fn new(values: &[f64]) -> Candidates {
        let blocks = values.len() / BLOCK + 1;
        let mut sums = vec![[0.0; BLOCK]; blocks];
        let mut sum = 0.0;
        for (at, value) in values.iter().enumerate() {
            sum += value;
            sums[(at + 1) / BLOCK][(at + 1) % BLOCK] = sum;
        }
        let lengths = (1..=LONGEST + BLOCK).rev().map(|length| 1.0 / length as f64);
        Candidates {
            costs: vec![[f64::INFINITY; BLOCK]; blocks],
            sums,
            alive: Vec::new(),
            reciprocals: lengths.chain([0.0; 2 * BLOCK]).collect(),
        }
    }

    fn add(&mut self, candidate: usize, cost: f64) {
        let block = candidate / BLOCK;
        self.costs[block][candidate % BLOCK] = cost;
        if self.alive.last().is_none_or(|(last, _)| *last < block) {
            self.alive.push((block, f64::INFINITY));
        }
    }

    /// The least cost of the values before `end`, but for the penalty of the last segment, and where that segment begins.
    fn least(&mut self, end: usize) -> (f64, usize) {
        let sum = self.sums[end / BLOCK][end % BLOCK];
        let (mut best, mut best_block) = (f64::INFINITY, None);
        let mut alive = std::mem::take(&mut self.alive);
        for (block, least) in &mut alive {
            let costs = self.block(*block, end, sum);
            *least = least_of(&costs);
            if *least < best {
                (best, best_block) = (*least, Some(*block));
            }
        }
        self.alive = alive;
        let lane = |block: usize| self.block(block, end, sum).iter().position(|cost| *cost == best).unwrap_or(0);
        (best, best_block.map_or(0, |block| block * BLOCK + lane(block)))
    }

    /// The costs of the candidates of one block.
    #[inline]
    fn block(&self, block: usize, end: usize, sum: f64) -> [f64; BLOCK] {
        let (costs, sums) = (&self.costs[block], &self.sums[block]);
        // The length of the segment from the block's first candidate; it falls by one from lane to lane.
        let reciprocals = &self.reciprocals[LONGEST + BLOCK + block * BLOCK - end..][..BLOCK];
        let mut found = [0.0; BLOCK];
        for lane in 0..BLOCK {
            let inside = sum - sums[lane];
            found[lane] = costs[lane] - inside * inside * reciprocals[lane];
        }
        found
    }

    /// Drops the blocks in which no candidate can win any more: they cost more than a cut at `end`, or are too far.
    fn drop_losers(&mut self, end: usize, cost: f64) {
        if let Some(far) = end.checked_sub(LONGEST) {
            self.costs[far / BLOCK][far % BLOCK] = f64::INFINITY;
        }
        self.alive.retain(|(block, least)| *least <= cost && (block + 1) * BLOCK + LONGEST > end);
    }
}

/// By halves, so that the processor compares several at once.
fn least_of(costs: &[f64; BLOCK]) -> f64 {
    let mut least = *costs;
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            least[lane] = if least[lane + half] < least[lane] { least[lane + half] } else { least[lane] };
        }
    }
    least[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same, as the paper has it: every candidate by itself.
    fn literal(values: &[f64], penalty: f64, shortest: usize) -> Vec<usize> {
        let mut sums = vec![0.0];
        values.iter().for_each(|value| sums.push(sums[sums.len() - 1] + value));
        let mut costs = vec![f64::INFINITY; values.len() + 1];
        let mut previous = vec![0; values.len() + 1];
        costs[0] = -penalty;
        let mut candidates = vec![0];
        for end in shortest..=values.len() {
            let cost = |from: usize| costs[from] - (sums[end] - sums[from]).powi(2) / (end - from) as f64;
            let best = candidates.iter().copied().min_by(|a, b| cost(*a).total_cmp(&cost(*b))).unwrap();
            let total = penalty + cost(best);
            let kept = candidates.iter().copied().filter(|from| cost(*from) <= total && end - from < LONGEST);
            candidates = kept.collect();
            (costs[end], previous[end]) = (total, best);
            if end + 1 >= 2 * shortest {
                candidates.push(end + 1 - shortest);
            }
        }
        let mut cuts = Vec::new();
        let mut at = previous[values.len()];
        while at > 0 {
            cuts.insert(0, at);
            at = previous[at];
        }
        cuts
    }

    #[test]
    fn finds_the_cuts_of_the_literal_rule() {
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1 << 24) * 3.0
        };
        for (length, step) in [(16, 1), (17, 8), (31, 9), (500, 37), (3000, 90), (5000, 2600)] {
            let values: Vec<f64> = (0..length).map(|at| f64::from((at / step) % 3) * 4.0 + noise()).collect();
            for (penalty, shortest) in [(20.0, 8), (5.0, 5), (1.0, 1)] {
                let found = cuts(&values, penalty, shortest);
                assert_eq!(found, literal(&values, penalty, shortest), "{length} {step} {penalty} {shortest}");
            }
        }
    }

    #[test]
    fn a_level_series_is_cut_only_where_a_segment_may_not_be_longer() {
        assert!(cuts(&[0.0; 1000], 20.0, 8).is_empty());
        assert_eq!(cuts(&[0.0; 1001], 20.0, 8).len(), 1);
        assert!(cuts(&[0.0; 15], 20.0, 8).is_empty());
    }
}
