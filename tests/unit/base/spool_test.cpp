#include "base/spool.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <set>
#include <system_error>
#include <thread>
#include <vector>

#include "base/id.hpp"

namespace nassaq {
namespace {

namespace fs = std::filesystem;

class SpoolFolder : public testing::Test {
protected:
    ~SpoolFolder() override { fs::remove_all(root_); }

    /// Runs `work` with a spool of its own in a child process, which then is killed without a chance to clean up.
    void in_killed_process(const std::function<void(Spool&)>& work) const {
        const pid_t child = ::fork();
        if (child == 0) {
            Spool spool(root_);
            work(spool);
            ::kill(::getpid(), SIGKILL);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "the child failed before its end";
    }

    [[nodiscard]] std::ptrdiff_t count_folders() const {
        return std::distance(fs::directory_iterator(root_), fs::directory_iterator());
    }

    fs::path root_ = fs::temp_directory_path() / ("nassaq-spool-" + random_uuid());
};

TEST_F(SpoolFolder, FilesAreHashedWhileTheyAreWritten) {
    Spool spool(root_);
    SpoolFile spooled = spool.create();
    spooled.append("ab");
    spooled.append("");
    spooled.append("c");
    EXPECT_EQ(spooled.sha256(), "");
    spooled.finish();
    EXPECT_EQ(spooled.size(), 3U);
    EXPECT_EQ(spooled.sha256(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(file::read_small(spooled.path()), "abc");
    EXPECT_EQ(fs::status(spooled.path()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(SpoolFolder, ALargeFileIsSyncedBesideItsHash) {
    Spool spool(root_);
    for (const bool is_large : {false, true}) {
        SpoolFile spooled = spool.create();
        spooled.append(std::string(is_large ? 5'000'000 : 5'000, 'x'));
        EXPECT_FALSE(spooled.is_synced());
        spooled.finish();
        EXPECT_EQ(spooled.is_synced(), is_large);
        const SpoolFile moved = std::move(spooled);
        EXPECT_EQ(moved.is_synced(), is_large);
    }
}

/// Writes down what it is told.
class Diary final : public SpoolCompanion {
public:
    explicit Diary(std::vector<std::string>& lines) : lines_(lines) {}
    ~Diary() override { lines_.emplace_back("gone"); }
    void on_written(std::uint64_t size) override { lines_.push_back(std::to_string(size)); }

private:
    std::vector<std::string>& lines_;
};

TEST_F(SpoolFolder, ACompanionIsToldHowFarAFileIsAndGoesWithIt) {
    Spool spool(root_);
    std::vector<std::string> lines;
    {
        SpoolFile spooled = spool.create();
        EXPECT_EQ(spooled.companion(), nullptr);
        spooled.take_along(std::make_unique<Diary>(lines));
        spooled.append("ab");
        SpoolFile moved = std::move(spooled);
        moved.append(std::string(5 << 20, 'x'));
        moved.append("c");
        moved.finish();
        EXPECT_NE(dynamic_cast<Diary*>(moved.companion()), nullptr);
        EXPECT_EQ(lines, (std::vector<std::string>{"2", "5242882", "5242883"}));
    }
    EXPECT_EQ(lines.back(), "gone");
    EXPECT_EQ(lines.size(), 4U);
}

TEST_F(SpoolFolder, FilesGoWithTheirObjectsAndTheFolderWithTheSpool) {
    {
        Spool spool(root_);
        fs::path path;
        {
            SpoolFile spooled = spool.create();
            spooled.append("x");
            spooled.note_blob_name("a/b.pdf");
            path = spooled.path();
            EXPECT_TRUE(fs::exists(path));
            SpoolFile moved = std::move(spooled);
            EXPECT_EQ(moved.path(), path);
        }
        EXPECT_FALSE(fs::exists(path));
        // The lock, and a note for the next file.
        EXPECT_EQ(std::distance(fs::directory_iterator(spool.directory()), fs::directory_iterator()), 2);
    }
    EXPECT_EQ(count_folders(), 0);
}

TEST_F(SpoolFolder, AssigningRemovesTheFileThatWasThere) {
    Spool spool(root_);
    SpoolFile kept = spool.create();
    const fs::path first = kept.path();
    {
        SpoolFile other = spool.create();
        kept = std::move(other);
    }
    EXPECT_FALSE(fs::exists(first));
    EXPECT_TRUE(fs::exists(kept.path()));
}

TEST_F(SpoolFolder, AFileThatWasLinkedElsewhereKeepsItsBytes) {
    Spool spool(root_);
    const fs::path blob = root_ / "blob";
    {
        SpoolFile spooled = spool.create();
        spooled.append("content");
        spooled.finish();
        fs::create_hard_link(spooled.path(), blob);
    }
    EXPECT_EQ(file::read_small(blob), "content");
}

TEST_F(SpoolFolder, AFileThatIsThereAlreadyIsHashedAndLeftAlone) {
    Spool spool(root_);
    const fs::path original = root_ / "original";
    file::write_all(file::create(original).get(), "abc", original);
    {
        auto file = spool.adopt([&](const auto& path) {
            std::filesystem::create_hard_link(original, path);
            return true;
        });
        ASSERT_TRUE(file);
        file->finish();
        EXPECT_EQ(file->size(), 3U);
        EXPECT_EQ(file->sha256(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
    EXPECT_EQ(std::filesystem::hard_link_count(original), 1U);
    EXPECT_EQ(file::read_small(original), "abc");
    EXPECT_FALSE(spool.adopt([](const auto&) { return false; }));
}

TEST_F(SpoolFolder, LeftoversOfAKilledProcessAreFoundWithTheirNotes) {
    in_killed_process([](Spool& spool) {
        SpoolFile without_note = spool.create();
        without_note.append("1");
        SpoolFile with_note = spool.create();
        with_note.append("22");
        with_note.finish();
        with_note.note_blob_name("a name that was taken");
        with_note.note_blob_name("عقود/عقد.pdf");
        ::kill(::getpid(), SIGKILL);
    });
    Spool spool(root_);
    SpoolFile living = spool.create();
    const auto leftovers = spool.leftovers();
    ASSERT_EQ(leftovers.size(), 2U);
    for (const SpoolLeftover& leftover : leftovers) {
        EXPECT_NE(leftover.file, living.path());
        const bool noted = fs::file_size(leftover.file) == 2;
        EXPECT_EQ(leftover.blob_name, noted ? std::optional<std::string>("عقود/عقد.pdf") : std::nullopt);
    }
}

TEST_F(SpoolFolder, RemovedLeftoversAreGoneAndTheirFolderSoonToo) {
    in_killed_process([](Spool& spool) {
        SpoolFile spooled = spool.create();
        spooled.note_blob_name("x");
        ::kill(::getpid(), SIGKILL);
    });
    Spool spool(root_);
    EXPECT_EQ(count_folders(), 2);
    for (const SpoolLeftover& leftover : spool.leftovers()) {
        Spool::remove(leftover);
        Spool::remove(leftover);
    }
    EXPECT_TRUE(spool.leftovers().empty());
    EXPECT_EQ(count_folders(), 1);
    EXPECT_TRUE(fs::exists(spool.directory()));
}

TEST_F(SpoolFolder, ANoteIsUsedAgainForTheNextFileAndTellsOnlyOfThat) {
    in_killed_process([](Spool& spool) {
        for (int i = 0; i < 3; ++i) {
            SpoolFile earlier = spool.create();
            earlier.note_blob_name("a long name of an earlier file.pdf");
            SpoolFile beside = spool.create();
            beside.note_blob_name("beside");
        }
        SpoolFile with_note = spool.create();
        with_note.note_blob_name("short");
        SpoolFile without_note = spool.create();
        without_note.append("1");
        const auto entries = std::distance(fs::directory_iterator(spool.directory()), fs::directory_iterator());
        if (entries != 5) throw std::runtime_error("lock, two files, a note and a spare one are expected");
        ::kill(::getpid(), SIGKILL);
    });
    const auto leftovers = Spool(root_).leftovers();
    ASSERT_EQ(leftovers.size(), 2U);
    for (const SpoolLeftover& leftover : leftovers) {
        const bool noted = fs::file_size(leftover.file) == 0;
        EXPECT_EQ(leftover.blob_name, noted ? std::optional<std::string>("short") : std::nullopt);
    }
}

TEST_F(SpoolFolder, ANoteCutShortIsNoNote) {
    in_killed_process([](Spool& spool) {
        SpoolFile spooled = spool.create();
        spooled.note_blob_name("");
        ::kill(::getpid(), SIGKILL);
    });
    const auto leftovers = Spool(root_).leftovers();
    ASSERT_EQ(leftovers.size(), 1U);
    EXPECT_EQ(leftovers[0].blob_name, std::nullopt);
}

TEST_F(SpoolFolder, ANoteWhoseFileIsGoneIsCleanedUp) {
    in_killed_process([](Spool& spool) {
        SpoolFile spooled = spool.create();
        spooled.note_blob_name("x");
        fs::remove(spooled.path());
        ::kill(::getpid(), SIGKILL);
    });
    Spool spool(root_);
    EXPECT_TRUE(spool.leftovers().empty());
    EXPECT_EQ(count_folders(), 1);
}

TEST_F(SpoolFolder, FilesOfALivingProcessAreNoLeftovers) {
    Spool first(root_);
    SpoolFile spooled = first.create();
    Spool second(root_);
    EXPECT_TRUE(second.leftovers().empty());
    EXPECT_TRUE(first.leftovers().empty());
    EXPECT_TRUE(fs::exists(spooled.path()));
}

TEST_F(SpoolFolder, SpoolsThatStartWhileOthersCleanUpKeepTheirFolders) {
    const Spool cleaner(root_);
    std::vector<std::jthread> threads;
    threads.emplace_back([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            EXPECT_TRUE(cleaner.leftovers().empty());
        }
    });
    for (int t = 0; t < 2; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 200; ++i) {
                Spool spool(root_);
                SpoolFile spooled = spool.create();
                spooled.append("x");
                EXPECT_TRUE(fs::exists(spooled.path()));
            }
        });
    }
    threads[1].join();
    threads[2].join();
}

TEST_F(SpoolFolder, ManyThreadsSpoolAtOnce) {
    Spool spool(root_);
    std::vector<std::jthread> threads;
    threads.reserve(8);
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&, t] {
            const std::string content(1000, static_cast<char>('a' + t));
            for (int i = 0; i < 20; ++i) {
                SpoolFile spooled = spool.create();
                spooled.append(content);
                spooled.finish();
                EXPECT_EQ(file::read_small(spooled.path()), content);
            }
        });
    }
}

}  // namespace
}  // namespace nassaq
