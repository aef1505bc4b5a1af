//! lava-bench
use std::io::Write;
fn main() {
    let _ = writeln!(std::io::stdout(), "lava-bench {}", env!("CARGO_PKG_VERSION"));
}
