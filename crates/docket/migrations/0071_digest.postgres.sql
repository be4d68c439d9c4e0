-- The digests of jobs that an earlier step had made, which could not reckon
-- them in one text for both databases. Of a payload that is gone there is none.

update job set digest = encode(sha256(convert_to(payload, 'UTF8')), 'hex') where digest = '';

update job_done set digest = encode(sha256(convert_to(payload, 'UTF8')), 'hex')
where digest = '' and payload is not null;
