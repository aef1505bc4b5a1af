//! Other programs' suites of benchmarks: their results <-> records, and their configurations -> what runs. One room for each
//! suite.

pub mod mmtests;
