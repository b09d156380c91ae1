// The server behind its own TLS.
#include <gmock/gmock.h>

#include <csignal>
#include <numeric>
#include <stdexcept>

#include "base/file.hpp"
#include "server_fixture.hpp"
#include "tls_client.hpp"

namespace nassaq::http::test {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr std::uint64_t file_bytes = std::uint64_t{20} << 20U;

/// A source in a file, which is sent from there.
class TlsServer : public ServerTest {
protected:
    TlsServer() {
        static_cast<void>(std::signal(SIGPIPE, SIG_IGN));  // As the program does.
        options_.tls = credentials_;
        std::string content(file_bytes, '\0');
        for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>('a' + i % 23);
        file::replace_small(file_, content);
        add("GET", "/", [](Request& request) { return text_response(request.client_address); });
        add("POST", "/echo", [](Request& request) { return text_response(request.body); });
        add("GET", "/wait", [this](Request&) {
            ++waiting_;
            gate_.wait();
            return text_response("waited");
        });
        add("GET", "/file", [this](Request&) {
            ++downloads_;
            Response response;
            auto source = std::make_unique<FileSource>(file::open_for_reading(file_), 0, file_bytes);
            response.body = StreamBody{.source = std::move(source), .length = file_bytes};
            return response;
        });
    }
    ~TlsServer() override { std::filesystem::remove(file_); }

    TlsClient connect_tls(const TlsClient::Prepare& prepare = {}) { return TlsClient(server_->port(), prepare); }
    bool is_deserted() {
        return eventually([&] { return server_->connection_count() == 0; });
    }

    TestIdentity identity_;
    std::shared_ptr<TlsCredentials> credentials_ = std::make_shared<TlsCredentials>(identity_.load());
    std::filesystem::path file_ = identity_.directory() / "file";
    Gate gate_;
    std::atomic<int> waiting_ = 0;
    std::atomic<int> downloads_ = 0;
};

TEST_F(TlsServer, ServesOneRequestAfterAnother) {
    start();
    auto client = connect_tls();
    EXPECT_EQ(client.version(), "TLSv1.3");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(client.exchange(get("/")).body, "127.0.0.1");
    EXPECT_EQ(client.exchange(post("/echo", "words")).body, "words");
    EXPECT_EQ(server_->connection_count(), 1U);
    EXPECT_EQ(client.exchange(get("/", "Connection: close\r\n")).status, 200);
    EXPECT_TRUE(client.is_closed_by_server());
    EXPECT_TRUE(client.end_was_said());
}

TEST_F(TlsServer, MakesHttpsOfARedirect) {
    start();
    EXPECT_EQ(connect_tls().exchange(get("/echo/")).header("location"), "https://localhost/echo");
}

TEST_F(TlsServer, SpeaksTls12AndNothingOlder) {
    start();
    auto client = connect_tls([](SSL_CTX* context) { SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION); });
    EXPECT_EQ(client.version(), "TLSv1.2");
    EXPECT_EQ(client.exchange(get("/")).status, 200);
    EXPECT_THROW(connect_tls([](SSL_CTX* context) {
                     SSL_CTX_set_security_level(context, 0);
                     SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
                 }),
                 std::runtime_error);
    EXPECT_THROW(connect_tls([](SSL_CTX* context) {  // Without forward secrecy.
                     SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
                     SSL_CTX_set_cipher_list(context, "AES128-SHA:AES256-GCM-SHA384");
                 }),
                 std::runtime_error);
}

TEST_F(TlsServer, OffersHttp11Alone) {
    start();
    const auto offering = [](std::string names) {
        return [names = std::move(names)](SSL_CTX* context) {
            SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(names.data()),
                                    static_cast<unsigned>(names.size()));
        };
    };
    EXPECT_EQ(connect_tls(offering("\x02h2\x08http/1.1")).protocol(), "http/1.1");
    EXPECT_EQ(connect_tls().protocol(), "");
    EXPECT_THROW(connect_tls(offering("\x02h2")), std::runtime_error);
    EXPECT_TRUE(is_deserted());
}

TEST_F(TlsServer, TellsPlainHttpWhereItIs) {
    start();
    auto client = connect();
    const auto answer = client.exchange(get("/"));
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.header("content-type"), "application/json");
    EXPECT_THAT(answer.body, HasSubstr("This port speaks HTTPS"));
    EXPECT_TRUE(client.is_closed_by_server());
    client = connect();  // Or the first would hold its place until its time is up.
    EXPECT_TRUE(finished().empty());
}

TEST_F(TlsServer, ClosesOnNoise) {
    start();
    auto client = connect();
    client.send(std::string("\x16\x03\x01\xff\xff") + std::string(2'000, 'x'));
    client.receive_all();
    auto other = connect();
    other.send("\x01\x02\x03 neither TLS nor HTTP");
    other.receive_all();
    EXPECT_TRUE(is_deserted());
}

TEST_F(TlsServer, CutsAHandshakeThatDoesNotGoOn) {
    options_.limits.header_timeout = 200ms;
    start();
    auto silent = connect();
    auto slow = connect();
    slow.send("\x16\x03\x01");
    auto plain = connect();
    plain.send("GET / HTTP/1.1\r\nHost: ");
    EXPECT_TRUE(silent.is_closed_by_server());
    EXPECT_TRUE(slow.is_closed_by_server());
    plain.receive_all();
    EXPECT_TRUE(is_deserted());
}

TEST_F(TlsServer, ClosesAnIdleConnection) {
    options_.limits.idle_timeout = 100ms;
    start();
    auto client = connect_tls();
    client.exchange(get("/"));
    EXPECT_TRUE(client.is_closed_by_server());
    EXPECT_TRUE(client.end_was_said());
}

TEST_F(TlsServer, AnswersAClientThatHasSaidItsEnd) {
    start();
    auto client = connect_tls();
    client.send(get("/wait"));
    ASSERT_TRUE(eventually([&] { return waiting_ == 1; }));
    client.finish_sending();
    gate_.open();
    EXPECT_THAT(client.receive_all(), EndsWith("waited"));
    EXPECT_TRUE(client.end_was_said());
    EXPECT_TRUE(is_deserted());
}

TEST_F(TlsServer, TakesAnEndThatWasNotSaidForABrokenConnection) {
    start();
    auto client = connect_tls();
    client.send(get("/wait"));
    ASSERT_TRUE(eventually([&] { return waiting_ == 1; }));
    client.RawClient::finish_sending();  // Of TCP alone.
    EXPECT_EQ(client.receive_all(), "");
    EXPECT_FALSE(client.end_was_said());
    gate_.open();
    EXPECT_TRUE(is_deserted());
}

TEST_F(TlsServer, ForgetsAClientThatIsGone) {
    start();
    {
        auto client = connect_tls();
        client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
        auto other = connect_tls();
        other.reset();
    }
    EXPECT_TRUE(is_deserted());
    EXPECT_EQ(connect_tls().exchange(get("/")).status, 200);
}

TEST_F(TlsServer, SendsAFileAndGoesOn) {
    start();
    auto client = connect_tls();
    for (int i = 0; i < 2; ++i) {
        const auto answer = client.exchange(get("/file"));
        ASSERT_TRUE(answer.is_whole);
        EXPECT_EQ(answer.body, file::read_small(file_, file_bytes));
    }
    EXPECT_EQ(client.exchange(get("/")).status, 200);
}

TEST_F(TlsServer, DoesNotHoldWhatAClientDoesNotRead) {
    options_.limits.stall_timeout = 300ms;
    start();
    auto client = connect_tls();
    client.send(get("/file"));
    EXPECT_TRUE(is_deserted());
    const std::string received = client.receive_all();
    EXPECT_LT(received.size(), file_bytes);
    EXPECT_FALSE(client.end_was_said());
}

TEST_F(TlsServer, CutsAnUploadThatStalls) {
    options_.limits.stall_timeout = 200ms;
    start();
    auto client = connect_tls();
    client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
    EXPECT_EQ(client.receive().value_or(Answer{}).status, 408);
    EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(TlsServer, AnswersARefusalBeforeTheBodyIsRead) {
    start();
    auto client = connect_tls();
    client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n" + std::string(300'000, 'x'));
    EXPECT_EQ(client.receive().value_or(Answer{}).status, 413);
    EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(TlsServer, CountsAConnectionOnce) {
    options_.limits.connections_per_client = 2;
    start();
    auto first = connect_tls();
    auto second = connect_tls();
    first.exchange(get("/"));
    EXPECT_EQ(server_->connection_count(), 2U);
    EXPECT_THROW(connect_tls(), std::runtime_error);
    first.finish_sending();
    first.receive_all();
    ASSERT_TRUE(eventually([&] { return server_->connection_count() == 1; }));
    EXPECT_EQ(connect_tls().exchange(get("/")).status, 200);
}

TEST_F(TlsServer, ShowsNewConnectionsItsNewIdentity) {
    start();
    auto old = connect_tls();
    EXPECT_EQ(old.server_name(), "localhost");
    const TestIdentity renewed("renewed");
    credentials_->replace(renewed.load());
    EXPECT_EQ(old.exchange(get("/")).status, 200);
    auto fresh = connect_tls();
    EXPECT_EQ(fresh.server_name(), "renewed");
    EXPECT_EQ(fresh.exchange(get("/")).status, 200);
}

TEST_F(TlsServer, StopsAtOnceWhenIdle) {
    start();
    auto in_handshake = connect();
    auto served = connect_tls();
    served.exchange(get("/"));
    ASSERT_TRUE(eventually([&] { return server_->connection_count() == 2; }));
    server_->stop(90s);
    EXPECT_TRUE(in_handshake.is_closed_by_server());
    EXPECT_TRUE(served.is_closed_by_server());
    EXPECT_TRUE(served.end_was_said());
    EXPECT_EQ(server_->connection_count(), 0U);
}

TEST_F(TlsServer, LetsADownloadFinishWhenItStops) {
    start();
    auto client = connect_tls();
    client.send(get("/file"));
    ASSERT_TRUE(eventually([&] { return downloads_ == 1; }));
    auto stopped = std::async(std::launch::async, [&] { server_->stop(90s); });
    EXPECT_EQ(stopped.wait_for(200ms), std::future_status::timeout);
    const auto answer = client.receive();
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->is_whole);
    EXPECT_TRUE(client.is_closed_by_server());
    EXPECT_TRUE(client.end_was_said());
    stopped.wait();
}

TEST_F(TlsServer, CutsWhatOutlastsTheGrace) {
    start();
    auto client = connect_tls();
    client.send(get("/file"));
    ASSERT_TRUE(eventually([&] { return downloads_ == 1; }));
    server_->stop(100ms);
    EXPECT_LT(client.receive_all().size(), file_bytes);
    EXPECT_FALSE(client.end_was_said());
}

TEST_F(TlsServer, StandsManyClientsAtOnce) {
    options_.io_threads = 2;
    start();
    std::vector<std::future<int>> loads;
    for (int i = 0; i < 8; ++i) {
        loads.push_back(std::async(std::launch::async, [&] {
            int whole = 0;
            for (int round = 0; round < 5; ++round) {
                auto client = connect_tls();
                const std::string words(50'000, 'w');
                whole += client.exchange(post("/echo", words)).body == words ? 1 : 0;
                whole += client.exchange(get("/")).status == 200 ? 1 : 0;
            }
            return whole;
        }));
    }
    const int whole =
        std::accumulate(loads.begin(), loads.end(), 0, [](int sum, auto& load) { return sum + load.get(); });
    EXPECT_EQ(whole, 80);
    EXPECT_TRUE(is_deserted());
}

}  // namespace
}  // namespace nassaq::http::test
