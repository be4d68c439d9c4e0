//! The way of one request: which address, who, how much, then the door.

use super::{
    answer, body, evidence,
    headers::{self, Credential},
    import,
    limit::Buckets,
    metrics::Metrics,
    openapi, problem, query,
    route::{self, Does, Gap, Permission, Route},
    setup::Setup,
    toolbox,
    visit::{self, Visit},
};
use crate::{
    audit::sequence,
    chance::SystemChance,
    db::{Scope, Snap},
    door::{Call, Denied, Door, authorise, tools},
    failure::Fault,
    identity::{Caller, Gate, Sent, proof},
    job, policy,
    ticket::breach,
};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{FromRequestParts, Query, RawPathParams, Request},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::Response,
    routing::any,
};
use futures_util::FutureExt;
use kernel::{
    refusal::{Code, Refusal},
    tool::Tool,
};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};
use subtle::ConstantTimeEq;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The other end of the connection of a request.
#[derive(Clone, Copy)]
pub(super) struct Peer(pub IpAddr);

/// Our own end of it.
#[derive(Clone, Copy)]
pub(super) struct Here(pub SocketAddr);

/// Everything that answering a request needs.
pub struct Edge {
    pub(super) door: Door,
    pub(super) gate: Gate,
    pub(super) setup: Setup,
    pub(super) room: Semaphore,
    buckets: Buckets,
    pub metrics: Metrics,
    openapi: Bytes,
    pub(super) stopping: AtomicBool,
}

impl Edge {
    /// # Errors
    /// The first gap of the table of routes.
    pub fn new(door: Door, gate: Gate, setup: Setup) -> Result<Arc<Self>, Gap> {
        route::check(route::table())?;
        let metrics = Metrics::new(door.tally());
        Ok(Arc::new(Self {
            door,
            gate,
            room: Semaphore::new(setup.limits.requests),
            buckets: Buckets::new(setup.limits.pace),
            metrics,
            openapi: openapi::document().to_string().into(),
            stopping: AtomicBool::new(false),
            setup,
        }))
    }

    /// From now on the server is not ready, though it still answers; nobody waits
    /// for jobs here any more.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.door.stop_waiting();
    }

    /// One place for every path of the table, and one for all others.
    pub fn router(self: &Arc<Self>) -> Router {
        let mut places: BTreeMap<&str, Vec<&'static Route>> = BTreeMap::new();
        for route in route::table() {
            places.entry(&route.path).or_default().push(route);
        }
        let at = |routes: Vec<&'static Route>| {
            let (edge, routes): (_, Arc<[_]>) = (Arc::clone(self), routes.into());
            move |request: Request| enter(Arc::clone(&edge), Arc::clone(&routes), request)
        };
        let nowhere = Router::new().fallback(at(Vec::new()));
        places
            .into_iter()
            .fold(nowhere, |router, (path, routes)| router.route(path, any(at(routes))))
    }
}

/// Answers a request, whatever happens.
async fn enter(edge: Arc<Edge>, routes: Arc<[&'static Route]>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let route = chosen(&routes, &parts.method);
    let now = edge.door.db().clock().now();
    let mut visit = Visit::new(parts.method.clone(), &routes, route, now, &SystemChance);
    let answering = edge.answer(&mut visit, &routes, &mut parts, body);
    let mut response = match AssertUnwindSafe(answering).catch_unwind().await {
        Ok(Ok(response)) => response,
        Ok(Err(denied)) => problem::answer(&denied, &mut visit),
        Err(_) => {
            tracing::error!(correlation = visit.correlation, "answering a request panicked");
            problem::broke(&mut visit)
        }
    };
    if visit.code == Some(Code::RouteMethod.name()) {
        response.headers_mut().insert(header::ALLOW, allowed(&routes));
    }
    answer::dress(&mut response, &visit, edge.setup.tls);
    let status = response.status().as_u16();
    let method = visit::method_name(&visit.method);
    edge.metrics.count(method, visit.place, status, visit.seconds(), visit.code);
    visit.log(status);
    response
}

/// The row for a method. `HEAD` is `GET` without its body, which is left out
/// where the response is written.
fn chosen(routes: &[&'static Route], method: &Method) -> Option<&'static Route> {
    let as_asked = routes.iter().find(|route| route.method == *method);
    let head = || routes.iter().find(|r| *method == Method::HEAD && r.method == Method::GET);
    as_asked.or_else(head).copied()
}

fn allowed(routes: &[&'static Route]) -> HeaderValue {
    let mut methods: Vec<&str> = routes.iter().map(|route| route.method.as_str()).collect();
    if methods.contains(&"GET") && !methods.contains(&"HEAD") {
        methods.push("HEAD");
    }
    methods.push("OPTIONS");
    HeaderValue::try_from(methods.join(", ")).unwrap_or(HeaderValue::from_static("OPTIONS"))
}

impl Edge {
    async fn answer(
        &self,
        visit: &mut Visit,
        routes: &[&'static Route],
        parts: &mut Parts,
        body: Body,
    ) -> Result<Response, Denied> {
        let let_in = self.let_in(visit, routes, parts).await;
        let route = match let_in {
            Ok(Some(route)) => route,
            Ok(None) => return Ok(options(routes)),
            Err(denied) => {
                body::drain(body, &parts.headers);
                return Err(denied);
            }
        };
        let Ok(room) = self.room.try_acquire() else {
            body::drain(body, &parts.headers);
            return Err(crate::door::overloaded().into());
        };
        if let Err(denied) = self.has_role(visit, route, parts).await {
            body::drain(body, &parts.headers);
            return Err(denied);
        }
        let body = self.opened(visit, route, parts, body).await?;
        match route.does {
            Does::Call(tool) => self.call(visit, tool, parts, body, room).await,
            Does::Look(tool) => self.look(visit, tool, parts).await,
            Does::PutEvidence => self.put_evidence(visit, parts, body).await,
            Does::TakeIn => self.take_in(visit, parts, body).await,
            Does::ReadEvidence => self.read_evidence(visit, parts).await,
            Does::BeginUpload => self.begin_upload(visit, parts, body).await,
            Does::UploadProgress => self.upload_progress(visit, parts).await,
            Does::AppendUpload => self.append_upload(visit, parts, body).await,
            Does::NoTool => self.no_tool(visit, parts, body).await,
            Does::Toolbox => Ok(answer::json(to_json(&toolbox::of(&*caller(visit)?))?)),
            Does::OpenApi => Ok(answer::json(self.openapi.clone())),
            Does::Alive => Ok(answer::json("{\"status\":\"alive\"}")),
            Does::Ready => Ok(self.ready(parts).await),
            Does::Keys => {
                Ok(answer::typed("application/jwk-set+json", self.gate.jwks()?.to_string()))
            }
            Does::PolicyKeys => {
                let keys = self.door.policy_keys().map(policy::Keys::index).transpose()?;
                let keys = keys.unwrap_or_default().jwks(self.door.db().clock().now());
                Ok(answer::typed("application/jwk-set+json", keys.to_string()))
            }
            Does::LogFile => self.log_file(visit, parts).await,
            Does::Metrics => self.numbers().await,
        }
    }

    /// Who calls, and whether there is such an address; all that can be said
    /// before the body is looked at. Nothing where the address only has to say
    /// which methods it knows.
    async fn let_in(
        &self,
        visit: &mut Visit,
        routes: &[&'static Route],
        parts: &Parts,
    ) -> Result<Option<&'static Route>, Denied> {
        if let Some(name) = headers::correlation(&parts.headers)? {
            name.clone_into(&mut visit.correlation);
        }
        if routes.is_empty() {
            return Err(Refusal::new(Code::RouteUnknown, "there is nothing at this address").into());
        }
        headers::no_doubles(&parts.headers)?;
        let Some(route) = visit.route else {
            if parts.method == Method::OPTIONS {
                return Ok(None);
            }
            let detail = "this address does not know the method";
            return Err(Refusal::new(Code::RouteMethod, detail).into());
        };
        match route.permission {
            Permission::Public(_) => {}
            Permission::Scraper => self.scraper(&parts.headers)?,
            Permission::Caller(_) | Permission::Tool(_) => self.sign_in(visit, parts).await?,
        }
        Ok(Some(route))
    }

    async fn sign_in(&self, visit: &mut Visit, parts: &Parts) -> Result<(), Denied> {
        let source = self.source(parts);
        let credential = headers::credential(&parts.headers);
        let token = credential.map(|credential| credential.token);
        let known = self.gate.recognise(token, source).await?;
        let caller = Arc::clone(&known.caller);
        visit.quota = self.buckets.take(&caller.token, Instant::now());
        visit.caller = Some(Arc::clone(&caller));
        if visit.quota.is_some_and(|quota| quota.spent) {
            let detail = "this token asks faster than it may";
            return Err(Refusal::new(Code::TooManyRequests, detail).into());
        }
        if let Some(credential) = credential {
            let request = self.request(parts, credential);
            visit.seal = self.gate.prove(&caller, &request, source).await?;
        }
        self.gate.let_in(known).await?;
        Ok(())
    }

    /// Whose request it is.
    fn source(&self, parts: &Parts) -> IpAddr {
        let peer = parts.extensions.get::<Peer>().map_or(Ipv4Addr::UNSPECIFIED.into(), |p| p.0);
        self.setup.source(peer, &parts.headers)
    }

    /// What a proof has to be about.
    fn request<'a>(&self, parts: &'a Parts, credential: Credential<'a>) -> proof::Request<'a> {
        let here = parts.extensions.get::<Here>().map(|here| here.0);
        proof::Request {
            bound: credential.bound,
            token: credential.token,
            proofs: headers::proofs(&parts.headers),
            method: parts.method.as_str(),
            addresses: self.setup.addresses(here, parts.uri.path()),
        }
    }

    /// Holds the body against the proof of its request, if there is one, before
    /// anybody makes anything of it. Bytes that are evidence are held against it
    /// as they arrive.
    async fn opened(
        &self,
        visit: &mut Visit,
        route: &Route,
        parts: &Parts,
        body: Body,
    ) -> Result<Body, Denied> {
        let Some(seal) = visit.seal.filter(|_| route.does != Does::PutEvidence) else {
            return Ok(body);
        };
        let limits = &self.setup.limits;
        let most = match route.does {
            Does::TakeIn => import::BYTES_MAX,
            Does::AppendUpload => evidence::PART_MAX,
            _ => limits.body_bytes,
        };
        let caller = caller(visit)?;
        let bytes = match body::whole(body, &parts.headers, most, limits.body_timeout).await {
            Ok(bytes) => bytes,
            Err(refusal) => return Err(self.turned_away(visit, route, parts, refusal).await),
        };
        match seal.over(&bytes) {
            Ok(proven) => visit.sent = Sent::Proven(proven),
            Err(refusal) => {
                return Err(self.gate.unproven(&caller, refusal, self.source(parts)).await);
            }
        }
        Ok(Body::from(bytes))
    }

    async fn turned_away(
        &self,
        visit: &Visit,
        route: &Route,
        parts: &Parts,
        refusal: Box<Refusal>,
    ) -> Denied {
        match (route.tool(), &visit.caller) {
            (Some(tool), Some(caller)) => {
                let call = self.begin(visit, tool, &parts.headers);
                self.door.turn_away(caller, &call, refusal).await
            }
            _ => refusal.into(),
        }
    }

    /// Digests are compared, so that the time it takes says nothing of the text.
    fn scraper(&self, headers: &HeaderMap) -> Result<(), Denied> {
        let Some(known) = &self.setup.metrics_token else {
            return Err(Refusal::new(Code::RouteUnknown, "there is nothing at this address").into());
        };
        let missing = || Refusal::new(Code::TokenMissing, "the request has no metrics credential");
        let sent = headers::bearer(headers).ok_or_else(missing)?;
        let (known, sent) = (Sha256::digest(known.expose_secret()), Sha256::digest(sent));
        if bool::from(known.ct_eq(&sent)) {
            return Ok(());
        }
        Err(Refusal::new(Code::TokenInvalid, "this is not the metrics credential").into())
    }

    /// The door asks this too, and first. It is asked here so that nobody is
    /// told what is wrong with a call that is not theirs to make.
    async fn has_role(&self, visit: &Visit, route: &Route, parts: &Parts) -> Result<(), Denied> {
        let (Some(tool), Some(caller)) = (route.tool(), &visit.caller) else { return Ok(()) };
        let may = authorise::role(caller, tool).and_then(|()| authorise::bound(caller, tool));
        let Err(refusal) = may else { return Ok(()) };
        Err(self.turned_away(visit, route, parts, refusal).await)
    }

    async fn call(
        &self,
        visit: &Visit,
        tool: Tool,
        parts: &Parts,
        body: Body,
        room: SemaphorePermit<'_>,
    ) -> Result<Response, Denied> {
        let caller = caller(visit)?;
        let mut call = self.begin(visit, tool, &parts.headers);
        let limits = &self.setup.limits;
        let read = async {
            let head = head_of_call(&mut call, parts);
            if let Err(refusal) = head {
                body::drain(body, &parts.headers);
                return Err(refusal);
            }
            body::whole(body, &parts.headers, limits.body_bytes, limits.body_timeout).await
        };
        match read.await {
            Ok(input) => call.input = input,
            Err(refusal) => return Err(self.door.turn_away(&caller, &call, refusal).await),
        }
        // Those who wait are counted apart, and leave their room to others.
        let _room = (!self.door.may_wait(&call)).then_some(room);
        let source = self.source(parts);
        let token = headers::credential(&parts.headers).map(|credential| credential.token);
        let again = || self.gate.admit(token, source);
        self.door.call_in_time(&caller, call, again).await.map(answer::of)
    }

    async fn look(&self, visit: &Visit, tool: Tool, parts: &mut Parts) -> Result<Response, Denied> {
        let caller = caller(visit)?;
        let mut call = self.begin(visit, tool, &parts.headers);
        match input_of_look(tool, parts).await {
            Ok(input) => call.input = input,
            Err(refusal) => return Err(self.door.turn_away(&caller, &call, refusal).await),
        }
        self.door.call(&caller, call).await.map(answer::of)
    }

    pub(super) fn begin(&self, visit: &Visit, tool: Tool, headers: &HeaderMap) -> Call {
        let mut call = Call::sent(tool, Vec::new(), "http", visit.sent);
        call.correlation = Some(visit.correlation.clone());
        call.trace = headers::trace(headers).map(str::to_owned);
        call
    }

    async fn no_tool(&self, visit: &Visit, parts: &Parts, body: Body) -> Result<Response, Denied> {
        body::drain(body, &parts.headers);
        let (caller, trace) = (caller(visit)?, headers::trace(&parts.headers));
        Err(self.door.turn_away_unnamed(&caller, &visit.correlation, trace, "http").await)
    }

    async fn numbers(&self) -> Result<Response, Denied> {
        let kinds = self.metrics.wants_jobs().then(|| self.setup.kinds.clone());
        let look = move |snap: &Snap<'_>| {
            let jobs = kinds.as_ref().map(|kinds| job::standing(snap, kinds)).transpose()?;
            Ok((sequence::standing(snap)?, breach::count(snap)?, jobs))
        };
        let (standing, breaches, jobs) = self.door.db().read(Scope::Everyone, look).await?;
        self.metrics.jobs(jobs.unwrap_or_default());
        self.metrics.log(standing);
        self.metrics.breaches(breaches);
        let text = self.metrics.text().map_err(|error| Fault::Other(error.to_string()))?;
        Ok(answer::typed("application/openmetrics-text; version=1.0.0; charset=utf-8", text))
    }
}

pub(super) fn caller(visit: &Visit) -> Result<Arc<Caller>, Fault> {
    let nobody = || Fault::Other("an address was reached without a caller".to_owned());
    visit.caller.clone().ok_or_else(nobody)
}

fn to_json(value: &impl serde::Serialize) -> Result<String, Fault> {
    Ok(serde_json::to_string(value)?)
}

/// What the headers of a call say, before its body is read.
fn head_of_call(call: &mut Call, parts: &Parts) -> Result<(), Box<Refusal>> {
    if parts.uri.query().is_some() {
        let detail = "a call takes its input from the body and has no query";
        return Err(Refusal::new(Code::InputMalformed, detail));
    }
    headers::is_json(&parts.headers)?;
    call.if_match = headers::if_match(&parts.headers)?;
    let key = headers::text(&parts.headers, &headers::IDEMPOTENCY_KEY)?;
    call.key = key.map(str::to_owned);
    Ok(())
}

/// What the path and the query of a look say, as its input.
async fn input_of_look(tool: Tool, parts: &mut Parts) -> Result<Vec<u8>, Box<Refusal>> {
    let path = params(parts).await?;
    let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
    let unread = |_| Refusal::new(Code::RequestMalformed, "the query cannot be read");
    let Query(query) = query.map_err(unread)?;
    query::input(tools::schema(tool), &path, &query).map(|input| input.to_string().into_bytes())
}

/// The parts of the path that the table names.
async fn params(parts: &mut Parts) -> Result<Vec<(String, String)>, Box<Refusal>> {
    let path = RawPathParams::from_request_parts(parts, &()).await;
    let malformed = |_| Refusal::new(Code::RequestMalformed, "the path is not UTF-8");
    let path = path.map_err(malformed)?;
    Ok(path.iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect())
}

/// One part of the path, where nothing else is said.
pub(super) async fn param(parts: &mut Parts, name: &str) -> Result<String, Box<Refusal>> {
    if parts.uri.query().is_some() {
        return Err(Refusal::new(Code::InputMalformed, "this address has no query"));
    }
    let mut params = params(parts).await?.into_iter();
    let found = params.find_map(|(known, text)| (known == name).then_some(text));
    found.ok_or_else(|| Refusal::new(Code::RequestMalformed, format!("the path names no {name}")))
}

/// Which methods an address knows. There are no cross-origin headers: pages of
/// other origins are not let in.
fn options(routes: &[&'static Route]) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(header::ALLOW, allowed(routes));
    response
}
