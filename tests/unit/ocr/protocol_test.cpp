#include "ocr/protocol.hpp"

#include <gtest/gtest.h>

namespace nassaq::ocr {
namespace {

TEST(ProtocolOrder, ComesBackAsItWent) {
    const Order order{.file = "/data/\xFF odd",
                      .filename = "تقرير \"1\".pdf",
                      .folder = "/tmp/extract-1",
                      .languages = "ara+eng",
                      .limits = {.step_cpu_seconds = 7}};
    const auto read = read_order(write_order(order));
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->file, order.file) << "a path need not be UTF-8";
    EXPECT_EQ(read->filename, order.filename);
    EXPECT_EQ(read->folder, order.folder);
    EXPECT_EQ(read->languages, order.languages);
    EXPECT_EQ(read->limits.step_cpu_seconds, 7);
    EXPECT_EQ(read->limits.image_pixels, 100'000'000);
}

TEST(ProtocolTool, OrderComesBackAsItWent) {
    const ToolOrder order{.program = "pdftotext", .arguments = {"-enc", "/data/\xFF odd\n"}, .output_bytes = 7};
    const std::string line = write_tool_order(order);
    EXPECT_EQ(line.find('\n'), line.size() - 1) << "one line";
    const auto read = read_tool_order(line);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->program, order.program);
    EXPECT_EQ(read->arguments, order.arguments);
    EXPECT_EQ(read->output_bytes, 7);
}

TEST(ProtocolTool, OrderIsNotBelievedBlindly) {
    for (const char* line :
         {"", "nonsense", "[]", R"({"run":{}})", R"({"run":{"program":"pdfinfo","arguments":"-v","output_bytes":1}})",
          R"({"run":{"program":"pdfinfo","arguments":[],"output_bytes":-1}})",
          R"({"run":{"program":"pdfinfo","arguments":["a\u0000b"],"output_bytes":1}})", R"({"progress":{}})"}) {
        EXPECT_FALSE(read_tool_order(line)) << line;
    }
}

TEST(ProtocolTool, AnswerComesBackAsItWent) {
    const auto ran = read_tool_answer(
        write_tool_answer(Outcome{.ending = Ending::signalled, .code = 11, .output = {}, .errors = "bad \xFF\n"}));
    ASSERT_TRUE(ran && *ran);
    EXPECT_EQ((*ran)->ending, Ending::signalled);
    EXPECT_EQ((*ran)->code, 11);
    EXPECT_EQ((*ran)->errors, "bad \xFF\n");
    const auto refused =
        read_tool_answer(write_tool_answer(std::unexpected(Fault{.temporary = true, .reason = "No such tool."})));
    ASSERT_TRUE(refused);
    ASSERT_FALSE(*refused);
    EXPECT_EQ(refused->error().reason, "No such tool.");
    for (const char* line : {"", "[]", "{}", R"({"outcome":{"ending":"odd"}})", R"({"fault":1})"}) {
        EXPECT_FALSE(read_tool_answer(line)) << line;
    }
}

TEST(ProtocolResult, DocumentComesBackAsItWent) {
    Document document{
        .pages = {{.number = 1, .text = "سلام\n\"", .method = Method::ocr, .confidence = 0.25, .language = "ar"},
                  {.number = 2, .text = "", .method = Method::embedded, .confidence = {}, .language = ""}},
        .word_count = 1,
        .average_confidence = 0.25,
        .primary_language = "ar"};
    const auto read = read_result(write_result(document));
    ASSERT_TRUE(read && *read);
    const Document& copy = **read;
    ASSERT_EQ(copy.pages.size(), 2U);
    EXPECT_EQ(copy.pages[0].text, "سلام\n\"");
    EXPECT_EQ(copy.pages[0].method, Method::ocr);
    EXPECT_EQ(copy.pages[0].confidence, 0.25);
    EXPECT_EQ(copy.pages[0].language, "ar");
    EXPECT_EQ(copy.pages[1].number, 2);
    EXPECT_EQ(copy.pages[1].confidence, std::nullopt);
    EXPECT_EQ(copy.word_count, 1);
    EXPECT_EQ(copy.average_confidence, 0.25);
    EXPECT_EQ(copy.primary_language, "ar");
}

TEST(ProtocolResult, FaultComesBackAsItWent) {
    const auto read = read_result(write_result(std::unexpected(Fault{.temporary = true, .reason = "No memory."})));
    ASSERT_TRUE(read);
    ASSERT_FALSE(*read);
    EXPECT_TRUE(read->error().temporary);
    EXPECT_EQ(read->error().reason, "No memory.");
}

TEST(ProtocolResult, IsNotBelievedBlindly) {
    for (const char* text : {"", "nonsense", "[]", "{}", R"({"document":{}})", R"({"document":{"pages":7}})",
                             R"({"fault":"text"})", R"({"fault":{"temporary":true,"reason":"cut")"}) {
        EXPECT_FALSE(read_result(text)) << text;
    }
}

/// Found by fuzzing: the result of a child that was taken over went to the database as it was.
TEST(ProtocolResult, IsNotBelievedInItsDetails) {
    const Document good{.pages = {{.number = 1, .text = "a", .confidence = 0.5, .language = "en"}, {.number = 2}},
                        .word_count = 1,
                        .average_confidence = 0.5,
                        .primary_language = "en"};
    ASSERT_TRUE(read_result(write_result(good)));
    const auto refuses = [&](auto spoil) {
        Document document = good;
        spoil(document);
        return !read_result(write_result(document));
    };
    EXPECT_TRUE(refuses([](Document& document) { document.pages[0].text = "\xFF\xFE"; })) << "not UTF-8";
    EXPECT_TRUE(refuses([](Document& document) { document.pages[0].text = std::string("a\0b", 3); })) << "a NUL";
    EXPECT_TRUE(refuses([](Document& document) { document.pages[0].language = "\xC0\xAF"; })) << "overlong";
    EXPECT_TRUE(refuses([](Document& document) { document.pages[0].number = 0; }));
    EXPECT_TRUE(refuses([](Document& document) { document.pages[0].number = 2; })) << "out of order";
    EXPECT_TRUE(refuses([](Document& document) { document.pages[0].confidence = 1.5; }));
    EXPECT_TRUE(refuses([](Document& document) { document.word_count = -1; }));
    EXPECT_TRUE(refuses([](Document& document) { document.average_confidence = -0.1; }));
    EXPECT_TRUE(refuses([](Document& document) { document.average_confidence = 1e308; }));
    EXPECT_FALSE(read_result(write_result(std::unexpected(Fault{.reason = std::string("a\0b", 3)}))));
    EXPECT_FALSE(read_result(write_result(std::unexpected(Fault{.reason = "\xFF"}))));
}

TEST(ProtocolResult, HoldsNoMoreThanTheLimitsAllow) {
    const Limits limits{.text_pages = 2'000, .tiff_pages = 200, .text_bytes = 1 << 20};
    Document document{.primary_language = "en"};
    for (std::int64_t number = 1; number <= limits.text_pages; ++number) {
        document.pages.push_back({.number = number, .text = "\"a\n", .confidence = 0.123456789, .language = "en"});
    }
    document.pages.back().text.append(static_cast<std::size_t>(limits.text_bytes - 3 * limits.text_pages), '\\');
    document.word_count = limits.text_bytes;
    const auto read = read_result(write_result(document), limits);
    ASSERT_TRUE(read && *read) << read.error();
    EXPECT_EQ((*read)->pages.back().text, document.pages.back().text);

    Document longer = document;
    longer.pages.front().text += 'a';
    EXPECT_FALSE(read_result(write_result(longer), limits));
    Document thicker = document;
    thicker.pages.front().text.clear();
    thicker.pages.push_back({.number = limits.text_pages + 1, .text = "a", .language = {}});
    EXPECT_FALSE(read_result(write_result(thicker), limits));
    Document wordier = document;
    ++wordier.word_count;
    EXPECT_FALSE(read_result(write_result(wordier), limits));
    Document worded = document;
    worded.primary_language = std::string(36, 'x');
    EXPECT_FALSE(read_result(write_result(worded), limits));
    EXPECT_FALSE(read_result(write_result(std::unexpected(Fault{.reason = std::string(5'000, 'x')})), limits));
}

/// All in one page, and nothing but what has to be escaped: the parser takes most memory for that.
TEST(ProtocolResult, MayBeOnePageOfAllTheText) {
    Document document{.word_count = 1, .primary_language = "en"};
    const Limits limits;
    document.pages.push_back({.text = std::string(static_cast<std::size_t>(limits.text_bytes), '"'), .language = {}});
    const auto read = read_result(write_result(document), limits);
    ASSERT_TRUE(read && *read) << read.error();
    EXPECT_EQ((*read)->pages[0].text.size(), document.pages[0].text.size());
}

/// It was taken into some 24 bytes a number.
TEST(ProtocolResult, TakesNoMemoryBeyondTheLimits) {
    std::string numbers = R"({"document":{"pages":[0)";
    while (numbers.size() < std::size_t{8} << 20) numbers += ",0";
    const auto read = read_result(numbers + "]}}", {.text_bytes = 1 << 20});
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error(), "more than a document may be");
}

TEST(ProtocolProgress, ComesBackAsItWent) {
    const std::string line = write_progress({.pages_done = 3, .pages = 10});
    ASSERT_TRUE(line.ends_with('\n'));
    const auto progress = read_progress(std::string_view(line).substr(0, line.size() - 1));
    ASSERT_TRUE(progress);
    EXPECT_EQ(progress->pages_done, 3);
    EXPECT_EQ(progress->pages, 10);
}

TEST(ProtocolProgress, IsNotBelievedBlindly) {
    for (const char* line :
         {"", "progress", "[]", "{}", R"({"progress":1})", R"({"progress":{"pages_done":1}})",
          R"({"progress":{"pages_done":2,"pages":1}})", R"({"progress":{"pages_done":-1,"pages":1}})",
          R"({"progress":{"pages_done":"1","pages":1}})"}) {
        EXPECT_FALSE(read_progress(line)) << line;
    }
}

}  // namespace
}  // namespace nassaq::ocr
