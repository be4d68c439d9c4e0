//! Files that a job is to read, until it has.

use super::{STAGED, Store};
use crate::{db::new_id, failure::Fault};
use bytes::Bytes;
use jiff::Timestamp;
use kernel::id::{Id, Import, Tenant};
use object_store::{ObjectStoreExt, PutPayload, path::Path as Place};

impl Store {
    /// Keeps a file for the job that takes it in, under a new name.
    ///
    /// # Errors
    /// That the store is away.
    pub(crate) async fn stage(
        &self,
        tenant: Id<Tenant>,
        now: Timestamp,
        file: Bytes,
    ) -> Result<Id<Import>, Fault> {
        let import = new_id(now, &*self.chance);
        let put = self.objects.put(&place(tenant, import), PutPayload::from(file)).await;
        self.health.answered(put)?;
        Ok(import)
    }

    /// The file, unless it is gone.
    ///
    /// # Errors
    /// That the store is away.
    pub(crate) async fn staged(
        &self,
        tenant: Id<Tenant>,
        import: Id<Import>,
    ) -> Result<Option<Bytes>, Fault> {
        let found = self.objects.get(&place(tenant, import)).await;
        let Some(found) = self.health.found(found)? else { return Ok(None) };
        self.health.answered(found.bytes().await).map(Some)
    }

    /// Removes the file. It holds what people wrote about people.
    ///
    /// # Errors
    /// That the store is away.
    pub(crate) async fn unstage(
        &self,
        tenant: Id<Tenant>,
        import: Id<Import>,
    ) -> Result<(), Fault> {
        let gone = self.objects.delete(&place(tenant, import)).await;
        self.health.found(gone).map(drop)
    }
}

fn place(tenant: Id<Tenant>, import: Id<Import>) -> Place {
    Place::from(format!("{STAGED}/{tenant}/{import}"))
}
