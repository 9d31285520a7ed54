//! Places in a rule file that outlive an edit of comments, of blank space and of the order of
//! items.
//!
//! In: a file, and an offset in it. Out: a landmark, which another text of the same file turns into
//! an offset again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::parts;
use crate::source::lexeme_ranges;
use crate::syntax::ast::File;

/// A place in a rule file: in a part of it, by the number of a lexeme and the distance from its
/// start.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Landmark {
    part: String,
    lexeme: usize,
    distance: usize,
}

/// The parts of one file with the places of their lexemes.
pub struct Landmarks {
    parts: BTreeMap<String, Places>,
}

struct Places {
    end: usize,
    lexemes: Vec<usize>,
}

impl Landmarks {
    /// Reads the parts of a file.
    pub fn new(file: &File, text: &str) -> Self {
        let mut all = BTreeMap::new();
        for part in parts::of_file(file, text) {
            let (start, end) = part.place;
            let inner = text.get(start..end).unwrap_or_default();
            let lexemes = lexeme_ranges(inner).into_iter().map(|range| start + range.start).collect();
            all.insert(part.name, Places { end, lexemes });
        }
        Self { parts: all }
    }

    /// The landmark of an offset; `None` if it is in no part.
    pub fn of(&self, offset: usize) -> Option<Landmark> {
        self.parts.iter().find_map(|(name, places)| {
            if offset > places.end {
                return None;
            }
            let lexeme = places.lexemes.iter().rposition(|start| *start <= offset)?;
            let distance = offset - places.lexemes.get(lexeme)?;
            Some(Landmark { part: name.clone(), lexeme, distance })
        })
    }

    /// The offset of a landmark; `None` if the file has no such part.
    pub fn find(&self, landmark: &Landmark) -> Option<usize> {
        let places = self.parts.get(&landmark.part)?;
        Some((places.lexemes.get(landmark.lexeme)? + landmark.distance).min(places.end))
    }
}

#[cfg(test)]
mod tests {
    use super::Landmarks;
    use crate::diagnostic::SourceFile;

    fn landmarks(text: &str) -> Landmarks {
        let source = SourceFile::new("p.gorule", text);
        Landmarks::new(&crate::syntax::parse(&source).unwrap().file, text)
    }

    #[test]
    fn a_place_moves_with_its_word() {
        let one = "plugin p {\n    target \"a/b\" [1.0, ) {\n        rule one {\n            func Open(n int)\n            \
                   enter { x := n; _ = wrong }\n        }\n    }\n}\n";
        let other = "// why\nplugin p {\n    target \"a/b\" [1.0, ) {\n        rule one {\n            enter {\n                \
                     x := n // wrong\n                ; _ = /* n */ wrong\n            }\n            func Open(n int)\n        }\n    }\n}\n";
        let (a, b) = (landmarks(one), landmarks(other));
        for (word, nth) in
            [("wrong }", "wrong\n            }"), ("Open", "Open"), ("int", "int)"), ("n; ", "n // ")]
        {
            let landmark = a.of(one.find(word).unwrap()).unwrap();
            assert_eq!(a.find(&landmark), one.find(word));
            assert_eq!(b.find(&landmark), other.find(nth), "{word}");
        }
        assert_eq!(a.of(one.find("rule").unwrap()), None);
        assert_eq!(landmarks("plugin q {\n}\n").find(&a.of(one.find("int").unwrap()).unwrap()), None);
    }
}
