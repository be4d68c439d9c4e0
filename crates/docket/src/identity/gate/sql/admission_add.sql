-- Note the login with a token; only the first finds it new.
insert into admission (tenant, issuer, token, expires_at)
values ($1, $2, $3, $4)
on conflict (tenant, issuer, token) do nothing
