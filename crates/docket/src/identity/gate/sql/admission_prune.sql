-- Forget logins with tokens that cannot be valid any more.
delete from admission
where tenant = $1 and expires_at < $2
