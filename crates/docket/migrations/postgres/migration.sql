-- Where the steps that were taken are written down, and what taking steps needs.

set local search_path = public, pg_temp;
set local docket.everyone = 'on';
-- Somebody who waits for a table keeps everybody after them waiting.
set local lock_timeout = '10s';

create table if not exists migration (
    name text collate "C" primary key,
    sha256 text collate "C" not null,
    at bigint not null
);
