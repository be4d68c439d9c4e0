use crate::{
    door::Denied,
    testing::{World, code},
};
use insta::assert_snapshot;
use kernel::{
    canonical::Digest,
    id::{Id, Ticket},
    tool::Tool,
};
use serde_json::{Value, json};

async fn read(world: &World, invoice: &Value) -> Result<Value, Denied> {
    world.call(&world.finance(), Tool::InvoiceDocument, json!({ "invoice": invoice })).await
}

/// The invoice that a closing issued.
fn issued(world: &World, ticket: Id<Ticket>) -> Value {
    let id = format!("select id from invoice where ticket = '{ticket}' and status = 'issued'");
    json!(world.value::<String>(&id))
}

fn body(document: &Value) -> &str {
    document["document"].as_str().unwrap()
}

#[tokio::test]
async fn what_is_issued_gets_its_document_after_the_commit_kept_by_its_digest() {
    let world = World::new();
    let invoice = issued(&world, world.closed().await);
    assert_eq!(code(read(&world, &invoice).await), "invoice.no_document");
    world.work_off().await;
    let document = read(&world, &invoice).await.unwrap();
    assert_eq!(document["number"], 1);
    let digest = Digest::of_bytes(body(&document).as_bytes()).to_string();
    assert_eq!(document["digest"], digest);
    let entry: String = world.value(
        "select body from audit_entry where tool = 'invoice.document' and outcome = 'committed'",
    );
    assert!(entry.contains(&digest), "{entry}");
    let ticket: String = world.value("select ticket from invoice");
    assert_snapshot!(body(&document).replace(&ticket, "TICKET"), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
      <cbc:UBLVersionID>2.1</cbc:UBLVersionID>
      <cbc:ID>1</cbc:ID>
      <cbc:IssueDate>2026-03-02</cbc:IssueDate>
      <cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
      <cbc:DocumentCurrencyCode>USD</cbc:DocumentCurrencyCode>
      <cac:OrderReference>
        <cbc:ID>TICKET</cbc:ID>
      </cac:OrderReference>
      <cac:AccountingSupplierParty>
        <cac:Party>
          <cac:PartyName>
            <cbc:Name>Hinge &amp; Sons</cbc:Name>
          </cac:PartyName>
        </cac:Party>
      </cac:AccountingSupplierParty>
      <cac:AccountingCustomerParty>
        <cac:Party>
          <cac:PartyName>
            <cbc:Name>Corner Shops</cbc:Name>
          </cac:PartyName>
        </cac:Party>
      </cac:AccountingCustomerParty>
      <cac:Delivery>
        <cac:DeliveryLocation>
          <cbc:Name>Main St 1</cbc:Name>
          <cac:Address>
            <cac:AddressLine>
              <cbc:Line>1 Main St, Albany, NY</cbc:Line>
            </cac:AddressLine>
          </cac:Address>
        </cac:DeliveryLocation>
      </cac:Delivery>
      <cac:TaxTotal>
        <cbc:TaxAmount currencyID="USD">6.66</cbc:TaxAmount>
        <cac:TaxSubtotal>
          <cbc:TaxableAmount currencyID="USD">75.00</cbc:TaxableAmount>
          <cbc:TaxAmount currencyID="USD">6.66</cbc:TaxAmount>
          <cac:TaxCategory>
            <cbc:Percent>8.8750</cbc:Percent>
            <cac:TaxScheme>
              <cbc:Name>New York sales tax</cbc:Name>
            </cac:TaxScheme>
          </cac:TaxCategory>
        </cac:TaxSubtotal>
      </cac:TaxTotal>
      <cac:LegalMonetaryTotal>
        <cbc:LineExtensionAmount currencyID="USD">75.00</cbc:LineExtensionAmount>
        <cbc:TaxExclusiveAmount currencyID="USD">75.00</cbc:TaxExclusiveAmount>
        <cbc:TaxInclusiveAmount currencyID="USD">81.66</cbc:TaxInclusiveAmount>
        <cbc:PayableAmount currencyID="USD">81.66</cbc:PayableAmount>
      </cac:LegalMonetaryTotal>
      <cac:InvoiceLine>
        <cbc:ID>1</cbc:ID>
        <cbc:InvoicedQuantity unitCode="E54">1</cbc:InvoicedQuantity>
        <cbc:LineExtensionAmount currencyID="USD">75.00</cbc:LineExtensionAmount>
        <cac:Item>
          <cbc:Name>trip</cbc:Name>
        </cac:Item>
        <cac:Price>
          <cbc:PriceAmount currencyID="USD">75.00</cbc:PriceAmount>
          <cbc:BaseQuantity unitCode="E54">1</cbc:BaseQuantity>
        </cac:Price>
      </cac:InvoiceLine>
    </Invoice>
    "#);
}

#[tokio::test]
async fn a_credit_note_names_what_it_takes_back_and_counts_it() {
    let world = World::new();
    let ticket = world.closed().await;
    let invoice = issued(&world, ticket);
    let taken = world.reopen(ticket).await.unwrap()["result"]["invoice"]["credited"].clone();
    world.work_off().await;
    let invoice = read(&world, &invoice).await.unwrap();
    let credit = read(&world, &taken["credit_note"]).await.unwrap();
    let credit = body(&credit);
    assert!(credit.contains("<CreditNote xmlns="), "{credit}");
    assert!(credit.contains("<cbc:CreditNoteTypeCode>381</cbc:CreditNoteTypeCode>"), "{credit}");
    let reference = "<cac:InvoiceDocumentReference>\n      <cbc:ID>1</cbc:ID>";
    assert!(credit.contains(reference), "{credit}");
    let total = |text: &str| {
        let row = text.lines().find(|row| row.contains("<cbc:PayableAmount")).unwrap();
        row.to_owned()
    };
    assert_eq!(total(credit), total(body(&invoice)));
}

#[tokio::test]
async fn a_document_stays_as_it_was_made_and_is_made_once() {
    let world = World::new();
    let invoice = issued(&world, world.closed().await);
    world.work_off().await;
    let before = read(&world, &invoice).await.unwrap();
    world.behind_the_door("update account set name = 'Somebody Else'");
    world.behind_the_door(&format!(
        "insert into job (tenant, id, kind, phase, priority, due_at, attempts_max, timeout_us,
            payload, digest, created_at)
         values ('{}', 'job_01J00000000000000000000000', 'invoice.document', 'queued', 0, 0, 12,
            300000000, '{{\"invoice\":{invoice}}}', '', 0)",
        world.tenant
    ));
    world.work_off().await;
    assert_eq!(read(&world, &invoice).await.unwrap(), before);
    let made = "select count(*) from audit_entry where tool = 'invoice.document' and outcome = 'committed'";
    assert_eq!(world.value::<i64>(made), 1);
    let done = "select count(*) from job_done where kind = 'invoice.document'";
    assert_eq!(world.value::<i64>(done), 2);
}

#[tokio::test]
async fn no_name_breaks_out_of_a_document() {
    let world = World::new();
    world.behind_the_door("update account set name = '<!-- & Sons > \"Hinge\"'");
    let invoice = issued(&world, world.closed().await);
    world.work_off().await;
    let document = read(&world, &invoice).await.unwrap();
    let name = "<cbc:Name>&lt;!-- &amp; Sons &gt; \"Hinge\"</cbc:Name>";
    assert!(body(&document).contains(name), "{document}");
}

#[tokio::test]
async fn a_draft_has_no_document_and_a_customer_reads_what_was_issued_only() {
    let world = World::new();
    let ticket = world.invoiced().await;
    world.work_off().await;
    let draft = json!(world.value::<String>("select id from invoice"));
    assert_eq!(code(read(&world, &draft).await), "invoice.no_document");
    let look = json!({ "invoice": draft });
    let customer = world.customer();
    let seen = world.call(&customer, Tool::InvoiceDocument, look.clone()).await;
    assert_eq!(code(seen), "record.not_found");
    world.close(ticket).await.unwrap();
    world.work_off().await;
    let seen = world.call(&customer, Tool::InvoiceDocument, look).await.unwrap();
    assert_eq!(seen["media_type"], "application/xml");
}
