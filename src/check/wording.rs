//! Wording that messages of both rooms share.

use crate::diagnostic::nearest;

/// `1.0.0`, `1.0.0 and 1.1.0`, or the ends of many.
pub fn describe_versions(versions: &[String]) -> String {
    match versions {
        [] => "no version".to_owned(),
        [one] => one.clone(),
        [first, second] => format!("{first} and {second}"),
        [first, second, third] => format!("{first}, {second} and {third}"),
        [first, .., last] => format!("{first} … {last} ({} versions)", versions.len()),
    }
}

/// The most letters in which a path may differ from one that is suggested.
const MAX_EDITS: usize = 2;

/// Returns the import path that was probably meant: one that ends with `wanted`, or that differs
/// from it in few letters. No suggestion is better than a path that is only a little like it.
pub fn nearest_path<'a>(wanted: &str, known: &'a [String]) -> Option<&'a str> {
    let near = known.iter().filter_map(|path| Some((path_distance(wanted, path)?, path.as_str())));
    near.min().map(|(_, path)| path)
}

fn path_distance(wanted: &str, path: &str) -> Option<usize> {
    if path.strip_suffix(wanted).is_some_and(|rest| rest.ends_with('/')) {
        return Some(0);
    }
    let (mut a, mut b): (Vec<&str>, Vec<&str>) = (wanted.split('/').collect(), path.split('/').collect());
    let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    (a, b) = (a.split_off(same), b.split_off(same));
    while a.last().is_some() && a.last() == b.last() {
        a.pop();
        b.pop();
    }
    let is_major = |part: &str| part.strip_prefix('v').is_some_and(|n| n.parse::<u64>().is_ok());
    match (a.as_slice(), b.as_slice()) {
        ([], [major]) if is_major(major) => return Some(1),
        _ if a.len() != b.len() => return None,
        _ => {}
    }
    let pairs = a.iter().zip(&b).filter(|(x, y)| x != y);
    let edits = pairs.map(|(x, y)| nearest(x, [*y]).map(|_| strsim::damerau_levenshtein(x, y)));
    edits.sum::<Option<usize>>().filter(|edits| (1..=MAX_EDITS).contains(edits))
}

#[cfg(test)]
mod tests {
    use super::nearest_path;

    #[test]
    fn a_path_is_suggested_only_if_it_is_near() {
        let known =
            ["github.com/gin-gonic/gin", "github.com/redis/go-redis/v9", "net/http", "golang.org/x/oauth2"];
        let known = known.map(str::to_owned);
        let near = |wanted| nearest_path(wanted, &known);
        assert_eq!(near("github.com/gin-gonc/gin"), Some("github.com/gin-gonic/gin"));
        assert_eq!(near("gin-gonic/gin"), Some("github.com/gin-gonic/gin"));
        assert_eq!(near("github.com/redis/go-redis"), Some("github.com/redis/go-redis/v9"));
        assert_eq!(near("net/htttp"), Some("net/http"));
        for far in ["github.com/other/gin", "github.com/gin-gonic/jin2go", "gopkg.in/oauth2", "net/http/x"] {
            assert_eq!(near(far), None, "{far}");
        }
    }
}
