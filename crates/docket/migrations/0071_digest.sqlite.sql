-- The digests of jobs that an earlier step had made, which could not reckon
-- them in one text for both databases. Of a payload that is gone there is none.
-- `sha256_hex` is ours: SQLite has no digest of its own.

update job set digest = sha256_hex(payload) where digest = '';

update job_done set digest = sha256_hex(payload) where digest = '' and payload is not null;
