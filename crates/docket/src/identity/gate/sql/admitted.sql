-- Whether the login with a token is recorded.
select true
from admission
where tenant = $1 and issuer = $2 and token = $3
