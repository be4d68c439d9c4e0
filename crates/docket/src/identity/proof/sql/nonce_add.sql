-- Note that a proof was shown; only the first finds it new.
insert into replay_nonce (tenant, nonce, expires_at)
values ($1, $2, $3)
on conflict (tenant, nonce) do nothing
