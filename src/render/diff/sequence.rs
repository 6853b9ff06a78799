//! Which items of two sequences belong together.
//!
//! Sequences of equal length are compared item by item, unless one is the other in another order. Otherwise a longest common
//! subsequence stays, and what is between its items goes or comes; objects in the same gap are paired in order.

use super::{Diff, Pair, combine};
use crate::change::Action;
use crate::value::Value;
use std::collections::HashMap;
use std::hash::Hash;

/// Cells of the table of the exact algorithm; larger problems go to Myers' algorithm, which may pick another, equally long subsequence.
const LARGEST_TABLE: usize = 4_000_000;

/// Positions of items that belong together; nothing for a side that lacks one.
pub type Match = (Option<usize>, Option<usize>);

pub(super) fn diff_items(
    pair: &Pair,
    is_object: impl Fn(&Value) -> bool,
    diff: impl Fn(Pair) -> Diff,
) -> (Vec<Diff>, Action) {
    let (before, after) = (pair.before.items(), pair.after.items());
    let mut action = match (pair.before.is_nil(), pair.after.is_nil()) {
        (false, true) => Action::Delete,
        (true, false) => Action::Create,
        _ => Action::NoOp,
    };
    let texts = |items: &[Value]| items.iter().map(crate::render::json::canonical_text).collect::<Vec<_>>();
    let matches =
        match_items(&texts(before), &texts(after), |old, new| is_object(&before[old]) && is_object(&after[new]));
    let mut elements = Vec::with_capacity(matches.len());
    for (old, new) in matches {
        // Of a sequence that matters all items do.
        let part = Pair { relevant: super::Scope::everywhere(), ..pair.items(old, new) };
        let element = diff(part);
        action = combine(action, element.action);
        elements.push(element);
    }
    (elements, action)
}

pub fn match_items<T: Eq + Hash>(before: &[T], after: &[T], are_objects: impl Fn(usize, usize) -> bool) -> Vec<Match> {
    let (before, after) = number(before, after);
    if before.len() == after.len() && !is_reordered(&before, &after) {
        return (0..before.len()).map(|index| (Some(index), Some(index))).collect();
    }
    let common = common_subsequence(&before, &after);
    let mut matches = Vec::new();
    let (mut old, mut new, mut next) = (0, 0, 0);
    while old < before.len() || new < after.len() || next < common.len() {
        let wanted = common.get(next).copied();
        while old < before.len() && Some(before[old]) != wanted {
            if new < after.len() && Some(after[new]) != wanted && are_objects(old, new) {
                matches.push((Some(old), Some(new)));
                new += 1;
            } else {
                matches.push((Some(old), None));
            }
            old += 1;
        }
        while new < after.len() && Some(after[new]) != wanted {
            matches.push((None, Some(new)));
            new += 1;
        }
        if wanted.is_some() {
            matches.push((Some(old), Some(new)));
            old += 1;
            new += 1;
            next += 1;
        }
    }
    matches
}

/// Equal items get equal numbers.
fn number<T: Eq + Hash>(before: &[T], after: &[T]) -> (Vec<u32>, Vec<u32>) {
    let mut numbers: HashMap<&T, u32> = HashMap::new();
    let mut of = |item| {
        let next = numbers.len() as u32;
        *numbers.entry(item).or_insert(next)
    };
    (before.iter().map(&mut of).collect(), after.iter().map(&mut of).collect())
}

/// Every item of the first is in the second, which is as long.
fn is_reordered(before: &[u32], after: &[u32]) -> bool {
    let there: std::collections::HashSet<_> = after.iter().collect();
    before.iter().all(|item| there.contains(item))
}

fn common_subsequence(before: &[u32], after: &[u32]) -> Vec<u32> {
    if before.len().saturating_mul(after.len()) > LARGEST_TABLE {
        return large_common_subsequence(before, after);
    }
    let width = before.len() + 1;
    let mut lengths = vec![0u32; width * (after.len() + 1)];
    for (y, new) in after.iter().enumerate() {
        for (x, old) in before.iter().enumerate() {
            lengths[(y + 1) * width + x + 1] = if old == new {
                lengths[y * width + x] + 1
            } else {
                lengths[(y + 1) * width + x].max(lengths[y * width + x + 1])
            };
        }
    }
    let (mut x, mut y) = (before.len(), after.len());
    let mut common = Vec::new();
    while x > 0 && y > 0 {
        if before[x - 1] == after[y - 1] {
            common.push(before[x - 1]);
            x -= 1;
            y -= 1;
        } else if lengths[y * width + x - 1] > lengths[(y - 1) * width + x] {
            x -= 1;
        } else {
            y -= 1;
        }
    }
    common.reverse();
    common
}

fn large_common_subsequence(before: &[u32], after: &[u32]) -> Vec<u32> {
    similar::capture_diff_slices(similar::Algorithm::Myers, before, after)
        .iter()
        .filter_map(|operation| match operation {
            similar::DiffOp::Equal { old_index, len, .. } => Some(&before[*old_index..*old_index + *len]),
            _ => None,
        })
        .flatten()
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(before: &str, after: &str) -> String {
        let split = |text: &str| text.chars().collect::<Vec<_>>();
        let (before, after) = (split(before), split(after));
        let letter = |items: &[char], index: Option<usize>| index.map_or('-', |index| items[index]);
        match_items(&before, &after, |_, _| false)
            .into_iter()
            .map(|(old, new)| format!("{}{} ", letter(&before, old), letter(&after, new)))
            .collect::<String>()
            .trim_end()
            .to_owned()
    }

    #[test]
    fn items_of_equally_long_sequences_are_compared_one_by_one() {
        assert_eq!(matches("abc", "axc"), "aa bx cc");
    }

    #[test]
    fn what_is_common_stays() {
        assert_eq!(matches("abcd", "bd"), "a- bb c- dd");
        assert_eq!(matches("ab", "ba"), "a- bb -a");
    }
}
