//! The tables that `scripts/error-rates` prints.

use crate::{
    families::families,
    history, quiet_pieces,
    rules::{RULES, ours},
    simulation::{Noise, Random, series},
    windows::{Design, Rates, rates, variation},
};
use std::path::Path;

const DESIGNS: [Design; 7] = [
    Design { old: 20, new: 3 },
    Design { old: 3, new: 3 },
    Design { old: 5, new: 5 },
    Design { old: 10, new: 10 },
    Design { old: 1, new: 1 },
    Design { old: 21, new: 1 },
    Design { old: 20, new: 5 },
];

/// Everything for one folder of histories.
pub(crate) fn folder(folder: &Path) {
    let all = history::read(folder);
    let pieces = quiet_pieces(&all);
    let steady = pieces.iter().filter(|piece| variation(piece) < 0.05).count();
    println!("\n== {}", folder.display());
    println!("{} series, {} boots", all.len(), all.iter().map(|series| series.boots.len()).sum::<usize>());
    println!("{} stretches of 60 and more boots without a change, {steady} with a spread under 5 %", pieces.len());
    if pieces.is_empty() {
        println!("too short: no rates");
        return;
    }
    DESIGNS.iter().for_each(|design| table(&pieces, *design));
    family_table(&pieces);
}

/// The rates of all rules for one design.
fn table(pieces: &[Vec<f64>], design: Design) {
    println!("\n{} old boots, {} new", design.old, design.new);
    println!("{:26} {:>14} {:>8} {:>6} {:>6} {:>6}", "rule", "false, %", "of 500", "2 %", "5 %", "10 %");
    for rule in &RULES {
        let Rates { false_positives, error, power, .. } = rates(pieces, design, rule.flags);
        let [two, five, ten] = power;
        print!("{:26} {false_positives:7.2} +-{error:5.2} {:8.1} ", rule.name, 5.0 * false_positives);
        println!("{two:6.1} {five:6.1} {ten:6.1}");
    }
}

fn family_table(pieces: &[Vec<f64>]) {
    println!("\nfamilies of 500 metrics, 20 old boots and 3 new; confirmed: by 3 more boots");
    println!("{:>16} {:>31} {:>31}", "", "flagged", "confirmed");
    let columns = format!("{:>8} {:>7} {:>6} {:>7}", "false %", "false", "any %", "power");
    println!("{:>16} {columns} {columns}", "changed");
    for (changed, shift) in [(0, 0.1), (5, 0.1), (25, 0.1), (100, 0.1), (25, 0.05), (25, 0.2)] {
        let found = families(pieces, changed, shift);
        print!("{:>16}", format!("{changed} by {:.0} %", 100.0 * shift));
        for flagged in found {
            print!(
                " {:8.1} {:7.2} {:6.0} {:7.1}",
                flagged.false_share, flagged.false_alarms, flagged.families, flagged.power
            );
        }
        println!();
    }
}

/// The rates on series that are made.
pub(crate) fn simulations() {
    println!("\n== simulations: 300 series of 173 boots each, nothing changes");
    println!("{:24} {:>9} {:>8} {:>6} {:>6} {:>6}", "noise, spread", "design", "false, %", "2 %", "5 %", "10 %");
    for noise in [Noise::Normal, Noise::Spiky, Noise::Rounded] {
        for spread in [0.01, 0.02, 0.04] {
            for design in DESIGNS {
                let mut random = Random(1);
                let made: Vec<Vec<f64>> = (0..300).map(|_| series(&mut random, noise, spread, 173)).collect();
                let Rates { false_positives, power: [two, five, ten], .. } = rates(&made, design, ours);
                let (kind, sizes) =
                    (format!("{noise:?}, {:.0} %", 100.0 * spread), format!("{} + {}", design.old, design.new));
                println!("{kind:24} {sizes:>9} {false_positives:8.2} {two:6.1} {five:6.1} {ten:6.1}");
            }
        }
    }
}
