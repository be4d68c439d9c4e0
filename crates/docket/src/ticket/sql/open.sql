-- Write a new ticket.
insert into ticket (
    tenant,
    id,
    version,
    account,
    site,
    contact,
    asset,
    state,
    standing,
    priority,
    incident_type,
    type_version,
    summary,
    description,
    channel,
    identity,
    nte_minor,
    currency,
    technician,
    window_start,
    window_end,
    response_due,
    resolution_due,
    responded_at,
    resolved_at,
    created_at,
    updated_at,
    paused_at,
    due_at
)
values (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29
)
