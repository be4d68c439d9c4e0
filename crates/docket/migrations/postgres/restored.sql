-- Transactions are counted by each cluster for itself. A mark that was copied
-- from one that had counted further would stand until this one has, too; whoever
-- had taken a number there has long ended.
update log_settled
set mark_xact = pg_current_xact_id()
where mark_xact > pg_current_xact_id();
