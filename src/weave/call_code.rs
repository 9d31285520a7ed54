//! Generates the code that wraps the calls of one function in another.
//!
//! In: a rule, the signature of the function that is called. Out: a type whose methods take and
//! return the arguments and results, and the two helper functions with the rule's templates. All of
//! it is at the end of the file with the calls.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use handlebars::Handlebars;
use serde::Serialize;

use super::binding::Binding;
use super::hooks::{HelperData, bind, render};
use super::options::{WeaveOptions, mentions, variant};
use super::panics::Panics;
use super::refusal::Refusal;
use super::state::{declared, type_at_its_place};
use super::unit::template_file;
use super::{PlacedRule, constants};
use crate::bundle::{Fragment, Import, Param, StateVar, Template};
use crate::source::{Callee, Function};

/// The calls of one function in one function: they share the generated code.
pub(super) struct CallGroup<'a> {
    pub number: usize,
    pub placed: &'a PlacedRule,
    pub callee: &'a Callee,
    /// The function that is called.
    pub name: String,
    /// The function in which it is called.
    pub owner: Option<&'a Function>,
    /// The numbers of arguments that the calls have.
    pub arities: BTreeSet<usize>,
}

/// The generated code and its imports.
pub(super) struct CallCode {
    pub text: String,
    pub imports: Vec<Import>,
}

#[derive(Serialize)]
struct Variable {
    name: String,
    r#type: String,
}

#[derive(Serialize)]
struct EnterMethod {
    arity: usize,
    params: String,
    results: String,
    before: Vec<String>,
    values: String,
}

#[derive(Serialize)]
struct CallData {
    directives: bool,
    file: String,
    line: u32,
    number: usize,
    fields: Vec<Variable>,
    enters: Vec<EnterMethod>,
    panics: bool,
    params: String,
    results: String,
    values: String,
    variables: Vec<Variable>,
    after: String,
}

static CALL: LazyLock<Handlebars<'static>> = LazyLock::new(|| {
    let mut engine = Handlebars::new();
    engine.register_escape_fn(handlebars::no_escape);
    let _ = engine.register_template_string("call", include_str!("call.go.hbs"));
    engine
});

impl CallGroup<'_> {
    /// The function around the calls, as reports show it.
    pub fn owner_name(&self) -> String {
        self.owner.map_or_else(|| "a variable of the package".to_owned(), Function::display)
    }

    /// Generates the code.
    pub fn code(&self, options: &WeaveOptions<'_>, directives: bool) -> Result<CallCode, Refusal> {
        let emitter = Emitter::new(self, options)?;
        let text = emitter.text(directives).map_err(|e| Refusal::Generate(e.to_string()))?;
        Ok(CallCode { text, imports: emitter.imports() })
    }
}

struct Emitter<'a> {
    group: &'a CallGroup<'a>,
    options: &'a WeaveOptions<'a>,
    enter: Option<&'a Fragment>,
    exit: Option<&'a Fragment>,
    params: Vec<Binding>,
    results: Vec<Binding>,
}

impl<'a> Emitter<'a> {
    fn new(group: &'a CallGroup<'a>, options: &'a WeaveOptions<'a>) -> Result<Self, Refusal> {
        let rule = &group.placed.rule;
        let chosen = |t: &'a Option<Template>| t.as_ref().map(|t| variant(t, options)).transpose();
        let callee = group.callee;
        let last = callee.params.len().checked_sub(1).filter(|_| callee.variadic);
        let ty = |at: usize, ty: &String| if Some(at) == last { format!("[]{ty}") } else { ty.clone() };
        let params: Vec<String> = callee.params.iter().enumerate().map(|(at, text)| ty(at, text)).collect();
        Ok(Self {
            group,
            options,
            enter: chosen(&rule.enter)?,
            exit: chosen(&rule.exit)?,
            params: bindings(&params, rule.params.as_deref(), "param", false),
            results: bindings(&callee.results, rule.results.as_deref(), "result", true),
        })
    }

    fn imports(&self) -> Vec<Import> {
        let foreign = self.group.callee.imports.iter();
        let mut all: Vec<Import> =
            foreign.map(|(alias, path)| Import { alias: alias.clone(), path: path.clone() }).collect();
        all.push(Import { alias: "goagent_agent".to_owned(), path: crate::codegen::AGENT.to_owned() });
        for fragment in [self.enter, self.exit].into_iter().flatten() {
            all.extend(fragment.imports.iter().cloned());
        }
        all.extend(self.group.placed.rule.state.iter().flat_map(|var| var.ty.imports.iter().cloned()));
        all
    }

    fn used(&self, fragment: Option<&Fragment>, results: bool) -> Vec<&Binding> {
        let results = self.results.iter().filter(|_| results);
        self.params.iter().chain(results).filter(|b| mentions(fragment, &b.name)).collect()
    }

    fn panics(&self) -> Panics<'a> {
        Panics::new(&self.group.placed.rule, self.exit)
    }

    /// The state that exit is given: what it reads, and spans that take a panic.
    fn kept(&self) -> impl Iterator<Item = &'a StateVar> {
        let (panics, exit) = (self.panics(), self.exit);
        let state = self.group.placed.rule.state.iter();
        state.filter(move |var| mentions(exit, &var.name) || panics.handed_to(var))
    }

    fn text(&self, directives: bool) -> Result<String, handlebars::RenderError> {
        let mut out = String::new();
        if let Some(fragment) = self.enter {
            out.push_str(&render(&self.enter_helper(fragment, directives))?);
        }
        if let Some(fragment) = self.exit {
            out.push_str(&render(&self.exit_helper(fragment, directives))?);
        }
        out.push_str(&CALL.render("call", &self.data(directives))?);
        Ok(out)
    }

    fn helper(&self, what: &str, fragment: &Fragment, directives: bool) -> HelperData {
        let CallGroup { number, placed, name, .. } = self.group;
        HelperData {
            name: format!("goagent_{what}_{number}"),
            guard: Some(*number),
            body: constants::of_call(&fragment.text, name, &self.group.owner_name(), self.options),
            ..HelperData::new(&placed.plugin, fragment, directives)
        }
    }

    fn enter_helper(&self, fragment: &Fragment, directives: bool) -> HelperData {
        let mut data = self.helper("enter", fragment, directives);
        let state = &self.group.placed.rule.state;
        let plugin = &self.group.placed.plugin;
        let results: Vec<String> = state.iter().map(|var| declared(var, plugin, directives)).collect();
        data.restored = directives && !state.is_empty();
        let mut params = Vec::new();
        bind(&self.used(Some(fragment), false), fragment, &mut params, &mut data);
        data.give_back(&results);
        data.params = params.join(", ");
        data
    }

    fn exit_helper(&self, fragment: &Fragment, directives: bool) -> HelperData {
        let mut data = self.helper("exit", fragment, directives);
        let mut params = Vec::new();
        let panics = self.panics();
        if panics.are_needed() {
            params.push(panics.params().to_owned());
            data.prologue.push_str(&panics.of_call());
        }
        let before = params.len();
        params.extend(self.kept().map(|var| declared(var, &self.group.placed.plugin, directives)));
        data.restored = directives && params.len() > before;
        bind(&self.used(Some(fragment), true), fragment, &mut params, &mut data);
        data.params = params.join(", ");
        data
    }

    fn data(&self, directives: bool) -> CallData {
        let CallGroup { number, placed, callee, arities, .. } = self.group;
        let results: Vec<String> =
            callee.results.iter().enumerate().map(|(at, ty)| format!("goagent_result_{at} {ty}")).collect();
        let values: Vec<String> =
            (0..callee.results.len()).map(|at| format!("goagent_result_{at}")).collect();
        let variable = |(at, ty): (usize, &String)| Variable {
            name: format!("goagent_result_{at}"),
            r#type: ty.clone(),
        };
        CallData {
            directives,
            file: template_file(&placed.plugin),
            line: placed.rule.line,
            number: *number,
            fields: self.fields(directives),
            enters: arities.iter().map(|arity| self.enter(*arity)).collect(),
            panics: self.panics().are_needed(),
            params: results.join(", "),
            results: callee.results.join(", "),
            values: values.join(", "),
            variables: callee.results.iter().enumerate().map(variable).collect(),
            after: self.after(),
        }
    }

    /// The values that a call keeps from enter to exit.
    fn fields(&self, directives: bool) -> Vec<Variable> {
        let plugin = &self.group.placed.plugin;
        let state = self.group.placed.rule.state.iter();
        let state = state.map(|var| Variable {
            name: format!("state_{}", var.name),
            r#type: type_at_its_place(var, plugin, directives),
        });
        let kept = self.used(self.exit, false).into_iter();
        let kept = kept.map(|b| Variable { name: format!("param_{}", b.name), r#type: b.ty.clone() });
        state.chain(kept).collect()
    }

    /// The method that arguments go through, for one number of arguments.
    fn enter(&self, arity: usize) -> EnterMethod {
        let callee = self.group.callee;
        let (last, fixed) = match callee.params.split_last() {
            Some((last, fixed)) if callee.variadic => (Some(last), fixed.len()),
            _ => (None, callee.params.len()),
        };
        let types: Vec<&String> =
            (0..arity).filter_map(|at| callee.params.get(at).filter(|_| at < fixed).or(last)).collect();
        let params: Vec<String> =
            types.iter().enumerate().map(|(at, ty)| format!("goagent_param_{at} {ty}")).collect();
        let mut before = Vec::new();
        if let Some(last) = last {
            let rest: Vec<String> = (fixed..arity).map(|at| format!("goagent_param_{at}")).collect();
            let list = if rest.is_empty() { "(nil)".to_owned() } else { format!("{{{}}}", rest.join(", ")) };
            // After the parameters that have names of their own: the slice that the function sees.
            before.push(format!("goagent_rest := []{last}{list}; _ = goagent_rest"));
        }
        let access = |b: &Binding| {
            if last.is_some() && b.access == format!("goagent_param_{fixed}") {
                "goagent_rest".to_owned()
            } else {
                b.access.clone()
            }
        };
        if let Some(fragment) = self.enter {
            let given: Vec<String> = self
                .used(Some(fragment), false)
                .into_iter()
                .map(|b| format!("{}{}", if b.assignable { "&" } else { "" }, access(b)))
                .collect();
            let state: Vec<String> = self
                .group
                .placed
                .rule
                .state
                .iter()
                .map(|var| format!("goagent_this_call.state_{}", var.name))
                .collect();
            let left = if state.is_empty() { String::new() } else { format!("{} = ", state.join(", ")) };
            before.push(format!("{left}goagent_enter_{}({})", self.group.number, given.join(", ")));
        }
        before.extend(
            self.used(self.exit, false)
                .iter()
                .map(|b| format!("goagent_this_call.param_{} = {}", b.name, access(b))),
        );
        let own: Vec<String> = (0..arity).map(|at| format!("goagent_param_{at}")).collect();
        let types: Vec<&str> = types.into_iter().map(String::as_str).collect();
        let (results, values) = if arity == 0 {
            (format!("*goagent_call_{}", self.group.number), "goagent_this_call".to_owned())
        } else {
            (format!("({})", types.join(", ")), own.join(", "))
        };
        EnterMethod { arity, params: params.join(", "), results, before, values }
    }

    /// The call of the exit helper.
    fn after(&self) -> String {
        if self.exit.is_none() {
            return String::new();
        }
        let mut given: Vec<String> = Vec::new();
        if self.panics().are_needed() {
            given.push("panicking, panicValue".to_owned());
        }
        given.extend(self.kept().map(|var| format!("goagent_this_call.state_{}", var.name)));
        given.extend(self.used(self.exit, true).into_iter().map(|b| match (b.result, b.assignable) {
            (true, _) => format!("&{}", b.access),
            (false, true) => format!("&goagent_this_call.param_{}", b.name),
            (false, false) => format!("goagent_this_call.param_{}", b.name),
        }));
        format!("goagent_exit_{}({})", self.group.number, given.join(", "))
    }
}

fn bindings(types: &[String], names: Option<&[Param]>, list: &str, result: bool) -> Vec<Binding> {
    let one = |(at, (ty, param)): (usize, (&String, &Param))| {
        Some(Binding {
            name: param.name.clone()?,
            access: format!("goagent_{list}_{at}"),
            ty: ty.clone(),
            assignable: param.assignable,
            result,
            given: None,
            holds: None,
        })
    };
    types.iter().zip(names.unwrap_or_default()).enumerate().filter_map(one).collect()
}
