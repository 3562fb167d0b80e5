//! The app as given, but for what its workers do first: so a test has a browser that lacks something, or a worker that
//! breaks, neither of which a page can bring about from outside.

use std::path::Path;

use tempfile::TempDir;

use crate::failure::Failure;
use crate::given;

/// The file that every worker runs.
const WORKER_SCRIPT: &str = "worker.js";

/// A copy of the app. Dropping it deletes it.
#[derive(Debug)]
pub struct AppWith {
    folder: TempDir,
}

impl AppWith {
    /// Copies the app and puts a script before that of its workers. In it, `name` is the worker's role.
    pub async fn worker_script(script: &str) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let mut files = tokio::fs::read_dir(given::app()?).await?;
        while let Some(file) = files.next_entry().await? {
            // What was compressed beforehand is the worker's script as it was.
            if !file.file_name().to_string_lossy().starts_with(WORKER_SCRIPT) {
                tokio::fs::copy(file.path(), folder.path().join(file.file_name())).await?;
            }
        }
        let usual = tokio::fs::read_to_string(given::app()?.join(WORKER_SCRIPT)).await?;
        tokio::fs::write(folder.path().join(WORKER_SCRIPT), format!("{script}\n{usual}")).await?;
        Ok(Self { folder })
    }

    /// Returns the folder of the copy.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}
