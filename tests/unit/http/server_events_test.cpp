// Answers that come bit by bit for as long as the client stays.
#include <atomic>
#include <deque>
#include <stdexcept>
#include <thread>

#include "server_fixture.hpp"

namespace nassaq::http::test {
namespace {

using namespace std::chrono_literals;

/// What the test says, and what becomes of those who listen.
class Stage {
public:
    void say(std::string text) {
        const std::scoped_lock lock(mutex_);
        texts_.push_back(std::move(text));
        if (wake_) wake_();
    }
    void end() {
        const std::scoped_lock lock(mutex_);
        is_over_ = true;
        if (wake_) wake_();
    }
    /// Calls the wake-up from another thread over and over, also while the listener goes.
    void nag(std::chrono::milliseconds time) {
        const auto until = std::chrono::steady_clock::now() + time;
        while (std::chrono::steady_clock::now() < until) {
            const std::scoped_lock lock(mutex_);
            if (wake_) wake_();
        }
    }

    std::optional<std::string> next() {
        const std::scoped_lock lock(mutex_);
        ++asked;
        if (fails) throw std::runtime_error("the database is away");
        if (texts_.empty()) return is_over_ ? std::nullopt : std::optional<std::string>(std::in_place);
        std::string text = std::move(texts_.front());
        texts_.pop_front();
        return text;
    }
    void set_wake(std::function<void()> wake) {
        const std::scoped_lock lock(mutex_);
        wake_ = std::move(wake);
    }

    std::atomic<int> asked = 0;
    std::atomic<int> opened = 0;
    std::atomic<int> gone = 0;
    std::atomic<bool> fails = false;

private:
    std::mutex mutex_;
    std::deque<std::string> texts_;
    std::function<void()> wake_;
    bool is_over_ = false;
};

class StageSource final : public EventSource {
public:
    explicit StageSource(Stage& stage) : stage_(stage) { ++stage_.opened; }
    ~StageSource() override {
        stage_.set_wake({});
        ++stage_.gone;
    }
    std::optional<std::string> next() override { return stage_.next(); }
    void set_wake(std::function<void()> wake) override { stage_.set_wake(std::move(wake)); }

private:
    Stage& stage_;
};

class HttpEvents : public ServerTest {
protected:
    HttpEvents() {
        add("GET", "/events", [this](Request&) {
            Response response;
            response.headers.add("content-type", "text/event-stream");
            response.body = EventBody{std::make_unique<StageSource>(stage_)};
            return response;
        });
        add("GET", "/other", [](Request&) { return text_response("other"); });
    }
    /// The listeners go with the server, and tell the stage.
    void TearDown() override { server_.reset(); }

    bool is_waiting() {
        return eventually([this] { return stage_.asked > 0; });
    }

    Stage stage_;
};

TEST_F(HttpEvents, ComeAsTheyAreSaid) {
    start();
    auto client = connect();
    client.send(get("/events"));
    ASSERT_TRUE(is_waiting());
    stage_.say("data: 1\n\n");
    stage_.say("data: 2\n\n");
    std::this_thread::sleep_for(50ms);
    stage_.say("data: 3\n\n");
    std::this_thread::sleep_for(50ms);
    stage_.end();
    const std::string all = client.receive_all();
    EXPECT_TRUE(all.ends_with("\r\n\r\ndata: 1\n\ndata: 2\n\ndata: 3\n\n")) << all;
    EXPECT_EQ(all.find("content-length"), std::string::npos);
    EXPECT_NE(all.find("connection: close"), std::string::npos);
    EXPECT_TRUE(eventually([&] { return stage_.gone == 1 && server_->connection_count() == 0; }));
}

TEST_F(HttpEvents, AreHeardAtOnce) {
    start();
    auto client = connect();
    client.send(get("/events"));
    ASSERT_TRUE(is_waiting());
    std::this_thread::sleep_for(100ms);
    ASSERT_TRUE(client.wait_readable(1s));  // The head.
    const auto before = std::chrono::steady_clock::now();
    stage_.say("data: now\n\n");
    stage_.end();
    EXPECT_TRUE(client.receive_all().ends_with("data: now\n\n"));
    EXPECT_LT(std::chrono::steady_clock::now() - before, 2s);
}

TEST_F(HttpEvents, EndWhenTheClientGoes) {
    start();
    for (int i = 1; i <= 3; ++i) {
        {
            const int asked = stage_.asked;
            auto client = connect();
            client.send(get("/events"));
            ASSERT_TRUE(eventually([&] { return stage_.asked > asked; }));
            if (i == 2) client.reset();
            if (i == 3) client.finish_sending();
        }
        EXPECT_TRUE(eventually([&] { return stage_.gone == i && server_->connection_count() == 0; })) << i;
    }
}

TEST_F(HttpEvents, EndWhenTheServerStops) {
    start();
    auto client = connect();
    client.send(get("/events"));
    ASSERT_TRUE(is_waiting());
    const auto before = std::chrono::steady_clock::now();
    server_->stop(20s);
    EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
    EXPECT_EQ(stage_.gone, 1);
}

TEST_F(HttpEvents, EndWhenTheirSourceFails) {
    start();
    auto client = connect();
    client.send(get("/events"));
    ASSERT_TRUE(is_waiting());
    stage_.fails = true;
    stage_.nag(20ms);
    EXPECT_NE(client.receive_all().find("200 OK"), std::string::npos);
    EXPECT_TRUE(eventually([&] { return stage_.gone == 1; }));
}

TEST_F(HttpEvents, SurviveWakeUpsWhileClientsComeAndGo) {
    start();
    std::jthread nagging([&] { stage_.nag(1s); });
    int listeners = 0;
    while (stage_.gone < 50 && listeners < 200) {
        auto client = connect();
        client.send(get("/events"));
        ++listeners;
        if (listeners % 2 == 0) {
            ASSERT_TRUE(client.wait_readable(2s));
        }
        if (listeners % 3 == 0) client.reset();
    }
    nagging.join();
    EXPECT_TRUE(eventually([&] { return stage_.gone == stage_.opened && server_->connection_count() == 0; }))
        << stage_.gone << " of " << stage_.opened << " gone, " << server_->connection_count() << " connections";
}

TEST_F(HttpEvents, OccupyNoThreadWhileTheyWait) {
    options_.general_threads = 1;
    start();
    std::vector<RawClient> listeners;
    for (int i = 0; i < 20; ++i) {
        listeners.push_back(connect());
        listeners.back().send(get("/events"));
    }
    auto client = connect();
    EXPECT_EQ(client.exchange(get("/other")).body, "other");
}

TEST_F(HttpEvents, DoNotAnswerWhatTheClientSaysMeanwhile) {
    start();
    auto client = connect();
    client.send(get("/events") + get("/other"));
    ASSERT_TRUE(is_waiting());
    client.send(std::string(100'000, 'x'));
    stage_.say("data: 1\n\n");
    stage_.end();
    const std::string all = client.receive_all();
    EXPECT_EQ(all.find("other"), std::string::npos);
    EXPECT_NE(all.find("data: 1\n\n"), std::string::npos);
}

TEST_F(HttpEvents, AreNotBegunForHead) {
    start();
    auto client = connect();
    EXPECT_EQ(client.exchange("HEAD /events HTTP/1.1\r\nHost: x\r\n\r\n", true).status, 200);
    EXPECT_EQ(stage_.asked, 0);
    EXPECT_TRUE(eventually([&] { return stage_.gone == 1; }));
}

TEST_F(HttpEvents, OfASlowClientAreNotGatheredInMemory) {
    options_.limits.stall_timeout = 300ms;
    start();
    auto client = connect();
    client.send(get("/events"));
    ASSERT_TRUE(is_waiting());
    for (int i = 0; i < 200; ++i) stage_.say(std::string(100'000, 'x'));
    EXPECT_TRUE(eventually([&] { return stage_.gone == 1; }));  // It was cut, and
    EXPECT_LT(stage_.asked, 200);                               // the source not asked for what nobody took.
}

TEST_F(ServerTest, CapsTheConnectionsOfOneClient) {
    options_.limits.connections_per_client = 2;
    add("GET", "/", [](Request&) { return text_response("x"); });
    start();
    auto first = connect();
    EXPECT_EQ(first.exchange(get("/")).status, 200);
    {
        auto second = connect();
        EXPECT_EQ(second.exchange(get("/")).status, 200);
        auto third = connect();
        const auto refusal = third.receive();
        ASSERT_TRUE(refusal);
        EXPECT_EQ(refusal->status, 429);
        EXPECT_EQ(refusal->header("retry-after"), "1");
        EXPECT_TRUE(third.is_closed_by_server());
    }
    ASSERT_TRUE(eventually([&] { return server_->connection_count() == 1; }));
    auto fourth = connect();
    EXPECT_EQ(fourth.exchange(get("/")).status, 200);
}

}  // namespace
}  // namespace nassaq::http::test
