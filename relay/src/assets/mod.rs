//! The app's files, as the build left them in a folder.
//!
//! They are read into memory: an app is small, a request then cannot reach anything outside the folder, and a new
//! release appears whole. The folder is looked at every second; when something in it changed, all of it is read again.
//! The hashed files of the release before stay, for tabs that were opened with it.

mod file;
mod page;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime};

use axum::http::header::{ALLOW, VARY};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use shared::{Receipt, pages};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::accept::{prefers_html, takes_html};
use crate::base_path::BasePath;
use crate::limits::APP_BYTES_MAX;
use crate::navigation::is_navigation;
use crate::refusal::refusal;
pub(crate) use file::AppFile;
pub use file::Caching;
use file::media_type;

/// How often the folder is looked at, in milliseconds.
const WATCH_MS: u64 = 1_000;
/// The page.
const INDEX: &str = "index.html";
/// Endings of files that are other files, compressed.
const COMPRESSED: [&str; 2] = [".br", ".gz"];

/// What a folder looked like: every file's path, length and time. Equal listings mean that nothing changed.
type Listing = BTreeMap<String, (u64, Option<SystemTime>)>;

/// The app's files at one moment.
#[derive(Debug, Default)]
struct Release {
    listing: Listing,
    files: BTreeMap<String, Arc<AppFile>>,
    // Sources for the page's policy, of its inline scripts.
    script_hashes: Arc<[String]>,
}

/// The app's files.
#[derive(Debug)]
pub struct App {
    folder: PathBuf,
    base: BasePath,
    release: RwLock<Arc<Release>>,
}

impl App {
    /// The app in this folder, which may be missing or empty until it is built, served under a path. Blocks on the disk.
    pub fn new(folder: PathBuf, base: BasePath) -> Self {
        let app = Self { folder, base, release: RwLock::default() };
        app.refresh();
        app
    }

    /// Looks at the folder now and then, until the relay stops.
    pub async fn watch(self: Arc<Self>, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(Duration::from_millis(WATCH_MS))).await.is_some() {
            let app = Arc::clone(&self);
            // A panic there is reported by the hook, and the files stay as they were.
            let _ = tokio::task::spawn_blocking(move || app.refresh()).await;
        }
    }

    /// Whether there is an app to serve.
    pub fn is_built(&self) -> bool {
        self.release().files.contains_key(INDEX)
    }

    /// Sources of the page's inline scripts for its policy.
    pub fn script_hashes(&self) -> Arc<[String]> {
        Arc::clone(&self.release().script_hashes)
    }

    /// Answers a request that no other route took: a file, the app at each of its pages, or why not. A browser that opens
    /// another path gets the app too, which says so, with status 404; for everybody else there is no answer here.
    ///
    /// A page is for whoever asks for HTML: a program that tries `/mine` would take its 200 for success. The first page
    /// of a room, by which people look whether the relay is there, comes to all who take HTML among others.
    pub fn answer(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        has_room: impl FnOnce(&str) -> bool,
    ) -> Option<Response> {
        let path = uri.path();
        let name = path.trim_start_matches('/');
        let release = self.release();
        let file = release.files.get(name).filter(|_| name != INDEX && path == format!("/{name}"));
        let (room, page) = pages::in_room(path);
        let is_first = page == "/" || name == INDEX;
        let is_in_app = (is_first || pages::is_page(page)) && room.is_none_or(has_room);
        let is_page = is_in_app && if is_first { takes_html(headers) } else { prefers_html(headers) };
        if (file.is_some() || is_page) && !matches!(*method, Method::GET | Method::HEAD) {
            let mut response =
                refusal(StatusCode::METHOD_NOT_ALLOWED, Receipt::new("method", "GET or HEAD", method.as_str()));
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return Some(response);
        }
        match (file, release.files.get(INDEX)) {
            (Some(file), _) => Some(file.answer(headers)),
            (None, Some(index)) if is_page => {
                let mut response = index.answer(headers);
                response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding, accept"));
                Some(response)
            }
            (None, Some(index)) if is_navigation(method, headers) => Some(index.answer_in_place_of_another(headers)),
            (None, None) if is_page => {
                let headers = [("cache-control", "no-store")];
                Some((StatusCode::SERVICE_UNAVAILABLE, headers, self.how_to_build()).into_response())
            }
            _ => None,
        }
    }

    fn how_to_build(&self) -> String {
        format!(
            "The relay is running, and the app is not built yet.\n\n\
             expected: {INDEX} in {}\n\
             found:    none\n\n\
             Build and serve it:  cargo xtask serve\n\
             or start the relay with --app and the folder of a finished build.\n\
             This page works as soon as the build is there; the relay need not be restarted.\n",
            self.folder.display()
        )
    }

    fn release(&self) -> Arc<Release> {
        let release = self.release.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        Arc::clone(&release)
    }

    /// Reads the folder again if it changed.
    fn refresh(&self) {
        let old = self.release();
        match list(&self.folder) {
            Ok(listing) if listing == old.listing => {}
            // A build is being written: an app without its page is none.
            Ok(listing) if !listing.contains_key(INDEX) && old.files.contains_key(INDEX) => {}
            Ok(listing) => match read(&self.folder, &self.base, listing, &old) {
                Ok(release) => {
                    let bytes: usize = release.files.values().map(|file| file.len()).sum();
                    info!(folder = %self.folder.display(), files = release.files.len(), bytes, "app loaded");
                    self.replace(release);
                }
                // The next look tries again.
                Err(error) => warn!(folder = %self.folder.display(), %error, "the app's files cannot be read"),
            },
            // Not built yet, or between two builds: what was served stays served.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => warn!(folder = %self.folder.display(), %error, "the app's folder cannot be read"),
        }
    }

    fn replace(&self, release: Release) {
        *self.release.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(release);
    }
}

/// Lists the files of a folder and of those within it. Links, names that begin with a dot and what no app has are left out.
fn list(folder: &Path) -> io::Result<Listing> {
    let mut listing = Listing::new();
    let mut bytes = 0;
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let (Ok(name), kind) = (entry.file_name().into_string(), entry.file_type()?) else {
                continue;
            };
            if name.starts_with('.') {
                continue;
            }
            let path = format!("{prefix}{name}");
            if kind.is_dir() {
                folders.push((entry.path(), format!("{path}/")));
            } else if kind.is_file() && is_of_app(&path) {
                let metadata = entry.metadata()?;
                bytes += metadata.len();
                if bytes > APP_BYTES_MAX {
                    return Err(io::Error::other(format!(
                        "expected at most {APP_BYTES_MAX} bytes of files, found more"
                    )));
                }
                listing.insert(path, (metadata.len(), metadata.modified().ok()));
            }
        }
    }
    Ok(listing)
}

/// Whether an app has files of this ending, compressed or not. Others that lie in its folder, such as a relay's store, are
/// nobody's.
fn is_of_app(path: &str) -> bool {
    let original = COMPRESSED.iter().find_map(|ending| path.strip_suffix(ending)).unwrap_or(path);
    media_type(original).is_some()
}

fn read(folder: &Path, base: &BasePath, listing: Listing, old: &Release) -> io::Result<Release> {
    let mut files = BTreeMap::new();
    for (path, &(_, modified)) in &listing {
        if let Some(original) = COMPRESSED.iter().find_map(|ending| path.strip_suffix(ending))
            && listing.contains_key(original)
        {
            continue;
        }
        let compressed = |ending: &str| {
            let path = format!("{path}{ending}");
            match listing.get(&path) {
                // One that is older than its file was made of another.
                Some((_, time)) if *time >= modified => fs::read(folder.join(&path)).map(Some),
                _ => Ok(None),
            }
        };
        let file = AppFile::new(path, fs::read(folder.join(path))?, compressed(".br")?, compressed(".gz")?);
        files.insert(path.clone(), Arc::new(file));
    }
    if let Some(index) = files.get_mut(INDEX).filter(|_| !base.is_root()) {
        let html = page::under(&String::from_utf8_lossy(index.bytes()), base, listing.keys());
        *index = Arc::new(AppFile::new(INDEX, html.into_bytes(), None, None));
    }
    let script_hashes = match files.get(INDEX) {
        Some(index) => page::script_hashes(&String::from_utf8_lossy(index.bytes())).into(),
        None => Arc::default(),
    };
    for (path, file) in &old.files {
        // Only of the release before: the one before that was kept in it, and is not in its listing.
        if file.caching() == Caching::Forever && old.listing.contains_key(path) {
            files.entry(path.clone()).or_insert_with(|| Arc::clone(file));
        }
    }
    Ok(Release { listing, files, script_hashes })
}
