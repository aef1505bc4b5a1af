//! Assembly: the frames of one record, in any order -> its canonical JSON, proved by the SHA-256 in it.
//!
//! Frames that contradict each other or that make the SHA-256 wrong are left out, as far as the others suffice. Nothing is
//! allocated because a frame asks for it: what is kept is what came in, and the JSON's length is bounded.

use super::{
    dictionary,
    frame::{Frame, MAX_JSON, parity_shards},
};
use reed_solomon_simd::{
    engine::Naive,
    rate::{DefaultRateDecoder, RateDecoder},
};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, io::Read};

/// SHA-256 and length.
const HEADER: usize = 36;

/// The most shapes of one record's frames that are kept; the board sends one.
const SHAPES: usize = 8;

/// The most contents of one frame that are kept.
const CONTENTS: usize = 4;

/// How often it is tried with other frames when the SHA-256 is wrong.
const ATTEMPTS: usize = 256;

/// About how many bytes a frame takes in addition to its shard, and a shape in addition to its frames.
const FRAME_COST: usize = 200;
const SHAPE_COST: usize = 1000;

/// How much is done at most for the frames of one rebuild, so that forged ones exhaust neither time nor memory: all that
/// is inflated, and all that is computed when the frames at hand do not give what they say.
#[derive(Clone, Copy, Debug)]
pub struct WorkBudget {
    /// Bytes of JSON that may be given back, of all records together.
    pub json: usize,
    /// Bytes that may be gone through, counted each time.
    pub work: u64,
    /// How often one record may be tried with other frames when what they give is wrong.
    pub attempts: usize,
}

impl Default for WorkBudget {
    /// Twice the longest JSON; and of work what takes some seconds, where an honest record takes milliseconds.
    fn default() -> Self {
        Self { json: 2 * MAX_JSON as usize, work: 4 << 30, attempts: ATTEMPTS }
    }
}

impl WorkBudget {
    /// Takes `bytes` of work, if there is as much left.
    fn work(&mut self, bytes: usize) -> Result<(), AssemblyError> {
        let left = self.work.checked_sub(bytes as u64);
        self.work = left.ok_or(AssemblyError::Content("too much had to be tried for forged frames"))?;
        Ok(())
    }
}

/// Why the frames of a record do not give it back.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AssemblyError {
    /// Some are missing.
    #[error("{found} frames found, {needed} needed")]
    Missing {
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// What they give is not what was sent.
    #[error("the frames' content is damaged: {0}")]
    Content(&'static str),
}

/// What an assembly gave.
#[derive(Debug, PartialEq, Eq)]
pub struct Assembled {
    /// The JSON.
    pub json: Vec<u8>,
    /// How many data frames were missing and computed from others.
    pub repaired: usize,
    /// How many frames were left out, as they contradicted the others.
    pub odd: usize,
}

/// How many data frames, how many parity frames, and how long the shards are.
type Shape = (u32, u32, usize);

/// The frames of one shape: what was found of each index, a thing that differs only if something is wrong.
type Set = BTreeMap<u32, Vec<Vec<u8>>>;

/// The frames of one record that were found so far.
#[derive(Clone, Debug, Default)]
pub struct Assembly {
    sets: BTreeMap<Shape, Set>,
    refused: usize,
}

impl Assembly {
    /// Adds one frame, and returns how many bytes are kept more; a doubled one changes nothing.
    pub fn add(&mut self, frame: Frame) -> usize {
        let shape = (frame.data, frame.parity, frame.shard.len());
        if self.sets.len() >= SHAPES && !self.sets.contains_key(&shape) {
            self.refused += 1;
            return 0;
        }
        let new = if self.sets.contains_key(&shape) { 0 } else { SHAPE_COST };
        let contents = self.sets.entry(shape).or_default().entry(frame.index).or_default();
        if contents.contains(&frame.shard) {
            return 0;
        }
        if contents.len() >= CONTENTS {
            self.refused += 1;
            return 0;
        }
        let bytes = frame.shard.len();
        contents.push(frame.shard);
        bytes + FRAME_COST + new
    }

    /// How many different frames were found, and how many are needed, of the shape that is nearest to being complete.
    pub fn count(&self) -> (usize, usize) {
        let counts = self.sets.iter().map(|(shape, set)| (set.len(), shape.0 as usize));
        counts.min_by_key(|(found, needed)| needed.saturating_sub(*found)).unwrap_or((0, 1))
    }

    /// How many frames the record was sent in, data and parity, going by the same shape.
    pub fn sent(&self) -> usize {
        let lacking = |(shape, set): &(&Shape, &Set)| (shape.0 as usize).saturating_sub(set.len());
        self.sets.iter().min_by_key(lacking).map_or(0, |(shape, _)| (shape.0 + shape.1) as usize)
    }

    /// What the first attempt to assemble it costs, so that cheap ones can be tried first; `None` where frames are missing.
    pub fn effort(&self) -> Option<usize> {
        let complete = self.sets.iter().filter(|(shape, set)| set.len() >= shape.0 as usize);
        let first = |(shape, set): (&Shape, &Set)| Some(effort(*shape, &choices(set, shape.0 as usize).next()?));
        complete.filter_map(first).min()
    }

    /// The JSON. What it takes is taken from `budget`.
    ///
    /// # Errors
    /// [`AssemblyError`], if frames are missing, if what they hold is not what was sent, or if `budget` does not suffice.
    pub fn json(&self, budget: &mut WorkBudget) -> Result<Assembled, AssemblyError> {
        let (found, needed) = self.count();
        let mut error = AssemblyError::Missing { found, needed };
        for (shape, set) in &self.sets {
            match assemble(*shape, set, budget) {
                Ok((mut assembled, _)) => {
                    let others: usize =
                        self.sets.iter().filter(|(other, _)| *other != shape).map(|(_, set)| set.len()).sum();
                    assembled.odd += others + self.refused;
                    return Ok(assembled);
                }
                Err(AssemblyError::Missing { .. }) => {}
                Err(content) => error = content,
            }
        }
        Err(error)
    }

    /// Whether frames that gave a JSON without `odd` of them may give another one too: those that were left out, and parity
    /// frames, which were not looked at.
    pub fn may_give_more(&self, odd: usize) -> bool {
        let enough = |(shape, set): (&Shape, &Set)| set.range(shape.0..).count() >= shape.0 as usize;
        odd > 0 || self.sets.iter().any(enough)
    }

    /// All JSONs that the frames give: two records may have been sent with one id.
    pub fn all(&self, budget: &mut WorkBudget) -> Vec<Vec<u8>> {
        let mut all: Vec<Vec<u8>> = Vec::new();
        for (shape, set) in &self.sets {
            let mut rest = set.clone();
            while let Ok((Assembled { json, .. }, container)) = assemble(*shape, &rest, budget) {
                if all.contains(&json) {
                    budget.json += json.len();
                } else {
                    all.push(json);
                }
                if remove(&mut rest, *shape, &container, budget).is_err() {
                    break;
                }
            }
        }
        all
    }
}

/// Takes the frames of `container` out of `set`.
fn remove(set: &mut Set, shape: Shape, container: &[u8], budget: &mut WorkBudget) -> Result<(), AssemblyError> {
    budget.work(effort(shape, &[]))?;
    let unusable = |_| AssemblyError::Content("its parity frames cannot be used");
    let mut shards: Vec<Vec<u8>> = container.chunks(shape.2).map(<[u8]>::to_vec).collect();
    shards.extend(parity_shards(&shards, shape.1 as usize, shape.2).map_err(unusable)?);
    set.retain(|index, contents| {
        contents.retain(|content| shards.get(*index as usize) != Some(content));
        !contents.is_empty()
    });
    Ok(())
}

/// What a set gives, and its container.
fn assemble(shape: Shape, set: &Set, budget: &mut WorkBudget) -> Result<(Assembled, Vec<u8>), AssemblyError> {
    let needed = shape.0 as usize;
    if set.len() < needed {
        return Err(AssemblyError::Missing { found: set.len(), needed });
    }
    let contents: usize = set.values().map(Vec::len).sum();
    let mut failure = None;
    for chosen in choices(set, needed).take(budget.attempts) {
        budget.work(effort(shape, &chosen))?;
        let (container, repaired) = container(shape, &chosen)?;
        match unpack(&container, budget) {
            Ok(json) => {
                let odd = contents - set.len() + (set.len() - chosen.len());
                return Ok((Assembled { json, repaired, odd }, container));
            }
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    Err(failure.unwrap_or(AssemblyError::Content("its frames contradict each other")))
}

/// Frames to try it with, the likeliest first: those without a second content; then, by turns, one content of each, and
/// the first or the last of each without some neighbours, as many as there are more than needed, so that odd ones among
/// these do no harm.
fn choices(set: &Set, needed: usize) -> impl Iterator<Item = Vec<(u32, &[u8])>> {
    let sure = set.iter().filter(|(_, contents)| contents.len() == 1);
    let sure: Vec<(u32, &[u8])> = sure.map(|(index, contents)| (*index, contents[0].as_slice())).collect();
    let contested = sure.len() < set.len();
    let nth = move |number: usize| {
        // Another content of each contested frame in each round, in all combinations of the first ones.
        let mut digits = number;
        let pick = set.iter().map(move |(index, contents)| {
            let at = digits % contents.len();
            digits /= contents.len();
            (*index, contents[at].as_slice())
        });
        pick.collect::<Vec<_>>()
    };
    let last = set.iter().filter_map(|(index, contents)| Some((*index, contents.last()?.as_slice())));
    let last: Vec<(u32, &[u8])> = if contested { last.collect() } else { Vec::new() };
    let base = if sure.len() > needed { sure.clone() } else { nth(0) };
    let first = (sure.len() >= needed).then_some(sure);
    let rounds = (0..ATTEMPTS).flat_map(move |round| {
        let combination = (round == 0 || contested).then(|| nth(round));
        let whole = (round == 0 && contested).then(|| last.clone());
        [combination, whole, without(&base, needed, round), without(&last, needed, round)].into_iter().flatten()
    });
    first.into_iter().chain(rounds)
}

/// `frames` without as many neighbours as can be done without, others in each round.
fn without<'a>(frames: &[(u32, &'a [u8])], needed: usize, round: usize) -> Option<Vec<(u32, &'a [u8])>> {
    let count = frames.len();
    let spare = count.checked_sub(needed).filter(|spare| *spare > 0)?;
    let start = round * count.div_ceil(ATTEMPTS);
    let kept = frames.iter().enumerate().filter(|(at, _)| (at + count - start) % count >= spare);
    (start < count).then(|| kept.map(|(_, frame)| *frame).collect())
}

/// The data shards, joined, and how many of them had to be computed.
fn container(shape: Shape, chosen: &[(u32, &[u8])]) -> Result<(Vec<u8>, usize), AssemblyError> {
    let (data, parity, size) = (shape.0 as usize, shape.1 as usize, shape.2);
    let mut container = vec![0; data * size];
    let mut there = vec![false; data];
    let mut put = |index: usize, shard: &[u8]| {
        container[index * size..][..size].copy_from_slice(shard);
        there[index] = true;
    };
    let (originals, others): (Vec<_>, Vec<_>) = chosen.iter().partition(|(index, _)| (*index as usize) < data);
    originals.iter().for_each(|(index, shard)| put(*index as usize, shard));
    if originals.len() < data {
        let impossible = |_| AssemblyError::Content("its parity frames cannot be used");
        let mut decoder = DefaultRateDecoder::new(data, parity, size, Naive::new(), None).map_err(impossible)?;
        for (index, shard) in &originals {
            decoder.add_original_shard(*index as usize, shard).map_err(impossible)?;
        }
        for (index, shard) in others {
            decoder.add_recovery_shard(index as usize - data, shard).map_err(impossible)?;
        }
        let decoded = decoder.decode().map_err(impossible)?;
        decoded.restored_original_iter().for_each(|(index, shard)| put(index, shard));
    }
    Ok((container, data - originals.len()))
}

/// About how many bytes are gone through for the data shards: the erasure code goes over all frames' shards, a power of two
/// of them, once for each of its digits, there and back.
fn effort(shape: Shape, chosen: &[(u32, &[u8])]) -> usize {
    let (data, parity, size) = (shape.0 as usize, shape.1 as usize, shape.2);
    let direct = chosen.iter().filter(|(index, _)| (*index as usize) < data).count() == data;
    let points = (data + parity).next_power_of_two();
    if direct { data * size } else { points * size * 2 * points.ilog2() as usize }
}

fn unpack(container: &[u8], budget: &mut WorkBudget) -> Result<Vec<u8>, AssemblyError> {
    let content = AssemblyError::Content;
    let (header, deflated) = container.split_at_checked(HEADER).ok_or(content("too short"))?;
    let (digest, length) = header.split_at(32);
    let word = length.try_into().map_or(u32::MAX, u32::from_le_bytes);
    let Some((length, with_dictionary)) = dictionary::header(word) else {
        return Err(content("it is deflated with a dictionary that is not known"));
    };
    if length > MAX_JSON {
        return Err(content("it says that it is too long"));
    }
    if length as usize > budget.json {
        return Err(content("with it, the records of one rebuild would have more than 128 MiB"));
    }
    let mut json = Vec::new();
    let inflate = dictionary::inflated(deflated, with_dictionary);
    let inflated = inflate.and_then(|text| text.take(u64::from(length) + 1).read_to_end(&mut json));
    budget.work(json.len())?;
    inflated.map_err(|_| content("it does not inflate"))?;
    if json.len() != length as usize {
        return Err(content("its length is wrong"));
    }
    if Sha256::digest(&json).as_slice() != digest {
        return Err(content("its SHA-256 is wrong"));
    }
    budget.json -= json.len();
    Ok(json)
}

#[cfg(test)]
mod tests {
    use super::super::frame::{Redundancy, frames};
    use super::*;
    use crate::record::RecordId;
    use proptest::prelude::*;

    const ID: RecordId = RecordId(0x0a1b_2c3d);

    fn text(length: u64) -> String {
        (0..length).map(|n| format!("{} ", n * 7919 % 10_007)).collect()
    }

    fn sent(text: &str, percent: u32) -> Vec<Frame> {
        frames(ID, text, Redundancy::percent(percent).unwrap()).unwrap()
    }

    fn assembled(frames: impl IntoIterator<Item = Frame>) -> Result<Assembled, AssemblyError> {
        let mut assembly = Assembly::default();
        frames.into_iter().for_each(|frame| {
            assembly.add(frame);
        });
        assembly.json(&mut WorkBudget::default())
    }

    #[test]
    fn says_how_many_are_missing() {
        let all = sent(&text(2000), 25);
        let needed = all[0].data as usize;
        let lacking = all.into_iter().take(needed - 1);
        assert_eq!(assembled(lacking), Err(AssemblyError::Missing { found: needed - 1, needed }));
        assert_eq!(assembled([]), Err(AssemblyError::Missing { found: 0, needed: 1 }));
    }

    #[test]
    fn any_burst_as_long_as_the_parity_does_no_harm() {
        let text = text(2000);
        let all = sent(&text, 25);
        let parity = all[0].parity as usize;
        for start in 0..=all.len() - parity {
            let left = all.iter().take(start).chain(&all[start + parity..]).cloned();
            let assembled = assembled(left).unwrap();
            assert_eq!(assembled.json, text.as_bytes());
        }
    }

    #[test]
    fn refuses_a_forged_length() {
        let mut frame = sent("{}", 0).remove(0);
        for (word, why) in [
            ((1 << 28) - 1, "it says that it is too long"),
            ((1 << 29) - 1, "it says that it is too long"),
            (2 << 28, "it is deflated with a dictionary that is not known"),
            (u32::MAX, "it is deflated with a dictionary that is not known"),
        ] {
            frame.shard[32..36].copy_from_slice(&u32::to_le_bytes(word));
            assert_eq!(assembled([frame.clone()]), Err(AssemblyError::Content(why)));
        }
    }

    #[test]
    fn does_without_forged_frames_where_the_others_suffice() {
        let text = text(2000);
        let all = sent(&text, 25);
        for forged in [0, 3, all.len() - 1] {
            let mut some = all.clone();
            some[forged].shard[7] ^= 1;
            // Alone, and together with the true one.
            for doubled in [false, true] {
                let more = if doubled { Some(all[forged].clone()) } else { None };
                let assembled = assembled(some.iter().cloned().chain(more)).unwrap();
                assert_eq!(assembled.json, text.as_bytes());
            }
        }
        // Without a spare frame there is nothing to do it with, and that is said.
        let mut some = sent(&text, 0);
        some[1].shard[7] ^= 1;
        assert!(matches!(assembled(some.clone()), Err(AssemblyError::Content(_))));
        // Both contents there: one of them is right.
        some.push(all[1].clone());
        some.last_mut().unwrap().parity = 0;
        assert_eq!(assembled(some).unwrap().json, text.as_bytes());
    }

    #[test]
    fn frames_of_another_shape_do_no_harm_and_are_bounded() {
        let text = text(500);
        let mut forged = sent(&text, 25).remove(0);
        forged.data = 30_000;
        let mut assembly = Assembly::default();
        for index in 0..2 {
            for data in 30_000..30_020 {
                forged.data = data;
                forged.index = index;
                assembly.add(forged.clone());
            }
        }
        assert_eq!(assembly.sets.len(), SHAPES);
        // The board's frames came too late: this is said, not guessed.
        assert!(matches!(assembly.json(&mut WorkBudget::default()), Err(AssemblyError::Missing { found: 2, .. })));
        let assembled = assembled(std::iter::once(forged).chain(sent(&text, 25))).unwrap();
        assert_eq!((assembled.json, assembled.odd), (text.into_bytes(), 1));
    }

    fn all(frames: impl IntoIterator<Item = Frame>) -> Vec<Vec<u8>> {
        let mut assembly = Assembly::default();
        frames.into_iter().for_each(|frame| {
            assembly.add(frame);
        });
        let odd = assembly.json(&mut WorkBudget::default()).map_or(0, |assembled| assembled.odd);
        let mut all = if assembly.may_give_more(odd) { assembly.all(&mut WorkBudget::default()) } else { Vec::new() };
        all.sort();
        all
    }

    #[test]
    fn gives_all_records_that_were_sent_with_one_id() {
        let (one, other) = (text(2000), text(2000).replace("7919", "7920"));
        assert_eq!(one.len(), other.len());
        for percent in [0, 25, 100, 150] {
            let (first, second) = (sent(&one, 25), sent(&other, percent));
            let both = first.iter().chain(&second).cloned();
            let mut expected = [one.as_bytes(), other.as_bytes()];
            expected.sort_unstable();
            assert!(all(both.clone()) == expected, "{percent}");
            // Twice the same is once.
            assert_eq!(all(both.clone().chain(both)).len(), 2);
            // Frames of both are lost.
            let damaged = first.iter().skip(1).chain(second.iter().skip(usize::from(percent > 0)));
            assert_eq!(all(damaged.cloned()).len(), 2, "{percent}");
        }
        // One by its data frames, the other by its parity frames: none is left out.
        let (first, second) = (sent(&one, 150), sent(&other, 150));
        let data = first[0].data as usize;
        assert_eq!(all(first[..data].iter().chain(&second[data..2 * data]).cloned()).len(), 2);
        // The same content in other frames, and frames that give nothing.
        let (first, second) = (sent(&one, 25), sent(&one, 50));
        assert!(all(first.into_iter().chain(second)) == [one.as_bytes()]);
        let mut forged = sent(&one, 25);
        forged[0].shard[5] ^= 1;
        assert!(all(sent(&one, 25).into_iter().chain(forged)) == [one.as_bytes()]);
    }

    proptest! {
        #[test]
        fn any_subset_that_is_large_enough_gives_the_text_back(
            length in 0..700_u64, percent in 0..200_u32, more in any::<prop::sample::Index>(), order in any::<u64>(),
        ) {
            let text = text(length);
            let mut all = sent(&text, percent);
            let data = all[0].data as usize;
            let kept = data + more.index(all.len() - data + 1);
            all.sort_by_key(|frame| (u64::from(frame.index) + 1).wrapping_mul(order | 1).rotate_left(17).wrapping_mul(order | 1));
            all.truncate(kept);
            all.extend(all.clone());
            prop_assert_eq!(assembled(all).map(|assembled| assembled.json), Ok(text.into_bytes()));
        }
    }
}
