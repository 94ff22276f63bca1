//! Which names may be stored, beyond what the wire allows: the same on every platform, on both sides, so that a hostile
//! sender gets the same answer everywhere.

use std::collections::{HashMap, HashSet};

use unicode_normalization::UnicodeNormalization as _;

use super::{
    manifest::{EntryType, Manifest},
    messages::bad_message,
};
use crate::{Error, clean_text::clean_text};

/// What ext4, APFS and NTFS hold.
const MAX_NAME: usize = 255;
/// Deeper than any folder that people make.
const MAX_DEPTH: usize = 128;
/// An ending that a number is put before.
const MAX_ENDING: usize = 16;

/// Refuses the whole offer when a single name could do harm: who sends one such name is not to be trusted with the
/// others.
pub(crate) fn check_names(manifest: &Manifest) -> Result<(), Error> {
    let mut folders: HashMap<String, HashMap<String, String>> = HashMap::new();
    let mut tops = HashSet::new();
    for entry in &manifest.entries {
        if let Some(fault) = path_fault(&entry.path) {
            return Err(refused(&entry.path, fault));
        }
        tops.insert(top_of(&entry.path));
        // Two spellings of one folder would become one, too.
        let mut folder = String::new();
        for name in entry.path.split('/') {
            let known = folders.entry(folder.clone()).or_default();
            let first = known.entry(collision_key(name)).or_insert_with(|| name.to_owned());
            if first != name {
                return Err(refused(&entry.path, "differs from another name only in case or in invisible characters"));
            }
            folder.push_str(name);
            folder.push('/');
        }
    }
    for entry in &manifest.entries {
        if let EntryType::Link { target } = &entry.kind {
            // Beside a topmost link lie the recipient's own files: only what arrives with it may be meant.
            let inside = link_leads_to(&entry.path, target).filter(|place| tops.contains(top_of(place)));
            if inside.is_none() {
                return Err(refused(&entry.path, "is a link that leads out of the folder"));
            }
        }
    }
    Ok(())
}

fn refused(path: &str, fault: &str) -> Error {
    bad_message(format!("{} {fault}", clean_text(path)))
}

/// The topmost name of a path.
pub(crate) fn top_of(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}

/// Why a path may not be stored, as the end of a sentence that begins with it.
pub(crate) fn path_fault(path: &str) -> Option<&'static str> {
    if path.split('/').count() > MAX_DEPTH {
        return Some("is more than 128 folders deep");
    }
    path.split('/').find_map(name_fault)
}

/// Why a name may not be stored.
pub(crate) fn name_fault(name: &str) -> Option<&'static str> {
    let mut characters = name.chars();
    let has_drive =
        matches!((characters.next(), characters.next()), (Some(letter), Some(':')) if letter.is_ascii_alphabetic());
    match name {
        "" | "." | ".." => Some("is not a name"),
        _ if name.contains(['/', '\\']) => Some("holds a path separator"),
        _ if name.chars().any(char::is_control) => Some("holds a control character"),
        _ if has_drive => Some("begins with a drive letter"),
        _ if name.ends_with(['.', ' ']) => Some("ends in a dot or a space"),
        _ if is_reserved(name) => Some("is the name of a device on Windows"),
        _ if collision_key(name).is_empty() => Some("has no visible character"),
        _ if name.len() > MAX_NAME => Some("is longer than 255 bytes"),
        _ if cfg!(windows) && name.contains(['<', '>', ':', '"', '|', '?', '*']) => {
            Some("holds a character that Windows does not store")
        }
        _ => None,
    }
}

/// Names of devices on Windows, with any ending: `nul.txt` opens the null device too.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end_matches(' ').to_lowercase();
    let is_numbered = |device: &str| {
        stem.strip_prefix(device).is_some_and(|rest| {
            matches!(rest, "\u{b9}" | "\u{b2}" | "\u{b3}") || (rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit())
        })
    };
    matches!(stem.as_str(), "con" | "prn" | "aux" | "nul" | "conin$" | "conout$")
        || is_numbered("com")
        || is_numbered("lpt")
}

/// Two names with one key may be one file somewhere: on a file system that ignores case, normalization or invisible
/// characters.
pub(crate) fn collision_key(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let visible: String = name.chars().filter(|&character| !is_ignored(character)).nfd().collect();
    visible.to_uppercase().to_lowercase().nfd().collect()
}

/// What HFS+ and APFS skip when they compare names: `.gi<U+200C>t` was once the same folder as `.git`.
fn is_ignored(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Where a link leads, from names alone. Only leading `..` count: behind a name they would turn around in a folder that
/// may itself be a link.
pub(crate) fn link_leads_to(path: &str, target: &str) -> Option<String> {
    if target.is_empty() || target.starts_with('/') || target.contains('\\') {
        return None;
    }
    let mut folder: Vec<&str> = path.split('/').collect();
    folder.pop();
    // The topmost folder is what people see arrive: a link may not leave it.
    let floor = folder.len().min(1);
    let mut upwards = true;
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." if upwards && folder.len() > floor => {
                folder.pop();
            }
            ".." => return None,
            name if name_fault(name).is_none() => {
                upwards = false;
                folder.push(name);
            }
            _ => return None,
        }
    }
    (!folder.is_empty()).then(|| folder.join("/"))
}

/// `report.pdf` → `report (1).pdf`; what is too long loses its end, never its ending.
pub(crate) fn numbered_name(name: &str, number: u32) -> String {
    let split = match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= MAX_ENDING => dot,
        _ => name.len(),
    };
    let tail = format!(" ({number}){}", &name[split..]);
    format!("{}{tail}", shortened(&name[..split], MAX_NAME - tail.len()))
}

/// The name of a file that is not complete.
pub(crate) fn part_name(name: &str, number: u32) -> String {
    let tail = if number == 0 { ".part".to_owned() } else { format!(".{number}.part") };
    format!("{}{tail}", shortened(name, MAX_NAME - tail.len()))
}

/// The longest beginning of whole characters that fits into so many bytes.
fn shortened(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    let end = (0..=max).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    text[..end].trim_end_matches(['.', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_that_could_do_harm_are_refused() {
        for name in [
            "",
            ".",
            "..",
            "a/b",
            "a\\b",
            "a\nb",
            "a\u{7f}",
            "C:x",
            "a.",
            "a ",
            "nul",
            "NUL.txt",
            "com1",
            "lpt\u{b2}.x",
            "con .txt",
            "\u{200b}",
        ] {
            assert!(name_fault(name).is_some(), "{name:?}");
        }
        assert!(name_fault(&"x".repeat(256)).is_some());
        for name in ["a", "com", "com10", "console", ".ssh", "caf\u{e9}", "\u{6cc}\u{200c}\u{6cc}"] {
            assert!(name_fault(name).is_none(), "{name:?}");
        }
    }

    #[test]
    fn links_stay_inside() {
        for (path, target, place) in [
            ("d/l", "a", Some("d/a")),
            ("d/e/l", "../a", Some("d/a")),
            ("l", "a", Some("a")),
            ("d/l", "../a", None),
            ("d/l", "/etc/passwd", None),
            ("d/e/l", "x/../../..", None),
            ("l", "../a", None),
            ("l", ".", None),
        ] {
            assert_eq!(link_leads_to(path, target).as_deref(), place, "{path} -> {target}");
        }
    }

    #[test]
    fn taken_names_get_a_number() {
        assert_eq!(numbered_name("report.pdf", 1), "report (1).pdf");
        assert_eq!(numbered_name(".zshrc", 2), ".zshrc (2)");
        assert_eq!(numbered_name(&"x".repeat(255), 1).len(), 255);
        assert_eq!(part_name(&"\u{e9}".repeat(127), 0).len(), 255);
    }

    proptest! {
        #[test]
        fn a_good_name_gives_good_names(name: String, number in 1u32..10_000) {
            if name_fault(&name).is_none() {
                prop_assert_eq!(name_fault(&numbered_name(&name, number)), None);
                prop_assert_eq!(name_fault(&part_name(&name, number)), None);
            }
        }
    }
}
