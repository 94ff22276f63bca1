//! Texts of somebody else, as they may be shown on a terminal.

/// Enough for a sentence of an operator; a relay cannot fill the terminal with more.
const MAX_CHARACTERS: usize = 500;

/// One line, with nothing in it that moves the cursor, changes colours or turns the direction of writing.
pub(crate) fn clean_text(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|character| if matches!(character, '\r' | '\n' | '\t') { ' ' } else { character })
        .filter(|&character| !is_unsafe(character))
        .take(MAX_CHARACTERS)
        .collect();
    line.trim().to_owned()
}

/// Control and format characters, line and paragraph separators, and the block of tags.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
            | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::clean_text;

    #[test]
    fn nothing_that_moves_the_cursor_is_left() {
        assert_eq!(clean_text(" a\u{1b}[31mb\nc\u{202e}d\u{7f} "), "a[31mb cd");
        assert_eq!(clean_text(&"x".repeat(9999)).len(), 500);
    }
}
