-- A number that grows with every change of who may do what.
select coalesce(sum(revision), 0)
from identity_revision
