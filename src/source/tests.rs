//! Reading Go text, the gaps of the parser included.

use super::*;

fn parse(text: &str) -> GoFile {
    GoFile::parse(text.to_owned()).unwrap()
}

#[test]
fn reads_a_method_with_grouped_names_and_directives() {
    let file = parse(
        "package p\n\nimport (\n\tx \"a/b\"\n\t. \"c\"\n)\n\n// Doc.\n//go:nosplit\n//go:noinline\nfunc (t *T[K, V]) F(a, b int, _ x.C, rest ...string) (n int, err error) { return }\nfunc g() error\n",
    );
    assert_eq!(file.package_name, "p");
    assert_eq!(file.slice(&(0..file.package_clause_end)), "package p");
    assert_eq!(file.imports[0].alias.as_deref(), Some("x"));
    assert_eq!(file.imports[1].alias.as_deref(), Some("."));
    let f = file.find(Some("T"), "F").next().unwrap();
    let receiver = f.receiver.as_ref().unwrap();
    assert!(receiver.pointer);
    assert_eq!(receiver.type_params, ["K", "V"]);
    assert_eq!(f.directives, ["go:nosplit", "go:noinline"]);
    let names: Vec<_> = f.params.iter().map(|p| p.name.as_ref().unwrap().0.as_str()).collect();
    assert_eq!(names, ["a", "b", "_", "rest"]);
    assert_eq!(file.slice(&f.params[1].ty), "int");
    assert_eq!(file.slice(&f.params[2].ty), "x.C");
    assert!(f.params[3].variadic);
    assert_eq!(f.results.len(), 2);
    let g = file.find(None, "g").next().unwrap();
    assert!(g.body.is_none() && g.results.len() == 1 && g.results[0].name.is_none());
}

#[test]
fn the_known_gaps_of_the_parser_are_repaired() {
    let file = parse(
        "package p\nfunc f() *int { return new(3 + 4) }\nfunc g() { var x = new(struct{ a int }) ; _ = x }\n",
    );
    assert!(file.functions.iter().all(|f| f.clean), "{:?}", file.functions);
    let file = parse("package p\nvar (\n\ta = 1\n)");
    assert_eq!(file.values, ["a"]);
    let file = parse("package p\nfunc (r R) M[T any](t T) T { return t }\nfunc h() {}\n");
    assert!(file.functions.iter().all(|f| f.clean));
    assert_eq!(file.functions.len(), 2);
}

#[test]
fn an_error_stays_in_its_declaration() {
    let file = parse("package p\nfunc good() {}\nfunc bad() { x := := 1 }\nfunc fine() { println(1) }\n");
    assert!(file.find(None, "good").next().unwrap().clean);
    assert!(!file.find(None, "bad").next().unwrap().clean);
    assert!(file.find(None, "fine").next().unwrap().clean);
}

#[test]
fn struct_fields_embedded_ones_too() {
    let file = parse("package p\ntype S struct {\n\ta, b int\n\t*sync.Mutex\n\tList[int]\n}\ntype A = S\n");
    let fields = file.types[0].fields.as_ref().unwrap();
    let names: Vec<_> = fields.iter().map(|p| p.name.as_ref().unwrap().0.as_str()).collect();
    assert_eq!(names, ["a", "b", "Mutex", "List"]);
    assert!(file.types[1].alias);
}

#[test]
fn anchors_compare_tokens_not_white_space() {
    let file = parse(
        "package p\nfunc f() {\n\tx := new( g ) // note\n\tif a {\n\t\tn.p = q\n\t}\n\tn.r = q\n}\nfunc other() { n.p = q }\n",
    );
    let f = file.find(None, "f").next().unwrap();
    let at = find_anchor(&file, f, AnchorShape::Expression, "new(g)").unwrap();
    assert_eq!(file.slice(&at), "new( g )");
    let at = find_anchor(&file, f, AnchorShape::Statement, "n.p=q").unwrap();
    assert_eq!(file.slice(&at), "n.p = q");
    assert_eq!(find_anchor(&file, f, AnchorShape::Expression, "q"), Err(AnchorError::Several(2)));
    assert_eq!(find_anchor(&file, f, AnchorShape::Statement, "n.z = q"), Err(AnchorError::Absent));
    assert!(matches!(find_anchor(&file, f, AnchorShape::Statement, "if {"), Err(AnchorError::NotGo(_))));
}

/// Parses each function of real packages alone: the result is the same as in its whole file.
#[test]
fn a_declaration_parsed_alone_is_what_it_is_in_its_file() {
    let root = std::process::Command::new("go").args(["env", "GOROOT"]).output().unwrap().stdout;
    let root = std::path::PathBuf::from(String::from_utf8(root).unwrap().trim());
    let mut compared = 0;
    for package in ["runtime", "text/template", "database/sql", "go/printer"] {
        for entry in std::fs::read_dir(root.join("src").join(package)).unwrap() {
            let path = entry.unwrap().path();
            let Some(text) =
                std::fs::read_to_string(&path).ok().filter(|_| path.extension() == Some("go".as_ref()))
            else {
                continue;
            };
            let whole = parse(&text);
            let outline = outline(&text);
            // A tenth of them, because each takes a pass over its file.
            for function in whole.functions.iter().step_by(10) {
                let at = outline.declarations.iter().find(|range| range.contains(&function.name_range.start));
                let parts = [outline.head.clone(), at.unwrap().clone()];
                // If the parts have errors, the whole file is read instead.
                let Some(part) = GoFile::parse_parts(&text, &parts) else { continue };
                assert_eq!(part.functions, std::slice::from_ref(function), "{}", path.display());
                assert_eq!(part.imports, whole.imports);
                compared += 1;
            }
        }
    }
    assert!(compared > 500, "{compared}");
}
