#include "http_client/client.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "../support/temporary_folder.hpp"
#include "base/file.hpp"

namespace nassaq::http_client {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

/// A server that answers each request with the next of its lines, as they are. "CLOSE" cuts the connection, "WAIT" says
/// nothing.
class ScriptedServer {
public:
    explicit ScriptedServer(std::vector<std::string> answers) : answers_(std::move(answers)) {
        listener_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
        socklen_t size = sizeof address;
        if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::listen(listener_.get(), 16) != 0 ||
            ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            throw std::system_error(errno, std::generic_category(), "cannot listen");
        }
        port_ = ntohs(address.sin_port);
        thread_ = std::jthread([this] { serve(); });
    }
    ~ScriptedServer() { ::shutdown(listener_.get(), SHUT_RDWR); }

    std::string url(std::string_view path = "/") const {
        return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
    }
    std::vector<std::string> requests() {
        const std::scoped_lock lock(mutex_);
        return requests_;
    }
    int connections() const { return connections_; }

private:
    void serve() {
        std::vector<std::jthread> sessions;
        for (;;) {
            const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
            if (fd < 0) {
                return;
            }
            ++connections_;
            sessions.emplace_back([this, fd](const std::stop_token& stop) { talk(UniqueFd(fd), stop); });
        }
    }

    void talk(const UniqueFd& connection, const std::stop_token& stop) {
        const std::stop_callback cut(stop, [&] { ::shutdown(connection.get(), SHUT_RDWR); });
        for (std::string request = read_request(connection.get()); !request.empty();
             request = read_request(connection.get())) {
            const std::string answer = next(std::move(request));
            if (answer == "WAIT") {
                read_request(connection.get());  // Until it is cut.
            }
            if (answer == "CLOSE" || answer == "WAIT") {
                return;
            }
            const std::string_view cut_mark = "<CUT>";
            const bool is_cut = answer.ends_with(cut_mark);
            const std::string sent = is_cut ? answer.substr(0, answer.size() - cut_mark.size()) : answer;
            if (::send(connection.get(), sent.data(), sent.size(), MSG_NOSIGNAL) < 0) {
                return;
            }
            if (is_cut) {
                return;
            }
        }
    }

    static std::string read_request(int fd) {
        std::string request;
        std::array<char, 4096> buffer{};
        for (std::size_t wanted = std::string::npos; request.size() < wanted;) {
            const ssize_t count = ::read(fd, buffer.data(), buffer.size());
            if (count <= 0) {
                return "";
            }
            request.append(buffer.data(), static_cast<std::size_t>(count));
            const std::size_t end = request.find("\r\n\r\n");
            if (end != std::string::npos && wanted == std::string::npos) {
                const std::size_t length = request.find("Content-Length: ");
                wanted = end + 4 + (length < end ? std::stoul(request.substr(length + 16)) : 0);
            }
        }
        return request;
    }

    std::string next(std::string request) {
        const std::scoped_lock lock(mutex_);
        requests_.push_back(std::move(request));
        const std::size_t at = std::min(requests_.size(), answers_.size()) - 1;
        return answers_[at];
    }

    std::vector<std::string> answers_;
    UniqueFd listener_;
    std::uint16_t port_ = 0;
    std::mutex mutex_;
    std::vector<std::string> requests_;
    std::atomic<int> connections_ = 0;
    std::jthread thread_;
};

std::string answer(int status, const std::string& body, const std::string& headers = "") {
    return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           headers + "\r\n" + body;
}

Client::Options quick() {
    return {.transfer = {.stall_timeout = milliseconds{300}},
            .attempts = 3,
            .backoff = {.base = milliseconds{1}, .cap = milliseconds{5}}};
}

Response get(ScriptedServer& server, Client::Options options = quick(), milliseconds time = milliseconds{10'000}) {
    Client client(options);
    return client.send([&] { return Request{.method = "GET", .url = server.url("/a%20b?c=d")}; }, in(time));
}

TEST(HttpClient, SendsAndReceives) {
    ScriptedServer server({answer(200, "the body", "ETag: \"x\"\r\n")});
    Client client(quick());
    const Response response = client.send(
        [&] {
            return Request{.method = "PUT", .url = server.url("/a%2Fb"), .headers = {{"x-mine", "1"}}, .body = "sent"};
        },
        in(milliseconds{5'000}));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "the body");
    EXPECT_EQ(find(response.headers, "etag"), "\"x\"");
    EXPECT_EQ(find(response.headers, "missing"), std::nullopt);
    const std::string request = server.requests().at(0);
    EXPECT_TRUE(request.starts_with("PUT /a%2Fb HTTP/1.1\r\n"));
    EXPECT_THAT(request, HasSubstr("x-mine: 1\r\n"));
    EXPECT_THAT(request, Not(HasSubstr("Expect")));
    EXPECT_TRUE(request.ends_with("\r\n\r\nsent"));
}

TEST(HttpClient, SendsPartOfAFileEachTime) {
    const test::TemporaryFolder folder;
    const std::string content(300'000, 'y');
    {
        const UniqueFd out = file::create(folder / "file");
        file::write_all(out.get(), "xx" + content + "zz", folder / "file");
    }
    const UniqueFd in_file = file::open_for_reading(folder / "file");
    ScriptedServer server({"CLOSE", answer(503, ""), answer(201, "")});
    Client client(quick());
    const Response response = client.send(
        [&] {
            return Request{.method = "PUT",
                           .url = server.url(),
                           .body = FileRange{.fd = in_file.get(), .offset = 2, .length = content.size()}};
        },
        in(milliseconds{10'000}));
    EXPECT_EQ(response.status, 201);
    ASSERT_EQ(server.requests().size(), 3U);
    for (const std::string& request : server.requests()) {
        EXPECT_TRUE(request.ends_with("\r\n\r\n" + content));
    }
}

TEST(HttpClient, TriesAgainWhatPasses) {
    for (const int status : {408, 429, 500, 502, 503, 504}) {
        ScriptedServer server({answer(status, "no"), answer(status, "no"), answer(200, "yes")});
        EXPECT_EQ(get(server).body, "yes") << status;
        EXPECT_EQ(server.connections(), 1);
    }
    for (const int status : {400, 403, 404, 409, 412, 501, 507}) {
        ScriptedServer server({answer(status, "no")});
        EXPECT_EQ(get(server).status, status);
        EXPECT_EQ(server.requests().size(), 1U);
    }
}

TEST(HttpClient, GivesUpInTheEnd) {
    ScriptedServer always_busy({answer(503, "busy")});
    EXPECT_EQ(get(always_busy).status, 503);
    EXPECT_EQ(always_busy.requests().size(), 3U);
    ScriptedServer always_cut({"CLOSE"});
    EXPECT_THROW(get(always_cut), NetworkError);
    EXPECT_EQ(always_cut.requests().size(), 3U);
}

TEST(HttpClient, WaitsAsLongAsTheServiceAsks) {
    ScriptedServer server({answer(503, "", "Retry-After: 1\r\n"), answer(200, "")});
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(get(server).status, 200);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::seconds{1});
    ScriptedServer late({answer(503, "", "Retry-After: 60\r\n"), answer(200, "")});
    EXPECT_EQ(get(late, quick(), milliseconds{2'000}).status, 503);  // There is no time left for that.
}

TEST(HttpClient, KeepsToItsDeadlineAndNoticesAStall) {
    ScriptedServer silent({"WAIT"});
    auto options = quick();
    options.attempts = 1;
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THROW(get(silent, options), NetworkError);
    options.transfer.stall_timeout = milliseconds{60'000};
    EXPECT_THROW(get(silent, options, milliseconds{200}), NetworkError);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{20});
}

TEST(HttpClient, AStopEndsTheWaitForAnAnswer) {
    ScriptedServer silent({"WAIT"});
    std::stop_source stop;
    auto options = quick();
    options.transfer.stall_timeout = milliseconds{60'000};
    options.transfer.stop = stop.get_token();
    const std::jthread ending([&] {
        while (silent.requests().empty()) {
            std::this_thread::yield();
        }
        stop.request_stop();
    });
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THROW(get(silent, options, milliseconds{60'000}), NetworkError);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{10});
    EXPECT_EQ(silent.requests().size(), 1U);
}

TEST(HttpClient, AStopEndsTheWaitBeforeTheNextAttempt) {
    ScriptedServer busy({answer(503, "busy", "Retry-After: 50\r\n")});
    std::stop_source stop;
    auto options = quick();
    options.transfer.stop = stop.get_token();
    const std::jthread ending([&] {
        while (busy.requests().empty()) {
            std::this_thread::yield();
        }
        stop.request_stop();
    });
    const auto begin = std::chrono::steady_clock::now();
    try {
        EXPECT_EQ(get(busy, options, milliseconds{60'000}).status, 503);
    } catch (const NetworkError&) {
        SUCCEED() << "the stop came before the whole answer had been read";
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{10});
    EXPECT_EQ(busy.requests().size(), 1U);
}

TEST(HttpClient, NeverTakesAPartForTheWhole) {
    for (const char* cut : {"HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\n12345<CUT>",
                            "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n<CUT>",
                            "HTTP/1.1 200 X\r\nContent-Le<CUT>", "nonsense\r\n\r\n<CUT>"}) {
        ScriptedServer server({cut});
        EXPECT_THROW(get(server), NetworkError) << cut;
    }
    ScriptedServer whole({"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n"});
    EXPECT_EQ(get(whole).body, "12345");
}

TEST(HttpClient, PassesInterimResponsesOver) {
    ScriptedServer server({"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + answer(200, "then this")});
    const Response response = get(server);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(find(response.headers, "link"), std::nullopt);
    EXPECT_EQ(response.body, "then this");
}

TEST(HttpClient, DoesNotFollow) {
    ScriptedServer server({answer(302, "", "Location: http://127.0.0.1:1/\r\n")});
    EXPECT_EQ(get(server).status, 302);
}

TEST(HttpClient, PullsABody) {
    const std::string body(1'000'000, 'b');
    ScriptedServer server({answer(200, body), answer(404, "none")});
    Client client(quick());
    const auto make = [&] { return Request{.method = "GET", .url = server.url()}; };
    const auto stream = client.open(make, in(milliseconds{5'000}));
    EXPECT_EQ(stream->head().status, 200);
    std::this_thread::sleep_for(milliseconds{400});  // A slow reader is no stall.
    std::string received;
    std::vector<char> buffer(1'000);
    while (const std::size_t count = stream->read(buffer)) {
        received.append(buffer.data(), count);
    }
    EXPECT_TRUE(received == body);
    const auto missing = client.open(make, in(milliseconds{5'000}));
    EXPECT_EQ(missing->head().status, 404);
    EXPECT_EQ(missing->head().body, "none");
    EXPECT_EQ(missing->read(buffer), 0U);
}

TEST(HttpClient, UsesConnectionsAgain) {
    ScriptedServer server({answer(200, "x")});
    Client client(quick());
    for (int i = 0; i < 10; ++i) {
        client.send([&] { return Request{.method = "GET", .url = server.url()}; }, in(milliseconds{5'000}));
    }
    EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, NeverTellsTheQuery) {
    Client client({.attempts = 1});
    for (const char* url : {"http://127.0.0.1:1/?sig=s3cr3t", "http://nowhere.invalid/?sig=s3cr3t",
                            "ftp://127.0.0.1/?sig=s3cr3t", "http://[/?sig=s3cr3t"}) {
        try {
            client.send([&] { return Request{.method = "GET", .url = url}; }, in(milliseconds{5'000}));
            FAIL() << url;
        } catch (const NetworkError& error) {
            EXPECT_THAT(error.what(), Not(HasSubstr("s3cr3t")));
        }
    }
}

}  // namespace
}  // namespace nassaq::http_client
