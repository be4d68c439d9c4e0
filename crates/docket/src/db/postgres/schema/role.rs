//! Whether a role may serve: that it can do what it is for, and nothing that
//! would let it pass over what the tables show.

use super::tables::TABLES;
use tokio_postgres::GenericClient;

/// The statement that [`serving_role_faults`] asks: `$1` is the name of the
/// role, `$2` what it may do.
const ROLE_FAULTS: &str = include_str!("../sql/role_faults.postgres.sql");

/// All that the serving role may do, as in `select on ticket`.
pub fn granted() -> Vec<String> {
    let of = |table: &super::Table| {
        let name = table.name;
        table.serving.iter().map(move |right| format!("{} on {name}", right.name()))
    };
    TABLES.iter().flat_map(of).collect()
}

/// What is wrong with a role, each as the rest of a sentence that begins with
/// its name. Nothing wrong, it may serve.
///
/// # Errors
/// If the database does not answer.
pub async fn serving_role_faults(
    client: &impl GenericClient,
    role: &str,
) -> Result<Vec<String>, tokio_postgres::Error> {
    let rows = client.query(ROLE_FAULTS, &[&role, &granted()]).await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}
