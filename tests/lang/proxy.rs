//! A module proxy that is a folder, for GOPROXY=file://….
//!
//! In: modules and their files. Out: the files that Go's tools read there: a list, and for each
//! version its description, go.mod and zip. It knows nothing of rules.

use std::path::Path;

/// Publishes a version of a module. `listed` is true if the proxy's list of versions names it.
pub fn publish(proxy: &Path, module: &str, version: &str, listed: bool, files: &[(&str, &str)]) {
    let folder = proxy.join(module).join("@v");
    std::fs::create_dir_all(&folder).unwrap();
    let list = folder.join("list");
    let mut names = std::fs::read_to_string(&list).unwrap_or_default();
    if listed {
        names.extend([version, "\n"]);
    }
    std::fs::write(list, names).unwrap();
    let info = format!("{{\"Version\":\"{version}\",\"Time\":\"2024-01-02T15:04:05Z\"}}");
    std::fs::write(folder.join(format!("{version}.info")), info).unwrap();
    let go_mod = files.iter().find(|(name, _)| *name == "go.mod").map(|(_, text)| (*text).to_owned());
    let go_mod = go_mod.unwrap_or_else(|| format!("module {module}\n"));
    std::fs::write(folder.join(format!("{version}.mod")), go_mod).unwrap();
    let named: Vec<(String, &str)> =
        files.iter().map(|(name, text)| (format!("{module}@{version}/{name}"), *text)).collect();
    std::fs::write(folder.join(format!("{version}.zip")), zip(&named)).unwrap();
}

/// A zip file with no compressed entries.
fn zip(files: &[(String, &str)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in files {
        let at = u32::try_from(out.len()).unwrap();
        let size = u32::try_from(text.len()).unwrap().to_le_bytes();
        let mut about = Vec::new();
        // Version 2.0, no flags, stored, a day in 2024.
        about.extend([20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x58]);
        about.extend(sum(text.as_bytes()).to_le_bytes());
        about.extend(size);
        about.extend(size);
        about.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        about.extend([0, 0]);
        out.extend(b"PK\x03\x04");
        out.extend(&about);
        out.extend(name.as_bytes());
        out.extend(text.as_bytes());
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&about);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    let (start, size) = (u32::try_from(out.len()).unwrap(), u32::try_from(directory.len()).unwrap());
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count, count].concat());
    out.extend(size.to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

/// The CRC-32 of zip files.
fn sum(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    !sum
}
