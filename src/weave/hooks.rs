//! Weaves the enter, exit and anchors of one rule into one function.
//!
//! The function gets one insertion after its opening brace; the helpers that it calls are at the
//! end of the same file, so that every type in their signatures means what it means in the
//! function's own signature.

use std::fmt::Write as _;
use std::sync::LazyLock;

use handlebars::Handlebars;
use serde::Serialize;

use super::anchor_text::anchor_edit;
use super::bind_by_type::{is_context, look_for};
use super::binding::Binding;
use super::constants;
use super::edits::{Edit, FileWriter};
use super::locate::FunctionMatch;
use super::options::{WeaveOptions, mentions, variant};
use super::panics::Panics;
use super::refusal::Refusal;
use super::signature::{BlankTypes, Signature};
use super::state::declared;
use super::unit::template_file;
use crate::bundle::{Bind, Fragment, Import, Rule, StateVar, Template};
use crate::source::GoFile;

/// Weaves one rule into one function: all of it, or nothing, with the reason.
pub(super) fn weave_function(
    writer: &mut FileWriter<'_>,
    go: &GoFile,
    target: &FunctionMatch<'_>,
    number: usize,
    options: &WeaveOptions<'_>,
) -> Result<(), Refusal> {
    let rule = &target.placed.rule;
    let mut imports = Vec::new();
    let mut edits = Vec::new();
    for anchor in &rule.anchors {
        edits.push(anchor_edit(go, target, anchor, options, &mut imports)?);
    }
    let mut appended = String::new();
    if rule.has_hooks() {
        let hook = Hook::new(go, target, number, options)?;
        edits.extend(hook.edits());
        appended = hook.helpers(writer.directives()).map_err(|e| Refusal::Generate(e.to_string()))?;
        imports.extend(hook.imports());
    }
    writer.add(edits).map_err(Refusal::Overlap)?;
    writer.import(imports);
    writer.append(&appended);
    Ok(())
}

/// Enter and exit of one rule at one function.
struct Hook<'a> {
    number: usize,
    go: &'a GoFile,
    target: &'a FunctionMatch<'a>,
    options: &'a WeaveOptions<'a>,
    signature: Signature<'a>,
    enter: Option<&'a Fragment>,
    exit: Option<&'a Fragment>,
    /// The names for type parameters that have none.
    blanks: BlankTypes,
    /// True if the helpers have the function's type parameters.
    generic: bool,
}

/// The data for the handlebars template of a helper function.
#[derive(Default, Serialize)]
pub(super) struct HelperData {
    pub directives: bool,
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub receiver: String,
    pub name: String,
    pub type_params: String,
    pub params: String,
    pub results: String,
    pub guard: Option<usize>,
    pub prologue: String,
    pub body: String,
    pub epilogue: String,
    /// True if the body is in a function literal, so that its `return` leads to the epilogue.
    pub wrapped: bool,
    /// True if the signature has text from other lines, so that a directive must restore the
    /// position after it.
    pub restored: bool,
}

impl HelperData {
    /// A helper for a template of a plugin.
    pub fn new(plugin: &str, fragment: &Fragment, directives: bool) -> Self {
        let (line, column) = (fragment.line, fragment.column);
        Self { directives, file: template_file(plugin), line, column, ..Self::default() }
    }

    /// Returns the state to the caller. Comes last: everything that is written back is written
    /// before.
    pub fn give_back(&mut self, results: &[String]) {
        if !results.is_empty() {
            self.results = format!(" ({})", results.join(", "));
            self.epilogue.push_str("return ");
        }
    }
}

/// The text of a helper function.
pub(super) fn render(data: &HelperData) -> Result<String, handlebars::RenderError> {
    HELPER.render("helper", data)
}

static HELPER: LazyLock<Handlebars<'static>> = LazyLock::new(|| {
    let mut engine = Handlebars::new();
    engine.register_escape_fn(handlebars::no_escape);
    let _ = engine.register_template_string("helper", include_str!("helper.go.hbs"));
    engine
});

impl<'a> Hook<'a> {
    fn new(
        go: &'a GoFile,
        target: &'a FunctionMatch<'a>,
        number: usize,
        options: &'a WeaveOptions<'a>,
    ) -> Result<Self, Refusal> {
        let rule = &target.placed.rule;
        let chosen = |t: &'a Option<Template>| t.as_ref().map(|t| variant(t, options)).transpose();
        let blanks = BlankTypes::new(target.function);
        let mut hook = Self {
            number,
            go,
            target,
            options,
            signature: Signature::new(go, target, &blanks, &options.types),
            enter: chosen(&rule.enter)?,
            exit: chosen(&rule.exit)?,
            blanks,
            generic: false,
        };
        hook.generic = hook.needs_type_params();
        Ok(hook)
    }

    /// Returns true if the helpers have the function's type parameters: only if its values, or
    /// their names, are used.
    fn needs_type_params(&self) -> bool {
        let own = &self.target.function.type_param_names;
        let receiver = self.target.function.receiver.iter().flat_map(|r| &r.type_params);
        let all: Vec<&String> = own.iter().chain(receiver).collect();
        let types = self.rule().state.iter().map(|var| &var.ty);
        let mut fragments = self.enter.into_iter().chain(self.exit).chain(types);
        let binds = [self.enter, self.exit].iter().any(|fragment| !self.used(*fragment).is_empty());
        !all.is_empty()
            && (binds || fragments.any(|f| f.names.iter().any(|name| name != "_" && all.contains(&name))))
    }

    fn rule(&self) -> &'a Rule {
        &self.target.placed.rule
    }

    fn used(&self, fragment: Option<&Fragment>) -> Vec<&Binding> {
        let Some(fragment) = fragment else { return Vec::new() };
        let asks = self.missing_context().is_some_and(|bind| mentions(Some(fragment), &bind.name));
        let is_used = |b: &&Binding| fragment.names.contains(&b.name) || asks && b.holds.is_some();
        self.signature.bindings.iter().filter(is_used).collect()
    }

    fn panics(&self) -> Panics<'a> {
        Panics::new(self.rule(), self.exit)
    }

    /// Returns true if exit reads this state, or it takes a panic.
    fn is_kept(&self, var: &StateVar) -> bool {
        mentions(self.exit, &var.name) || self.panics().handed_to(var)
    }

    fn asks_for_panics(&self) -> bool {
        self.panics().are_needed()
    }

    fn skips(&self) -> bool {
        self.enter.is_some_and(|e| e.skips)
    }

    /// The type parameters as arguments: `[K, V]`.
    fn type_arguments(&self) -> String {
        let function = self.target.function;
        if function.type_param_names.is_empty() || !self.generic {
            return String::new();
        }
        let given = self.blanks.names(function);
        let mut given = given.iter();
        let name =
            |name: &String| if name == "_" { given.next().unwrap_or(name).clone() } else { name.clone() };
        let names: Vec<String> = function.type_param_names.iter().map(name).collect();
        format!("[{}]", names.join(", "))
    }

    /// Returns true if the helper is a method too, as that of a generic method is: then there are
    /// no constraints to copy.
    fn is_generic_method(&self) -> bool {
        self.generic && self.target.function.receiver.as_ref().is_some_and(|r| !r.type_params.is_empty())
    }

    fn callee(&self, what: &str) -> String {
        let receiver = if self.is_generic_method() { self.receiver_name() + "." } else { String::new() };
        format!("{receiver}goagent_{what}_{}{}", self.number, self.type_arguments())
    }

    fn receiver_name(&self) -> String {
        let receiver = self.target.function.receiver.as_ref();
        receiver.and_then(|r| r.param.usable_name()).unwrap_or("goagent_receiver_0").to_owned()
    }

    fn argument(binding: &Binding) -> String {
        if binding.assignable || binding.result {
            format!("&{}", binding.access)
        } else {
            binding.access.clone()
        }
    }

    /// All edits of the function itself.
    fn edits(&self) -> Vec<Edit> {
        let mut used = self.used(self.enter);
        used.extend(self.used(self.exit));
        let mut edits = self.signature.edits_for(&used);
        if self.skips() {
            edits.extend(self.signature.result_edits.clone());
        }
        if self.is_generic_method() {
            edits.extend(self.name_receiver());
        }
        if self.generic {
            edits.extend(self.blanks.edits());
        }
        edits.dedup();
        let mut unique: Vec<Edit> = Vec::new();
        for edit in edits {
            if !unique.contains(&edit) {
                unique.push(edit);
            }
        }
        let brace = self.target.function.body.as_ref().map_or(0, |body| body.start + 1);
        unique.push(Edit { range: brace..brace, text: self.insertion(), restore: true });
        unique
    }

    fn name_receiver(&self) -> Option<Edit> {
        let param = &self.target.function.receiver.as_ref()?.param;
        if param.usable_name().is_some() {
            return None;
        }
        let (range, text) = match &param.name {
            Some((_, blank)) => (blank.clone(), "goagent_receiver_0".to_owned()),
            None => (param.ty.start..param.ty.start, "goagent_receiver_0 ".to_owned()),
        };
        Some(Edit { range, text, restore: true })
    }

    /// The text to insert after the opening brace.
    fn insertion(&self) -> String {
        let n = self.number;
        let mut out = String::from(" ");
        let mut exit_arguments = Vec::new();
        if self.asks_for_panics() {
            let _ = write!(out, "goagent_depth_{n} := goagent_agent.PanicDepth(); ");
            exit_arguments.push(format!("goagent_depth_{n}"));
        }
        if self.enter.is_some() {
            out.push_str(&self.enter_call(&mut exit_arguments));
        }
        if self.exit.is_some() {
            exit_arguments.extend(self.used(self.exit).into_iter().map(Self::argument));
            let _ = write!(out, "defer {}({}); ", self.callee("exit"), exit_arguments.join(", "));
        }
        out
    }

    fn enter_call(&self, exit_arguments: &mut Vec<String>) -> String {
        let n = self.number;
        let mut left = Vec::new();
        for var in &self.rule().state {
            if self.is_kept(var) {
                left.push(format!("goagent_state_{n}_{}", var.name));
                exit_arguments.push(format!("goagent_state_{n}_{}", var.name));
            } else {
                left.push("_".to_owned());
            }
        }
        if self.skips() {
            left.push(format!("goagent_skip_{n}"));
        }
        let arguments: Vec<String> = self.used(self.enter).into_iter().map(Self::argument).collect();
        let call = format!("{}({})", self.callee("enter"), arguments.join(", "));
        let skip = if self.skips() { format!("if goagent_skip_{n} {{ return }}; ") } else { String::new() };
        if left.iter().all(|name| name == "_") {
            format!("{call}; ")
        } else {
            format!("{} := {call}; {skip}", left.join(", "))
        }
    }

    fn imports(&self) -> Vec<Import> {
        let mut imports: Vec<Import> = Vec::new();
        for fragment in [self.enter, self.exit].into_iter().flatten() {
            imports.extend(fragment.imports.iter().cloned());
        }
        for var in &self.rule().state {
            imports.extend(var.ty.imports.iter().cloned());
        }
        imports.extend(self.missing().flat_map(|bind| bind.ty.imports.iter().cloned()));
        let holds =
            self.missing_context().is_some() && self.signature.bindings.iter().any(|b| b.holds.is_some());
        if self.asks_for_panics() || holds {
            imports.push(Import { alias: "goagent_agent".to_owned(), path: "goagent/agent".to_owned() });
        }
        imports
    }

    /// The helper functions.
    fn helpers(&self, directives: bool) -> Result<String, handlebars::RenderError> {
        let mut out = String::new();
        if let Some(fragment) = self.enter {
            out.push_str(&render(&self.enter_data(fragment, directives))?);
        }
        if let Some(fragment) = self.exit {
            out.push_str(&render(&self.exit_data(fragment, directives))?);
        }
        Ok(out)
    }

    fn data(&self, what: &str, fragment: &Fragment, directives: bool) -> HelperData {
        let function = self.target.function;
        let receiver = function.receiver.as_ref().filter(|_| self.is_generic_method());
        HelperData {
            receiver: receiver
                .map(|r| format!("(_ {}) ", self.blanks.fill(self.go, &r.param.ty)))
                .unwrap_or_default(),
            name: format!("goagent_{what}_{}", self.number),
            type_params: function
                .type_params
                .as_ref()
                .filter(|_| self.generic)
                .map(|r| self.blanks.fill(self.go, r))
                .unwrap_or_default(),
            guard: (!self.rule().bare).then_some(self.number),
            body: constants::of_function(&fragment.text, self.rule(), function, self.options),
            ..HelperData::new(&self.target.placed.plugin, fragment, directives)
        }
    }

    fn enter_data(&self, fragment: &Fragment, directives: bool) -> HelperData {
        let mut data = self.data("enter", fragment, directives);
        let plugin = &self.target.placed.plugin;
        data.restored = directives && !self.rule().state.is_empty();
        let mut results: Vec<String> =
            self.rule().state.iter().map(|var| declared(var, plugin, directives)).collect();
        if self.skips() {
            results.push("goagent_skip bool".to_owned());
        }
        let mut params = Vec::new();
        self.bind(fragment, &mut params, &mut data);
        data.params = params.join(", ");
        data.give_back(&results);
        data
    }

    fn exit_data(&self, fragment: &Fragment, directives: bool) -> HelperData {
        let mut data = self.data("exit", fragment, directives);
        let mut params = Vec::new();
        if self.asks_for_panics() {
            params.push("goagent_depth int32".to_owned());
            data.prologue.push_str(&self.panics().of_function());
        }
        for var in self.rule().state.iter().filter(|v| self.is_kept(v)) {
            let text = declared(var, &self.target.placed.plugin, directives);
            data.restored = directives;
            if self.enter.is_some() {
                params.push(text);
            } else {
                let _ = write!(data.prologue, "var {text}; ");
            }
        }
        self.bind(fragment, &mut params, &mut data);
        data.params = params.join(", ");
        data
    }

    /// The binds by type that templates use and for which the function has no value.
    fn missing(&self) -> impl Iterator<Item = &'a Bind> {
        let used = |bind: &&&'a Bind| mentions(self.enter, &bind.name) || mentions(self.exit, &bind.name);
        self.signature.missing.iter().filter(used).copied()
    }

    /// The first context that a template binds and that the function does not have: a parameter may
    /// hold it.
    fn missing_context(&self) -> Option<&'a Bind> {
        self.missing().find(|bind| is_context(bind))
    }

    /// Adds parameters of the helper for the values that the template uses; pointers are read at
    /// the start and written at the end.
    fn bind(&self, fragment: &Fragment, params: &mut Vec<String>, data: &mut HelperData) {
        for bind in self.missing().filter(|bind| mentions(Some(fragment), &bind.name)) {
            let _ = write!(data.prologue, "var {0} {1}; _ = {0}; ", bind.name, bind.ty.text);
            if self.missing_context() == Some(bind) {
                data.prologue.push_str(&look_for(bind, &self.signature.bindings));
            }
        }
        bind(&self.used(Some(fragment)), fragment, params, data);
    }
}

/// Adds parameters of a helper for some values; pointers are read at the start and written at the
/// end.
pub(super) fn bind(used: &[&Binding], fragment: &Fragment, params: &mut Vec<String>, data: &mut HelperData) {
    for Binding { name, ty, assignable, result, .. } in used {
        if !assignable && !result {
            params.push(format!("{name} {ty}"));
            continue;
        }
        params.push(format!("goagent_ptr_{name} *{}", pointed(ty)));
        let _ = write!(data.prologue, "{name} := *goagent_ptr_{name}; _ = {name}; ");
        if *assignable {
            let _ = write!(data.epilogue, "*goagent_ptr_{name} = {name}; ");
            data.wrapped |= fragment.returns || fragment.skips;
        }
    }
}

/// Encloses a channel type in parentheses after a star if its form needs them.
fn pointed(ty: &str) -> String {
    if ty.starts_with("<-") { format!("({ty})") } else { ty.to_owned() }
}
