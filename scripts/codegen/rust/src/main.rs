//! Writes the Rust client's generated code.
//!
//! ```text
//! cargo run --locked -- VIEW.json [OUT.rs]
//! ```
//!
//! `VIEW.json` is the client view of the OpenAPI 3.0 document; without `OUT.rs` the code goes to standard output. The
//! same input gives the same bytes: neither clock nor path enters, and the formatter is locked like the generator, so
//! that it does not matter which rustfmt is installed.

#![forbid(unsafe_code)]

use std::{env, error::Error, fs, io, io::Write as _, process::ExitCode};

use openapiv3::OpenAPI;
use progenitor_impl::{GenerationSettings, Generator, InterfaceStyle};

/// The usual mark, which reviewers' tools fold away.
const HEADER: &str = "\
// @generated from openapi/openapi-3.0.json by npm run generate; do not edit.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let done = match arguments.as_slice() {
        [view] => run(view, None),
        [view, out] => run(view, Some(out)),
        _ => {
            eprintln!("usage: duet-codegen-rust VIEW.json [OUT.rs]");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("duet-codegen-rust: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(view: &str, out: Option<&str>) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(view).map_err(|error| format!("{view}: {error}"))?;
    let code = generate(&text).map_err(|error| format!("{view}: {error}"))?;
    match out {
        Some(path) => fs::write(path, code).map_err(|error| format!("{path}: {error}"))?,
        None => io::stdout().lock().write_all(code.as_bytes())?,
    }
    Ok(())
}

/// Longer than any `?wait=` that a relay allows, for who makes a bare `Client`; the facade counts for itself.
const TIMEOUT_SECONDS: u64 = 60;

/// Positional: a call reads like the route, `client.get_y("4821", None, Some(30))`. The client carries `crate::Remote`,
/// in which the facade's hook notes where the relay was reached.
fn generate(view: &str) -> Result<String, Box<dyn Error>> {
    let document: OpenAPI = serde_json::from_str(view)?;
    let mut settings = GenerationSettings::default();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_inner_type("crate::Remote".parse()?)
        .with_timeout(TIMEOUT_SECONDS);
    let tokens = Generator::new(&settings).generate_tokens(&document)?;
    let file = syn::parse2(tokens)?;
    Ok(format!("{HEADER}{}", prettyplease::unparse(&file)))
}
