//! Statements live in files, in the dialect both databases read.

use std::sync::OnceLock;

/// One statement: the file it came from and its text, with `$1` parameters.
pub struct Sql {
    pub file: &'static str,
    pub text: &'static str,
    /// The text for PostgreSQL, where the two databases cannot share one.
    pub twin: Option<&'static str>,
    /// How many of the first parameters say what the statement is about. Two that
    /// say so about the same table, and name another of it, touch no row in common.
    pub key: usize,
    sqlite: OnceLock<String>,
    plain: OnceLock<bool>,
}

impl Sql {
    pub const fn new(file: &'static str, text: &'static str) -> Self {
        Self { file, text, twin: None, key: 0, sqlite: OnceLock::new(), plain: OnceLock::new() }
    }

    pub const fn twins(file: &'static str, text: &'static str, twin: &'static str) -> Self {
        Self {
            file,
            text,
            twin: Some(twin),
            key: 0,
            sqlite: OnceLock::new(),
            plain: OnceLock::new(),
        }
    }

    /// The same, which touches only rows that its first parameters name.
    #[must_use]
    pub const fn by(mut self, key: usize) -> Self {
        self.key = key;
        self
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

    /// Whether it inserts one row of what it is given and does nothing else, so
    /// that it does not matter whether it comes before or after such a one on
    /// another table.
    pub(super) fn only_inserts(&self) -> bool {
        *self.plain.get_or_init(|| super::postgres::puts_values(self.postgres()))
    }

    /// The text as PostgreSQL needs it.
    pub fn postgres(&self) -> &'static str {
        self.twin.unwrap_or(self.text)
    }
}

/// Names the statements of one slice, and after a bar the file that PostgreSQL
/// reads instead, and after `by` how many of the first parameters name the rows
/// it touches ([`Sql::by`]). A test finds the files and prepares all of them.
macro_rules! statements {
    ($($name:ident = $file:literal $(| $twin:literal)? $(by $key:literal)?;)*) => {
        $(static $name: $crate::db::Sql =
            $crate::db::statements!(@ $file $($twin)?)$(.by($key))?;)*
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
