//! The parts of a plugin's target: rules, and what it adds besides.
//!
//! In: nothing; this file only declares the shapes. Outcomes, verdicts, the lock and the report use
//! them to identify their subject.

use serde::{Deserialize, Serialize};

/// A part of a target that is checked or woven by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Item {
    /// The rule of this name.
    Rule(String),
    /// The fields that are added to the struct type of this name.
    Struct(String),
    /// The port of this name.
    Port(String),
    /// All declarations of the target.
    Decl,
}

/// The kind of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// A rule.
    Rule,
    /// Fields of a struct type.
    Struct,
    /// A port.
    Port,
    /// Declarations.
    Decl,
}

impl Item {
    /// The item of a kind and a name; declarations have no name.
    pub fn new(kind: ItemKind, name: String) -> Self {
        match kind {
            ItemKind::Rule => Self::Rule(name),
            ItemKind::Struct => Self::Struct(name),
            ItemKind::Port => Self::Port(name),
            ItemKind::Decl => Self::Decl,
        }
    }

    /// The kind of the item.
    pub fn kind(&self) -> ItemKind {
        match self {
            Self::Rule(_) => ItemKind::Rule,
            Self::Struct(_) => ItemKind::Struct,
            Self::Port(_) => ItemKind::Port,
            Self::Decl => ItemKind::Decl,
        }
    }

    /// Its name; empty for declarations.
    pub fn name(&self) -> &str {
        match self {
            Self::Rule(name) | Self::Struct(name) | Self::Port(name) => name,
            Self::Decl => "",
        }
    }

    /// Its name, if it is a rule.
    pub fn rule(&self) -> Option<&str> {
        match self {
            Self::Rule(name) => Some(name),
            _ => None,
        }
    }

    /// Returns true if it is the rule of this name.
    pub fn is_rule(&self, name: &str) -> bool {
        self.rule() == Some(name)
    }
}

/// The form for people: the name of a rule, `struct T`, `port p`, `decl`.
impl std::fmt::Display for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rule(name) => f.write_str(name),
            Self::Struct(name) => write!(f, "struct {name}"),
            Self::Port(name) => write!(f, "port {name}"),
            Self::Decl => f.write_str("decl"),
        }
    }
}
