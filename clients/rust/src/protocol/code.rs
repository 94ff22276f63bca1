//! The code that people pass on (PROTOCOL.md section 4).

use std::fmt;

use bip39::Language;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use super::{
    random::{self, draw},
    secret::Secret,
};
use crate::Error;

const MIN_WORDS: usize = 2;
const MAX_WORDS: usize = 6;
/// Every word of the list is told by four letters.
const PREFIX_LETTERS: usize = 4;
const CUSTOM_CHARACTERS: usize = 8;
const MAX_CHANNEL: usize = 64;

/// `4821-cactus-lemon-violin`: a channel, which is no secret, a dash, and the words, which never leave the two peers.
///
/// It is checked before a relay is asked, so that a slip costs no guess. Its `Debug` hides the words; [`Code::reveal`]
/// shows all of it.
///
/// [`Code::reveal`]: CodePhrase::reveal
#[derive(Clone, Debug)]
pub struct CodePhrase {
    channel: String,
    secret: Secret,
}

impl CodePhrase {
    /// Reads what a person typed: capitals, spaces for dashes and words cut to four letters are all right.
    ///
    /// # Errors
    ///
    /// [`Code::BadCode`](crate::Code::BadCode); its texts never repeat the words
    pub fn parse(text: &str) -> Result<Self, Error> {
        let canonical = canonical_form(text);
        let (channel, secret) = canonical.split_once('-').ok_or_else(|| {
            bad_code(
                "the code has no words",
                "Give the whole code: the channel, a dash and the words, like 4821-cactus-lemon-violin.",
            )
        })?;
        if !is_channel(channel) {
            return Err(bad_code(
                "a code begins with letters or digits",
                "Check the part before the first dash: only 0-9 and a-z, at most 64.",
            ));
        }
        Ok(Self { channel: channel.to_owned(), secret: canonical_secret(secret)? })
    }

    /// The channel at the relay.
    pub fn channel(&self) -> &str {
        &self.channel
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The whole code, for the person who passes it on.
    pub fn reveal(&self) -> Zeroizing<String> {
        let words = Zeroizing::new(String::from_utf8_lossy(self.secret.reveal()).into_owned());
        Zeroizing::new(format!("{}-{}", self.channel, *words))
    }

    /// New words for a channel that a relay gave.
    pub(crate) fn generate(channel: &str) -> Result<Self, Error> {
        // 2048 divides 65536, so the low 11 bits of two bytes are uniform. Three words: 33 bits for three guesses.
        let bytes = draw::<6>(&mut random::system)?;
        let words: Vec<&str> = bytes
            .chunks_exact(2)
            .map(|pair| Language::English.word_list()[usize::from(u16::from_be_bytes([pair[0], pair[1]]) & 2047)])
            .collect();
        Self::parse(&Zeroizing::new(format!("{channel}-{}", *Zeroizing::new(words.join("-")))))
    }
}

impl std::str::FromStr for CodePhrase {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl fmt::Display for CodePhrase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-[secret]", self.channel)
    }
}

/// Narrower than a channel may be: a name with a dash cannot stand in a code.
pub(crate) fn is_channel(text: &str) -> bool {
    (1..=MAX_CHANNEL).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
}

/// The four steps of section 4.
fn canonical_form(text: &str) -> Zeroizing<String> {
    let mut canonical = Zeroizing::new(String::with_capacity(text.len()));
    for character in text.nfkc() {
        if !is_separator(character) {
            canonical.push(character.to_ascii_lowercase());
        } else if !canonical.ends_with('-') {
            canonical.push('-');
        }
    }
    Zeroizing::new(canonical.trim_matches('-').to_owned())
}

fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '.' | '_' | '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{feff}')
}

fn canonical_secret(text: &str) -> Result<Secret, Error> {
    if text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') {
        return canonical_words(text);
    }
    if text.chars().count() < CUSTOM_CHARACTERS {
        return Err(bad_code(
            "the secret of the code is too short",
            "Take 2 to 6 words of the list, or at least 8 characters of your own.",
        ));
    }
    Ok(Secret::new(text.as_bytes().to_vec()))
}

fn canonical_words(text: &str) -> Result<Secret, Error> {
    let count = text.split('-').count();
    if !(MIN_WORDS..=MAX_WORDS).contains(&count) {
        return Err(bad_code(
            format!("a code has {MIN_WORDS} to {MAX_WORDS} words, this has {count}"),
            "Check that none is missing. A secret of your own needs a digit or another character that is no letter.",
        ));
    }
    let mut words = Vec::with_capacity(count);
    for (index, word) in text.split('-').enumerate() {
        words.push(whole_word(word).ok_or_else(|| {
            bad_code(
                format!("word {} of the code is not in the list", index + 1),
                "Check its spelling. Whole words, or at least their first four letters.",
            )
        })?);
    }
    Ok(Secret::new(words.join("-").into_bytes()))
}

/// A word of the list, or the one that four or more letters can only mean.
fn whole_word(text: &str) -> Option<&'static str> {
    let list = Language::English.word_list();
    if let Some(word) = list.iter().find(|word| **word == text) {
        return Some(word);
    }
    if text.len() < PREFIX_LETTERS {
        return None;
    }
    let mut meant = list.iter().filter(|word| word.starts_with(text));
    let only = meant.next()?;
    meant.next().is_none().then_some(only)
}

fn bad_code(message: impl Into<std::borrow::Cow<'static, str>>, hint: &'static str) -> Error {
    Error::new(crate::Code::BadCode).with_message(message).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical(text: &str) -> Option<String> {
        CodePhrase::parse(text).ok().map(|code| code.reveal().to_string())
    }

    #[test]
    fn what_people_type_becomes_one_code() {
        for text in [
            "4821-cactus-lemon-violin",
            " 4821 Cactus  LEMON\u{a0}violin\n",
            "4821\u{2014}cact_lemo.viol",
            "\u{ff14}\u{ff18}\u{ff12}\u{ff11}-cactus-lemon-violin",
        ] {
            assert_eq!(canonical(text).as_deref(), Some("4821-cactus-lemon-violin"), "{text:?}");
        }
        assert_eq!(canonical("7-Pass Word_1").as_deref(), Some("7-pass-word-1"));
    }

    #[test]
    fn a_slip_costs_no_guess() {
        for text in [
            "4821",
            "4821-",
            "-a-b",
            "4821-cactus",
            "4821-cactus-lem",
            "4821-cactus-lemonade",
            "ab\u{e9}-x",
            "7-1234567",
        ] {
            assert_eq!(canonical(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_words_are_not_shown() {
        let code = CodePhrase::parse("4821-cactus-lemon-violin").expect("a code");
        for shown in [format!("{code}"), format!("{code:?}")] {
            assert!(!shown.contains("cactus"), "{shown}");
        }
    }

    proptest! {
        #[test]
        fn a_canonical_code_stays_as_it_is(text in "\\PC{0,30}") {
            if let Some(once) = canonical(&text) {
                prop_assert_eq!(canonical(&once), Some(once));
            }
        }
    }

    #[test]
    fn generated_codes_are_codes() {
        let code = CodePhrase::generate("4821").expect("random numbers");
        assert_eq!(canonical(&code.reveal()).as_deref(), Some(code.reveal().as_str()));
    }
}
