#include "imports/put_aside.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <system_error>

#include "../support/temporary_folder.hpp"
#include "base/file.hpp"

namespace nassaq::imports {
namespace {

class PutAsideTest : public testing::Test {
protected:
    void put(const std::string& relative, const std::string& content) {
        std::filesystem::create_directories((root() / relative).parent_path());
        std::ofstream(root() / relative) << content;
    }
    [[nodiscard]] std::string content(const std::string& relative) const { return file::read_small(root() / relative); }
    [[nodiscard]] const std::filesystem::path& root() const { return folder_.path(); }

private:
    test::TemporaryFolder folder_;
};

TEST_F(PutAsideTest, KeepsTheTree) {
    put("a/b/letter.txt", "one");
    EXPECT_EQ(put_aside(root(), done_folder, "a/b/letter.txt"), root() / "done/a/b/letter.txt");
    EXPECT_EQ(content("done/a/b/letter.txt"), "one");
    EXPECT_FALSE(std::filesystem::exists(root() / "a/b/letter.txt"));
}

TEST_F(PutAsideTest, ReplacesNothing) {
    for (const char* text : {"first", "second", "third"}) {
        put("scan.pdf", text);
        put_aside(root(), done_folder, "scan.pdf");
    }
    EXPECT_EQ(content("done/scan.pdf"), "first");
    EXPECT_EQ(content("done/scan (2).pdf"), "second");
    EXPECT_EQ(content("done/scan (3).pdf"), "third");
}

TEST_F(PutAsideTest, NotesWhyBesideIt) {
    put("a/bad.pdf", "?");
    put("failed/a/bad.pdf", "one of before");
    put_aside_as_failed(root(), "a/bad.pdf", "The file is damaged.");
    EXPECT_EQ(content("failed/a/bad (2).pdf"), "?");
    EXPECT_EQ(content("failed/a/bad (2).pdf.why.txt"), "The file is damaged.\n");
}

TEST_F(PutAsideTest, SaysWhatIsGone) {
    EXPECT_THROW(put_aside(root(), done_folder, "nothing.pdf"), std::system_error);
}

}  // namespace
}  // namespace nassaq::imports
