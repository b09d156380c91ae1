#include "imports/source_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <map>

#include "../support/temporary_folder.hpp"

namespace nassaq::imports {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;

class SourceTreeTest : public testing::Test {
protected:
    void put(const std::string& relative) {
        std::filesystem::create_directories((root() / relative).parent_path());
        std::ofstream(root() / relative) << relative;
    }
    void visit(std::vector<std::string> left_out = {}) {
        SourceTree(root(), std::move(left_out))
            .visit({.on_file = [&](const SourceFile& file) { files_.push_back(file.relative.native()); },
                    .on_fault = [&](const SourceFault& fault) { faults_[shown(fault.relative)] = fault.reason; }},
                   stop_.get_token());
    }
    [[nodiscard]] const std::filesystem::path& root() const { return folder_.path(); }

    std::vector<std::string> files_;
    std::map<std::string, std::string> faults_;
    std::stop_source stop_;

private:
    test::TemporaryFolder folder_;
};

TEST_F(SourceTreeTest, FindsFilesHoweverDeep) {
    std::string deep;
    for (int level = 0; level < 60; ++level) deep += "مجلد/";
    put("a.txt");
    put(deep + "b.txt");
    visit();
    EXPECT_THAT(files_, UnorderedElementsAre("a.txt", deep + "b.txt"));
    EXPECT_TRUE(faults_.empty());
}

TEST_F(SourceTreeTest, PassesOverWhatIsForPrograms) {
    for (const char* name : {".git/config", ".hidden", "~$letter.docx", "Thumbs.db", "DESKTOP.INI", "a.TMP", "b.part",
                             "c.pdf.crdownload", "d.filepart", "e.txt"}) {
        put(name);
    }
    visit();
    EXPECT_THAT(files_, ElementsAre("e.txt"));
    EXPECT_TRUE(faults_.empty());
}

TEST_F(SourceTreeTest, LeavesOutTopFoldersAlone) {
    put("done/a.txt");
    put("inner/done/b.txt");
    visit({"done", "failed"});
    EXPECT_THAT(files_, ElementsAre("inner/done/b.txt"));
}

TEST_F(SourceTreeTest, TellsOfWhatCanBeNoDocument) {
    put("inner/a.txt");
    std::filesystem::create_symlink("a.txt", root() / "inner/link");
    std::filesystem::create_directory_symlink("..", root() / "inner/circle");
    ASSERT_EQ(::mkfifo((root() / "pipe").c_str(), 0600), 0);
    put("latin \xe9.txt");
    visit();
    EXPECT_THAT(files_, ElementsAre("inner/a.txt"));
    EXPECT_THAT(faults_, UnorderedElementsAre(Pair("inner/link", "It is a symbolic link, which is not followed."),
                                              Pair("inner/circle", "It is a symbolic link, which is not followed."),
                                              Pair("pipe", "It is no regular file."),
                                              Pair("latin %E9.txt", "Its name is no UTF-8.")));
}

TEST_F(SourceTreeTest, EndsWhenItIsStopped) {
    put("a.txt");
    put("b/c.txt");
    stop_.request_stop();
    visit();
    EXPECT_TRUE(files_.empty());
}

TEST(IsQuietTest, LooksAtTheLastChangeNotAtTheDate) {
    using namespace std::chrono_literals;
    const auto ago = [](std::chrono::nanoseconds time) {
        return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch() - time).count();
    };
    EXPECT_TRUE(is_quiet({.modified_ns = ago(1h), .changed_ns = ago(1h)}, 2s));
    EXPECT_FALSE(is_quiet({.modified_ns = ago(1h), .changed_ns = ago(1s)}, 2s));
    EXPECT_FALSE(is_quiet({.modified_ns = ago(1s), .changed_ns = ago(1h)}, 2s));
    EXPECT_TRUE(is_quiet({.modified_ns = ago(-1h), .changed_ns = ago(1h)}, 2s));
}

}  // namespace
}  // namespace nassaq::imports
