//! Bundles: real ones, altered after a correct digest and before a wrong one; lengths that lie.

use gorule::bundle::Bundle;
use gorule::codegen;
use gorule::syntax::{decode, parse};

use super::random::Random;
use super::rule_files::{all, plugins};
use super::texts::altered;

/// Magic, schema and digest.
const HEADER: usize = 8 + 4 + 32;

/// The bundles of the plugins and of the fixtures that compile.
pub fn seeds() -> Vec<Vec<u8>> {
    let texts = plugins().into_iter().map(|path| std::fs::read(path).unwrap());
    let good = all("good").into_iter().map(|fixture| fixture.body());
    let bundles = texts.chain(good).map(|text| {
        let source = decode("a.gorule", text).unwrap();
        let plugin = codegen::lower(&parse(&source).unwrap().file, &source.text).unwrap();
        Bundle { plugins: vec![plugin] }
    });
    let mut found: Vec<Bundle> = bundles.collect();
    found.push(Bundle { plugins: found.iter().flat_map(|bundle| bundle.plugins.clone()).collect() });
    found.push(Bundle::default());
    found.iter().map(|bundle| bundle.encode().unwrap()).collect()
}

/// A payload with a header that fits.
pub fn sealed(payload: &[u8]) -> Vec<u8> {
    let mut out = Bundle::default().encode().unwrap();
    out.truncate(HEADER - 32);
    out.extend_from_slice(blake3::hash(payload).as_bytes());
    out.extend_from_slice(payload);
    out
}

pub fn bytes(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    if random.one_in(8) {
        return altered(random, seeds, 3);
    }
    let payloads: Vec<Vec<u8>> =
        vec![random.pick(seeds)[HEADER..].to_vec(), random.pick(seeds)[HEADER..].to_vec()];
    let mut payload = match random.below(6) {
        0 => (0..random.below(600)).map(|_| random.next().to_le_bytes()[7]).collect(),
        1 => vec![random.next().to_le_bytes()[7]; random.below(4000)],
        _ => altered(random, &payloads, 6),
    };
    if random.one_in(3) && !payload.is_empty() {
        let at = random.below(payload.len());
        let length = length(random.next() >> random.below(64));
        payload.splice(at..=at, length);
    }
    sealed(&payload)
}

/// A number as the payload writes lengths: seven bits to a byte.
fn length(mut number: u64) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let low = number.to_le_bytes()[0] & 0x7f;
        number >>= 7;
        if number == 0 {
            out.push(low);
            return out;
        }
        out.push(low | 0x80);
    }
}

/// Payloads whose first lengths claim far more than there is.
pub fn lies() -> Vec<Vec<u8>> {
    let numbers = [1_u64 << 20, 1 << 31, 1 << 32, 1 << 40, u64::MAX];
    let prefixes: [&[u8]; 5] =
        [&[], &[1], &[1, 1, b'p'], &[1, 1, b'p', 0], &[1, 1, b'p', 0, 1, 1, b'a', 0, 1, 0, 0]];
    let lie = |prefix: &[u8], number: u64| [prefix, &length(number), &[0; 64]].concat();
    prefixes.iter().flat_map(|prefix| numbers.iter().map(move |number| lie(prefix, *number))).collect()
}

/// The largest payloads there may be, of the things that are smallest on disk: plugins, and
/// intervals without ends.
pub fn full() -> Vec<Vec<u8>> {
    let most = (8 << 20) - HEADER;
    let plugins = (most - 8) / 3;
    let intervals = (most - 24) / 2;
    let of = |prefix: &[u8], count: usize, each: usize| {
        let mut out = [prefix, &length(u64::try_from(count).unwrap())].concat();
        out.resize(out.len() + count * each, 0);
        out
    };
    let mut last = of(&[1, 1, b'p', 0, 1, 1, b'a', 0], intervals, 2);
    last.extend([0; 4]);
    vec![of(&[], plugins, 3), last]
}
