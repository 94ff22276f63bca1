//! What is sent: files and folders, listed before anybody is asked.

use std::{
    collections::HashSet,
    fs::Metadata,
    io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use crate::{
    Code, Error,
    protocol::{
        manifest::{Entry, EntryType, Kind, MAX_PATHS, Manifest},
        names::{collision_key, link_leads_to, name_fault, numbered_name, path_fault},
    },
};

/// A list to send, and where its entries are on this machine.
pub(crate) struct Source {
    pub(crate) manifest: Manifest,
    places: Vec<PathBuf>,
}

impl Source {
    /// Lists files and folders with everything in them. Links that a person names are followed; links found inside are
    /// sent as links if they stay inside. What cannot be stored everywhere is left out.
    ///
    /// # Errors
    ///
    /// [`Code::Usage`] for a path that is not there, [`Code::CannotRead`]
    pub(crate) fn walk(paths: &[PathBuf]) -> Result<Self, Error> {
        let mut walker = Walker::default();
        for path in paths {
            walker.add_given(path)?;
        }
        if walker.entries.is_empty() {
            return Err(Error::new(Code::Usage).with_message("there is nothing to send"));
        }
        let bytes = walker.entries.iter().filter_map(Entry::size).sum();
        let manifest = Manifest { kind: Kind::Files, entries: walker.entries, bytes: Some(bytes) };
        Ok(Self { manifest, places: walker.places })
    }

    /// Where an entry is.
    pub(crate) fn place(&self, entry: usize) -> &Path {
        &self.places[entry]
    }
}

#[derive(Default)]
struct Walker {
    entries: Vec<Entry>,
    places: Vec<PathBuf>,
    /// The topmost names, as file systems compare them.
    tops: HashSet<String>,
}

impl Walker {
    fn add_given(&mut self, given: &Path) -> Result<(), Error> {
        let place = given.canonicalize().map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => cannot_read(error),
            _ => Error::new(Code::Usage).with_message(format!("there is no {}", given.display())).with_source(error),
        })?;
        let name = std::path::absolute(given)
            .ok()
            .and_then(|path| path.file_name().or(place.file_name()).and_then(|name| name.to_str().map(str::to_owned)))
            .filter(|name| name_fault(name).is_none())
            .ok_or_else(|| {
                Error::new(Code::Usage)
                    .with_message(format!("{} has a name that cannot be stored everywhere", given.display()))
                    .with_hint("Rename it first.")
            })?;
        let mut free = name.clone();
        for number in 1.. {
            if self.tops.insert(collision_key(&free)) {
                break;
            }
            free = numbered_name(&name, number);
        }
        let info = place.metadata().map_err(cannot_read)?;
        if info.is_dir() {
            self.push(free.clone(), EntryType::Dir, place.clone(), &info)?;
            self.add_folder(&free, &place).map_err(cannot_read)?
        } else if info.is_file() {
            std::fs::File::open(&place).map_err(cannot_read)?;
            self.push(free, EntryType::File { size: Some(info.len()) }, place, &info)
        } else {
            Err(Error::new(Code::Usage).with_message(format!("{} is neither a file nor a folder", given.display())))
        }
    }

    /// The outer failure is that the folder itself cannot be read.
    fn add_folder(&mut self, path: &str, place: &Path) -> io::Result<Result<(), Error>> {
        // What is not UTF-8 has no name on the wire.
        let mut names: Vec<String> =
            std::fs::read_dir(place)?.filter_map(|item| item.ok()?.file_name().into_string().ok()).collect();
        names.sort_unstable();
        let mut keys = HashSet::new();
        for name in names {
            let inside = format!("{path}/{name}");
            if path_fault(&inside).is_none()
                && keys.insert(collision_key(&name))
                && let Err(error) = self.add_found(inside, place.join(&name))
            {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    fn add_found(&mut self, path: String, place: PathBuf) -> Result<(), Error> {
        let Ok(info) = place.symlink_metadata() else { return Ok(()) };
        if info.is_symlink() {
            let target = std::fs::read_link(&place).ok().and_then(|target| target.into_os_string().into_string().ok());
            return match target.filter(|target| link_leads_to(&path, target).is_some()) {
                Some(target) => self.push(path, EntryType::Link { target }, place, &info),
                None => Ok(()),
            };
        }
        if info.is_dir() {
            self.push(path.clone(), EntryType::Dir, place.clone(), &info)?;
            // One that cannot be read is sent without what is in it.
            return self.add_folder(&path, &place).unwrap_or(Ok(()));
        }
        if info.is_file() {
            return self.push(path, EntryType::File { size: Some(info.len()) }, place, &info);
        }
        Ok(())
    }

    fn push(&mut self, path: String, kind: EntryType, place: PathBuf, info: &Metadata) -> Result<(), Error> {
        if self.entries.len() == MAX_PATHS {
            return Err(Error::new(Code::Usage)
                .with_message("more than 1,000,000 files")
                .with_hint("Pack them into one archive, and send that."));
        }
        let modified = info.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        self.entries.push(Entry {
            path,
            kind,
            mode: mode_of(info),
            mtime: modified.and_then(|time| u64::try_from(time.as_millis()).ok()),
        });
        self.places.push(place);
        Ok(())
    }
}

#[cfg(unix)]
fn mode_of(info: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(info.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
fn mode_of(_info: &Metadata) -> Option<u32> {
    None
}

fn cannot_read(error: io::Error) -> Error {
    Error::new(Code::CannotRead).with_source(error)
}
