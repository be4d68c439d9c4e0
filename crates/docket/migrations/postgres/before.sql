-- Take back every policy and every right, so that what follows is all there is.

do $$
declare
    found record;
begin
    for found in select policyname, tablename from pg_policies where schemaname = 'public' loop
        execute format('drop policy %I on public.%I', found.policyname, found.tablename);
    end loop;
    -- A table of one's own in between would stand in front of ours.
    execute format('revoke create, temporary on database %I from public', current_database());
end
$$;

revoke all on schema public from public, :role;
revoke all on all tables in schema public from public, :role;
revoke all on all sequences in schema public from public, :role;
revoke all on all routines in schema public from public, :role;
grant usage on schema public to :role;
