-- The steps that were taken, each with the digest of its text; SQLite looks them
-- up one by one.
select name, sha256
from migration
