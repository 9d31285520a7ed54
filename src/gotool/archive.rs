//! Reads the compiler's archives: the export data that importers need.

/// The part of an archive that importers read: `__.PKGDEF` from `$$B` on. `None` if it is not such
/// an archive.
pub fn export_data(archive: &[u8]) -> Option<&[u8]> {
    let rest = archive.strip_prefix(b"!<arch>\n")?;
    let (header, rest) = rest.split_at_checked(60)?;
    if !header.starts_with(b"__.PKGDEF") {
        return None;
    }
    let size = std::str::from_utf8(header.get(48..58)?).ok()?.trim().parse::<usize>().ok()?;
    let content = rest.get(..size)?;
    let start = content.windows(3).position(|window| window == b"$$B")?;
    content.get(start..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_behind_the_mark_of_the_first_member() {
        let content = b"go object linux amd64\nbuild id \"x\"\n\n$$B\nDATA\n$$\n";
        let mut archive = b"!<arch>\n".to_vec();
        archive.extend(format!("{:<48}{:<10}`\n", "__.PKGDEF", content.len()).bytes());
        archive.extend(content);
        archive.extend(b"more");
        assert_eq!(export_data(&archive).unwrap(), b"$$B\nDATA\n$$\n");
        assert_eq!(export_data(b"!<arch>\nshort"), None);
        assert_eq!(export_data(b""), None);
    }
}
