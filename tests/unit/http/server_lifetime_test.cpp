// Starting, stopping, and what happens when there is more to do than can be done.
#include <algorithm>
#include <boost/system/system_error.hpp>
#include <iterator>

#include "server_fixture.hpp"

namespace nassaq::http::test {
namespace {

using namespace std::chrono_literals;

class ServerLifetime : public ServerTest {
protected:
    ServerLifetime() {
        add("GET", "/", [](Request&) { return text_response("root"); });
        add("GET", "/wait", [this](Request&) {
            ++waiting_;
            gate_.wait();
            return text_response("waited");
        });
        add({.method = "GET", .pattern = "/alive", .pool = Pool::none, .guard = {}, .handle = [](Request&) {
                 return Response{.status = 204, .headers = {}, .body = {}};
             }});
        add({.method = "POST", .pattern = "/hash", .pool = Pool::hashing, .guard = {}, .handle = [this](Request&) {
                 ++waiting_;
                 gate_.wait();
                 return text_response("hashed");
             }});
    }
    /// "/mine" waits for the gate when X-Owner says whose it is, and is answered at once to somebody else.
    void add_slow_for_owners() {
        const auto by_header = [](Request& request) -> Owner {
            return std::stoull(std::string(request.headers.find("x-owner").value_or("9")));
        };
        add({.method = "GET", .pattern = "/mine", .owner = by_header, .guard = {}, .handle = [this](Request& request) {
                 if (!request.headers.find("x-owner")) return text_response("quick");
                 ++waiting_;
                 gate_.wait();
                 return text_response("slow");
             }});
    }
    /// Connections each with a request in flight.
    std::vector<RawClient> occupy(const std::string& request, int count) {
        std::vector<RawClient> clients;
        for (int i = 0; i < count; ++i) {
            clients.push_back(connect());
            clients.back().send(request);
        }
        return clients;
    }

    Gate gate_;
    std::atomic<int> waiting_ = 0;
};

TEST_F(ServerLifetime, NamesTheAddressThatIsTaken) {
    start();
    ServerOptions options;
    options.port = server_->port();
    Server second(options, {}, *spool_);
    try {
        second.start();
        FAIL() << "bound twice";
    } catch (const boost::system::system_error& error) {
        EXPECT_NE(std::string(error.what()).find("127.0.0.1:" + std::to_string(server_->port())), std::string::npos);
    }
    gate_.open();
}

TEST_F(ServerLifetime, StopsAtOnceWhenIdle) {
    start();
    auto silent = connect();
    auto served = connect();
    served.exchange(get("/"));
    ASSERT_TRUE(eventually([&] { return server_->connection_count() == 2; }));
    const auto begin = std::chrono::steady_clock::now();
    server_->stop(30s);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
    EXPECT_TRUE(silent.is_closed_by_server());
    EXPECT_TRUE(served.is_closed_by_server());
    EXPECT_EQ(server_->connection_count(), 0U);
    EXPECT_THROW(connect(), std::runtime_error);
    gate_.open();
}

TEST_F(ServerLifetime, LetsARequestInFlightFinish) {
    start();
    auto clients = occupy(get("/wait"), 1);
    ASSERT_TRUE(eventually([&] { return waiting_ == 1; }));
    auto stopped = std::async(std::launch::async, [&] { server_->stop(30s); });
    EXPECT_EQ(stopped.wait_for(200ms), std::future_status::timeout);
    gate_.open();
    const auto answer = clients[0].receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "waited");
    EXPECT_EQ(answer->header("connection"), "close");
    EXPECT_EQ(stopped.wait_for(2s), std::future_status::ready);
}

TEST_F(ServerLifetime, CutsWhatOutlastsTheGrace) {
    start();
    auto clients = occupy("GET / HTTP/1.1\r\nHost: ", 1);
    ASSERT_TRUE(eventually([&] { return server_->connection_count() == 1; }));
    std::this_thread::sleep_for(50ms);
    const auto begin = std::chrono::steady_clock::now();
    server_->stop(300ms);
    const auto taken = std::chrono::steady_clock::now() - begin;
    EXPECT_GE(taken, 290ms);
    EXPECT_LT(taken, 3s);
    EXPECT_TRUE(clients[0].is_closed_by_server());
    gate_.open();
}

TEST_F(ServerLifetime, CutsSlowReadersAndTricklingUploads) {
    static const std::string page(64'000'000, 'p');
    add("GET", "/large", [](Request&) { return Response{.status = 200, .headers = {}, .body = StaticBody{page}}; });
    add({.method = "POST", .pattern = "/upload", .body = BodyKind::multipart, .handle = [](Request&) {
             return text_response("uploaded");
         }});
    start();
    auto reader = connect();
    reader.send(get("/large"));
    ASSERT_TRUE(reader.wait_readable(2s));
    auto uploader = connect();
    uploader.send(
        "POST /upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        "Content-Length: 100000\r\n\r\n--b\r\n");
    ASSERT_TRUE(eventually([&] { return server_->connection_count() == 2; }));
    std::jthread trickle([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            if (uploader.wait_readable(20ms)) return;
            uploader.send("C");
        }
    });
    const auto begin = std::chrono::steady_clock::now();
    server_->stop(300ms);
    const auto taken = std::chrono::steady_clock::now() - begin;
    EXPECT_GE(taken, 290ms);
    EXPECT_LT(taken, 3s);
    EXPECT_EQ(server_->connection_count(), 0U);
    gate_.open();
}

TEST_F(ServerLifetime, LeavesRoomForOthersWhileOneFloods) {
    options_.spare_threads = 2;
    add_slow_for_owners();
    start();
    auto flood = occupy(get("/mine", "X-Owner: 1\r\n"), 100);
    ASSERT_TRUE(eventually([&] { return waiting_ == 2; }));
    for (int i = 0; i < 10; ++i) EXPECT_EQ(connect().exchange(get("/mine")).body, "quick");
    EXPECT_EQ(waiting_, 2);
    gate_.open();
    for (auto& one : flood) EXPECT_EQ(one.receive()->body, "slow");
}

TEST_F(ServerLifetime, LeavesRoomForOthersWhileManyFlood) {
    options_.limits.queued_requests = 40;
    options_.spare_threads = 8;
    add_slow_for_owners();
    start();
    std::vector<RawClient> floods;
    for (int owner = 1; owner <= 4; ++owner) {
        auto flood = occupy(get("/mine", "X-Owner: " + std::to_string(owner) + "\r\n"), 50);
        std::ranges::move(flood, std::back_inserter(floods));
        ASSERT_TRUE(eventually([&] { return waiting_ == 1 + owner; }));
    }
    ASSERT_TRUE(eventually([&] { return server_->queued_requests(Pool::general) >= 40; }));
    for (int i = 0; i < 10; ++i) EXPECT_EQ(connect().exchange(get("/mine")).body, "quick");
    EXPECT_EQ(waiting_, 2 + 3) << "the first has two threads, each of the others one";
    gate_.open();
    int answered = 0;
    for (auto& client : floods) {
        const auto answer = client.receive();
        ASSERT_TRUE(answer);
        EXPECT_TRUE(answer->status == 200 || answer->status == 503) << answer->status;
        answered += answer->status == 200 ? 1 : 0;
    }
    EXPECT_GE(answered, 40);
}

TEST_F(ServerLifetime, TellsWhetherAllIsWellHoweverManyAsk) {
    options_.limits.queued_requests = 2;
    const Owner line = 7;
    add({.method = "GET",
         .pattern = "/ready",
         .pool = Pool::health,
         .owner = [](Request&) -> Owner { return 1; },
         .line = line,
         .guard = {},
         .handle =
             [this](Request&) {
                 ++waiting_;
                 gate_.wait();
                 return text_response("ready");
             }});
    add({.method = "GET",
         .pattern = "/metrics",
         .pool = Pool::health,
         .line = line + 1,
         .guard = {},
         .handle = [](Request&) { return text_response("metrics"); }});
    start();
    auto flood = occupy(get("/ready"), 200);
    ASSERT_TRUE(eventually([&] { return server_->queued_requests(Pool::health) == 199; }));
    EXPECT_EQ(waiting_, 1) << "they stand in one line";
    EXPECT_EQ(connect().exchange(get("/metrics")).body, "metrics");
    gate_.open();
    for (auto& one : flood) EXPECT_EQ(one.receive()->status, 200);
}

TEST_F(ServerLifetime, CountsAnswersForWhoeverReadsThemNotForTheirLine) {
    options_.limits.answer_bytes = 100'000'000;
    add({.method = "GET",
         .pattern = "/metrics",
         .pool = Pool::health,
         .owner = [](Request& request) -> Owner { return request.headers.find("x-owner") ? 1 : 2; },
         .line = 7,
         .guard = {},
         .handle = [](Request&) { return text_response(std::string(20'000'000, 'x')); }});
    start();
    auto slow = connect();
    slow.send(get("/metrics", "X-Owner: 1\r\n"));
    ASSERT_TRUE(slow.wait_readable(5s));
    EXPECT_EQ(connect().exchange(get("/metrics", "X-Owner: 1\r\n")).status, 503);
    EXPECT_EQ(connect().exchange(get("/metrics")).body.size(), 20'000'000U);
    gate_.open();
}

TEST_F(ServerLifetime, RefusesAnswersOverTheirMemory) {
    options_.limits.answer_bytes = 8'000'000;
    const auto by_header = [](Request& request) -> Owner { return request.headers.find("x-owner") ? 1 : 2; };
    add({.method = "GET", .pattern = "/large", .owner = by_header, .guard = {}, .handle = [](Request&) {
             return text_response(std::string(1'500'000, 'x'));
         }});
    add({.method = "GET", .pattern = "/huge", .owner = by_header, .guard = {}, .handle = [](Request&) {
             return text_response(std::string(2'500'000, 'x'));
         }});
    start();
    auto client = connect();
    EXPECT_EQ(client.exchange(get("/large")).body.size(), 1'500'000U);
    const Answer refused = client.exchange(get("/huge"));
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.header("retry-after"), "1");
    EXPECT_EQ(client.exchange(get("/large")).status, 200) << "what was sent is free again";
    gate_.open();
}

TEST_F(ServerLifetime, StopsUnderLoad) {
    options_.io_threads = 2;
    start();
    std::atomic<bool> stopping = false;
    std::vector<std::future<int>> loads;
    for (int i = 0; i < 4; ++i) {
        loads.push_back(std::async(std::launch::async, [&] {
            int answered = 0;
            auto client = connect();
            while (!stopping) {
                client.send(get("/"));
                if (!client.receive()) break;
                ++answered;
            }
            return answered;
        }));
    }
    std::this_thread::sleep_for(100ms);
    server_->stop(5s);
    stopping = true;
    for (auto& load : loads) EXPECT_GT(load.get(), 0);
    gate_.open();
}

TEST_F(ServerLifetime, AnswersBusyWhenTheQueueIsFull) {
    options_.limits.queued_requests = 3;
    start();
    auto waiting = occupy(get("/wait"), 2);
    ASSERT_TRUE(eventually([&] { return waiting_ == 2; }));
    auto queued = occupy(get("/"), 3);
    std::this_thread::sleep_for(50ms);
    auto client = connect();
    const Answer busy = client.exchange(get("/"));
    EXPECT_EQ(busy.status, 503);
    EXPECT_EQ(busy.body, R"({"detail":"Server is busy, please retry.","code":"server_busy"})");
    EXPECT_EQ(busy.header("retry-after"), "1");
    EXPECT_EQ(busy.header("connection"), "(absent)");
    // Neither the liveness check nor routing waits for a pool.
    EXPECT_EQ(client.exchange(get("/alive")).status, 204);
    EXPECT_EQ(client.exchange(get("/none")).status, 404);
    gate_.open();
    for (auto& one : waiting) EXPECT_EQ(one.receive()->body, "waited");
    for (auto& one : queued) EXPECT_EQ(one.receive()->body, "root");
    EXPECT_EQ(client.exchange(get("/")).body, "root");
}

TEST_F(ServerLifetime, ServesReadsWhileHashesWait) {
    start();
    auto hashing = occupy(post("/hash", "a=b"), 5);
    ASSERT_TRUE(eventually([&] { return waiting_ == 1; }));
    EXPECT_EQ(connect().exchange(get("/")).body, "root");
    gate_.open();
    for (auto& one : hashing) EXPECT_EQ(one.receive()->body, "hashed");
}

TEST_F(ServerLifetime, RefusesOneConnectionTooMany) {
    options_.limits.connections = 2;
    start();
    auto first = connect();
    {
        auto second = connect();
        ASSERT_TRUE(eventually([&] { return server_->connection_count() == 2; }));
        auto third = connect();
        const auto refusal = third.receive();
        ASSERT_TRUE(refusal);
        EXPECT_EQ(refusal->status, 503);
        EXPECT_EQ(refusal->header("retry-after"), "1");
        EXPECT_TRUE(third.is_closed_by_server());
        EXPECT_EQ(first.exchange(get("/")).body, "root");
    }
    ASSERT_TRUE(eventually([&] { return server_->connection_count() == 1; }));
    EXPECT_EQ(connect().exchange(get("/")).body, "root");
    gate_.open();
}

TEST_F(ServerLifetime, ServesOnSeveralThreads) {
    options_.io_threads = 3;
    start();
    std::vector<RawClient> clients;
    for (int i = 0; i < 9; ++i) clients.push_back(connect());
    for (auto& client : clients) EXPECT_EQ(client.exchange(get("/")).body, "root");
    gate_.open();
}

TEST_F(ServerLifetime, EndsWithoutHavingStarted) {
    const Server server(options_, endpoints_, *spool_);
    gate_.open();
}

}  // namespace
}  // namespace nassaq::http::test
