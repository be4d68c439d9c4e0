-- Note that an import has ended: with its last row behind, or before and why.
update import
set
    ended_at = $3,
    stopped = cast($4 as text),
    done = case when cast($4 as text) is null then size else done end
where tenant = $1 and id = $2 and ended_at is null
