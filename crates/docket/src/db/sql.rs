//! Statements live in files, in the dialect both databases read.

use std::sync::OnceLock;

/// One statement: the file it came from and its text, with `$1` parameters.
pub struct Sql {
    pub file: &'static str,
    pub text: &'static str,
    /// The text for PostgreSQL, where the two databases cannot share one.
    pub twin: Option<&'static str>,
    sqlite: OnceLock<String>,
}

impl Sql {
    pub const fn new(file: &'static str, text: &'static str) -> Self {
        Self { file, text, twin: None, sqlite: OnceLock::new() }
    }

    pub const fn twins(file: &'static str, text: &'static str, twin: &'static str) -> Self {
        Self { file, text, twin: Some(twin), sqlite: OnceLock::new() }
    }

    /// The text as SQLite needs it. There `$2` is a *named* parameter, numbered
    /// by where it first appears, so a statement that names `$2` before `$1`
    /// would bind the wrong values and say nothing; `?2` means the second.
    pub fn sqlite(&self) -> &str {
        self.sqlite.get_or_init(|| self.text.replace('$', "?"))
    }

    /// The table that the statement writes to, if its first words say so.
    pub(super) fn writes_to(&self) -> Option<&'static str> {
        let lines = self.postgres().lines().filter(|line| !line.starts_with("--"));
        let mut words = lines.flat_map(|line| line.split([' ', '(']));
        match (words.next()?, words.next()?) {
            ("insert", "into") | ("delete", "from") => words.next(),
            ("update", table) => Some(table),
            _ => None,
        }
    }

    /// The text as PostgreSQL needs it.
    pub fn postgres(&self) -> &'static str {
        self.twin.unwrap_or(self.text)
    }
}

/// Names the statements of one slice, and after a bar the file that PostgreSQL
/// reads instead. A test finds the files and prepares all of them.
macro_rules! statements {
    ($($name:ident = $file:literal $(| $twin:literal)?;)*) => {
        $(static $name: $crate::db::Sql = $crate::db::statements!(@ $file $($twin)?);)*
    };
    (@ $file:literal) => {
        $crate::db::Sql::new($file, include_str!(concat!("sql/", $file)))
    };
    (@ $file:literal $twin:literal) => {
        $crate::db::Sql::twins(
            $file,
            include_str!(concat!("sql/", $file)),
            include_str!(concat!("sql/", $twin)),
        )
    };
}
pub(crate) use statements;
