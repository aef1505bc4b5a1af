//! /proc/tty/driver -> how many characters the board's serial lines have lost.

use std::{fs, path::Path};

/// What all serial lines have lost since the boot: `oe:`, overruns of the chip, and `bo:`, overruns of the kernel's buffer,
/// in /proc/tty/driver/*, which only root may read; 0 where there is nothing to read. What is counted is what came in; a machine that is too busy to read its line is too busy to be
/// trusted with what goes out.
pub(super) fn count(root: &Path) -> u64 {
    let drivers = fs::read_dir(root.join("proc/tty/driver")).into_iter().flatten().flatten();
    let texts = drivers.filter_map(|driver| fs::read_to_string(driver.path()).ok());
    texts.map(|text| text.split_ascii_whitespace().filter_map(overruns).sum::<u64>()).sum()
}

fn overruns(word: &str) -> Option<u64> {
    word.strip_prefix("oe:").or_else(|| word.strip_prefix("bo:"))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_what_the_drivers_say() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(count(root.path()), 0);
        let folder = root.path().join("proc/tty/driver");
        fs::create_dir_all(&folder).unwrap();
        let serial = "serinfo:1.0 driver revision:\n0: uart:16550A port:000003F8 irq:4 tx:1234 rx:55 oe:2 RTS|CTS|DTR\n\
                      1: uart:unknown port:000002F8 irq:3\n";
        fs::write(folder.join("serial"), serial).unwrap();
        let amba = "serinfo:1.0 driver revision:\n0: uart:PL011 rev1 mmio:0x09000000 irq:13 tx:5 rx:0 fe:1 oe:37 bo:3 RTS\n\
                    1: uart:PL011 rev1 mmio:0x09001000 irq:14 tx:0 rx:0\n";
        let usb =
            "usbserinfo:1.0 driver:2.0\n0: name:\"cp210x\" vendor:10c4 product:ea60 num_ports:1 port:0 path:usb-1\n";
        fs::write(folder.join("usbserial"), usb).unwrap();
        fs::write(folder.join("ttyAMA"), amba).unwrap();
        assert_eq!(count(root.path()), 42);
    }
}
