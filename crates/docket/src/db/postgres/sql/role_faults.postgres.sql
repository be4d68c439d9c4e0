-- What is wrong with a role that is to serve, each as a sentence; $2 is all that
-- it may do, as `select on ticket`. Only PostgreSQL has roles.
with role as (
    select oid, rolname, rolsuper, rolbypassrls, rolcreaterole, rolreplication
    from pg_roles
    where rolname = cast($1 as text)
),

ours as (
    select oid, relname, relkind, relowner, relrowsecurity and relforcerowsecurity as guarded
    from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
),

may as (
    select rights.name || ' on ' || ours.relname as what
    from role
    cross join ours
    cross join (values
        ('select'), ('insert'), ('update'), ('delete'), ('truncate'), ('references'), ('trigger')
    ) as rights (name)
    where
        has_table_privilege(role.oid, ours.oid, rights.name)
        or (
            rights.name in ('select', 'insert', 'update', 'references')
            and has_any_column_privilege(role.oid, ours.oid, rights.name)
        )
)

select 'there is no such role'
where not exists (select from role)
union all
select 'it is a superuser'
from role
where rolsuper
union all
select 'it passes over row level security'
from role
where rolbypassrls
union all
select 'it may make other roles'
from role
where rolcreaterole
union all
select 'it may replicate, and so read everything'
from role
where rolreplication
union all
select 'it may become `' || other.rolname || '`, which may do more'
from role
join pg_roles as other on other.oid <> role.oid and pg_has_role(role.oid, other.oid, 'member')
where
    not role.rolsuper
    and (
        other.rolsuper or other.rolbypassrls or other.rolcreaterole or other.rolreplication
        or other.oid in (select relowner from ours)
        or other.rolname in (
            'pg_read_all_data', 'pg_write_all_data', 'pg_execute_server_program',
            'pg_read_server_files', 'pg_write_server_files'
        )
    )
union all
select 'it owns the table `' || ours.relname || '`'
from role
join ours on ours.relowner = role.oid
union all
select 'it may make things in the schema'
from role
where has_schema_privilege(role.oid, 'public', 'create')
union all
select 'it may make schemas in the database'
from role
where has_database_privilege(role.oid, current_database(), 'create')
union all
select 'it may make temporary tables, which stand in front of ours'
from role
where has_database_privilege(role.oid, current_database(), 'temporary')
union all
select 'the table `' || relname || '` shows its rows to everybody'
from ours
where not guarded
union all
select 'it may ' || what
from may
where what <> all (cast($2 as text [])) and not (select rolsuper from role)
union all
select 'it may not ' || allowed.what
from unnest(cast($2 as text [])) as allowed (what)
where not exists (select from may where may.what = allowed.what)
