-- Answers are forgotten tenant by tenant, oldest first, so they are found by both.
drop index idempotency_by_age;
create index idempotency_by_age on idempotency (tenant, at);
