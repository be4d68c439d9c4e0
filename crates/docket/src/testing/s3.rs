//! A server that speaks S3, with a bucket and keys of its own. Its objects are
//! files, which a test may harm.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicU8, Ordering},
    },
};
use tempfile::TempDir;

pub const BUCKET: &str = "photos";
pub const ACCESS_KEY: &str = "AKIADOCKETTESTACCESS";
pub const SECRET_KEY: &str = "docket/test/Secret+Key0123456789abcdefgh";

/// The program, which is installed if it is not there yet.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/s3s-fs");
    let told = Command::new(tool).stderr(Stdio::inherit()).output().unwrap();
    assert!(told.status.success(), "there is no server that speaks S3");
    String::from_utf8(told.stdout).unwrap().trim_end().into()
});

/// A running server. Dropped, it is killed, and its objects are gone.
pub struct S3 {
    folder: TempDir,
    address: String,
    process: Child,
}

impl S3 {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("root").join(BUCKET)).unwrap();
        let address = address();
        let process = spawn(folder.path(), &address);
        Self { folder, address, process }
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}:{PORT}", self.address)
    }

    /// The objects of the bucket, as files.
    pub fn objects(&self) -> PathBuf {
        self.folder.path().join("root").join(BUCKET)
    }

    /// As a power cut would. Nobody answers at its address until it is back.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts again, at the same address and with the same objects.
    pub fn restart(&mut self) {
        self.process = spawn(self.folder.path(), &self.address);
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Outside the ports that are given to whoever asks for any.
const PORT: u16 = 8014;

/// Every server has a loopback address to itself, so that nobody takes its
/// place while it is down.
fn address() -> String {
    static STARTED: AtomicU8 = AtomicU8::new(1);
    let [_, _, high, low] = std::process::id().to_be_bytes();
    format!("127.{high}.{low}.{}", STARTED.fetch_add(1, Ordering::Relaxed))
}

fn spawn(folder: &Path, address: &str) -> Child {
    let log = folder.join("log");
    let mut command = Command::new(&*PROGRAM);
    command.args(["--host", address, "--port", &PORT.to_string()]);
    command.args(["--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY]);
    command.arg(folder.join("root")).env("RUST_LOG", "s3s_fs=info");
    let mut process = command.stdout(File::create(&log).unwrap()).spawn().unwrap();
    while !fs::read_to_string(&log).unwrap().contains("server is running") {
        assert!(process.try_wait().unwrap().is_none(), "the server that speaks S3 ended");
        std::thread::yield_now();
    }
    process
}
