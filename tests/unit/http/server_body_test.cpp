// Bodies: in memory and streamed, when they are read, and what happens when they are not.
#include <algorithm>

#include "server_fixture.hpp"

namespace nassaq::http::test {
namespace {

using namespace std::chrono_literals;

std::string multipart(std::string_view content, std::string_view filename = "x.bin") {
    return "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + std::string(filename) +
           "\"\r\nContent-Type: application/pdf\r\n\r\n" + std::string(content) +
           "\r\n--B\r\nContent-Disposition: form-data; name=\"full_path\"\r\n\r\nعقود\r\n--B--\r\n";
}

std::string chunked(std::string_view body, std::size_t chunk) {
    std::string wire;
    for (; !body.empty(); body.remove_prefix(std::min(chunk, body.size()))) {
        const std::string_view piece = body.substr(0, chunk);
        std::array<char, 17> size{};
        std::snprintf(size.data(), size.size(), "%zx", piece.size());
        wire += std::string(size.data()) + "\r\n" + std::string(piece) + "\r\n";
    }
    return wire + "0\r\n\r\n";
}

constexpr std::string_view form_type = "Content-Type: multipart/form-data; boundary=B\r\n";
constexpr std::string_view with_token = "Authorization: Bearer x\r\n";

class HttpBody : public ServerTest {
protected:
    HttpBody() {
        add({.method = "POST", .pattern = "/echo", .guard = guard(), .handle = [this](Request& request) {
                 ++handled_;
                 return text_response(request.body);
             }});
        add({.method = "POST",
             .pattern = "/upload",
             .body = BodyKind::multipart,
             .guard = guard(),
             .handle = [this](Request& request) {
                 ++handled_;
                 return text_response(describe(request));
             }});
        add({.method = "POST", .pattern = "/login", .pool = Pool::hashing, .guard = {}, .handle = [](Request& request) {
                 return text_response(request.body);
             }});
        add("GET", "/next", [](Request&) { return text_response("next"); });
        options_.limits.body_bytes = 100'000;
        options_.limits.upload_bytes = std::uint64_t{2} << 20;
    }

    static std::function<std::optional<Response>(Request&)> guard() {
        return [](Request& request) -> std::optional<Response> {
            if (request.headers.find("authorization")) return std::nullopt;
            return refusal(401);
        };
    }
    static std::string describe(const Request& request) {
        std::string text;
        for (const FormPart& part : request.form) {
            text += part.name + '=';
            if (const auto* file = std::get_if<UploadedFile>(&part.value)) {
                text += file->filename + '|' + file->content_type + '|' + std::to_string(file->content.size()) + '|' +
                        file->content.sha256().substr(0, 8);
            } else {
                text += std::get<std::string>(part.value);
            }
            text += '\n';
        }
        return text;
    }

    std::atomic<int> handled_ = 0;
};

TEST_F(HttpBody, ReachesTheHandler) {
    start();
    auto client = connect();
    EXPECT_EQ(client.exchange(post("/echo", "سلام", with_token)).body, "سلام");
    const std::string large(90'000, 'x');
    EXPECT_EQ(client.exchange(post("/echo", large, with_token)).body, large);
    EXPECT_EQ(client.exchange(post("/echo", "", with_token)).body, "");
    EXPECT_EQ(client.exchange(post("/login", "a=b")).body, "a=b");
}

TEST_F(HttpBody, ReachesTheHandlerInAnyPieces) {
    start();
    auto client = connect();
    const std::string body = "{\"a\": \"" + std::string(3000, 'y') + "\"}";
    const std::string request = post("/echo", body, with_token) + get("/next");
    for (std::size_t i = 0; i < request.size(); i += 37) {
        client.send(std::string_view(request).substr(i, 37));
        if (i % 370 == 0) std::this_thread::sleep_for(1ms);
    }
    EXPECT_EQ(client.receive()->body, body);
    EXPECT_EQ(client.receive()->body, "next");
}

TEST_F(HttpBody, IsGuardedOnceMoreWhenItHasCome) {
    std::atomic<bool> is_demoted = false;
    for (const auto& [pattern, pool] :
         {std::pair("/guarded", Pool::general), std::pair("/searched", Pool::searching)}) {
        add({.method = "POST",
             .pattern = pattern,
             .pool = pool,
             .guard = [&](Request&) -> std::optional<Response> {
                 if (!is_demoted) return std::nullopt;
                 return refusal(403);
             },
             .handle =
                 [this](Request& request) {
                     ++handled_;
                     return text_response(request.body);
                 }});
    }
    start();
    auto client = connect();
    for (const std::string path : {"/guarded", "/searched"}) {
        handled_ = 0;
        client.send("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
        EXPECT_EQ(client.receive()->status, 100);
        is_demoted = true;
        client.send("body");
        EXPECT_EQ(client.receive()->status, 403);
        EXPECT_EQ(handled_, 0);
        is_demoted = false;
        EXPECT_EQ(client.exchange(post(path, "body")).status, 200) << "the connection goes on";
    }
}

TEST_F(HttpBody, MayBeChunked) {
    start();
    auto client = connect();
    const std::string head =
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" + std::string(with_token) + "\r\n";
    const std::string body(50'000, 'z');
    for (const std::size_t chunk : {1UL, 7UL, 4096UL, 60'000UL}) {
        const std::string_view sent = std::string_view(body).substr(0, chunk == 1 ? 500 : body.size());
        EXPECT_EQ(client.exchange(head + chunked(sent, chunk)).body, sent) << chunk;
    }
    EXPECT_EQ(client.exchange(head + chunked("", 1)).body, "");
    EXPECT_EQ(client.exchange(get("/next")).body, "next");
}

TEST_F(HttpBody, IsBounded) {
    start();
    const std::string detail =
        R"({"detail":"Request body too large, Max Limit is set to 100000 bytes","code":"body_too_large"})";
    const Answer declared = connect().exchange(post("/echo", std::string(100'001, 'x'), with_token));
    EXPECT_EQ(declared.status, 413);
    EXPECT_EQ(declared.body, detail);
    EXPECT_EQ(declared.header("connection"), "close");
    const Answer undeclared =
        connect().exchange("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" +
                           std::string(with_token) + "\r\n" + chunked(std::string(100'001, 'x'), 5000));
    EXPECT_EQ(undeclared.status, 413);
    EXPECT_EQ(undeclared.body, detail);
    EXPECT_EQ(handled_, 0);
}

TEST_F(HttpBody, HasToBeText) {
    start();
    auto client = connect();
    const Answer answer = client.exchange(post("/echo", "{\"a\": \"\xC0\xAF\"}", with_token));
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.body, R"({"detail":"There was an error parsing the body","code":"malformed_body"})");
    EXPECT_EQ(client.exchange(get("/next")).body, "next");
}

TEST_F(HttpBody, ThatIsMalformedEndsTheConnection) {
    start();
    auto client = connect();
    const Answer answer = client.exchange("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" +
                                          std::string(with_token) + "\r\nnonsense\r\n" + get("/next"));
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.body, R"({"detail":"Malformed chunked body","code":"malformed_body"})");
    EXPECT_TRUE(client.is_closed_by_server());
    EXPECT_EQ(connect()
                  .exchange("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" +
                            std::string(with_token) + "\r\n1;" + std::string(20'000, 'x'))
                  .status,
              400);
}

TEST_F(HttpBody, IsNotWaitedForWhenTheGuardRefuses) {
    start();
    auto client = connect();
    client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n");
    EXPECT_EQ(client.receive()->status, 401);
    // A small body is read all the same, so that the connection can go on.
    client.send("0123456789" + get("/next"));
    EXPECT_EQ(client.receive()->body, "next");
}

TEST_F(HttpBody, OfALargeSizeThatIsRefusedEndsTheConnection) {
    start();
    auto client = connect();
    const Answer answer = client.exchange("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n" +
                                          std::string(form_type) + "\r\n" + std::string(1000, 'x'));
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.header("connection"), "close");
}

TEST_F(HttpBody, ThatIsStillBeingSentDoesNotHideTheRefusal) {
    // A client that writes all before it reads: the answer must not be lost to a reset.
    options_.limits.upload_bytes = 1000;
    start();
    for (int i = 0; i < 5; ++i) {
        auto client = connect();
        client.send(
            post("/upload", multipart(std::string(3'000'000, 'x')), std::string(form_type) + std::string(with_token)));
        const auto answer = client.receive();
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->status, 413);
        client.finish_sending();
        EXPECT_TRUE(client.is_closed_by_server());
    }
}

TEST_F(HttpBody, IsAskedForAfterTheGuard) {
    start();
    auto client = connect();
    client.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n" +
                std::string(with_token) + "\r\n");
    EXPECT_EQ(client.receive()->status, 100);
    client.send("body");
    EXPECT_EQ(client.receive()->body, "body");
    EXPECT_EQ(client.exchange(get("/next")).body, "next");
}

TEST_F(HttpBody, IsNotAskedForWhenTheGuardRefuses) {
    start();
    auto client = connect();
    const Answer answer =
        client.exchange("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.header("connection"), "close");
    client.finish_sending();
    EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(HttpBody, IsNotAskedForWhenItIsHereAlready) {
    start();
    auto client = connect();
    client.send(post("/echo", "body", "Expect: 100-continue\r\n" + std::string(with_token)));
    EXPECT_EQ(client.receive()->body, "body");
}

TEST_F(HttpBody, IsNotAskedForWhenItWouldBeTooLarge) {
    start();
    auto client = connect();
    EXPECT_EQ(client
                  .exchange("POST /upload HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n" +
                            std::string(form_type) + std::string(with_token) + "\r\n")
                  .status,
              413);
}

TEST_F(HttpBody, MayBeAnUpload) {
    start();
    auto client = connect();
    const std::string fields = std::string(form_type) + std::string(with_token);
    EXPECT_EQ(client.exchange(post("/upload", multipart("abc", "تقرير.pdf"), fields)).body,
              "file=تقرير.pdf|application/pdf|3|ba7816bf\nfull_path=عقود\n");
    EXPECT_EQ(client.exchange(post("/upload", multipart(std::string(2'000'000, 'x')), fields)).body,
              "file=x.bin|application/pdf|2000000|be8889d3\nfull_path=عقود\n");
    const std::string head = "POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" + fields + "\r\n";
    EXPECT_EQ(client.exchange(head + chunked(multipart(std::string(2'000'000, 'x')), 10'000)).body,
              "file=x.bin|application/pdf|2000000|be8889d3\nfull_path=عقود\n");
    EXPECT_EQ(client.exchange(get("/next")).body, "next");
    EXPECT_TRUE(eventually([&] { return spool_files() == 0; }));
}

TEST_F(HttpBody, OfAnUploadIsBounded) {
    start();
    const std::string fields = std::string(form_type) + std::string(with_token);
    const std::string too_large(options_.limits.upload_bytes + 1, 'x');
    const std::string detail = R"({"detail":"File too large, Max Limit is set to 2 MB","code":"file_too_large"})";
    const Answer inside = connect().exchange(post("/upload", multipart(too_large), fields));
    EXPECT_EQ(inside.status, 413);
    EXPECT_EQ(inside.body, detail);
    // Declared far too large: refused before anything is read.
    EXPECT_EQ(
        connect().exchange("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n" + fields + "\r\n").body,
        detail);
    const Answer undeclared = connect().exchange("POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" +
                                                 fields + "\r\n" + chunked(multipart(too_large), 50'000));
    EXPECT_EQ(undeclared.body, detail);
    EXPECT_EQ(handled_, 0);
    EXPECT_TRUE(eventually([&] { return spool_files() == 0; }));
}

TEST_F(HttpBody, OfAnUploadMayBeCutOff) {
    start();
    const std::string fields = std::string(form_type) + std::string(with_token);
    {
        auto client = connect();
        client.send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n" + fields + "\r\n" +
                    multipart(std::string(300'000, 'x')).substr(0, 200'000));
        ASSERT_TRUE(eventually([&] { return spool_files() == 1; }));
    }
    EXPECT_TRUE(eventually([&] { return spool_files() == 0 && server_->connection_count() == 0; }));
    {
        auto client = connect();
        client.send("POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" + fields + "\r\n20000\r\n" +
                    multipart(std::string(300'000, 'x')).substr(0, 100'000));
        ASSERT_TRUE(eventually([&] { return spool_files() == 1; }));
        client.reset();
    }
    EXPECT_TRUE(eventually([&] { return spool_files() == 0 && server_->connection_count() == 0; }));
    EXPECT_EQ(handled_, 0);
}

TEST_F(HttpBody, OfAnUploadThatIsMalformedIsRefused) {
    start();
    const std::string fields = std::string(form_type) + std::string(with_token);
    EXPECT_EQ(
        connect().exchange(post("/upload", "--B\r\n\r\nx\r\n--B--", fields)).body,
        R"({"detail":"The Content-Disposition header field \"name\" must be provided.","code":"malformed_body"})");
    EXPECT_EQ(connect().exchange(post("/upload", "nothing of the kind", fields)).body,
              R"({"detail":"The multipart body ends before its closing boundary","code":"malformed_body"})");
    EXPECT_EQ(connect()
                  .exchange(post("/upload", "x", "Content-Type: multipart/form-data\r\n" + std::string(with_token)))
                  .body,
              R"({"detail":"Missing boundary in multipart.","code":"malformed_body"})");
    EXPECT_EQ(handled_, 0);
}

TEST_F(HttpBody, OfAnotherTypeForAnUploadHasNoFiles) {
    start();
    auto client = connect();
    EXPECT_EQ(client
                  .exchange(post("/upload", "full_path=a%2Fb&x=",
                                 "Content-Type: application/x-www-form-urlencoded\r\n" + std::string(with_token)))
                  .body,
              "full_path=a/b\nx=\n");
    EXPECT_EQ(
        client.exchange(post("/upload", "{}", "Content-Type: application/json\r\n" + std::string(with_token))).body,
        "");
    EXPECT_EQ(client.exchange(post("/upload", "", std::string(form_type) + std::string(with_token))).body, "");
}

TEST_F(HttpBody, OfAFailedRequestLeavesNoFile) {
    add({.method = "POST",
         .pattern = "/failing",
         .body = BodyKind::multipart,
         .guard = {},
         .handle = [](Request&) -> Response { throw std::runtime_error("after the body"); }});
    start();
    EXPECT_EQ(connect().exchange(post("/failing", multipart("abc"), form_type)).status, 500);
    EXPECT_TRUE(eventually([&] { return spool_files() == 0; }));
}

TEST_F(HttpBody, CannotBeSpooledWithoutASpool) {
    start();
    std::filesystem::remove_all(spool_->directory());
    const Answer answer =
        connect().exchange(post("/upload", multipart("abc"), std::string(form_type) + std::string(with_token)));
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.body, R"({"detail":"Storage upload failed","code":"storage_failed"})");
    spool_.reset();
    spool_ = nullptr;
    server_.reset();
}

TEST_F(HttpBody, OfManyUploadsAtOnceArriveWhole) {
    start();
    const std::string request =
        post("/upload", multipart(std::string(2'000'000, 'x')), std::string(form_type) + std::string(with_token));
    std::vector<std::future<std::string>> answers;
    for (int i = 0; i < 8; ++i) {
        answers.push_back(std::async(std::launch::async, [&] { return connect().exchange(request).body; }));
    }
    for (auto& answer : answers) {
        EXPECT_EQ(answer.get(), "file=x.bin|application/pdf|2000000|be8889d3\nfull_path=عقود\n");
    }
}

// The part that is one byte too long comes with the end of the body, so that nothing is left to read of it; what was
// refused must not be taken for a request all the same.
TEST_F(HttpBody, TheTailOfARefusedUploadIsNoRequest) {
    options_.limits.upload_bytes = 1000;
    start();
    auto client = connect();
    const std::string smuggled(1001 - get("/next").size(), 'x');
    client.send(post("/upload", multipart(smuggled + get("/next")), std::string(form_type) + std::string(with_token)));
    const auto refused = client.receive();
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->status, 413);
    EXPECT_EQ(refused->header("connection"), "close");
    EXPECT_TRUE(client.is_closed_by_server());
    EXPECT_EQ(handled_, 0);
}

}  // namespace
}  // namespace nassaq::http::test
