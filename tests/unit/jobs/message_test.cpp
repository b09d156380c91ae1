#include "jobs/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace nassaq::jobs {
namespace {

using testing::HasSubstr;

TEST(JobMessage, IsReadBackAsWritten) {
    const JobMessage message{.doc_id = 9'007'199'254'740'993,
                             .file_path = "local:///blobs/a%20b",
                             .filename = "عقد \"1\".pdf",
                             .user_id = 7};
    const auto read = parse_message(to_json(message));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->doc_id, message.doc_id);
    EXPECT_EQ(read->file_path, message.file_path);
    EXPECT_EQ(read->filename, message.filename);
    EXPECT_EQ(read->user_id, message.user_id);
}

TEST(JobMessage, HasTheFormOfThePlatform) {
    EXPECT_EQ(to_json({.doc_id = 1, .file_path = "u", .filename = "f", .user_id = 2}),
              R"({"doc_id":1,"file_path":"u","filename":"f","user_id":2})");
}

TEST(JobMessage, ReadsWhatPythonWrites) {
    const auto read = parse_message(
        R"({"doc_id": 12, "file_path": "https://acc.blob.core.windows.net/docs/a/%D8%B9.pdf", "filename": "\u0639\u0642\u062f.pdf", "user_id": 3, "extra": [1]})");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->doc_id, 12);
    EXPECT_EQ(read->filename, "عقد.pdf");
    EXPECT_EQ(read->user_id, 3);
}

TEST(JobMessage, NeedsNoUser) {
    EXPECT_FALSE(parse_message(R"({"doc_id":1,"file_path":"u","filename":"f"})").value().user_id);
    EXPECT_FALSE(parse_message(R"({"doc_id":1,"file_path":"u","filename":"f","user_id":null})").value().user_id);
}

TEST(JobMessage, SaysWhatIsWrong) {
    const std::pair<std::string, std::string> cases[] = {
        {"", "JSON"},
        {"not json", "JSON"},
        {"{\"doc_id\":1", "JSON"},
        {"{\"doc_id\":1,\"file_path\":\"\xff\",\"filename\":\"f\"}", "JSON"},
        {"[1]", "object"},
        {"null", "object"},
        {R"({"file_path":"u","filename":"f"})", "doc_id"},
        {R"({"doc_id":"1","file_path":"u","filename":"f"})", "doc_id"},
        {R"({"doc_id":1.5,"file_path":"u","filename":"f"})", "doc_id"},
        {R"({"doc_id":99999999999999999999,"file_path":"u","filename":"f"})", "doc_id"},
        {R"({"doc_id":1,"filename":"f"})", "file_path"},
        {R"({"doc_id":1,"file_path":7,"filename":"f"})", "file_path"},
        {R"({"doc_id":1,"file_path":"u"})", "filename"},
        {R"({"doc_id":1,"file_path":"u","filename":null})", "filename"},
    };
    for (const auto& [body, part] : cases) {
        const auto read = parse_message(body);
        ASSERT_FALSE(read) << body;
        EXPECT_THAT(read.error(), HasSubstr(part)) << body;
    }
}

TEST(JobMessage, DeepNestingIsRefusedAndHarmless) {
    EXPECT_FALSE(parse_message(std::string(100'000, '[')));
}

TEST(JobMessage, ADeadLetterIsAMessageWithAReason) {
    const std::string letter =
        to_dead_letter({.doc_id = 1, .file_path = "u", .filename = "f", .user_id = 2}, "The PDF needs a password.");
    EXPECT_EQ(parse_message(letter).value().doc_id, 1);
    EXPECT_THAT(letter, HasSubstr(R"("reason":"The PDF needs a password.")"));
}

}  // namespace
}  // namespace nassaq::jobs
