use super::site::{Server, refused};
use crate::surface::http::route::{self, Does, Gap, Permission, Route};
use kernel::{role::Role, tool::Tool};
use reqwest::{Method, RequestBuilder};

impl Server {
    /// A request for a row of the table, with nothing in it that is right but
    /// its address.
    fn knock(&self, route: &Route) -> RequestBuilder {
        let path = route.path.replace(['{', '}'], "");
        self.ask(Method::from_bytes(route.method.as_str().as_bytes()).unwrap(), &path)
    }
}

#[test]
fn the_table_has_no_gap() {
    assert_eq!(route::check(route::table()), Ok(()));
}

#[test]
fn a_table_with_a_gap_is_found_out() {
    let row = |path: &'static str, permission, does| Route {
        method: axum::http::Method::GET,
        path: path.into(),
        permission,
        does,
    };
    let public = Permission::Public("a test");
    let guard = row("/a", public, Does::Look(Tool::TicketGet));
    assert_eq!(route::check(&[guard]), Err(Gap::Guard { path: "/a".into() }));

    let own = Permission::Tool(Tool::TicketGet);
    let unfilled = row("/{id}", own, Does::Look(Tool::TicketGet));
    assert!(matches!(route::check(&[unfilled]), Err(Gap::Unfilled { .. })));

    let twice = row("/a", public, Does::Alive);
    assert_eq!(route::check(&[twice.clone(), twice]), Err(Gap::Twice("GET /a".into())));

    let mut table = route::table().to_vec();
    table.retain(|route| route.permission != Permission::Tool(Tool::TicketCreate));
    assert_eq!(route::check(&table), Err(Gap::NoAddress(Tool::TicketCreate)));
}

#[tokio::test]
async fn nothing_but_the_public_addresses_answers_without_a_good_token() {
    let server = Server::start().await;
    let tokens = [
        (None, "token.missing"),
        (Some("garbage"), "token.invalid"),
        (Some("forged"), "token.invalid"),
        (Some("wrong audience"), "token.invalid"),
        (Some("unknown issuer"), "token.invalid"),
        (Some("expired"), "token.expired"),
        (Some("revoked"), "token.revoked"),
    ];
    let mut public = Vec::new();
    for route in route::table() {
        if let Permission::Public(why) = route.permission {
            assert!(server.knock(route).send().await.unwrap().status().is_success());
            public.push(format!("{} {} {why}", route.method, route.path));
            continue;
        }
        for (token, code) in tokens {
            let mut request = server.knock(route).body("{");
            if let Some(token) = token {
                request = request.bearer_auth(server.token(token));
            }
            let (status, seen) = refused(request).await;
            if route.permission == Permission::Scraper {
                assert_eq!((status, seen.as_str()), (404, "route.unknown"));
            } else {
                assert_eq!((status, seen.as_str()), (401, code), "{} {}", route.method, route.path);
            }
        }
    }
    insta::assert_snapshot!(public.join("\n"), @"
    GET /healthz says only that the process lives
    GET /readyz says only whether it serves
    GET /.well-known/jwks.json public keys are for whoever checks a token
    GET /.well-known/policy-keys.json public keys are for whoever checks what was permitted
    ");
}

#[tokio::test]
async fn every_role_reaches_its_tools_and_no_others() {
    let server = Server::start().await;
    for route in route::table() {
        let Some(tool) = route.tool() else { continue };
        for role in Role::ALL {
            let request = server
                .knock(route)
                .bearer_auth(server.token(&format!("{role} bound")))
                .header("content-type", "application/json")
                .body("{");
            let response = server.signed(request).send().await.unwrap();
            let status = response.status().as_u16();
            let what = format!("{role} {} {}", route.method, route.path);
            if tool.roles().contains(*role) {
                assert_ne!(status, 403, "{what}");
                assert!(status < 500, "{what}");
            } else {
                assert_eq!(status, 403, "{what}");
            }
        }
    }
}
