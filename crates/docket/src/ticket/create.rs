//! Creating a ticket: somebody who is signed in asks for work at a site.

use super::{Channel, Identity, Standing, Ticket, open};
use crate::{
    db::Tx,
    directory::{recognise, site},
    door::{Act, NewTicket},
    failure::Failure,
    identity::Caller,
    tenant,
};
use kernel::{
    id::{self, Asset, Contact, Id, Site},
    money::Money,
    sla::Priority,
    text::{Line, Text},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Ask for work at a site.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Create {
    pub site: Id<Site>,
    /// Who at the customer to speak to about it; a customer who names nobody means themselves.
    pub contact: Option<Id<Contact>>,
    pub asset: Option<Id<Asset>>,
    pub summary: Line<200>,
    pub description: Option<Text<8_000>>,
}

#[derive(Debug, Serialize)]
pub struct Created {
    pub ticket: Id<id::Ticket>,
}

impl NewTicket for Create {
    type Done = Created;

    fn foresee(&self, tx: &mut Tx<'_>, caller: &Caller) {
        site::foresee_request(tx, caller, self.site);
        site::foresee_belongings(tx, caller.tenant, self.site, self.contact, self.asset);
        tenant::foresee_settings(tx, caller.tenant);
        if self.contact.is_none() {
            recognise::foresee_signed_in(tx, caller, self.site);
        }
    }

    fn run(self, tx: &mut Tx<'_>, act: &mut Act<'_>) -> Result<(Ticket, Created), Failure> {
        let site = site::for_request(tx, act, self.site)?;
        site::check_belongings(tx, act.caller.tenant, &site, self.contact, self.asset)?;
        let settings = tenant::settings(tx, act.caller.tenant)?;
        let contact = match self.contact {
            Some(contact) => Some(contact),
            None => recognise::signed_in(tx, act, &site)?,
        };

        let mut ticket = Ticket {
            id: tx.new_id(),
            version: 1,
            account: site.account,
            site: site.id,
            contact,
            asset: self.asset,
            standing: Standing::New,
            priority: Priority::Routine,
            incident_type: None,
            type_version: None,
            summary: self.summary.into(),
            description: self.description.map(Into::into),
            channel: Channel::Console,
            identity: Identity::Vouched { by: act.caller.subject() },
            nte: Money::zero(settings.currency),
            technician: None,
            window: None,
            response_due: None,
            resolution_due: None,
            responded_at: None,
            resolved_at: None,
            paused_at: None,
            created_at: tx.now(),
            updated_at: tx.now(),
        };

        open(tx, act, &mut ticket)?;
        let created = Created { ticket: ticket.id };
        Ok((ticket, created))
    }
}
