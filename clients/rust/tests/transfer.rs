//! Files cross a real relay and its stapler: between two of ours, and with the duet command in both roles.

mod common;

use std::{fs, path::Path};

use common::{Peer, Relay, noise, relay};
use tempfile::TempDir;

/// Two chunks and a part of one.
const SIZE: usize = (2 << 20) + 12_345;

#[derive(Clone, Copy, PartialEq)]
enum Who {
    Ours,
    Duet,
}

fn send(relay: &Relay, who: Who, state: &Path, path: &Path, more: &[&str]) -> Peer {
    let path = path.to_str().expect("text");
    let arguments = [&["send", path, "--relay", &relay.url], more].concat();
    match who {
        Who::Ours => Peer::ours(arguments),
        Who::Duet => Peer::duet(state, arguments),
    }
}

fn receive(relay: &Relay, who: Who, state: &Path, code: &str, out: &Path) -> Peer {
    let arguments = ["receive", code, "--relay", &relay.url, "--out", out.to_str().expect("text")];
    match who {
        Who::Ours => Peer::ours(arguments),
        Who::Duet => Peer::duet(state, [&arguments[..], &["--yes"]].concat()),
    }
}

fn ends(peer: Peer, code: i32) -> String {
    let (ended, said) = peer.end();
    assert_eq!(ended, code, "{said}");
    said
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// A file crosses in every pair, with every suite.
fn crosses(sender: Who, recipient: Who, curve: &str) {
    let (relay, here, there, state) = (relay(), folder(), folder(), folder());
    let file = here.path().join("noise.bin");
    fs::write(&file, noise(SIZE)).expect("written");
    let mut sending = send(&relay, sender, state.path(), &file, &["--curve", curve]);
    let code = sending.code();
    let receiving = receive(&relay, recipient, state.path(), &code, there.path());
    ends(receiving, 0);
    ends(sending, 0);
    let arrived = fs::read(there.path().join("noise.bin")).expect("it arrived");
    assert!(arrived == noise(SIZE), "other bytes arrived");
    assert_eq!(fs::read_dir(there.path()).expect("a folder").count(), 1, "nothing else is left");
}

#[test]
fn a_file_crosses_between_two_of_ours() {
    crosses(Who::Ours, Who::Ours, "ristretto255+mlkem768");
}

#[test]
fn a_file_crosses_from_ours_to_the_duet_command() {
    crosses(Who::Ours, Who::Duet, "ristretto255+mlkem768");
}

#[test]
fn a_file_crosses_from_the_duet_command_to_ours() {
    crosses(Who::Duet, Who::Ours, "ristretto255+mlkem768");
}

#[test]
fn the_plain_suite_works_in_both_roles() {
    crosses(Who::Ours, Who::Duet, "ristretto255");
    crosses(Who::Duet, Who::Ours, "ristretto255");
}

fn a_wrong_word_ends_both_sides(sender: Who, recipient: Who) {
    let (relay, here, there, state) = (relay(), folder(), folder(), folder());
    let file = here.path().join("a.txt");
    fs::write(&file, "a").expect("written");
    let mut sending = send(&relay, sender, state.path(), &file, &[]);
    let code = sending.code();
    let (most, last) = code.rsplit_once('-').expect("words");
    let wrong = format!("{most}-{}", if last == "zoo" { "zone" } else { "zoo" });
    let receiving = receive(&relay, recipient, state.path(), &wrong, there.path());
    ends(receiving, 3);
    ends(sending, 3);
    assert_eq!(fs::read_dir(there.path()).expect("a folder").count(), 0, "nothing is written");
}

#[test]
fn a_wrong_word_ends_two_of_ours_with_3() {
    a_wrong_word_ends_both_sides(Who::Ours, Who::Ours);
}

#[test]
fn a_wrong_word_ends_ours_and_the_duet_command_with_3() {
    a_wrong_word_ends_both_sides(Who::Ours, Who::Duet);
    a_wrong_word_ends_both_sides(Who::Duet, Who::Ours);
}

#[test]
fn a_suite_that_is_not_known_is_refused_with_a_list() {
    let (relay, here, there, state) = (relay(), folder(), folder(), folder());
    let file = here.path().join("a.txt");
    fs::write(&file, "a").expect("written");
    let mut sending = send(&relay, Who::Duet, state.path(), &file, &["--curve", "p256"]);
    let code = sending.code();
    let said = ends(receive(&relay, Who::Ours, state.path(), &code, there.path()), 1);
    assert!(said.contains("known are ristretto255+mlkem768, ristretto255"), "{said}");
    ends(sending, 1);
}

/// What a folder holds, as `path: what`.
fn listing(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = vec![root.to_owned()];
    while let Some(folder) = left.pop() {
        for item in fs::read_dir(folder).expect("a folder") {
            let path = item.expect("an item").path();
            let name = path.strip_prefix(root).expect("inside").display().to_string();
            let info = path.symlink_metadata().expect("there");
            if info.is_symlink() {
                found.push(format!("{name} -> {}", fs::read_link(&path).expect("a link").display()));
            } else if info.is_dir() {
                found.push(format!("{name}/"));
                left.push(path);
            } else {
                found.push(format!("{name}: {}", fs::read_to_string(&path).expect("text")));
            }
        }
    }
    found.sort();
    found
}

/// A folder with an empty file, an empty folder, a link and a name that is not ASCII.
fn tree(root: &Path) {
    fs::create_dir_all(root.join("inner/empty")).expect("made");
    fs::write(root.join("inner/caf\u{e9} \u{1f600}.txt"), "here").expect("written");
    fs::write(root.join("nothing"), "").expect("written");
    #[cfg(unix)]
    std::os::unix::fs::symlink("inner", root.join("link")).expect("linked");
}

fn a_folder_crosses(sender: Who, recipient: Who) {
    let (relay, here, there, state) = (relay(), folder(), folder(), folder());
    let root = here.path().join("tree");
    tree(&root);
    // The name is taken: what is there stays, and what arrives gets a number.
    fs::create_dir(there.path().join("tree")).expect("made");
    let mut sending = send(&relay, sender, state.path(), &root, &[]);
    let code = sending.code();
    ends(receive(&relay, recipient, state.path(), &code, there.path()), 0);
    ends(sending, 0);
    assert_eq!(listing(&there.path().join("tree (1)")), listing(&root));
    assert_eq!(listing(&there.path().join("tree")), Vec::<String>::new());
}

#[test]
fn a_folder_crosses_with_everything_in_it() {
    a_folder_crosses(Who::Ours, Who::Ours);
    a_folder_crosses(Who::Ours, Who::Duet);
    a_folder_crosses(Who::Duet, Who::Ours);
}

#[test]
fn several_files_of_one_name_get_numbers() {
    let (relay, here, there, state) = (relay(), folder(), folder(), folder());
    for name in ["a", "b"] {
        fs::create_dir(here.path().join(name)).expect("made");
        fs::write(here.path().join(name).join("same.txt"), name).expect("written");
    }
    fs::write(there.path().join("same.txt"), "mine").expect("written");
    let second = here.path().join("b/same.txt");
    let mut sending =
        send(&relay, Who::Ours, state.path(), &here.path().join("a/same.txt"), &[second.to_str().expect("text")]);
    let code = sending.code();
    ends(receive(&relay, Who::Ours, state.path(), &code, there.path()), 0);
    ends(sending, 0);
    assert_eq!(listing(there.path()), ["same (1).txt: b", "same (2).txt: a", "same.txt: mine"]);
}

#[test]
fn a_text_is_handed_over_and_written_nowhere() {
    let (relay, there, state) = (relay(), folder(), folder());
    let mut sending = Peer::duet(state.path(), ["send", "--text", "hello there", "--relay", &relay.url]);
    let code = sending.code();
    let said = ends(receive(&relay, Who::Ours, state.path(), &code, there.path()), 0);
    assert!(said.contains(r#"{"event":"text","text":"hello there"}"#), "{said}");
    ends(sending, 0);
    assert_eq!(listing(there.path()), Vec::<String>::new());
}

#[test]
fn nobody_comes_is_6() {
    let (relay, here, state) = (relay(), folder(), folder());
    let file = here.path().join("a.txt");
    fs::write(&file, "a").expect("written");
    let mut sending = send(&relay, Who::Ours, state.path(), &file, &["--wait-for-peer", "1"]);
    sending.code();
    ends(sending, 6);
}

#[test]
fn what_cannot_work_is_told_before_the_relay_is_asked() {
    let there = folder();
    // Nothing listens there: asking would be 4.
    let nowhere = "http://127.0.0.1:9";
    ends(Peer::ours(["send", "/not/there", "--relay", nowhere]), 2);
    ends(Peer::ours(["receive", "4821-cactus-lemon-violine", "--relay", nowhere]), 2);
    ends(Peer::ours(["receive", "4821-cactus-lemon-violin"]), 2);
    let missing = there.path().join("no/such");
    let missing = missing.to_str().expect("text");
    ends(Peer::ours(["receive", "4821-cactus-lemon-violin", "--relay", nowhere, "--out", missing]), 7);
    ends(Peer::ours(["receive", "4821-cactus-lemon-violin", "--relay", nowhere]), 4);
}

#[cfg(unix)]
#[test]
fn who_is_interrupted_ends_with_130_and_the_other_side_with_5() {
    let (relay, here, there, state) = (relay(), folder(), folder(), folder());
    let file = here.path().join("a.txt");
    fs::write(&file, "a").expect("written");
    let mut sending = send(&relay, Who::Ours, state.path(), &file, &[]);
    let code = sending.code();
    sending.interrupt();
    ends(sending, 130);
    ends(receive(&relay, Who::Ours, state.path(), &code, there.path()), 5);
    assert_eq!(listing(there.path()), Vec::<String>::new());
}
