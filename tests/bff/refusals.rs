//! What is refused ends here: with its status, a note in the log, and without a request to anybody.

use super::world::{Browser, NAVIGATION, ORIGIN, PAGE, World};
use std::rc::Rc;

/// A status, and the method, path and headers that get it.
type Row = (u16, &'static str, &'static str, &'static [(&'static str, &'static str)]);

/// C04, C05, C06; with the cookie of a session that is good.
#[test]
fn nobody_hears_of_a_request_that_is_refused() {
    const OTHER: (&str, &str) = ("origin", "https://evil.example");
    let rows: [Row; 14] = [
        (403, "GET", "/api/x", &[]),
        (403, "GET", "/api/x", &[("x-tokenward", "1"), OTHER]),
        (403, "GET", "/api/x", &[("x-tokenward", "1"), ("sec-fetch-site", "same-site")]),
        (403, "POST", "/api/x", &[("x-tokenward", "1")]),
        (403, "POST", "/auth/logout", &[("origin", ORIGIN)]),
        (403, "GET", "/auth/session", &NAVIGATION),
        (403, "GET", "/auth/login", &[("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")]),
        (403, "GET", "/auth/callback?code=1&state=2", &[("sec-fetch-dest", "iframe")]),
        (400, "GET", "/api/%2e%2e/admin", &PAGE),
        (400, "GET", "/api//x", &PAGE),
        (400, "GET", "/api/x\\..\\y", &PAGE),
        (400, "GET", "/api/x", &[PAGE[0], PAGE[1], ("upgrade", "websocket")]),
        (400, "POST", "/api/x", &[PAGE[0], PAGE[1], ("content-length", "1"), ("transfer-encoding", "chunked")]),
        (405, "TRACE", "/api/x", &PAGE),
    ];
    let world = Rc::new(World::new(1));
    let browser = Browser::at(&world, "");
    browser.sign_in("alice");
    for (status, method, path, headers) in rows {
        let (sent, noted) = (world.sent.borrow().len(), world.events.borrow().len());
        let answer = browser.ask(method, path, headers, "");
        assert_eq!(answer.status, status, "{method} {path} {headers:?}");
        assert_eq!((world.sent.borrow().len(), answer.cookies().len()), (sent, 0), "{method} {path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let events = world.events.borrow();
        match status {
            405 => assert_eq!(answer.header("allow"), Some("GET, HEAD, POST, PUT, PATCH, DELETE")),
            403 => assert_eq!(events[noted..], ["requestRefused csrf"], "{method} {path}"),
            _ => assert_eq!(events[noted..], ["requestRefused request_refused"], "{method} {path}"),
        }
    }
}
