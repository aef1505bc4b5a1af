//! Addresses that a reader may want: those that were given, and those of the jobs that measured, with the side of each.

use super::{Input, lead::shortened};
use crate::report::document::OneBoot;
use serde::Serialize;

/// How many jobs of a side are listed.
const MOST_OF_A_SIDE: usize = 12;
/// How much of a board's name stands behind an address.
const LONGEST_BOARD: usize = 24;

/// An address.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Link {
    url: String,
    /// `base` or `new`: which side was measured there. Nothing where it was given, or where both were.
    side: &'static str,
    /// The board, as a lab calls it.
    board: String,
}

/// The given addresses, then the jobs of the new side and those of the base, each once; and how many jobs more there are.
pub(super) fn links(input: &Input) -> (Vec<Link>, usize) {
    let mut all: Vec<Link> = Vec::new();
    for url in input.links.iter().filter(|url| is_web(url)) {
        add(&mut all, Link { url: url.clone(), side: "", board: String::new() });
    }
    for document in input.documents {
        let jobs = |boots: &[OneBoot], side| boots.iter().filter_map(|boot| Link::of(boot, side)).collect::<Vec<_>>();
        let jobs = [jobs(&document.boots.new, "new"), jobs(&document.boots.base, "base")].concat();
        jobs.into_iter().for_each(|link| add(&mut all, link));
    }
    // Jobs of several boards stand by their side, in their order.
    all.sort_by_key(|link| link.side == "base");
    let before = all.len();
    let mut counts = [0; 2];
    all.retain(|link| match ["new", "base"].iter().position(|side| *side == link.side) {
        None => true,
        Some(side) => {
            counts[side] += 1;
            counts[side] <= MOST_OF_A_SIDE
        }
    });
    let more = before - all.len();
    (all, more)
}

/// An address that is there already is that of both sides.
fn add(all: &mut Vec<Link>, link: Link) {
    match all.iter_mut().find(|known| known.url == link.url) {
        None => all.push(link),
        Some(known) if known.side != link.side => known.side = "",
        Some(_) => {}
    }
}

fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

impl Link {
    fn of(boot: &OneBoot, side: &'static str) -> Option<Link> {
        let url = boot.job.clone().filter(|url| is_web(url))?;
        let board = boot.device.as_deref().map(|board| shortened(board, LONGEST_BOARD)).unwrap_or_default();
        Some(Link { url, side, board })
    }
}
