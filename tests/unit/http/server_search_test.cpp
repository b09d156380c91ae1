// Endpoints on Pool::searching: each user's line, the end of a search nobody waits for, and its time.
#include <atomic>
#include <condition_variable>
#include <thread>

#include "server_fixture.hpp"

namespace nassaq::http::test {
namespace {

using namespace std::chrono_literals;

class ServerSearch : public ServerTest {
protected:
    ServerSearch() {
        options_.searching_threads = 2;
        options_.limits.searches_per_user = 1;
        add({.method = "GET",
             .pattern = "/search/{user}",
             .pool = Pool::searching,
             .owner = [](Request& request) { return static_cast<Owner>(std::stoull(request.path_parameters.front())); },
             .guard = [](Request& request) -> std::optional<Response> {
                 request.user_id = std::stoll(request.path_parameters.front());
                 return std::nullopt;
             },
             .handle =
                 [this](Request& request) {
                     ++begun_;
                     std::mutex mutex;
                     std::condition_variable_any changed;
                     std::unique_lock lock(mutex);
                     while (!is_open_ && !request.stop.stop_requested()) {
                         changed.wait_for(lock, request.stop, 1ms, [&] { return is_open_.load(); });
                     }
                     if (request.stop.stop_requested()) {
                         ++stopped_;
                         throw Problem(503, RefusalCode::search_timeout, "stopped");
                     }
                     return text_response("found");
                 }});
    }

    std::atomic<int> begun_ = 0;
    std::atomic<int> stopped_ = 0;
    std::atomic<bool> is_open_ = false;
};

TEST_F(ServerSearch, EndsWhenItsClientGoes) {
    start();
    {
        auto client = connect();
        client.send(get("/search/1"));
        ASSERT_TRUE(eventually([&] { return begun_ == 1; }));
    }
    EXPECT_TRUE(eventually([&] { return stopped_ == 1; }));
    EXPECT_TRUE(eventually([&] { return finished().size() == 1; }));
    EXPECT_EQ(finished().front().status, 499);
}

TEST_F(ServerSearch, EndsWhenItsClientGoesBehindTheBeginningOfAnotherRequest) {
    start();
    {
        auto client = connect();
        client.send(get("/search/1"));
        ASSERT_TRUE(eventually([&] { return begun_ == 1; }));
        client.send("G");
        std::this_thread::sleep_for(50ms);
        EXPECT_EQ(stopped_, 0);
    }
    EXPECT_TRUE(eventually([&] { return stopped_ == 1; }));
    EXPECT_TRUE(eventually([&] { return finished().size() == 1; }));
    EXPECT_EQ(finished().front().status, 499);
}

TEST_F(ServerSearch, LeavesAThreadWhenTwoSearchAllTheTime) {
    options_.searching_threads = 4;
    options_.limits.searches_per_user = 2;
    start();
    std::vector<RawClient> greedy;
    for (const std::string user : {"1", "1", "1", "2", "2", "2"}) {
        greedy.push_back(connect());
        greedy.back().send(get("/search/" + user));
    }
    ASSERT_TRUE(eventually([&] { return begun_ == 3 && server_->queued_requests(Pool::searching) == 3; }));
    auto other = connect();
    other.send(get("/search/3"));
    ASSERT_TRUE(eventually([&] { return begun_ == 4; }));
    is_open_ = true;
    EXPECT_EQ(other.receive()->status, 200);
    for (auto& client : greedy) EXPECT_EQ(client.receive()->status, 200);
}

TEST_F(ServerSearch, EndsWhenItsTimeIsUp) {
    options_.limits.search_timeout = 100ms;
    start();
    auto client = connect();
    EXPECT_EQ(client.exchange(get("/search/1")).status, 503);
    is_open_ = true;
    EXPECT_EQ(client.exchange(get("/search/1")).status, 200) << "the connection serves on";
    // With the next request waiting already, so that nothing can be read from the socket by which to know the end.
    is_open_ = false;
    client.send(get("/search/1") + get("/search/1"));
    EXPECT_EQ(client.receive()->status, 503);
    EXPECT_EQ(client.receive()->status, 503);
}

TEST_F(ServerSearch, OneUsersSearchesWaitForEachOtherAndForNoOthers) {
    start();
    auto first = connect();
    first.send(get("/search/1"));
    auto second = connect();
    second.send(get("/search/1"));
    ASSERT_TRUE(eventually([&] { return server_->queued_requests(Pool::searching) == 1 && begun_ == 1; }));
    auto other = connect();
    other.send(get("/search/2"));
    ASSERT_TRUE(eventually([&] { return begun_ == 2; })) << "another's is not behind them";
    EXPECT_EQ(server_->queued_requests(Pool::searching), 1U);
    is_open_ = true;
    EXPECT_EQ(first.receive()->status, 200);
    EXPECT_EQ(second.receive()->status, 200);
    EXPECT_EQ(other.receive()->status, 200);
}

TEST_F(ServerSearch, StopsWithTheServer) {
    start();
    auto client = connect();
    client.send(get("/search/1"));
    ASSERT_TRUE(eventually([&] { return begun_ == 1; }));
    server_->stop(50ms);
    EXPECT_EQ(stopped_, 1);
}

}  // namespace
}  // namespace nassaq::http::test
