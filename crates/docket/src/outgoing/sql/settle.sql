-- Write down how a text ended, or when it is tried again, unless somebody has.
update outgoing
set
    standing = $4,
    reason = $5,
    carrier = $6,
    attempts = $7,
    next_at = $8,
    ended_at = $9,
    words = case when cast($10 as bigint) = 1 then null else words end
where tenant = $1 and id = $2 and standing = 'waiting' and attempts = $3
