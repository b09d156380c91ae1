#include "ocr/temporary_folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <stop_token>
#include <utility>

#include "ocr/extractor.hpp"
#include "support/scratch_folder.hpp"

namespace nassaq::ocr {
namespace {

namespace fs = std::filesystem;

TEST(TemporaryFolder, IsPrivateAndRemovedWithItsContent) {
    const test::ScratchFolder scratch;
    fs::path path;
    {
        const auto folder = TemporaryFolder::create(scratch.path() / "made" / "too");
        ASSERT_TRUE(folder);
        path = folder->path();
        EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
        std::ofstream(path / "page.pgm") << "pixels";
    }
    EXPECT_FALSE(fs::exists(path));
}

TEST(TemporaryFolder, StaysWhileItIsMoved) {
    const test::ScratchFolder scratch;
    std::optional<TemporaryFolder> moved;
    {
        auto folder = TemporaryFolder::create(scratch.path());
        ASSERT_TRUE(folder);
        moved.emplace(std::move(*folder));
    }
    EXPECT_TRUE(fs::exists(moved->path()));
}

TEST(TemporaryFolder, TellsWhyItCannotBeMade) {
    const test::ScratchFolder scratch;
    const auto folder = TemporaryFolder::create(scratch.write("file", ""));
    EXPECT_FALSE(folder);
}

TEST(AbandonedFolders, AreRemovedButLivingOnesAreNot) {
    const test::ScratchFolder scratch;
    const auto living = TemporaryFolder::create(scratch.path());
    ASSERT_TRUE(living);
    ASSERT_TRUE(fs::create_directory(scratch.path() / "something-else"));

    const pid_t process = fork();
    ASSERT_GE(process, 0);
    if (process == 0) {
        const auto abandoned = TemporaryFolder::create(scratch.path());
        if (abandoned) std::ofstream(abandoned->path() / "file") << "left behind";
        kill(getpid(), SIGKILL);
    }
    waitpid(process, nullptr, 0);
    ASSERT_EQ(std::distance(fs::directory_iterator(scratch.path()), {}), 3);

    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(remove_abandoned_folders(scratch.path(), stop.get_token()), 0U);
    EXPECT_EQ(remove_abandoned_folders(scratch.path()), 1U);
    EXPECT_TRUE(fs::exists(living->path()));
    EXPECT_TRUE(fs::exists(scratch.path() / "something-else"));
    EXPECT_EQ(remove_abandoned_folders(scratch.path()), 0U);
    EXPECT_EQ(remove_abandoned_folders(scratch.path() / "missing"), 0U);
}

}  // namespace
}  // namespace nassaq::ocr
