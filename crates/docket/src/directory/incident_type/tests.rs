//! What every tenant starts with.

use super::Template;
use kernel::gate::SIGNATURE;

fn seed() -> Vec<Template> {
    serde_json::from_str(include_str!("seed.json")).unwrap()
}

#[test]
fn every_seeded_type_could_be_activated() {
    for template in seed() {
        assert!(template.lacks().is_empty(), "`{}` lacks {:?}", template.name, template.lacks());
        assert!(template.high_risk_evidence.is_subset(&template.evidence), "`{}`", template.name);
        assert_eq!(template.checklist.len(), 5, "`{}`", template.name);
        assert_eq!(template.evidence.len(), 4, "`{}`", template.name);
        assert!(
            template.evidence.iter().any(|key| key.as_str() == SIGNATURE),
            "`{}`",
            template.name
        );
    }
}

#[test]
fn three_of_the_six_seeded_types_are_high_risk() {
    let (risky, other): (Vec<_>, Vec<_>) = seed().into_iter().partition(|t| t.high_risk);
    let names = |types: Vec<Template>| types.iter().map(|t| t.name.to_string()).collect::<Vec<_>>();
    assert_eq!(
        names(risky),
        ["auto_operator_fault", "cannot_secure_entry", "frame_or_glass_damage"]
    );
    assert_eq!(
        names(other),
        ["door_wont_latch", "closer_leaking_or_slamming", "hardware_replacement"]
    );
}
