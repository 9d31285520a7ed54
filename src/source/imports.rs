//! Reads the imports of Go files without parsing them: for walks over many packages.

/// The import paths in the text of a Go file. Reading stops at the first declaration; none is
/// missed in files formatted by gofmt.
pub fn imports(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_group = false;
    let mut in_comment = false;
    for line in text.lines().map(str::trim) {
        if in_comment {
            in_comment = !line.contains("*/");
            continue;
        }
        if line.starts_with("/*") {
            in_comment = !line.contains("*/");
            continue;
        }
        if in_group {
            in_group = !line.starts_with(')');
            found.extend(quoted(line));
        } else if let Some(rest) = line.strip_prefix("import") {
            in_group = rest.trim_start().starts_with('(') && !rest.contains(')');
            found.extend(quoted(rest));
        } else if ["func ", "type ", "var ", "const ", "var(", "const(", "type("]
            .iter()
            .any(|w| line.starts_with(w))
        {
            break;
        }
    }
    found
}

fn quoted(line: &str) -> Option<String> {
    let code = line.split("//").next().filter(|code| code.contains('"')).unwrap_or(line);
    let mut parts = code.split(['"', '`']);
    let (_, path) = (parts.next()?, parts.next()?);
    (!path.is_empty()).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::imports;

    #[test]
    fn paths_are_found_up_to_the_first_declaration() {
        let text = "// import \"no\"\n/*\nimport \"no\"\n*/\npackage p\n\nimport \"fmt\"\nimport (\n\tx \"a/b\" // \"no\"\n\n\t_ `unsafe`\n)\n\
                    import . \"example.com/dot\"\nfunc f() {}\nimport \"no\"\n";
        assert_eq!(imports(text), ["fmt", "a/b", "unsafe", "example.com/dot"]);
        assert_eq!(imports("package p\nvar x = \"no\"\n"), [""; 0]);
    }
}
