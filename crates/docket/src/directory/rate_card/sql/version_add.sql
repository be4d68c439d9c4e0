-- Keep what a rate card says from now on.
insert into rate_card_version (tenant, rate_card, version, card, created_at)
values ($1, $2, $3, $4, $5)
