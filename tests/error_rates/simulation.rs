//! Series that are made, so that the truth is known.

/// A generator of numbers (SplitMix64): the same seed gives the same numbers.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// Uniform in 0..1, neither end included.
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64 + f64::EPSILON / 4.0
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.uniform() * bound as f64) as usize
    }

    pub(crate) fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Student's t with 5 degrees of freedom, made to have the spread 1, and in 2 % of the boots a spike.
    fn spiky(&mut self) -> f64 {
        let squares: f64 = (0..5).map(|_| self.normal().powi(2)).sum();
        let t = self.normal() / (squares / 5.0).sqrt() * 0.6_f64.sqrt();
        if self.uniform() < 0.02 { t + 4.0 + 8.0 * self.uniform() } else { t }
    }
}

/// Kinds of noise.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Noise {
    Normal,
    Spiky,
    /// The values have only one digit more than their spread: many are equal.
    Rounded,
}

/// A series whose logarithms have this spread.
pub(crate) fn series(random: &mut Random, noise: Noise, spread: f64, length: usize) -> Vec<f64> {
    let make = |random: &mut Random| match noise {
        Noise::Normal => 1000.0 * (spread * random.normal()).exp(),
        Noise::Spiky => 1000.0 * (spread * random.spiky()).exp(),
        Noise::Rounded => (1000.0 * (spread * random.normal()).exp() / (500.0 * spread)).round() * 500.0 * spread,
    };
    (0..length).map(|_| make(random)).collect()
}
