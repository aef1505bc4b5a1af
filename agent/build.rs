//! Embeds the definitions: `test-definitions/<name>/<name>.yaml` -> `$OUT_DIR/definitions.rs`, a sorted list of names and
//! deflated texts: there will be dozens, and the binary for the board is small.

use flate2::{Compression, write::DeflateEncoder};
use std::{env, fmt::Write as _, fs, io::Write as _, path::Path};

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let folder = Path::new(&root).join("test-definitions");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut names: Vec<String> = fs::read_dir(&folder)
        .expect("test-definitions is readable")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| folder.join(name).join(format!("{name}.yaml")).is_file())
        .collect();
    names.sort();
    let mut list = String::from("&[\n");
    for name in names {
        let text = fs::read(folder.join(&name).join(format!("{name}.yaml"))).expect("a definition is readable");
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
        deflate.write_all(&text).expect("memory takes all that is written");
        let packed = Path::new(&out).join(format!("{name}.deflate"));
        fs::write(&packed, deflate.finish().expect("memory takes all that is written")).expect("OUT_DIR is writable");
        writeln!(list, "    ({name:?}, include_bytes!({packed:?})),").expect("a string takes all that is written");
    }
    list.push_str("]\n");
    fs::write(Path::new(&out).join("definitions.rs"), list).expect("OUT_DIR is writable");
    println!("cargo::rustc-env=LAVA_BENCH_TARGET={}", env::var("TARGET").expect("cargo sets TARGET"));
}
