//! The split of a series into segments of constant level that costs least (PELT: Killick, Fearnhead and Eckley 2012).

/// The longest segment.
pub(super) const LONGEST: usize = 1000;
/// So many candidates are looked at, and dropped, together: the processor takes several at once.
const BLOCK: usize = 16;
/// How exact a cost is, as a share of the sum of all squares.
const ROUNDING: f64 = 1e-9;

/// Where the cuts are: each is the number of values before it. Segments have `shortest` to 1,000 values.
///
/// Minimises the sum of squares about the means of the segments, plus `penalty` for each cut. Of equal splits the one
/// with the earliest last cut counts. No cut where the values are fewer than two of the shortest segments.
pub(super) fn cuts(values: &[f64], penalty: f64, shortest: usize) -> Vec<usize> {
    let count = values.len();
    if count < 2 * shortest {
        return Vec::new();
    }
    let mut candidates = Candidates::new(values, shortest);
    candidates.add(0, -penalty);
    // Of each end: what its best split costs, and the block in which its last cut is.
    let mut best = vec![(f64::INFINITY, 0); count + 1];
    for end in shortest..=count {
        let rival = end - shortest;
        let (least, block) = candidates.least(end, best[rival].0 + candidates.squares[rival]);
        best[end] = (penalty + least, block);
        let next = end + 1 - shortest;
        if next >= shortest {
            candidates.add(next, best[next].0);
        }
    }
    let cut_before = |end: usize| {
        let cost = |from: usize| if from == 0 { -penalty } else { best[from].0 };
        candidates.first_least(best[end].1, end, cost)
    };
    let back = std::iter::successors(Some(cut_before(count)), |cut| Some(cut_before(*cut)));
    let mut cuts: Vec<usize> = back.take_while(|cut| *cut > 0).collect();
    cuts.reverse();
    cuts
}

/// The candidates for the last cut.
struct Candidates {
    /// The shortest segment.
    shortest: usize,
    /// What the best split before each candidate costs; infinite where the candidate does not count: too near or too far.
    /// The sum of all squares is left out: it is the same for every split.
    costs: Vec<[f64; BLOCK]>,
    /// The sum of the values before each candidate.
    sums: Vec<[f64; BLOCK]>,
    /// The sum of the squares of the values before each place.
    squares: Vec<f64>,
    /// The blocks that can still win, in order.
    alive: Vec<Alive>,
    /// The block that won last.
    winner: usize,
    /// 1 / length of the segment, the longest first; zeros for candidates behind the end.
    reciprocals: Vec<f64>,
}

/// A block of candidates that can still win.
struct Alive {
    block: usize,
    /// The least cost of its candidates when they were last looked at, all squares included. From there it only rises: a
    /// segment costs more with each value.
    floor: f64,
    /// For which end that was.
    seen: usize,
}

impl Candidates {
    fn new(values: &[f64], shortest: usize) -> Candidates {
        let blocks = values.len() / BLOCK + 1;
        let mut sums = vec![[0.0; BLOCK]; blocks];
        let mut squares = vec![0.0; values.len() + 1];
        let mut sum = 0.0;
        for (at, value) in values.iter().enumerate() {
            sum += value;
            sums[(at + 1) / BLOCK][(at + 1) % BLOCK] = sum;
            squares[at + 1] = squares[at] + value * value;
        }
        let lengths = (1..=LONGEST + BLOCK).rev().map(|length| 1.0 / length as f64);
        Candidates {
            shortest,
            costs: vec![[f64::INFINITY; BLOCK]; blocks],
            sums,
            squares,
            alive: Vec::new(),
            winner: 0,
            reciprocals: lengths.chain([0.0; 2 * BLOCK]).collect(),
        }
    }

    fn add(&mut self, candidate: usize, cost: f64) {
        let block = candidate / BLOCK;
        self.costs[block][candidate % BLOCK] = cost;
        let fresh = Alive { block, floor: f64::NEG_INFINITY, seen: candidate };
        match self.alive.last_mut().filter(|last| last.block == block) {
            Some(last) => *last = fresh,
            None => self.alive.push(fresh),
        }
    }

    /// The least cost of the values before `end`, but for the penalty of the last segment, and the block of the candidate
    /// where that segment begins. What costs more than `rival`, the best split of the values before the shortest segment, all
    /// squares included, never wins again: a cut there is better.
    fn least(&mut self, end: usize, rival: f64) -> (f64, usize) {
        if let Some(far) = end.checked_sub(LONGEST + 1) {
            self.costs[far / BLOCK][far % BLOCK] = f64::INFINITY;
        }
        let squares = self.squares[end];
        let rounding = ROUNDING * squares;
        // Who won last time is likely to win again, so that most others need no look.
        let (last, of_last) = (self.winner, self.least_of_block(self.winner, end));
        let (mut bound, mut best) = (of_last, (f64::INFINITY, last));
        let mut alive = std::mem::take(&mut self.alive);
        alive.retain_mut(|known| {
            let lost = known.seen + self.shortest <= end && known.floor > rival + rounding;
            if lost || (known.block + 1) * BLOCK + LONGEST <= end {
                return false;
            }
            if known.floor <= bound + squares + rounding {
                let least = if known.block == last { of_last } else { self.least_of_block(known.block, end) };
                (known.floor, known.seen) = (least + squares, end);
                if least < best.0 {
                    best = (least, known.block);
                    bound = bound.min(least);
                }
            }
            true
        });
        (self.alive, self.winner) = (alive, best.1);
        best
    }

    fn least_of_block(&self, block: usize, end: usize) -> f64 {
        least_of(&self.block(&self.costs[block], block, end, self.sums[end / BLOCK][end % BLOCK]))
    }

    /// The first of a block's candidates with the least cost for the values before `end`; `cost` is what the best split
    /// before a candidate costs.
    fn first_least(&self, block: usize, end: usize, cost: impl Fn(usize) -> f64) -> usize {
        let sum = self.sums[end / BLOCK][end % BLOCK];
        let counts = |from: usize| from + self.shortest <= end && end <= from + LONGEST;
        let mut costs = [f64::INFINITY; BLOCK];
        for (from, known) in (block * BLOCK..).zip(&mut costs) {
            if counts(from) {
                *known = cost(from);
            }
        }
        let costs = self.block(&costs, block, end, sum);
        let least = least_of(&costs);
        block * BLOCK + costs.iter().position(|cost| *cost == least).unwrap_or(0)
    }

    /// The costs of the values before `end` with the last cut at each candidate of one block; `costs` are those of the values
    /// before the candidates.
    #[inline]
    fn block(&self, costs: &[f64; BLOCK], block: usize, end: usize, sum: f64) -> [f64; BLOCK] {
        let sums = &self.sums[block];
        // The length of the segment from the block's first candidate; it falls by one from lane to lane.
        let reciprocals = &self.reciprocals[LONGEST + BLOCK + block * BLOCK - end..][..BLOCK];
        let mut found = [0.0; BLOCK];
        for lane in 0..BLOCK {
            let inside = sum - sums[lane];
            found[lane] = costs[lane] - inside * inside * reciprocals[lane];
        }
        found
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

    /// The same, without leaving out any candidate.
    fn literal(values: &[f64], penalty: f64, shortest: usize) -> Vec<usize> {
        let mut sums = vec![0.0];
        values.iter().for_each(|value| sums.push(sums[sums.len() - 1] + value));
        let mut costs = vec![f64::INFINITY; values.len() + 1];
        let mut previous = vec![0; values.len() + 1];
        costs[0] = -penalty;
        for end in shortest..=values.len() {
            let cost = |from: usize| costs[from] - (sums[end] - sums[from]).powi(2) / (end - from) as f64;
            let candidates = end.saturating_sub(LONGEST)..=end - shortest;
            let best = candidates.min_by(|a, b| cost(*a).total_cmp(&cost(*b))).unwrap();
            (costs[end], previous[end]) = (penalty + cost(best), best);
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
