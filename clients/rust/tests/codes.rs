//! The table of codes is the one that the whole of duet uses.

use std::{path::Path, process::Command};

use duet_relay::Code;

#[test]
fn codes_texts_and_exit_codes_are_those_of_the_command() {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist/protocol/problem.js");
    assert!(table.exists(), "{} is missing: run `npm ci` in the folder of the checkout", table.display());
    let script = "import(process.argv[1]).then(({ PROBLEMS }) => console.log(JSON.stringify(PROBLEMS)))";
    let output = Command::new("node").args(["-e", script]).arg(&table).output().expect("node runs");
    let theirs: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let theirs = theirs.as_object().expect("a table");
    for (name, problem) in theirs {
        let code = Code::from_name(name).unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!(u64::from(code.exit_code()), problem["exit"].as_u64().expect("a number"), "{name}");
        assert_eq!(code.message(), problem["message"], "{name}");
        assert_eq!(code.hint(), problem["hint"], "{name}");
    }
    assert_eq!(Code::ALL.len(), theirs.len());
}
