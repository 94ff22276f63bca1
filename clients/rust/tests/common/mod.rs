//! A real relay, and programs that meet at it.

// Each test program uses a part of it.
#![allow(dead_code)]

use std::{
    env,
    ffi::OsStr,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError, Weak},
};

/// The duet command of this checkout.
pub fn duet() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist/cli/main.js");
    assert!(path.exists(), "{} is missing: run `npm ci` in the folder of the checkout", path.display());
    path
}

/// A relay with its stapler in a process of its own, for as long as this lives.
pub struct RelayProcess {
    child: Child,
    pub url: String,
}

impl RelayProcess {
    pub fn start() -> Self {
        // Many tests call it from one address.
        let arguments = ["relay", "--json", "--port", "0", "--stapler-port", "0", "--rate-limit", "off"];
        let mut child = Command::new("node")
            .arg(duet())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("node starts");
        let mut lines = BufReader::new(child.stdout.take().expect("an output")).lines();
        let line = lines.next().expect("the relay says where it listens").expect("a line");
        let event: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(event["event"], "listening", "{line}");
        let url = event["http"].as_str().expect("an address").to_owned();
        // Nobody reads on; the pipe stays open with the child.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url }
    }
}

impl Drop for RelayProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A relay for a test.
pub struct Relay {
    pub url: String,
    /// Stops with the last test that uses it.
    _own: Option<Arc<RelayProcess>>,
}

/// The relay of `RELAY`, or one that the tests of this program share.
pub fn relay() -> Relay {
    static SHARED: Mutex<Weak<RelayProcess>> = Mutex::new(Weak::new());
    if let Ok(url) = env::var("RELAY")
        && !url.is_empty()
    {
        return Relay { url, _own: None };
    }
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    let own = shared.upgrade().unwrap_or_else(|| Arc::new(RelayProcess::start()));
    *shared = Arc::downgrade(&own);
    Relay { url: own.url.clone(), _own: Some(own) }
}

/// A program that sends or receives.
pub struct Peer {
    child: Child,
    lines: Box<dyn Iterator<Item = String> + Send>,
}

impl Peer {
    fn start(mut command: Command) -> Self {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a peer starts");
        let out = BufReader::new(child.stdout.take().expect("an output"));
        let lines = Box::new(out.lines().map_while(Result::ok));
        Self { child, lines }
    }

    /// Our example program.
    pub fn ours(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        let mut command = Command::new(example());
        command.args(arguments);
        Self::start(command)
    }

    /// The duet command, which prints events too. Its state stays out of this machine's.
    pub fn duet(state: &Path, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        let mut command = Command::new("node");
        command.arg(duet()).args(arguments).args(["--json"]).env("DUET_STATE_DIR", state);
        Self::start(command)
    }

    /// The code, from the first line.
    pub fn code(&mut self) -> String {
        let line = self.lines.next().expect("a first line");
        let event: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(event["event"], "code", "{line}");
        event["code"].as_str().expect("a code").to_owned()
    }

    /// As Ctrl-C does.
    pub fn interrupt(&self) {
        let sent = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
    }

    /// How it ended, and everything that it said.
    pub fn end(mut self) -> (i32, String) {
        let mut said: Vec<String> = self.lines.by_ref().collect();
        let status: ExitStatus = self.child.wait().expect("it ends");
        if let Some(mut stderr) = self.child.stderr.take() {
            let mut text = String::new();
            let _ = std::io::Read::read_to_string(&mut stderr, &mut text);
            said.push(text);
        }
        (status.code().unwrap_or(-1), said.join("\n"))
    }
}

/// Built by cargo before the tests are run.
fn example() -> PathBuf {
    let tests = env::current_exe().expect("a path");
    let target = tests.parent().and_then(Path::parent).expect("target/debug");
    let name = format!("duet-peer{}", env::consts::EXE_SUFFIX);
    target.join("examples").join(name)
}

/// Bytes that no compression or repetition hides a mistake in.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .collect()
}
