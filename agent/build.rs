//! Embeds the definitions: `test-definitions/<name>/<name>.yaml` -> `$OUT_DIR/definitions.rs`, a sorted list of (name, text).

use std::{env, fmt::Write as _, fs, path::Path};

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
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
        let path = folder.join(&name).join(format!("{name}.yaml"));
        println!("cargo::rerun-if-changed={}", path.display());
        writeln!(list, "    ({name:?}, include_str!({path:?})),").expect("a string takes all that is written");
    }
    list.push_str("]\n");
    let out = Path::new(&env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("definitions.rs");
    fs::write(out, list).expect("OUT_DIR is writable");
    println!("cargo::rustc-env=LAVA_BENCH_TARGET={}", env::var("TARGET").expect("cargo sets TARGET"));
}
