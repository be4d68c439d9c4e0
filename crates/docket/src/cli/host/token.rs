//! `docket token issue` and `docket token revoke`

use super::{At, wait};
use crate::{
    cli::{Trouble, print, say},
    identity::{Issue, Thumbprint, Wanted, token::revoke::Revoked},
};
use clap::{Args, Subcommand};
use kernel::{
    id::{Id, Principal},
    role::Role,
};

#[derive(Debug, Subcommand)]
pub enum Words {
    /// Make an access token and print it, and nothing else.
    Issue(IssueWords),
    /// Refuse a token, everything of a principal, or everything a key signed.
    Revoke(RevokeWords),
}

#[derive(Args, Debug)]
pub struct IssueWords {
    #[command(flatten)]
    at: At,
    /// Who will act.
    #[arg(long, value_name = "ID")]
    principal: Id<Principal>,
    /// The user for whom an agent or a service will act.
    #[arg(long = "for", value_name = "ID")]
    on_behalf_of: Option<Id<Principal>>,
    #[command(flatten)]
    roles: Roles,
    /// How long it lives.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u8).range(1..=15))]
    minutes: u8,
    /// The thumbprint of the key that it is bound to: it is good for nothing
    /// without that key. A principal that has registered one is bound to it.
    #[arg(long, value_name = "THUMBPRINT", allow_hyphen_values = true)]
    bound_to: Option<Thumbprint>,
}

/// There is no default: a token carries what somebody said it should.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Roles {
    /// A role the token carries; may be given again.
    #[arg(long = "role", value_parser = role, value_name = "ROLE")]
    roles: Vec<Role>,
    /// The token carries every role that is granted.
    #[arg(long)]
    all_roles: bool,
}

#[derive(Args, Debug)]
pub struct RevokeWords {
    #[command(flatten)]
    at: At,
    #[command(flatten)]
    what: What,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct What {
    /// The `jti` of a token.
    #[arg(long, allow_hyphen_values = true)]
    jti: Option<String>,
    /// A principal, for good.
    #[arg(long, value_name = "ID")]
    principal: Option<Id<Principal>>,
    /// The `kid` of a key.
    #[arg(long, value_name = "KID", allow_hyphen_values = true)]
    key: Option<String>,
}

fn role(text: &str) -> Result<Role, String> {
    let role = Role::ALL.iter().copied().find(|role| role.name() == text);
    role.ok_or_else(|| {
        let all: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
        format!("the roles are {}", all.join(", "))
    })
}

impl Words {
    pub(super) fn run(self) -> Result<(), Trouble> {
        match self {
            Self::Issue(words) => words.run(),
            Self::Revoke(words) => words.run(),
        }
    }
}

impl IssueWords {
    fn run(self) -> Result<(), Trouble> {
        let (db, issuer) = self.at.open()?;
        let wanted = Issue {
            principal: self.principal,
            on_behalf_of: self.on_behalf_of,
            roles: if self.roles.all_roles { Wanted::All } else { Wanted::These(self.roles.roles) },
            minutes: self.minutes,
            key: self.bound_to,
        };
        let issued = wait(issuer.issue(&db, &wanted))??;
        print(&issued.token);
        say(&format!("expires {}, jti {}", issued.expires, issued.jti));
        Ok(())
    }
}

impl RevokeWords {
    fn run(self) -> Result<(), Trouble> {
        let (db, issuer) = self.at.open()?;
        let revoked = match self.what {
            What { jti: Some(jti), .. } => Revoked::Token(jti),
            What { key: Some(kid), .. } => Revoked::Key(kid),
            What { principal: Some(id), .. } => Revoked::Principal(id),
            What { .. } => return Err(Trouble::Usage("name what to revoke".to_owned())),
        };
        wait(issuer.revoke(&db, revoked))??;
        say("revoked; every server on this data refuses it within a second");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{IssueWords, RevokeWords};
    use clap::Parser;

    #[derive(Parser)]
    struct Issue {
        #[command(flatten)]
        words: IssueWords,
    }

    #[derive(Parser)]
    struct Revoke {
        #[command(flatten)]
        words: RevokeWords,
    }

    /// Text in base64url may begin like an option, once in 64 times.
    #[test]
    fn thumbprints_and_names_of_tokens_and_keys_may_begin_with_a_hyphen() {
        let key = format!("-{}A", "5".repeat(41));
        let who = "prn_00000000000000000000000001";
        let words = ["issue", "--principal", who, "--bound-to", &key, "--role", "admin"];
        let issue = Issue::try_parse_from(words).unwrap_or_else(|no| panic!("{no}"));
        assert_eq!(issue.words.bound_to.unwrap().to_string(), key);
        let revoke = Revoke::try_parse_from(["revoke", "--jti", "-x-"]);
        assert_eq!(revoke.unwrap_or_else(|no| panic!("{no}")).words.what.jti.unwrap(), "-x-");
        let revoke = Revoke::try_parse_from(["revoke", "--key", "-k"]);
        assert_eq!(revoke.unwrap_or_else(|no| panic!("{no}")).words.what.key.unwrap(), "-k");
    }
}
