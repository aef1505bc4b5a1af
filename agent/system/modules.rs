//! Kernel modules. In: /sys/module and the lists of /lib/modules below a root. Out: whether the kernel has one.

use super::files::bytes;
use nix::sys::utsname::uname;
use std::path::Path;

/// The bound of a list of modules. A distribution's has 1 MiB.
const LIST_BYTES: usize = 16 << 20;

/// Whether the running kernel has the module `name`: loaded, built in, or where it can be loaded from.
pub fn has_module(root: &Path, name: &str) -> bool {
    let release = uname().map(|uname| uname.release().to_string_lossy().into_owned()).unwrap_or_default();
    let loaded = root.join("sys/module").join(underscored(name)).exists();
    let listed = |list: &str| {
        let list = bytes(root, &format!("lib/modules/{release}/{list}"), LIST_BYTES).unwrap_or_default();
        String::from_utf8_lossy(&list).lines().filter_map(module_of).any(|module| module == underscored(name))
    };
    loaded || listed("modules.builtin") || listed("modules.dep")
}

/// The module of a line `kernel/lib/kunit/kunit.ko.xz: ...`.
fn module_of(line: &str) -> Option<String> {
    let path = line.split(':').next()?;
    let (name, _) = path.rsplit('/').next()?.split_once(".ko")?;
    Some(underscored(name))
}

/// The kernel takes a hyphen for an underscore.
fn underscored(name: &str) -> String {
    name.replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_module_is_loaded_built_in_or_can_be_loaded() {
        let root = tempfile::tempdir().unwrap();
        let release = uname().unwrap().release().to_string_lossy().into_owned();
        let lists = root.path().join("lib/modules").join(release);
        fs::create_dir_all(&lists).unwrap();
        fs::create_dir_all(root.path().join("sys/module/loop")).unwrap();
        fs::write(lists.join("modules.builtin"), "kernel/lib/kunit/kunit.ko\n").unwrap();
        fs::write(
            lists.join("modules.dep"),
            "kernel/fs/ext4/ext4.ko.xz: kernel/lib/crc16.ko.xz\nkernel/net/nf-nat.ko:\n",
        )
        .unwrap();
        let has = |name: &str| has_module(root.path(), name);
        assert!(has("loop") && has("kunit") && has("ext4") && has("nf_nat") && has("nf-nat"));
        assert!(!has("crc16") && !has("kuni") && !has("ext4.ko"));
        assert!(!has_module(&root.path().join("nothing"), "kunit"));
    }
}
