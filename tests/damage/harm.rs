//! What happens to the lines of a capture.

/// Numbers at random, the same ones for the same seed (splitmix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        // Seeds that follow each other give numbers that do not.
        Self(seed.wrapping_mul(0xd134_2543_de82_ef95))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// Below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

/// Which damage it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Harm {
    /// Lines are lost.
    Lost,
    /// Anything that happens on a serial line.
    Mixed,
}

/// `capture` with `rate` of 100 lines damaged.
pub(crate) fn harmed(capture: &[u8], harm: Harm, rate: u64, random: &mut Random) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = capture.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let mut at = 0;
    while at < lines.len() {
        if random.next() % 100 < rate {
            match harm {
                Harm::Lost => lines[at].clear(),
                Harm::Mixed => mixed(&mut lines, at, random),
            }
        }
        at += 1;
    }
    lines.concat()
}

fn mixed(lines: &mut Vec<Vec<u8>>, at: usize, random: &mut Random) {
    let column = random.below(lines[at].len().max(1));
    match random.below(10) {
        0 | 1 => kernel_lines(&mut lines[at], column, random),
        2 => lines[at].truncate(column),
        3 => {
            lines[at].truncate(column);
            lines[at].extend(b"\r\n");
        }
        4 => lines[at].clear(),
        5 => {
            // Which is looked at, and perhaps damaged, again.
            let line = lines[at].clone();
            lines.insert(at, line);
        }
        6 => {
            let other = (at + 1 + random.below(3)).min(lines.len() - 1);
            lines.swap(at, other);
        }
        7 => {
            // An overrun: characters are lost, the line's end perhaps among them.
            let end = (column + 1 + random.below(40)).min(lines[at].len());
            lines[at].drain(column.min(end)..end);
        }
        8 => {
            let odd = [b'\r', 0, 0xff, 0xc3, 0x1b, 0x80][random.below(6)];
            (0..=random.below(3)).for_each(|_| lines[at].insert(column, odd));
        }
        _ => {
            if let Some(byte) = lines[at].get_mut(column) {
                *byte ^= 1 << random.below(8);
            }
        }
    }
}

/// One to three kernel messages, which end with a line end, as printk writes them.
fn kernel_lines(line: &mut Vec<u8>, column: usize, random: &mut Random) {
    let mut text = String::new();
    for _ in 0..=random.below(3) {
        let seconds = random.below(90_000);
        let caller = ["", "", "[    T1]", "[ C0]"][random.below(4)];
        let level = ["", "", "<6>"][random.below(3)];
        let says = [
            "usb 1-1: new high-speed USB device number 4 <unknown> x=1",
            "random: crng init done",
            "EXT4-fs (sda1): mounted",
        ];
        text.push_str(&format!(
            "{level}[{seconds:5}.{:06}]{caller} {}\r\n",
            random.below(1_000_000),
            says[random.below(3)]
        ));
    }
    line.splice(column..column, text.into_bytes());
}
