//! The balancer over real sockets: little servers in this process, ports that the system chooses.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};
use terrace::providers::host::balancer::{
    Action, Algorithm, Balancer, Certificate, CheckKind, HeaderCondition, HealthCheck, HealthState, Limits, Listener,
    Protocol, Redirect, Routing, Rule, Stickiness, Target, TargetGroup, WeightedGroup,
};
use terrace::providers::host::ports::Ports;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

const SHORT: Duration = Duration::from_millis(300);

// ---- little servers ----

/// A server that answers each request by a function from the request's text to raw bytes; dropped, it is dead at once.
struct Server {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn server(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (requests, connections) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let (counted, opened, answer) = (requests.clone(), connections.clone(), Arc::new(answer));
    let task = tokio::spawn(async move {
        let mut open = tokio::task::JoinSet::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            opened.fetch_add(1, Relaxed);
            let (counted, answer) = (counted.clone(), answer.clone());
            open.spawn(async move {
                while let Some(request) = read_message(&mut stream).await {
                    counted.fetch_add(1, Relaxed);
                    let answer = answer(&request);
                    if answer.is_empty() || stream.write_all(answer.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    Server { address, requests, connections, task }
}

/// Answers with its name.
async fn named(name: &'static str) -> Server {
    server(move |_| ok(name)).await
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// A head and a body of `content-length` bytes.
async fn read_message(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some(end) = text.find("\r\n\r\n") {
            let length = text[..end].to_ascii_lowercase().lines().find_map(|line| {
                line.strip_prefix("content-length:").and_then(|length| length.trim().parse::<usize>().ok())
            });
            if bytes.len() >= end + 4 + length.unwrap_or(0) {
                return Some(text);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

// ---- routing ----

fn group<'a>(members: impl IntoIterator<Item = (&'a str, SocketAddr)>) -> TargetGroup {
    let members = members.into_iter().map(|(id, address)| Target {
        id: id.to_owned(),
        address,
        zone: "zone-1".to_owned(),
        draining: false,
    });
    TargetGroup {
        members: members.collect(),
        algorithm: Algorithm::RoundRobin,
        stickiness: None,
        health_check: None,
        deregistration_delay: Duration::from_secs(5),
    }
}

fn to(groups: &[(&str, u32)]) -> Action {
    Action::Forward(
        groups.iter().map(|(group, weight)| WeightedGroup { group: (*group).to_owned(), weight: *weight }).collect(),
    )
}

fn says(body: &str) -> Action {
    Action::Fixed { status: 200, content_type: "text/plain".to_owned(), body: body.to_owned() }
}

fn listener(default_action: Action) -> Listener {
    Listener {
        load_balancer: "lb".to_owned(),
        bind: ([127, 0, 0, 1], 0).into(),
        protocol: Protocol::Http,
        certificate: None,
        rules: Vec::new(),
        default_action,
        limits: Limits::default(),
    }
}

fn routing(listener: Listener, groups: impl IntoIterator<Item = (&'static str, TargetGroup)>) -> Routing {
    Routing {
        listeners: BTreeMap::from([("front".to_owned(), listener)]),
        groups: groups.into_iter().map(|(name, group)| (name.to_owned(), group)).collect(),
    }
}

/// A balancer with one listener `front` that forwards to a group `web`.
async fn balancing(web: TargetGroup) -> (Balancer, SocketAddr) {
    running(&routing(listener(to(&[("web", 1)])), [("web", web)])).await
}

async fn running(routing: &Routing) -> (Balancer, SocketAddr) {
    let balancer = Balancer::new(Ports::default());
    assert_eq!(balancer.configure(routing).await, []);
    let address = balancer.address("front").unwrap();
    (balancer, address)
}

// ---- a client ----

async fn exchange(stream: &mut TcpStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    timeout(Duration::from_secs(5), read_message(stream)).await.unwrap().unwrap_or_default()
}

async fn ask(address: SocketAddr, request: &str) -> String {
    exchange(&mut TcpStream::connect(address).await.unwrap(), request).await
}

async fn get(address: SocketAddr, path: &str) -> String {
    ask(address, &format!("GET {path} HTTP/1.1\r\nhost: a.test\r\n\r\n")).await
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

async fn bodies(address: SocketAddr, count: usize) -> Vec<String> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut bodies = Vec::new();
    for _ in 0..count {
        bodies.push(body(&exchange(&mut stream, "GET / HTTP/1.1\r\nhost: a.test\r\n\r\n").await).to_owned());
    }
    bodies
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(5);
    while !holds() {
        assert!(Instant::now() < deadline, "it never came to: {what}");
        sleep(Duration::from_millis(5)).await;
    }
}

// ---- requests ----

#[tokio::test]
async fn members_answer_in_turn_over_kept_connections() {
    let (one, two) = (named("one").await, named("two").await);
    let (_balancer, address) = balancing(group([("1", one.address), ("2", two.address)])).await;
    assert_eq!(bodies(address, 20).await.concat(), "onetwo".repeat(10));
    assert!(one.connections.load(Relaxed) <= 2, "{} connections", one.connections.load(Relaxed));
}

#[tokio::test]
async fn weights_share_the_requests() {
    let (blue, green) = (named("blue").await, named("green").await);
    let front = listener(to(&[("blue", 90), ("green", 10)]));
    let groups = [("blue", group([("1", blue.address)])), ("green", group([("2", green.address)]))];
    let (_balancer, address) = running(&routing(front, groups)).await;
    let green = bodies(address, 200).await.iter().filter(|body| *body == "green").count();
    assert!((18..=22).contains(&green), "{green} of 200");
}

#[tokio::test]
async fn rules_in_order_of_priority() {
    let rule = |priority, path: &str, hosts: &[&str], headers, action| Rule {
        priority,
        paths: if path.is_empty() { Vec::new() } else { vec![path.to_owned()] },
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        headers,
        action,
    };
    let beta = HeaderCondition { name: "x-stage".to_owned(), values: vec!["beta*".to_owned()] };
    let mut front = listener(says("default"));
    front.rules = vec![
        rule(20, "/api/*", &[], Vec::new(), says("api")),
        rule(10, "/api/admin*", &["*.Test"], Vec::new(), says("admin")),
        rule(30, "", &[], vec![beta], says("beta")),
        rule(
            40,
            "/old",
            &[],
            Vec::new(),
            Action::Redirect(Redirect { status: 301, path: Some("/new".to_owned()), ..Redirect::default() }),
        ),
    ];
    let (_balancer, address) = running(&routing(front, [])).await;
    assert_eq!(body(&get(address, "/api/x").await), "api");
    assert_eq!(body(&get(address, "/api/admin/x").await), "admin");
    assert_eq!(body(&get(address, "/").await), "default");
    assert_eq!(body(&ask(address, "GET / HTTP/1.1\r\nhost: a\r\nx-stage: Beta-2\r\n\r\n").await), "beta");
    let moved = get(address, "/old?q=1").await;
    assert!(moved.contains(&format!("location: http://a.test:{}/new?q=1\r\n", address.port())), "{moved}");
}

#[tokio::test]
async fn the_member_learns_who_asked_and_nothing_of_the_connection() {
    let echo = server(ok).await;
    let (_balancer, address) = balancing(group([("1", echo.address)])).await;
    let request =
        "GET /x?y HTTP/1.1\r\nhost: a.test\r\nconnection: keep-alive, x-hop\r\nx-hop: 1\r\nte: trailers\r\n\r\n";
    let answer = ask(address, request).await;
    let mut lines: Vec<_> = body(&answer).lines().filter(|line| !line.is_empty()).collect();
    lines.sort_unstable();
    let port = address.port();
    let wanted = format!(
        "GET /x?y HTTP/1.1\nhost: a.test\nx-forwarded-for: 127.0.0.1\nx-forwarded-host: a.test\nx-forwarded-port: {port}\nx-forwarded-proto: http"
    );
    assert_eq!(lines.join("\n"), wanted);
}

#[tokio::test]
async fn bodies_stream_both_ways() {
    // The server answers the first half of the body before it has the second.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = Vec::new();
        while !String::from_utf8_lossy(&bytes).contains("first") {
            stream.read_buf(&mut bytes).await.unwrap();
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\ngot1\r\n").await.unwrap();
        while !String::from_utf8_lossy(&bytes).contains("second") {
            stream.read_buf(&mut bytes).await.unwrap();
        }
        stream.write_all(b"4\r\ngot2\r\n0\r\n\r\n").await.unwrap();
    });
    let (_balancer, address) = balancing(group([("1", address)])).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n").await.unwrap();
    let mut answer = Vec::new();
    while !String::from_utf8_lossy(&answer).contains("got1") {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
    }
    stream.write_all(b"6\r\nsecond\r\n0\r\n\r\n").await.unwrap();
    while !String::from_utf8_lossy(&answer).contains("got2") {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn the_member_with_the_least_to_do_is_next() {
    let (busy, free) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), named("free").await);
    let mut web = group([("busy", busy.local_addr().unwrap()), ("free", free.address)]);
    web.algorithm = Algorithm::LeastConnections;
    let (balancer, address) = balancing(web).await;
    // The first goes to the first, which never answers.
    let _waiting = tokio::spawn(async move { get(address, "/").await });
    until("a request runs", || balancer.health("web")[0].active == 1).await;
    assert_eq!(bodies(address, 6).await.concat(), "free".repeat(6));
}

#[tokio::test]
async fn a_cookie_keeps_a_client_with_its_member() {
    let (one, two) = (named("one").await, named("two").await);
    let mut web = group([("1", one.address), ("2", two.address)]);
    web.stickiness = Some(Stickiness { cookie: "seat".to_owned(), duration: Duration::from_secs(60) });
    let (_balancer, address) = balancing(web).await;
    let first = get(address, "/").await;
    let cookie = first.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    let cookie = cookie.split(';').next().unwrap();
    for _ in 0..5 {
        let again = ask(address, &format!("GET / HTTP/1.1\r\nhost: a\r\ncookie: x=y; {cookie}\r\n\r\n")).await;
        assert_eq!(body(&again), body(&first));
        assert!(!again.contains("set-cookie"), "{again}");
    }
}

#[tokio::test]
async fn an_upgraded_connection_carries_any_bytes() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read_message(&mut stream).await.unwrap();
        assert!(request.contains("upgrade: websocket"), "{request}");
        let answer = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
        stream.write_all(answer.as_bytes()).await.unwrap();
        let mut bytes = [0; 4];
        stream.read_exact(&mut bytes).await.unwrap();
        stream.write_all(b"pong").await.unwrap();
    });
    let (_balancer, address) = balancing(group([("1", address)])).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = "GET /ws HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n";
    assert_eq!(status(&exchange(&mut stream, request).await), "101");
    stream.write_all(b"ping").await.unwrap();
    let mut bytes = [0; 4];
    stream.read_exact(&mut bytes).await.unwrap();
    assert_eq!(&bytes, b"pong");
}

#[tokio::test]
async fn files_of_a_directory_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(directory.path().join("public/sub")).unwrap();
    std::fs::write(directory.path().join("secret"), "secret").unwrap();
    std::fs::write(directory.path().join("public/index.html"), "home").unwrap();
    std::fs::write(directory.path().join("public/a b.css"), "style").unwrap();
    let front = listener(Action::Files { directory: directory.path().join("public") });
    let (_balancer, address) = running(&routing(front, [])).await;
    assert_eq!(body(&get(address, "/").await), "home");
    let style = get(address, "/a%20b.css").await;
    assert_eq!((body(&style), style.contains("content-type: text/css")), ("style", true), "{style}");
    for (path, wanted) in
        [("/../secret", "404"), ("/%2e%2e/secret", "404"), ("/none", "404"), ("/sub", "301"), ("/sub/", "404")]
    {
        assert_eq!(status(&get(address, path).await), wanted, "{path}");
    }
    let tag = style.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let again = ask(address, &format!("GET /a%20b.css HTTP/1.1\r\nhost: a\r\nif-none-match: {tag}\r\n\r\n")).await;
    assert_eq!(status(&again), "304");
}

#[tokio::test]
async fn tcp_and_tls_listeners() {
    let echo = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = echo.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = echo.accept().await.unwrap();
        let (mut reader, mut writer) = stream.split();
        let _ = tokio::io::copy(&mut reader, &mut writer).await;
    });
    let mut front = listener(to(&[("web", 1)]));
    front.protocol = Protocol::Tcp;
    let (balancer, address) = running(&routing(front.clone(), [("web", group([("1", target)]))])).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"over").await.unwrap();
    let mut bytes = [0; 4];
    stream.read_exact(&mut bytes).await.unwrap();
    assert_eq!(&bytes, b"over");

    front.certificate = Some(Certificate { chain_pem: "no".to_owned(), key_pem: "no".to_owned() });
    let problems = balancer.configure(&routing(front, [("web", group([("1", target)]))])).await;
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].reason, "the certificate has no CERTIFICATE block");
}

// ---- failures ----

#[tokio::test]
async fn a_dead_member_costs_no_idempotent_request() {
    let (one, two) = (named("one").await, named("two").await);
    let (balancer, address) = balancing(group([("1", one.address), ("2", two.address)])).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    for round in 0..50 {
        if round == 10 {
            one.task.abort();
        }
        let answer = exchange(&mut stream, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
        assert_eq!(status(&answer), "200", "round {round}");
    }
    let metrics = balancer.metrics();
    assert!(metrics.contains("target_ejections_total{target_group=\"web\",target=\"1\"} 1"), "{metrics}");
}

#[tokio::test]
async fn what_may_have_had_an_effect_is_not_sent_again() {
    let breaks = server(|_| String::new()).await;
    let whole = named("whole").await;
    let (_balancer, address) = balancing(group([("1", breaks.address), ("2", whole.address)])).await;
    let post = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi";
    assert_eq!(status(&ask(address, post).await), "502");
    assert_eq!((breaks.requests.load(Relaxed), whole.requests.load(Relaxed)), (1, 0));
    let put = "PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi";
    for _ in 0..2 {
        assert_eq!(body(&ask(address, put).await), "whole");
    }
}

#[tokio::test]
async fn no_member_a_slow_member_and_a_wrong_one() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let wrong = server(|_| "what?\r\n\r\n".to_owned()).await;
    let mut front = listener(to(&[("web", 1)]));
    front.limits.answer_timeout = Duration::from_millis(100);
    let groups = |members: TargetGroup| routing(front.clone(), [("web", members)]);
    let (balancer, address) = running(&groups(group([]))).await;
    assert_eq!(status(&get(address, "/").await), "503");
    balancer.configure(&groups(group([("1", silent.local_addr().unwrap())]))).await;
    assert_eq!(status(&get(address, "/").await), "504");
    balancer.configure(&groups(group([("1", wrong.address)]))).await;
    assert_eq!(status(&get(address, "/").await), "502");
}

#[tokio::test]
async fn health_checks_decide_who_serves() {
    let well = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let answer = well.clone();
    let one =
        server(move |_| if answer.load(Relaxed) { ok("one") } else { ok("one").replace("200 OK", "500 No") }).await;
    let two = named("two").await;
    let mut web = group([("1", one.address), ("2", two.address)]);
    web.health_check = Some(HealthCheck {
        kind: CheckKind::Http { path: "/health".to_owned(), statuses: vec![(200, 299)] },
        interval: Duration::from_millis(20),
        timeout: SHORT,
        healthy_threshold: 2,
        unhealthy_threshold: 2,
    });
    let (balancer, address) = balancing(web).await;
    assert_eq!(balancer.health("web")[0].state, HealthState::Initial);
    let all = |state| balancer.health("web").iter().all(|member| member.state == state);
    until("both healthy", || all(HealthState::Healthy)).await;
    well.store(false, Relaxed);
    until("one unhealthy", || balancer.health("web")[0].state == HealthState::Unhealthy).await;
    assert_eq!(balancer.health("web")[0].reason, "status 500");
    assert_eq!(bodies(address, 3).await.concat(), "twotwotwo");
    well.store(true, Relaxed);
    until("both healthy again", || all(HealthState::Healthy)).await;
}

// ---- change while it runs ----

#[tokio::test]
async fn draining_waits_for_what_runs_and_takes_nothing_new() {
    let other = named("other").await;
    let (begin, began) = tokio::sync::oneshot::channel::<()>();
    let holding = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let held = holding.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        let (mut stream, _) = holding.accept().await.unwrap();
        read_message(&mut stream).await.unwrap();
        began.await.unwrap();
        stream.write_all(ok("held").as_bytes()).await.unwrap();
    });
    let (balancer, address) = balancing(group([("held", held)])).await;
    let running = tokio::spawn(async move { get(address, "/").await });
    until("a request runs", || balancer.health("web")[0].active == 1).await;

    let mut members = group([("held", held), ("other", other.address)]);
    members.members[0].draining = true;
    balancer.configure(&routing(listener(to(&[("web", 1)])), [("web", members)])).await;
    assert_eq!(balancer.health("web")[0].state, HealthState::Draining);
    assert_eq!(bodies(address, 4).await.concat(), "other".repeat(4));
    assert!(!balancer.drained("web", "held", Instant::now() + Duration::from_millis(30)).await);
    begin.send(()).unwrap();
    assert!(balancer.drained("web", "held", Instant::now() + Duration::from_secs(5)).await);
    assert_eq!(body(&running.await.unwrap()), "held");
    serving.await.unwrap();
}

#[tokio::test]
async fn what_a_removed_member_still_does_ends_with_its_delay() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut web = group([("1", silent.local_addr().unwrap())]);
    web.deregistration_delay = Duration::from_millis(50);
    let (balancer, address) = balancing(web).await;
    let running = tokio::spawn(async move { get(address, "/").await });
    until("a request runs", || balancer.health("web")[0].active == 1).await;
    let mut empty = group([]);
    empty.deregistration_delay = Duration::from_millis(50);
    balancer.configure(&routing(listener(to(&[("web", 1)])), [("web", empty)])).await;
    assert_eq!(status(&running.await.unwrap()), "502");
}

#[tokio::test]
async fn a_new_configuration_drops_no_connection() {
    let (one, two) = (named("one").await, named("two").await);
    let front = || routing(listener(to(&[("web", 1)])), [("web", group([("1", one.address)]))]);
    let (balancer, address) = running(&front()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
    assert_eq!(body(&exchange(&mut stream, request).await), "one");
    let changed = routing(listener(to(&[("web", 1)])), [("web", group([("2", two.address)]))]);
    balancer.configure(&changed).await;
    assert_eq!(body(&exchange(&mut stream, request).await), "two");
    assert_eq!(balancer.address("front"), Some(address));

    balancer.configure(&Routing::default()).await;
    assert!(TcpStream::connect(address).await.is_err(), "the port is closed");
}

#[tokio::test]
async fn a_taken_port_is_that_listeners_problem_only() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut wanted = routing(listener(says("fine")), []);
    let mut blocked = listener(says("never"));
    blocked.bind = taken.local_addr().unwrap();
    wanted.listeners.insert("blocked".to_owned(), blocked);
    let balancer = Balancer::new(Ports::default());
    let problems = balancer.configure(&wanted).await;
    assert_eq!(problems.iter().map(|problem| problem.listener.as_str()).collect::<Vec<_>>(), ["blocked"]);
    assert!(problems[0].reason.starts_with("cannot listen on 127.0.0.1:"), "{}", problems[0].reason);
    assert_eq!(body(&get(balancer.address("front").unwrap(), "/").await), "fine");
}

// ---- limits ----

#[tokio::test]
async fn clients_that_ask_too_much_or_too_slowly() {
    let whole = named("whole").await;
    let mut front = listener(to(&[("web", 1)]));
    front.limits = Limits {
        header_bytes: 8192,
        body_bytes: Some(10),
        header_timeout: SHORT,
        idle_timeout: Duration::from_millis(600),
        connections: 3,
        ..Limits::default()
    };
    let (balancer, address) = running(&routing(front, [("web", group([("1", whole.address)]))])).await;
    let large = format!("GET / HTTP/1.1\r\nhost: a\r\nx-large: {}\r\n\r\n", "x".repeat(20_000));
    assert_eq!(status(&ask(address, &large).await), "431");
    let post = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 11\r\n\r\n01234567890";
    assert_eq!(status(&ask(address, post).await), "413");
    assert_eq!(status(&ask(address, "GET / HTTP/1.1\r\n\r\n").await), "400");

    let began = Instant::now();
    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nx-slow: ").await.unwrap();
    let idle = TcpStream::connect(address).await.unwrap();
    let mut end = Vec::new();
    let _ = timeout(Duration::from_secs(5), slow.read_to_end(&mut end)).await.unwrap();
    assert!(began.elapsed() >= SHORT, "{:?}", began.elapsed());
    until("no connection is left", || balancer.metrics().contains("terrace_balancer_connections 0")).await;
    drop(idle);

    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(TcpStream::connect(address).await.unwrap());
    }
    until("three are open", || balancer.metrics().contains("terrace_balancer_connections 3")).await;
    let mut refused = TcpStream::connect(address).await.unwrap();
    assert!(matches!(refused.read(&mut [0; 1]).await, Ok(0) | Err(_)));
}

/// Both ends are in this process: two descriptors a connection.
#[tokio::test]
async fn ten_thousand_idle_connections_are_held() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let most = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most }).unwrap();
    let count = most.map_or(10_000, |most| most.saturating_sub(1000) / 2).min(10_000) as usize;
    let one = named("one").await;
    let (balancer, address) = balancing(group([("1", one.address)])).await;
    let mut clients = Vec::new();
    for number in 0..count {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        // One source address has not ports enough beside those of other tests.
        let source = [127, 0, 1, u8::try_from(number % 4).unwrap() + 1];
        socket.bind((source, 0).into()).unwrap();
        clients.push(socket.connect(address).await.unwrap());
    }
    let held = format!("terrace_balancer_connections {count}\n");
    until("all are open", || balancer.metrics().contains(&held)).await;
    for client in clients.iter_mut().step_by(97) {
        assert_eq!(body(&exchange(client, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").await), "one");
    }
    assert_eq!(body(&get(address, "/").await), "one", "there is room for more");
    assert!(one.connections.load(Relaxed) <= 32, "idle clients need no member");
}

#[tokio::test]
async fn metrics_count_by_listener_group_member_and_status() {
    let one = named("one").await;
    let (balancer, address) = balancing(group([("1", one.address)])).await;
    bodies(address, 3).await;
    until("three are counted", || {
        let labels = "load_balancer=\"lb\",listener=\"front\",target_group=\"web\",target=\"1\"";
        let metrics = balancer.metrics();
        metrics.contains(&format!("terrace_balancer_requests_total{{{labels},status=\"2xx\"}} 3"))
            && metrics.contains(&format!("terrace_balancer_request_duration_seconds_count{{{labels}}} 3"))
    })
    .await;
}
