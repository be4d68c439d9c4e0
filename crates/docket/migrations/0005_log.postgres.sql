-- The Merkle log over `audit_entry`: which leaf is which entry, the tiles of
-- the tree, and what was signed about it. It is one log for everybody who
-- shares this database, so its keys have no tenant; it holds hashes only.

-- The leaves from `leaf_index` on are the entries from `entry_no` on, without a
-- gap. An entry that was committed late is a later leaf than others with a
-- higher number, so the ranges of entries are not in order; they never overlap.
create table log_run (
    leaf_index bigint not null primary key,
    entry_no bigint not null unique references audit_entry (entry_no),
    entries bigint not null check (entries > 0),
    constraint log_run_entry_once exclude using gist (int8range(entry_no, entry_no + entries) with &&)
);

-- Every entry up to this number is a leaf, or was rolled back and never will be.
create table log_settled (
    one bigint not null primary key check (one = 1),
    entry_no bigint not null,
    -- A number that was taken, and a transaction that began after it was.
    mark_no bigint not null,
    mark_xact xid8 not null
);

insert into log_settled (one, entry_no, mark_no, mark_xact) values (1, 0, 0, '0');

create table log_tile (
    level bigint not null check (level between 0 and 7),
    tile_index bigint not null,
    hashes bytea not null check (length(hashes) between 32 and 8192 and length(hashes) % 32 = 0),
    primary key (level, tile_index)
);

create table log_checkpoint (
    size bigint not null primary key check (size > 0),
    root text not null,
    note text not null,
    at bigint not null
);

-- What witnesses said about a checkpoint. A witness is its whole public key.
create table log_cosignature (
    size bigint not null references log_checkpoint (size),
    witness text not null,
    line text not null,
    at bigint not null,
    primary key (size, witness)
);

create index log_cosignature_by_witness on log_cosignature (witness, size);

-- That the leaves follow each other. That an entry becomes one only once is
-- what `log_run_entry_once` is for.
create function log_run_continues() returns trigger
language plpgsql
set search_path from current
as $$
begin
    if new.leaf_index <> coalesce((select leaf_index + entries from log_run order by leaf_index desc limit 1), 0) then
        raise exception using
            message = 'an entry becomes a leaf once, in the order of commits',
            errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;

create trigger log_run_continues before insert on log_run
for each row execute function log_run_continues();

create trigger log_run_stays before update on log_run
for each row execute function refuse('a leaf never changes');

create trigger log_run_is_kept before delete on log_run
for each row execute function refuse('a leaf is never removed');

create trigger log_runs_are_kept before truncate on log_run
for each statement execute function refuse('a leaf is never removed');

create trigger log_settled_only_grows before update on log_settled
for each row when (new.entry_no < old.entry_no or new.one <> old.one)
execute function refuse('what is settled stays settled');

create trigger log_settled_is_kept before delete on log_settled
for each row execute function refuse('what is settled stays settled');

create trigger log_settled_is_never_emptied before truncate on log_settled
for each statement execute function refuse('what is settled stays settled');

create trigger log_tile_only_grows before update on log_tile
for each row when (
    old.level <> new.level or old.tile_index <> new.tile_index
    or substr(new.hashes, 1, length(old.hashes)) <> old.hashes
)
execute function refuse('a tile only grows');

create trigger log_tile_is_kept before delete on log_tile
for each row execute function refuse('a tile is never removed');

create trigger log_tiles_are_kept before truncate on log_tile
for each statement execute function refuse('a tile is never removed');

create function log_checkpoint_continues() returns trigger
language plpgsql
set search_path from current
as $$
begin
    if new.size <= (select max(size) from log_checkpoint) then
        raise exception using message = 'the log only grows', errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;

create trigger log_checkpoint_continues before insert on log_checkpoint
for each row execute function log_checkpoint_continues();

create trigger log_checkpoint_stays before update on log_checkpoint
for each row execute function refuse('a checkpoint never changes');

create trigger log_checkpoint_is_kept before delete on log_checkpoint
for each row execute function refuse('a checkpoint is never removed');

create trigger log_checkpoints_are_kept before truncate on log_checkpoint
for each statement execute function refuse('a checkpoint is never removed');

create trigger log_cosignature_stays before update on log_cosignature
for each row execute function refuse('a cosignature never changes');

create trigger log_cosignature_is_kept before delete on log_cosignature
for each row execute function refuse('a cosignature is never removed');

create trigger log_cosignatures_are_kept before truncate on log_cosignature
for each statement execute function refuse('a cosignature is never removed');
