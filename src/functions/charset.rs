//! Character sets by their IANA names, for `textencodebase64` and `textdecodebase64`.

mod tables;

use encoding_rs::Encoding;

/// How characters become bytes.
pub(super) struct Charset {
    name: &'static str,
    coding: Coding,
}

#[derive(Clone, Copy)]
enum Coding {
    Utf8,
    Utf16 {
        is_big_endian: bool,
        has_mark: bool,
    },
    /// One byte a character: the characters of all bytes, those below `ASCII` by their own numbers where there are only 128.
    Table(&'static str),
    /// As browsers have it.
    Web(&'static Encoding),
}

/// A set by any of its names, in any case.
pub(super) fn find(name: &str) -> Option<Charset> {
    let name = name.trim().to_ascii_lowercase();
    let (canonical, _, coding) = tables::CHARSETS.iter().find(|(canonical, aliases, _)| {
        canonical.eq_ignore_ascii_case(&name) || aliases.split(' ').any(|alias| alias == name)
    })?;
    let coding = match coding {
        tables::Source::Utf8 => Coding::Utf8,
        tables::Source::Utf16 => Coding::Utf16 { is_big_endian: true, has_mark: true },
        tables::Source::Utf16BigEndian => Coding::Utf16 { is_big_endian: true, has_mark: false },
        tables::Source::Utf16LittleEndian => Coding::Utf16 { is_big_endian: false, has_mark: false },
        tables::Source::Table(characters) => Coding::Table(characters),
        tables::Source::Web(label) => Coding::Web(Encoding::for_label(label.as_bytes())?),
    };
    Some(Charset { name: canonical, coding })
}

impl Charset {
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Nothing where a character is not in the set.
    pub fn encode(&self, text: &str) -> Option<Vec<u8>> {
        match self.coding {
            Coding::Utf8 => Some(text.as_bytes().to_vec()),
            Coding::Utf16 { is_big_endian, has_mark } => {
                let units = has_mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
                let bytes = |unit: u16| if is_big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
                Some(units.flat_map(bytes).collect())
            }
            Coding::Table(table) => {
                let characters = characters(table);
                text.chars().map(|character| byte_of(&characters, character)).collect()
            }
            Coding::Web(encoding) => {
                let (bytes, _, has_failed) = encoding.encode(text);
                (!has_failed).then(|| bytes.into_owned())
            }
        }
    }

    /// Nothing where bytes mean no character.
    pub fn decode(&self, bytes: &[u8]) -> Option<String> {
        let text = match self.coding {
            Coding::Utf8 => String::from_utf8(bytes.to_vec()).ok()?,
            Coding::Utf16 { is_big_endian, has_mark } => decode_utf16(bytes, is_big_endian, has_mark)?,
            Coding::Table(table) => {
                let characters = characters(table);
                bytes.iter().map(|byte| characters[*byte as usize]).collect()
            }
            Coding::Web(encoding) => encoding.decode_without_bom_handling_and_without_replacement(bytes)?.into_owned(),
        };
        (!text.contains(char::REPLACEMENT_CHARACTER)).then_some(text)
    }
}

/// A byte order mark, where the set has one, decides the order.
fn decode_utf16(bytes: &[u8], is_big_endian: bool, has_mark: bool) -> Option<String> {
    let (bytes, is_big_endian) = match bytes {
        [0xFE, 0xFF, rest @ ..] if has_mark => (rest, true),
        [0xFF, 0xFE, rest @ ..] if has_mark => (rest, false),
        _ => (bytes, is_big_endian),
    };
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units =
        pairs.iter().map(|pair| if is_big_endian { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) });
    rest.is_empty().then(|| char::decode_utf16(units).collect::<Result<String, _>>().ok())?
}

/// Characters by byte. Tables of 128 begin after ASCII.
fn characters(table: &str) -> Vec<char> {
    let characters: Vec<char> = table.chars().collect();
    match characters.len() {
        256 => characters,
        _ => (0..128u8).map(char::from).chain(characters).collect(),
    }
}

fn byte_of(characters: &[char], character: char) -> Option<u8> {
    let is_ascii = character.is_ascii() && characters[character as usize] == character;
    let found =
        if is_ascii { Some(character as usize) } else { characters.iter().position(|other| *other == character) };
    found.filter(|_| character != char::REPLACEMENT_CHARACTER).and_then(|index| u8::try_from(index).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_has_a_name_of_its_own_and_works() {
        let mut names: Vec<String> = Vec::new();
        for (name, aliases, _) in tables::CHARSETS {
            let charset = find(name).unwrap();
            assert_eq!(charset.decode(&charset.encode("A").unwrap()).as_deref(), Some("A"), "{name}");
            let own = aliases.split(' ').filter(|alias| !alias.is_empty()).map(str::to_owned);
            names.extend(own.chain([name.to_ascii_lowercase()]));
        }
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn code_pages_differ() {
        let encode = |name: &str, text: &str| find(name).unwrap().encode(text);
        assert_eq!(encode("IBM437", "é"), Some(vec![0x82]));
        assert_eq!(encode("latin1", "é"), Some(vec![0xE9]));
        assert_eq!(encode("IBM037", "A"), Some(vec![0xC1]));
        assert_eq!(encode("KOI8-R", "Ж"), Some(vec![0xF6]));
        assert_eq!(encode("US-ASCII", "é"), None);
    }
}
