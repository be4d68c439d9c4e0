-- Write a ticket back, if nobody else has since it was read.
update ticket
set
    version = $3 + 1,
    contact = $4,
    asset = $5,
    state = $6,
    standing = $7,
    priority = $8,
    incident_type = $9,
    type_version = $10,
    identity = $11,
    nte_minor = $12,
    technician = $13,
    window_start = $14,
    window_end = $15,
    response_due = $16,
    resolution_due = $17,
    responded_at = $18,
    resolved_at = $19,
    updated_at = $20,
    paused_at = $21,
    due_at = $22,
    description = $23
where tenant = $1 and id = $2 and version = $3
