#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "../support/temporary_folder.hpp"
#include "base/spool.hpp"
#include "storage/folder_sync.hpp"
#include "storage/local.hpp"

namespace {

namespace fs = std::filesystem;

/// The system calls of this thread that a power cut makes matter, in order; empty while nobody records.
thread_local std::vector<std::string>* recorded = nullptr;
/// Fails the fsync of this file, once.
thread_local std::string failing_sync;

/// For all threads: the fsyncs that have begun, the latest of them that has ended, and whether they fail.
std::atomic<int> syncs_begun = 0;
std::atomic<int> last_sync_ended = 0;
std::atomic<bool> syncs_fail = false;
std::atomic<bool> syncs_are_held = false;

std::string name_of(int fd) {
    std::error_code ignored;
    return fs::read_symlink("/proc/self/fd/" + std::to_string(fd), ignored).filename().string();
}

void record(const std::string& event) {
    if (recorded != nullptr) {
        recorded->push_back(event);
    }
}

}  // namespace

// These take the place of the C library's in this executable.
extern "C" {

int fsync(int fd) {
    const std::string name = name_of(fd);
    if (!failing_sync.empty() && name == failing_sync) {
        failing_sync.clear();
        errno = EIO;
        return -1;
    }
    record("sync " + name);
    const int number = ++syncs_begun;
    syncs_are_held.wait(true);
    const bool fails = syncs_fail;
    const auto result = static_cast<int>(::syscall(SYS_fsync, fd));
    int last = last_sync_ended;
    while (last < number && !last_sync_ended.compare_exchange_weak(last, number)) {
    }
    if (fails) {
        errno = EIO;
        return -1;
    }
    return result;
}

int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
    const auto result = static_cast<int>(::syscall(SYS_linkat, from_folder, from, to_folder, to, flags));
    if (result == 0) {
        record(std::string("link ") + to);
    }
    return result;
}

int mkdirat(int folder, const char* name, mode_t mode) noexcept {
    const auto result = static_cast<int>(::syscall(SYS_mkdirat, folder, name, mode));
    if (result == 0) {
        record(std::string("make ") + name);
    }
    return result;
}

int unlinkat(int folder, const char* name, int flags) noexcept {
    const auto result = static_cast<int>(::syscall(SYS_unlinkat, folder, name, flags));
    if (result == 0) {
        record(std::string("remove ") + name);
    }
    return result;
}
}

namespace nassaq::storage {
namespace {

using testing::ElementsAre;

class LocalStorageDurabilityTest : public testing::Test {
protected:
    SpoolFile spooled(std::string_view content) {
        SpoolFile file = spool_.create();
        file.append(content);
        file.finish();
        return file;
    }

    static std::vector<std::string> calls_of(const std::function<void()>& action) {
        std::vector<std::string> calls;
        recorded = &calls;
        action();
        recorded = nullptr;
        return calls;
    }

    test::TemporaryFolder folder_;
    Spool spool_{folder_ / "spool"};
    std::unique_ptr<Storage> storage_ = make_local_storage(folder_ / "blobs");
};

TEST_F(LocalStorageDurabilityTest, SyncsTheBytesThenLinksThenSyncsTheFolder) {
    const SpoolFile file = spooled("x");
    const std::string bytes = file.path().filename();
    EXPECT_THAT(calls_of([&] { (void)storage_->upload("a", file, ""); }),
                ElementsAre("sync " + bytes, "link a", "sync blobs"));
}

TEST_F(LocalStorageDurabilityTest, SyncsALargeFileOnceBesideItsHash) {
    SpoolFile file = spool_.create();
    const std::string bytes = file.path().filename();
    EXPECT_THAT(calls_of([&] {
                    file.append(std::string(5'000'000, 'x'));
                    file.finish();
                    (void)storage_->upload("a", file, "");
                }),
                ElementsAre("sync " + bytes, "link a", "sync blobs"));
}

TEST_F(LocalStorageDurabilityTest, SyncsTheParentOfEachNewFolder) {
    const SpoolFile file = spooled("x");
    const std::string bytes = file.path().filename();
    EXPECT_THAT(calls_of([&] { (void)storage_->upload("a/b/c", file, ""); }),
                ElementsAre("sync " + bytes, "make a%", "sync blobs", "make b%", "sync a%", "link c", "sync b%"));
}

TEST_F(LocalStorageDurabilityTest, SyncsFoldersThatAnotherUploadHasJustMade) {
    ASSERT_TRUE(storage_->upload("a/b", spooled("x"), ""));
    const SpoolFile file = spooled("x");
    const std::string bytes = file.path().filename();
    EXPECT_THAT(calls_of([&] { (void)storage_->upload("a/c", file, ""); }),
                ElementsAre("sync " + bytes, "sync blobs", "link c", "sync a%"));
}

TEST_F(LocalStorageDurabilityTest, SyncsARemoval) {
    ASSERT_TRUE(storage_->upload("a/b/c", spooled("x"), ""));
    ASSERT_TRUE(storage_->upload("a/d", spooled("x"), ""));
    EXPECT_THAT(calls_of([&] { storage_->remove("a/b/c"); }), ElementsAre("remove a%/b%/c", "remove a%/b%", "sync a%"));
}

TEST_F(LocalStorageDurabilityTest, BytesThatCannotBeSyncedAreNotStored) {
    const SpoolFile file = spooled("x");
    failing_sync = file.path().filename();
    EXPECT_THROW((void)storage_->upload("a/b", file, ""), std::system_error);
    EXPECT_FALSE(storage_->exists("a/b"));
    EXPECT_TRUE(storage_->upload("a/b", file, ""));
}

TEST_F(LocalStorageDurabilityTest, AnEntryThatCannotBeSyncedIsTakenBack) {
    const SpoolFile file = spooled("x");
    failing_sync = "a%";
    EXPECT_THROW((void)storage_->upload("a/b", file, ""), std::system_error);
    EXPECT_FALSE(storage_->exists("a/b"));
    EXPECT_FALSE(fs::exists(folder_ / "blobs" / "a%"));
    EXPECT_TRUE(storage_->upload("a/b", file, ""));
}

class FolderSyncTest : public testing::Test {
protected:
    void sync() { folder_sync_.sync(folder_.get(), temporary_.path()); }

    test::TemporaryFolder temporary_;
    UniqueFd folder_{::open(temporary_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    FolderSync folder_sync_;
};

TEST_F(FolderSyncTest, EachReturnsAfterASyncThatBeganAfterItCame) {
    constexpr int threads = 8;
    constexpr int calls = 100;
    const int before = syncs_begun;
    {
        std::vector<std::jthread> all;
        for (int t = 0; t < threads; ++t) {
            all.emplace_back([&] {
                for (int i = 0; i < calls; ++i) {
                    const int begun = syncs_begun;
                    sync();
                    EXPECT_GT(last_sync_ended, begun);
                }
            });
        }
    }
    EXPECT_LT(syncs_begun - before, threads * calls) << "each synced for itself";
}

TEST_F(FolderSyncTest, AFailureIsToldToAllWhoWaitedForIt) {
    syncs_are_held = true;
    const int before = syncs_begun;
    std::atomic<int> failures = 0;
    const auto count_failure = [&] {
        try {
            sync();
        } catch (const std::system_error& error) {
            failures += error.code().value() == EIO ? 1 : 0;
        }
    };
    {
        std::vector<std::jthread> all;
        all.emplace_back(count_failure);
        while (syncs_begun == before) {
            std::this_thread::yield();
        }
        for (int t = 0; t < 4; ++t) {
            all.emplace_back(count_failure);
        }
        syncs_fail = true;
        syncs_are_held = false;
        syncs_are_held.notify_all();
    }
    EXPECT_EQ(failures, 5);
    syncs_fail = false;
    EXPECT_NO_THROW(sync());
}

TEST_F(FolderSyncTest, FoldersDoNotWaitForEachOther) {
    const test::TemporaryFolder other;
    const UniqueFd other_folder(::open(other.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    syncs_are_held = true;
    const int before = syncs_begun;
    std::jthread first([&] { sync(); });
    std::jthread second([&] { folder_sync_.sync(other_folder.get(), other.path()); });
    while (syncs_begun < before + 2) {
        std::this_thread::yield();
    }
    syncs_are_held = false;
    syncs_are_held.notify_all();
}

}  // namespace
}  // namespace nassaq::storage
