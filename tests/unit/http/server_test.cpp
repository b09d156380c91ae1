// The plain conversation: routing, order, framing and fields of answers.
#include <atomic>
#include <thread>

#include "server_fixture.hpp"

namespace nassaq::http::test {
namespace {

using HttpServer = ServerTest;

TEST_F(HttpServer, AnswersAGet) {
    add("GET", "/hello", [](Request&) { return text_response("hi"); });
    start();
    const Answer answer = connect().exchange(get("/hello"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hi");
    EXPECT_EQ(answer.header("content-type"), "text/plain");
    EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
    EXPECT_EQ(answer.header("connection"), "(absent)");
    EXPECT_EQ(answer.header("server"), "(absent)");
    EXPECT_TRUE(answer.header("date").ends_with(" GMT"));
}

TEST_F(HttpServer, KeepsTheConnection) {
    int count = 0;
    add("GET", "/count", [&](Request&) { return text_response(std::to_string(++count)); });
    start();
    auto client = connect();
    EXPECT_EQ(client.exchange(get("/count")).body, "1");
    EXPECT_EQ(client.exchange(get("/count")).body, "2");
    EXPECT_EQ(server_->connection_count(), 1U);
}

TEST_F(HttpServer, AnswersPipelinedRequestsInOrder) {
    add("GET", "/wait/{ms}", [](Request& request) {
        std::this_thread::sleep_for(std::chrono::milliseconds(std::stoi(request.path_parameters[0])));
        return text_response(request.path_parameters[0]);
    });
    add("POST", "/echo", [](Request& request) { return text_response(request.body); });
    start();
    auto client = connect();
    client.send(get("/wait/40") + post("/echo", "body") + get("/wait/1") + get("/none") + get("/wait/0"));
    EXPECT_EQ(client.receive()->body, "40");
    EXPECT_EQ(client.receive()->body, "body");
    EXPECT_EQ(client.receive()->body, "1");
    EXPECT_EQ(client.receive()->status, 404);
    EXPECT_EQ(client.receive()->body, "0");
}

TEST_F(HttpServer, RefusesUnknownRoutes) {
    add("GET", "/a", [](Request&) { return text_response("a"); });
    add("POST", "/a", [](Request&) { return text_response("a"); });
    start();
    auto client = connect();
    const Answer missing = client.exchange(get("/b"));
    EXPECT_EQ(missing.status, 404);
    EXPECT_EQ(missing.body, R"({"detail":"Not Found","code":"route_not_found"})");
    EXPECT_EQ(missing.header("content-type"), "application/json");
    const Answer wrong = client.exchange("DELETE /a HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(wrong.body, R"({"detail":"Method Not Allowed","code":"method_not_allowed"})");
    EXPECT_EQ(wrong.header("allow"), "GET, HEAD, POST");
    EXPECT_EQ(client.exchange("OPTIONS /a HTTP/1.1\r\nHost: x\r\n\r\n").status, 405);
    EXPECT_EQ(client.exchange("TRACE /b HTTP/1.1\r\nHost: x\r\n\r\n").status, 405);
    EXPECT_EQ(client.exchange("CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n").status, 405);
    EXPECT_EQ(client.exchange("get /a HTTP/1.1\r\nHost: x\r\n\r\n").status, 405);
}

TEST_F(HttpServer, RedirectsToTheOtherSlash) {
    add("GET", "/users/", [](Request&) { return text_response("list"); });
    add("POST", "/login", [](Request&) { return text_response("in"); });
    start();
    auto client = connect();
    const Answer added = client.exchange("GET /users?skip=0&q=%D8%A3 HTTP/1.1\r\nHost: docs.example:8000\r\n\r\n");
    EXPECT_EQ(added.status, 307);
    EXPECT_EQ(added.header("location"), "http://docs.example:8000/users/?skip=0&q=%D8%A3");
    EXPECT_EQ(added.header("content-length"), "0");
    EXPECT_EQ(client.exchange(post("/login/", "x")).header("location"), "http://localhost/login");
    EXPECT_EQ(client.exchange("DELETE /users HTTP/1.1\r\nHost: x\r\n\r\n").status, 307);
    EXPECT_EQ(client.exchange(get("/nothing/")).status, 404);
}

TEST_F(HttpServer, AnswersHeadWhereverGetIs) {
    bool head_seen = false;
    add("GET", "/text", [&](Request& request) {
        head_seen = request.method == "HEAD";
        return text_response("twelve bytes");
    });
    add("GET", "/next", [](Request&) { return text_response("next"); });
    start();
    auto client = connect();
    const Answer answer = client.exchange("HEAD /text HTTP/1.1\r\nHost: x\r\n\r\n", true);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("content-length"), "12");
    EXPECT_TRUE(head_seen);
    EXPECT_EQ(client.exchange(get("/next")).body, "next");
}

TEST_F(HttpServer, GivesEachRequestAnId) {
    add("GET", "/id", [](Request& request) { return text_response(request.request_id); });
    start();
    auto client = connect();
    const Answer own = client.exchange(get("/id", "X-Request-ID: abc-1\r\n"));
    EXPECT_EQ(own.body, "abc-1");
    EXPECT_EQ(own.header("x-request-id"), "abc-1");
    const Answer first = client.exchange(get("/id"));
    const Answer second = client.exchange(get("/id", "X-Request-ID: " + std::string(129, 'a') + "\r\n"));
    const Answer third = client.exchange(get("/id", "X-Request-ID: two words\r\n"));
    EXPECT_EQ(first.body, first.header("x-request-id"));
    EXPECT_NE(first.body, second.body);
    EXPECT_EQ(second.body.size(), first.body.size());
    EXPECT_EQ(third.body.size(), first.body.size());
    EXPECT_EQ(client.exchange(get("/none", "X-Request-ID: " + std::string(128, '~') + "\r\n")).header("x-request-id"),
              std::string(128, '~'));
}

TEST_F(HttpServer, SendsNoBodyWith204) {
    add("DELETE", "/x", [](Request&) { return Response{.status = 204, .headers = {}, .body = {}}; });
    start();
    auto client = connect();
    const Answer answer = client.exchange("DELETE /x HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(answer.status, 204);
    EXPECT_EQ(answer.header("content-length"), "(absent)");
    EXPECT_EQ(client.exchange("DELETE /x HTTP/1.1\r\nHost: x\r\n\r\n").status, 204);
}

TEST_F(HttpServer, TurnsExceptionsIntoAnswers) {
    add("GET", "/problem", [](Request&) -> Response {
        throw Problem(409, RefusalCode::path_exists, "taken").with_header("x-why", "because");
    });
    add("GET", "/unauthorized",
        [](Request&) -> Response { throw Problem(401, RefusalCode::not_authenticated, "Not authenticated"); });
    add("GET", "/failure", [](Request&) -> Response { throw std::runtime_error("secret detail"); });
    add("GET", "/memory", [](Request&) -> Response { throw std::bad_alloc(); });
    add("GET", "/number", [](Request&) -> Response { throw 42; });
    start();
    auto client = connect();
    const Answer problem = client.exchange(get("/problem"));
    EXPECT_EQ(problem.status, 409);
    EXPECT_EQ(problem.body, R"({"detail":"taken","code":"path_exists"})");
    EXPECT_EQ(problem.header("x-why"), "because");
    EXPECT_EQ(client.exchange(get("/unauthorized")).header("www-authenticate"), "Bearer");
    for (const auto* path : {"/failure", "/memory", "/number"}) {
        const Answer failure = client.exchange(get(path));
        EXPECT_EQ(failure.status, 500) << path;
        EXPECT_EQ(failure.body, R"({"detail":"Internal Server Error","code":"internal_error"})") << path;
    }
}

TEST_F(HttpServer, RunsTheGuardBeforeTheHandler) {
    bool handled = false;
    add({.method = "GET",
         .pattern = "/guarded",
         .guard = [](Request& request) -> std::optional<Response> {
             if (!request.headers.find("authorization")) return refusal(401);
             request.caller = std::string("somebody");
             return std::nullopt;
         },
         .handle =
             [&](Request& request) {
                 handled = true;
                 return text_response(std::any_cast<std::string>(request.caller));
             }});
    start();
    auto client = connect();
    EXPECT_EQ(client.exchange(get("/guarded")).status, 401);
    EXPECT_FALSE(handled);
    EXPECT_EQ(client.exchange(get("/guarded", "Authorization: x\r\n")).body, "somebody");
}

/// Answers "recalled VERSION" at even versions of the state, and else "handled".
class HttpRecall : public ServerTest {
protected:
    HttpRecall() {
        options_.general_threads = 1;
        options_.state_version = [this]() -> std::optional<std::int64_t> {
            if (version_ < 0) return std::nullopt;
            return version_.load();
        };
        add({.method = "GET",
             .pattern = "/state",
             .recall = [](Request& request) -> std::optional<Response> {
                 const std::int64_t version = request.state_version.value();
                 if (version == 6) throw Problem(418, RefusalCode::malformed_request, "no coffee");
                 if (version % 2 == 1) return std::nullopt;
                 return text_response("recalled " + std::to_string(version));
             },
             .guard = {},
             .handle = [](Request&) { return text_response("handled"); }});
    }

    std::atomic<std::int64_t> version_ = 2;
};

TEST_F(HttpRecall, GivesKnownAnswersWithoutAThreadOfThePool) {
    Gate gate;
    add("GET", "/wait", [&](Request&) {
        gate.wait();
        return text_response("waited");
    });
    start();
    auto waiting = connect();
    waiting.send(get("/wait"));
    auto client = connect();
    EXPECT_EQ(client.exchange(get("/state")).body, "recalled 2");
    EXPECT_EQ(client.exchange("HEAD /state HTTP/1.1\r\nHost: x\r\n\r\n", true).header("content-length"), "10");
    gate.open();
    EXPECT_EQ(waiting.receive()->body, "waited");
}

TEST_F(HttpRecall, LeavesTheRestToTheHandler) {
    start();
    auto client = connect();
    version_ = 3;
    EXPECT_EQ(client.exchange(get("/state")).body, "handled") << "nothing known";
    version_ = -1;
    EXPECT_EQ(client.exchange(get("/state")).body, "handled") << "no version";
    version_ = 4;
    EXPECT_EQ(client.exchange(get("/state", "Content-Length: 2\r\n") + "{}").body, "handled") << "a body to be read";
    EXPECT_EQ(client.exchange(get("/state")).body, "recalled 4");
}

TEST_F(HttpRecall, MayRefuse) {
    version_ = 6;
    start();
    EXPECT_EQ(connect().exchange(get("/state")).status, 418);
}

TEST_F(HttpRecall, EachRequestSeesTheStateAsItIsSinceItCameIn) {
    start();
    std::atomic<bool> done = false;
    std::jthread noise([&] {
        auto other = connect();
        while (!done) other.exchange(get("/state"));
    });
    auto client = connect();
    for (std::int64_t i = 0; i < 500; ++i) {
        const std::int64_t version = version_ += version_ == 4 ? 4 : 2;
        ASSERT_EQ(client.exchange(get("/state")).body, "recalled " + std::to_string(version));
    }
    done = true;
}

TEST_F(HttpServer, SpeaksHttp10) {
    add("GET", "/", [](Request&) { return text_response("root"); });
    start();
    auto brief = connect();
    EXPECT_EQ(brief.exchange("GET / HTTP/1.0\r\n\r\n").header("connection"), "close");
    EXPECT_TRUE(brief.is_closed_by_server());
    auto lasting = connect();
    EXPECT_EQ(lasting.exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").header("connection"), "keep-alive");
    EXPECT_EQ(lasting.exchange("GET / HTTP/1.0\r\n\r\n").body, "root");
}

TEST_F(HttpServer, ClosesWhenAsked) {
    add("GET", "/", [](Request&) { return text_response("root"); });
    start();
    auto client = connect();
    EXPECT_EQ(client.exchange(get("/", "Connection: close\r\n")).header("connection"), "close");
    EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(HttpServer, AnswersAClientThatHasFinishedSending) {
    add("GET", "/", [](Request&) { return text_response("root"); });
    start();
    auto client = connect();
    client.send(get("/"));
    client.finish_sending();
    EXPECT_EQ(client.receive()->body, "root");
    EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(HttpServer, TakesAnAbsoluteTarget) {
    add("GET", "/a", [](Request& request) {
        return text_response(request.path + '|' + request.query + '|' + std::string(*request.headers.find("host")));
    });
    add("GET", "/", [](Request&) { return text_response("root"); });
    start();
    auto client = connect();
    EXPECT_EQ(client.exchange("GET http://other:1/a?b=c HTTP/1.1\r\nHost: x\r\n\r\n").body, "/a|b=c|other:1");
    EXPECT_EQ(client.exchange("GET http://other HTTP/1.1\r\nHost: x\r\n\r\n").body, "root");
}

TEST_F(HttpServer, SkipsEmptyLinesBeforeARequest) {
    add("GET", "/", [](Request&) { return text_response("root"); });
    start();
    EXPECT_EQ(connect().exchange("\r\n\r\n" + get("/")).body, "root");
}

TEST_F(HttpServer, DecodesPathParameters) {
    add("GET", "/file/{name}", [](Request& request) { return text_response(request.path_parameters.at(0)); });
    start();
    auto client = connect();
    EXPECT_EQ(client.exchange(get("/file/%D8%B9%20x%2Fy")).body, "ع x/y");
    EXPECT_EQ(client.exchange(get("/file/ع")).body, "ع");
}

TEST_F(HttpServer, ReportsFinishedRequests) {
    add("GET", "/", [](Request&) { return text_response("root"); });
    start();
    auto client = connect();
    client.exchange(get("/", "X-Request-ID: r1\r\n"));
    client.exchange(get("/none"));
    ASSERT_TRUE(eventually([&] { return finished().size() == 2; }));
    const auto records = finished();
    EXPECT_TRUE(records[0].routed);
    EXPECT_EQ(records[0].status, 200);
    EXPECT_EQ(records[0].request_id, "r1");
    EXPECT_EQ(records[0].client_address, "127.0.0.1");
    EXPECT_GT(records[0].bytes_sent, 100U);
    EXPECT_FALSE(records[1].routed);
    EXPECT_EQ(records[1].status, 404);
    EXPECT_EQ(records[1].path, "/none");
}

TEST_F(HttpServer, BelievesATrustedProxy) {
    options_.trusted_proxies = {"127.0.0.0/8"};
    add("GET", "/who", [](Request& request) { return text_response(request.client_address); });
    add("GET", "/slash/", [](Request&) { return text_response(""); });
    start();
    auto client = connect();
    EXPECT_EQ(client.exchange(get("/who", "X-Forwarded-For: 6.6.6.6, 203.0.113.7, 127.0.0.2\r\n")).body, "203.0.113.7");
    EXPECT_EQ(client.exchange(get("/slash", "X-Forwarded-Proto: https\r\n")).header("location"),
              "https://localhost/slash/");
}

TEST_F(HttpServer, AddsCorsToErrorsToo) {
    add("GET", "/", [](Request&) -> Response { throw std::runtime_error("x"); });
    start();
    auto client = connect();
    for (const auto* path : {"/", "/none"}) {
        const Answer answer = client.exchange(get(path, "Origin: http://localhost:8080\r\n"));
        EXPECT_EQ(answer.header("access-control-allow-origin"), "http://localhost:8080") << path;
        EXPECT_EQ(answer.header("access-control-allow-credentials"), "true") << path;
        EXPECT_EQ(answer.header("vary"), "Origin") << path;
    }
    const Answer preflight = client.exchange(
        "OPTIONS /any HTTP/1.1\r\nHost: x\r\nOrigin: http://evil\r\nAccess-Control-Request-Method: GET\r\n\r\n");
    EXPECT_EQ(preflight.status, 400);
    EXPECT_EQ(preflight.body, "Disallowed CORS origin");
}

TEST_F(HttpServer, KeepsControlCharactersOutOfItsFields) {
    add("GET", "/", [](Request&) {
        Response response = text_response("x");
        response.headers.add("x-name", "a\r\nSet-Cookie: b\x7f");
        return response;
    });
    start();
    const Answer answer = connect().exchange(get("/"));
    EXPECT_EQ(answer.header("x-name"), "a  Set-Cookie: b");
    EXPECT_EQ(answer.header("set-cookie"), "(absent)");
}

}  // namespace
}  // namespace nassaq::http::test
