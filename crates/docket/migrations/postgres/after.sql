-- Whatever is here and was not named would be open to whoever may read it.
do $$
declare
    forgotten text;
begin
    select string_agg(relname, ', ' order by relname) into forgotten
    from pg_class
    where
        relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
        and not (relrowsecurity and relforcerowsecurity);
    if forgotten is not null then
        raise exception using
            message = 'nothing says who may read ' || forgotten,
            hint = 'every table needs a line in the list of tables';
    end if;
end
$$;
