//! `random_pet`: names that people can say.

use super::keepers;
use crate::providers::small::{Kind, Object, computed, optional};
use crate::value::{Type, Value};
use rand::seq::IndexedRandom;

const ADVERBS: &[&str] = &[
    "barely",
    "boldly",
    "calmly",
    "cheerfully",
    "clearly",
    "daily",
    "deeply",
    "early",
    "easily",
    "evenly",
    "fairly",
    "firmly",
    "freely",
    "fully",
    "gently",
    "gladly",
    "greatly",
    "happily",
    "highly",
    "honestly",
    "hugely",
    "jointly",
    "kindly",
    "largely",
    "lightly",
    "likely",
    "mainly",
    "merely",
    "mildly",
    "mostly",
    "namely",
    "nearly",
    "neatly",
    "newly",
    "nicely",
    "openly",
    "overly",
    "partly",
    "plainly",
    "promptly",
    "purely",
    "quickly",
    "quietly",
    "rarely",
    "readily",
    "really",
    "richly",
    "safely",
    "slowly",
    "smoothly",
    "softly",
    "solely",
    "steadily",
    "surely",
    "swiftly",
    "truly",
    "usually",
    "vastly",
    "warmly",
    "wholly",
    "widely",
    "wisely",
];

const ADJECTIVES: &[&str] = &[
    "able", "active", "amused", "apt", "assured", "awake", "becoming", "blessed", "bold", "brave", "bright", "busy",
    "calm", "careful", "casual", "central", "charming", "clean", "clever", "close", "composed", "cool", "correct",
    "crisp", "curious", "darling", "decent", "deep", "desired", "direct", "eager", "easy", "elegant", "enough",
    "equal", "exact", "factual", "fair", "famous", "fine", "firm", "fit", "fleet", "fond", "free", "fresh", "full",
    "funny", "gentle", "giving", "glad", "golden", "grand", "great", "handy", "happy", "hardy", "helpful", "honest",
    "humble", "ideal", "intent", "key", "keen", "kind", "known", "large", "lasting", "leading", "light", "live",
    "logical", "lucky", "mighty", "modest", "moved", "musical", "neat", "nice", "noble", "novel", "open", "patient",
    "perfect", "polite", "precise", "proud", "quick", "quiet", "rapid", "ready", "relaxed", "robust", "sacred",
    "sharp", "smart", "smooth", "solid", "sound", "stable", "steady", "strong", "sunny", "sure", "sweet", "tender",
    "tidy", "touching", "trusted", "upright", "useful", "valid", "vital", "vocal", "warm", "willing", "wise", "witty",
    "worthy",
];

const NAMES: &[&str] = &[
    "albacore", "alpaca", "antelope", "badger", "basilisk", "bear", "beetle", "bison", "bluejay", "boar", "bobcat",
    "buck", "buffalo", "bull", "camel", "cardinal", "caribou", "cat", "chamois", "cheetah", "chicken", "cicada",
    "cobra", "cod", "colt", "condor", "cougar", "cow", "coyote", "crab", "crane", "crawdad", "cricket", "crow", "deer",
    "dingo", "dodo", "dog", "dolphin", "donkey", "dove", "drake", "duck", "eagle", "eel", "elephant", "elk", "emu",
    "ewe", "falcon", "fawn", "ferret", "finch", "fish", "fox", "frog", "gazelle", "gecko", "gelding", "gibbon",
    "giraffe", "goat", "goose", "gopher", "grouse", "gull", "hamster", "hare", "hawk", "hen", "heron", "hippo",
    "hornet", "horse", "hound", "ibex", "iguana", "impala", "jackal", "jaguar", "jay", "joey", "kangaroo", "kid",
    "kite", "kitten", "kiwi", "koala", "lamb", "lark", "lemur", "leopard", "lion", "lizard", "llama", "lobster",
    "lynx", "macaw", "magpie", "mako", "mallard", "mammoth", "marlin", "marmot", "marten", "martin", "minnow", "mole",
    "mongoose", "monkey", "moose", "moth", "mouse", "mule", "muskox", "newt", "ocelot", "octopus", "opossum", "orca",
    "oryx", "osprey", "ostrich", "otter", "owl", "ox", "panda", "panther", "parrot", "pelican", "penguin", "pheasant",
    "pig", "pigeon", "pony", "poodle", "puma", "pup", "python", "quail", "rabbit", "raccoon", "ram", "raven", "ray",
    "redbird", "robin", "rooster", "salmon", "sawfly", "seal", "serval", "shark", "sheep", "shrew", "skink", "skunk",
    "sloth", "snail", "snake", "sparrow", "spider", "squid", "stag", "stallion", "starling", "stork", "sunbird",
    "swan", "swift", "tapir", "tarpon", "teal", "termite", "terrier", "tetra", "tiger", "toad", "tortoise", "toucan",
    "troll", "trout", "turkey", "turtle", "unicorn", "viper", "vulture", "wallaby", "walleye", "walrus", "warthog",
    "weasel", "werewolf", "whale", "wolf", "wombat", "wren", "yak", "zebra",
];

pub fn pet() -> Kind {
    let rules = || {
        vec![
            computed("id", Type::String).kept(),
            keepers(),
            optional("length", Type::Number).default(2).replaces(),
            optional("prefix", Type::String).replaces(),
            optional("separator", Type::String).default("-").replaces(),
        ]
    };
    Kind::new("random_pet", rules, |object| Ok(object.finished([("id", Value::text(&name_of(object)))])))
}

/// A name, an adjective before it where two words are wanted, adverbs before that for more.
fn name_of(object: &Object) -> String {
    let mut random = rand::rng();
    let mut pick = |words: &[&str]| words.choose(&mut random).copied().unwrap_or_default().to_owned();
    let length = object.number("length").unwrap_or(2).clamp(1, 100);
    let mut words: Vec<String> = (2..length).map(|_| pick(ADVERBS)).collect();
    if length > 1 {
        words.push(pick(ADJECTIVES));
    }
    words.push(pick(NAMES));
    let prefix = object.text("prefix").filter(|prefix| !prefix.is_empty()).map(|prefix| prefix.to_string());
    let separator = object.text("separator").unwrap_or_else(|| "-".into());
    prefix.into_iter().chain(words).collect::<Vec<_>>().join(&separator)
}
