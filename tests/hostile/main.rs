//! What a hostile test broke, and what holds now, on the real binary: a value is right or reported as missing, what a child
//! does is a value, everything that is read, waited for, allocated or counted has a bound, and nothing measured is lost.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

mod captures;
mod children;
mod consoles;
mod long;
mod manners;
mod servers;
mod sizes;
mod wrong_numbers;
