//! The keys by which builds are remembered: digests of all that their outcome depends on.
//!
//! In: a bundle, and what is built. Out: keys. Comments, documentation, lines and columns and the
//! order of independent items do not change a key: no outcome depends on them.

use serde::Serialize;

use super::subjects::Subjects;
use crate::bundle::{Bundle, Fragment, Plugin, Reach, Rule, Target, Template};
use crate::modules::{Home, Release};
use crate::platform::Platform;
use crate::source::normal;
use crate::version::Version;
use crate::{embedded, weave};

/// The part of a bundle that counts in a build of packages: their rules that apply to the release,
/// Go and platform; of other packages only what the same plugins declare there.
pub(super) fn relevant(
    bundle: &Bundle,
    packages: &[String],
    release: &Release,
    (go, platform): (&Version, &Platform),
) -> Bundle {
    let is_built = |target: &Target| target.reach == Reach::Package && packages.contains(&target.package);
    let mut bundle = bundle.clone();
    bundle.plugins.retain(|plugin| plugin.targets.iter().any(is_built));
    let version = Some(&release.version);
    for target in bundle.plugins.iter_mut().flat_map(|plugin| &mut plugin.targets) {
        let (is_built, versions) = (is_built(target), target.versions.clone());
        target.rules.retain(|rule| is_built && rule.admits(&versions, version, go));
    }
    for plugin in &mut bundle.plugins {
        plugin.targets.retain(|target| {
            let declares = !(target.decls.is_empty() && target.structs.is_empty() && target.ports.is_empty());
            let is_there = !is_built(target) || target.versions.contains(&release.version);
            is_there && declares || !target.rules.is_empty()
        });
    }
    if let Some(processor) = &platform.processor {
        bundle.keep_platform(&platform.system, processor);
    }
    bundle
}

/// The key of a build of packages with rules.
pub(super) fn of_packages(
    subjects: &Subjects<'_>,
    bundle: Bundle,
    (home, release): (&Home, &Release),
    packages: &[String],
    (go, platform): (&Version, &Platform),
) -> String {
    let mut hasher = hasher(subjects);
    hasher.update(&canonical(bundle));
    hasher.update(&of_release(subjects, (home, release), packages, (go, platform)).into_bytes());
    format!("types-{}", hasher.finalize().to_hex())
}

/// The key of packages as they are without rules. The release stands for its go.mod and
/// requirements.
pub(super) fn of_release(
    subjects: &Subjects<'_>,
    (home, release): (&Home, &Release),
    packages: &[String],
    (go, platform): (&Version, &Platform),
) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(subjects.modules.settings().as_bytes());
    for package in packages {
        let source = subjects.modules.package(home, package, release);
        hasher
            .update(package.as_bytes())
            .update(source.map(|s| s.digest().to_owned()).unwrap_or_default().as_bytes());
    }
    hasher.update(format!("{} {go} {platform}", release.tag).as_bytes());
    format!("plain-{}", hasher.finalize().to_hex())
}

/// The key of a build of a program that was written for rules for many packages.
pub(super) fn of_program(
    subjects: &Subjects<'_>,
    (bundle, text): (&Bundle, &str),
    wanted: &[String],
    go: &str,
) -> String {
    let mut hasher = hasher(subjects);
    hasher.update(&canonical(bundle.clone())).update(text.as_bytes());
    hasher.update(format!("{wanted:?} {go}").as_bytes());
    format!("wide-{}", hasher.finalize().to_hex())
}

/// The key of the go.mod and go.sum with which packages at versions are built.
pub(super) fn of_requirements(wanted: &[String], go: &Version) -> String {
    format!("module-{}", blake3::hash(format!("{wanted:?} {go}").as_bytes()).to_hex())
}

/// A digest of the weaver, the module that templates call, and Go's settings.
fn hasher(subjects: &Subjects<'_>) -> blake3::Hasher {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&weave::REVISION.to_le_bytes()).update(embedded::runtime_digest().as_bytes());
    hasher.update(subjects.modules.settings().as_bytes());
    hasher
}

/// The bytes of a bundle without what no outcome depends on.
fn canonical(mut bundle: Bundle) -> Vec<u8> {
    for plugin in &mut bundle.plugins {
        let Plugin { name: _, doc, targets } = plugin;
        doc.clear();
        targets.iter_mut().for_each(target);
        sort(targets);
    }
    sort(&mut bundle.plugins);
    bundle.encode().unwrap_or_default()
}

/// Sorts items by their bytes.
fn sort<T: Serialize>(items: &mut [T]) {
    items.sort_by_cached_key(|item| postcard::to_stdvec(item).unwrap_or_default());
}

fn target(target: &mut Target) {
    let Target { package: _, reach: _, versions: _, decls, structs, ports, rules } = target;
    decls.iter_mut().for_each(template);
    for item in &mut *structs {
        item.line = 0;
        item.fields.iter_mut().for_each(|field| fragment(&mut field.ty));
    }
    for port in &mut *ports {
        port.line = 0;
        fragment(&mut port.signature);
        fragment(&mut port.body);
    }
    rules.iter_mut().for_each(rule);
    sort(decls);
    sort(structs);
    sort(ports);
    // Of rules for the same functions the first one is woven where both cannot be.
    rules.sort_by_cached_key(|rule| {
        postcard::to_stdvec(&(&rule.functions, &rule.receiver)).unwrap_or_default()
    });
}

fn rule(rule: &mut Rule) {
    rule.doc.clear();
    rule.line = 0;
    rule.binds.iter_mut().for_each(|bind| fragment(&mut bind.ty));
    rule.state.iter_mut().for_each(|state| fragment(&mut state.ty));
    rule.state.sort_by(|a, b| a.name.cmp(&b.name));
    rule.enter.iter_mut().chain(&mut rule.exit).for_each(template);
    rule.anchors.iter_mut().for_each(|anchor| template(&mut anchor.template));
}

fn template(template: &mut Template) {
    template.variants.iter_mut().for_each(|variant| fragment(&mut variant.code));
}

fn fragment(fragment: &mut Fragment) {
    (fragment.line, fragment.column) = (0, 0);
    for (number, guard) in fragment.guards.iter_mut().enumerate() {
        // Its name has the place of the function.
        let named = |key: &str| format!("goagent_guard_{key}();");
        let key = number.to_string();
        fragment.text = fragment.text.replace(&named(&guard.key), &named(&key));
        guard.key = key;
    }
    fragment.text = normal(&fragment.text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::SourceFile;

    const PLUGIN: &str = "plugin p {
    import \"strings\"

    target \"a.b/c\" [1.0, ) {
        decl {
            //go:noinline
            func help() int { return 1 }
        }

        bare rule one {
            func Open
            state s int
            state t int
            enter { s, t = help(), 2 }
        }

        bare rule two {
            func Close
            exit { _ = strings.Count(\"a\", \"a\") }
        }
    }
}
";

    fn bytes(text: &str) -> Vec<u8> {
        let file = crate::syntax::parse(&SourceFile::new("p.gorule", text)).unwrap().file;
        canonical(Bundle { plugins: vec![crate::codegen::lower(&file, text).unwrap()] })
    }

    /// Replaces a text that there is.
    fn edited(text: &str, from: &str, to: &str) -> String {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    }

    #[test]
    fn comments_blank_space_and_the_order_of_items_change_no_key() {
        let two = PLUGIN.split_once("        bare rule two").unwrap().1.split_once("    }\n}").unwrap().0;
        let moved = edited(PLUGIN, two, "").replacen("        bare rule two", "", 1);
        let moved = edited(
            &moved,
            "        bare rule one",
            &format!("        bare rule two{two}\n        bare rule one"),
        );
        let swapped = edited(
            &edited(PLUGIN, "            state s int\n", ""),
            "t int\n",
            "t int\n            state s int\n",
        );
        for text in [
            edited(PLUGIN, "plugin", "//! What it is for.\n\n/// More.\nplugin"),
            edited(
                PLUGIN,
                "        bare rule one",
                "        // why\n        /// What.\n        bare rule one",
            ),
            edited(
                PLUGIN,
                "{ s, t = help(), 2 }",
                "{\n                // first\n                s,t = help( ), /* two */ 2\n            }",
            ),
            edited(PLUGIN, "return 1", "/* why\n */ return /* so */ 1"),
            moved,
            swapped,
        ] {
            assert_eq!(bytes(&text), bytes(PLUGIN), "{text}");
        }
    }

    #[test]
    fn what_counts_changes_the_key() {
        for (from, to) in [
            ("//go:noinline\n", "// go:noinline\n"),
            ("help(), 2", "help(), 3"),
            ("\"a\", \"a\"", "\"a\", \" a\""),
            ("func Close", "func Closed"),
            ("[1.0, )", "[1.1, )"),
        ] {
            assert_ne!(bytes(&edited(PLUGIN, from, to)), bytes(PLUGIN), "{to}");
        }
    }
}
