-- Proofs of possession: the key that a principal has registered, and the
-- proofs that were shown, so that each counts once.

-- The thumbprint of the public key (RFC 7638). Tokens of whoever has one are
-- bound to it.
alter table principal add column key text;

-- By the digest of key and `jti`: what a caller writes there has no bounded
-- length. A row may go when its proof cannot be valid any more.
create table replay_nonce (
    tenant text not null references tenant (id),
    nonce text not null,
    expires_at bigint not null,
    primary key (tenant, nonce)
) strict;

create index replay_nonce_by_expiry on replay_nonce (tenant, expires_at);
