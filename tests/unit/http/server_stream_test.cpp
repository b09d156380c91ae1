// Answers that are pulled from a source while they are sent.
#include <stdexcept>

#include "http/download.hpp"
#include "server_fixture.hpp"

namespace nassaq::http::test {
namespace {

using namespace std::chrono_literals;

/// What became of the sources of a test.
struct SourceLog {
    std::atomic<std::uint64_t> read = 0;
    std::atomic<int> made = 0;
    std::atomic<int> destroyed = 0;
};

char pattern(std::uint64_t offset) {
    return static_cast<char>('a' + offset % 23);
}

/// Endless letters that end, or break, at a point.
class PatternSource final : public ByteSource {
public:
    PatternSource(SourceLog& log, std::uint64_t offset, std::uint64_t ends_after, bool breaks = false)
        : log_(log), offset_(offset), left_(ends_after), breaks_(breaks) {
        ++log_.made;
    }
    ~PatternSource() override { ++log_.destroyed; }

    std::size_t read(std::span<char> buffer) override {
        if (left_ == 0 && breaks_) throw std::runtime_error("the disk is gone");
        const auto count = std::min({buffer.size(), std::size_t{left_}, std::size_t{10'000}});
        for (char& c : buffer.first(count)) c = pattern(offset_++);
        left_ -= count;
        log_.read += count;
        return count;
    }

private:
    SourceLog& log_;
    std::uint64_t offset_;
    std::uint64_t left_;
    bool breaks_;
};

class HttpStream : public ServerTest {
protected:
    void add_stream(std::string path, std::uint64_t length, std::uint64_t ends_after, bool breaks = false) {
        add("GET", std::move(path), [this, length, ends_after, breaks](Request&) {
            Response response;
            response.body = StreamBody{std::make_unique<PatternSource>(log_, 0, ends_after, breaks), length};
            return response;
        });
    }
    static bool is_pattern(std::string_view body, std::uint64_t offset = 0) {
        return std::ranges::all_of(body, [&](char c) { return c == pattern(offset++); });
    }

    SourceLog log_;
};

TEST_F(HttpStream, ArrivesWhole) {
    const std::vector<std::uint64_t> lengths{0, 1, 65'535, 65'536, 65'537, 1'000'000};
    for (const std::uint64_t length : lengths) add_stream("/" + std::to_string(length), length, length);
    start();
    auto client = connect();
    for (const std::uint64_t length : lengths) {
        const Answer answer = client.exchange(get("/" + std::to_string(length)));
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.body.size(), length);
        EXPECT_TRUE(is_pattern(answer.body)) << length;
    }
    EXPECT_TRUE(eventually([&] { return log_.destroyed == log_.made; }));
}

TEST_F(HttpStream, IsNotReadForHead) {
    add_stream("/x", 1'000'000, 1'000'000);
    start();
    auto client = connect();
    const Answer answer = client.exchange("HEAD /x HTTP/1.1\r\nHost: x\r\n\r\n", true);
    EXPECT_EQ(answer.header("content-length"), "1000000");
    EXPECT_EQ(log_.read, 0U);
    EXPECT_EQ(client.exchange(get("/none")).status, 404);
}

TEST_F(HttpStream, ThatBreaksIsCut) {
    add_stream("/breaks", 1'000'000, 300'000, true);
    add_stream("/ends", 1'000'000, 300'000, false);
    start();
    for (const auto* path : {"/breaks", "/ends"}) {
        auto client = connect();
        client.send(get(path));
        const auto answer = client.receive();
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->status, 200);
        EXPECT_FALSE(answer->is_whole) << path;
        EXPECT_GT(answer->body.size(), 200'000U);
        EXPECT_TRUE(client.is_closed_by_server());
    }
    EXPECT_TRUE(eventually([&] { return log_.destroyed == 2; }));
}

TEST_F(HttpStream, ThatBreaksAtOnceIsAnError) {
    add_stream("/breaks", 1'000'000, 0, true);
    add_stream("/ends", 1'000'000, 10'000, false);
    start();
    auto client = connect();
    for (const auto* path : {"/breaks", "/ends"}) {
        const Answer answer = client.exchange(get(path));
        EXPECT_EQ(answer.status, 500);
        EXPECT_EQ(answer.body, R"({"detail":"Internal Server Error","code":"internal_error"})");
    }
    EXPECT_TRUE(eventually([&] { return log_.destroyed == 2; }));
}

TEST_F(HttpStream, IsReadNoFasterThanItIsTaken) {
    add_stream("/large", 200'000'000, 200'000'000);
    start();
    auto client = connect();
    client.send(get("/large"));
    ASSERT_TRUE(eventually([&] { return log_.read > 0; }));
    std::this_thread::sleep_for(200ms);
    EXPECT_LT(log_.read, 20'000'000U);  // What the kernel's buffers take, and no more.
}

TEST_F(HttpStream, EndsWhenTheClientGoes) {
    add_stream("/large", 200'000'000, 200'000'000);
    start();
    {
        auto client = connect();
        client.send(get("/large"));
        ASSERT_TRUE(eventually([&] { return log_.read > 100'000; }));
        client.reset();
    }
    EXPECT_TRUE(eventually([&] { return log_.destroyed == 1 && server_->connection_count() == 0; }));
}

TEST_F(HttpStream, MayBeAPartOfADownload) {
    add("GET", "/file", [this](Request& request) {
        return send_download(request, {.filename = "x.bin",
                                       .content_type = "application/octet-stream",
                                       .size = 500'000,
                                       .etag = "tag",
                                       .last_modified = std::chrono::sys_seconds(),
                                       .is_inline = false,
                                       .open =
                                           [this](std::uint64_t offset, std::uint64_t length) {
                                               return std::make_unique<PatternSource>(log_, offset, length);
                                           }})
            .value();
    });
    start();
    auto client = connect();
    const Answer part = client.exchange(get("/file", "Range: bytes=100000-299999\r\n"));
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(part.header("content-range"), "bytes 100000-299999/500000");
    EXPECT_EQ(part.body.size(), 200'000U);
    EXPECT_TRUE(is_pattern(part.body, 100'000));
    EXPECT_EQ(client.exchange(get("/file")).body.size(), 500'000U);
    const Answer known = client.exchange(get("/file", "If-None-Match: \"tag\"\r\n"));
    EXPECT_EQ(known.status, 304);
    EXPECT_EQ(known.header("content-length"), "(absent)");
    EXPECT_EQ(client.exchange(get("/file", "Range: bytes=500000-\r\n")).status, 416);
}

TEST_F(HttpStream, MayHaveNoLength) {
    for (const std::uint64_t length : {0U, 1U, 16'384U, 1'000'000U}) {
        add("GET", "/" + std::to_string(length), [this, length](Request&) {
            Response response;
            response.body = StreamBody{.source = std::make_unique<PatternSource>(log_, 0, length), .length = {}};
            return response;
        });
    }
    start();
    for (const std::uint64_t length : {0U, 1U, 16'384U, 1'000'000U}) {
        auto client = connect();
        client.send(get("/" + std::to_string(length)) + get("/none", "Connection: close\r\n"));
        const std::string received = client.receive_all();
        EXPECT_NE(received.find("transfer-encoding: chunked\r\n"), std::string::npos);
        EXPECT_EQ(received.find("content-length: " + std::to_string(length) + "\r\n"), std::string::npos);
        const std::size_t next = received.find("\r\n0\r\n\r\nHTTP/1.1 404");
        EXPECT_NE(next, std::string::npos) << "the connection goes on behind the last chunk";
        auto old = connect();
        old.send("GET /" + std::to_string(length) + " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        const std::string whole = old.receive_all();
        EXPECT_EQ(whole.find("transfer-encoding"), std::string::npos);
        const std::string body = whole.substr(whole.find("\r\n\r\n") + 4);
        EXPECT_EQ(body.size(), length);
        EXPECT_TRUE(is_pattern(body));
    }
}

TEST_F(HttpStream, WithoutLengthThatBreaksIsCut) {
    add("GET", "/breaks", [this](Request&) {
        Response response;
        response.body = StreamBody{.source = std::make_unique<PatternSource>(log_, 0, 300'000, true), .length = {}};
        return response;
    });
    start();
    auto client = connect();
    client.send(get("/breaks"));
    EXPECT_FALSE(client.receive_all().ends_with("\r\n0\r\n\r\n"));
}

TEST_F(HttpStream, MayBeStatic) {
    static const std::string page(300'000, 'p');
    add("GET", "/page", [](Request&) { return Response{.status = 200, .headers = {}, .body = StaticBody{page}}; });
    start();
    auto client = connect();
    EXPECT_EQ(client.exchange(get("/page")).body, page);
    EXPECT_EQ(client.exchange("HEAD /page HTTP/1.1\r\nHost: x\r\n\r\n", true).header("content-length"), "300000");
}

}  // namespace
}  // namespace nassaq::http::test
