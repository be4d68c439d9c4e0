-- A number that grows with every change of who may do what.
select cast(coalesce(sum(revision), 0) as bigint)
from identity_revision
