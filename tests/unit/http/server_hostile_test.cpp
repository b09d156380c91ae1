// Clients that are slow, rude or lying.
#include "server_fixture.hpp"

namespace nassaq::http::test {
namespace {

using namespace std::chrono_literals;

class HostileClient : public ServerTest {
protected:
    HostileClient() {
        add("GET", "/", [](Request&) { return text_response("root"); });
        add("POST", "/echo", [](Request& request) { return text_response(request.body); });
        options_.limits.header_timeout = 300ms;
        options_.limits.idle_timeout = 400ms;
        options_.limits.stall_timeout = 300ms;
    }
};

struct Smuggling {
    std::string_view name;
    std::string_view request;
    int status;
};

class Refused : public HostileClient, public ::testing::WithParamInterface<Smuggling> {};

TEST_P(Refused, IsAnsweredAndClosed) {
    start();
    auto client = connect();
    client.send(std::string(GetParam().request) + "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto answer = client.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, GetParam().status);
    EXPECT_EQ(answer->header("content-type"), "application/json");
    EXPECT_EQ(answer->header("connection"), "close");
    EXPECT_TRUE(answer->body.starts_with(R"({"detail":")")) << answer->body;
    EXPECT_NE(answer->header("x-request-id"), "(absent)");
    client.finish_sending();
    EXPECT_TRUE(client.is_closed_by_server()) << "something smuggled was answered";
}

INSTANTIATE_TEST_SUITE_P(
    Table, Refused,
    ::testing::Values(
        Smuggling{"ClTe",
                  "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                  400},
        Smuggling{"TeCl",
                  "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
                  400},
        Smuggling{"TwoLengths", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nhello",
                  400},
        Smuggling{"UnknownCoding", "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
        Smuggling{"FoldedCoding", "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
                  400},
        Smuggling{"BareLineFeed", "GET / HTTP/1.1\nHost: x\n\n", 400},
        Smuggling{"BareLineFeedInHead", "GET / HTTP/1.1\r\nHost: x\r\nA: b\nTransfer-Encoding: chunked\r\n\r\n", 400},
        Smuggling{"BareCarriageReturn", "GET / HTTP/1.1\r\nHost: x\r\nA: b\rX: y\r\n\r\n", 400},
        Smuggling{"BlankBeforeColon", "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
                  400},
        Smuggling{"NoHost", "GET / HTTP/1.1\r\n\r\n", 400},
        Smuggling{"TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        Smuggling{"Version", "GET / HTTP/3.0\r\nHost: x\r\n\r\n", 505}, Smuggling{"Nonsense", "\x80\x81\r\n\r\n", 400},
        Smuggling{"Path", "GET /%ff HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        Smuggling{"Expectation", "GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n", 417}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(HostileClient, MaySendNoEndlessHeader) {
    start();
    auto fields = connect();
    const Answer answer = fields.exchange("GET / HTTP/1.1\r\nHost: x\r\n" + std::string(17'000, 'a'));
    EXPECT_EQ(answer.status, 431);
    EXPECT_EQ(answer.body,
              R"({"detail":"Request header too large, Max Limit is set to 16384 bytes","code":"header_too_large"})");
    auto line = connect();
    EXPECT_EQ(line.exchange("GET /" + std::string(17'000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n").status, 431);
    std::string many = "GET / HTTP/1.1\r\nHost: x\r\n";
    for (int i = 0; i < 3000; ++i) many += "A: b\r\n";
    EXPECT_EQ(connect().exchange(many + "\r\n").status, 431);
    EXPECT_EQ(connect().exchange("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(15'000, 'a') + "\r\n\r\n").status,
              200);
}

TEST_F(HostileClient, MayNotTakeForeverOverAHeader) {
    start();
    auto client = connect();
    const auto begin = std::chrono::steady_clock::now();
    client.send("GET / HTTP/1.1\r\n");
    // Each byte comes well within any time between two bytes; what counts is the whole.
    while (!client.wait_readable(50ms)) {
        ASSERT_LT(std::chrono::steady_clock::now() - begin, 3s) << "still waiting";
        client.send("a");
    }
    EXPECT_EQ(client.receive()->status, 408);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 290ms);
}

TEST_F(HostileClient, IsClosedWhenIdle) {
    start();
    auto silent = connect();
    auto served = connect();
    served.exchange(get("/"));
    EXPECT_TRUE(silent.is_closed_by_server());
    EXPECT_TRUE(served.is_closed_by_server());
    EXPECT_TRUE(eventually([&] { return server_->connection_count() == 0; }));
}

TEST_F(HostileClient, MayNotStallInABody) {
    start();
    auto client = connect();
    client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n0123");
    const auto answer = client.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 408);
    client.finish_sending();
    EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(HostileClient, MayNotStallInReading) {
    add("GET", "/large", [](Request&) { return text_response(std::string(30'000'000, 'x')); });
    start();
    auto client = connect();
    client.send(get("/large"));
    EXPECT_TRUE(eventually([&] { return server_->connection_count() == 1; }));
    EXPECT_TRUE(eventually([&] { return server_->connection_count() == 0; }));
    ASSERT_EQ(finished().size(), 1U);
    EXPECT_LT(finished()[0].bytes_sent, 30'000'000U);
}

TEST_F(HostileClient, MayBeSlowAsLongAsItGoesOn) {
    options_.limits.stall_timeout = 2s;
    start();
    auto client = connect();
    client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n");
    for (const char c : std::string("0123456789")) {
        std::this_thread::sleep_for(250ms);
        client.send(std::string(1, c));
    }
    EXPECT_EQ(client.receive()->body, "0123456789");
}

TEST_F(HostileClient, MayNotTrickleABodyForEver) {
    add({.method = "POST", .pattern = "/upload", .body = BodyKind::multipart, .guard = {}, .handle = [](Request&) {
             return text_response("taken");
         }});
    options_.limits.body_timeout = 500ms;
    options_.limits.body_rate_window = 300ms;
    start();
    const std::string form = "Content-Type: multipart/form-data; boundary=B\r\n";
    for (const std::string& head : std::vector<std::string>{
             "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n",
             "POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n",
             "POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n" + form + "\r\n",
             "POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" + form + "\r\nFFFFF\r\n"}) {
        auto client = connect();
        client.send(head);
        std::jthread trickle([&](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                client.send("x");
                std::this_thread::sleep_for(50ms);
            }
        });
        const auto answer = client.receive();
        ASSERT_TRUE(answer) << head;
        EXPECT_EQ(answer->status, head.starts_with("POST /nowhere") ? 404 : 408) << head;
        EXPECT_TRUE(eventually([&] { return server_->connection_count() == 0; })) << head;
    }
    EXPECT_EQ(spool_files(), 0U);
}

TEST_F(HostileClient, MayPipelineAFlood) {
    start();
    auto client = connect();
    std::string flood;
    for (int i = 0; i < 2000; ++i) flood += get("/");
    std::thread sender([&] { client.send(flood); });
    int answered = 0;
    for (int i = 0; i < 2000; ++i) {
        const auto answer = client.receive();
        if (!answer || answer->status != 200) break;
        ++answered;
    }
    sender.join();
    EXPECT_EQ(answered, 2000);
}

TEST_F(HostileClient, MayGoAwayAtAnyTime) {
    add("GET", "/slow", [](Request&) {
        std::this_thread::sleep_for(20ms);
        return text_response(std::string(100'000, 'x'));
    });
    start();
    const std::string request = post("/echo", "0123456789") + get("/slow");
    for (std::size_t i = 0; i <= request.size(); i += 5) {
        auto client = connect();
        client.send(std::string_view(request).substr(0, i));
        if (i % 2 == 0) client.reset();
    }
    EXPECT_TRUE(eventually([&] { return server_->connection_count() == 0; }));
    EXPECT_EQ(connect().exchange(get("/")).status, 200);
}

TEST_F(HostileClient, MayHoldHundredsOfConnections) {
    options_.limits.idle_timeout = 60s;
    start();
    std::vector<RawClient> idle;
    for (int i = 0; i < 400; ++i) idle.push_back(connect());
    EXPECT_TRUE(eventually([&] { return server_->connection_count() == 400; }));
    EXPECT_EQ(connect().exchange(get("/")).body, "root");
    EXPECT_EQ(idle[399].exchange(get("/")).body, "root");
}

}  // namespace
}  // namespace nassaq::http::test
