-- The Merkle log over `audit_entry`: which leaf is which entry, the tiles of
-- the tree, and what was signed about it. It is one log for everybody who
-- shares this database, so its keys have no tenant; it holds hashes only.

-- The leaves from `leaf_index` on are the entries from `entry_no` on.
create table log_run (
    leaf_index bigint not null primary key,
    entry_no bigint not null unique references audit_entry (entry_no),
    entries bigint not null check (entries > 0)
) strict;

create table log_tile (
    level bigint not null check (level between 0 and 7),
    tile_index bigint not null,
    hashes bytea not null check (length(hashes) between 32 and 8192 and length(hashes) % 32 = 0),
    primary key (level, tile_index)
) strict;

create table log_checkpoint (
    size bigint not null primary key check (size > 0),
    root text not null,
    note text not null,
    at bigint not null
) strict;

-- What witnesses said about a checkpoint. A witness is its whole public key.
create table log_cosignature (
    size bigint not null references log_checkpoint (size),
    witness text not null,
    line text not null,
    at bigint not null,
    primary key (size, witness)
) strict;

create index log_cosignature_by_witness on log_cosignature (witness, size);

create trigger log_run_continues before insert on log_run
when new.leaf_index <> coalesce((select leaf_index + entries from log_run order by leaf_index desc limit 1), 0)
  or new.entry_no < coalesce((select entry_no + entries from log_run order by leaf_index desc limit 1), 0)
begin select raise(abort, 'an entry becomes a leaf once, in the order of commits'); end;

create trigger log_run_stays before update on log_run
begin select raise(abort, 'a leaf never changes'); end;

create trigger log_run_is_kept before delete on log_run
begin select raise(abort, 'a leaf is never removed'); end;

create trigger log_tile_only_grows before update on log_tile
when old.level <> new.level or old.tile_index <> new.tile_index
  or substr(new.hashes, 1, length(old.hashes)) <> old.hashes
begin select raise(abort, 'a tile only grows'); end;

create trigger log_tile_is_kept before delete on log_tile
begin select raise(abort, 'a tile is never removed'); end;

create trigger log_checkpoint_continues before insert on log_checkpoint
when new.size <= (select max(size) from log_checkpoint)
begin select raise(abort, 'the log only grows'); end;

create trigger log_checkpoint_stays before update on log_checkpoint
begin select raise(abort, 'a checkpoint never changes'); end;

create trigger log_checkpoint_is_kept before delete on log_checkpoint
begin select raise(abort, 'a checkpoint is never removed'); end;

create trigger log_cosignature_stays before update on log_cosignature
begin select raise(abort, 'a cosignature never changes'); end;

create trigger log_cosignature_is_kept before delete on log_cosignature
begin select raise(abort, 'a cosignature is never removed'); end;
