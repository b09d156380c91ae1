#include "http/multipart.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace nassaq::http {
namespace {

using namespace std::string_literals;

/// Writes down what happens as text, with the pieces of one part's content joined.
class Recorder final : public MultipartHandler {
public:
    void on_part_begin(PartHead head) override {
        events += "begin " + head.name + (head.filename ? " file=" + *head.filename : "") +
                  (head.content_type.empty() ? "" : " type=" + head.content_type) + " [";
    }
    void on_part_data(std::string_view data) override {
        EXPECT_FALSE(data.empty());
        events.append(data);
        largest = std::max(largest, data.size());
    }
    void on_part_end() override { events += "] end\n"; }

    std::string events;
    std::size_t largest = 0;
};

/// The events, or "error: DETAIL" behind those that came before it.
std::string parse(const std::vector<std::string_view>& pieces, std::string_view boundary = "B",
                  MultipartLimits limits = {}) {
    Recorder recorder;
    MultipartParser parser(boundary, limits, recorder);
    for (const std::string_view piece : pieces) {
        if (const auto status = parser.feed(piece); !status) return recorder.events + "error: " + status.error().detail;
    }
    if (const auto status = parser.finish(); !status) return recorder.events + "error: " + status.error().detail;
    return recorder.events;
}

std::string field(std::string_view name, std::string_view value) {
    return "Content-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" + std::string(value);
}

struct MultipartCase {
    std::string_view name;
    std::string body;
    std::string expected;
};

std::vector<MultipartCase> cases() {
    const std::string closing = "\r\n--B--\r\n";
    return {
        {"OneField", "--B\r\n" + field("a", "1") + closing, "begin a [1] end\n"},
        {"NoPart", "--B--", ""},
        {"NoPartAfterLine", "\r\n--B--\r\n", ""},
        {"EmptyField", "--B\r\n" + field("a", "") + closing, "begin a [] end\n"},
        {"TwoFields", "--B\r\n" + field("a", "1") + "\r\n--B\r\n" + field("b", "2") + closing,
         "begin a [1] end\nbegin b [2] end\n"},
        {"File",
         "--B\r\ncontent-disposition:form-data; name=\"f\"; filename=\"x.pdf\"\r\nContent-Type: "
         "application/pdf\r\n\r\n%PDF" +
             closing,
         "begin f file=x.pdf type=application/pdf [%PDF] end\n"},
        {"OtherFieldsAreSkipped", "--B\r\nX-Odd: \xD8\xB9\r\n" + field("a", "1") + closing, "begin a [1] end\n"},
        {"Preamble", "ignore me\r\n--Bx\r\n", "error: Malformed boundary line in the multipart body"},
        {"PreambleAndEpilogue", "ignore\r\n--me\r\n--B\r\n" + field("a", "1") + "\r\n--B--\r\n--B\r\nnonsense",
         "begin a [1] end\n"},
        {"Padding", "--B \t \r\n" + field("a", "1") + "\r\n--B \r\n" + field("b", "2") + closing,
         "begin a [1] end\nbegin b [2] end\n"},
        {"NearDelimiters", "--B\r\n" + field("a", "\r\n--A\r\n--\r\n-\r\r\n\r\n--\r\n--Ax--B\n--B\r--B") + closing,
         "begin a [\r\n--A\r\n--\r\n-\r\r\n\r\n--\r\n--Ax--B\n--B\r--B] end\n"},
        {"CrBeforeDelimiter", "--B\r\n" + field("a", "x\r") + closing, "begin a [x\r] end\n"},
        {"CrLfBeforeDelimiter", "--B\r\n" + field("a", "\r\n") + closing, "begin a [\r\n] end\n"},
        {"Binary", "--B\r\n" + field("a", "\0\xff\r\n\x80"s) + closing, "begin a [\0\xff\r\n\x80] end\n"s},
        {"CutInContent", "--B\r\n" + field("a", "1"),
         "begin a [1error: The multipart body ends before its closing boundary"},
        {"CutInDelimiter", "--B\r\n" + field("a", "1") + "\r\n--B",
         "begin a [1] end\nerror: The multipart body ends before its closing boundary"},
        {"CutInClosing", "--B\r\n" + field("a", "1") + "\r\n--B-",
         "begin a [1] end\nerror: The multipart body ends before its closing boundary"},
        {"CutInHeader", "--B\r\nContent-Disp", "error: The multipart body ends before its closing boundary"},
        {"Empty", "", "error: The multipart body ends before its closing boundary"},
        {"NotMultipart", R"({"a": 1})", "error: The multipart body ends before its closing boundary"},
        {"BareLineFeeds", "--B\nContent-Disposition: form-data; name=\"a\"\n\n1\n--B--\n",
         "error: Malformed boundary line in the multipart body"},
        {"LongerBoundary", "--Bee\r\n" + field("a", "1"), "error: Malformed boundary line in the multipart body"},
        {"HalfClosing", "--B\r\n" + field("a", "1") + "\r\n--B-x",
         "begin a [1] end\nerror: Malformed boundary line in the multipart body"},
        {"NoHeader", "--B\r\n\r\nx" + closing,
         "error: The Content-Disposition header field \"name\" must be provided."},
        {"NoDisposition", "--B\r\nContent-Type: text/plain\r\n\r\nx" + closing,
         "error: The Content-Disposition header field \"name\" must be provided."},
        {"NoName", "--B\r\nContent-Disposition: form-data\r\n\r\nx" + closing,
         "error: Malformed Content-Disposition in a part of the multipart body"},
        {"TwoDispositions", "--B\r\nContent-Disposition: form-data; name=b\r\n" + field("a", "1") + closing,
         "error: A part of the multipart body has two Content-Disposition fields"},
        {"NoColon", "--B\r\nnonsense\r\n\r\n" + closing, "error: Malformed header in a part of the multipart body"},
        {"FoldedField", "--B\r\nContent-Disposition: form-data;\r\n name=a\r\n\r\n1" + closing,
         "error: Malformed header in a part of the multipart body"},
        {"BareLineFeedInField", "--B\r\nContent-Disposition: form-data; name=a\nX: y\r\n\r\n1" + closing,
         "error: Malformed header in a part of the multipart body"},
        {"NulInField", "--B\r\nContent-Disposition: form-data; name=a\0\r\n\r\n1"s + closing,
         "error: Malformed header in a part of the multipart body"},
        {"NameIsNotUtf8", "--B\r\n" + field("\xC0\xAF", "1") + closing,
         "error: Malformed Content-Disposition in a part of the multipart body"},
    };
}

class Multipart : public ::testing::TestWithParam<MultipartCase> {};

TEST_P(Multipart, ParsesInOnePiece) {
    EXPECT_EQ(parse({GetParam().body}), GetParam().expected);
}

TEST_P(Multipart, ParsesByteByByte) {
    const std::string& body = GetParam().body;
    std::vector<std::string_view> pieces;
    for (std::size_t i = 0; i < body.size(); ++i) pieces.push_back(std::string_view(body).substr(i, 1));
    EXPECT_EQ(parse(pieces), GetParam().expected);
}

TEST_P(Multipart, ParsesAtEverySplit) {
    const std::string_view body = GetParam().body;
    for (std::size_t i = 0; i <= body.size(); ++i) {
        ASSERT_EQ(parse({body.substr(0, i), body.substr(i)}), GetParam().expected) << "split at " << i;
    }
}

TEST_P(Multipart, ParsesInRandomPieces) {
    std::mt19937 random(42);
    for (int round = 0; round < 50; ++round) {
        std::string_view rest = GetParam().body;
        std::vector<std::string_view> pieces;
        while (!rest.empty()) {
            const std::size_t size = std::min<std::size_t>(rest.size(), 1 + random() % 12);
            pieces.push_back(rest.substr(0, size));
            rest.remove_prefix(size);
        }
        ASSERT_EQ(parse(pieces), GetParam().expected) << "round " << round;
    }
}

INSTANTIATE_TEST_SUITE_P(Table, Multipart, ::testing::ValuesIn(cases()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(MultipartContent, SurvivesAnyNoise) {
    // Content over the delimiter's own alphabet is the worst there is: every partial match has to be undone rightly.
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        std::string content;
        while (content.size() < 200) content.push_back("\r\n-Bx"[random() % 5]);
        if (content.find("\r\n--B") != std::string::npos) continue;
        const std::string body = "--B\r\n" + field("a", content) + "\r\n--B--";
        const std::size_t split = random() % body.size();
        const std::string_view view = body;
        ASSERT_EQ(parse({view.substr(0, split), view.substr(split)}), "begin a [" + content + "] end\n");
    }
}

TEST(MultipartContent, ComesInLargePieces) {
    std::string content(100'000, 'x');
    for (std::size_t i = 0; i < content.size(); i += 97) content[i] = '\r';
    const std::string body = "--B\r\n" + field("a", content) + "\r\n--B--";
    Recorder recorder;
    MultipartParser parser("B", {}, recorder);
    ASSERT_TRUE(parser.feed(body));
    EXPECT_EQ(recorder.largest, content.size());
}

TEST(MultipartLimitsTest, BoundAPartsHeader) {
    const std::string large = "--B\r\nX-Large: " + std::string(9000, 'x') + "\r\n" + field("a", "1") + "\r\n--B--";
    const std::string refusal = "error: The header of a part of the multipart body is too large";
    EXPECT_EQ(parse({large}), refusal);
    EXPECT_EQ(parse({std::string_view(large).substr(0, 8500)}), refusal);
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < large.size(); ++i) bytes.push_back(std::string_view(large).substr(i, 1));
    EXPECT_EQ(parse(bytes), refusal);
}

/// Found by fuzzing: a header just over the limit was taken when it came in one piece and refused byte by byte.
TEST(MultipartLimitsTest, BoundAPartsHeaderToTheByte) {
    const std::string header = field("a", "");
    const std::string body = "--B\r\n" + header + "1\r\n--B--";
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < body.size(); ++i) bytes.push_back(std::string_view(body).substr(i, 1));
    for (std::size_t limit = header.size() - 5; limit < header.size() + 5; ++limit) {
        const std::string expected = limit >= header.size()
                                         ? "begin a [1] end\n"
                                         : "error: The header of a part of the multipart body is too large";
        EXPECT_EQ(parse({body}, "B", {.header_bytes = limit}), expected) << limit;
        EXPECT_EQ(parse(bytes, "B", {.header_bytes = limit}), expected) << limit << ", byte by byte";
    }
}

TEST(MultipartLimitsTest, BoundTheNumberOfParts) {
    std::string body;
    for (int i = 0; i < 4; ++i) body += "\r\n--B\r\n" + field("a", "");
    EXPECT_THAT(parse({body + "\r\n--B--"}, "B", {.parts = 4}), ::testing::Not(::testing::HasSubstr("error")));
    EXPECT_THAT(parse({body + "\r\n--B--"}, "B", {.parts = 3}),
                ::testing::HasSubstr("error: Too many parts. Maximum number of parts is 3."));
}

TEST(MultipartBoundary, IsReadFromTheContentType) {
    const auto boundary = [](std::string_view type) -> std::string {
        const auto result = parse_multipart_boundary(type);
        if (!result) return "(another type)";
        return *result ? **result : result->error().detail;
    };
    EXPECT_EQ(boundary("multipart/form-data; boundary=abc"), "abc");
    EXPECT_EQ(boundary("Multipart/Form-Data;charset=utf-8; Boundary=\"a b\""), "a b");
    EXPECT_EQ(boundary("multipart/form-data; x=\"y;boundary=no\"; boundary=----WebKitFormBoundary7M"),
              "----WebKitFormBoundary7M");
    EXPECT_EQ(boundary("multipart/form-data"), "Missing boundary in multipart.");
    EXPECT_EQ(boundary("multipart/form-data; boundary="), "Malformed boundary in multipart.");
    EXPECT_EQ(boundary("multipart/form-data; boundary=\"a \""), "Malformed boundary in multipart.");
    EXPECT_EQ(boundary("multipart/form-data; boundary=" + std::string(71, 'x')), "Malformed boundary in multipart.");
    EXPECT_EQ(boundary("multipart/form-data; boundary=a\x01"), "Malformed boundary in multipart.");
    EXPECT_EQ(boundary("multipart/mixed; boundary=a"), "(another type)");
    EXPECT_EQ(boundary("application/json"), "(another type)");
    EXPECT_EQ(boundary(""), "(another type)");
}

}  // namespace
}  // namespace nassaq::http
