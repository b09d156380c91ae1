#include "documents/filename.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"

namespace nassaq::documents {
namespace {

std::string repeat(std::string_view text, int count) {
    std::string result;
    for (int i = 0; i < count; ++i) {
        result += text;
    }
    return result;
}

TEST(SafeFilename, KeepsTheNameWithoutItsDirectories) {
    struct Case {
        std::string client_name;
        std::string filename;
    };
    const std::vector<Case> cases{
        {"a.pdf", "a.pdf"},
        {"رسالة المكتبة.jpg", "رسالة المكتبة.jpg"},
        {"e\u0301te\u0301.pdf", "été.pdf"},
        {"/etc/passwd", "passwd"},
        {"../../a.pdf", "a.pdf"},
        {"..\\..\\a.pdf", "a.pdf"},
        {"C:\\fakepath\\a.pdf", "a.pdf"},
        {"\\\\server\\share/mixed\\a.pdf", "a.pdf"},
        {"a/.../b.pdf", "b.pdf"},
        {" a.pdf\t", "a.pdf"},
        {"\u00a0a.pdf\u3000", "a.pdf"},
        {"...", "..."},
        {".hidden", ".hidden"},
        {"a..pdf", "a..pdf"},
        {"%2e%2e%2fa.pdf", "%2e%2e%2fa.pdf"},
        {"a:b*c?.pdf", "a:b*c?.pdf"},
        {"\u202aa\u202e\u200b.pdf", "a.pdf"},
        {"\u200e a.pdf", "a.pdf"},
        {"می\u200cخواهم.pdf", "می\u200cخواهم.pdf"},
        {"😀.pdf", "😀.pdf"},
        {repeat("ن", 251) + ".pdf", repeat("ن", 251) + ".pdf"},
        {repeat("😀", 125) + "x.pdf", repeat("😀", 125) + "x.pdf"},
        // In its composed form it is short enough.
        {repeat("e\u0301", 251) + ".pdf", repeat("é", 251) + ".pdf"},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(safe_filename(c.client_name), c.filename) << c.client_name;
    }
}

TEST(SafeFilename, RefusesWhatIsNoName) {
    const std::vector<std::string> names{
        "",
        " ",
        ".",
        "..",
        ".\u200b.",
        " .. ",
        "/",
        "a/",
        "a\\",
        "a/..",
        "..\\..",
        "a/ ",
        std::string("a\0.pdf", 6),
        "a\nb.pdf",
        "a\x7f.pdf",
        "a\u0085.pdf",
        "a\r\nContent-Type: x",
        repeat("ن", 252) + ".pdf",
        repeat("😀", 126) + ".pdf",
    };
    for (const std::string& name : names) {
        EXPECT_EQ(safe_filename(name), std::nullopt) << name;
    }
}

TEST(ExtensionOf, IsTheLastOneInLowerCase) {
    struct Case {
        std::string_view filename;
        std::string_view extension;
    };
    const std::vector<Case> cases{
        {"Report.PDF", ".pdf"}, {"a.tar.gz", ".gz"}, {"a", ""}, {".pdf", ""}, {"a.", "."},
        {"..pdf", ".pdf"},      {"عقد.Txt", ".txt"}, {"", ""},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(extension_of(c.filename), c.extension) << c.filename;
    }
}

TEST(BlobName, JoinsThePathAndTheName) {
    EXPECT_EQ(full_name("/", "a.pdf"), "a.pdf");
    EXPECT_EQ(full_name("عقود/2024", "a.pdf"), "عقود/2024/a.pdf");
}

TEST(AlternativeBlobName, PutsAMarkBeforeTheExtension) {
    const std::string name = alternative_full_name("contracts", "Lease.PDF");
    EXPECT_TRUE(name.starts_with("contracts/Lease~")) << name;
    EXPECT_TRUE(name.ends_with(".PDF")) << name;
    EXPECT_EQ(name.size(), std::string_view("contracts/Lease~.PDF").size() + 12);
    EXPECT_NE(name, alternative_full_name("contracts", "Lease.PDF"));
    EXPECT_TRUE(alternative_full_name("/", "plain").starts_with("plain~"));
}

/// SQL Server's keys have 1,700 bytes, two for each unit of UTF-16; a longer name would be refused.
TEST(AlternativeBlobName, OfTheLongestNamesFitsIntoAKey) {
    constexpr int most_units_of_a_path = 500;
    constexpr int most_units_of_a_name = 255;
    constexpr std::size_t most_units_of_a_key = 1'700 / 2;
    const std::string name =
        alternative_full_name(repeat("ع", most_units_of_a_path), repeat("ع", most_units_of_a_name));
    EXPECT_GT(name.size(), 2U * (most_units_of_a_path + most_units_of_a_name));
    EXPECT_LE(text::count_utf16_units(name), most_units_of_a_key);
}

TEST(AlternativeBlobName, CutsNoCharacterWhoseLowerCaseHasAnotherLength) {
    for (const std::string_view filename : {"é.\u0130", "é.\u212av", "é.\u0130\u0130\u0130"}) {
        const std::string name = alternative_full_name("/", filename);
        EXPECT_TRUE(text::is_valid_utf8(name)) << name;
        EXPECT_TRUE(name.starts_with("é~")) << name;
    }
}

}  // namespace
}  // namespace nassaq::documents
