//! Reads the declarations, with their byte ranges, from a syntax tree.

use std::ops::Range;

use tree_sitter::{Node, Tree};

use super::tree::parse_parts;
use super::{
    Function, GoFile, GoImport, GoParam, GoReceiver, SourceError, TypeDecl, children, parse_repaired,
    parse_tree,
};

impl GoFile {
    /// Parses one file. Errors in declarations are no error here: they clear the flag of that
    /// declaration.
    pub fn parse(text: String) -> Result<Self, SourceError> {
        let tree = parse_repaired(&text).ok_or(SourceError::NoTree)?;
        extract(text, &tree)
    }

    /// Parses only these parts of a file, the first of which has the package clause and the
    /// imports. All ranges are offsets into the whole text. `None` if the parts have errors when
    /// parsed alone.
    pub fn parse_parts(text: &str, parts: &[Range<usize>]) -> Option<Self> {
        let tree = parse_parts(text, parts).filter(|tree| !tree.root_node().has_error())?;
        extract(text.to_owned(), &tree).ok()
    }
}

/// Reads every top-level declaration of a tree.
pub(super) fn extract(text: String, tree: &Tree) -> Result<GoFile, SourceError> {
    let mut file = GoFile {
        package_name: String::new(),
        package_clause_end: 0,
        imports: Vec::new(),
        functions: Vec::new(),
        types: Vec::new(),
        values: Vec::new(),
        text: String::new(),
        tree: tree.clone(),
    };
    let reader = DeclarationReader { text: &text };
    let top = children(tree.root_node());
    for (at, node) in top.iter().enumerate() {
        match node.kind() {
            "package_clause" => reader.package(*node, &mut file),
            "import_declaration" => reader.imports(*node, &mut file.imports),
            "function_declaration" | "method_declaration" => {
                if let Some(mut function) = reader.function(*node) {
                    function.directives = reader.directives(top.get(..at).unwrap_or_default(), *node);
                    file.functions.push(function);
                }
            }
            "type_declaration" => reader.types(*node, &mut file.types),
            "const_declaration" | "var_declaration" => reader.values(*node, &mut file.values),
            _ => {}
        }
    }
    file.text = text;
    if file.package_name.is_empty() {
        return Err(SourceError::NoPackage);
    }
    Ok(file)
}

/// Names and their ranges.
type NamesAndRanges = Vec<(String, Range<usize>)>;

fn names_only(names: NamesAndRanges) -> Vec<String> {
    names.into_iter().map(|(name, _)| name).collect()
}

fn blanks(names: &[(String, Range<usize>)]) -> Vec<Range<usize>> {
    names.iter().filter(|(name, _)| name == "_").map(|(_, range)| range.clone()).collect()
}

struct DeclarationReader<'a> {
    text: &'a str,
}

impl DeclarationReader<'_> {
    fn text_of(&self, node: Node<'_>) -> String {
        self.text.get(node.byte_range()).unwrap_or_default().to_owned()
    }

    fn package(&self, node: Node<'_>, file: &mut GoFile) {
        if let Some(name) = children(node).into_iter().find(|n| n.kind() == "package_identifier") {
            file.package_name = self.text_of(name);
            file.package_clause_end = name.end_byte();
        }
    }

    fn imports(&self, node: Node<'_>, out: &mut Vec<GoImport>) {
        for child in children(node) {
            match child.kind() {
                "import_spec_list" => self.imports(child, out),
                "import_spec" => {
                    let path = child.child_by_field_name("path").map(|n| self.text_of(n)).unwrap_or_default();
                    out.push(GoImport {
                        alias: child.child_by_field_name("name").map(|n| self.text_of(n)),
                        path: path.trim_matches(['"', '`']).to_owned(),
                        range: child.byte_range(),
                    });
                }
                _ => {}
            }
        }
    }

    fn function(&self, node: Node<'_>) -> Option<Function> {
        let name = node.child_by_field_name("name")?;
        let params = node.child_by_field_name("parameters")?;
        let result = node.child_by_field_name("result");
        // Those of a method are not in the tree: the repair has replaced them by spaces.
        let (range, names) = match node.child_by_field_name("type_parameters") {
            Some(list) => (Some(list.byte_range()), self.type_param_names(list)),
            None => self.hidden_type_params(name.end_byte()..params.start_byte()),
        };
        Some(Function {
            name: self.text_of(name),
            name_range: name.byte_range(),
            receiver: node.child_by_field_name("receiver").and_then(|r| self.receiver(r)),
            type_params: range,
            blank_type_params: blanks(&names),
            type_param_names: names_only(names),
            params: self.params(params),
            params_range: params.byte_range(),
            results: result.map(|n| self.results(n)).unwrap_or_default(),
            results_range: result.map(|n| n.byte_range()),
            body: node.child_by_field_name("body").map(|n| n.byte_range()),
            directives: Vec::new(),
            range: node.byte_range(),
            clean: !node.has_error(),
        })
    }

    fn receiver(&self, list: Node<'_>) -> Option<GoReceiver> {
        let param = self.params(list).into_iter().next()?;
        let declaration = children(list).into_iter().find(|n| n.kind() == "parameter_declaration")?;
        let mut ty = declaration.child_by_field_name("type")?;
        let mut pointer = false;
        while matches!(ty.kind(), "pointer_type" | "parenthesized_type") {
            pointer |= ty.kind() == "pointer_type";
            ty = ty.named_child(0)?;
        }
        let mut names = Vec::new();
        if ty.kind() == "generic_type" {
            if let Some(arguments) = ty.child_by_field_name("type_arguments") {
                let named = children(arguments).into_iter().filter(Node::is_named);
                names = named.map(|n| (self.text_of(n), n.byte_range())).collect();
            }
            ty = ty.child_by_field_name("type")?;
        }
        let blank_type_params = blanks(&names);
        Some(GoReceiver {
            range: list.byte_range(),
            param,
            pointer,
            type_name: self.text_of(ty),
            type_params: names_only(names),
            blank_type_params,
        })
    }

    /// The type parameters at a place where the tree has none.
    fn hidden_type_params(&self, range: Range<usize>) -> (Option<Range<usize>>, NamesAndRanges) {
        let text = self.text.get(range.clone()).unwrap_or_default();
        let from = range.start + text.len() - text.trim_start().len();
        let text = text.trim();
        if !text.starts_with('[') {
            return (None, Vec::new());
        }
        let before = "package p\nfunc f";
        let framed = format!("{before}{text}() {{}}\n");
        let Some(tree) = parse_tree(framed.as_bytes()) else { return (None, Vec::new()) };
        let function = children(tree.root_node()).into_iter().find(|n| n.kind() == "function_declaration");
        let Some(list) = function.and_then(|n| n.child_by_field_name("type_parameters")) else {
            return (None, Vec::new());
        };
        let mut names = DeclarationReader { text: &framed }.type_param_names(list);
        for (_, range) in &mut names {
            *range = range.start - before.len() + from..range.end - before.len() + from;
        }
        (Some(from..from + text.len()), names)
    }

    fn results(&self, node: Node<'_>) -> Vec<GoParam> {
        if node.kind() == "parameter_list" {
            return self.params(node);
        }
        vec![GoParam { name: None, ty: node.byte_range(), variadic: false }]
    }

    fn params(&self, list: Node<'_>) -> Vec<GoParam> {
        let mut out = Vec::new();
        for child in children(list) {
            let variadic = child.kind() == "variadic_parameter_declaration";
            if !variadic && child.kind() != "parameter_declaration" {
                continue;
            }
            let Some(ty) = child.child_by_field_name("type").map(|n| n.byte_range()) else {
                continue;
            };
            self.named(child, &ty, variadic, &mut out);
        }
        out
    }

    /// One `GoParam` for each name of a declaration, or a nameless one.
    fn named(&self, declaration: Node<'_>, ty: &Range<usize>, variadic: bool, out: &mut Vec<GoParam>) {
        let before = out.len();
        let mut cursor = declaration.walk();
        for name in declaration.children_by_field_name("name", &mut cursor) {
            if name.is_named() {
                out.push(GoParam {
                    name: Some((self.text_of(name), name.byte_range())),
                    ty: ty.clone(),
                    variadic,
                });
            }
        }
        if out.len() == before {
            out.push(GoParam { name: None, ty: ty.clone(), variadic });
        }
    }

    fn type_param_names(&self, list: Node<'_>) -> NamesAndRanges {
        let mut names = Vec::new();
        for declaration in children(list).into_iter().filter(|n| n.kind() == "type_parameter_declaration") {
            let mut cursor = declaration.walk();
            for name in declaration.children_by_field_name("name", &mut cursor) {
                if name.is_named() {
                    names.push((self.text_of(name), name.byte_range()));
                }
            }
        }
        names
    }

    fn types(&self, node: Node<'_>, out: &mut Vec<TypeDecl>) {
        for spec in children(node) {
            if !matches!(spec.kind(), "type_spec" | "type_alias") {
                continue;
            }
            let Some(name) = spec.child_by_field_name("name") else {
                continue;
            };
            let ty = spec.child_by_field_name("type").filter(|n| n.kind() == "struct_type");
            let body =
                ty.and_then(|n| children(n).into_iter().find(|c| c.kind() == "field_declaration_list"));
            out.push(TypeDecl {
                name: self.text_of(name),
                name_range: name.byte_range(),
                type_params: spec
                    .child_by_field_name("type_parameters")
                    .map(|n| names_only(self.type_param_names(n)))
                    .unwrap_or_default(),
                alias: spec.kind() == "type_alias",
                fields: body.map(|n| self.fields(n)),
                struct_body: body.map(|n| n.byte_range()),
                range: spec.byte_range(),
            });
        }
    }

    fn fields(&self, list: Node<'_>) -> Vec<GoParam> {
        let mut out = Vec::new();
        for field in children(list).into_iter().filter(|n| n.kind() == "field_declaration") {
            let Some(ty) = field.child_by_field_name("type").map(|n| n.byte_range()) else {
                continue;
            };
            let before = out.len();
            self.named(field, &ty, false, &mut out);
            if let Some(embedded) = out.get_mut(before).filter(|p| p.name.is_none()) {
                let text = self.text.get(ty.clone()).unwrap_or_default();
                let base = text.split('[').next().unwrap_or_default();
                let name = base.rsplit(['.', '*', ' ']).next().unwrap_or_default();
                embedded.name = Some((name.to_owned(), ty));
            }
        }
        out
    }

    fn values(&self, node: Node<'_>, out: &mut Vec<String>) {
        for child in children(node) {
            if child.kind() == "var_spec_list" {
                self.values(child, out);
            }
            if !matches!(child.kind(), "const_spec" | "var_spec") {
                continue;
            }
            let mut cursor = child.walk();
            out.extend(
                child
                    .children_by_field_name("name", &mut cursor)
                    .filter(Node::is_named)
                    .map(|n| self.text_of(n)),
            );
        }
    }

    /// The directive lines of the comment block that ends on the line above a declaration.
    fn directives(&self, before: &[Node<'_>], node: Node<'_>) -> Vec<String> {
        let mut row = node.start_position().row;
        let mut found = Vec::new();
        for comment in before.iter().rev().filter(|n| n.kind() != "\n") {
            if comment.kind() != "comment" || comment.end_position().row + 1 != row {
                break;
            }
            row = comment.start_position().row;
            let text = self.text_of(*comment);
            if let Some(directive) = text.strip_prefix("//").filter(|d| is_directive(d)) {
                found.push(directive.trim_end().to_owned());
            }
        }
        found.reverse();
        found
    }
}

/// Returns true for comments that are directives for tools, by Go's own rule: `name:word` without a
/// space, or `export`.
pub(super) fn is_directive(text: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let named = text.split_once(':').is_some_and(|(name, rest)| {
        !name.is_empty() && name.bytes().all(is_word) && rest.bytes().next().is_some_and(is_word)
    });
    named || text.starts_with("export ")
}
