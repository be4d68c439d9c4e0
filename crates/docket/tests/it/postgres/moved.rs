//! Others are in the way of a command, again and again.

use crate::{ground::shared, home::Home, http::Client};
use serde_json::json;

#[test]
fn a_command_that_others_are_always_in_the_way_of_is_told_to_come_back_and_did_nothing() {
    if shared().is_none() {
        return;
    }
    let home = Home::new();
    let database = home.ground.database().unwrap();
    let server = home.serve();
    let mut client = Client::connect(server.addr, &home.dispatcher_token()).unwrap();
    let input = json!({ "site": home.site(), "summary": "front door sticks" });

    database.run(
        "create function in_the_way() returns trigger language plpgsql as $$
         begin raise exception 'could not serialize access' using errcode = '40001'; end $$;
         create trigger in_the_way before insert on ticket
         for each row execute function in_the_way()",
    );
    for _ in 0..3 {
        let reply = client.call("ticket.create", "a", None, &input).unwrap();
        assert_eq!(reply.status, 503, "{reply:?}");
        assert_eq!(reply.json()["code"], "server.unready");
        assert_eq!(reply.json()["detail"], "others are changing the same thing");
        assert_eq!(reply.header("retry-after"), Some("1"));
    }
    assert_eq!(home.ground.ask("data", "select count(*) from idempotency where key = 'a'"), ["0"]);

    database.run("drop trigger in_the_way on ticket; drop function in_the_way");
    let made = client.call("ticket.create", "a", None, &input).unwrap();
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.header("idempotency-replayed"), None);
    assert_eq!(home.ground.ask("data", "select count(*) from ticket"), ["1"]);
    drop(client);
    server.stop();
    home.verify_log();
}
