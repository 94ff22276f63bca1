//! Where what arrives is written: beside its final name as `<name>.part`, renamed when it is complete.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io,
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};

use tokio::{
    fs::{self, File, OpenOptions},
    io::{AsyncSeekExt as _, AsyncWriteExt as _},
};

use super::send::hash_of;
use crate::{
    Code, Error,
    protocol::{
        accept::{Acceptance, Decision},
        manifest::{Entry, EntryType, Kind, Manifest},
        names::{collision_key, link_leads_to, numbered_name, part_name, top_of},
    },
};

/// Enough numbers that nobody runs out, few enough that nobody waits.
const MAX_NUMBER: u32 = 10_000;
const BUFFER_BYTES: usize = 1 << 20;
/// What most systems have: a library cannot read its own without changing it for a moment.
const UMASK: u32 = 0o022;

/// How far an entry has come.
enum State {
    Pending,
    /// So many bytes are in a file of that name.
    Partial {
        part: PathBuf,
        offset: u64,
    },
    Done,
}

/// The file that bytes are coming for.
struct Current {
    entry: usize,
    file: File,
    part: PathBuf,
    offset: u64,
}

/// The places of one offer. What was there before is never touched: every topmost name that is taken gets a number.
pub(crate) struct Destination {
    root: PathBuf,
    manifest: Manifest,
    /// What topmost names are called here.
    tops: HashMap<String, String>,
    /// How topmost names compare, so that a number does not take another entry's name.
    keys: BTreeSet<String>,
    states: Vec<State>,
    current: Option<Current>,
    /// What a text says.
    pub(crate) text: Vec<u8>,
}

/// Sees to it that there is a folder to write to, without asking anybody.
pub(crate) fn check_root(root: &Path) -> Result<(), Error> {
    if !root.exists() {
        std::fs::create_dir(root).map_err(cannot_write)?;
    }
    let info = root.metadata().map_err(cannot_write)?;
    if !info.is_dir() || info.permissions().readonly() {
        return Err(Error::new(Code::CannotWrite).with_hint("It is not a folder that can be written to."));
    }
    Ok(())
}

/// Whether there is room for all of it, as far as the system says. How much there is stays here: the other side is told.
pub(crate) fn check_room(root: &Path, manifest: &Manifest) -> Result<(), Error> {
    match (manifest.bytes, room(root)) {
        (Some(wanted), Some(free)) if wanted > free => Err(Code::NoSpace.into()),
        _ => Ok(()),
    }
}

/// Bytes that this user may still write below a folder.
#[cfg(unix)]
fn room(folder: &Path) -> Option<u64> {
    let system = rustix::fs::statvfs(folder).ok()?;
    Some(system.f_bavail.saturating_mul(system.f_frsize))
}

/// It is found out by writing.
#[cfg(not(unix))]
fn room(_folder: &Path) -> Option<u64> {
    None
}

impl Destination {
    pub(crate) fn new(root: &Path, manifest: Manifest) -> Self {
        Self {
            root: root.to_owned(),
            keys: manifest.entries.iter().map(|entry| collision_key(top_of(&entry.path))).collect(),
            states: manifest.entries.iter().map(|_| State::Pending).collect(),
            tops: HashMap::new(),
            manifest,
            current: None,
            text: Vec::new(),
        }
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The names under which what came lies in the folder.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.tops.values().cloned().collect();
        names.sort_unstable();
        names
    }

    /// Begins on a connection: what is wanted of it. What an earlier one brought is skipped or resumed.
    pub(crate) async fn begin(&mut self) -> Result<Acceptance, Error> {
        self.put_aside().await?;
        let mut exceptions = BTreeMap::new();
        for (entry, state) in self.states.iter_mut().enumerate() {
            match state {
                State::Pending => {}
                State::Done => {
                    exceptions.insert(entry, Decision::Skip);
                }
                State::Partial { part, offset } => match hash_of_part(part, *offset).await {
                    Some(sha256) => {
                        exceptions.insert(entry, Decision::Resume { offset: *offset, sha256 });
                    }
                    None => *state = State::Pending,
                },
            }
        }
        Ok(Acceptance::all_but(exceptions))
    }

    /// Writes bytes of a file. An offset of 0 begins it again.
    pub(crate) async fn write(&mut self, entry: usize, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        if self.manifest.kind == Kind::Text {
            // The body's order has seen to it that this is all in place; a text is bounded by its manifest.
            self.text.truncate(usize::try_from(offset).unwrap_or(usize::MAX));
            self.text.extend_from_slice(bytes);
            return Ok(());
        }
        if self.current.as_ref().is_none_or(|current| current.entry != entry) {
            self.put_aside().await?;
            self.current = Some(self.open(entry).await?);
        }
        let Some(current) = &mut self.current else { return Err(Code::Failed.into()) };
        if offset != current.offset {
            // Checked by the body's order: it can only begin again.
            current.file.set_len(offset).await.map_err(cannot_write)?;
            current.file.seek(io::SeekFrom::Start(offset)).await.map_err(cannot_write)?;
            current.offset = offset;
        }
        current.file.write_all(bytes).await.map_err(cannot_write)?;
        current.offset += bytes.len() as u64;
        if self.manifest.entries[entry].size() == Some(current.offset) {
            self.complete(entry).await?;
        }
        Ok(())
    }

    /// A file has all its bytes: it is synced, and gets its name.
    pub(crate) async fn complete(&mut self, entry: usize) -> Result<(), Error> {
        if self.manifest.kind == Kind::Text {
            self.states[entry] = State::Done;
            return Ok(());
        }
        if self.current.as_ref().is_none_or(|current| current.entry != entry) {
            self.put_aside().await?;
            self.current = Some(self.open(entry).await?);
        }
        let Some(Current { mut file, part, .. }) = self.current.take() else { return Ok(()) };
        file.flush().await.map_err(cannot_write)?;
        let offered = &self.manifest.entries[entry];
        let file = file.into_std().await;
        if let Some(time) = modified(offered) {
            // A file system may not keep it.
            let _ = file.set_modified(time);
        }
        tokio::task::spawn_blocking(move || file.sync_all())
            .await
            .map_err(|error| Error::new(Code::Failed).with_source(error))?
            .map_err(cannot_write)?;
        self.give_name(entry, &part).await?;
        self.states[entry] = State::Done;
        Ok(())
    }

    /// The sender could not read it.
    pub(crate) async fn give_up(&mut self, entry: usize) -> Result<(), Error> {
        self.put_aside().await?;
        if let State::Partial { part, .. } = std::mem::replace(&mut self.states[entry], State::Pending) {
            let _ = fs::remove_file(part).await;
        }
        Ok(())
    }

    /// `end` has come: makes what needs no bytes. `failed` has been given up.
    pub(crate) async fn finish(&mut self, failed: &BTreeSet<usize>) -> Result<(), Error> {
        self.put_aside().await?;
        for entry in 0..self.states.len() {
            if matches!(self.states[entry], State::Done) || failed.contains(&entry) {
                continue;
            }
            let offered = self.manifest.entries[entry].clone();
            match &offered.kind {
                EntryType::File { .. } => self.complete(entry).await?,
                EntryType::Dir => {
                    let place = self.folder(&offered.path).await?;
                    fs::create_dir_all(place).await.map_err(cannot_write)?;
                }
                // Behind all files: nothing is written through a link of this offer.
                EntryType::Link { .. } => continue,
            }
            self.states[entry] = State::Done;
        }
        for entry in 0..self.states.len() {
            let offered = self.manifest.entries[entry].clone();
            if let EntryType::Link { target } = &offered.kind
                && !matches!(self.states[entry], State::Done)
            {
                self.link(&offered.path, target).await?;
                self.states[entry] = State::Done;
            }
        }
        // From the inside out: one may end up without the right to write in it.
        for entry in self.manifest.entries.iter().rev().filter(|entry| entry.kind == EntryType::Dir) {
            if let Some(place) = self.place(&entry.path) {
                settle_folder(&place, entry);
            }
        }
        Ok(())
    }

    /// It will not be completed: nothing incomplete is left behind.
    pub(crate) async fn abandon(&mut self) {
        if self.put_aside().await.is_err() {
            return;
        }
        for state in &self.states {
            if let State::Partial { part, .. } = state {
                let _ = fs::remove_file(part).await;
            }
        }
    }

    /// Closes the file that is being written, for a later connection to go on with.
    async fn put_aside(&mut self) -> Result<(), Error> {
        if let Some(Current { entry, mut file, part, offset }) = self.current.take() {
            file.flush().await.map_err(cannot_write)?;
            self.states[entry] = State::Partial { part, offset };
        }
        Ok(())
    }

    async fn open(&mut self, entry: usize) -> Result<Current, Error> {
        if let State::Partial { part, offset } = &self.states[entry] {
            let (part, offset) = (part.clone(), *offset);
            let mut file = OpenOptions::new().write(true).open(&part).await.map_err(cannot_write)?;
            file.seek(io::SeekFrom::Start(offset)).await.map_err(cannot_write)?;
            file.set_max_buf_size(BUFFER_BYTES);
            return Ok(Current { entry, file, part, offset });
        }
        let offered = self.manifest.entries[entry].clone();
        let (folder, name) = self.folder_and_name(&offered.path).await?;
        for number in 0..MAX_NUMBER {
            let part = folder.join(part_name(&name, number));
            match create_new(&part, &offered).await {
                Ok(mut file) => {
                    file.set_max_buf_size(BUFFER_BYTES);
                    return Ok(Current { entry, file, part, offset: 0 });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(cannot_write(error)),
            }
        }
        Err(taken(&name))
    }

    /// Gives a complete file its name; a topmost one another if that is taken.
    async fn give_name(&mut self, entry: usize, part: &Path) -> Result<(), Error> {
        let path = self.manifest.entries[entry].path.clone();
        let (folder, name) = self.folder_and_name(&path).await?;
        if path.contains('/') {
            // The topmost folder was made by us: nothing of anybody else is in it.
            return rename_new(part, &folder.join(&name)).await.map_err(cannot_write);
        }
        for number in 0..MAX_NUMBER {
            let Some(candidate) = self.candidate(&name, number) else { continue };
            match rename_new(part, &folder.join(&candidate)).await {
                Ok(()) => {
                    self.tops.insert(name, candidate);
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(cannot_write(error)),
            }
        }
        Err(taken(&name))
    }

    async fn link(&mut self, path: &str, target: &str) -> Result<(), Error> {
        let (folder, name) = self.folder_and_name(path).await?;
        if path.contains('/') {
            return symlink(target, &folder.join(&name)).map_err(cannot_write);
        }
        // A topmost link names something beside it, which may have another name now; under the one that was offered lie
        // the recipient's own files.
        let renamed = link_leads_to(path, target).and_then(|place| {
            let top = top_of(&place).to_owned();
            let now = self.tops.get(&top)?;
            (*now != top).then(|| format!("{now}{}", &place[top.len()..]))
        });
        let target = renamed.as_deref().unwrap_or(target);
        for number in 0..MAX_NUMBER {
            let Some(candidate) = self.candidate(&name, number) else { continue };
            match symlink(target, &folder.join(&candidate)) {
                Ok(()) => {
                    self.tops.insert(name, candidate);
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(cannot_write(error)),
            }
        }
        Err(taken(&name))
    }

    /// The name itself, then numbered ones. `None` for one that is another entry's.
    fn candidate(&self, name: &str, number: u32) -> Option<String> {
        if number == 0 {
            return Some(name.to_owned());
        }
        Some(numbered_name(name, number)).filter(|name| !self.keys.contains(&collision_key(name)))
    }

    /// The folder that a path is in, made if it is not there, and its last name.
    async fn folder_and_name(&mut self, path: &str) -> Result<(PathBuf, String), Error> {
        match path.rsplit_once('/') {
            None => Ok((self.root.clone(), path.to_owned())),
            Some((folder, name)) => {
                let folder = self.folder(folder).await?;
                fs::create_dir_all(&folder).await.map_err(cannot_write)?;
                Ok((folder, name.to_owned()))
            }
        }
    }

    /// Where a folder of the offer is. The topmost one is made, under a name that was free.
    async fn folder(&mut self, path: &str) -> Result<PathBuf, Error> {
        if let Some(place) = self.place(path) {
            return Ok(place);
        }
        let top = top_of(path).to_owned();
        for number in 0..MAX_NUMBER {
            let Some(candidate) = self.candidate(&top, number) else { continue };
            match fs::create_dir(self.root.join(&candidate)).await {
                Ok(()) => {
                    self.tops.insert(top.clone(), candidate.clone());
                    return Ok(self.root.join(format!("{candidate}{}", &path[top.len()..])));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(cannot_write(error)),
            }
        }
        Err(taken(&top))
    }

    /// Where a path is, once its topmost name is settled.
    fn place(&self, path: &str) -> Option<PathBuf> {
        let top = top_of(path);
        let now = self.tops.get(top)?;
        Some(self.root.join(format!("{now}{}", &path[top.len()..])))
    }
}

async fn hash_of_part(part: &Path, length: u64) -> Option<[u8; 32]> {
    hash_of(&mut File::open(part).await.ok()?, length).await.ok()?
}

async fn create_new(part: &Path, offered: &Entry) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // The system takes its umask off.
    #[cfg(unix)]
    options.mode(offered.mode.unwrap_or(0o666) | 0o200);
    #[cfg(not(unix))]
    let _ = offered;
    options.open(part).await
}

/// Renames without replacing what is there: by a second name for the file where the file system has that.
async fn rename_new(part: &Path, name: &Path) -> io::Result<()> {
    match fs::hard_link(part, name).await {
        Ok(()) => fs::remove_file(part).await,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Err(_) if fs::symlink_metadata(name).await.is_ok() => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(part, name).await,
    }
}

#[cfg(unix)]
fn symlink(target: &str, name: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, name)
}

#[cfg(not(unix))]
fn symlink(_target: &str, _name: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Mode and time of a folder; a file system may keep neither.
fn settle_folder(place: &Path, entry: &Entry) {
    if let (Some(time), Ok(folder)) = (modified(entry), std::fs::File::open(place)) {
        let _ = folder.set_modified(time);
    }
    #[cfg(unix)]
    if let Some(mode) = entry.mode {
        use std::os::unix::fs::PermissionsExt as _;
        let _ = std::fs::set_permissions(place, std::fs::Permissions::from_mode(mode & !UMASK));
    }
}

fn modified(entry: &Entry) -> Option<std::time::SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_millis(entry.mtime?))
}

fn taken(name: &str) -> Error {
    Error::new(Code::CannotWrite)
        .with_hint(format!("{} is there {MAX_NUMBER} times.", crate::clean_text::clean_text(name)))
}

pub(crate) fn cannot_write(error: io::Error) -> Error {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    let code = match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => Code::NoSpace,
        _ => Code::CannotWrite,
    };
    Error::new(code).with_source(error)
}
