//! Other programs' results <-> records. One module for each format; pure but for reading what it is given.

pub mod mmtests;
