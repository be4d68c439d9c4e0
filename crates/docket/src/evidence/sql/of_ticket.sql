-- All evidence of a ticket, in the order it was added.
select
    evidence.id,
    evidence.key,
    evidence.digest,
    blob.size,
    blob.media_type,
    evidence.by_principal,
    evidence.on_behalf_of,
    evidence.at,
    evidence.locked_at
from evidence
inner join blob on blob.tenant = evidence.tenant and blob.digest = evidence.digest
where evidence.tenant = $1 and evidence.ticket = $2
order by evidence.at, evidence.id
