-- What a job may say is kept by the types that write it, and SQLite, which every
-- test runs on too, goes on checking them. PostgreSQL reads each check from its
-- catalogue again for every statement that writes: for nine of them that takes as
-- long as queueing the job.

alter table job
    drop constraint job_phase_check,
    drop constraint job_attempt_check,
    drop constraint job_attempts_max_check,
    drop constraint job_timeout_us_check,
    drop constraint job_payload_check,
    drop constraint job_blocked_by_check,
    drop constraint job_if_unmet_check,
    drop constraint job_followed_check,
    drop constraint job_check;

alter table job_done
    drop constraint job_done_phase_check,
    drop constraint job_done_result_check;
