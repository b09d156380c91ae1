#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <functional>
#include <string>
#include <system_error>

#include "../support/temporary_folder.hpp"
#include "base/spool.hpp"
#include "storage/local.hpp"

namespace nassaq::storage {
namespace {

namespace fs = std::filesystem;

/// A small file system in memory, for as long as this object lives.
class SmallFileSystem {
public:
    explicit SmallFileSystem(fs::path path, const char* options) : path_(std::move(path)) {
        fs::create_directories(path_);
        mounted_ = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, options) == 0;
    }
    SmallFileSystem(const SmallFileSystem&) = delete;
    SmallFileSystem& operator=(const SmallFileSystem&) = delete;
    ~SmallFileSystem() {
        if (mounted_) {
            ::umount(path_.c_str());
        }
    }

    [[nodiscard]] bool is_mounted() const { return mounted_; }

private:
    fs::path path_;
    bool mounted_ = false;
};

SpoolFile spooled(Spool& spool, std::string_view content) {
    SpoolFile file = spool.create();
    file.append(content);
    file.finish();
    return file;
}

int error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const std::system_error& error) {
        return error.code().value();
    }
    return 0;
}

/// Blobs and the folders made for them.
std::size_t count_entries(const fs::path& root) {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        count += entry.path().filename() == "%staging" ? 0 : 1;
    }
    return count;
}

class LocalStorageFaultTest : public testing::Test {
protected:
    test::TemporaryFolder folder_;
};

TEST_F(LocalStorageFaultTest, CopiesFromAnotherFileSystem) {
    const SmallFileSystem other(folder_ / "other", "size=8m");
    if (!other.is_mounted()) {
        GTEST_SKIP() << "mounting is not permitted here";
    }
    Spool spool(folder_ / "other" / "spool");
    const auto storage = make_local_storage(folder_ / "blobs");
    const SpoolFile file = spooled(spool, std::string(3'000'000, 'x'));
    ASSERT_TRUE(storage->upload("a/b", file, ""));
    EXPECT_EQ(storage->properties("a/b").value().size, 3'000'000U);
    EXPECT_EQ(storage->upload("a/b", file, "").error(), UploadError::already_exists);
    EXPECT_EQ(storage->properties("a/b").value().size, 3'000'000U);
    EXPECT_FALSE(storage->is_stored_from("a/b", file.path()));
    EXPECT_TRUE(fs::is_empty(folder_ / "blobs" / "%staging"));
}

TEST_F(LocalStorageFaultTest, AFullDiskLeavesNothingOfTheUpload) {
    const SmallFileSystem small(folder_ / "small", "size=1m");
    if (!small.is_mounted()) {
        GTEST_SKIP() << "mounting is not permitted here";
    }
    Spool spool(folder_ / "spool");
    const auto storage = make_local_storage(folder_ / "small" / "blobs");
    ASSERT_TRUE(storage->upload("kept", spooled(spool, "kept"), ""));

    const SpoolFile big = spooled(spool, std::string(3'000'000, 'x'));
    EXPECT_EQ(error_of([&] { (void)storage->upload("a/b/big", big, ""); }), ENOSPC);
    EXPECT_EQ(count_entries(folder_ / "small" / "blobs"), 1U);
    EXPECT_TRUE(fs::is_empty(folder_ / "small" / "blobs" / "%staging"));
    EXPECT_EQ(storage->properties("kept").value().size, 4U);
    EXPECT_TRUE(storage->upload("after", spooled(spool, "fits"), ""));
}

TEST_F(LocalStorageFaultTest, CheckTellsAFullDisk) {
    const SmallFileSystem small(folder_ / "small", "size=64k");
    if (!small.is_mounted()) {
        GTEST_SKIP() << "mounting is not permitted here";
    }
    const auto storage = make_local_storage(folder_ / "small" / "blobs");
    EXPECT_NO_THROW(storage->check());
    std::ofstream(folder_ / "small" / "filler") << std::string(std::size_t{128} * 1024, 'x');
    EXPECT_EQ(error_of([&] { storage->check(); }), ENOSPC);
}

TEST_F(LocalStorageFaultTest, AFolderThatCannotBeMadeLeavesNothing) {
    // Inodes, not bytes, run out: after two folders there is none left for the third.
    const SmallFileSystem small(folder_ / "small", "size=1m,nr_inodes=8");
    if (!small.is_mounted()) {
        GTEST_SKIP() << "mounting is not permitted here";
    }
    Spool spool(folder_ / "small" / "spool");  // root, spool, its folder, its lock, the file: 5.
    const auto storage = make_local_storage(folder_ / "small" / "blobs");  // blobs, %staging: 7.
    const SpoolFile file = spooled(spool, "x");
    EXPECT_EQ(error_of([&] { (void)storage->upload("a/b/c", file, ""); }), ENOSPC);
    EXPECT_EQ(count_entries(folder_ / "small" / "blobs"), 0U);
    EXPECT_TRUE(storage->upload("c", file, ""));
}

TEST_F(LocalStorageFaultTest, RefusesARootThatIsNoFolder) {
    std::ofstream(folder_ / "file") << "x";
    EXPECT_NE(error_of([&] { make_local_storage(folder_ / "file"); }), 0);
    EXPECT_NE(error_of([&] { make_local_storage(folder_ / "file" / "below"); }), 0);
}

/// The child is killed while it uploads; what it had been told is stored must be there, and nothing half.
TEST_F(LocalStorageFaultTest, AKilledUploadLeavesWholeBlobsOnly) {
    const std::string content(200'000, 'k');
    for (int round = 0; round < 5; ++round) {
        std::array<int, 2> pipe{};
        ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            Spool spool(folder_ / "spool");
            const auto storage = make_local_storage(folder_ / "blobs");
            for (int i = 0;; ++i) {
                const std::string name = std::to_string(round) + "/" + std::to_string(i);
                if (!storage->upload(name, spooled(spool, content), "") || ::write(pipe[1], "+", 1) != 1) {
                    ::_exit(1);
                }
            }
        }
        ::close(pipe[1]);
        std::array<char, 20> told{};
        ASSERT_GT(::read(pipe[0], told.data(), told.size()), 0);
        ::kill(child, SIGKILL);
        ASSERT_EQ(::waitpid(child, nullptr, 0), child);
        std::size_t stored = 1;
        while (::read(pipe[0], told.data(), 1) == 1) {
            ++stored;
        }
        ::close(pipe[0]);

        const auto storage = make_local_storage(folder_ / "blobs");
        std::size_t found = 0;
        storage->list(std::to_string(round) + "/", [&](const BlobProperties& blob) {
            EXPECT_EQ(blob.size, content.size()) << blob.name;
            ++found;
            return true;
        });
        EXPECT_GE(found, stored);
    }
}

}  // namespace
}  // namespace nassaq::storage
