//! The program. Everything is in the library; see `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lava_bench::cli::main()
}
