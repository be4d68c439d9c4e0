//! An invoice or a credit note as UBL 2.1 (ISO/IEC 19845) writes it.
//!
//! It says what the invoice says and adds nothing: every amount is the one that
//! was issued. What EN 16931 asks for beyond that, the tax registrations and the
//! parts of the addresses, is not kept here and so not in it.

use super::{Invoice, Kind};
use jiff::civil::Date;
use kernel::{
    invoice::{InvoiceLine, TaxLine, Unit},
    money::Money,
};
use std::fmt::Write;

const SCHEMA: &str = "urn:oasis:names:specification:ubl:schema:xsd";

/// What an invoice does not say itself.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub seller: String,
    pub buyer: String,
    pub place: String,
    pub address: String,
    pub issued_on: Date,
    pub number: i64,
    /// The number and the day of what a credit note takes back.
    pub credits: Option<(i64, Date)>,
}

/// A document in the making. A credit note counts what is taken back, so what is
/// negative in the books is positive in it.
struct Writer {
    text: String,
    depth: usize,
    credit: bool,
}

/// The document.
pub(super) fn document(invoice: &Invoice, facts: &Facts) -> String {
    let credit = invoice.kind == Kind::CreditNote;
    let mut out = Writer { text: String::new(), depth: 0, credit };
    let root = if credit { "CreditNote" } else { "Invoice" };
    out.text.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let spaces = format!(
        "{root} xmlns=\"{SCHEMA}:{root}-2\" xmlns:cac=\"{SCHEMA}:CommonAggregateComponents-2\" \
         xmlns:cbc=\"{SCHEMA}:CommonBasicComponents-2\""
    );
    out.within(&spaces, |out| {
        out.head(invoice, facts);
        out.parties(facts);
        out.sums(invoice);
        for (number, line) in (1..).zip(&invoice.draft.lines) {
            out.line(number, line);
        }
    });
    out.text
}

impl Writer {
    fn within(&mut self, opening: &str, inner: impl FnOnce(&mut Self)) {
        let name = opening.split(' ').next().unwrap_or(opening);
        self.row(&format!("<{opening}>"));
        self.depth = self.depth.saturating_add(1);
        inner(self);
        self.depth = self.depth.saturating_sub(1);
        self.row(&format!("</{name}>"));
    }

    fn row(&mut self, row: &str) {
        // Writing into a text does not fail.
        let _ = writeln!(self.text, "{:1$}{row}", "", self.depth.saturating_mul(2));
    }

    fn say(&mut self, name: &str, value: impl ToString) {
        let value = escaped(&value.to_string());
        self.row(&format!("<cbc:{name}>{value}</cbc:{name}>"));
    }

    fn amount(&mut self, name: &str, money: Money) {
        let (code, decimal) = (money.currency.code(), self.decimal(money));
        self.row(&format!("<cbc:{name} currencyID=\"{code}\">{decimal}</cbc:{name}>"));
    }

    fn quantity(&mut self, name: &str, count: i64, unit: Unit) {
        let code = unit_code(unit);
        self.row(&format!("<cbc:{name} unitCode=\"{code}\">{count}</cbc:{name}>"));
    }

    /// As the document counts it.
    fn counted(&self, count: i64) -> i64 {
        if self.credit { count.saturating_neg() } else { count }
    }

    fn decimal(&self, money: Money) -> String {
        decimal(self.counted(money.minor).into(), money.currency.digits().into())
    }

    fn head(&mut self, invoice: &Invoice, facts: &Facts) {
        self.say("UBLVersionID", "2.1");
        self.say("ID", facts.number);
        self.say("IssueDate", facts.issued_on);
        match invoice.kind {
            Kind::Invoice => self.say("InvoiceTypeCode", 380),
            Kind::CreditNote => self.say("CreditNoteTypeCode", 381),
        }
        self.say("DocumentCurrencyCode", invoice.draft.currency.code());
        self.within("cac:OrderReference", |out| out.say("ID", invoice.ticket));
        let Some((number, issued_on)) = facts.credits else { return };
        self.within("cac:BillingReference", |out| {
            out.within("cac:InvoiceDocumentReference", |out| {
                out.say("ID", number);
                out.say("IssueDate", issued_on);
            });
        });
    }

    fn parties(&mut self, facts: &Facts) {
        let parties =
            [("AccountingSupplierParty", &facts.seller), ("AccountingCustomerParty", &facts.buyer)];
        for (role, name) in parties {
            self.within(&format!("cac:{role}"), |out| {
                out.within("cac:Party", |out| {
                    out.within("cac:PartyName", |out| out.say("Name", name));
                });
            });
        }
        self.within("cac:Delivery", |out| {
            out.within("cac:DeliveryLocation", |out| {
                out.say("Name", &facts.place);
                out.within("cac:Address", |out| {
                    out.within("cac:AddressLine", |out| out.say("Line", &facts.address));
                });
            });
        });
    }

    fn sums(&mut self, invoice: &Invoice) {
        let draft = &invoice.draft;
        self.within("cac:TaxTotal", |out| {
            out.amount("TaxAmount", draft.tax);
            draft.taxes.iter().for_each(|tax| out.tax(tax));
        });
        self.within("cac:LegalMonetaryTotal", |out| {
            out.amount("LineExtensionAmount", draft.subtotal);
            out.amount("TaxExclusiveAmount", draft.subtotal);
            out.amount("TaxInclusiveAmount", draft.total);
            out.amount("PayableAmount", draft.total);
        });
    }

    fn tax(&mut self, tax: &TaxLine) {
        self.within("cac:TaxSubtotal", |out| {
            out.amount("TaxableAmount", tax.base);
            out.amount("TaxAmount", tax.amount);
            out.within("cac:TaxCategory", |out| {
                // A rate is in parts per million, so a percent has four decimals.
                out.say("Percent", decimal(tax.rate.0.into(), 4));
                out.within("cac:TaxScheme", |out| out.say("Name", &*tax.name));
            });
        });
    }

    fn line(&mut self, number: usize, line: &InvoiceLine) {
        let (name, counted) = match self.credit {
            true => ("cac:CreditNoteLine", "CreditedQuantity"),
            false => ("cac:InvoiceLine", "InvoicedQuantity"),
        };
        self.within(name, |out| {
            out.say("ID", number);
            out.quantity(counted, out.counted(line.quantity), line.unit);
            out.amount("LineExtensionAmount", line.amount);
            out.within("cac:Item", |out| out.say("Name", &line.description));
            out.within("cac:Price", |out| {
                let price = line.unit_price;
                let (code, price) = (
                    price.currency.code(),
                    decimal(price.minor.into(), price.currency.digits().into()),
                );
                out.row(&format!(
                    "<cbc:PriceAmount currencyID=\"{code}\">{price}</cbc:PriceAmount>"
                ));
                out.quantity("BaseQuantity", line.per.get().into(), line.unit);
            });
        });
    }
}

/// As UN/ECE Recommendation 20 calls it.
const fn unit_code(unit: Unit) -> &'static str {
    match unit {
        Unit::Minute => "MIN",
        Unit::Piece => "H87",
        Unit::Trip => "E54",
    }
}

/// A whole number of the smallest units, with so many decimals.
fn decimal(units: i128, digits: u32) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let scale = 10_u128.pow(digits);
    let (whole, part) = (units.unsigned_abs() / scale, units.unsigned_abs() % scale);
    match digits {
        0 => format!("{sign}{whole}"),
        digits => format!("{sign}{whole}.{part:00$}", digits as usize),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
